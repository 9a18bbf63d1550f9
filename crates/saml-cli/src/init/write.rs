//! Files that are written all or not at all.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::files::create;

/// The files that were written; they go again unless they are kept.
#[derive(Debug, Default)]
pub(crate) struct Written(Vec<PathBuf>);

impl Written {
    /// Writes a file that must not be there.
    pub(crate) fn add(&mut self, path: &Path, bytes: &[u8], secret: bool) -> Result<(), Failure> {
        create(path, bytes, secret)?;
        self.0.push(path.to_owned());
        Ok(())
    }

    /// Lets the files stay, and returns which they are.
    pub(crate) fn keep(mut self) -> Vec<PathBuf> {
        std::mem::take(&mut self.0)
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        for path in &self.0 {
            // What cannot be taken away is named when it stands in the way the next time.
            let _ = std::fs::remove_file(path);
        }
    }
}
