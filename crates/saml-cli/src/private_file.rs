use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::failure::Failure;

/// Writes a file that must not be there; one that is secret can be read by its owner alone, from its first byte on.
pub(crate) fn create(path: &Path, bytes: &[u8], secret: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(if secret { 0o600 } else { 0o644 });
    }
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
