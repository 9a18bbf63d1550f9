//! How this program starts others, and how it speaks.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// Why a command ended without success, and the exit code to end with.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) code: u8,
}

impl Failure {
    /// Makes a failure of the project: exit code 1.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 1 }
    }

    /// Makes a failure of whoever typed the command: exit code 2.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 2 }
    }
}

/// Says one line to the person at the terminal.
#[expect(clippy::print_stderr, reason = "speaking is what this program is for; stdout is left to what it runs")]
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}

/// Prints a help text that was asked for.
#[expect(clippy::print_stdout, reason = "help that was asked for is the program's result")]
pub(crate) fn help(text: &str) {
    print!("{text}");
}

/// Returns the root of the workspace.
pub(crate) fn workspace_root() -> PathBuf {
    // Asked at run time, so that a binary in a target directory shared by two checkouts finds its own.
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| OsString::from(env!("CARGO_MANIFEST_DIR")));
    let xtask = PathBuf::from(xtask);
    xtask.parent().map(Path::to_path_buf).unwrap_or(xtask)
}

/// Returns a cargo of the same toolchain, to be run at the root of the workspace.
pub(crate) fn cargo<I, S>(arguments: I) -> Command
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(workspace_root()).args(arguments);
    command
}

/// Installs a command of cargo, such as `cargo-deny`, where it is missing.
pub(crate) fn ensure_installed(tool: &str, version: &str) -> Result<(), Failure> {
    let command = tool.trim_start_matches("cargo-");
    if succeeds(&mut cargo([command, "--version"])) {
        return Ok(());
    }
    say(&format!("{tool} is missing; installing it takes a minute or two"));
    // Without optimisation it is built in half the time, and it runs for seconds.
    let installed = run(&mut cargo(["install", tool, "--debug", "--locked", "--version", version]));
    installed.map_err(|failure| Failure::new(format!("{tool} could not be installed: {}", failure.message)))
}

/// Returns the path of a program that cargo has just built, such as `saml` or `examples/interop`.
///
/// It lies beside this program, wherever variables or configuration have put the target directory.
pub(crate) fn built_program(name: &str) -> Result<PathBuf, Failure> {
    let program = beside_ours(&format!("{name}{}", std::env::consts::EXE_SUFFIX))?;
    if program.is_file() {
        Ok(program)
    } else {
        Err(Failure::new(format!(
            "{} is not there; start this by `cargo xtask`, which builds into the same directory",
            program.display()
        )))
    }
}

/// Returns a path below the directory that this program is built in.
pub(crate) fn beside_ours(name: &str) -> Result<PathBuf, Failure> {
    let ours =
        std::env::current_exe().map_err(|error| Failure::new(format!("the target directory is unknown: {error}")))?;
    Ok(ours.with_file_name(name))
}

/// Runs a command to its end; any exit code but 0 is passed on as the failure's.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let shown = shown(command);
    say(&format!("$ {shown}"));
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| Failure::new(format!("`{shown}` could not be started: {error}")))?;
    check(&shown, status)
}

/// Becomes another program, so that a signal sent to this process reaches it.
#[cfg(unix)]
pub(crate) fn become_command(mut command: Command) -> Result<(), Failure> {
    use std::os::unix::process::CommandExt as _;

    let error = command.exec();
    Err(Failure::new(format!("cargo could not be started: {error}")))
}

#[cfg(not(unix))]
pub(crate) fn become_command(mut command: Command) -> Result<(), Failure> {
    let shown = shown(&command);
    let status = command.status().map_err(|error| Failure::new(format!("cargo could not be started: {error}")))?;
    check(&shown, status)
}

/// Turns an exit status into a result that names the command.
pub(crate) fn check(shown: &str, status: ExitStatus) -> Result<(), Failure> {
    match status.code() {
        Some(0) => Ok(()),
        Some(code) => Err(Failure {
            message: format!("`{shown}` ended with exit code {code}"),
            code: u8::try_from(code).unwrap_or(1),
        }),
        None => Err(Failure::new(format!("`{shown}` was ended by a signal"))),
    }
}

/// Tells whether a command can be run and ends with exit code 0; its output is thrown away.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Tells whether a program of this name is on the path.
pub(crate) fn on_path(program: &str) -> bool {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|directory| directory.join(&file).is_file()))
}

/// Writes a command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut line = program.file_stem().unwrap_or(command.get_program()).display().to_string();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_is_typed() {
        let mut command = Command::new("somewhere/cargo");
        command.args(["fmt", "--all", "--check"]);
        assert_eq!(shown(&command), "cargo fmt --all --check");
    }

    #[test]
    fn the_root_of_the_workspace_holds_deny_toml() {
        assert!(workspace_root().join("deny.toml").is_file());
    }

    #[cfg(unix)]
    #[test]
    fn the_exit_code_of_a_failing_command_is_passed_on() {
        let failure = run(Command::new("sh").args(["-c", "exit 7"])).unwrap_err();
        assert_eq!(failure.code, 7);
        assert_eq!(failure.message, "`sh -c exit 7` ended with exit code 7");
    }

    #[test]
    fn a_command_that_is_not_there_fails_with_its_name() {
        let failure = run(&mut Command::new("no-such-program")).unwrap_err();
        assert!(failure.message.starts_with("`no-such-program` could not be started"));
    }
}
