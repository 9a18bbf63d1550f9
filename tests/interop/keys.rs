//! Keys for one run, made by OpenSSL in a folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use saml_tests::read;

/// The keys of the portal and of the peer, as files in PEM form: `NAME.key.pem` and `NAME.crt.pem`.
#[derive(Debug)]
pub(crate) struct Keys(PathBuf);

impl Keys {
    /// Makes them all.
    pub(crate) fn make(folder: &Path) -> Self {
        let keys = Self(folder.join("keys"));
        std::fs::create_dir(&keys.0).unwrap();
        for (name, extension) in [
            ("idp", "keyUsage=digitalSignature,keyEncipherment"),
            ("tls", "subjectAltName=IP:127.0.0.1"),
            ("portal", "keyUsage=digitalSignature,keyEncipherment"),
            ("portal-tls", "extendedKeyUsage=clientAuth"),
        ] {
            let mut openssl = Command::new("openssl");
            openssl
                .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "2"])
                .args(["-subj", &format!("/CN={name}"), "-addext", extension])
                .arg("-keyout")
                .arg(keys.file(name, "key"))
                .arg("-out")
                .arg(keys.file(name, "crt"));
            let status = openssl.stdin(Stdio::null()).stderr(Stdio::null()).status().expect("openssl");
            assert!(status.success(), "{openssl:?}");
        }
        keys
    }

    pub(crate) fn key(&self, name: &str) -> Vec<u8> {
        read(&self.file(name, "key"))
    }

    pub(crate) fn certificate(&self, name: &str) -> Vec<u8> {
        read(&self.file(name, "crt"))
    }

    fn file(&self, name: &str, kind: &str) -> PathBuf {
        self.0.join(format!("{name}.{kind}.pem"))
    }
}
