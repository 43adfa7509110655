//! Reads what a rule is for, and what it is not for; the context's tests by tree read it too.

/// Examples of a file: the rule, whether it is broken, the code.
pub(crate) fn examples(file: &'static str) -> impl Iterator<Item = (&'static str, bool, String)> {
    let mut id = "";
    file.lines().filter_map(move |line| {
        let code = |code: &str| code.replace("\\n", "\n");
        match (line.strip_prefix("+ "), line.strip_prefix("- ")) {
            (Some(bad), _) => Some((id, true, code(bad))),
            (_, Some(good)) => Some((id, false, code(good))),
            _ => {
                id = line;
                None
            }
        }
    })
}
