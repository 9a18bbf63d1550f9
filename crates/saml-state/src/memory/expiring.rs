use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard};

use chrono::{DateTime, Utc};

use crate::StoreError;

/// A bounded map whose entries end, behind one lock.
pub(super) struct Expiring<K, V> {
    capacity: usize,
    entries: Mutex<Entries<K, V>>,
}

impl<K: Clone + Eq + Hash + Ord, V> Expiring<K, V> {
    pub(super) fn new(capacity: usize) -> Expiring<K, V> {
        let entries =
            Entries { capacity, latest: DateTime::<Utc>::MIN_UTC, by_key: HashMap::new(), by_end: BTreeSet::new() };
        Expiring { capacity, entries: Mutex::new(entries) }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Locks the map, with everything dropped that ended by `now`.
    ///
    /// A thread that panicked in the middle of a change may have left half of it, so its lock is not taken over.
    pub(super) fn at(&self, now: DateTime<Utc>) -> Result<MutexGuard<'_, Entries<K, V>>, StoreError> {
        let mut entries = self.entries.lock().map_err(|_| StoreError::Unavailable)?;
        entries.advance(now);
        Ok(entries)
    }
}

pub(super) struct Entries<K, V> {
    capacity: usize,
    latest: DateTime<Utc>,
    by_key: HashMap<K, Entry<V>>,
    by_end: BTreeSet<(DateTime<Utc>, K)>,
}

struct Entry<V> {
    end: DateTime<Utc>,
    value: V,
}

impl<K: Clone + Eq + Hash + Ord, V> Entries<K, V> {
    /// Returns the latest time that the map was told; a clock that goes back is taken to stand still.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.latest
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.by_key.get_mut(key).map(|entry| &mut entry.value)
    }

    pub(super) fn contains(&self, key: &K) -> bool {
        self.by_key.contains_key(key)
    }

    /// Adds an entry that lives while the time is before `end`.
    pub(super) fn insert(&mut self, key: K, value: V, end: DateTime<Utc>) -> Result<(), StoreError> {
        if self.contains(&key) {
            return Err(StoreError::Duplicate);
        }
        if end <= self.latest {
            return Err(StoreError::AlreadyEnded { end, now: self.latest });
        }
        if self.by_key.len() >= self.capacity {
            return Err(StoreError::Full { capacity: self.capacity });
        }
        self.by_end.insert((end, key.clone()));
        self.by_key.insert(key, Entry { end, value });
        Ok(())
    }

    /// Moves the end of an entry.
    pub(super) fn set_end(&mut self, key: &K, end: DateTime<Utc>) {
        if let Some(entry) = self.by_key.get_mut(key) {
            self.by_end.remove(&(entry.end, key.clone()));
            entry.end = end;
            self.by_end.insert((end, key.clone()));
        }
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let entry = self.by_key.remove(key)?;
        self.by_end.remove(&(entry.end, key.clone()));
        Some(entry.value)
    }

    /// Removes every entry whose value `is_meant`, and returns how many.
    pub(super) fn remove_where(&mut self, is_meant: impl Fn(&V) -> bool) -> usize {
        let meant = self.by_key.iter().filter(|(_, entry)| is_meant(&entry.value)).map(|(key, _)| key.clone());
        let meant: Vec<K> = meant.collect();
        meant.iter().filter_map(|key| self.remove(key)).count()
    }

    fn advance(&mut self, now: DateTime<Utc>) {
        self.latest = self.latest.max(now);
        while self.by_end.first().is_some_and(|(end, _)| *end <= self.latest) {
            if let Some((_, key)) = self.by_end.pop_first() {
                self.by_key.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use chrono::TimeDelta;

    use super::*;

    fn second(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
    }

    #[test]
    fn nothing_is_left_of_entries_that_ended_or_were_removed() {
        let map = Expiring::new(3);
        let mut entries = map.at(second(0)).unwrap();
        for (key, end) in [("a", 10), ("b", 20), ("c", 30)] {
            entries.insert(key, (), second(end)).unwrap();
        }
        entries.set_end(&"a", second(40));
        entries.remove(&"c");
        drop(entries);

        let entries = map.at(second(20)).unwrap();

        assert_eq!(entries.by_key.keys().collect::<Vec<_>>(), [&"a"]);
        assert_eq!(entries.by_end.iter().collect::<Vec<_>>(), [&(second(40), "a")]);
    }

    #[test]
    fn a_map_whose_lock_is_poisoned_is_unavailable() {
        let map: Expiring<&str, ()> = Expiring::new(1);
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _entries = map.at(second(0));
            panic!("in the middle of a change");
        }));

        assert!(panicked.is_err());
        assert_eq!(map.at(second(0)).err(), Some(StoreError::Unavailable));
    }

    impl<K, V> std::fmt::Debug for Entries<K, V> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_struct("Entries").finish_non_exhaustive()
        }
    }
}
