//! What each of the rules reads, and what it refuses.

use saml_name_id::{Bsn, Error, Identity, NameIdRules, Pseudonym, SectorCode, SofiNumber};

fn bsn(digits: &str) -> Result<Identity, Error> {
    Ok(Identity::Bsn(Bsn::parse(digits)?))
}

fn sofi(digits: &str) -> Result<Identity, Error> {
    Ok(Identity::Sofi(SofiNumber::parse(digits)?))
}

fn bsn_only() -> NameIdRules {
    NameIdRules::sectoral(&[SectorCode::Bsn])
}

fn either_form() -> NameIdRules {
    NameIdRules::sectoral_or_stripped(&[SectorCode::Bsn, SectorCode::Sofi], SectorCode::Bsn)
}

#[test]
fn the_sector_code_is_read_in_either_case() {
    let rules = NameIdRules::sectoral(&[SectorCode::Bsn, SectorCode::Sofi]);

    for text in ["s00000000:900029365", "S00000000:900029365"] {
        assert_eq!(rules.read(text), bsn("900029365"));
        assert_eq!(either_form().read(text), bsn("900029365"));
    }
    for text in ["s00000001:900029365", "S00000001:900029365"] {
        assert_eq!(rules.read(text), sofi("900029365"));
        assert_eq!(either_form().read(text), sofi("900029365"));
    }
}

#[test]
fn a_sector_that_is_not_configured_is_rejected() {
    let unexpected =
        |expected: &[SectorCode], found| Err(Error::NameIdSectorUnexpected { expected: expected.to_vec(), found });
    let (bsn, sofi) = (SectorCode::Bsn, SectorCode::Sofi);

    assert_eq!(bsn_only().read("s00000001:900029365"), unexpected(&[bsn], Some(sofi)));
    assert_eq!(bsn_only().read("s00000002:900029365"), unexpected(&[bsn], None));
    assert_eq!(NameIdRules::sectoral(&[sofi]).read("s00000000:900029365"), unexpected(&[sofi], Some(bsn)));
    assert_eq!(NameIdRules::sectoral(&[]).read("s00000000:900029365"), unexpected(&[], Some(bsn)));
    assert_eq!(
        NameIdRules::sectoral_or_stripped(&[bsn], bsn).read("s00000001:900029365"),
        unexpected(&[bsn], Some(sofi))
    );
}

#[test]
fn the_number_after_the_sector_code_is_checked() {
    for rules in [bsn_only(), either_form()] {
        assert_eq!(rules.read("s00000000:123456789"), Err(Error::BsnElevenTest));
        assert_eq!(rules.read("s00000000:000000000"), Err(Error::BsnAllZero));
        assert_eq!(rules.read("s00000000:12345678"), Err(Error::BsnLength { found: 8 }));
        assert_eq!(rules.read("s00000000:"), Err(Error::BsnLength { found: 0 }));
        assert_eq!(rules.read("s00000000:90002936x"), Err(Error::BsnNotDigits));
        assert_eq!(rules.read("s00000000: 900029365"), Err(Error::BsnLength { found: 10 }));
        assert_eq!(rules.read("s00000000::900029365"), Err(Error::BsnLength { found: 10 }));
        assert_eq!(rules.read("s00000000:s00000000:900029365"), Err(Error::BsnLength { found: 19 }));
    }
}

#[test]
fn a_bare_number_is_rejected_where_a_sector_code_is_demanded() {
    assert_eq!(bsn_only().read("900029365"), Err(Error::NameIdSectorMissing));
    assert_eq!(either_form().read("900029365"), bsn("900029365"));
}

#[test]
fn a_text_of_another_form_is_not_sectoral() {
    for text in [
        "alice",
        "alice@example.org",
        ":900029365",
        "00000000:900029365",
        "s0000000:900029365",
        "x00000000:900029365",
        "s00000000 :900029365",
        "s00000000",
        "s00000000\u{ff1a}900029365",
    ] {
        assert_eq!(bsn_only().read(text), Err(Error::NameIdNotSectoral), "{text:?}");
    }
}

#[test]
fn a_stripped_number_is_what_configuration_says() {
    assert_eq!(NameIdRules::stripped(SectorCode::Bsn).read("900029365"), bsn("900029365"));
    assert_eq!(NameIdRules::stripped(SectorCode::Sofi).read("900029365"), sofi("900029365"));
    assert_eq!(NameIdRules::sectoral_or_stripped(&[], SectorCode::Sofi).read("900029365"), sofi("900029365"));
}

