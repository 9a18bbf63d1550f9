//! A folder with `short.toml` of the fixtures, the configuration file of a portal at a broker, and what it names.

use std::path::{Path, PathBuf};
use std::process::Output;

use crate::{fixtures, saml};

/// The folder; it is taken away when it is dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Writes the files, with each text of `changes` replaced by another; a folder of its own for each name.
    #[must_use]
    pub fn new(name: &str, changes: &[(&str, &str)]) -> Self {
        let folder = Self(std::env::temp_dir().join(format!("saml-{name}-{}", std::process::id())));
        std::fs::create_dir_all(&folder.0).expect("a folder");
        for file in [
            "metadata/broker-preproduction.xml",
            "keys/broker-signing.crt.pem",
            "keys/service-provider.crt.pem",
            "keys/service-provider.key.pem",
        ] {
            let name = file.rsplit('/').next().unwrap_or(file);
            std::fs::copy(fixtures().join(file), folder.path(name)).expect("a copy");
        }
        close(&folder.path("service-provider.key.pem"));
        let text = std::fs::read_to_string(fixtures().join("short.toml")).expect("a configuration file");
        // Here all files lie beside each other.
        let mut text = text.replace("\"metadata/", "\"").replace("\"keys/", "\"");
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        folder.write("saml.toml", text.as_bytes());
        folder
    }

    /// Returns the path of a file in it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file into it.
    pub fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).expect("a file");
    }

    /// Reads a file in it.
    #[must_use]
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect(name)
    }

    /// Runs a command of `saml`, its words divided by spaces, on the configuration file.
    #[must_use]
    pub fn saml(&self, command: &str, more: &[&str]) -> Output {
        let words = command.split(' ');
        saml().args(words).arg("--config").arg(self.path("saml.toml")).args(more).output().expect("saml runs")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Lets nobody but the owner read a file.
#[cfg(unix)]
fn close(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("permissions");
}

#[cfg(not(unix))]
fn close(_: &Path) {}
