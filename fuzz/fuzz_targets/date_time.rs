//! Properties: what is accepted as a time, chrono reads as the same moment; and what is written is read again as the
//! same moment, in whole milliseconds.

#![no_main]

use chrono::{DateTime, SubsecRound, Utc};
use libfuzzer_sys::fuzz_target;
use saml_protocol::{format_date_time, parse_date_time};

fuzz_target!(|text: &str| {
    let Some(time) = parse_date_time(text) else {
        // What we write is always read.
        if let Ok(theirs) = DateTime::parse_from_rfc3339(text) {
            assert_ne!(format_date_time(theirs.to_utc()), text);
        }
        return;
    };
    let theirs: DateTime<Utc> = DateTime::parse_from_rfc3339(text).expect("what ours accepts, chrono reads").to_utc();
    assert_eq!(time, theirs);
    let written = format_date_time(time);
    assert_eq!(parse_date_time(&written), Some(time.trunc_subsecs(3)), "{written}");
});
