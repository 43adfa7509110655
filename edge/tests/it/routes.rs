//! The table of routes, the document that is made from it, and schemas that parsers keep to.

use ghostlight_edge::feedback::{self, FeedbackKind};
use ghostlight_edge::request::{Chat, Completion, chat, completion};
use ghostlight_edge::routes::{Access, ROUTES, find};
use ghostlight_edge::schema::{Form, Schema};
use ghostlight_edge::{EdgeError, openapi};
use serde_json::{Map, Value, json};

use crate::support::config;

#[test]
fn the_document_is_made_from_the_routes() {
    let made = format!("{}\n", serde_json::to_string_pretty(&openapi::document()).unwrap());
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json"), &made).unwrap();
    } else {
        assert_eq!(openapi::DOCUMENT, made, "run it with UPDATE_OPENAPI=1");
    }
}

#[test]
fn every_route_is_documented_with_who_may_call_it() {
    let document = openapi::document();
    for route in ROUTES {
        let operation = &document["paths"][route.path][route.method.to_lowercase()];
        assert_eq!(operation["operationId"], route.name, "{} {}", route.method, route.path);
        let is_public = operation["security"].as_array().is_some_and(Vec::is_empty);
        assert_eq!(is_public, route.access == Access::Public, "{}", route.name);
        assert_eq!(operation["requestBody"].is_object(), route.method == "POST", "{}", route.name);
        for (at, segment) in route.path.split('/').filter(|part| part.starts_with('{')).enumerate() {
            let name = operation["parameters"][at]["name"].as_str().unwrap();
            assert_eq!(segment, format!("{{{name}}}"));
        }
    }
    let names: std::collections::BTreeSet<_> = ROUTES.iter().map(|route| route.name).collect();
    assert_eq!(names.len(), ROUTES.len(), "a name is one route's");
}

#[test]
fn a_reference_leads_to_a_schema() {
    let document = openapi::document();
    let text = document.to_string();
    let references: Vec<_> =
        text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(references.len() > ROUTES.len());
    for name in references {
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
}

#[test]
fn routes_are_found_by_method_and_path() {
    let found = |method, path| find(method, path).map(|(route, segments)| (route.name, segments));
    assert_eq!(found("POST", "/v1/completions").unwrap().0, "completions");
    for method in ["GET", "HEAD"] {
        assert_eq!(found(method, "/v1/models/a/files/b"), Ok(("model_file", vec!["a", "b"])));
    }
    assert_eq!(found("GET", "/v1/completions"), Err(EdgeError::Method("POST")));
    for path in
        ["/", "/v1/models/a/files/", "/v1/models//files/b", "/v1/models/a/files/b/c", "/v1/completions/"]
    {
        assert_eq!(found("GET", path), Err(EdgeError::NotFound("route")), "{path}");
    }
}

/// A value that fits, with every field that there can be.
fn sample(form: &Form) -> Value {
    match form {
        Form::Text | Form::ShortText(_) => json!("x"),
        Form::Flag => json!(false),
        Form::Whole(least, _) => json!(least),
        Form::Number(least, _) => json!(least),
        Form::OneOf(names) => json!(names[0]),
        Form::List(of, _) => json!([sample(of)]),
        Form::Object(fields) => {
            fields.iter().map(|field| (field.name.to_owned(), sample(&field.form))).collect()
        }
        Form::Free => json!({}),
        Form::Either(forms) => sample(&forms[0]),
        Form::Named(schema) => sample(&schema.form),
        Form::Null => Value::Null,
    }
}

/// Bodies of a schema in which one field does not fit, with its name; a parser refuses each.
fn misfits(schema: &Schema, body: &Map<String, Value>) -> Vec<(&'static str, Value)> {
    let Form::Object(fields) = schema.form else { panic!("{} is no object", schema.name) };
    let each = fields.iter().map(|field| {
        let values = [json!(-1), json!("x"), json!({}), json!([]), json!(true)];
        let misfit = values.into_iter().find(|value| !field.form.fits(value)).unwrap();
        let mut body = body.clone();
        body.insert(field.name.to_owned(), misfit);
        (field.name, Value::Object(body))
    });
    each.collect()
}

fn param(error: EdgeError) -> Option<String> {
    match error {
        EdgeError::Invalid { param, .. } => param,
        other => panic!("{other}"),
    }
}

#[test]
fn a_completion_is_held_to_its_schema() {
    let Value::Object(mut body) = sample(&completion::SCHEMA.form) else { panic!() };
    body.insert("language".to_owned(), json!("python"));
    Completion::parse(Value::Object(body.clone()).to_string().as_bytes()).unwrap();
    for (name, body) in misfits(&completion::SCHEMA, &body) {
        let error = Completion::parse(body.to_string().as_bytes()).unwrap_err();
        assert_eq!(param(error).as_deref(), Some(name));
    }
}

#[test]
fn a_chat_is_held_to_its_schema_and_handed_on() {
    let Value::Object(body) = sample(&chat::SCHEMA.form) else { panic!() };
    let chat = Chat::parse(Value::Object(body.clone()).to_string().as_bytes()).unwrap();
    let config = config();
    let sent = chat.upstream(config.model("coder").unwrap(), "theirs");
    for name in body.keys() {
        assert_eq!(sent.get(name).is_some(), name != "ghostlight", "{name}");
    }
    // The backend knows what these may be.
    let open = [
        "parallel_tool_calls",
        "logprobs",
        "top_logprobs",
        "presence_penalty",
        "frequency_penalty",
        "reasoning_effort",
        "seed",
    ];
    for (name, body) in misfits(&chat::SCHEMA, &body) {
        match Chat::parse(body.to_string().as_bytes()) {
            Ok(_) => assert!(open.contains(&name), "{name}"),
            Err(error) => assert_eq!(param(error).as_deref(), Some(name)),
        }
    }
}

#[test]
fn feedback_is_known_by_the_names_of_its_schema() {
    let config = config();
    let parse = |body: &Value| feedback::parse(body.to_string().as_bytes(), &config);
    let Form::Either(&[event, _]) = feedback::SCHEMA.form else { panic!() };
    let Value::Object(mut body) = sample(&event) else { panic!() };
    for (name, value) in [("model", "coder"), ("language", "python"), ("variant", "")] {
        body.insert(name.to_owned(), json!(value));
    }
    assert_eq!(FeedbackKind::NAMES.len(), FeedbackKind::ALL.len());
    for (name, (kind, _)) in FeedbackKind::NAMES.iter().zip(FeedbackKind::ALL) {
        body.insert("event".to_owned(), json!(name));
        assert_eq!(parse(&Value::Object(body.clone())).unwrap()[0].event, kind);
    }
    body.insert("text".to_owned(), json!("of nobody's"));
    assert!(parse(&Value::Object(body)).is_err(), "there are no other fields");
}
