//! Where a Python package index keeps a file.
//!
//! The idea: use the index that the user's `pip` would use, found as pip finds
//! it (environment, then its configuration files, then the public default), read
//! the project's page in the simple format that every index speaks (PEP 503) and
//! take the link with the wanted file name. Hashes come from the catalogue, never
//! from the index. No dependency resolution, no extra indexes, no `find-links`:
//! `pip download` is the fallback for set-ups that need those.

use std::path::PathBuf;

use crate::ModelsError;
use crate::http::{Client, network, redacted};

/// The public index, used where nothing else is configured.
const PUBLIC: &str = "https://pypi.org/simple";

/// Most bytes of an index page that are read.
const PAGE_LIMIT: u64 = 32 << 20;

/// Which index to ask.
#[derive(Debug, Clone)]
pub struct IndexConfig {
    /// Address of the simple index, without the project's name.
    pub url: String,
}

impl IndexConfig {
    /// The index that pip would use for this user.
    pub fn from_env() -> Self {
        Self::locate(|name| std::env::var(name).ok(), |path| std::fs::read_to_string(path).ok())
    }

    fn locate(var: impl Fn(&str) -> Option<String>, read: impl Fn(&PathBuf) -> Option<String>) -> Self {
        let set = |name| var(name).filter(|value| !value.trim().is_empty());
        let url = set("PIP_INDEX_URL").or_else(|| {
            // Strongest first, as pip ranks them: named by variable, environment's, user's, system's.
            let path = |base: Option<String>, rest: &str| Some(PathBuf::from(base?).join(rest));
            let files = [
                set("PIP_CONFIG_FILE").map(PathBuf::from),
                path(set("VIRTUAL_ENV"), "pip.conf"),
                path(set("XDG_CONFIG_HOME"), "pip/pip.conf"),
                path(set("HOME"), ".config/pip/pip.conf"),
                path(set("HOME"), ".pip/pip.conf"),
                Some(PathBuf::from("/etc/xdg/pip/pip.conf")),
                Some(PathBuf::from("/etc/pip.conf")),
            ];
            let mut texts = files.iter().flatten().filter_map(read);
            texts.find_map(|text| index_url(&text))
        });
        let url = url.unwrap_or_else(|| PUBLIC.to_owned());
        Self { url: url.trim().trim_end_matches('/').to_owned() }
    }

    /// Address of `file` of the project `name`.
    ///
    /// # Errors
    /// [`ModelsError::Network`] when the index does not answer, [`ModelsError::NotListed`] when it
    /// does not have the file.
    pub(crate) fn find(&self, client: &Client, name: &str, file: &str) -> Result<String, ModelsError> {
        let url = format!("{}/{}/", self.url, normalized(name));
        let page = client.page(&url, &[("accept", "text/html")], PAGE_LIMIT)?;
        let not_listed = || ModelsError::NotListed { file: file.to_owned(), url: redacted(&url) };
        match page.status {
            200 => {}
            404 => return Err(not_listed()),
            status => return Err(network(&url, format!("status {status}"))),
        }
        let link = links(&page.text).find(|link| file_name(link) == file);
        link.map(|link| join(&page.address, &link)).ok_or_else(not_listed)
    }
}

/// The `index-url` of a pip configuration file; `[download]` is stronger than `[global]`.
fn index_url(text: &str) -> Option<String> {
    let mut section = "";
    let mut global = None;
    let mut download = None;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name.trim();
        } else if let Some((key, value)) = line.split_once(['=', ':'])
            && matches!(key.trim(), "index-url" | "index_url" | "i")
            && !value.trim().is_empty()
        {
            match section {
                "global" => global = Some(value.trim().to_owned()),
                "download" => download = Some(value.trim().to_owned()),
                _ => {}
            }
        }
    }
    download.or(global)
}

/// A project's name as it stands in an address: lower case, runs of `-_.` as one `-` (PEP 503).
fn normalized(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}

/// The `href` values of a page, in order.
fn links(html: &str) -> impl Iterator<Item = String> + '_ {
    html.split("href=").skip(1).filter_map(|rest| {
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let value = rest[1..].split(quote).next()?;
        Some(value.trim().replace("&amp;", "&"))
    })
}

/// The last path segment of a link; wheel names need no percent-decoding.
fn file_name(link: &str) -> &str {
    let path = link.split(['#', '?']).next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

/// Resolves a link against the page that it stands on (RFC 3986, the parts that indexes use).
fn join(base: &str, link: &str) -> String {
    let link = link.split('#').next().unwrap_or_default();
    if link.contains("://") {
        return link.to_owned();
    }
    let (scheme, rest) = base.split_once("://").unwrap_or(("https", base));
    if link.starts_with("//") {
        return format!("{scheme}:{link}");
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if link.starts_with('/') {
        return format!("{scheme}://{host}{link}");
    }
    // The page's folder, then the link's steps.
    let mut steps: Vec<&str> = path.split('/').collect();
    steps.pop();
    for step in link.split('/') {
        match step {
            "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    format!("{scheme}://{host}/{}", steps.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_resolve_as_indexes_write_them() {
        let page = "https://host.example/api/simple/llm/?format=html";
        for (link, want) in [
            ("https://files.example/a/b.whl#sha256=1", "https://files.example/a/b.whl"),
            ("//files.example/b.whl", "https://files.example/b.whl"),
            ("/a/b.whl", "https://host.example/a/b.whl"),
            ("../../packages/b.whl#x", "https://host.example/api/packages/b.whl"),
            ("./b.whl", "https://host.example/api/simple/llm/b.whl"),
            ("../../../../../b.whl", "https://host.example/b.whl"),
        ] {
            assert_eq!(join(page, link), want);
        }
    }

    #[test]
    fn a_page_gives_its_links() {
        let html = "<a href=\"x/a-1.tar.gz#sha256=0\">a</a><a data-x='1' href='y/a-1.whl?k=1&amp;l=2'>b</a><a href=>";
        let found: Vec<_> = links(html).collect();
        assert_eq!(found, ["x/a-1.tar.gz#sha256=0", "y/a-1.whl?k=1&l=2"]);
        assert_eq!(file_name(&found[1]), "a-1.whl");
    }

    #[test]
    fn names_are_normalized() {
        assert_eq!(normalized("LLM_.Smol--lm2"), "llm-smol-lm2");
    }

    #[test]
    fn the_index_is_found_as_pip_finds_it() {
        let files = |user: &'static str, system: &'static str| {
            move |path: &PathBuf| match path.to_str()? {
                "/h/.config/pip/pip.conf" => Some(user.to_owned()),
                "/etc/pip.conf" => Some(system.to_owned()),
                _ => None,
            }
        };
        let home = |name: &str| (name == "HOME").then(|| "/h".to_owned());
        let system = "[global]\nindex-url = https://system.example/simple/\n";
        let user = "# mine\n[install]\nindex-url=https://no.example\n[download]\nindex-url : https://user.example/s\n[global]\nindex-url=https://weaker.example\n";
        assert_eq!(IndexConfig::locate(home, files("", "")).url, PUBLIC);
        assert_eq!(
            IndexConfig::locate(home, files("[global]\ncert = x\n", system)).url,
            "https://system.example/simple"
        );
        assert_eq!(IndexConfig::locate(home, files(user, system)).url, "https://user.example/s");
        let env = |name: &str| (name == "PIP_INDEX_URL").then(|| "https://env.example/".to_owned());
        assert_eq!(IndexConfig::locate(env, files(user, system)).url, "https://env.example");
    }
}
