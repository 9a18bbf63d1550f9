//! Files: read whole, and written whole or not at all.

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;

use crate::failure::Failure;

/// Reads a file that an option or the configuration names.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// Puts a file in the place of the one that is there, with its mode and group, so that nobody ever reads half of it and
/// whoever could read it still can.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    put(path, bytes, keep_group)
}

/// Does the same with the mode alone, for a portal that runs: its unit lets it change no groups, and ends it when it
/// tries.
pub(crate) fn replace_in_service(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    put(path, bytes, |_, _| Ok(()))
}

/// Replaces a file by way of one beside it; `keep` gives that one what it must have of the other, besides the mode.
fn put(path: &Path, bytes: &[u8], keep: impl Fn(&File, &Metadata) -> io::Result<()>) -> Result<(), Failure> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let written = write(part.as_ref(), path, bytes, keep).inspect_err(|_| {
        // Where it cannot be taken away, the next one is written over it.
        let _ = std::fs::remove_file(&part);
    });
    written.map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

fn write(part: &Path, path: &Path, bytes: &[u8], keep: impl Fn(&File, &Metadata) -> io::Result<()>) -> io::Result<()> {
    let before = match std::fs::metadata(path) {
        Ok(before) => Some(before),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    if before.is_some() {
        // Nobody else opens it before it is known who may.
        options.mode(0o600);
    }
    let mut file = options.open(part)?;
    if let Some(before) = before {
        keep(&file, &before)?;
        file.set_permissions(Permissions::from_mode(before.mode() & 0o777))?;
    }
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(part, path)
}

/// Gives a file the group of the one that it replaces, and its owner where root writes for another.
fn keep_group(file: &File, before: &Metadata) -> io::Result<()> {
    let made = file.metadata()?;
    let owner = (made.uid() == ROOT && before.uid() != ROOT).then_some(before.uid());
    if owner.is_none() && made.gid() == before.gid() {
        return Ok(());
    }
    // Where the group may do no more than everybody, nobody misses it; so with the owner.
    let mode = before.mode();
    let is_needed = mode & 0o060 & !(mode << 3) != 0 || owner.is_some() && mode & 0o004 == 0;
    match fchown(file, owner, Some(before.gid())) {
        Err(error) if is_needed => {
            let why = format!("its group cannot be kept, by which others read it ({error}): run this as root");
            Err(io::Error::new(error.kind(), why))
        }
        _ => Ok(()),
    }
}

/// Writes a file that must not be there; one that is secret can be read by its owner alone, from its first byte on.
pub(crate) fn create(path: &Path, bytes: &[u8], secret: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(if secret { 0o600 } else { 0o644 });
    let shown = path.display();
    let mut file = options.open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::usage(format!(
            "{shown} is there already, and is never overwritten: move it away, or choose another place"
        )),
        _ => Failure::usage(format!("{shown}: {error}")),
    })?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.map_err(|error| Failure::usage(format!("{shown}: {error}")))
}

const ROOT: u32 = 0;