#[test]
fn a_sector_code_is_rejected_where_it_is_stripped() {
    let rules = NameIdRules::stripped(SectorCode::Bsn);

    for text in ["s00000000:900029365", "S00000001:900029365", "s00000009:900029365"] {
        assert_eq!(rules.read(text), Err(Error::NameIdSectorPresent), "{text}");
    }
}

#[test]
fn a_stripped_number_is_checked() {
    for rules in [NameIdRules::stripped(SectorCode::Bsn), either_form()] {
        assert_eq!(rules.read("123456789"), Err(Error::BsnElevenTest));
        assert_eq!(rules.read("000000000"), Err(Error::BsnAllZero));
        assert_eq!(rules.read("12345678"), Err(Error::BsnLength { found: 8 }));
        assert_eq!(rules.read("90002936x"), Err(Error::BsnNotDigits));
    }
}

#[test]
fn xml_white_space_around_a_number_is_left_out() {
    for text in ["s00000000:900029365\n", "\r\n\t  s00000000:900029365 \n"] {
        assert_eq!(bsn_only().read(text), bsn("900029365"), "{text:?}");
        assert_eq!(either_form().read(text), bsn("900029365"), "{text:?}");
    }
    assert_eq!(NameIdRules::stripped(SectorCode::Bsn).read("\n900029365\n"), bsn("900029365"));
}

#[test]
fn white_space_of_any_other_kind_around_a_number_is_rejected() {
    for text in ["\u{a0}900029365", "900029365\u{2003}", "900029365\u{b}", "900029365\u{200b}", "900029365\0"] {
        assert_eq!(NameIdRules::stripped(SectorCode::Bsn).read(text), Err(Error::BsnLength { found: 10 }), "{text:?}");
    }
}

#[test]
fn a_name_without_text_is_rejected_by_all_rules() {
    let all = [bsn_only(), NameIdRules::stripped(SectorCode::Bsn), either_form(), NameIdRules::pseudonym()];

    for rules in all {
        for text in ["", " ", "\r\n\t"] {
            assert_eq!(rules.read(text), Err(Error::NameIdEmpty), "{rules:?} {text:?}");
        }
    }
}

#[test]
fn a_pseudonym_is_kept_byte_for_byte() {
    let rules = NameIdRules::pseudonym();

    for text in ["alice@example.org", "Zoë", "s00000000:900029365", "900029365"] {
        assert_eq!(rules.read(text), Pseudonym::parse(text).map(Identity::Pseudonym));
        assert!(matches!(rules.read(text), Ok(Identity::Pseudonym(name)) if name.expose() == text));
    }
}

#[test]
fn white_space_around_a_pseudonym_is_rejected() {
    assert_eq!(NameIdRules::pseudonym().read("alice\n"), Err(Error::NameIdSurroundingWhiteSpace));
}

#[test]
fn no_error_carries_a_part_of_the_name() {
    let all = [bsn_only(), NameIdRules::stripped(SectorCode::Bsn), either_form(), NameIdRules::pseudonym()];
    let canary = "74839201";
    let texts = [
        format!("s{canary}:{canary}5"),
        format!("s00000001:{canary}"),
        format!("{canary}5"),
        format!(" {canary}"),
        format!("x{canary}:{canary}"),
        format!("s00000000:{canary}x"),
        format!("{canary}\0{canary}"),
    ];

    for rules in all {
        for text in &texts {
            if let Err(error) = rules.read(text) {
                assert!(!format!("{error} {error:?} {}", error.code()).contains(canary), "{error:?}");
            }
        }
    }
}

#[test]
fn every_error_has_its_own_code() {
    let errors = [
        Error::BsnAllZero,
        Error::BsnElevenTest,
        Error::BsnLength { found: 8 },
        Error::BsnNotDigits,
        Error::NameIdControlCharacter,
        Error::NameIdEmpty,
        Error::NameIdNotSectoral,
        Error::NameIdSectorMissing,
        Error::NameIdSectorPresent,
        Error::NameIdSectorUnexpected { expected: vec![], found: None },
        Error::NameIdSurroundingWhiteSpace,
    ];

    let codes: Vec<_> = errors.iter().map(Error::code).collect();

    assert_eq!(
        codes,
        [
            "bsn_all_zero",
            "bsn_eleven_test",
            "bsn_length",
            "bsn_not_digits",
            "name_id_control_character",
            "name_id_empty",
            "name_id_not_sectoral",
            "name_id_sector_missing",
            "name_id_sector_present",
            "name_id_sector_unexpected",
            "name_id_surrounding_white_space",
        ]
    );
}

#[test]
fn a_sofi_number_is_given_as_it_was_read() {
    assert_eq!(SofiNumber::parse("900029365").unwrap().expose(), "900029365");
}
