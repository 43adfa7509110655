//! Counts what is on the shelves of a shop.

use std::collections::BTreeMap;

/// A shelf and the items on it.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    items: BTreeMap<String, u32>,
    capacity: u32,
}

impl Shelf {
    pub fn new(capacity: u32) -> Self {
        Self { items: BTreeMap::new(), capacity }
    }

    pub fn add(&mut self, name: &str, count: u32) -> Result<(), String> {
        let total = self.total() + count;
        if total > self.capacity {
            return Err(format!("adding {count} of {name}: only {} fit on this shelf", self.capacity));
        }
        *self.items.entry(name.to_owned()).or_default() += count;
        Ok(())
    }

    pub fn remove(&mut self, name: &str, count: u32) -> Result<(), String> {
        let Some(there) = self.items.get_mut(name) else {
            return Err(format!("removing {name}: it is not on this shelf at all"));
        };
        if *there < count {
            return Err(format!("removing {count} of {name}: there are only {there}"));
        }
        *there -= count;
        if *there == 0 {
            self.items.remove(name);
        }
        Ok(())
    }

    pub fn total(&self) -> u32 {
        self.items.values().sum()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.items.keys().map(String::as_str)
    }
}

/// The items that two shelves have in common, with the smaller of both counts.
pub fn common(left: &Shelf, right: &Shelf) -> BTreeMap<String, u32> {
    let mut both = BTreeMap::new();
    for (name, count) in &left.items {
        if let Some(other) = right.items.get(name) {
            both.insert(name.clone(), *count.min(other));
        }
    }
    both
}
