//! `ARCHITECTURE.md` against the workspace: its size, the map of folders, the table of layers.

use super::markdown::Document;

/// Bytes that `ARCHITECTURE.md` may have: what is read in one sitting.
const LONGEST: usize = 16_384;

/// The document that is a map.
pub(super) const PATH: &str = "ARCHITECTURE.md";

/// A crate of the workspace.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crate<'a> {
    /// Its folder, such as `core/text`.
    pub(super) folder: &'a str,
    /// Its layer; a crate without one is told elsewhere.
    pub(super) layer: Option<u8>,
}

/// What the map says and the workspace contradicts. `files` are all files of the repository.
pub(super) fn check(
    text: &str,
    document: &Document<'_>,
    crates: &[Crate<'_>],
    files: &[&str],
) -> Vec<String> {
    let mut faults = Vec::new();
    if text.len() > LONGEST {
        faults.push(format!("{PATH} has {} bytes, {LONGEST} is the most", text.len()));
    }
    let rows: Vec<(usize, Vec<&str>)> = document
        .blocks
        .iter()
        .map(|block| (block.line, block.cells()))
        .filter(|row| !row.1.is_empty())
        .collect();
    for Crate { folder, layer } in crates {
        if !rows.iter().any(|(_, cells)| code(cells[0]).contains(folder)) {
            faults.push(format!("{PATH} has no row for {folder} in its map"));
        }
        if !files.contains(&format!("{folder}/README.md").as_str()) {
            faults.push(format!("{folder} has no README.md, which says what it is about"));
        }
        let Some(layer) = layer else { continue };
        let name = folder.strip_prefix("core/").unwrap_or(folder);
        let found = layers(&rows).find(|(_, names)| names.contains(&name));
        match found {
            None => faults.push(format!("{PATH} has {name} in no layer")),
            Some((said, _)) if said != *layer => {
                faults.push(format!("{PATH} has {name} in layer {said}, it is in {layer}"));
            }
            Some(_) => {}
        }
    }
    let is_crate = |name: &str| {
        crates.iter().any(|known| known.folder == name || known.folder.strip_prefix("core/") == Some(name))
    };
    for (layer, names) in layers(&rows) {
        for name in names.into_iter().filter(|name| !is_crate(name)) {
            faults.push(format!("{PATH} has {name} in layer {layer}, which is no crate"));
        }
    }
    faults
}

/// The rows of the table of layers: a number, and the crates that it names.
fn layers<'r>(rows: &'r [(usize, Vec<&'r str>)]) -> impl Iterator<Item = (u8, Vec<&'r str>)> {
    rows.iter().filter_map(|(_, cells)| {
        let [layer, names, ..] = &cells[..] else { return None };
        Some((layer.trim().parse().ok()?, code(names)))
    })
}

/// The inline code of a cell.
fn code(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CRATES: &[Crate<'static>] =
        &[Crate { folder: "core/text", layer: Some(0) }, Crate { folder: "web/engine", layer: Some(5) }];
    const MAP: &str = "| folder | what |\n|---|---|\n| [`core/text`](core/text/README.md) | text |\n\
                       | `web/engine` | engine |\n\n| layer | crates |\n|---|---|\n| 0 | `text` |\n| 5 | `web/engine` |\n";
    const FILES: &[&str] = &["core/text/README.md", "web/engine/README.md"];

    fn faults(text: &str, files: &[&str]) -> Vec<String> {
        check(text, &Document::parse(PATH, text), CRATES, files)
    }

    #[test]
    fn a_map_of_the_workspace_is_fine() {
        assert_eq!(faults(MAP, FILES), [""; 0]);
    }

    #[test]
    fn a_map_of_another_workspace_is_told() {
        for (from, to, fault) in [
            ("| `web/engine` | engine |", "", "ARCHITECTURE.md has no row for web/engine in its map"),
            ("| 0 | `text` |", "| 1 | `text` |", "ARCHITECTURE.md has text in layer 1, it is in 0"),
            ("| 0 | `text` |", "| 0 | none |", "ARCHITECTURE.md has text in no layer"),
            (
                "| 0 | `text` |",
                "| 0 | `text`, `chat` |",
                "ARCHITECTURE.md has chat in layer 0, which is no crate",
            ),
        ] {
            assert_eq!(faults(&MAP.replace(from, to), FILES), [fault]);
        }
        let fault = "web/engine has no README.md, which says what it is about";
        assert_eq!(faults(MAP, &FILES[..1]), [fault]);
        let long = format!("{MAP}\n{}", "x".repeat(LONGEST));
        assert!(faults(&long, FILES)[0].contains("16384 is the most"));
    }
}
