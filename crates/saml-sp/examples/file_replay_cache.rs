//! A store of one's own: replay protection in a file, which a restart does not forget.
//!
//! `cargo run -p saml-sp --example file_replay_cache`. Pending requests may stay in memory: a citizen whose request a
//! restart forgot begins anew. A forgotten assertion could be replayed. Several processes need a store that they share,
//! such as `saml-state-redis`.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use saml_state::{Inserted, ReplayCache, ReplayKey, StoreError};

/// A [`ReplayCache`] in a file of one process.
///
/// A key is on the disk before it counts as first. The file grows with each login, and loses what ended when it is
/// opened. Writing waits for the disk: give a portal with many logins a runtime with several threads.
pub(crate) struct FileReplayCache {
    capacity: usize,
    /// None after a write that failed: what stands in the file is not known any more.
    entries: Mutex<Option<Entries>>,
    /// Whoever has it has the file. It stays where it is, while the file is replaced by another of its name.
    _lock: File,
}

struct Entries {
    file: File,
    /// The latest time that the cache was told. A clock that goes back is taken to stand still.
    latest: DateTime<Utc>,
    ends: HashMap<ReplayKey, DateTime<Utc>>,
}

impl FileReplayCache {
    /// Opens the file at `path` for this process alone, for at most `capacity` living keys.
    ///
    /// # Errors
    /// The file cannot be opened, is open in another process, or holds something else.
    pub(crate) fn open(path: &Path, capacity: usize) -> io::Result<Self> {
        let lock = File::create(path.with_extension("lock"))?;
        lock.try_lock()?;
        let mut old = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut text = String::new();
        old.read_to_string(&mut text)?;
        // A line without its end is of a write that was never answered.
        let (lines, _) = text.rsplit_once('\n').unwrap_or_default();
        let mut entries = Entries { file: old, latest: DateTime::<Utc>::MIN_UTC, ends: HashMap::new() };
        for line in lines.lines() {
            let Line { time, key } = Line::read(line).ok_or(io::ErrorKind::InvalidData)?;
            entries.latest = entries.latest.max(time);
            entries.ends.extend(key);
        }
        if lines.is_empty() {
            // At most the beginning of the first line, which the next one must not be written behind.
            entries.file.set_len(0)?;
        } else {
            entries.clean();
            entries.rewrite(path)?;
        }
        // The name of the file as well, or a crash could leave another under it.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
        Ok(Self { capacity, entries: Mutex::new(Some(entries)), _lock: lock })
    }
}

impl ReplayCache for FileReplayCache {
    async fn insert(
        &self,
        key: &ReplayKey,
        keep_until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Inserted, StoreError> {
        // One lock from looking to having written: of two that come at the same time, one is first.
        let mut guard = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entries = guard.take().ok_or(StoreError::Unavailable)?;
        let inserted = entries.insert(key, keep_until, now, self.capacity);
        if inserted != Err(StoreError::Unavailable) {
            *guard = Some(entries);
        }
        inserted
    }
}

impl Entries {
    fn insert(
        &mut self,
        key: &ReplayKey,
        keep_until: DateTime<Utc>,
        now: DateTime<Utc>,
        capacity: usize,
    ) -> Result<Inserted, StoreError> {
        self.latest = self.latest.max(now);
        self.clean();
        if keep_until <= self.latest {
            return Err(StoreError::AlreadyEnded { end: keep_until, now: self.latest });
        }
        if self.ends.contains_key(key) {
            return Ok(Inserted::Replayed);
        }
        if self.ends.len() >= capacity {
            return Err(StoreError::Full { capacity });
        }
        let line = Line::write(self.latest, keep_until, key);
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|_| StoreError::Unavailable)?;
        self.ends.insert(key.clone(), keep_until);
        Ok(Inserted::First)
    }

    fn clean(&mut self) {
        let latest = self.latest;
        self.ends.retain(|_, end| *end > latest);
    }

    /// Puts a file with the living keys in the place of the old one, at once.
    fn rewrite(&mut self, path: &Path) -> io::Result<()> {
        let other = path.with_extension("new");
        let mut file = File::create(&other)?;
        let entries = self.ends.iter().map(|(key, end)| Line::write(self.latest, *end, key));
        let text = format!("{}\n", self.latest.to_rfc3339()) + &entries.collect::<String>();
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(other, path)?;
        self.file = file;
        Ok(())
    }
}

/// A line of the file.
struct Line {
    /// When it was written.
    time: DateTime<Utc>,
    /// The key with its end; none in the first line of a file that was cleaned.
    key: Option<(ReplayKey, DateTime<Utc>)>,
}

impl Line {
    /// Writes the time, the end of the key, and the key. In hexadecimal digits no issuer can end a line.
    fn write(time: DateTime<Utc>, end: DateTime<Utc>, key: &ReplayKey) -> String {
        let [issuer, id] = [key.issuer(), key.assertion_id()].map(|text| {
            text.bytes().fold(String::new(), |mut hexadecimal, byte| {
                let _ = write!(hexadecimal, "{byte:02x}");
                hexadecimal
            })
        });
        format!("{} {} {issuer} {id}\n", time.to_rfc3339(), end.to_rfc3339())
    }

    fn read(line: &str) -> Option<Self> {
        let mut fields = line.split(' ');
        let time = fields.next()?.parse().ok()?;
        let Some(end) = fields.next() else { return Some(Self { time, key: None }) };
        let mut text = || {
            let (pairs, rest) = fields.next()?.as_bytes().as_chunks::<2>();
            let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
            let bytes = pairs.iter().map(byte).collect::<Option<Vec<u8>>>()?;
            rest.is_empty().then(|| String::from_utf8(bytes).ok())?
        };
        let key = ReplayKey::new(&text()?, &text()?).ok()?;
        Some(Self { time, key: Some((key, end.parse().ok()?)) })
    }
}

/// Shows that a restart forgets nothing.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::temp_dir().join(format!("replay-cache-{}", std::process::id()));
    let (now, key) = (DateTime::<Utc>::from(SystemTime::now()), ReplayKey::new("https://idp.example/saml", "_9f3c")?);
    let keep_until = now + TimeDelta::minutes(5);

    let before = FileReplayCache::open(&path, 1000)?;
    let first = before.insert(&key, keep_until, now).await?;
    drop(before);
    let after = FileReplayCache::open(&path, 1000)?.insert(&key, keep_until, now).await?;
    std::fs::remove_file(path.with_extension("lock"))?;
    std::fs::remove_file(&path)?;

    writeln!(io::stdout(), "before the restart: {first:?}; after it: {after:?}")?;
    Ok(())
}
