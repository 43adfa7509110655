//! What follows from the kind of device and from the model, as pure functions.

use ghostlight_decode::Speculation;
use ghostlight_model::{Adapter, BackendKind, DEFAULT_CONTEXT};

/// Tokens of a prompt that a GPU gets at once: cancellation reaches it between two
/// of these, and a page is drawn between their submissions.
const GPU_CHUNK: usize = 128;
/// The same for a GPU that is emulated on a CPU, where 16 tokens take half a second.
const EMULATED_CHUNK: usize = 16;
/// The same for a CPU, which sees a cancel between layers.
const CPU_CHUNK: usize = 64;

/// Most tokens of a prompt that run together.
#[must_use]
pub fn chunk(kind: BackendKind, adapter: Adapter) -> usize {
    match (kind, adapter) {
        (BackendKind::Cpu, _) => CPU_CHUNK,
        (BackendKind::Webgpu, Adapter::Hardware) => GPU_CHUNK,
        (BackendKind::Webgpu, Adapter::Software) => EMULATED_CHUNK,
    }
}

/// Whether tokens are drafted, where somebody `wanted` that.
///
/// Not on a GPU: it adds in another order for one token than for several, so a draft could change
/// a near tie.
#[must_use]
pub fn speculation(kind: BackendKind, wanted: bool) -> Speculation {
    match (kind, wanted) {
        (BackendKind::Cpu, true) => Speculation::default(),
        _ => Speculation::OFF,
    }
}

/// Tokens of KV cache: what was `asked` for, else what `need` tokens take and no less than the
/// default, within the `trained` context of the model.
#[must_use]
pub fn context(asked: Option<usize>, need: usize, trained: usize) -> usize {
    asked.unwrap_or(DEFAULT_CONTEXT.max(need)).min(trained)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_what_the_device_does_between_two_looks_at_a_cancel() {
        for (kind, adapter, tokens) in [
            (BackendKind::Cpu, Adapter::Hardware, 64),
            (BackendKind::Webgpu, Adapter::Hardware, 128),
            (BackendKind::Webgpu, Adapter::Software, 16),
        ] {
            assert_eq!(chunk(kind, adapter), tokens, "{kind:?} {adapter:?}");
        }
    }

    #[test]
    fn tokens_are_drafted_on_a_cpu_alone_and_only_where_that_was_asked_for() {
        assert_eq!(speculation(BackendKind::Cpu, true), Speculation::default());
        for (kind, wanted) in
            [(BackendKind::Cpu, false), (BackendKind::Webgpu, true), (BackendKind::Webgpu, false)]
        {
            assert_eq!(speculation(kind, wanted), Speculation::OFF, "{kind:?} {wanted}");
        }
    }

    #[test]
    fn the_context_is_what_was_asked_for_or_needed_and_never_more_than_was_trained() {
        for (asked, need, trained, tokens) in [
            (None, 0, 8192, DEFAULT_CONTEXT),
            (None, 3000, 8192, 3000),
            (None, 3000, 1024, 1024),
            (Some(100), 3000, 8192, 100),
            (Some(9000), 0, 8192, 8192),
        ] {
            assert_eq!(context(asked, need, trained), tokens, "{asked:?} {need} {trained}");
        }
    }
}
