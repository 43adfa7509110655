//! What a run can leave out, by name.

use ghostlight_complete::Ablation;

/// A part of what makes a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Syntax trees; brackets and indentation are left.
    Trees,
    /// The files that go along with a case.
    Workspace,
    /// Being likely enough to be shown.
    Threshold,
    /// Secrets and risky patterns.
    Guard,
    /// A part of the session itself.
    Session(Ablation),
}

impl Part {
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        match name {
            "trees" => Ok(Self::Trees),
            "workspace" => Ok(Self::Workspace),
            "threshold" => Ok(Self::Threshold),
            "guard" => Ok(Self::Guard),
            _ => Ablation::part(name).map(Self::Session).ok_or_else(|| {
                let names: Vec<&str> = Ablation::names().collect();
                format!("it is none of trees, workspace, threshold, guard, {}", names.join(", "))
            }),
        }
    }
}
