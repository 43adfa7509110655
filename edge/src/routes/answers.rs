//! Schemas of what routes answer; a model's answers are OpenAI's objects.

use crate::schema::{Field, Form, Schema};

const COUNT: Form = Form::Whole(0, u64::MAX);
const TEXTS: Form = Form::List(&Form::Text, usize::MAX);

const USAGE: Field = Field::optional(
    "usage",
    Form::Object(&[
        Field::required("prompt_tokens", COUNT, ""),
        Field::required("completion_tokens", COUNT, ""),
        Field::required("total_tokens", COUNT, ""),
    ]),
    "Tokens, if the backend said.",
);
const INDEX: Field = Field::required("index", COUNT, "");
const FINISH: Field = Field::required("finish_reason", Form::Text, "`stop`, `length` or what OpenAI has.");

/// What both kinds of answers begin with, as far as backends keep to it.
macro_rules! generated {
    ($name:literal, $choice:expr) => {
        Schema {
            name: $name,
            form: Form::Object(&[
                Field::optional("id", Form::Text, ""),
                Field::optional("object", Form::Text, ""),
                Field::optional("created", COUNT, "Seconds since 1970."),
                Field::optional("model", Form::Text, ""),
                Field::required("choices", Form::List(&Form::Object($choice), usize::MAX), ""),
                USAGE,
            ]),
        }
    };
}

pub(super) static COMPLETION: Schema =
    generated!("Completion", &[INDEX, Field::required("text", Form::Text, ""), FINISH]);

pub(super) static CHAT: Schema =
    generated!("ChatCompletion", &[INDEX, Field::required("message", Form::Free, ""), FINISH]);

pub(super) static MODELS: Schema = Schema {
    name: "ModelList",
    form: Form::Object(&[
        Field::required("object", Form::OneOf(&["list"]), ""),
        Field::required(
            "data",
            Form::List(
                &Form::Object(&[
                    Field::required("id", Form::Text, "Its public name."),
                    Field::required("object", Form::OneOf(&["model"]), ""),
                    Field::required("created", COUNT, ""),
                    Field::required("owned_by", Form::Text, ""),
                    Field::required("files", TEXTS, "Files of it that can be fetched."),
                ]),
                usize::MAX,
            ),
            "",
        ),
    ]),
};

pub(super) static SYNC: Schema = Schema {
    name: "SyncResult",
    form: Form::Either(&[
        Form::Object(&[
            Field::required("changed", COUNT, "Files that are new or different now."),
            Field::required("unchanged", COUNT, "Files that were there already."),
            Field::required("deleted", COUNT, ""),
            Field::required("files", COUNT, "Files that the index holds now."),
            Field::required("bytes", COUNT, "Bytes of their text."),
        ]),
        Form::Object(&[
            Field::required("need", TEXTS, "Paths of the manifest that are lacking or different."),
            Field::required("extra", TEXTS, "Paths that are not in the manifest."),
        ]),
    ]),
};

pub(super) static SEARCH: Schema = Schema {
    name: "SearchResult",
    form: Form::Object(&[Field::required(
        "results",
        Form::List(
            &Form::Object(&[
                Field::required("path", Form::Text, ""),
                Field::required("line", COUNT, "The chunk's first line, counted from 1."),
                Field::required("text", Form::Text, ""),
                Field::required(
                    "score",
                    Form::Number(f64::NEG_INFINITY, f64::INFINITY),
                    "BM25; more is better.",
                ),
            ]),
            usize::MAX,
        ),
        "",
    )]),
};

pub(super) static DELETED: Schema = Schema {
    name: "Deleted",
    form: Form::Object(&[Field::required("deleted", COUNT, "Files that were forgotten.")]),
};

pub(super) static COUNTED: Schema =
    Schema { name: "Counted", form: Form::Object(&[Field::required("counted", COUNT, "Events.")]) };

pub(super) static STATS: Schema = Schema {
    name: "Stats",
    form: Form::Object(&[
        Field::required("object", Form::OneOf(&["list"]), ""),
        Field::required(
            "data",
            Form::List(
                &Form::Object(&[
                    Field::required("model", Form::Text, ""),
                    Field::required("language", Form::Text, ""),
                    Field::required("variant", Form::Text, ""),
                    Field::required("events", Form::Free, "How often each kind of event was told."),
                    Field::required(
                        "acceptance",
                        Form::Either(&[Form::Number(0.0, f64::INFINITY), Form::Null]),
                        "Accepted of shown.",
                    ),
                ]),
                usize::MAX,
            ),
            "",
        ),
    ]),
};

pub(super) static HEALTH: Schema =
    Schema { name: "Health", form: Form::Object(&[Field::required("status", Form::OneOf(&["ok"]), "")]) };

pub(super) static OPENAPI: Schema = Schema { name: "OpenApi", form: Form::Free };
