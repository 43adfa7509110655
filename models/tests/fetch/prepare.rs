//! Models that are made from another one of the catalogue.

use std::path::Path;

use ghostlight_models::{Catalog, Fetcher, Make, Model, ModelsError, Progress, is_fetched};

use super::bench::{Bench, Watch, entry};

/// The recipe of these tests: all bytes in reverse order.
fn reverse(base: &Path, output: &Path, recipe: &str, _: &mut dyn Progress) -> Result<(), ModelsError> {
    assert_eq!(recipe, "reverse-1");
    assert!(!output.exists(), "nothing is left where the file is made");
    let mut content = std::fs::read(base).unwrap();
    content.reverse();
    std::fs::write(output, content).unwrap();
    Ok(())
}

fn identical(base: &Path, output: &Path, _: &str, _: &mut dyn Progress) -> Result<(), ModelsError> {
    std::fs::copy(base, output).unwrap();
    Ok(())
}

fn breaking(_: &Path, output: &Path, recipe: &str, _: &mut dyn Progress) -> Result<(), ModelsError> {
    std::fs::write(output, "half of it").unwrap();
    Err(ModelsError::UnknownRecipe { recipe: recipe.to_owned() })
}

/// A base, and a model that is made from it.
struct Made {
    bench: Bench,
    catalog: Catalog,
    content: Vec<u8>,
}

impl Made {
    /// With sources that have the model ready-made.
    fn new(sources: &str) -> Self {
        let bench = Bench::new();
        let base = bench.plain();
        let url = bench.server.url("/m.gguf");
        let content: Vec<u8> = bench.content.iter().rev().copied().collect();
        let prepare = "[model.prepare]\nfrom = 'm'\nrecipe = 'reverse-1'";
        let text = [
            "default = 'p'\n".to_owned(),
            entry("m", content.len(), &base.sha256, &format!("[[model.source]]\nurl = '{url}'")),
            entry("p", content.len(), &bench.hash(&content), &format!("{sources}\n{prepare}")),
        ];
        let catalog = Catalog::parse(&text.concat()).unwrap();
        Self { bench, catalog, content }
    }

    fn model(&self) -> &Model {
        self.catalog.model(None).unwrap()
    }

    fn fetch(&self, make: Make) -> (Result<std::path::PathBuf, ModelsError>, Watch) {
        let mut watch = Watch::default();
        let fetcher = Fetcher { make, ..self.bench.fetcher.clone() };
        (fetcher.fetch(&self.catalog, self.model(), &mut watch), watch)
    }

    /// Name of the made file in the cache.
    fn name(&self) -> String {
        format!("p.{}.gguf", &self.model().sha256[..12])
    }
}

#[test]
fn a_model_is_made_once_from_a_base_that_is_fetched() {
    let made = Made::new("");
    let path = made.fetch(reverse).0.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), made.content);
    assert_eq!(made.bench.cached(), ["m.gguf", "m.lock", &made.name(), "p.lock"]);
    assert_eq!(made.bench.server.requests(), ["/m.gguf whole"]);
    // Neither fetched nor made again.
    assert_eq!(made.fetch(breaking).0.unwrap(), path);
    assert!(made.bench.server.requests().is_empty());
}

#[test]
fn another_file_than_the_catalogue_names_is_an_error_with_both_hashes() {
    let made = Made::new("");
    let base = &made.catalog.models[0];
    let message = made.fetch(identical).0.unwrap_err().to_string();
    assert_eq!(
        message,
        format!(
            "prepare model `p`: the recipe `reverse-1` of this build makes another file than its catalogue \
             names: 300000 bytes with sha256 {}, expected sha256 {}",
            base.sha256,
            made.model().sha256
        )
    );
    assert_eq!(made.bench.cached(), ["m.gguf", "m.lock", "p.lock"]);
    // The base is kept.
    made.bench.server.requests();
    made.fetch(reverse).0.unwrap();
    assert!(made.bench.server.requests().is_empty());
}

#[test]
fn a_recipe_that_breaks_off_leaves_nothing() {
    let made = Made::new("");
    assert!(matches!(made.fetch(breaking).0, Err(ModelsError::UnknownRecipe { .. })));
    assert_eq!(made.bench.cached(), ["m.gguf", "m.lock", "p.lock"]);
    // Nor does a process that ended in the middle of it.
    std::fs::write(made.bench.fetcher.cache.models().join("p.made.part"), "half of it").unwrap();
    made.fetch(reverse).0.unwrap();
    assert_eq!(made.bench.cached(), ["m.gguf", "m.lock", &made.name(), "p.lock"]);
}

#[test]
fn a_file_of_an_older_recipe_is_not_used() {
    let made = Made::new("");
    let models = made.bench.fetcher.cache.models();
    std::fs::create_dir_all(&models).unwrap();
    let older = models.join("p.0123456789ab.gguf");
    // Of the same size, as its weights may well be.
    std::fs::write(&older, vec![1; made.content.len()]).unwrap();
    std::fs::write(models.join("p.gguf"), vec![1; made.content.len()]).unwrap();
    assert!(!is_fetched(made.model(), &made.bench.fetcher.cache));
    let (path, watch) = made.fetch(reverse);
    assert_eq!(std::fs::read(path.unwrap()).unwrap(), made.content);
    let said: Vec<_> = watch.notes.iter().filter(|note| note.contains("another recipe's")).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains(older.to_str().unwrap()), "{said:?}");
    assert!(older.exists(), "another build may use it");
}

#[test]
fn a_source_that_has_it_ready_made_comes_first() {
    let made = Made::new("[[model.source]]\nurl = 'http://127.0.0.1:9/p.gguf'");
    let (path, watch) = made.fetch(reverse);
    assert_eq!(std::fs::read(path.unwrap()).unwrap(), made.content);
    assert!(watch.notes[0].ends_with("; making it"), "{:?}", watch.notes);

    let mut made = Made::new("[[model.source]]\nurl = 'http://127.0.0.1:9/p.gguf'");
    let url = made.bench.server.file("/p.gguf", made.content.clone());
    made.catalog.models[1].sources =
        vec![ghostlight_models::Source::Url(ghostlight_models::UrlSource { url })];
    let path = made.fetch(breaking).0.unwrap();
    assert_eq!(std::fs::read(path).unwrap(), made.content);
    assert_eq!(made.bench.server.requests(), ["/p.gguf whole"]);
    assert_eq!(made.bench.cached(), [&made.name(), "p.lock"]);
}

#[test]
fn a_base_that_cannot_be_had_is_what_the_error_names() {
    let made = Made::new("");
    made.bench.server.forget("/m.gguf");
    let message = made.fetch(reverse).0.unwrap_err().to_string();
    assert!(message.starts_with("fetch model `m`: download http"), "{message}");
}
