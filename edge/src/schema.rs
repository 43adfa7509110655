//! Schemas of bodies as data: what a parser holds a field to, and what the OpenAPI document says of it.
//!
//! The idea: a field's name and bounds are written once, as a [`Field`]. The parsers
//! of [`request`](crate::request) read them from it, and [`openapi`](crate::openapi)
//! turns it into JSON Schema (draft 2020-12, as OpenAPI 3.1 has it).

use serde_json::{Value, json};

/// A field of an object.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub form: Form,
    /// Whether it has to be there.
    pub required: bool,
    /// What it is for; may be empty.
    pub about: &'static str,
}

impl Field {
    /// A field that has to be there.
    #[must_use]
    pub const fn required(name: &'static str, form: Form, about: &'static str) -> Self {
        Self { name, form, required: true, about }
    }

    /// A field that may be left out.
    #[must_use]
    pub const fn optional(name: &'static str, form: Form, about: &'static str) -> Self {
        Self { name, form, required: false, about }
    }
}

/// What a value may be. Bounds are inclusive; the largest value of a type, or infinity, is none.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// Any string.
    Text,
    /// A string of 1 to so many bytes.
    ShortText(usize),
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Whole(u64, u64),
    /// A number.
    Number(f64, f64),
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// A list of at most so many.
    List(&'static Form, usize),
    /// An object with these fields.
    Object(&'static [Field]),
    /// An object of any fields.
    Free,
    /// One of these.
    Either(&'static [Form]),
    /// What has a name of its own.
    Named(&'static Schema),
    /// Nothing.
    Null,
}

/// A schema with a name, by which the document refers to it.
#[derive(Debug)]
pub struct Schema {
    /// Its name.
    pub name: &'static str,
    /// What it describes.
    pub form: Form,
}

impl Form {
    /// Whether a value is of this kind. Fields inside of objects are not looked at.
    #[must_use]
    pub fn fits(&self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::ShortText(most) => value.as_str().is_some_and(|text| (1..=*most).contains(&text.len())),
            Self::Flag => value.is_boolean(),
            Self::Whole(least, most) => {
                value.as_u64().is_some_and(|number| (*least..=*most).contains(&number))
            }
            Self::Number(least, most) => {
                value.as_f64().is_some_and(|number| (*least..=*most).contains(&number))
            }
            Self::OneOf(names) => value.as_str().is_some_and(|text| names.contains(&text)),
            Self::List(of, most) => value
                .as_array()
                .is_some_and(|list| list.len() <= *most && list.iter().all(|value| of.fits(value))),
            Self::Object(_) | Self::Free => value.is_object(),
            Self::Either(forms) => forms.iter().any(|form| form.fits(value)),
            Self::Named(schema) => schema.form.fits(value),
            Self::Null => value.is_null(),
        }
    }

    /// The JSON Schema.
    #[must_use]
    pub fn json(&self) -> Value {
        match self {
            Self::Text => json!({ "type": "string" }),
            Self::ShortText(most) => json!({ "type": "string", "minLength": 1, "maxLength": most }),
            Self::Flag => json!({ "type": "boolean" }),
            Self::Whole(least, most) if *most == u64::MAX => json!({ "type": "integer", "minimum": least }),
            Self::Whole(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
            Self::Number(least, most) => {
                let mut number = json!({ "type": "number" });
                for (bound, value) in [("minimum", least), ("maximum", most)] {
                    if value.is_finite() {
                        number[bound] = json!(value);
                    }
                }
                number
            }
            Self::OneOf(names) => json!({ "enum": names }),
            Self::List(of, most) if *most == usize::MAX => json!({ "type": "array", "items": of.json() }),
            Self::List(of, most) => json!({ "type": "array", "maxItems": most, "items": of.json() }),
            Self::Object(fields) => {
                let required: Vec<_> =
                    fields.iter().filter(|field| field.required).map(|field| field.name).collect();
                let properties: serde_json::Map<_, _> =
                    fields.iter().map(|field| (field.name.to_owned(), field.json())).collect();
                let mut object = json!({ "type": "object", "properties": properties });
                if !required.is_empty() {
                    object["required"] = json!(required);
                }
                object
            }
            Self::Free => json!({ "type": "object" }),
            Self::Either(forms) => json!({ "oneOf": forms.iter().map(Self::json).collect::<Vec<_>>() }),
            Self::Named(schema) => json!({ "$ref": format!("#/components/schemas/{}", schema.name) }),
            Self::Null => json!({ "type": "null" }),
        }
    }

    /// Calls `see` with every schema that has a name, from the outside in.
    pub fn named(&self, see: &mut dyn FnMut(&'static Schema)) {
        match self {
            Self::Named(schema) => {
                see(schema);
                schema.form.named(see);
            }
            Self::List(of, _) => of.named(see),
            Self::Object(fields) => fields.iter().for_each(|field| field.form.named(see)),
            Self::Either(forms) => forms.iter().for_each(|form| form.named(see)),
            _ => {}
        }
    }
}

impl Field {
    /// The JSON Schema, with what the field is for.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut schema = self.form.json();
        if !self.about.is_empty() {
            schema["description"] = json!(self.about);
        }
        schema
    }
}
