//! Cache keys: an HMAC over everything that an answer depends on, the tenant first.
//!
//! The text before the cursor is cut at the start of a line: the line with the
//! cursor, and of what is above it the last bytes. While somebody types on a line,
//! what is above stays the same, whatever the length, so a key of that part (the
//! [`GroupKey`]) finds answers that were given earlier on the same line.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::TenantScope;

/// Key of an answer. Only [`KeyMaker::keys`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CacheKey([u8; 32]);

/// Key of all answers whose cursor stood on the same line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupKey([u8; 32]);

impl CacheKey {
    /// 64 hexadecimal digits, for stores whose keys are text.
    #[must_use]
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What an answer depends on, besides the tenant.
#[derive(Debug, Clone, Copy)]
pub struct KeyInput<'a> {
    /// The model that answers.
    pub model: &'a str,
    /// The form of its prompt.
    pub template: (&'a str, u32),
    /// Text before the cursor.
    pub prefix: &'a str,
    /// Text after the cursor.
    pub suffix: &'a str,
    /// Everything else that changes the answer, in a fixed form.
    pub parameters: &'a str,
}

/// Makes keys; holds the secret.
pub struct KeyMaker {
    mac: Hmac<Sha256>,
    prefix_bytes: usize,
    suffix_bytes: usize,
}

/// All keys of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// Of exactly this cursor.
    pub exact: CacheKey,
    /// Of this line and of lines above it, nearest first, each with what was typed
    /// since the start of that line.
    pub groups: Vec<(GroupKey, String)>,
}

/// Lines above the cursor whose answers may still be typed through.
const LINES_BACK: usize = 3;
/// A longer line is not typed by anybody.
const LONGEST_LINE: usize = 4096;

impl KeyMaker {
    /// `prefix_bytes` and `suffix_bytes` of the text around the cursor count.
    #[must_use]
    pub fn new(secret: &[u8], prefix_bytes: usize, suffix_bytes: usize) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(secret).expect("an HMAC takes keys of any length");
        Self { mac, prefix_bytes, suffix_bytes }
    }

    /// The keys of a request of `scope`.
    #[must_use]
    pub fn keys(&self, scope: &TenantScope, request: &KeyInput<'_>) -> Keys {
        let prefix = normalised(request.prefix);
        let suffix = normalised(request.suffix);
        let suffix = &suffix[..suffix.floor_char_boundary(self.suffix_bytes)];
        let mut common = self.mac.clone();
        let (tenant, user) = scope.parts();
        field(&mut common, b"tenant", tenant);
        // A user named like nobody is not nobody.
        field(&mut common, if user.is_some() { b"user" } else { b"all" }, user.unwrap_or(""));
        field(&mut common, b"model", request.model);
        field(&mut common, b"template", request.template.0);
        common.update(&request.template.1.to_le_bytes());
        field(&mut common, b"parameters", request.parameters);
        field(&mut common, b"suffix", suffix);

        let line = prefix.rfind('\n').map_or(0, |at| at + 1);
        let mut exact = common.clone();
        field(&mut exact, b"above", self.above(&prefix, line));
        field(&mut exact, b"line", &prefix[line..]);

        let mut groups = Vec::new();
        let mut start = line;
        for _ in 0..LINES_BACK {
            if prefix.len() - start > LONGEST_LINE {
                break;
            }
            let mut group = common.clone();
            field(&mut group, b"group", self.above(&prefix, start));
            groups.push((GroupKey(group.finalize().into_bytes().into()), prefix[start..].to_owned()));
            if start == 0 {
                break;
            }
            start = prefix[..start - 1].rfind('\n').map_or(0, |at| at + 1);
        }
        Keys { exact: CacheKey(exact.finalize().into_bytes().into()), groups }
    }

    /// The last bytes above `line`.
    fn above<'a>(&self, prefix: &'a str, line: usize) -> &'a str {
        &prefix[prefix.ceil_char_boundary(line.saturating_sub(self.prefix_bytes)).min(line)..line]
    }
}

/// One kind of line end, so that a file's does not matter.
fn normalised(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text.into() }
}

/// A field with its name and length, so that no two lists of fields read the same.
fn field(mac: &mut Hmac<Sha256>, name: &[u8], value: &str) {
    mac.update(&(name.len() as u64).to_le_bytes());
    mac.update(name);
    mac.update(&(value.len() as u64).to_le_bytes());
    mac.update(value.as_bytes());
}
