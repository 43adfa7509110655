//! Words that mean the same in most languages: what defines, what imports, what
//! is no name.

use crate::syntax::DefinitionKind as Kind;

/// Words before the one that says what is defined.
pub(super) const MODIFIERS: &[&str] = &[
    "abstract", "async", "const", "crate", "data", "declare", "default", "export", "extern", "final", "fileprivate",
    "inline", "internal", "local", "mutating", "open", "override", "partial", "private", "protected", "pub",
    "public", "sealed", "static", "suspend", "unsafe", "virtual", "case", "companion", "inner", "create", "or",
    "replace", "annotation", "value", "implicit", "lazy", "actual", "expect", "indirect", "readonly",
];

/// What is defined by the word before a name.
pub(super) fn defines(word: &str) -> Option<Kind> {
    Some(match word.to_ascii_lowercase().as_str() {
        "fn" | "def" | "func" | "fun" | "function" | "sub" | "defp" | "procedure" | "proc" => Kind::Function,
        "class" | "struct" | "record" | "union" | "object" | "actor" => Kind::Class,
        "enum" => Kind::Enum,
        "interface" | "trait" | "protocol" => Kind::Interface,
        "impl" | "extension" => Kind::Extension,
        "module" | "mod" | "namespace" | "package" | "defmodule" => Kind::Module,
        "type" | "typedef" | "typealias" => Kind::Type,
        "macro_rules" | "macro" | "defmacro" => Kind::Macro,
        "table" | "view" => Kind::Class,
        _ => return None,
    })
}

/// Words that begin an import.
pub(super) fn imports(language: &str) -> &'static [&'static str] {
    match language {
        "rust" | "perl" => &["use"],
        "php" => &["use", "require", "require_once", "include", "include_once"],
        "python" => &["import", "from"],
        "c" | "cpp" | "objective-c" => &["#include", "#import", "# include"],
        "csharp" => &["using", "global using"],
        "ruby" => &["require", "require_relative", "load"],
        "shellscript" => &["source", "."],
        "css" | "scss" => &["@import", "@use", "@forward"],
        "elixir" => &["import", "alias", "use", "require"],
        "julia" => &["using", "import"],
        "r" => &["library", "require", "source"],
        "powershell" => &["Import-Module", "using"],
        "go" | "java" | "kotlin" | "scala" | "swift" | "dart" | "haskell" => &["import"],
        "javascript" | "javascriptreact" | "typescript" | "typescriptreact" => &["import"],
        "makefile" => &["include"],
        _ => &[],
    }
}

/// Words that look like the name of a call or a definition and are none.
pub(super) const NO_NAMES: &[&str] = &[
    "if", "else", "elif", "elsif", "elseif", "for", "foreach", "while", "until", "do", "switch", "match", "case",
    "when", "return", "catch", "try", "finally", "except", "with", "using", "lock", "new", "delete", "throw",
    "throws", "raise", "yield", "await", "async", "in", "of", "is", "as", "not", "and", "or", "let", "var", "val",
    "const", "mut", "ref", "pub", "static", "void", "self", "this", "super", "true", "false", "null", "nil", "None",
    "True", "False", "end", "then", "begin", "fi", "done", "esac", "import", "from", "use", "package", "fn", "def",
    "func", "fun", "function", "class", "struct", "enum", "trait", "impl", "interface", "type", "typeof", "sizeof",
    "break", "continue", "default", "goto", "where", "public", "private", "protected", "final", "int", "char",
    "bool", "boolean", "float", "double", "long", "short", "string", "str", "loop", "move", "dyn", "unsafe",
    "extends", "implements", "undefined", "instanceof", "pass", "lambda", "global", "defer", "go", "chan", "echo",
    "local", "export", "module", "require", "include", "unless", "override", "abstract",
];
