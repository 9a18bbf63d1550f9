//! `cargo xtask mutants`: breaks the code in small ways, and counts how often a test notices.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;

use crate::process::{Failure, cargo, ensure_installed, say, shown, workspace_root};
use crate::{arguments, prerequisites};

/// Runs cargo-mutants over the packages that judge a message, and closes with a table.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), Failure> {
    let options = Options::read(arguments)?;
    prerequisites::ensure(&[prerequisites::BUILD]);
    ensure_installed("cargo-mutants", CARGO_MUTANTS_VERSION)?;
    let explained = Explained::read(&read(&workspace_root().join(EXPLAINED))?)?;
    let mut rows = Vec::new();
    for package in PACKAGES.iter().filter(|package| options.package.as_deref().is_none_or(|only| only == **package)) {
        rows.push(Row::of(package, judge(package, &options)?, &explained));
    }
    conclude(&rows)
}

/// What to run.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    /// The one package to run; `None` for all.
    package: Option<String>,
    /// The part of each package's mutants, as `K/N`; `None` for all of them.
    shard: Option<String>,
    jobs: u32,
}

/// The mutants of one package, by what came of them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcomes {
    /// A test failed.
    caught: usize,
    /// The tests did not end, so they did not pass.
    timed_out: usize,
    /// It does not compile, so that it says nothing about the tests.
    unviable: usize,
    /// The names of those that every test passed.
    missed: Vec<String>,
}

/// The survivors that have a reason, and how many of the same name.
#[derive(Debug, PartialEq, Eq)]
struct Explained(BTreeMap<String, usize>);

/// One line of the table.
struct Row {
    package: &'static str,
    outcomes: Outcomes,
    /// The survivors without a reason.
    unexplained: Vec<String>,
}

/// Tries the package's own tests on every mutant, and those that cross crates on what they let through.
fn judge(package: &str, options: &Options) -> Result<Outcomes, Failure> {
    let mut own = vec!["--package".to_owned(), package.to_owned()];
    if let Some(shard) = &options.shard {
        own.extend(["--shard".to_owned(), shard.clone()]);
    }
    let mut outcomes = mutate(package, options, &own, &["--lib", "--tests"])?;
    if outcomes.missed.is_empty() {
        return Ok(outcomes);
    }
    let only = format!("^({})$", outcomes.missed.iter().map(|name| escaped(name)).collect::<Vec<_>>().join("|"));
    let again = ["--package", package, "--test-package", "saml-tests", "--re", &only].map(str::to_owned);
    let tests: Vec<&str> = CROSSING.iter().flat_map(|test| ["--test", test]).collect();
    let second = mutate(&format!("{package}-crossing"), options, &again, &tests)?;
    // A survivor that the expression did not find would count as noticed.
    if second.count() != outcomes.missed.len() {
        return Err(Failure::new(format!(
            "{package}: expected the {} survivors to be tried again, found {}",
            outcomes.missed.len(),
            second.count()
        )));
    }
    outcomes.caught += second.caught;
    outcomes.timed_out += second.timed_out;
    outcomes.missed = second.missed;
    Ok(outcomes)
}

/// Runs cargo-mutants once; what came of it lies in `target/mutants/` below `name`.
fn mutate(name: &str, options: &Options, arguments: &[String], tests: &[&str]) -> Result<Outcomes, Failure> {
    let output = workspace_root().join("target/mutants").join(name);
    std::fs::create_dir_all(&output)
        .map_err(|error| Failure::new(format!("{} could not be made: {error}", output.display())))?;
    let mut command = cargo(["mutants", "--colors", "never", "--jobs", &options.jobs.to_string(), "--output"]);
    command.arg(&output).args(arguments).arg("--").args(tests);
    // It names the copies' own directory, in which no two jobs may build.
    command.env_remove("CARGO_TARGET_DIR").env_remove("CARGO_MANIFEST_DIR").stdin(Stdio::null());
    say(&format!("$ {}", shown(&command).chars().take(200).collect::<String>()));
    let status = command.status().map_err(|error| Failure::new(format!("cargo-mutants did not start: {error}")))?;
    if !matches!(status.code(), Some(0 | SURVIVORS | TIMEOUTS)) {
        return Err(Failure::new(format!("cargo-mutants could not judge {name}: {status}")));
    }
    Outcomes::read(&output.join("mutants.out"))
}

