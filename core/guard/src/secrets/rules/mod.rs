//! The rules that come with Ghostlight, one file a kind of issuer.
//!
//! Forms are those that issuers document. A rule without a fixed beginning asks
//! for a name before the value. To add a rule see `CONTRIBUTING.md`.

use super::{End, Mix, SecretRule};

mod ai;
mod cloud;
mod code;
mod generic;
mod messaging;
mod money;
mod tools;

/// All lists, in the order in which the first match names the rule.
pub(super) const ALL: &[&[SecretRule]] =
    &[ai::RULES, cloud::RULES, code::RULES, messaging::RULES, money::RULES, tools::RULES, generic::RULES];

/// What stands between a name and its value: `=`, `:`, `=>`, `:=`, with the
/// name's closing quote and the value's opening one.
macro_rules! assigned {
    ($value:literal) => {
        concat!("[\"'`]?\\s{0,4}(?:=|:|=>|:=)\\s{0,4}[\"'`]?", $value)
    };
}
use assigned;
