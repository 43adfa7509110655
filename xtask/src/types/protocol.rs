//! TypeScript of `web/protocol`: types, the interfaces of both classes, what the page may call, and
//! answers for the fake engine of the tests.

use anyhow::{Result, ensure};
use ghostlight_protocol::describe::{Method, Protocol, protocol};

pub(super) const SOURCE: &str = "web/protocol";
const TYPES: &str = "web/package/src/shared/generated.ts";
const METHODS: &str = "web/package/src/shared/generated-methods.ts";
const ANSWERS: &str = "tests/browser/fake/generated-answers.js";

/// Every file with its text.
pub(super) fn files() -> Result<[(&'static str, String); 3]> {
    let protocol = protocol();
    for method in protocol.engine.iter().chain(&protocol.index).chain(&protocol.worker) {
        let expected = camel_case(method.name);
        ensure!(
            method.js == expected,
            "{SOURCE} has the method {} as {}, not {expected}",
            method.name,
            method.js
        );
    }
    Ok([(TYPES, types(&protocol)), (METHODS, methods(&protocol)?), (ANSWERS, answers(&protocol))])
}

fn head() -> String {
    format!("// Made by `cargo xtask types` from {SOURCE}. Do not edit.\n")
}

fn types(protocol: &Protocol) -> String {
    let mut text = head();
    for declaration in protocol.types.values() {
        text.push('\n');
        for line in declaration.lines() {
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}

fn methods(protocol: &Protocol) -> Result<String> {
    let mut text = String::new();
    text += &interface("Engine", "A loaded model, as the worker calls it.", &protocol.engine);
    text += &interface("WorkspaceIndex", "The index of a workspace.", &protocol.index);
    text +=
        &interface("WorkerMethods", "The worker's own methods, as the page calls them.", &protocol.worker);
    let library: Vec<_> = of(&protocol.index, "library").map(|method| format!("{:?}", method.js)).collect();
    text += &format!(
        "\n/** What the engine calls of the index while it makes a prompt. */\n\
         export type LibraryHost = Pick<WorkspaceIndex, {}>;\n",
        library.join(" | ")
    );
    text += &calls("ENGINE_CALLS", "The engine's methods that the page may call", &protocol.engine);
    text += &calls("WORKER_CALLS", "The worker's own methods", &protocol.worker);
    text += &format!(
        "\n/** Every `ErrorCode`. */\nexport const ERROR_CODES: readonly ErrorCode[] = {};\n",
        serde_json::to_string_pretty(&protocol.error_codes)?
    );
    for (name, value) in &protocol.defaults {
        text += &format!(
            "\n/** What a `{name}` has where nothing is said. */\nexport const DEFAULT_{}: Readonly<{name}> = {};\n",
            constant_case(name),
            value
        );
    }
    let used = protocol.types.keys().filter(|name| has_word(&text, name));
    let imports: String = used.map(|name| format!("  {name},\n")).collect();
    Ok(format!("{}\nimport type {{\n{imports}}} from \"./generated.js\";\n{text}", head()))
}

/// What each method of the engine answers where a test says nothing else.
fn answers(protocol: &Protocol) -> String {
    let rows: String = protocol
        .engine
        .iter()
        .map(|method| {
            let answer = method.default.replace('\n', "\n    ");
            format!("  {}: {{\n    how: {:?},\n    answer: {answer},\n  }},\n", method.js, method.how)
        })
        .collect();
    format!(
        "{}\n/** The engine's methods: how each is answered, and with what where a test says nothing else. */\n\
         export const ENGINE_METHODS = {{\n{rows}}};\n",
        head()
    )
}

/// What ts-rs calls `()`.
const VOID: &str = "null";

fn interface(name: &str, docs: &str, methods: &[Method]) -> String {
    let mut text = format!("\n/** {docs} */\nexport interface {name} {{\n");
    for method in methods {
        text += &comment(method.docs);
        let parameters: Vec<_> =
            method.parameters.iter().map(|(name, ty)| format!("{}: {ty}", camel_case(name))).collect();
        let answer = if method.answer == VOID { "void" } else { &method.answer };
        let answer = if method.how == "request" { format!("Promise<{answer}>") } else { answer.to_owned() };
        text += &format!("  {}({}): {answer};\n", method.js, parameters.join(", "));
    }
    text + "}\n"
}

fn comment(docs: &[&str]) -> String {
    match docs {
        [line] => format!("  /**{line} */\n"),
        lines => {
            let lines: String = lines.iter().map(|line| format!("   *{line}\n")).collect();
            format!("  /**\n{lines}   */\n")
        }
    }
}

fn calls(constant: &str, docs: &str, methods: &[Method]) -> String {
    let rows: String =
        of(methods, "page").map(|method| format!("  {}: {:?},\n", method.js, method.how)).collect();
    format!("\n/** {docs}, and how each is answered. */\nexport const {constant} = {{\n{rows}}} as const;\n")
}

fn of<'a>(methods: &'a [Method], who: &'static str) -> impl Iterator<Item = &'a Method> {
    methods.iter().filter(move |method| method.who == who)
}

/// Whether a text has a word as a whole.
fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word)
}

/// `two_words` as `twoWords`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut made = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, rest) = word.split_at(1.min(word.len()));
        made += &first.to_uppercase();
        made += rest;
    }
    made
}

/// `TwoWords` as `TWO_WORDS`.
fn constant_case(name: &str) -> String {
    let mut made = String::new();
    for (at, letter) in name.chars().enumerate() {
        if at > 0 && letter.is_uppercase() {
            made.push('_');
        }
        made.extend(letter.to_uppercase());
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_serde() {
        let made = types(&protocol());
        for part in ["export type EngineKind = \"cpu\" | \"webgpu\";", "maxTokens: number"] {
            assert!(made.contains(part), "{part}");
        }
        assert!(made.lines().all(|line| line == line.trim_end()));
    }

    #[test]
    fn a_row_becomes_a_method_with_its_documentation() {
        let made = methods(&protocol()).unwrap();
        for part in [
            "  /** What is loaded. */\n  info(): EngineInfo;\n",
            "  complete(onUpdate: (news: CompletionUpdate) => void): Promise<CompletionResult>;\n",
            "  lookAhead(): Promise<number>;\n",
            "  setThreshold(threshold: number): void;\n",
            "  find(question: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null;\n",
            "export type LibraryHost = Pick<WorkspaceIndex, \"isEmpty\" | \"find\" | \"has\" | \"size\">;\n",
            "  explain: \"idle\",\n",
            "export const DEFAULT_GUARD_OPTIONS: Readonly<GuardOptions> = {\n  \"secrets\": true,\n",
        ] {
            assert!(made.contains(part), "{part}");
        }
        // What only the worker calls is not offered to the page.
        assert!(!made.contains("  plan: \""));
    }

    #[test]
    fn every_method_of_the_engine_has_a_default_answer() {
        let protocol = protocol();
        let made = answers(&protocol);
        for method in &protocol.engine {
            assert!(!method.default.is_empty(), "{}", method.js);
            let row = format!("  {}: {{\n    how: {:?},\n    answer: ", method.js, method.how);
            assert!(made.contains(&row), "{row}");
        }
        for part in ["\"action\": \"now\"", "  cancel: {\n    how: \"now\",\n    answer: null,\n  },\n"] {
            assert!(made.contains(part), "{part}");
        }
    }

    #[test]
    fn names_change_their_case() {
        assert_eq!(["info", "look_ahead", "a_b_c"].map(camel_case), ["info", "lookAhead", "aBC"]);
        assert_eq!(constant_case("CompletionResult"), "COMPLETION_RESULT");
    }
}
