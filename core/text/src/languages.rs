//! The language table: one row a language, ordered by id.
//!
//! To add a language, add a row: what it does not say is as in [`Language::PLAIN`], or as in the
//! row that it begins from. `CONTRIBUTING.md` says what else a grammar wants; `cargo xtask tidy`
//! names what is missing, and `tests/language.rs` checks order, case and that no two rows claim the
//! same name.

use crate::grammar::Grammar;
use crate::language::{BlockStyle, Imports, Language, OutlineStyle};
use crate::{quotes, words};

impl Language {
    /// What a row begins from: a language without comments, strings and blocks, with the words that
    /// mean the same in most languages.
    pub const PLAIN: Language = Language {
        id: "",
        name: "",
        extensions: &[],
        file_names: &[],
        line_comment: None,
        other_line_comments: &[],
        not_marks: &[],
        comment_after_blank: false,
        block_comment: None,
        nested_comments: false,
        quotes: &[],
        prefixes: &[],
        here_documents: &[],
        escapes_in_code: false,
        brackets: &[('(', ')'), ('[', ']'), ('{', '}')],
        lone_brackets: false,
        blocks: BlockStyle::None,
        semicolons: false,
        outline: OutlineStyle::Words,
        is_prose: false,
        heads: "",
        defines: words::DEFINES,
        modifiers: words::MODIFIERS,
        keywords: words::KEYWORDS,
        imports: Imports::by(&[]),
        word_signs: b"",
        family: None,
        manifests: &[],
        risky_rules: None,
        grammar: None,
    };
}

/// Comments and blocks as in C.
const BRACES: Language = Language {
    line_comment: Some("//"),
    block_comment: Some(("/*", "*/")),
    blocks: BlockStyle::Braces,
    ..Language::PLAIN
};

/// Comments as in a shell.
const HASHES: Language = Language { line_comment: Some("#"), ..Language::PLAIN };

/// Tags in angle brackets.
const MARKUP: Language = Language {
    block_comment: Some(("<!--", "-->")),
    outline: OutlineStyle::None,
    is_prose: true,
    ..Language::PLAIN
};

const C: Language = Language {
    quotes: quotes::C,
    prefixes: quotes::C_PREFIXES,
    semicolons: true,
    heads: "\
            case catch class constexpr do else extern final for if inline namespace override private \
            protected public static struct switch template try union virtual void while",
    imports: Imports::by(&["#include", "#import", "# include"]),
    ..BRACES
};

const CSS: Language = Language {
    quotes: quotes::WEB,
    semicolons: true,
    outline: OutlineStyle::Rules,
    heads: "@container @include @layer @media @mixin @supports",
    imports: Imports::by(&["@import", "@use", "@forward"]),
    ..BRACES
};

const JAVASCRIPT: Language = Language {
    quotes: quotes::JS,
    heads: "\
            async case catch class do else export for function get if private protected public set static \
            switch try while with",
    imports: Imports { calls: &["require"], with_from: Some("export"), ..Imports::by(&["import"]) },
    word_signs: b"$",
    family: Some("javascript"),
    manifests: &["package.json"],
    risky_rules: Some("javascript"),
    grammar: Some(&JAVASCRIPT_GRAMMAR),
    ..BRACES
};

const JAVASCRIPT_GRAMMAR: Grammar = Grammar { risky: &["javascript", "jsx"], ..Grammar::new("javascript") };

const JSON: Language = Language {
    quotes: quotes::JSON,
    outline: OutlineStyle::None,
    grammar: Some(&JSON_GRAMMAR),
    ..Language::PLAIN
};

const JSON_GRAMMAR: Grammar = Grammar { without: &["import"], ..Grammar::new("json") };

