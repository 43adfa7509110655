//! The grammars that are linked into native builds.

use tree_sitter_language::LanguageFn;

/// All of them, by their names in [`QUERIES`](super::QUERIES).
pub(super) fn all() -> [(&'static str, LanguageFn); 24] {
    [
        ("bash", tree_sitter_bash::LANGUAGE),
        ("c", tree_sitter_c::LANGUAGE),
        ("cpp", tree_sitter_cpp::LANGUAGE),
        ("csharp", tree_sitter_c_sharp::LANGUAGE),
        ("css", tree_sitter_css::LANGUAGE),
        ("go", tree_sitter_go::LANGUAGE),
        ("html", tree_sitter_html::LANGUAGE),
        ("java", tree_sitter_java::LANGUAGE),
        ("javascript", tree_sitter_javascript::LANGUAGE),
        ("json", tree_sitter_json::LANGUAGE),
        ("kotlin", tree_sitter_kotlin_ng::LANGUAGE),
        ("lua", tree_sitter_lua::LANGUAGE),
        ("markdown", tree_sitter_md::LANGUAGE),
        ("php", tree_sitter_php::LANGUAGE_PHP),
        ("python", tree_sitter_python::LANGUAGE),
        ("ruby", tree_sitter_ruby::LANGUAGE),
        ("rust", tree_sitter_rust::LANGUAGE),
        ("scala", tree_sitter_scala::LANGUAGE),
        ("sql", tree_sitter_sequel::LANGUAGE),
        ("swift", tree_sitter_swift::LANGUAGE),
        ("toml", tree_sitter_toml_ng::LANGUAGE),
        ("tsx", tree_sitter_typescript::LANGUAGE_TSX),
        ("typescript", tree_sitter_typescript::LANGUAGE_TYPESCRIPT),
        ("yaml", tree_sitter_yaml::LANGUAGE),
    ]
}
