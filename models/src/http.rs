//! Requests to servers that may be slow, busy or out of reach.
//!
//! The idea: a host that has answered is worth waiting for and trying again. One
//! that has not, while there is another place to get the file from, gets one
//! short try, so that a machine that reaches only some of the places is not kept
//! waiting by the others.

use std::cell::RefCell;
use std::collections::HashSet;
use std::time::Duration;

use ureq::http::Response;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, ResponseExt};

use crate::ModelsError;

/// Tries in a row that add nothing before a host is given up.
const FRUITLESS: u32 = 3;

/// A client that trusts what the system trusts and obeys the proxy variables.
pub(crate) struct Client {
    agent: Agent,
    pause: Duration,
    hurry: Option<Duration>,
    answered: RefCell<HashSet<String>>,
}

/// A page of text.
pub(crate) struct TextPage {
    pub(crate) status: u16,
    /// Where it came from in the end.
    pub(crate) address: String,
    pub(crate) text: String,
}

impl Client {
    /// Waits for `pause` after a try that added nothing; with `hurry`, a host that has not
    /// answered yet gets one try with so much time for each step.
    pub(crate) fn new(pause: Duration, hurry: Option<Duration>) -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(20)))
            .timeout_recv_response(Some(Duration::from_secs(60)))
            // Not a limit on the file: a try that runs out of it is resumed by the next.
            .timeout_recv_body(Some(Duration::from_secs(300)))
            .user_agent(concat!("ghostlight/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Self { agent, pause, hurry, answered: RefCell::default() }
    }

    /// Sends one request; what the status means is the caller's.
    pub(crate) fn get(
        &self,
        url: &str,
        headers: &[(&str, &str)],
    ) -> Result<Response<Body>, Box<ureq::Error>> {
        let mut request = self.agent.get(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(hurry) = self.hurry.filter(|_| !self.has_answered(url)) {
            request = request
                .config()
                .timeout_resolve(Some(hurry))
                .timeout_connect(Some(hurry))
                .timeout_send_request(Some(hurry))
                .timeout_recv_response(Some(hurry))
                .build();
        }
        let response = request.call()?;
        self.answered.borrow_mut().insert(host(url).to_owned());
        Ok(response)
    }

    /// Reads a page of at most `limit` bytes.
    pub(crate) fn page(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        limit: u64,
    ) -> Result<TextPage, ModelsError> {
        let read = || {
            let mut response = self.get(url, headers)?;
            let (status, address) = (response.status().as_u16(), response.get_uri().to_string());
            let text = response.body_mut().with_config().limit(limit).read_to_string()?;
            Ok::<_, Box<ureq::Error>>(TextPage { status, address, text })
        };
        let mut failed = 0;
        loop {
            let reason = match read() {
                Ok(page) if !is_passing(page.status) => return Ok(page),
                Ok(page) => format!("status {}", page.status),
                Err(error) => error.to_string(),
            };
            failed += 1;
            if failed >= self.tries(url) {
                return Err(network(url, reason));
            }
            self.rest();
        }
    }

    /// How many tries in a row may fail.
    pub(crate) fn tries(&self, url: &str) -> u32 {
        if self.hurry.is_some() && !self.has_answered(url) { 1 } else { FRUITLESS }
    }

    /// Waits a little before the next try.
    pub(crate) fn rest(&self) {
        std::thread::sleep(self.pause);
    }

    fn has_answered(&self, url: &str) -> bool {
        self.answered.borrow().contains(host(url))
    }
}

/// Whether a status says that the server may do better later.
pub(crate) fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..)
}

/// A network error about an address, credentials left out.
pub(crate) fn network(url: &str, reason: impl Into<String>) -> ModelsError {
    ModelsError::Network { url: redacted(url), reason: reason.into() }
}

/// The address without `user:password@`.
pub(crate) fn redacted(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find('/').unwrap_or(rest.len());
    format!("{scheme}://{}{}", host(url), &rest[end..])
}

/// Host and port of an address.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_carry_no_credentials() {
        for (url, want) in [
            ("https://u:p@h/a@b", "https://h/a@b"),
            ("https://h", "https://h"),
            ("http://u:p%40@h:1", "http://h:1"),
        ] {
            assert_eq!(redacted(url), want);
        }
    }
}
