//! The structure of an OIN, and where it stands.

use openssl::hash::MessageDigest;
use pkioverheid::{Error, Oin, OinRegister};

use crate::world::{G1_PAIR, G4_PAIR, OIN, certificate, rsa};

fn form(expected: &'static str) -> Result<Oin, Error> {
    Err(Error::OinForm { expected })
}

#[test]
fn an_oin_has_twenty_digits() {
    assert_eq!(Oin::parse(OIN).unwrap().as_str(), OIN);
    for wrong in ["", "0000000416690991300", "000000041669099130000", "0000000416690991300A", " 0000000416690991300"] {
        assert_eq!(Oin::parse(wrong), form("20 ASCII digits"), "{wrong}");
    }
    // Twenty bytes, but not twenty digits: Arabic-Indic digits, and a character over the end of the prefix.
    assert_eq!(
        Oin::parse("\u{660}\u{660}\u{660}\u{660}\u{660}\u{660}\u{660}\u{660}\u{660}\u{660}"),
        form("20 ASCII digits")
    );
    assert_eq!(Oin::parse("0000000\u{e9}16690991300"), form("20 ASCII digits"));
    assert_eq!(Oin::parse("\0").unwrap_err().code(), "oin_form");
}

#[test]
fn the_prefix_of_an_oin_names_a_register() {
    let read = |oin: &str| Oin::parse(oin).map(|oin| (oin.register(), oin.number().to_owned()));
    for (oin, register, number) in [
        ("00000001823288444000", OinRegister::Rsin, "823288444"),
        ("00000002123456789000", OinRegister::FiNumber, "123456789"),
        ("00000003123456780000", OinRegister::Kvk, "12345678"),
        ("00000004166909913000", OinRegister::SubOin, "166909913"),
        ("00000006100000000000", OinRegister::Logius, "100000000"),
        ("00000007100000001000", OinRegister::Brin, "100000001"),
        ("00000008100000002000", OinRegister::Foreign, "100000002"),
        ("00000009123456780000", OinRegister::Uzi, "12345678"),
        ("00000010100000003000", OinRegister::TrrBd, "100000003"),
        ("00000099999999910000", OinRegister::Test, "999999910"),
    ] {
        assert_eq!(read(oin), Ok((register, number.to_owned())));
    }
    for prefix in ["00000000", "00000005", "00000011", "10000001", "00000098"] {
        let error = Oin::parse(&format!("{prefix}166909913000")).unwrap_err();
        assert_eq!((error.code(), error), ("oin_prefix", Error::OinPrefix { found: prefix.to_owned() }));
    }
}

#[test]
fn an_oin_ends_with_zeros() {
    assert!(Oin::parse("00000001823288444000").is_ok());
    assert_eq!(Oin::parse("00000001823288444001"), form("zeros behind the number"));
    assert!(Oin::parse("00000003123456780000").is_ok());
    assert_eq!(Oin::parse("00000003123456781000"), form("zeros behind the number"));
}

#[test]
fn the_number_of_an_oin_is_not_zero() {
    assert!(Oin::parse("00000003000000010000").is_ok());
    assert_eq!(Oin::parse("00000003000000000000"), form("a number that is not zero"));
}

#[test]
fn the_oin_is_read_from_the_serial_number_of_the_subject() {
    assert_eq!(G1_PAIR.certificate().oin().unwrap().to_string(), OIN);
    assert_eq!(format!("{:?}", G4_PAIR.certificate().oin().unwrap()), format!("Oin({OIN})"));
}

#[test]
fn a_subject_has_one_serial_number() {
    let key = rsa(2048);
    let oin = |subject: &[(&str, &str)]| certificate(&key, subject, None, MessageDigest::sha256(), |_| {}).oin();
    assert_eq!(oin(&[("CN", "a"), ("serialNumber", OIN)]).unwrap().as_str(), OIN);
    let error = oin(&[("CN", OIN)]).unwrap_err();
    assert_eq!((error.code(), error), ("oin_missing", Error::OinMissing { found: 0 }));
    let twice = [("serialNumber", OIN), ("serialNumber", "00000001823288444000"), ("CN", "a")];
    assert_eq!(oin(&twice), Err(Error::OinMissing { found: 2 }));
    assert_eq!(oin(&[("serialNumber", "12345")]), form("20 ASCII digits"));
}
