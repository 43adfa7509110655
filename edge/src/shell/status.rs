//! Health, metrics and the OpenAPI document.

use serde_json::json;
use web_sys::Response;

use super::{Incoming, answer, js, state};
use crate::balancing::BreakerState;
use crate::metrics::render;
use crate::{EdgeError, openapi};

pub(crate) async fn health(incoming: Incoming) -> Result<Response, EdgeError> {
    Ok(answer::json(200, &json!({ "status": "ok" }), &incoming.call.head.borrow()))
}

pub(crate) async fn openapi(incoming: Incoming) -> Result<Response, EdgeError> {
    Ok(answer::bytes(200, answer::JSON, openapi::DOCUMENT.as_bytes(), &incoming.call.head.borrow()))
}

pub(crate) async fn metrics(incoming: Incoming) -> Result<Response, EdgeError> {
    let now = js::now();
    let text = state::with(|isolate| {
        let mut gauges = vec![
            ("ghostlight_cache_bytes", String::new(), count(isolate.memory.bytes())),
            ("ghostlight_cache_entries", String::new(), count(isolate.memory.len())),
            ("ghostlight_flights", String::new(), count(isolate.flights.len())),
        ];
        for backend in &isolate.backends {
            let open = f64::from(u8::from(backend.breaker.state(now) != BreakerState::Closed));
            gauges.push(("ghostlight_breaker_open", render(&[("backend", &backend.id)]), open));
        }
        for backend in &isolate.backends {
            let in_flight = f64::from(backend.in_flight);
            gauges.push(("ghostlight_in_flight", render(&[("backend", &backend.id)]), in_flight));
        }
        isolate.metrics.text(&gauges)
    });
    let head = incoming.call.head.borrow();
    Ok(answer::bytes(200, "text/plain; version=0.0.4", text.as_bytes(), &head))
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}
