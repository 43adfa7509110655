//! One difference of indentation for all lines of a text.

use super::forms::Forms;
use crate::lines::{indent, is_blank};

/// Widths that a tab may stand for.
const WIDEST_TAB: usize = 16;

/// What has to be done to the search text's indentation to have the file's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shift {
    /// Nothing.
    None,
    /// These blanks come before every line.
    Add(String),
    /// These blanks go from every line.
    Remove(String),
    /// Every so many blanks are a tab.
    ToTabs(usize),
    /// Every tab is so many blanks.
    ToBlanks(usize),
}

impl Shift {
    /// The shift by which all lines of `search` have the indentation of those of `file`
    /// from line `at` on; none when no single one does. Lines without text have no say.
    pub(super) fn between(file: &Forms<'_>, at: usize, search: &Forms<'_>) -> Option<Self> {
        let pairs = || {
            (0..search.len())
                .filter(|line| !search.core(*line).is_empty())
                .map(|line| (search.indent(line), file.indent(at + line)))
        };
        if pairs().all(|(here, there)| here == there) {
            return Some(Self::None);
        }
        let (here, there) = pairs().next()?;
        let mut ways = Vec::new();
        if let Some(more) = there.strip_suffix(here) {
            ways.push(Self::Add(more.to_owned()));
        }
        if let Some(more) = here.strip_suffix(there) {
            ways.push(Self::Remove(more.to_owned()));
        }
        ways.extend(pairs().find_map(|(here, there)| tab_width(here, there)).map(Self::ToTabs));
        ways.extend(pairs().find_map(|(here, there)| tab_width(there, here)).map(Self::ToBlanks));
        ways.into_iter().find(|way| {
            pairs().all(|(here, there)| way.indentation(here).is_some_and(|shifted| shifted == there))
        })
    }

    /// `body` with the file's indentation; none when it lacks what has to go. A blank line stays as it is.
    pub(crate) fn apply(&self, body: &str) -> Option<String> {
        if is_blank(body) {
            return Some(body.to_owned());
        }
        let before = indent(body);
        Some(self.indentation(before)? + &body[before.len()..])
    }

    fn indentation(&self, before: &str) -> Option<String> {
        match self {
            Self::None => Some(before.to_owned()),
            Self::Add(more) => Some(more.clone() + before),
            Self::Remove(less) => before.strip_prefix(less.as_str()).map(str::to_owned),
            Self::ToTabs(width) => {
                let tabs = before.len() - before.trim_start_matches('\t').len();
                let blanks = before.len() - tabs;
                before[tabs..]
                    .bytes()
                    .all(|byte| byte == b' ')
                    .then(|| "\t".repeat(tabs + blanks / width) + &" ".repeat(blanks % width))
            }
            Self::ToBlanks(width) => Some(before.replace('\t', &" ".repeat(*width))),
        }
    }
}

/// How many blanks a tab is, where `blanks` has them and `tabs` has tabs and less than a tab of blanks.
fn tab_width(blanks: &str, tabs: &str) -> Option<usize> {
    let count = tabs.len() - tabs.trim_start_matches('\t').len();
    let rest = tabs.len() - count;
    let is_blanks = |text: &str| text.bytes().all(|byte| byte == b' ');
    if count == 0 || !is_blanks(blanks) || !is_blanks(&tabs[count..]) {
        return None;
    }
    let width = blanks.len().checked_sub(rest)? / count;
    (width * count + rest == blanks.len() && width > rest && width <= WIDEST_TAB).then_some(width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::Lines;

    #[test]
    fn one_shift_for_all_lines() {
        for (search, file, shift) in [
            ("a\n  b\n", "a\n  b\n", Some(Shift::None)),
            ("a\n  b\n", "  a\n    b\n", Some(Shift::Add("  ".into()))),
            ("    a\n\n      b\n", "  a\n\n    b\n", Some(Shift::Remove("  ".into()))),
            ("a\n  b\n", "  a\n   b\n", None),
            ("a\n    b\n        c\n", "a\n\tb\n\t\tc\n", Some(Shift::ToTabs(4))),
            ("a\n  b\n     c\n", "a\n\tb\n\t\t c\n", Some(Shift::ToTabs(2))),
            ("\ta\n\t\tb\n", "    a\n        b\n", Some(Shift::ToBlanks(4))),
            ("\ta\n\t\tb\n", "    a\n      b\n", None),
            ("\ta\n", "\t\ta\n", Some(Shift::Add("\t".into()))),
            ("  a\n", "\ta\n", Some(Shift::ToTabs(2))),
            (" a\nb\n", "a\n b\n", None),
        ] {
            let forms = |text| Forms::of(&Lines::new(text));
            assert_eq!(Shift::between(&forms(file), 0, &forms(search)), shift, "{search:?} {file:?}");
        }
    }

    #[test]
    fn a_line_is_shifted_or_refused() {
        for (shift, line, is) in [
            (Shift::Add("\t".into()), "  a", Some("\t  a")),
            (Shift::Add("\t".into()), "", Some("")),
            (Shift::Remove("  ".into()), "   a", Some(" a")),
            (Shift::Remove("  ".into()), " a", None),
            (Shift::Remove("  ".into()), " ", Some(" ")),
            (Shift::ToTabs(4), "      a", Some("\t  a")),
            (Shift::ToTabs(4), "\t    a", Some("\t\ta")),
            (Shift::ToTabs(4), "  \ta", None),
            (Shift::ToBlanks(2), "\t a", Some("   a")),
        ] {
            assert_eq!(shift.apply(line).as_deref(), is, "{shift:?} {line:?}");
        }
    }
}
