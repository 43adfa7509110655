//! Help, version, and command lines that make no sense.

use crate::{command, output, prints, utf8};

#[test]
fn help_shows_options_and_examples() {
    for (arguments, parts) in [
        (
            &["--help"][..],
            &[
                "complete",
                "eval",
                "explain",
                "fingerprint",
                "generate",
                "inspect",
                "models",
                "scrub",
                "Exit codes",
            ][..],
        ),
        (
            &["complete", "--help"],
            &[
                "<FILE:LINE:COL>",
                "--max-tokens",
                "--json",
                "--model",
                "--engine",
                "--exact",
                "--workspace",
                "--alone",
            ],
        ),
        (
            &["explain", "--help"],
            &["<FILE:LINE:COL>", "--json", "--workspace", "--alone", "--model", "--budget"],
        ),
        (
            &["generate", "--help"],
            &[
                "--prompt-file",
                "--prompt",
                "--stop",
                "--ignore-end",
                "--temperature",
                "--top-k",
                "--top-p",
                "--seed",
            ],
        ),
        (&["inspect", "--help"], &["<PATH|ID>", "--json"]),
        (&["fingerprint", "--help"], &["build", "find"]),
        (
            &["models", "--help"],
            &["list", "fetch", "path", "verify", "convert", "quantize", "GHOSTLIGHT_CACHE"],
        ),
        (&["models", "quantize", "--help"], &["<PATH|ID>", "<OUT>", "--type", "--embeddings", "--json"]),
        (
            &["eval", "--help"],
            &["<SUITE>", "--limit", "--raw", "--execute", "--against", "--json", "--model"],
        ),
        (&["scrub", "--help"], &["--tokens"]),
    ] {
        let help = prints(arguments);
        for part in parts.iter().chain(&["Usage: ghostlight", "Examples:"]) {
            assert!(help.contains(part), "{arguments:?}: no {part:?} in\n{help}");
        }
    }
    assert_eq!(prints(&["--version"]), format!("ghostlight {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn senseless_command_lines_exit_with_2() {
    for (arguments, part) in [
        (&[][..], "Usage:"),
        (&["finish"], "unrecognized subcommand 'finish'"),
        (&["complete"], "<FILE:LINE:COL>"),
        (&["complete", "a.rs"], "a file, a line and a column from 1"),
        (&["complete", "a.rs:0:1"], "a file, a line and a column from 1"),
        (&["complete", "a.rs:1:1", "--max-tokens", "0"], "0 is not in 1.."),
        (&["complete", "a.rs:1:1", "--engine", "tpu"], "[possible values: cpu, webgpu]"),
        (&["complete", "a.rs:1:1", "--context", "0"], "0 is not in 1.."),
        (&["generate"], "--prompt"),
        (&["generate", "words"], "[possible values: -]"),
        (&["generate", "--prompt", "a", "--prompt-file", "b"], "cannot be used with"),
        (&["generate", "--prompt", "a", "--top-k", "3"], "--temperature"),
        (&["generate", "--prompt", "a", "--temperature", "-1"], "must be 0 or more"),
        (&["generate", "--prompt", "a", "--temperature", "NaN"], "must be 0 or more"),
        (&["generate", "--prompt", "a", "--temperature", "1", "--top-p", "0"], "over 0 and at most 1"),
        (&["inspect"], "<PATH|ID>"),
        (&["fingerprint"], "Usage:"),
        (&["fingerprint", "build"], "<DIR>"),
        (&["models"], "Usage:"),
    ] {
        let output = output(&mut command(arguments));
        let errors = utf8(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
        assert!(errors.contains(part), "{arguments:?}: no {part:?} in {errors}");
        assert_eq!(utf8(&output.stdout), "", "{arguments:?}");
    }
}
