use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// What is kept until somebody comes back for it with its key. In memory, and bounded in time and number.
#[derive(Debug)]
pub(crate) struct Kept<T>(Mutex<HashMap<String, Item<T>>>);

#[derive(Debug)]
struct Item<T> {
    value: T,
    until: DateTime<Utc>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Kept<T> {
    /// Keeps a value; where all places are taken, the oldest goes.
    pub(crate) fn add(&self, key: String, value: T, now: DateTime<Utc>) {
        let mut items = self.lock();
        items.retain(|_, item| now < item.until);
        if items.len() >= LIMIT {
            let oldest = items.iter().min_by_key(|(_, item)| item.until).map(|(key, _)| key.clone());
            oldest.and_then(|key| items.remove(&key));
        }
        let until = now.checked_add_signed(LIFETIME).unwrap_or(now);
        items.insert(key, Item { value, until });
    }

    /// Returns a value that stays.
    pub(crate) fn peek(&self, key: &str, now: DateTime<Utc>) -> Option<T> {
        self.lock().get(key).filter(|item| now < item.until).map(|item| item.value.clone())
    }

    /// Returns a value, and forgets it.
    pub(crate) fn take(&self, key: &str, now: DateTime<Utc>) -> Option<T> {
        self.lock().remove(key).filter(|item| now < item.until).map(|item| item.value)
    }

    /// Returns all values that are still there, with their keys.
    pub(crate) fn all(&self, now: DateTime<Utc>) -> Vec<(String, T)> {
        let items = self.lock();
        let living = items.iter().filter(|(_, item)| now < item.until);
        living.map(|(key, item)| (key.clone(), item.value.clone())).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Item<T>>> {
        // Nothing can panic while the lock is held, so that what is inside is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As long as a login at DigiD may take, and as an artifact of DigiD lives.
const LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// More than a developer, or a load test of a minute, has open at once.
const LIMIT: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_there_until_it_is_taken() {
        let (kept, now) = (Kept::default(), DateTime::UNIX_EPOCH);
        kept.add("a".to_owned(), 1, now);
        assert_eq!(kept.peek("a", now), Some(1));
        assert_eq!(kept.take("a", now), Some(1));
        assert_eq!(kept.peek("a", now), None);
        assert_eq!(kept.take("a", now), None);
    }

    #[test]
    fn a_value_is_gone_after_fifteen_minutes() {
        let (kept, now) = (Kept::default(), DateTime::UNIX_EPOCH);
        kept.add("a".to_owned(), 1, now);
        let last = now + TimeDelta::seconds(15 * 60 - 1);
        assert_eq!(kept.peek("a", last), Some(1));
        assert_eq!(kept.peek("a", last + TimeDelta::seconds(1)), None);
        assert_eq!(kept.take("a", last + TimeDelta::seconds(1)), None);
    }

    #[test]
    fn the_oldest_makes_room_when_all_places_are_taken() {
        let (kept, now) = (Kept::default(), DateTime::UNIX_EPOCH);
        let later = now + TimeDelta::seconds(1);
        kept.add("first".to_owned(), 0, now);
        for number in 1..LIMIT {
            kept.add(number.to_string(), number, later);
        }
        assert_eq!(kept.peek("first", later), Some(0));
        kept.add("last".to_owned(), LIMIT, later);
        assert_eq!(kept.peek("first", later), None);
        assert_eq!(kept.lock().len(), LIMIT);
    }
}
