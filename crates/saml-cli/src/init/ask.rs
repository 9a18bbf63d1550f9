//! Asking: an option answers first, then a person, then the default.

use std::io::{BufRead, Empty, Sink, Write};

use crate::failure::Failure;

/// A question, in one line, and why it is asked.
pub(super) struct Question<'q> {
    /// The option that answers it.
    pub(super) option: &'static str,
    pub(super) question: &'static str,
    pub(super) why: &'static str,
    pub(super) default: Option<&'q str>,
    /// Says what was expected, when an answer will not do.
    pub(super) check: fn(&str) -> Result<(), String>,
}

/// Asks what no option says, where there is somebody to ask.
pub(super) struct Asker<R, W> {
    person: Option<(R, W)>,
    missing: Vec<&'static str>,
}

impl Asker<Empty, Sink> {
    /// Asks nobody: what has no default is missing.
    pub(super) fn silent() -> Self {
        Self { person: None, missing: Vec::new() }
    }
}

impl<R: BufRead, W: Write> Asker<R, W> {
    /// Asks the person who reads `output` and writes `input`.
    pub(super) fn on(input: R, output: W) -> Self {
        Self { person: Some((input, output)), missing: Vec::new() }
    }

    /// Returns the answer of the option, of the person, or the default; an empty text where it is missing.
    pub(super) fn ask(&mut self, question: &Question<'_>, given: Option<&str>) -> Result<String, Failure> {
        if let Some(given) = given {
            let refused = |expected| Failure::usage(format!("{}: expected {expected}, found {given}", question.option));
            return (question.check)(given).map(|()| given.to_owned()).map_err(refused);
        }
        match (&mut self.person, question.default) {
            (Some((input, output)), _) => answered(question, input, output),
            (None, Some(default)) => Ok(default.to_owned()),
            (None, None) => {
                self.missing.push(question.option);
                Ok(String::new())
            }
        }
    }

    /// Says what is missing, all in one.
    pub(super) fn finish(self) -> Result<(), Failure> {
        match self.missing.as_slice() {
            [] => Ok(()),
            missing => Err(Failure::usage(format!(
                "expected an answer for {}, found none: give the options, or run it on a terminal",
                missing.join(", ")
            ))),
        }
    }
}

/// Asks until an answer will do.
fn answered(question: &Question<'_>, input: &mut impl BufRead, output: &mut impl Write) -> Result<String, Failure> {
    let ended = |error| Failure::usage(format!("{}: {error}", question.option));
    let default = question.default.map_or_else(String::new, |default| format!(" [{default}]"));
    loop {
        write!(output, "{} ({}){default}: ", question.question, question.why)
            .and_then(|()| output.flush())
            .map_err(ended)?;
        let mut line = String::new();
        if input.read_line(&mut line).map_err(ended)? == 0 {
            return Err(Failure::usage(format!(
                "expected an answer for {}, found the end of the input",
                question.option
            )));
        }
        let answer = match (line.trim(), question.default) {
            ("", Some(default)) => default,
            (answer, _) => answer,
        };
        match (question.check)(answer) {
            Ok(()) => return Ok(answer.to_owned()),
            Err(expected) => writeln!(output, "  expected {expected}").map_err(ended)?,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    const LEVEL: Question<'_> = Question {
        option: "--level",
        question: "Level",
        why: "the lowest that is accepted",
        default: Some("substantial"),
        check: |text| if text == "high" || text == "substantial" { Ok(()) } else { Err("a level".to_owned()) },
    };

    fn asked(question: &Question<'_>, typed: &str) -> (Result<String, String>, String) {
        let mut output = Vec::new();
        let mut asker = Asker::on(typed.as_bytes(), &mut output);
        let answer = asker.ask(question, None).map_err(|failure| failure.to_string());
        (answer, String::from_utf8(output).unwrap())
    }

    #[test]
    fn an_empty_line_is_the_default_and_what_will_not_do_is_asked_again() {
        assert_eq!(asked(&LEVEL, "\n").0.unwrap(), "substantial");
        let (answer, shown) = asked(&LEVEL, "highest\n high \n");
        assert_eq!(answer.unwrap(), "high");
        let line = "Level (the lowest that is accepted) [substantial]: ";
        assert_eq!(shown, format!("{line}  expected a level\n{line}"));
    }

    #[test]
    fn the_end_of_the_input_is_no_answer() {
        assert_eq!(asked(&LEVEL, "").0.unwrap_err(), "expected an answer for --level, found the end of the input");
    }

    #[test]
    fn an_option_answers_before_anybody_is_asked() {
        let mut asker = Asker::on(&b""[..], Vec::new());
        assert_eq!(asker.ask(&LEVEL, Some("high")).unwrap(), "high");
        let refused = asker.ask(&LEVEL, Some("highest")).unwrap_err();
        assert_eq!(refused.to_string(), "--level: expected a level, found highest");
    }

    #[test]
    fn where_nobody_can_be_asked_all_that_is_missing_is_said_at_once() {
        let mut asker = Asker::silent();
        assert_eq!(asker.ask(&LEVEL, None).unwrap(), "substantial");
        for option in ["--base-url", "--organisation"] {
            asker.ask(&Question { option, default: None, ..LEVEL }, None).unwrap();
        }
        let refused = asker.finish().unwrap_err().to_string();
        assert!(refused.starts_with("expected an answer for --base-url, --organisation, found none"), "{refused}");
    }
}
