//! The commands that the documents name: `cargo xtask …` and `saml …`, with their subcommands and options.

use std::collections::{BTreeMap, BTreeSet};

use saml_tests::saml;

use crate::cargo;
use crate::markdown::{blocks, spans};

/// Returns what is wrong with the commands of a text.
pub(crate) fn unknown(text: &str) -> Vec<String> {
    let mut known = Known::default();
    commands(text).iter().filter_map(|command| known.problem(command)).collect()
}

/// Returns how many examples the help of all commands of the program shows, and what is wrong with them.
pub(crate) fn unknown_in_help() -> (usize, Vec<String>) {
    let mut known = Known::default();
    let (mut paths, mut examples) = (vec![vec!["saml".to_owned()]], Vec::new());
    while let Some(path) = paths.pop() {
        let help = known.help(&path);
        let shown = help.text.split("Example").skip(1).collect::<String>().replace("\\\n", " ");
        examples.extend(shown.lines().filter(|line| line.starts_with("  saml ")).filter_map(command));
        let subcommands = help.subcommands.iter().filter(|name| *name != "help");
        paths.extend(subcommands.map(|name| [path.as_slice(), std::slice::from_ref(name)].concat()));
    }
    let wrong = examples.iter().filter_map(|example| known.problem(example)).collect();
    (examples.len(), wrong)
}

/// Returns the commands of a text, as words, those of the program with `saml` first.
pub(crate) fn commands(text: &str) -> Vec<Vec<String>> {
    let lines = blocks(text).into_iter().filter(|(language, _)| ["", "console", "sh"].contains(&language.as_str()));
    let joined = lines.map(|(_, lines)| lines.join("\n").replace("\\\n", " "));
    let lines: Vec<String> = joined.flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    lines.iter().chain(&spans(text)).filter_map(|line| command(line)).collect()
}

fn command(line: &str) -> Option<Vec<String>> {
    let line = line.trim().trim_start_matches("$ ");
    // A comment of the shell.
    let line = line.split(" #").next()?;
    let line = match line.strip_prefix("cargo run ") {
        Some(rest) => format!("saml {}", rest.split_once("--bin saml -- ")?.1),
        None => line.to_owned(),
    };
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let named = line.starts_with("saml ") || line.starts_with("cargo xtask ");
    named.then_some(words)
}

/// The help of each command, as it is asked for.
#[derive(Default)]
struct Known(BTreeMap<Vec<String>, Help>);

struct Help {
    subcommands: BTreeSet<String>,
    text: String,
}

impl Known {
    /// Says which word of a command does not exist.
    fn problem(&mut self, command: &[String]) -> Option<String> {
        let mut path: Vec<String> = Vec::new();
        let mut before = "";
        for word in command {
            let is_value = before.starts_with("--") && before != "--";
            before = word;
            let option = word.split('=').next().unwrap_or_default().trim_end_matches([',', '.', ']']);
            let option = option.trim_start_matches('[');
            let is_known = match (path.first().map(String::as_str), word.as_str()) {
                (None, _) | (Some("cargo"), "xtask" | "--") => {
                    path.push(word.clone());
                    true
                }
                _ if option.starts_with("--") => self.help(&path).has(option),
                _ if self.help(&path).subcommands.contains(word) => {
                    path.push(word.clone());
                    true
                }
                // Several at once: `show|diff`.
                _ if word.contains('|') && !self.help(&path).subcommands.is_empty() => {
                    word.split('|').all(|one| self.help(&path).subcommands.contains(one))
                }
                // An argument or the value of an option, unless there has to be a subcommand.
                _ => is_value || self.help(&path).subcommands.is_empty(),
            };
            if !is_known {
                return Some(format!("`{}`: there is no `{word}`", command.join(" ")));
            }
        }
        None
    }

    fn help(&mut self, path: &[String]) -> &Help {
        self.0.entry(path.to_vec()).or_insert_with(|| {
            let words: Vec<&str> = path.iter().map(String::as_str).collect();
            let text = match words.as_slice() {
                // What follows upon the two dashes is for the program that xtask starts.
                ["cargo", rest @ ..] if rest.contains(&"--") => {
                    let rest: Vec<&str> = rest.iter().copied().filter(|word| !["xtask", "--"].contains(word)).collect();
                    of_saml(&rest)
                }
                ["cargo", rest @ ..] => cargo(&[rest, &["--help"]].concat()),
                words => of_saml(words.get(1..).unwrap_or_default()),
            };
            Help { subcommands: listed(&text), text }
        })
    }
}

impl Help {
    fn has(&self, option: &str) -> bool {
        let ends = |character: char| !character.is_ascii_alphanumeric() && character != '-';
        self.text.split(ends).any(|word| word == option)
    }
}

fn of_saml(words: &[&str]) -> String {
    let output = saml().args(words).arg("--help").output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Reads the names from the part of a help text headed `Commands:`.
fn listed(help: &str) -> BTreeSet<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn commands_are_read_from_blocks_and_from_the_text() {
    let text = "`cargo xtask demo -- --once` and `saml explain`\n\n```sh\ncd x\nsaml forge run \\\n    --issuer a # why\n\
                cargo run --quiet --bin saml -- profile show digid\n```\n";
    let found: Vec<String> = commands(text).iter().map(|words| words.join(" ")).collect();
    assert_eq!(
        found,
        ["saml forge run --issuer a", "saml profile show digid", "cargo xtask demo -- --once", "saml explain"]
    );
}

#[test]
fn what_a_command_does_not_have_is_told() {
    assert_eq!(unknown("`saml profile show digid --floor substantial` and `cargo xtask test`"), Vec::<String>::new());
    assert_eq!(
        unknown("`saml profile show digid --roof x`"),
        ["`saml profile show digid --roof x`: there is no `--roof`"]
    );
    assert_eq!(unknown("`saml forget list`"), ["`saml forget list`: there is no `forget`"]);
    assert_eq!(unknown("`saml profile show|diff` and `saml demo --profile digid|st-saml`"), Vec::<String>::new());
    assert_eq!(unknown("`saml profile show|hide`"), ["`saml profile show|hide`: there is no `show|hide`"]);
    assert_eq!(unknown("`cargo xtask deploy`"), ["`cargo xtask deploy`: there is no `deploy`"]);
    assert_eq!(unknown("`cargo xtask demo -- --twice`"), ["`cargo xtask demo -- --twice`: there is no `--twice`"]);
}
