//! Paths that a model wrote: inside the workspace, spelled in one way, or refused.
//!
//! A path is relative and has `/` between its parts. Nothing is looked up here; whether
//! there is such a file is the business of [`plan`](crate::plan()).

/// Bytes of the longest path.
const LONGEST: usize = 1024;

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathFault {
    /// Nothing, or nothing but dots and slashes.
    #[error("it is empty")]
    Empty,
    /// It begins at the root, or at a home folder.
    #[error("it is absolute")]
    Absolute,
    /// It has a part `..`.
    #[error("it leaves its folder")]
    Parent,
    /// It has a colon, as drives and streams of Windows have, and addresses.
    #[error("it names a drive or a stream")]
    Drive,
    /// It has a NUL or another control character.
    #[error("it has a control character")]
    Control,
    /// It ends with a slash.
    #[error("it names a folder")]
    Folder,
    /// It is longer than any file's.
    #[error("it is longer than {LONGEST} bytes")]
    TooLong,
}

/// The path in its one spelling: `/` between parts, no `.` and no empty part.
///
/// ```
/// use ghostlight_edit::{PathFault, check_path};
/// assert_eq!(check_path("./src\\main.rs").as_deref(), Ok("src/main.rs"));
/// assert_eq!(check_path("src/../../.ssh/id_rsa"), Err(PathFault::Parent));
/// assert_eq!(check_path("C:\\Windows\\win.ini"), Err(PathFault::Drive));
/// ```
///
/// # Errors
/// A path that is not relative or may leave the folder that it is relative to.
pub fn check_path(path: &str) -> Result<String, PathFault> {
    if path.len() > LONGEST {
        return Err(PathFault::TooLong);
    }
    if path.chars().any(char::is_control) {
        return Err(PathFault::Control);
    }
    if path.contains(':') {
        return Err(PathFault::Drive);
    }
    let path = path.trim().replace('\\', "/");
    if path.starts_with('/') || path == "~" || path.starts_with("~/") {
        return Err(PathFault::Absolute);
    }
    // Windows drops dots and blanks at the end of a name, so `.. ` may be `..` there.
    let is_parent = |part: &str| part.starts_with("..") && part.trim_end_matches(['.', ' ']).is_empty();
    if path.split('/').any(is_parent) {
        return Err(PathFault::Parent);
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.is_empty() {
        return Err(PathFault::Empty);
    }
    if path.ends_with('/') {
        return Err(PathFault::Folder);
    }
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_inside() {
        for (path, is) in [
            ("a.rs", Ok("a.rs")),
            ("./a//b/./c.rs", Ok("a/b/c.rs")),
            ("src\\a.rs", Ok("src/a.rs")),
            ("with space/ä (1).ts", Ok("with space/ä (1).ts")),
            ("...dots", Ok("...dots")),
            ("..hidden/a", Ok("..hidden/a")),
            ("", Err(PathFault::Empty)),
            (" ", Err(PathFault::Empty)),
            ("./", Err(PathFault::Empty)),
            ("/etc/passwd", Err(PathFault::Absolute)),
            ("\\\\server\\share", Err(PathFault::Absolute)),
            ("~/.bashrc", Err(PathFault::Absolute)),
            ("../a", Err(PathFault::Parent)),
            ("a/..", Err(PathFault::Parent)),
            ("a\\..\\..\\b", Err(PathFault::Parent)),
            ("a/.. /b", Err(PathFault::Parent)),
            ("c:a", Err(PathFault::Drive)),
            ("a.txt:stream", Err(PathFault::Drive)),
            ("file:///etc", Err(PathFault::Drive)),
            ("a\0b", Err(PathFault::Control)),
            ("a\nb", Err(PathFault::Control)),
            ("src/", Err(PathFault::Folder)),
        ] {
            assert_eq!(check_path(path).as_deref(), is.as_ref().copied(), "{path:?}");
        }
        assert_eq!(check_path(&"a".repeat(LONGEST + 1)), Err(PathFault::TooLong));
    }
}