impl Outcomes {
    /// Reads what cargo-mutants left in its folder.
    fn read(folder: &Path) -> Result<Self, Failure> {
        let lines =
            |file: &str| read(&folder.join(file)).map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>());
        Ok(Self {
            caught: lines("caught.txt")?.len(),
            timed_out: lines("timeout.txt")?.len(),
            unviable: lines("unviable.txt")?.len(),
            missed: lines("missed.txt")?,
        })
    }

    /// How many mutants were tried.
    fn count(&self) -> usize {
        self.caught + self.timed_out + self.unviable + self.missed.len()
    }

    /// How many of a hundred viable mutants the tests noticed.
    fn percentage(&self) -> f64 {
        let noticed = self.caught + self.timed_out;
        let viable = noticed + self.missed.len();
        #[expect(clippy::cast_precision_loss, reason = "a few thousand mutants")]
        let (noticed, viable) = (noticed as f64, viable as f64);
        if viable == 0.0 { 100.0 } else { noticed * 100.0 / viable }
    }
}

impl Explained {
    /// Reads `mutant = "…"` lines; their reasons are for people.
    fn read(text: &str) -> Result<Self, Failure> {
        let mut names = BTreeMap::new();
        for line in text.lines().filter_map(|line| line.strip_prefix("mutant = ")) {
            let name = line
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'))
                .ok_or_else(|| Failure::new(format!("{EXPLAINED}: `{line}` is not a string in double quotes")))?;
            *names.entry(name.replace("\\\"", "\"")).or_insert(0) += 1;
        }
        Ok(Self(names))
    }

    /// Returns the survivors that no entry stands for; an entry stands for one.
    fn others(&self, missed: &[String]) -> Vec<String> {
        let mut left = self.0.clone();
        let mut others = missed.to_vec();
        others.retain(|name| match left.get_mut(&without_place(name)) {
            Some(entries) if *entries > 0 => {
                *entries -= 1;
                false
            }
            _ => true,
        });
        others
    }
}

impl Row {
    fn of(package: &'static str, outcomes: Outcomes, explained: &Explained) -> Self {
        let unexplained = explained.others(&outcomes.missed);
        Self { package, outcomes, unexplained }
    }

    fn is_enough(&self) -> bool {
        self.outcomes.percentage() >= ENOUGH
    }
}

/// Prints the table; a package below the threshold is a failure.
fn conclude(rows: &[Row]) -> Result<(), Failure> {
    for row in rows.iter().filter(|row| !row.unexplained.is_empty()) {
        say(&format!("\nmissed in {}, without a reason in {EXPLAINED}:", row.package));
        row.unexplained.iter().for_each(|name| say(&format!("  {name}")));
    }
    say(&format!(
        "\n{:<20} {:>7} {:>10} {:>7} {:>10} {:>9} {:>8}",
        "package", "caught", "timed out", "missed", "explained", "unviable", "noticed"
    ));
    for Row { package, outcomes, unexplained } in rows {
        say(&format!(
            "{package:<20} {:>7} {:>10} {:>7} {:>10} {:>9} {:>6.1} %",
            outcomes.caught,
            outcomes.timed_out,
            unexplained.len(),
            outcomes.missed.len() - unexplained.len(),
            outcomes.unviable,
            outcomes.percentage()
        ));
    }
    let low: Vec<&str> = rows.iter().filter(|row| !row.is_enough()).map(|row| row.package).collect();
    if low.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("less than {ENOUGH} % of the viable mutants are noticed in {}", low.join(", "))))
}

/// Takes line and column out of `file:line:column: what is replaced`, which change with every edit.
fn without_place(name: &str) -> String {
    let parts: Vec<&str> = name.splitn(4, ':').collect();
    match parts.as_slice() {
        [file, _, _, what] => format!("{file}:{what}"),
        _ => name.to_owned(),
    }
}

/// Writes `name` as a regular expression that matches it alone.
fn escaped(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for character in name.chars() {
        if "\\.+*?()|[]{}^$".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("{} could not be read: {error}", path.display())))
}

impl Options {
    fn read(arguments: &[OsString]) -> Result<Self, Failure> {
        let mut options = Self { package: None, shard: None, jobs: 1 };
        let mut rest = arguments.iter();
        while let Some(flag) = rest.next() {
            let mut value = || arguments::value("mutants", flag, &mut rest);
            match flag.to_str() {
                Some("--package") => options.package = Some(package(&value()?.to_string_lossy())?),
                Some("--shard") => options.shard = Some(shard(&value()?.to_string_lossy())?),
                Some("--jobs") => options.jobs = arguments::number(flag, value()?)?,
                _ => return Err(arguments::unknown("mutants", flag)),
            }
        }
        Ok(options)
    }
}

fn package(value: &str) -> Result<String, Failure> {
    if PACKAGES.contains(&value) {
        return Ok(value.to_owned());
    }
    Err(Failure::usage(format!("--package takes one of {}, not `{value}`", PACKAGES.join(", "))))
}

fn shard(value: &str) -> Result<String, Failure> {
    let numbers = value.split_once('/').and_then(|(k, n)| Some((k.parse::<u32>().ok()?, n.parse::<u32>().ok()?)));
    if numbers.is_some_and(|(k, n)| k < n) {
        return Ok(value.to_owned());
    }
    Err(Failure::usage(format!("--shard takes K/N with K from 0 to N-1, not `{value}`")))
}

