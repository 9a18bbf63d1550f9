//! The project's own commands: `cargo xtask demo | test | ci | api | bench | soak | fuzz | interop | mutants | dist`.
//!
//! **Invariant:** no dependencies, so that it builds before any system library is there and can say
//! what is missing. Everything it says itself goes to stderr; stdout belongs to the program it runs.

mod api;
mod arguments;
mod bench;
mod ci;
mod demo;
mod dist;
mod fuzz;
mod interop;
mod mutants;
mod prerequisites;
mod process;
mod sbom;
mod soak;
mod test;

use std::ffi::OsString;
use std::process::ExitCode;

use arguments::ask_for_help;
use process::{Failure, help, say};

fn main() -> ExitCode {
    if api::is_rustdoc() {
        return api::as_rustdoc();
    }
    let mut arguments = std::env::args_os().skip(1);
    let command = arguments.next();
    let rest: Vec<OsString> = arguments.collect();
    match dispatch(command.as_ref().and_then(|name| name.to_str()), &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(&format!("xtask: {}", failure.message));
            ExitCode::from(failure.code)
        }
    }
}

/// One command: what it is called by, what it does with the arguments behind its name, and what its help says.
struct Command {
    name: &'static str,
    run: fn(&[OsString]) -> Result<(), Failure>,
    /// The first line says what the command does; the list of all commands shows it.
    help: &'static str,
}

fn dispatch(command: Option<&str>, arguments: &[OsString]) -> Result<(), Failure> {
    match command {
        Some("help" | "--help" | "-h") => {
            help(&overview());
            Ok(())
        }
        Some(name) => match COMMANDS.iter().find(|command| command.name == name) {
            Some(command) if ask_for_help(arguments) => {
                help(command.help);
                Ok(())
            }
            Some(command) => (command.run)(arguments),
            None => Err(Failure::usage(format!("unknown command `{name}`; {}", known()))),
        },
        None => Err(Failure::usage(format!("no command given; {}", known()))),
    }
}

/// Names the commands in one sentence.
fn known() -> String {
    let names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
    let names = names.split_last().map_or_else(String::new, |(last, rest)| format!("{} and {last}", rest.join(", ")));
    format!("known are {names} (see `cargo xtask --help`)")
}

/// Returns the help text that lists all commands.
fn overview() -> String {
    let first_line = |text: &'static str| text.lines().next().unwrap_or_default();
    let line = |command: &Command| format!("  {:<8} {}\n", command.name, first_line(command.help));
    let commands: String = COMMANDS.iter().map(line).collect();
    format!("{HEAD}{commands}{FOOT}")
}

const COMMANDS: &[Command] = &[
    Command { name: "demo", run: demo::run, help: demo::HELP },
    Command { name: "test", run: test::run, help: test::HELP },
    Command { name: "ci", run: ci::run, help: ci::HELP },
    Command { name: "api", run: api::run, help: api::HELP },
    Command { name: "bench", run: bench::run, help: bench::HELP },
    Command { name: "soak", run: soak::run, help: soak::HELP },
    Command { name: "fuzz", run: fuzz::run, help: fuzz::HELP },
    Command { name: "interop", run: interop::run, help: interop::HELP },
    Command { name: "mutants", run: mutants::run, help: mutants::HELP },
    Command { name: "dist", run: dist::run, help: dist::HELP },
];

const HEAD: &str = "\
The project's own commands

Usage: cargo xtask <COMMAND> [ARGS]

Commands:
";

const FOOT: &str = "
`cargo xtask <COMMAND> --help` tells more about one of them.

Example:
  cargo xtask demo -- --once
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_command_is_a_usage_error_that_names_the_known_ones() {
        let failure = dispatch(Some("deploy"), &[]).unwrap_err();
        assert_eq!(failure.code, 2);
        assert!(failure.message.starts_with(
            "unknown command `deploy`; known are demo, test, ci, api, bench, soak, fuzz, interop, mutants and dist"
        ));
    }

    #[test]
    fn a_missing_command_is_a_usage_error() {
        assert_eq!(dispatch(None, &[]).unwrap_err().code, 2);
    }

    #[test]
    fn an_unknown_argument_of_a_command_is_a_usage_error() {
        // What stands behind `demo` is for the program that it starts.
        for Command { name, run, .. } in COMMANDS.iter().filter(|command| command.name != "demo") {
            let failure = run(&["--nonsense".into()]).unwrap_err();
            assert_eq!(failure.code, 2, "{name}");
            assert!(failure.message.contains("`--nonsense`"), "{}", failure.message);
        }
    }

    #[test]
    fn help_of_every_command_says_what_it_does_and_shows_an_example() {
        let overview = overview();
        for Command { name, help, .. } in COMMANDS {
            let first = help.lines().next().unwrap();
            assert!(overview.contains(&format!("  {name:<8} {first}\n")), "{overview}");
            assert!(help.contains(&format!("Usage: cargo xtask {name}")), "{help}");
        }
        for text in COMMANDS.iter().map(|command| command.help).chain([overview.as_str()]) {
            assert!(text.contains("Example:\n  cargo xtask "), "{text}");
            assert!(text.lines().all(|line| line.len() <= 100), "{text}");
        }
    }
}
