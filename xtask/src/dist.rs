//! `cargo xtask dist`: the program `saml` as it is handed out.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Failure, cargo, run as run_command, say, workspace_root};
use crate::{arguments, prerequisites, sbom};

/// Builds the program with its own OpenSSL, puts it into `target/dist`, and with `--twice` builds it again to compare.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), Failure> {
    let (twice, rest) = match arguments.split_first() {
        Some((first, rest)) if first == "--twice" => (true, rest),
        _ => (false, arguments),
    };
    arguments::refuse_all("dist", rest)?;
    prerequisites::ensure(&[prerequisites::BUILD, prerequisites::VENDORED_OPENSSL]);
    let out = workspace_root().join("target/dist");
    let first = build(&out)?;
    if twice {
        let digest = sha256(&first)?;
        let kept = out.join("saml-first");
        rename(&first, &kept)?;
        let again = sha256(&build(&out)?)?;
        if digest != again {
            return Err(Failure::new(format!(
                "the two builds differ: {digest} and {again}; compare target/dist/saml-first with target/dist/saml"
            )));
        }
        remove(&kept)?;
        say(&format!("built twice, the same both times: {digest}"));
    }
    let unit = workspace_root().join("crates/saml-cli/packaging/saml-portal.service");
    fs::copy(&unit, out.join("saml-portal.service"))
        .map_err(|error| Failure::new(format!("{}: {error}", unit.display())))?;
    let bom = out.join("saml.cdx.json");
    sbom::write(&bom, FEATURES)?;
    let line = format!("{}  saml\n{}  saml.cdx.json\n", sha256(&out.join("saml"))?, sha256(&bom)?);
    fs::write(out.join("SHA256SUMS"), line).map_err(|error| Failure::new(format!("SHA256SUMS: {error}")))?;
    root_of_a_container(&out)?;
    say(&format!("{}: saml, saml.cdx.json, saml-portal.service, rootfs, SHA256SUMS", out.display()));
    Ok(())
}

/// Puts the program and the libraries that it loads where a container has them.
fn root_of_a_container(out: &Path) -> Result<(), Failure> {
    let (program, root) = (out.join("saml"), out.join("rootfs"));
    if root.exists() {
        fs::remove_dir_all(&root).map_err(|error| Failure::new(format!("{}: {error}", root.display())))?;
    }
    let output = Command::new("ldd").arg(&program).output();
    let output = output.map_err(|error| Failure::new(format!("ldd could not be started: {error}")))?;
    let listed = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() || listed.contains("not found") {
        return Err(Failure::new(format!("ldd does not find every library of {}:\n{listed}", program.display())));
    }
    copy(&program, &root.join("usr/bin/saml"))?;
    for library in libraries(&listed) {
        copy(Path::new(library), &root.join(library.trim_start_matches('/')))?;
    }
    Ok(())
}

/// Reads what `ldd` says: `name => /path (address)`, and for the loader `/path (address)`.
fn libraries(listed: &str) -> Vec<&str> {
    listed.lines().filter_map(|line| line.get(line.find('/')?..)?.split(' ').next()).collect()
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let folder = to.parent().map_or(Ok(()), fs::create_dir_all);
    let copied = folder.and_then(|()| fs::copy(from, to));
    copied.map(drop).map_err(|error| Failure::new(format!("{} to {}: {error}", from.display(), to.display())))
}

/// Builds from nothing, so that no earlier build has a part in it.
fn build(out: &Path) -> Result<PathBuf, Failure> {
    let target = out.join("build");
    if target.exists() {
        fs::remove_dir_all(&target).map_err(|error| Failure::new(format!("{}: {error}", target.display())))?;
    }
    let mut command = cargo(["build", "--release", "--locked", "--package", "saml-cli", "--bin", "saml"]);
    command.args(["--features", FEATURES]).arg("--target-dir").arg(&target);
    run_command(command.env("CARGO_ENCODED_RUSTFLAGS", flags()).env("SOURCE_DATE_EPOCH", source_date()))?;
    let program = out.join("saml");
    rename(&target.join("release/saml"), &program)?;
    Ok(program)
}

/// Takes the paths of this machine out of what Rust writes into the program.
fn flags() -> String {
    let home = std::env::var("CARGO_HOME").ok().map(PathBuf::from);
    let home = home.or_else(|| std::env::var("HOME").ok().map(|home| Path::new(&home).join(".cargo")));
    let replaced = [(Some(workspace_root()), "/saml"), (home, "/cargo")];
    let flag = |(path, name): (Option<PathBuf>, &str)| {
        path.map(|path| format!("--remap-path-prefix={}={name}", path.display()))
    };
    let mut flags: Vec<String> = replaced.into_iter().filter_map(flag).collect();
    flags.push("-Cstrip=symbols".to_owned());
    flags.join("\u{1f}")
}

/// Returns the time of the last change, which OpenSSL writes into itself as that of its build.
fn source_date() -> String {
    let output = Command::new("git").args(["log", "-1", "--format=%ct"]).current_dir(workspace_root()).output();
    let date = output.ok().filter(|output| output.status.success());
    date.map_or_else(|| "0".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Returns the digest of a file in hexadecimal digits; this program has no dependencies, so a program of the system
/// makes it.
fn sha256(path: &Path) -> Result<String, Failure> {
    let output = Command::new("sha256sum").arg(path).output();
    let output = output.map_err(|error| Failure::new(format!("sha256sum could not be started: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let digest = text.split_whitespace().next().filter(|_| output.status.success());
    digest.map(str::to_owned).ok_or_else(|| Failure::new(format!("sha256sum of {} failed", path.display())))
}

fn rename(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::rename(from, to).map_err(|error| Failure::new(format!("{} to {}: {error}", from.display(), to.display())))
}

fn remove(path: &Path) -> Result<(), Failure> {
    fs::remove_file(path).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

/// OpenSSL is linked in.
const FEATURES: &str = "vendored-openssl";

pub(crate) const HELP: &str = "\
Builds the program saml with its own OpenSSL, as it is handed out

Usage: cargo xtask dist [--twice]

Puts the program, what it is made of (CycloneDX, for `saml dossier --sbom`), their
digests, a unit for systemd, and the files of a container into target/dist; the
container is built as crates/saml-cli/packaging/Containerfile says. The program needs of the
machine that runs it only the C library that it was built with, or a newer one. The
same source at the same path gives the same program; of the path only OpenSSL keeps
where it was built, for modules that this program does not load.

Options:
  --twice   Builds it a second time from nothing, and fails unless the two are the same

Example:
  cargo xtask dist --twice
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_libraries_are_those_with_a_path() {
        let listed = "\tlinux-vdso.so.1 (0x00007f02)\n\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f03)\n\
                      \tnot.so => not found\n\t/lib64/ld-linux-x86-64.so.2 (0x00007f04)\n";
        assert_eq!(libraries(listed), ["/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"]);
    }
}