/// The packages between the bytes and the decision.
const PACKAGES: [&str; 4] = ["saml-name-id", "saml-xml", "saml-xml-security", "saml-response"];
/// The tests of `saml-tests` that a mutant must pass as well.
const CROSSING: [&str; 4] = ["attacks", "labels", "canonicalization", "corpus"];
/// The least percentage of viable mutants that tests must notice.
const ENOUGH: f64 = 90.0;
const EXPLAINED: &str = "fixtures/mutants.toml";
const CARGO_MUTANTS_VERSION: &str = "27.1.0";
// cargo-mutants' exit codes for a run that it could finish.
const SURVIVORS: i32 = 2;
const TIMEOUTS: i32 = 3;

pub(crate) const HELP: &str = "\
Breaks the code in small ways, and counts how often a test notices

Usage: cargo xtask mutants [--package NAME] [--shard K/N] [--jobs N]

Runs cargo-mutants, which it installs where it is missing, over saml-name-id, saml-xml,
saml-xml-security and saml-response with the configuration in .cargo/mutants.toml. What a
package's own tests do not notice, the tests of saml-tests get to see: attacks, labels,
canonicalization and corpus. A test that no longer ends has noticed too.
Ends with a table, and with exit code 1 where less than 90 % of a package's viable mutants
are noticed. Survivors that fixtures/mutants.toml gives a reason for are counted apart; they
are not noticed either. Takes an hour or more; what came of each lies in target/mutants/.

Options:
  --package NAME  The one package to run [default: all four]
  --shard K/N     A part of each package's mutants, counted from 0 [default: all]
  --jobs N        How many mutants are built and tested side by side [default: 1]

Example:
  cargo xtask mutants --package saml-name-id --jobs 2
";

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &[&str]) -> Result<Options, Failure> {
        Options::read(&arguments.iter().map(OsString::from).collect::<Vec<_>>())
    }

    fn outcomes(caught: usize, timed_out: usize, missed: &[&str]) -> Outcomes {
        Outcomes { caught, timed_out, unviable: 7, missed: missed.iter().map(|name| (*name).to_owned()).collect() }
    }

    #[test]
    fn a_part_of_one_package_can_be_asked_for() {
        assert_eq!(options(&[]).unwrap(), Options { package: None, shard: None, jobs: 1 });
        assert_eq!(
            options(&["--package", "saml-xml", "--shard", "3/4", "--jobs", "2"]).unwrap(),
            Options { package: Some("saml-xml".to_owned()), shard: Some("3/4".to_owned()), jobs: 2 }
        );
    }

    #[test]
    fn what_cannot_be_run_is_a_usage_error() {
        for wrong in [&["--package", "saml-cli"], &["--shard", "4/4"], &["--shard", "1"], &["--jobs", "0"]] {
            assert_eq!(options(wrong).unwrap_err().code, 2, "{wrong:?}");
        }
        assert_eq!(options(&["--shard"]).unwrap_err().code, 2);
    }

    #[test]
    fn nine_of_ten_viable_mutants_are_enough_and_fewer_are_not() {
        let explained = Explained::read("").unwrap();
        let row = |caught, missed: &[&str]| Row::of("saml-xml", outcomes(caught, 1, missed), &explained);

        assert!(conclude(&[row(8, &["a.rs:1:2: replace x"])]).is_ok());
        assert!(conclude(&[row(0, &[])]).is_ok());
        let failure = conclude(&[row(8, &[]), row(7, &["a.rs:1:2: replace x"])]).unwrap_err();
        assert_eq!(failure.code, 1);
        assert_eq!(failure.message, "less than 90 % of the viable mutants are noticed in saml-xml");
    }

    #[test]
    fn an_entry_explains_one_survivor_wherever_its_line_has_moved_and_is_not_counted_as_noticed() {
        let explained = Explained::read(concat!(
            "[[mutant]]\nmutant = \"a.rs: replace f -> &str with \\\"\\\"\"\nreason = \"same\"\n",
            "[[mutant]]\nmutant = \"a.rs: replace | with ^ in g\"\nreason = \"same\"\n",
        ))
        .unwrap();
        let missed = [
            "a.rs:9:1: replace f -> &str with \"\"",
            "a.rs:3:4: replace | with ^ in g",
            "a.rs:5:6: replace | with ^ in g",
        ];
        let row = Row::of("saml-xml", outcomes(1, 0, &missed), &explained);

        assert_eq!(row.unexplained, ["a.rs:5:6: replace | with ^ in g"]);
        assert_eq!(row.outcomes.percentage(), 25.0);
    }

    #[test]
    fn a_name_is_matched_literally() {
        assert_eq!(escaped("a.rs:1:2: replace + with *"), r"a\.rs:1:2: replace \+ with \*");
    }
}
