//! `ghostlight fingerprint` on a small folder.

use std::fs;

use crate::{command, fails, file, output, prints, utf8};

/// A function long enough to be known again.
fn source(name: &str) -> String {
    let lines = (0..20).map(|n| format!("    {name}[{n}] = table[{n}] + {n};\n"));
    format!("void {name}() {{\n{}}}\n", lines.collect::<String>())
}

#[test]
fn a_copy_is_found_and_other_code_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::create_dir_all(folder.path().join("lib/.git")).unwrap();
    fs::write(path("lib/a.c"), source("alpha")).unwrap();
    fs::write(path("lib/b.c"), source("beta")).unwrap();
    fs::write(path("lib/short.c"), "int x;\n").unwrap();
    fs::write(path("lib/.git/c.c"), source("gamma")).unwrap();
    fs::write(path("lib/notes"), source("delta")).unwrap();
    let out = path("known.glfp");

    let built = output(&mut command(&["fingerprint", "build", &path("lib"), "--output", &out]));
    assert!(built.status.success(), "{}", utf8(&built.stderr));
    assert!(utf8(&built.stdout).ends_with("of 2 files\n"), "{}", utf8(&built.stdout));
    assert_eq!(utf8(&built.stderr), "left out: 1 of fewer than 65 tokens, 0 that are not UTF-8\n");

    fs::write(path("copy.c"), format!("int y;\n{}", source("beta").replace("    ", "\t"))).unwrap();
    let found = output(&mut command(&["fingerprint", "find", &out, &path("copy.c")]));
    assert_eq!((found.status.code(), utf8(&found.stdout)), (Some(1), "b.c\n"));

    for other in ["gamma", "delta"] {
        fs::write(path("other.c"), source(other)).unwrap();
        assert_eq!(prints(&["fingerprint", "find", &out, &path("other.c")]), "nothing of 2 known files\n");
    }
}

#[test]
fn what_is_no_folder_and_no_fingerprint_file_is_told() {
    let (_folder, path) = file("a.c", "int x;");
    fails(&mut command(&["fingerprint", "build", &path]), &["open", "it is not a folder"]);
    fails(&mut command(&["fingerprint", "find", &path, &path]), &["open", "no header at byte 0"]);
    fails(&mut command(&["fingerprint", "find", "missing.glfp", &path]), &["missing.glfp"]);
}
