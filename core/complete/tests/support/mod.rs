//! What stands in for models, and files of golden cases.

pub(crate) mod golden;
mod scripted;

pub(crate) use scripted::*;
