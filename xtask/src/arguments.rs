//! How the commands read what was typed behind their names.

use std::ffi::{OsStr, OsString};
use std::slice::Iter;

use crate::process::Failure;

/// Tells whether the arguments ask for help.
pub(crate) fn ask_for_help(arguments: &[OsString]) -> bool {
    arguments.first().is_some_and(|first| first == "--help" || first == "-h")
}

/// Refuses any argument.
pub(crate) fn refuse_all(command: &str, arguments: &[OsString]) -> Result<(), Failure> {
    arguments.first().map_or(Ok(()), |first| Err(unknown(command, first)))
}

/// Makes the failure for an argument that a command does not know.
pub(crate) fn unknown(command: &str, argument: &OsStr) -> Failure {
    Failure::usage(format!(
        "`{command}` does not know the argument `{}` (see `cargo xtask {command} --help`)",
        argument.display()
    ))
}

/// Returns the value behind a flag that takes one.
pub(crate) fn value<'a>(command: &str, flag: &OsStr, rest: &mut Iter<'a, OsString>) -> Result<&'a OsStr, Failure> {
    let missing = || Failure::usage(format!("{} takes a value (see `cargo xtask {command} --help`)", flag.display()));
    rest.next().map(OsString::as_os_str).ok_or_else(missing)
}

/// Reads the value of a flag as a whole number from 1: 0 means "without end" to some of the programs that get it.
pub(crate) fn number(flag: &OsStr, value: &OsStr) -> Result<u32, Failure> {
    let number = value.to_str().and_then(|value| value.parse::<u32>().ok()).filter(|number| *number > 0);
    number.ok_or_else(|| {
        Failure::usage(format!("{} takes a whole number from 1, not `{}`", flag.display(), value.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_begins_with_one() {
        let read = |value: &str| number(OsStr::new("--jobs"), OsStr::new(value));
        assert_eq!(read("1").unwrap(), 1);
        for wrong in ["0", "-1", "one", ""] {
            let failure = read(wrong).unwrap_err();
            let expected = format!("--jobs takes a whole number from 1, not `{wrong}`");
            assert_eq!((failure.code, failure.message), (2, expected));
        }
    }

    #[test]
    fn a_flag_at_the_end_lacks_its_value() {
        let arguments = [OsString::from("large")];
        let mut rest = arguments.iter();
        assert_eq!(value("bench", OsStr::new("--case"), &mut rest).unwrap(), "large");
        let failure = value("bench", OsStr::new("--case"), &mut rest).unwrap_err();
        assert_eq!(
            (failure.code, failure.message.as_str()),
            (2, "--case takes a value (see `cargo xtask bench --help`)")
        );
    }
}
