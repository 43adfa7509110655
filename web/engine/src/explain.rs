//! Explanations of prompts as the types of `protocol`.

use ghostlight_complete::{ExplainedPiece, Explanation, LeftOut, PieceOrigin};
use ghostlight_context::SnippetKind;
use ghostlight_protocol as protocol;

use crate::convert;

pub(crate) fn explanation(from: Explanation) -> protocol::Explanation {
    let pieces = |list: Vec<ExplainedPiece>| list.into_iter().map(piece).collect();
    protocol::Explanation {
        skip: from.skip.map(convert::skip),
        family: from.family.to_owned(),
        budget: from.budget as u32,
        tokens: from.tokens as u32,
        reused: from.reused as u32,
        pieces: pieces(from.pieces),
        left_out: pieces(from.left_out),
        costs: from
            .costs
            .iter()
            .map(|cost| protocol::StepCost { step: cost.step.to_owned(), ms: cost.ms })
            .collect(),
        workspace: protocol::WorkspaceFigures {
            files: from.index.files as u32,
            pieces: from.index.pieces as u32,
            symbols: from.index.symbols as u32,
            text: from.index.text as f64,
            memory: from.index.memory as f64,
            waiting: from.waiting as u32,
        },
    }
}

fn piece(from: ExplainedPiece) -> protocol::ExplainedPiece {
    use protocol::{LeftOut as Out, PieceOrigin as To};
    protocol::ExplainedPiece {
        origin: match from.origin {
            PieceOrigin::Form => To::Form,
            PieceOrigin::Before => To::Before,
            PieceOrigin::After => To::After,
            PieceOrigin::Quoted(kind) => match kind {
                SnippetKind::Definition => To::Definition,
                SnippetKind::Import => To::Import,
                SnippetKind::Outline => To::Outline,
                SnippetKind::Edit => To::Edit,
                SnippetKind::Visit => To::Visit,
                SnippetKind::Similar => To::Similar,
                SnippetKind::Related => To::Related,
                SnippetKind::Test => To::Test,
                SnippetKind::Manifest => To::Manifest,
            },
        },
        path: from.path,
        line: from.line,
        tokens: from.tokens as u32,
        bytes: from.bytes as u32,
        score: f64::from(from.score),
        text: from.text,
        left_out: from.left_out.map(|why| match why {
            LeftOut::Window => Out::Window,
            LeftOut::NoBudget => Out::Room,
            LeftOut::BelowCutoff => Out::Worth,
            LeftOut::KeptPrevious => Out::Stands,
            LeftOut::Family => Out::Family,
        }),
    }
}
