//! What the documents say of the project is so.

#![expect(clippy::unwrap_used, reason = "what cannot be read fails the test")]

#[path = "prose/commands.rs"]
mod commands;
#[path = "prose/markdown.rs"]
mod markdown;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use markdown::{anchors, broken_rows, definitions, relative_links, spans};

#[test]
fn crate_map_of_the_readme_lists_exactly_the_directories_of_crates() {
    let directories: BTreeSet<String> = std::fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(crate_map(&read("README.md")), directories);
}

/// A registry shows the README of a crate and its licences; the documentation has the rest.
#[test]
fn each_crate_brings_its_licences_and_a_readme_that_begins_as_its_documentation() {
    for package in crate_map(&read("README.md")) {
        let folder = format!("crates/{package}");
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            assert_eq!(read(&format!("{folder}/{licence}")), read(licence), "{folder}");
        }
        let source = ["lib.rs", "main.rs"].map(|file| root().join(&folder).join("src").join(file));
        let source = source.iter().find_map(|file| std::fs::read_to_string(file).ok()).unwrap();
        let documentation: Vec<&str> = source.lines().map_while(|line| line.strip_prefix("//!")).collect();
        let readme = read(&format!("{folder}/README.md"));
        let readme: Vec<&str> = readme.lines().collect();
        assert_eq!(readme[..2], [format!("# {package}").as_str(), ""], "{folder}");
        assert_eq!(first_paragraph(&readme[2..]), first_paragraph(&documentation), "{folder}");
    }
}

#[test]
fn every_command_in_the_documents_exists_with_its_options() {
    assert_eq!(in_documents(|_, text| commands::unknown(text)), Vec::<String>::new());
}

#[test]
fn every_command_in_the_examples_of_the_help_exists_with_its_options() {
    let (examples, wrong) = commands::unknown_in_help();
    assert_eq!(wrong, Vec::<String>::new());
    assert!(examples >= 40, "{examples} examples");
}

#[test]
fn commands_in_the_comments_of_a_file_for_an_operator_are_read() {
    let text = "# A portal, made by `cargo xtask dist`.\n#\n#   saml man --out \\\n#     man1\n[Service]\n\
                ExecStart=/usr/local/bin/saml portal --config saml.toml\n";
    let found: Vec<String> = commands::commands(&as_markdown(text)).iter().map(|words| words.join(" ")).collect();
    assert_eq!(found, ["saml man --out man1", "saml portal --config saml.toml", "cargo xtask dist"]);
}

#[test]
fn every_crate_in_the_documents_exists() {
    let ours: BTreeSet<String> = metadata()["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| package["name"].as_str().unwrap().to_owned())
        .collect();
    let named = |span: &String| {
        span.strip_prefix("saml-").is_some_and(|rest| {
            rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte.is_ascii_digit())
        })
    };
    let unknown =
        |_: &Path, text: &str| spans(text).into_iter().filter(named).filter(|span| !ours.contains(span)).collect();
    assert_eq!(in_documents(unknown), Vec::<String>::new());
}

#[test]
fn relative_links_of_the_documents_lead_to_files_and_headings() {
    let broken = |document: &Path, text: &str| {
        let leads = |target: &String| {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let linked = document.parent().unwrap().join(file);
            let text = if file.is_empty() { Some(text.to_owned()) } else { std::fs::read_to_string(&linked).ok() };
            (file.is_empty() || linked.exists())
                && (heading.is_empty()
                    || text.is_some_and(|text| anchors(&text).iter().any(|anchor| anchor == heading)))
        };
        relative_links(text).into_iter().filter(|target| !leads(target)).collect()
    };
    assert_eq!(in_documents(broken), Vec::<String>::new());
}

/// In a file a link of a guide leads to a file, in the documentation to the item that `links.md` names, which comes first.
#[test]
fn every_link_of_a_guide_leads_somewhere_in_the_documentation_too() {
    let is_guide = |document: &Path| document.parent().is_some_and(|folder| folder.join("links.md").exists());
    let unknown = |document: &Path, text: &str| {
        if !is_guide(document) || document.ends_with("links.md") {
            return Vec::new();
        }
        let links = std::fs::read_to_string(document.with_file_name("links.md")).unwrap();
        let items: BTreeSet<String> = definitions(&links).into_iter().map(|(label, _)| label).collect();
        definitions(text).into_iter().map(|(label, _)| label).filter(|label| !items.contains(label)).collect()
    };
    assert_eq!(in_documents(unknown), Vec::<String>::new());
    assert!(documents().iter().filter(|document| is_guide(document)).count() > 10);
}

