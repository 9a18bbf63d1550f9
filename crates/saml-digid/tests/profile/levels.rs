//! The levels of assurance, in both vocabularies.

use saml_digid::{Environment, LevelOfAssurance, Profile};

use crate::answers::{Case, broker, digid};

/// Level, class of DigiD, class of eToegang, English and Dutch name (Signicat, DigiD levels of assurance).
const TABLE: [(LevelOfAssurance, &str, &str, &str, &str); 4] = [
    (
        LevelOfAssurance::Basic,
        "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
        "urn:etoegang:core:assurance-class:loa2",
        "basic",
        "basis",
    ),
    (
        LevelOfAssurance::Middle,
        "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract",
        "urn:etoegang:core:assurance-class:loa2plus",
        "middle",
        "midden",
    ),
    (
        LevelOfAssurance::Substantial,
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard",
        "urn:etoegang:core:assurance-class:loa3",
        "substantial",
        "substantieel",
    ),
    (
        LevelOfAssurance::High,
        "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI",
        "urn:etoegang:core:assurance-class:loa4",
        "high",
        "hoog",
    ),
];

fn at_broker(floor: LevelOfAssurance) -> Case {
    let authorities = [Environment::PreProduction.digid().to_owned()];
    Case { profile: Profile::signicat_broker(Environment::PreProduction, floor, authorities).unwrap(), ..broker() }
}

#[test]
fn each_level_is_known_by_both_classes_and_both_names() {
    for (level, class, etoegang, english, dutch) in TABLE {
        assert_eq!((level.authn_context_class(), level.etoegang_class()), (class, etoegang));
        assert_eq!((level.name(), level.dutch_name()), (english, dutch));
        for uri in [class, etoegang] {
            assert_eq!(LevelOfAssurance::from_uri(uri), Some(level));
        }
        for name in [english, dutch] {
            assert_eq!(LevelOfAssurance::from_name(name), Some(level));
        }
    }
}

#[test]
fn what_is_no_level_is_not_read_as_one() {
    for uri in [
        "",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:smartcard",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI ",
        "urn:etoegang:core:assurance-class:loa1",
        "urn:etoegang:core:assurance-class:loa5",
        "high",
    ] {
        assert_eq!(LevelOfAssurance::from_uri(uri), None, "{uri}");
    }
    for name in ["", "Hoog", "loa3", "25"] {
        assert_eq!(LevelOfAssurance::from_name(name), None, "{name}");
    }
}

#[test]
fn levels_are_ordered_from_low_to_high() {
    assert_eq!(LevelOfAssurance::ALL, TABLE.map(|row| row.0));
    assert!(LevelOfAssurance::ALL.is_sorted());
}

#[test]
fn a_broker_may_answer_in_either_vocabulary_and_not_below_the_floor() {
    for (floor, ..) in TABLE {
        for (reached, class, etoegang, ..) in TABLE {
            for uri in [class, etoegang] {
                let case = at_broker(floor).at_level(uri);
                if reached >= floor {
                    case.accepted();
                } else {
                    case.rejected("level_too_low");
                }
            }
        }
    }
}

#[test]
fn a_broker_may_not_answer_below_what_was_asked_for() {
    for (requested, asked, ..) in TABLE {
        for (reached, class, etoegang, ..) in TABLE {
            for uri in [class, etoegang] {
                let case = at_broker(LevelOfAssurance::Basic).at_level(uri).requested(asked);
                if reached >= requested {
                    case.accepted();
                } else {
                    case.rejected("level_too_low");
                }
            }
        }
    }
}

#[test]
fn asking_for_less_does_not_lower_the_floor() {
    let (low, middle) = (LevelOfAssurance::Basic.authn_context_class(), LevelOfAssurance::Middle.authn_context_class());

    at_broker(LevelOfAssurance::Substantial).at_level(middle).requested(low).rejected("level_too_low");
    digid(LevelOfAssurance::Substantial).at_level(middle).requested(low).rejected("level_too_low");
}

#[test]
fn digid_answers_in_its_own_vocabulary_only() {
    for (_, class, etoegang, ..) in TABLE {
        digid(LevelOfAssurance::Basic).at_level(class).accepted();
        digid(LevelOfAssurance::Basic).at_level(etoegang).rejected("level_unknown");
    }
}

#[test]
fn digid_may_not_answer_below_the_floor() {
    for (floor, ..) in TABLE {
        for (reached, class, ..) in TABLE {
            let case = digid(floor).at_level(class);
            if reached >= floor {
                case.accepted();
            } else {
                case.rejected("level_too_low");
            }
        }
    }
}

#[test]
fn a_class_that_is_not_known_is_rejected() {
    for unknown in ["urn:oasis:names:tc:SAML:2.0:ac:classes:X509", "urn:etoegang:core:assurance-class:loa1"] {
        at_broker(LevelOfAssurance::Basic).at_level(unknown).rejected("level_unknown");
        digid(LevelOfAssurance::Basic).at_level(unknown).rejected("level_unknown");
    }
}
