use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::driver::broken;
use crate::error::Error;

/// The directory in which a browser keeps what it knows, deleted when it is dropped.
#[derive(Debug)]
pub(crate) struct Profile(PathBuf);

impl Profile {
    /// Makes an empty directory for its owner alone.
    pub(crate) fn make() -> Result<Self, Error> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        loop {
            let number = MADE.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("saml-browser-{}-{number}", std::process::id()));
            let mut directory = DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut directory, 0o700);
            match directory.create(&path) {
                Ok(()) => return Ok(Self(path)),
                // Left by a process that had our number, or put there by somebody else: nothing in it is ours.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(broken(&format!("no profile at {}: {error}", path.display()))),
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Tells whether root made it, and so whether the browser runs as root.
    #[cfg(unix)]
    pub(crate) fn is_of_root(&self) -> bool {
        std::fs::metadata(&self.0).is_ok_and(|made| std::os::unix::fs::MetadataExt::uid(&made) == 0)
    }

    #[cfg(not(unix))]
    pub(crate) const fn is_of_root(&self) -> bool {
        false
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        // What stays is of no use to anybody, and lies where the system cleans up.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