/// A table whose lines were joined is shown as one paragraph.
#[test]
fn each_row_of_a_table_in_the_documents_is_a_line_with_as_many_cells_as_its_head() {
    assert_eq!(in_documents(|_, text| broken_rows(text)), Vec::<String>::new());
    assert_eq!(broken_rows("| a | b |\n|---|---|\n| `c \\| d` | |\n"), Vec::<String>::new());
    assert_eq!(broken_rows("| a | b | |---|---| | c\n| d | |\n"), ["| a | b | |---|---| | c", "| d | |"]);
}

/// A path stands between backticks from the top of the repository on; a test is named behind its file.
#[test]
fn every_file_and_test_in_the_documents_exists() {
    let missing = |_: &Path, text: &str| spans(text).into_iter().filter(|span| !is_there(span)).collect();
    assert_eq!(in_documents(missing), Vec::<String>::new());
}

#[test]
fn every_attack_and_every_weakness_names_the_test_that_shows_it() {
    for (document, at_least) in [
        (".github/SECURITY.md", 25),
        ("crates/saml-response/src/manual.md", 15),
        ("crates/saml-xml-security/src/manual.md", 20),
    ] {
        let text = read(document);
        let rows: Vec<&str> = text.lines().skip_while(|line| !line.contains("shown by")).collect();
        // A table ends at an empty line, and one with another heading is about something else.
        let (mut counts, mut shown) = (false, 0);
        for line in rows {
            match line {
                line if line.ends_with("shown by |") => counts = true,
                line if !line.starts_with('|') => counts = false,
                line if counts && !line.starts_with("|---") => {
                    shown += 1;
                    let last = line.trim_end_matches(" |").rsplit(" | ").next().unwrap();
                    assert!(last.contains(".rs::") || last.starts_with("no test: "), "{document}: {line}");
                }
                _ => {}
            }
        }
        assert!(shown >= at_least, "{document}: {shown} rows");
    }
}

#[test]
fn a_file_or_a_test_that_is_not_there_is_told() {
    assert!(is_there("tests/tests/prose.rs::a_file_or_a_test_that_is_not_there_is_told"));
    assert!(is_there("tests/tests/attacks/catalogue.rs::att_001_dtd_external_entity"));
    assert!(is_there("crates/saml-xml") && is_there("GET /saml/login") && is_there("text/xml"));
    assert!(
        !is_there("tests/tests/prose.rs::no_such_test") && !is_there("crates/saml-core") && !is_there("tests/prose.rs")
    );
}

#[test]
fn every_foreign_dependency_has_its_reason_in_deny_toml() {
    let used: BTreeSet<String> = metadata()["packages"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|package| package["dependencies"].as_array().unwrap())
        .filter(|dependency| dependency["path"].is_null())
        .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
        .collect();
    let reasons = reasons(&read("deny.toml"));
    let without: Vec<&String> = used.difference(&reasons).collect();
    assert!(without.is_empty(), "deny.toml lacks `# NAME: why. Licence; upkeep.` for {without:?}");
}

#[test]
fn a_crate_is_read_from_its_row_of_the_map_only() {
    let text = "See [saml-sp](crates/saml-sp).\n\n| [`saml-xml`](crates/saml-xml) | parses |\n";
    assert_eq!(crate_map(text), BTreeSet::from(["saml-xml".to_owned()]));
}

#[test]
fn a_link_in_a_paragraph_is_read_as_its_text() {
    let lines = [" Sends [`it`](Sender::it)", " to [`Receiver`].", "", " More."];
    assert_eq!(first_paragraph(&lines), "Sends `it` to `Receiver`.");
}

#[test]
fn a_reason_is_a_comment_that_starts_with_the_name() {
    let text = "# serde_json: JSON output. MIT; active.\n# Why each one is here:\nopenssl: no\n";
    assert_eq!(reasons(text), BTreeSet::from(["serde_json".to_owned()]));
}