/// Every language that Ghostlight knows by name.
pub(crate) static LANGUAGES: &[Language] = &[
    Language {
        id: "c",
        name: "C",
        extensions: &["c", "h"],
        risky_rules: Some("c"),
        grammar: Some(&Grammar { risky: &["c"], ..Grammar::new("c") }),
        ..C
    },
    Language {
        id: "cpp",
        name: "C++",
        extensions: &["cpp", "cc", "cxx", "hpp", "hh", "hxx", "ipp"],
        quotes: quotes::CPP,
        family: Some("c"),
        risky_rules: Some("c"),
        grammar: Some(&Grammar { risky: &["c", "cpp"], ..Grammar::new("cpp") }),
        ..C
    },
    Language {
        id: "csharp",
        name: "C#",
        extensions: &["cs", "csx"],
        quotes: quotes::CSHARP,
        prefixes: quotes::CSHARP_PREFIXES,
        semicolons: true,
        heads: "\
            async case catch class do else extern finally fixed for foreach if interface internal lock \
            namespace override private protected public record static struct switch try using virtual void \
            while",
        imports: Imports::by(&["using", "global using"]),
        risky_rules: Some("csharp"),
        grammar: Some(&Grammar {
            package: Some("tree-sitter-c-sharp"),
            symbol: Some("c_sharp"),
            risky: &["csharp"],
            ..Grammar::new("csharp")
        }),
        ..BRACES
    },
    Language {
        id: "css",
        name: "CSS",
        extensions: &["css"],
        line_comment: None,
        grammar: Some(&Grammar::new("css")),
        ..CSS
    },
    Language {
        id: "dart",
        name: "Dart",
        extensions: &["dart"],
        nested_comments: true,
        quotes: quotes::DART,
        prefixes: quotes::DART_PREFIXES,
        semicolons: true,
        heads: "\
            async case catch class do else extension final for if mixin static switch try void while",
        imports: Imports::by(&["import"]),
        ..BRACES
    },
    Language {
        id: "dockerfile",
        name: "Dockerfile",
        extensions: &["dockerfile"],
        file_names: &["Dockerfile", "Containerfile"],
        comment_after_blank: true,
        quotes: quotes::SHELL,
        outline: OutlineStyle::None,
        ..HASHES
    },
    Language {
        id: "elixir",
        name: "Elixir",
        extensions: &["ex", "exs"],
        quotes: quotes::ELIXIR,
        blocks: BlockStyle::Keywords,
        heads: "case cond def defmacro defmodule defp do else fn for if unless with",
        imports: Imports::by(&["import", "alias", "use", "require"]),
        ..HASHES
    },
    Language {
        id: "go",
        name: "Go",
        extensions: &["go"],
        quotes: quotes::GO,
        heads: "case else for func if select switch",
        imports: Imports::by(&["import"]),
        manifests: &["go.mod"],
        risky_rules: Some("go"),
        grammar: Some(&Grammar { risky: &["go"], ..Grammar::new("go") }),
        ..BRACES
    },
    Language {
        id: "haskell",
        name: "Haskell",
        extensions: &["hs"],
        line_comment: Some("--"),
        block_comment: Some(("{-", "-}")),
        nested_comments: true,
        quotes: quotes::C,
        imports: Imports::by(&["import"]),
        ..Language::PLAIN
    },
    Language {
        id: "html",
        name: "HTML",
        extensions: &["html", "htm", "vue", "svelte"],
        grammar: Some(&Grammar { without: &["import"], ..Grammar::new("html") }),
        ..MARKUP
    },
    Language {
        id: "java",
        name: "Java",
        extensions: &["java"],
        quotes: quotes::TRIPLE_CHAR,
        semicolons: true,
        heads: "\
            case catch class do else enum final for if interface private protected public record static \
            switch synchronized try void while",
        imports: Imports::by(&["import"]),
        manifests: &["pom.xml", "build.gradle.kts"],
        risky_rules: Some("java"),
        grammar: Some(&Grammar { risky: &["java"], ..Grammar::new("java") }),
        ..BRACES
    },
    Language { id: "javascript", name: "JavaScript", extensions: &["js", "mjs", "cjs"], ..JAVASCRIPT },
    Language { id: "javascriptreact", name: "JavaScript JSX", extensions: &["jsx"], ..JAVASCRIPT },
    Language {
        id: "json",
        name: "JSON",
        extensions: &["json", "ipynb"],
        file_names: &[".prettierrc", ".eslintrc"],
        manifests: &["package.json"],
        ..JSON
    },
    Language {
        id: "jsonc",
        name: "JSON with comments",
        extensions: &["jsonc", "json5"],
        file_names: &["tsconfig.json"],
        line_comment: Some("//"),
        block_comment: Some(("/*", "*/")),
        ..JSON
    },
    Language {
        id: "julia",
        name: "Julia",
        extensions: &["jl"],
        block_comment: Some(("#=", "=#")),
        nested_comments: true,
        quotes: quotes::JULIA,
        blocks: BlockStyle::Keywords,
        heads: "catch do else elseif for function if macro module struct try while",
        imports: Imports::by(&["using", "import"]),
        ..HASHES
    },
    Language {
        id: "kotlin",
        name: "Kotlin",
        extensions: &["kt", "kts"],
        nested_comments: true,
        quotes: quotes::KOTLIN,
        heads: "\
            catch class do else final for fun if inline interface internal object override private \
            protected public suspend try when while",
        imports: Imports::by(&["import"]),
        manifests: &["build.gradle.kts"],
        risky_rules: Some("java"),
        grammar: Some(&Grammar { package: Some("tree-sitter-kotlin-ng"), ..Grammar::new("kotlin") }),
        ..BRACES
    },
    Language {
        id: "lua",
        name: "Lua",
        extensions: &["lua"],
        line_comment: Some("--"),
        block_comment: Some(("--[[", "]]")),
        quotes: quotes::LUA,
        blocks: BlockStyle::Keywords,
        heads: "do else elseif for function if while",
        imports: Imports { calls: &["require"], ..Imports::by(&[]) },
        grammar: Some(&Grammar::new("lua")),
        ..Language::PLAIN
    },
    Language {
        id: "makefile",
        name: "Makefile",
        extensions: &["mk"],
        file_names: &["Makefile", "makefile", "GNUmakefile"],
        comment_after_blank: true,
        outline: OutlineStyle::None,
        imports: Imports::by(&["include"]),
        ..HASHES
    },
    Language {
        id: "markdown",
        name: "Markdown",
        extensions: &["md", "markdown", "mdx"],
        outline: OutlineStyle::Headings,
        grammar: Some(&Grammar {
            package: Some("tree-sitter-md"),
            folder: Some("tree-sitter-markdown/src"),
            without: &["import", "string", "reference"],
            ..Grammar::new("markdown")
        }),
        ..MARKUP
    },
    Language { id: "objective-c", name: "Objective-C", extensions: &["m", "mm"], ..C },
    Language {
        id: "perl",
        name: "Perl",
        extensions: &["pl", "pm"],
        quotes: quotes::PERL,
        here_documents: &["<<"],
        blocks: BlockStyle::Braces,
        semicolons: true,
        heads: "else elsif for foreach if sub unless until while",
        imports: Imports::by(&["use"]),
        ..HASHES
    },
    Language {
        id: "php",
        name: "PHP",
        extensions: &["php"],
        other_line_comments: &["#"],
        not_marks: &["#["],
        quotes: quotes::PHP,
        here_documents: &["<<<"],
        semicolons: true,
        heads: "\
            case catch class do else elseif final fn for foreach function if match private protected \
            public static switch trait try while",
        imports: Imports::by(&["use", "require", "require_once", "include", "include_once"]),
        word_signs: b"$",
        manifests: &["composer.json"],
        risky_rules: Some("php"),
        grammar: Some(&Grammar {
            item: Some("LANGUAGE_PHP"),
            folder: Some("php/src"),
            risky: &["php"],
            ..Grammar::new("php")
        }),
        ..BRACES
    },
    Language {
        id: "powershell",
        name: "PowerShell",
        extensions: &["ps1", "psm1"],
        block_comment: Some(("<#", "#>")),
        quotes: quotes::POWERSHELL,
        blocks: BlockStyle::Braces,
        heads: "\
            catch class do else elseif for foreach function if param switch try until while",
        imports: Imports::by(&["Import-Module", "using"]),
        ..HASHES
    },
    Language {
        id: "python",
        name: "Python",
        extensions: &["py", "pyi", "pyw"],
        file_names: &["SConstruct", "BUILD.bazel"],
        quotes: quotes::PYTHON,
        prefixes: quotes::PYTHON_PREFIXES,
        blocks: BlockStyle::Indentation,
        heads: "async case class def elif else except for if match try while with",
        imports: Imports { names_last: true, ..Imports::by(&["import", "from"]) },
        manifests: &["pyproject.toml", "requirements.txt"],
        risky_rules: Some("python"),
        grammar: Some(&Grammar { risky: &["python"], ..Grammar::new("python") }),
        ..HASHES
    },
    Language {
        id: "r",
        name: "R",
        extensions: &["r"],
        file_names: &[".Rprofile"],
        quotes: quotes::R,
        blocks: BlockStyle::Braces,
        heads: "else for function if repeat while",
        imports: Imports::by(&["library", "require", "source"]),
        ..HASHES
    },
    Language {
        id: "ruby",
        name: "Ruby",
        extensions: &["rb", "rake", "gemspec"],
        file_names: &["Gemfile", "Rakefile"],
        quotes: quotes::RUBY,
        here_documents: &["<<~", "<<-", "<<"],
        blocks: BlockStyle::Keywords,
        heads: "\
            case class def do else elsif for if loop module private protected public unless until when \
            while",
        imports: Imports::by(&["require", "require_relative", "load"]),
        manifests: &["Gemfile"],
        risky_rules: Some("ruby"),
        grammar: Some(&Grammar { risky: &["ruby"], ..Grammar::new("ruby") }),
        ..HASHES
    },
    Language {
        id: "rust",
        name: "Rust",
        extensions: &["rs"],
        nested_comments: true,
        quotes: quotes::RUST,
        prefixes: quotes::RUST_PREFIXES,
        semicolons: true,
        heads: "\
            async else extern fn for if impl loop match mod pub struct trait unsafe while",
        imports: Imports { modifiers: &["pub"], ..Imports::by(&["use"]) },
        manifests: &["Cargo.toml"],
        risky_rules: Some("rust"),
        grammar: Some(&Grammar { risky: &["rust"], ..Grammar::new("rust") }),
        ..BRACES
    },
    Language {
        id: "scala",
        name: "Scala",
        extensions: &["scala", "sc", "sbt"],
        nested_comments: true,
        quotes: quotes::SCALA,
        prefixes: quotes::SCALA_PREFIXES,
        heads: "\
            case catch class def do else final for if match object override private protected trait try \
            while",
        imports: Imports::by(&["import"]),
        manifests: &["build.sbt"],
        risky_rules: Some("java"),
        grammar: Some(&Grammar::new("scala")),
        ..BRACES
    },
    Language { id: "scss", name: "SCSS", extensions: &["scss", "less"], ..CSS },
    Language {
        id: "shellscript",
        name: "Shell",
        extensions: &["sh", "bash", "zsh"],
        file_names: &[".bashrc", ".zshrc", ".profile"],
        comment_after_blank: true,
        quotes: quotes::SHELL,
        not_marks: &["<<<"],
        here_documents: &["<<-", "<<", "<<- ", "<< "],
        escapes_in_code: true,
        lone_brackets: true,
        blocks: BlockStyle::Keywords,
        heads: "case do elif else for function if until while",
        imports: Imports::by(&["source", "."]),
        word_signs: b"-./",
        risky_rules: Some("shell"),
        grammar: Some(&Grammar { risky: &["bash"], is_narrow: true, ..Grammar::new("bash") }),
        ..HASHES
    },
    Language {
        id: "sql",
        name: "SQL",
        extensions: &["sql"],
        line_comment: Some("--"),
        block_comment: Some(("/*", "*/")),
        quotes: quotes::SQL,
        defines: words::DEFINES_SQL,
        grammar: Some(&Grammar {
            package: Some("arborium-sql"),
            item: Some("language()"),
            folder: Some("grammar/src"),
            without: &["import"],
            ..Grammar::new("sql")
        }),
        ..Language::PLAIN
    },
    Language {
        id: "swift",
        name: "Swift",
        extensions: &["swift"],
        nested_comments: true,
        quotes: quotes::SWIFT,
        heads: "\
            case catch class do else extension final for func if init internal override private protocol \
            public static struct switch try while",
        imports: Imports::by(&["import"]),
        manifests: &["Package.swift"],
        grammar: Some(&Grammar::new("swift")),
        ..BRACES
    },
    Language {
        id: "toml",
        name: "TOML",
        extensions: &["toml"],
        file_names: &["Cargo.lock"],
        quotes: quotes::TOML,
        outline: OutlineStyle::Sections,
        manifests: &["Cargo.toml"],
        grammar: Some(&Grammar {
            package: Some("tree-sitter-toml-ng"),
            without: &["import"],
            ..Grammar::new("toml")
        }),
        ..HASHES
    },
    Language {
        id: "typescript",
        name: "TypeScript",
        extensions: &["ts", "mts", "cts"],
        grammar: Some(&Grammar {
            item: Some("LANGUAGE_TYPESCRIPT"),
            folder: Some("typescript/src"),
            risky: &["javascript"],
            ..Grammar::new("typescript")
        }),
        ..JAVASCRIPT
    },
    Language {
        id: "typescriptreact",
        name: "TypeScript JSX",
        extensions: &["tsx"],
        grammar: Some(&Grammar {
            package: Some("tree-sitter-typescript"),
            item: Some("LANGUAGE_TSX"),
            folder: Some("tsx/src"),
            risky: &["javascript", "jsx"],
            ..Grammar::new("tsx")
        }),
        ..JAVASCRIPT
    },
    Language { id: "xml", name: "XML", extensions: &["xml", "svg", "xsd"], ..MARKUP },
    Language {
        id: "yaml",
        name: "YAML",
        extensions: &["yaml", "yml"],
        file_names: &[".clang-format"],
        comment_after_blank: true,
        quotes: quotes::WEB,
        blocks: BlockStyle::Indentation,
        outline: OutlineStyle::Keys,
        grammar: Some(&Grammar { without: &["import"], ..Grammar::new("yaml") }),
        ..HASHES
    },
    Language {
        id: "zig",
        name: "Zig",
        extensions: &["zig"],
        block_comment: None,
        quotes: quotes::C,
        semicolons: true,
        heads: "else export extern fn for if inline pub switch while",
        ..BRACES
    },
];
