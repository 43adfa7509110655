//! Syntax from the host, which answers for packs that it has fetched.

use ghostlight_context::syntax::{Remote, Syntax};
use ghostlight_protocol::AskSyntax;

/// The syntax of an engine that asks its host.
pub(crate) fn from_host(host: AskSyntax) -> impl Syntax {
    Remote::new(move |pack: &str, question: &[u8]| host.ask(pack, question))
}
