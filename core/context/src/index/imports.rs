//! From the name of a module to the file that it is.
//!
//! The idea: whatever a language calls a module, the file's path ends with the
//! last parts of it. So the name is cut into parts, and of all files whose stem is
//! one of the last two parts the one that shares the longest end counts, the one
//! nearest to the importing file where several do. Relative names are resolved
//! first. That is a guess for every language and right for nearly all files of one
//! repository; it does not read manifests.

use super::files::stem;

/// Names of files that stand for their folder.
const FOLDER_FILES: &[&str] = &["mod", "index", "__init__", "lib", "main"];

/// The parts of a path or of a module's name.
fn parts(module: &str) -> Vec<&str> {
    let cut = |c: char| matches!(c, '/' | '\\' | ':' | '.');
    module.split(cut).filter(|part| !part.is_empty()).collect()
}

/// The parts of a path that name it as a module, without extension and without
/// the file's name where it stands for the folder.
pub(crate) fn module_parts(path: &str) -> Vec<&str> {
    let folder = path.rfind('/').map_or("", |at| &path[..at]);
    let mut all: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let stem = stem(path);
    if !FOLDER_FILES.contains(&stem) || all.is_empty() {
        all.push(stem);
    }
    all
}

/// The last part by which a file can be imported.
pub(crate) fn key(path: &str) -> &str {
    module_parts(path).last().copied().unwrap_or_default()
}

/// Parts to look for, and how many of them have to be there.
pub(crate) fn wanted(path: &str, module: &str) -> (Vec<String>, usize) {
    let folder = path.rfind('/').map_or("", |at| &path[..at]);
    let mut base: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let python = module.strip_prefix('.').filter(|rest| !rest.starts_with(['/', '\\']) && !rest.starts_with("./"));
    if let Some(rest) = python {
        // `.a`, `..b.c`: dots go up, the first of them nowhere.
        let up = rest.len() - rest.trim_start_matches('.').len();
        base.truncate(base.len().saturating_sub(up));
        base.extend(parts(rest));
        let all = base.iter().map(|&part| part.to_owned()).collect::<Vec<_>>();
        let least = all.len();
        return (all, least);
    }
    if module.starts_with("./") || module.starts_with("../") {
        for part in module.split('/') {
            match part {
                "." | "" => {}
                ".." => {
                    base.pop();
                }
                part => base.push(stem(part)),
            }
        }
        let all = base.iter().map(|&part| part.to_owned()).collect::<Vec<_>>();
        let least = all.len();
        return (all, least);
    }
    // An extension is no part: `list.h`, `style.css`.
    let module = match module.rsplit_once('.') {
        Some((rest, extension)) if module.contains('/') || extension.len() <= 3 && rest.find('.').is_none() => rest,
        _ => module,
    };
    let all = parts(module).into_iter().filter(|part| !matches!(*part, "crate" | "self" | "super"));
    (all.map(str::to_owned).collect(), 1)
}

/// How many parts at the end of `have` are the end of `want`, where the last of
/// `want` may be a name inside of the module.
pub(crate) fn shared(want: &[String], have: &[&str]) -> usize {
    let same = |want: &[String]| {
        want.iter().rev().zip(have.iter().rev()).take_while(|(want, have)| want.as_str() == **have).count()
    };
    match want {
        [] => 0,
        [rest @ .., _] => same(want).max(same(rest)),
    }
}

/// Parts that two paths have in common at their start.
pub(crate) fn nearness(one: &str, other: &str) -> usize {
    one.split('/').zip(other.split('/')).take_while(|(one, other)| one == other).count()
}