fn crate_map(readme: &str) -> BTreeSet<String> {
    readme
        .lines()
        .filter(|line| line.starts_with("| [`"))
        .filter_map(|line| line.split_once("](crates/")?.1.split_once(')'))
        .map(|(name, _)| name.trim_end_matches('/').to_owned())
        .collect()
}

/// Returns the words before the first empty line, with the text of a link in the place of the link.
fn first_paragraph(lines: &[&str]) -> String {
    let lines = lines.iter().map(|line| line.trim()).take_while(|line| !line.is_empty());
    let text = lines.collect::<Vec<_>>().join(" ");
    let mut pieces = text.split("](");
    let first = pieces.next().unwrap().to_owned();
    let text = pieces.fold(first, |text, piece| text + piece.split_once(')').unwrap().1);
    text.replace(['[', ']'], "")
}

/// Looks at each document, and says where what was found stands.
fn in_documents(look: impl Fn(&Path, &str) -> Vec<String>) -> Vec<String> {
    let mut found = Vec::new();
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        let is_markdown = document.extension().is_some_and(|extension| extension == "md");
        let text = if is_markdown { text } else { as_markdown(&text) };
        let name = document.strip_prefix(root()).unwrap().display().to_string();
        found.extend(look(&document, &text).into_iter().map(|what| format!("{name}: {what}")));
    }
    found
}

/// Tells whether the file, folder or test that a text names is there; what names none is.
fn is_there(text: &str) -> bool {
    let (path, test) = text.split_once("::").unwrap_or((text, ""));
    if path.contains([' ', '*']) || !FOLDERS.iter().any(|folder| path.starts_with(folder)) {
        return true;
    }
    let file = root().join(path);
    let defines = |source: String| {
        source.contains(&format!("fn {test}(")) || source.lines().any(|line| line.trim() == format!("{test};"))
    };
    file.exists() && (test.is_empty() || std::fs::read_to_string(file).is_ok_and(defines))
}

fn metadata() -> Value {
    serde_json::from_str(&cargo(&["metadata", "--no-deps", "--offline", "--format-version", "1"])).unwrap()
}

fn reasons(deny: &str) -> BTreeSet<String> {
    deny.lines()
        .filter_map(|line| line.strip_prefix("# ")?.split_once(": "))
        .map(|(name, _)| name)
        .filter(|name| !name.contains(' '))
        .map(str::to_owned)
        .collect()
}

/// Returns the comments of a file that is not Markdown, with what is indented in them, and what the file starts, as
/// code.
fn as_markdown(text: &str) -> String {
    let line = |line: &str| match line.strip_prefix("ExecStart=/usr/local/bin/").or_else(|| line.strip_prefix("#   ")) {
        Some(command) => Some(format!("    {command}")),
        None => line.strip_prefix('#').map(|comment| comment.trim_start().to_owned()),
    };
    let lines: Vec<String> = text.lines().filter_map(line).collect();
    let is_code = |line: &String| line.starts_with("    ");
    let blocks = lines.chunk_by(|one, next| is_code(one) == is_code(next)).map(|lines| match lines.first() {
        Some(first) if is_code(first) => format!("```sh\n{}\n```", lines.join("\n")),
        _ => lines.join("\n"),
    });
    blocks.collect::<Vec<_>>().join("\n")
}

/// Lists the Markdown files at the top, in `.github/` and below `crates/`, that of the bench, and what is packaged for
/// operators.
fn documents() -> Vec<PathBuf> {
    let mut documents = Vec::new();
    let packaging =
        ["Containerfile", "saml-portal.service"].map(|file| root().join("crates/saml-cli/packaging").join(file));
    let mut directories = vec![root().join("crates"), root().join(".github")];
    for entry in std::fs::read_dir(root()).unwrap() {
        documents.push(entry.unwrap().path());
    }
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else {
                documents.push(path);
            }
        }
    }
    documents.retain(|path| path.is_file() && path.extension().is_some_and(|extension| extension == "md"));
    documents.push(root().join("bench/README.md"));
    documents.extend(packaging);
    documents
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Where what is named by its path stands.
const FOLDERS: [&str; 7] = [".github/", "bench/", "crates/", "fixtures/", "fuzz/", "tests/", "xtask/"];
