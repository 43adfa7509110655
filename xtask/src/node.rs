//! Scripts that Node.js runs with the browser that was set up, some with a request in JSON on standard input.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Serialize;

use crate::{setup, sh};

/// Node.js with a script of the repository.
pub(crate) fn script(path: impl AsRef<Path>) -> Command {
    let mut node = sh::command("node");
    node.arg(path.as_ref());
    if let Some(chromium) = setup::chromium() {
        node.env(setup::CHROMIUM, chromium);
    }
    node
}

/// Runs a script with a request; what it printed, which the user sees too.
pub(crate) fn ask(node: &mut Command, request: &impl Serialize) -> Result<String> {
    let line = sh::line(node);
    eprintln!("$ {line}");
    let node = node.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = node.spawn().with_context(|| format!("cannot start `{line}`"))?;
    let mut input = child.stdin.take().expect("its standard input is a pipe");
    input.write_all(&serde_json::to_vec(request)?).with_context(|| format!("cannot ask `{line}`"))?;
    drop(input);
    let mut output = String::new();
    let stdout = child.stdout.take().expect("its standard output is a pipe");
    for text in BufReader::new(stdout).lines() {
        let text = text.with_context(|| format!("cannot read from `{line}`"))?;
        println!("{text}");
        output += &(text + "\n");
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_asked_in_json_and_its_failure_is_told() {
        let echo = "process.stdin.on('data', (d) => console.log(JSON.parse(d).a + 1))";
        assert_eq!(
            ask(sh::command("node").args(["-e", echo]), &serde_json::json!({ "a": 1 })).unwrap(),
            "2\n"
        );
        let message = ask(sh::command("node").args(["-e", "process.exit(3)"]), &()).unwrap_err().to_string();
        assert!(message.contains("failed") && message.contains('3'), "{message}");
    }
}
