//! What the program is made of: CycloneDX 1.5, from the lock file and what cargo says of the dependencies.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::process::{Failure, cargo, workspace_root};

/// Writes the components of the program to `path`, the same for the same source.
pub(crate) fn write(path: &Path, features: &str) -> Result<(), Failure> {
    let mut command = cargo(["tree", "--locked", "--package", PROGRAM, "--edges", "normal,build", "--prefix", "none"]);
    command.args(["--features", features, "--format", "{p}|{l}"]);
    let output = command.output().map_err(|error| Failure::new(format!("cargo tree: {error}")))?;
    if !output.status.success() {
        return Err(Failure::new(format!("cargo tree failed: {}", String::from_utf8_lossy(&output.stderr).trim())));
    }
    let lock = workspace_root().join("Cargo.lock");
    let lock = fs::read_to_string(&lock).map_err(|error| Failure::new(format!("{}: {error}", lock.display())))?;
    let bom = bom(&String::from_utf8_lossy(&output.stdout), &checksums(&lock))
        .ok_or_else(|| Failure::new(format!("cargo tree does not begin with {PROGRAM}")))?;
    fs::write(path, bom).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

/// Makes the list out of lines of name, version and licence, of which the first is the program.
fn bom(tree: &str, checksums: &BTreeMap<(String, String), String>) -> Option<String> {
    let mut lines = tree.lines().filter_map(component);
    let (program, version, _) = lines.next()?;
    let components: BTreeSet<(String, String, String)> = lines.collect();
    let each = components.iter().filter(|(name, ..)| *name != program).map(|(name, version, licence)| {
        let purl = quoted(&format!("pkg:cargo/{name}@{version}"));
        let (name_text, version_text) = (quoted(name), quoted(version));
        let mut fields = format!(
            "\"type\": \"library\", \"bom-ref\": {purl}, \"name\": {name_text}, \"version\": {version_text}, \"purl\": {purl}"
        );
        if !licence.is_empty() {
            // An older spelling of crates.io for OR.
            let licence = quoted(&licence.replace('/', " OR "));
            fields.push_str(&format!(", \"licenses\": [{{ \"expression\": {licence} }}]"));
        }
        if let Some(checksum) = checksums.get(&(name.clone(), version.clone())) {
            let checksum = quoted(checksum);
            fields.push_str(&format!(", \"hashes\": [{{ \"alg\": \"SHA-256\", \"content\": {checksum} }}]"));
        }
        format!("    {{ {fields} }}")
    });
    let each: Vec<String> = each.collect();
    let (program, version) = (quoted(&program), quoted(&version));
    Some(format!(
        "{{\n  \"bomFormat\": \"CycloneDX\",\n  \"specVersion\": \"1.5\",\n  \"version\": 1,\n  \"metadata\": {{ \"component\": \
         {{ \"type\": \"application\", \"name\": {program}, \"version\": {version} }} }},\n  \"components\": [\n{}\n  ]\n}}\n",
        each.join(",\n")
    ))
}

/// Reads `name v1.2.3 (where) (*)|licence`.
fn component(line: &str) -> Option<(String, String, String)> {
    let (package, licence) = line.split_once('|')?;
    let mut words = package.split_whitespace();
    let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
    let licence = licence.trim_end_matches("(*)").trim();
    Some((name.to_owned(), version.to_owned(), licence.to_owned()))
}

/// Reads the digests of the packages of a lock file; our own have none.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let value = |block: &str, key: &str| {
        let start = format!("{key} = \"");
        let line = block.lines().find_map(|line| line.strip_prefix(&start))?;
        line.strip_suffix('"').map(str::to_owned)
    };
    let blocks = lock.split("[[package]]");
    let read = |block| Some(((value(block, "name")?, value(block, "version")?), value(block, "checksum")?));
    blocks.filter_map(read).collect()
}

/// Writes a string of JSON; what cargo says has no control characters.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace(char::is_control, " "))
}

const PROGRAM: &str = "saml-cli";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_component_is_listed_once_with_licence_and_digest() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry\"\nchecksum = \"00ff\"\n\n[[package]]\nname = \"b\"\nversion = \"2.0.0\"\n";
        let tree = "saml-cli v0.1.0 (/x)|MIT OR Apache-2.0\na v1.0.0|MIT/Apache-2.0\nb v2.0.0 (proc-macro)|\na v1.0.0|MIT/Apache-2.0 (*)\n";
        let bom = bom(tree, &checksums(lock)).unwrap();
        assert_eq!(bom.matches("\"type\": \"library\"").count(), 2, "{bom}");
        for part in [
            "\"name\": \"saml-cli\", \"version\": \"0.1.0\"",
            "\"purl\": \"pkg:cargo/a@1.0.0\", \"licenses\": [{ \"expression\": \"MIT OR Apache-2.0\" }], \"hashes\": [{ \"alg\": \"SHA-256\", \"content\": \"00ff\" }]",
            "\"purl\": \"pkg:cargo/b@2.0.0\" }",
        ] {
            assert!(bom.contains(part), "{part} is not in {bom}");
        }
    }

    #[test]
    fn what_is_no_list_of_packages_makes_no_components() {
        assert_eq!(bom("error\n", &BTreeMap::new()), None);
    }

    #[test]
    fn the_program_is_made_of_openssl_and_of_our_crates_among_others() {
        let path = std::env::temp_dir().join(format!("saml-sbom-{}.json", std::process::id()));
        write(&path, "vendored-openssl").unwrap_or_else(|failure| panic!("{}", failure.message));
        let bom = fs::read_to_string(&path).unwrap();
        fs::remove_file(&path).unwrap();
        for name in ["openssl-src", "openssl", "saml-xml", "pkioverheid"] {
            assert!(bom.contains(&format!("\"name\": \"{name}\"")), "{name} is not in {bom}");
        }
        assert!(!bom.contains("tempfile"), "what is for tests alone is no part of the program");
    }
}
