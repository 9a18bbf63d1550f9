//! Properties: no text makes the readers of identifiers panic; what is accepted as a number passes the eleven-test as
//! it is written here and is the very digits of the text; a number is of one sector; and neither `Debug` nor an error
//! shows any of it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use saml_name_id::{Bsn, Identity, NameIdRules, Pseudonym, SectorCode, SofiNumber};

fuzz_target!(|text: &str| {
    use SectorCode::{Bsn as BsnSector, Sofi};
    let rules = [
        NameIdRules::sectoral(&[BsnSector]),
        NameIdRules::sectoral(&[BsnSector, Sofi]),
        NameIdRules::stripped(BsnSector),
        NameIdRules::sectoral_or_stripped(&[BsnSector], BsnSector),
        NameIdRules::pseudonym(),
    ];
    for (place, rules) in rules.iter().enumerate() {
        let found = rules.read(text);
        shows_nothing(&format!("{found:?}"), text);
        match &found {
            Ok(Identity::Bsn(bsn)) => is_number_in(bsn.expose(), text),
            Ok(Identity::Sofi(number)) => {
                assert_eq!(place, 1, "only where it is configured");
                is_number_in(number.expose(), text);
            }
            Ok(Identity::Pseudonym(pseudonym)) => {
                assert_eq!(place, 4, "only where it is configured");
                assert_eq!(pseudonym.expose(), text);
            }
            Ok(other) => panic!("{} is new", other.kind()),
            Err(error) => shows_nothing(&error.to_string(), text),
        }
        if let Ok(identity) = &found {
            assert!(identity.masked().chars().filter(|character| *character != '*').count() <= 4);
        }
    }
    let accepted = [Bsn::parse(text).is_ok(), SofiNumber::parse(text).is_ok()];
    let digits: Vec<i32> = text.bytes().map(|byte| i32::from(byte) - 48).collect();
    let is_number = digits.len() == 9
        && digits.iter().all(|digit| (0..=9).contains(digit))
        && digits.iter().any(|digit| *digit > 0)
        && (digits.iter().zip((2..=9).rev()).map(|(digit, weight)| digit * (weight)).sum::<i32>() - digits[8]) % 11
            == 0;
    assert_eq!(accepted, [is_number; 2]);
    if let Ok(pseudonym) = Pseudonym::parse(text) {
        shows_nothing(&format!("{pseudonym:?}"), text);
    }
});

fn is_number_in(number: &str, text: &str) {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    assert_eq!(text.rsplit(':').next(), Some(number));
    assert!(Bsn::parse(number).is_ok());
}

/// No four digits in a row of the text, but those of the sector codes, which are no secret.
fn shows_nothing(shown: &str, text: &str) {
    let shown = shown.replace("s00000000", "").replace("s00000001", "");
    for digits in text.as_bytes().windows(4).filter(|digits| digits.iter().all(u8::is_ascii_digit)) {
        let digits = std::str::from_utf8(digits).expect("digits");
        assert!(!shown.contains(digits), "{shown}");
    }
}
