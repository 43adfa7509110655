//! The vocabulary of languages: words that define, that stand before those, and that
//! are no names.
//!
//! A list is one text with blanks between its words: it is asked a few times a request, and takes
//! half the room of a list of texts.

use crate::definition::DefinitionKind as Kind;

/// Whether a list has a word.
pub(crate) fn has(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known == word)
}

/// What most languages define by the word before a name.
pub(crate) const DEFINES: &[(&str, Kind)] = &[
    ("fn", Kind::Function),
    ("def", Kind::Function),
    ("func", Kind::Function),
    ("fun", Kind::Function),
    ("function", Kind::Function),
    ("sub", Kind::Function),
    ("defp", Kind::Function),
    ("procedure", Kind::Function),
    ("proc", Kind::Function),
    ("class", Kind::Class),
    ("struct", Kind::Class),
    ("record", Kind::Class),
    ("union", Kind::Class),
    ("object", Kind::Class),
    ("actor", Kind::Class),
    ("enum", Kind::Enum),
    ("interface", Kind::Interface),
    ("trait", Kind::Interface),
    ("protocol", Kind::Interface),
    ("impl", Kind::Extension),
    ("extension", Kind::Extension),
    ("module", Kind::Module),
    ("mod", Kind::Module),
    ("namespace", Kind::Module),
    ("package", Kind::Module),
    ("defmodule", Kind::Module),
    ("type", Kind::Type),
    ("typedef", Kind::Type),
    ("typealias", Kind::Type),
    ("macro_rules", Kind::Macro),
    ("macro", Kind::Macro),
    ("defmacro", Kind::Macro),
];

pub(crate) const DEFINES_SQL: &[(&str, Kind)] = &[
    ("function", Kind::Function),
    ("procedure", Kind::Function),
    ("table", Kind::Class),
    ("view", Kind::Class),
    ("type", Kind::Type),
];

/// Words before the one that says what is defined.
pub(crate) const MODIFIERS: &str = "\
    abstract async const crate data declare default export extern final fileprivate inline internal \
    local mutating open override partial private protected pub public sealed static suspend unsafe \
    virtual case companion inner create or replace annotation value implicit lazy actual expect \
    indirect readonly";

/// Words that look like the name of a call or a definition and are none.
pub(crate) const KEYWORDS: &str = "\
    if else elif elsif elseif for foreach while until do switch match case when return catch try \
    finally except with using lock new delete throw throws raise yield await async in of is as not \
    and or let var val const mut ref pub static void self this super true false null nil None True \
    False end then begin fi done esac import from use package fn def func fun function class struct \
    enum trait impl interface type typeof sizeof break continue default goto where public private \
    protected final int char bool boolean float double long short string str loop move dyn unsafe \
    extends implements undefined instanceof pass lambda global defer go chan echo local export \
    module require include unless override abstract";
