//! The commands of `ghostlight`, read from its sources.
//!
//! The program is not built for this: it links models and grammars, which takes
//! minutes. Its command line is structs and enums with attributes of clap's derive,
//! and what is used of these is little: `Subcommand`, `flatten`, `subcommand`, `long`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use syn::{Attribute, Expr, ExprLit, Field, Fields, Item, Lit, Type};

use super::commands::DocumentedCommand;

/// What stands behind one name of a type.
#[derive(Default)]
struct Parts {
    flags: BTreeSet<String>,
    /// Types whose flags are these, too.
    flattened: Vec<String>,
    /// The enum of its commands.
    subcommand: Option<String>,
}

/// The types of a command line by name.
#[derive(Default)]
struct Types {
    structs: BTreeMap<String, Parts>,
    /// Variants: a command's name and what it takes.
    enums: BTreeMap<String, Vec<(String, Parts)>>,
    /// The struct that is parsed.
    root: Option<String>,
}

/// The command line that some Rust sources declare.
pub(super) fn read<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<DocumentedCommand> {
    let mut types = Types::default();
    for (path, text) in sources {
        let file = syn::parse_file(text).with_context(|| format!("cannot read {path}"))?;
        for item in file.items {
            types.add(item)?;
        }
    }
    let root = types.root.take().context("no struct derives clap's Parser")?;
    Ok(types.command("ghostlight", types.structs.get(&root).unwrap_or(&Parts::default())))
}

impl Types {
    fn add(&mut self, item: Item) -> Result<()> {
        match item {
            Item::Struct(item) if derives(&item.attrs, "Args") || derives(&item.attrs, "Parser") => {
                let name = item.ident.to_string();
                if derives(&item.attrs, "Parser") {
                    self.root = Some(name.clone());
                }
                self.structs.insert(name, parts(&item.fields)?);
            }
            Item::Enum(item) if derives(&item.attrs, "Subcommand") => {
                let variants = item.variants.iter().map(|variant| {
                    let mut parts = parts(&variant.fields)?;
                    // A variant with one type in it is that type's command.
                    if let Fields::Unnamed(fields) = &variant.fields {
                        parts.flattened.extend(fields.unnamed.iter().filter_map(|field| name_of(&field.ty)));
                    }
                    Ok((dashed(&variant.ident.to_string()), parts))
                });
                self.enums.insert(item.ident.to_string(), variants.collect::<Result<_>>()?);
            }
            _ => {}
        }
        Ok(())
    }

    fn command(&self, name: &str, parts: &Parts) -> DocumentedCommand {
        let mut command = DocumentedCommand {
            name: name.to_owned(),
            flags: parts.flags.clone(),
            ..DocumentedCommand::default()
        };
        for inner in parts.flattened.iter().filter_map(|name| self.structs.get(name)) {
            let inner = self.command(name, inner);
            command.flags.extend(inner.flags);
            command.commands.extend(inner.commands);
        }
        let variants = parts.subcommand.as_ref().and_then(|name| self.enums.get(name));
        command
            .commands
            .extend(variants.into_iter().flatten().map(|(name, parts)| self.command(name, parts)));
        command
    }
}

fn parts(fields: &Fields) -> Result<Parts> {
    let mut parts = Parts::default();
    for field in fields {
        if has(field, "command", "flatten")?.is_some() {
            parts.flattened.extend(name_of(&field.ty));
        }
        if has(field, "command", "subcommand")?.is_some() {
            parts.subcommand = name_of(&field.ty);
        }
        if let Some(said) = has(field, "arg", "long")? {
            let name = said.or_else(|| field.ident.as_ref().map(|ident| ident.to_string().replace('_', "-")));
            parts.flags.extend(name.map(|name| format!("--{name}")));
        }
    }
    Ok(parts)
}

/// Whether a field has an attribute with this key, and the text that it sets.
fn has(field: &Field, attribute: &str, key: &str) -> Result<Option<Option<String>>> {
    let mut found = None;
    for attr in field.attrs.iter().filter(|attr| attr.path().is_ident(attribute)) {
        attr.parse_nested_meta(|meta| {
            let value = meta.value().ok().map(|value| value.parse::<Expr>()).transpose()?;
            if meta.path.is_ident(key) {
                found = Some(match value {
                    Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => Some(text.value()),
                    _ => None,
                });
            }
            Ok(())
        })
        .with_context(|| format!("cannot read the attribute `{attribute}` of a field"))?;
    }
    Ok(found)
}

fn derives(attrs: &[Attribute], name: &str) -> bool {
    let mut found = false;
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("derive")) {
        // What is no list of names derives nothing that is looked for.
        let _ = attr.parse_nested_meta(|meta| {
            found |= meta.path.segments.last().is_some_and(|last| last.ident == name);
            Ok(())
        });
    }
    found
}

/// The last name of a type: `T` of `a::T`.
fn name_of(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    }
}

/// `TwoWords` as clap names it: `two-words`.
fn dashed(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_read_from_its_source() {
        let source = r#"
            #[derive(Debug, clap::Parser)]
            #[command(name = "ghostlight", after_help = EXAMPLES)]
            struct Arguments { #[command(subcommand)] command: Top }
            #[derive(Subcommand)]
            enum Top { Run(RunOptions), MoreThings(More) }
            #[derive(Args)]
            #[command(group = clap::ArgGroup::new("input").required(true))]
            struct RunOptions {
                /// Where.
                place: String,
                #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
                max_tokens: u32,
                #[arg(long = "type", default_value_t = 1.0, conflicts_with_all = ["a", "b"])]
                ty: f32,
                #[arg(short)]
                short: bool,
                #[command(flatten)]
                shared: crate::Shared,
            }
            #[derive(Args)]
            struct More { #[command(subcommand)] what: Inner }
            #[derive(Subcommand)]
            enum Inner { Fetch { #[arg(long)] unpinned: bool } }
            struct Shared { ignored: u8 }
        "#;
        let shared = "#[derive(Args)] pub struct Shared { #[arg(long)] model: String }";
        let root = read([("a.rs", source), ("b.rs", shared)]).unwrap();
        let flags = |command: &DocumentedCommand| command.flags.iter().cloned().collect::<Vec<_>>();
        let [run, more] = &root.commands[..] else { panic!("{root:?}") };
        assert_eq!((run.name.as_str(), more.name.as_str()), ("run", "more-things"));
        assert_eq!(flags(run), ["--max-tokens", "--model", "--type"]);
        assert_eq!(
            (more.commands[0].name.as_str(), flags(&more.commands[0])),
            ("fetch", vec!["--unpinned".to_owned()])
        );
    }

    #[test]
    fn what_is_no_command_line_is_an_error() {
        assert!(format!("{:#}", read([("a.rs", "fn {")]).unwrap_err()).contains("cannot read a.rs"));
        assert!(read([("a.rs", "struct A;")]).unwrap_err().to_string().contains("Parser"));
    }
}
