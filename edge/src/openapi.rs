//! The OpenAPI document: made from the table of routes, committed, and served as it stands.
//!
//! `edge/openapi.json` is written by the test `the_document_is_made_from_the_routes`
//! (`edge/tests/it/routes.rs`) and compared by it, so it is never edited.

/// The document, JSON.
pub const DOCUMENT: &str = include_str!("../openapi.json");

#[cfg(not(target_arch = "wasm32"))]
pub use made::document;

// The worker serves the file and needs nothing of what makes it.
#[cfg(not(target_arch = "wasm32"))]
mod made {
    use std::collections::BTreeMap;

    use serde_json::{Map, Value, json};

    use crate::routes::{Access, Answer, ROUTES, Route};
    use crate::schema::{Field, Form, Schema};

    static ERROR: Schema = Schema {
        name: "Error",
        form: Form::Object(&[Field::required(
            "error",
            Form::Object(&[
                Field::required("message", Form::Text, "What is wrong, and what to do."),
                Field::required("type", Form::Text, ""),
                Field::required("param", Form::Either(&[Form::Text, Form::Null]), "The field at fault."),
                Field::required("code", Form::Text, "A name for programs."),
            ]),
            "",
        )]),
    };

    /// The document of [`ROUTES`], its keys in alphabetical order.
    #[must_use]
    pub fn document() -> Value {
        let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
        for route in ROUTES {
            let operations = paths.entry(route.path).or_default();
            operations.insert(route.method.to_lowercase(), operation(route));
        }
        let document = json!({
            "openapi": "3.1.0",
            "info": {
                "title": "Ghostlight edge",
                "version": env!("CARGO_PKG_VERSION"),
                "description": "Completions and chat in OpenAI's form, an index of repositories, \
                    feedback. Errors are OpenAI's error object.",
            },
            "components": {
                "securitySchemes": { "bearer": {
                    "type": "http", "scheme": "bearer", "description": "An API key or a short-lived JWT.",
                } },
                "schemas": schemas(),
            },
            "security": [{ "bearer": [] }],
            "paths": paths,
        });
        sorted(document)
    }

    /// Every schema that a route refers to, by its name.
    fn schemas() -> Map<String, Value> {
        let mut schemas = Map::new();
        let mut add = |schema: &'static Schema| {
            schemas.insert(schema.name.to_owned(), schema.form.json());
        };
        add(&ERROR);
        for route in ROUTES {
            let body = route.body.as_ref().map(|body| body.schema);
            let answer = match route.answer {
                Answer::Json(schema) | Answer::Generated(schema) => Some(schema),
                Answer::File | Answer::Text => None,
            };
            for schema in body.into_iter().chain(answer) {
                Form::Named(schema).named(&mut add);
            }
        }
        schemas
    }

    fn operation(route: &Route) -> Value {
        let mut operation = json!({
            "operationId": route.name,
            "summary": route.summary,
            "responses": responses(route),
        });
        let parameters: Vec<_> = segments(route.path)
            .map(|name| parameter(&Field::required(name, Form::Text, ""), "path"))
            .chain(route.query.iter().map(|field| parameter(field, "query")))
            .chain(route.headers.iter().map(|field| parameter(field, "header")))
            .collect();
        if !parameters.is_empty() {
            operation["parameters"] = json!(parameters);
        }
        if let Some(body) = &route.body {
            let content = json!({ "application/json": { "schema": Form::Named(body.schema).json() } });
            operation["requestBody"] = json!({ "required": true, "content": content });
        }
        match route.access {
            Access::Public => operation["security"] = json!([]),
            Access::Files => operation["security"] = json!([{ "bearer": [] }, {}]),
            Access::Authenticated => {}
            Access::Scoped(scope) => {
                operation["description"] = json!(format!("Needs the scope `{}`.", scope.name()));
            }
        }
        operation
    }

    fn responses(route: &Route) -> Value {
        let json = |schema| json!({ "application/json": { "schema": Form::Named(schema).json() } });
        let error = |about: &str| json!({ "description": about, "content": json(&ERROR) });
        let mut responses = json!({ "default": error("An error.") });
        let bytes = json!({ "application/octet-stream": {} });
        match route.answer {
            Answer::Json(schema) => {
                responses["200"] = json!({ "description": "OK", "content": json(schema) })
            }
            Answer::Text => {
                let content = json!({ "text/plain": { "schema": Form::Text.json() } });
                responses["200"] = json!({ "description": "OK", "content": content });
            }
            Answer::File => {
                responses["200"] = json!({ "description": "The bytes.", "content": bytes });
                responses["206"] = json!({ "description": "A range of the bytes.", "content": bytes });
                responses["416"] = json!({ "description": "The range is outside of the file." });
            }
            Answer::Generated(schema) => {
                let mut content = json(schema);
                content["text/event-stream"] = json!({ "schema": Form::Text.json() });
                responses["200"] =
                    json!({ "description": "The answer, or a stream of it.", "content": content });
                responses["403"] =
                    error("The text may not go so far (code `private`), or the credentials lack the scope.");
                responses["422"] = error(
                    "The guard cut the answer; the message names the rule. In a stream it is the last event.",
                );
                responses["503"] = error(
                    "All backends are busy or a store is down; `x-ghostlight-fallback: local` asks the \
                     tab's own model to answer.",
                );
            }
        }
        responses
    }

    /// Names in the braces of a path.
    fn segments(path: &'static str) -> impl Iterator<Item = &'static str> {
        path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
    }

    fn parameter(field: &Field, place: &str) -> Value {
        let mut parameter = json!({
            "name": field.name, "in": place, "required": field.required, "schema": field.form.json(),
        });
        if !field.about.is_empty() {
            parameter["description"] = json!(field.about);
        }
        parameter
    }

    /// The same with the keys of all objects in alphabetical order, whatever order `Map` keeps.
    fn sorted(value: Value) -> Value {
        match value {
            Value::Object(object) => {
                let keys: BTreeMap<String, Value> = object.into_iter().collect();
                Value::Object(keys.into_iter().map(|(key, value)| (key, sorted(value))).collect())
            }
            Value::Array(list) => list.into_iter().map(sorted).collect(),
            other => other,
        }
    }
}
