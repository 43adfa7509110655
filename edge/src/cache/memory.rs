//! The in-memory cache of an isolate: least recently used answers go first, never more than so many bytes.
//!
//! WebAssembly's memory grows and never shrinks, so the limit is on bytes and not on
//! entries, and what is about to come in makes room first.

use lru::LruCache;

use super::{CacheKey, CachedAnswer, Freshness, GroupKey, Keys};
use crate::Millis;

/// Bytes of a key with the tables' own, about.
const OVERHEAD: usize = 200;
/// Answers that one line leads to.
const MOST_IN_GROUP: usize = 8;

struct CacheSlot {
    entry: CachedAnswer,
    group: Option<(GroupKey, String)>,
    bytes: usize,
}

/// What is kept.
pub struct Memory {
    slots: LruCache<CacheKey, CacheSlot>,
    groups: LruCache<GroupKey, Vec<CacheKey>>,
    bytes: usize,
    limit: usize,
    ttl: Millis,
    stale: Millis,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Miss,
    /// An answer to exactly this.
    Hit(CachedAnswer, Freshness),
    /// An answer to an earlier cursor whose beginning was typed since.
    TypedThrough(CachedAnswer),
}

impl Memory {
    /// An empty one.
    #[must_use]
    pub fn new(limit: usize, ttl: Millis, stale: Millis) -> Self {
        Self { slots: LruCache::unbounded(), groups: LruCache::unbounded(), bytes: 0, limit, ttl, stale }
    }

    /// Bytes in use, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Answers that are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Looks for an answer, then for one that was typed through.
    pub fn find(&mut self, keys: &Keys, now: Millis) -> Found {
        if let Some(slot) = self.slots.get(&keys.exact) {
            match slot.entry.freshness(now, self.ttl, self.stale) {
                Freshness::Expired => self.remove(&keys.exact),
                fresh => return Found::Hit(slot.entry.clone(), fresh),
            }
        }
        for (group, typed) in &keys.groups {
            let Some(members) = self.groups.get(group) else { continue };
            for member in members.iter().rev() {
                let Some(slot) = self.slots.peek(member) else { continue };
                let Some((_, line)) = &slot.group else { continue };
                let fresh = slot.entry.freshness(now, self.ttl, self.stale) == Freshness::Fresh;
                let since = typed.strip_prefix(line.as_str()).filter(|since| !since.is_empty() && fresh);
                if let Some(entry) = since.and_then(|since| slot.entry.typed_through(since)) {
                    let member = *member;
                    self.slots.promote(&member);
                    return Found::TypedThrough(entry);
                }
            }
        }
        Found::Miss
    }

    /// Keeps an answer, if it fits at all; the least used ones go.
    pub fn put(&mut self, keys: &Keys, entry: CachedAnswer) {
        self.remove(&keys.exact);
        let group = keys.groups.first().cloned();
        let bytes = entry.size() + OVERHEAD + group.as_ref().map_or(0, |(_, line)| line.len() + 64);
        if bytes > self.limit {
            return;
        }
        while self.bytes + bytes > self.limit {
            let Some((oldest, _)) = self.slots.peek_lru() else { break };
            let oldest = *oldest;
            self.remove(&oldest);
        }
        if let Some((group, _)) = &group {
            let members = self.groups.get_or_insert_mut(*group, Vec::new);
            members.push(keys.exact);
            if members.len() > MOST_IN_GROUP {
                // Still found by its own key, only not by typing.
                members.remove(0);
            }
        }
        self.bytes += bytes;
        self.slots.put(keys.exact, CacheSlot { entry, group, bytes });
    }

    fn remove(&mut self, key: &CacheKey) {
        let Some(slot) = self.slots.pop(key) else { return };
        self.bytes -= slot.bytes;
        if let Some((group, _)) = slot.group
            && let Some(members) = self.groups.peek_mut(&group)
        {
            members.retain(|member| member != key);
            if members.is_empty() {
                self.groups.pop(&group);
            }
        }
    }
}
