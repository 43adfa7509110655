//! Ids are llama.cpp's, on every text of the corpus, for every pre-tokenizer.

use crate::support::{NAMES, Snippet, corpus, goldens, ids, pairs, smollm2};
use ghostlight_text::TokenId;
use ghostlight_tokenizer::Tokenizer;

#[track_caller]
fn check(vocabulary: &str, snippets: &[Snippet], tokenizer: impl Fn(&str) -> Tokenizer) {
    for name in NAMES {
        let tokenizer = tokenizer(name);
        let want = ids(goldens()[vocabulary][name].as_str().unwrap());
        assert_eq!(want.len(), snippets.len(), "{name}: goldens and corpus belong together");
        for (snippet, want) in snippets.iter().zip(want) {
            let got = tokenizer.encode(&snippet.bytes);
            let want: Vec<TokenId> = want.into_iter().map(TokenId).collect();
            if got != want {
                let at = got.iter().zip(&want).take_while(|(got, want)| got == want).count();
                let show = |ids: &[TokenId]| {
                    let ids = &ids[at.min(ids.len())..ids.len().min(at + 8)];
                    ids.iter().map(|&id| tokenizer.decode(&[id])).collect::<Vec<_>>()
                };
                panic!(
                    "{name}, {}: token {at} on is {:?}, llama.cpp has {:?}",
                    snippet.name,
                    show(&got),
                    show(&want)
                );
            }
        }
    }
}

#[test]
fn ids_are_those_of_llama_cpp() {
    let corpus = corpus();
    assert!(corpus.len() >= 300);
    check("smollm2", &corpus, smollm2);
}

#[test]
fn words_end_where_they_do_in_llama_cpp() {
    let mut corpus = corpus();
    corpus.retain(|snippet| !snippet.name.starts_with("long/"));
    check("pairs", &corpus, pairs);
}

#[test]
fn the_end_tokens_of_llama_cpp_end_a_generation() {
    let tokenizer = smollm2("smollm");
    for id in goldens()["vocabulary"]["ends"].as_array().unwrap() {
        assert!(tokenizer.is_end(TokenId(id.as_u64().unwrap() as u32)), "{id}");
    }
}
