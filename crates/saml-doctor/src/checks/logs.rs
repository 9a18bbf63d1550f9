//! Log files of the application: no BSN in them.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

use chrono::NaiveDate;
use saml_name_id::Bsn;

use crate::check::{Check, Seen};
use crate::step::Step;

pub(crate) static LOGS_FREE_OF_BSN: Check = Check {
    code: "logs_free_of_bsn",
    step: Step::Audit,
    title: "No BSN in the logs of the application",
    why: "A BSN in a log is seen by everybody who may read logs; the auditor searches for it.",
    source: "DigiD assessment 3.0, U/WA.05 and C.06",
    look: |subject| {
        let logs = &subject.deployment.application.logs;
        if logs.is_empty() {
            return subject.is_digid().then(|| {
                Seen::not_looked_at("the file names no log", "name log files of a test with logins in application.logs")
            });
        }
        let seen = logs.iter().map(|path| {
            let searched = File::open(subject.path(path)).and_then(|file| search(BufReader::new(file)));
            match searched {
                Ok(found) => judge(&path.display().to_string(), &found),
                Err(error) => Seen::not_looked_at(
                    format!("{}: {error}", path.display()),
                    "name files that can be read in application.logs",
                ),
            }
        });
        Seen::worst(seen.collect())
    },
};

/// What was found in a file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    with_sector_code: Lines,
    bare: Lines,
}

/// How often something was found, and in which lines first, from 1.
#[derive(Debug, Default, PartialEq, Eq)]
struct Lines {
    count: usize,
    first: Vec<usize>,
}

impl Lines {
    fn push(&mut self, line: usize) {
        self.count += 1;
        if self.first.len() < MOST_LINES {
            self.first.push(line);
        }
    }
}

fn judge(file: &str, found: &Found) -> Seen {
    let mend = "log a `Bsn` only as it prints itself, or masked; then delete these lines where they are kept";
    if found.with_sector_code.count > 0 {
        return Seen::problem(
            format!("{file}: a number with its sector code {}", lines(&found.with_sector_code)),
            mend,
        );
    }
    if found.bare.count > 0 {
        let said = format!("{file}: a number that may be a BSN {}", lines(&found.bare));
        return Seen::warning(
            said,
            format!("look at each (one in eleven of all numbers passes the eleven-test); {mend}"),
        );
    }
    Seen::ok(format!("{file}: none"))
}

/// Says how often, and the first lines; never what stands there.
fn lines(lines: &Lines) -> String {
    let first: Vec<String> = lines.first.iter().map(usize::to_string).collect();
    let more = if lines.count > MOST_LINES { ", ..." } else { "" };
    let (times, places) = if lines.count == 1 { ("time", "line") } else { ("times", "lines") };
    format!("{} {times} ({places} {}{more})", lines.count, first.join(", "))
}

/// Searches for runs of nine digits that pass the eleven-test, of eight that do with the zero that they may have lost,
/// and for those behind a sector code.
fn search(log: impl BufRead) -> io::Result<Found> {
    let mut found = Found::default();
    for (number, line) in (1..).zip(log.split(b'\n')) {
        let line = line?;
        let mut position = 0;
        while let Some(start) = line.iter().skip(position).position(u8::is_ascii_digit).map(|offset| position + offset)
        {
            let rest = line.get(start..).unwrap_or_default();
            let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            position = start + length;
            let digits = rest.get(..length).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or_default();
            if !is_number(digits) {
                continue;
            }
            let before = line.get(..start).unwrap_or_default();
            if SECTOR_CODES.iter().any(|code| ends_with_code(before, code)) {
                found.with_sector_code.push(number);
            } else if !is_day(digits) {
                found.bare.push(number);
            }
        }
    }
    Ok(found)
}

fn is_number(digits: &str) -> bool {
    match digits.len() {
        9 => Bsn::parse(digits).is_ok(),
        8 => Bsn::parse(&format!("0{digits}")).is_ok(),
        _ => false,
    }
}

/// Tells whether eight digits are a day, such as 20261231: logs are full of them.
fn is_day(digits: &str) -> bool {
    digits.len() == 8 && NaiveDate::parse_from_str(digits, "%Y%m%d").is_ok_and(|day| FIRST_DAY <= day && day < LAST_DAY)
}

/// A colon may stand there as it is, or as a URL has it.
fn ends_with_code(before: &[u8], code: &str) -> bool {
    [":", "%3A", "%253A"].iter().any(|colon| {
        let whole = format!("{code}{colon}");
        let tail = before.len().checked_sub(whole.len()).and_then(|start| before.get(start..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(whole.as_bytes()))
    })
}

const SECTOR_CODES: [&str; 2] = ["s00000000", "s00000001"];
const MOST_LINES: usize = 5;
const FIRST_DAY: NaiveDate = day(1990);
const LAST_DAY: NaiveDate = day(2100);

const fn day(year: i32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, 1, 1) {
        Some(day) => day,
        None => NaiveDate::MIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_by_their_lines() {
        let log = b"nothing\nuser s00000000:900029365 in\nNameID=S00000000%3A900029365\nid 123456782, 111222333.\nshort 12345672\n";
        let found = search(&log[..]).unwrap();
        assert_eq!(found.with_sector_code.first, [2, 3]);
        assert_eq!(found.bare.first, [4, 4, 5]);
    }

    #[test]
    fn what_is_no_bsn_is_passed_over() {
        for line in ["123456789", "1234567820", "20260105", "000000000", "a1b2c3", "0x9000293651", "s00000000:"] {
            assert_eq!(search(line.as_bytes()).unwrap(), Found::default(), "{line}");
        }
    }

    #[test]
    fn the_report_has_lines_and_no_number() {
        let log = "900029365\n".repeat(7);
        let seen = judge("portal.log", &search(log.as_bytes()).unwrap());
        assert_eq!(seen.found, "portal.log: a number that may be a BSN 7 times (lines 1, 2, 3, 4, 5, ...)");
        assert!(!format!("{seen:?}").contains("900029365"));
    }
}
