//! What is made for TypeScript: the protocol, the models that pages offer, constants of the core.
//!
//! The results are committed files; `--check` compares them. The protocol comes from `web/protocol`
//! (`types/protocol.rs`), the models from the catalogue, where the packs of grammars are from the
//! language table, and when accepted text is looked at again from the acceptance statistics.

mod protocol;

use anyhow::{Context, Result, bail};
use ghostlight_complete::feedback::AGES_S;
use ghostlight_models::{Catalog, Device, Likelihood, Model};
use ghostlight_text::Grammar;

use crate::sh;

const MODELS: &str = "models/catalog.toml";
const MODELS_OUTPUT: &str = "web/package/src/page/known-models.ts";

const LANGUAGES: &str = "core/text/src/languages.rs";
const GRAMMARS_OUTPUT: &str = "web/package/src/page/grammar-files.ts";

const FEEDBACK: &str = "core/complete/src/feedback.rs";
const FEEDBACK_OUTPUT: &str = "web/package/src/shared/retention-ages.ts";

/// Write the TypeScript of web/protocol, the models that pages offer, the files of grammars, and a constant.
#[derive(clap::Args)]
pub(crate) struct TypesOptions {
    /// Change nothing; fail when the committed file is out of date.
    #[arg(long)]
    pub(crate) check: bool,
}

pub(crate) fn main(options: &TypesOptions) -> Result<()> {
    for (output, made) in protocol::files()? {
        write(output, protocol::SOURCE, &made, options.check)?;
    }
    write(MODELS_OUTPUT, MODELS, &models(&Catalog::builtin()?)?, options.check)?;
    write(GRAMMARS_OUTPUT, LANGUAGES, &grammars(&Grammar::all()), options.check)?;
    write(FEEDBACK_OUTPUT, FEEDBACK, &ages(), options.check)
}

fn write(output: &str, source: &str, made: &str, check: bool) -> Result<()> {
    let path = sh::root().join(output);
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    if there == made {
        return Ok(());
    }
    if check {
        bail!("{output} is not what {source} gives: run `cargo xtask types` and commit the file");
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&path, made).with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("wrote {output}");
    Ok(())
}

/// Where the pack of each grammar is: literal expressions, which bundlers recognise.
fn grammars(all: &[&Grammar]) -> String {
    let mut made = format!(
        "// Made by `cargo xtask types` from {LANGUAGES}. Do not edit.\n\n\
         /** The pack of each grammar in the package's own files. */\n\
         export const grammarFiles = () => ({{\n"
    );
    for name in all.iter().map(|grammar| grammar.name) {
        made.push_str(&format!(
            "  {name}: new URL(\"../../wasm/syntax/{name}.wasm\", import.meta.url).href,\n"
        ));
    }
    made.push_str("});\n");
    made
}

/// When accepted text is looked at again, as a constant of TypeScript.
fn ages() -> String {
    format!(
        "// Made by `cargo xtask types` from {FEEDBACK}. Do not edit.\n\n\
         /** Seconds after which accepted text is looked at again. */\n\
         export const AGES_S = {AGES_S:?} as const;\n"
    )
}

/// The models that pages offer, as constants of TypeScript; the default one is the first.
fn models(catalog: &Catalog) -> Result<String> {
    let default = catalog.model(None)?;
    let mut made = format!(
        "// Made by `cargo xtask types` from {MODELS}. Do not edit.\n\n\
         import type {{ KnownModel }} from \"./models.js\";\n\n\
         /** The model that is used when none is named: expected on the page's own origin. */\n\
         export const defaultModel: KnownModel = {};\n\n\
         /** The models that a page can offer, the default one first. */\n\
         export const knownModels: readonly KnownModel[] = [\n  defaultModel,\n",
        known(default, "")?
    );
    for model in &catalog.models {
        if model.page.is_some() && model.id != default.id {
            made.push_str(&format!("  {},\n", known(model, "  ")?));
        }
    }
    made.push_str("];\n");
    Ok(made)
}

/// A model as an object, whose lines after the first are indented by `indent`.
fn known(model: &Model, indent: &str) -> Result<String> {
    let Some(page) = &model.page else {
        bail!("the model {} has no `page` in {MODELS}", model.id);
    };
    let text = |value: &str| serde_json::to_string(value);
    let lines = [
        format!("id: {}", text(&model.id)?),
        format!("label: {}", text(&page.label)?),
        format!("name: {}", text(&model.name)?),
        format!("url: {}", text(&format!("/models/{}", model.file_name()))?),
        format!("size: {}", separated(model.bytes)),
        format!("sha256: {}", text(&model.sha256)?),
        format!("memoryMib: {}", separated(model.memory_mib.into())),
        format!("mmacs: {}", separated(page.mmacs.into())),
        format!("prefill: {}", page.prefill),
        format!("gpu: {}", model.device == Device::Gpu),
        match model.likelihood {
            Some(Likelihood { at_certain, slope, threshold }) => {
                format!("likelihood: {{ atCertain: {at_certain}, slope: {slope}, threshold: {threshold} }}")
            }
            None => "likelihood: null".to_owned(),
        },
    ];
    Ok(format!("{{\n{}{indent}}}", lines.map(|line| format!("{indent}  {line},\n")).concat()))
}

/// A number in groups of three digits, as a literal.
fn separated(number: u64) -> String {
    let digits = number.to_string();
    let mut made = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            made.push('_');
        }
        made.push(digit);
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_model_is_the_first_that_pages_offer() {
        let catalog = Catalog::builtin().unwrap();
        let made = models(&catalog).unwrap();
        let committed = std::fs::read_to_string(sh::root().join(MODELS_OUTPUT)).unwrap();
        assert_eq!(committed, made, "{MODELS_OUTPUT} is not what {MODELS} gives");
        let ids: Vec<_> = made.lines().filter(|line| line.trim_start().starts_with("id: ")).collect();
        let offered = catalog.models.iter().filter(|model| model.page.is_some()).count();
        assert_eq!(ids.len(), offered);
        assert_eq!(ids[0], format!("  id: {:?},", catalog.default));
        let default = catalog.model(None).unwrap();
        for part in [format!("sha256: {:?}", default.sha256), format!("size: {}", separated(default.bytes))] {
            assert!(made.contains(&part), "{part}");
        }
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([7, 140, 1_630, 98_362_432].map(separated), ["7", "140", "1_630", "98_362_432"]);
    }
}
