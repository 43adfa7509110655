//! What kinds of things a language gives names to.

/// What kind of thing a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DefinitionKind {
    /// A function on its own.
    Function,
    /// A function of a type.
    Method,
    /// A class, record, struct, object or union.
    Class,
    /// An enumeration.
    Enum,
    /// An interface, trait or protocol.
    Interface,
    /// The methods of a type that is defined elsewhere (`impl`, `extension`).
    Extension,
    /// A module, namespace or package.
    Module,
    /// Another name for a type.
    Type,
    /// A constant.
    Constant,
    /// A variable.
    Variable,
    /// A field or property of a type; a key of data.
    Field,
    /// A macro.
    Macro,
    /// A heading, table or section.
    Section,
    /// A rule of a style sheet, an element of markup.
    Rule,
}

impl DefinitionKind {
    /// Every kind; the place in it is the kind's number in bytes.
    pub const ALL: [DefinitionKind; 14] = [
        Self::Function,
        Self::Method,
        Self::Class,
        Self::Enum,
        Self::Interface,
        Self::Extension,
        Self::Module,
        Self::Type,
        Self::Constant,
        Self::Variable,
        Self::Field,
        Self::Macro,
        Self::Section,
        Self::Rule,
    ];

    /// Its name, such as `function`, which is also its name in queries.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Method => "method",
            Self::Class => "class",
            Self::Enum => "enum",
            Self::Interface => "interface",
            Self::Extension => "extension",
            Self::Module => "module",
            Self::Type => "type",
            Self::Constant => "constant",
            Self::Variable => "variable",
            Self::Field => "field",
            Self::Macro => "macro",
            Self::Section => "section",
            Self::Rule => "rule",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
