//! Files of tests that no test program has as a module, and that would never be run.
//!
//! A crate's integration tests are one program, so Cargo does not look for further files, and the compiler
//! does not know of a file that nobody names.

/// Files beside a program of tests that it does not declare; `texts` are the repository's files with their texts.
pub(super) fn check(texts: &[(String, String)]) -> Vec<String> {
    let mut faults = Vec::new();
    for (program, text) in texts {
        let Some(folder) = program.strip_suffix("main.rs").filter(|it| is_of_tests(it)) else { continue };
        for (file, _) in texts {
            let Some(name) = file.strip_prefix(folder).and_then(|rest| rest.strip_suffix(".rs")) else {
                continue;
            };
            let name = name.strip_suffix("/mod").unwrap_or(name);
            // What is deeper is a module's own affair.
            let is_beside = name != "main" && !name.contains('/');
            if is_beside && !text.lines().any(|line| line.trim() == format!("mod {name};")) {
                faults.push(format!("{file} is not run: {program} has no `mod {name};`"));
            }
        }
    }
    faults
}

/// Whether a folder is where a crate has its integration tests.
fn is_of_tests(folder: &str) -> bool {
    folder.ends_with("/tests/")
        || folder.trim_end_matches('/').rsplit_once('/').is_some_and(|(above, _)| above.ends_with("/tests"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_run_is_told() {
        let files = [
            ("core/a/tests/main.rs", "//! mod told;\nmod known;\nmod folder;\n"),
            ("core/a/tests/known.rs", ""),
            ("core/a/tests/folder/mod.rs", "mod part;"),
            ("core/a/tests/folder/part.rs", ""),
            ("core/a/tests/told.rs", ""),
            ("core/a/tests/lost/mod.rs", ""),
            ("edge/tests/it/main.rs", "mod known;\n"),
            ("edge/tests/it/known.rs", ""),
            ("edge/tests/it/lost.rs", ""),
            ("core/a/src/main.rs", ""),
            ("core/a/src/other.rs", ""),
            ("core/b/tests/alone.rs", ""),
        ];
        let texts: Vec<_> = files.map(|(file, text)| (file.to_owned(), text.to_owned())).into();
        assert_eq!(
            check(&texts),
            [
                "core/a/tests/told.rs is not run: core/a/tests/main.rs has no `mod told;`",
                "core/a/tests/lost/mod.rs is not run: core/a/tests/main.rs has no `mod lost;`",
                "edge/tests/it/lost.rs is not run: edge/tests/it/main.rs has no `mod lost;`",
            ]
        );
    }
}
