//! From NameID and attributes to who logged in.

use saml_digid::{AttributeNames, LevelOfAssurance, Profile};
use saml_forge::Attribute;
use saml_name_id::{Bsn, Identity, NameIdRules, SectorCode};

use crate::answers::{BSN, Case, OTHER_BSN, broker, digid, with_attributes, with_name_id};

fn bsn(text: &str) -> Bsn {
    Bsn::parse(text).unwrap()
}

#[test]
fn a_sector_code_is_read_in_either_case() {
    for name_id in [format!("s00000000:{BSN}"), format!("S00000000:{BSN}"), format!("\n s00000000:{BSN} \n")] {
        let subject = with_name_id(&name_id).accepted();
        assert_eq!(subject.identity, Identity::Bsn(bsn(BSN)));
        assert_eq!(subject.acting, None);
    }
}

#[test]
fn a_broker_may_strip_the_sector_code() {
    assert_eq!(with_name_id(BSN).accepted().identity, Identity::Bsn(bsn(BSN)));
}

#[test]
fn digid_itself_never_strips_the_sector_code() {
    let with = |name_id: &str| {
        let mut case = digid(LevelOfAssurance::Basic);
        name_id.clone_into(&mut case.login.name_id);
        case
    };

    with(&format!("S00000000:{BSN}")).accepted();
    with(BSN).rejected("name_id_sector_missing");
}

#[test]
fn another_sector_cancels_the_login() {
    for sector in ["s00000001", "S00000001", "s00000002", "s10000000"] {
        let name_id = format!("{sector}:{BSN}");
        with_name_id(&name_id).rejected("name_id_sector_unexpected");
        let mut direct = digid(LevelOfAssurance::Basic);
        direct.login.name_id = name_id;
        direct.rejected("name_id_sector_unexpected");
    }
}

#[test]
fn a_name_id_that_holds_no_bsn_is_rejected() {
    for (name_id, code) in [
        ("s00000000:000000000", "bsn_all_zero"),
        ("s00000000:123456789", "bsn_eleven_test"),
        ("s00000000:90002623", "bsn_length"),
        ("s00000000:9000262360", "bsn_length"),
        ("s00000000:90002623x", "bsn_not_digits"),
        ("s00000000:", "bsn_length"),
        ("s0000000:900026236", "name_id_not_sectoral"),
        ("bsn:900026236", "name_id_not_sectoral"),
        ("pseudonym", "bsn_not_digits"),
    ] {
        with_name_id(name_id).rejected(code);
    }
}

#[test]
fn which_form_a_broker_sends_can_be_fixed() {
    let with = |rules, name_id: &str| {
        let case = with_name_id(name_id);
        Case { profile: case.profile.clone().with_name_id(rules), ..case }
    };
    let (sectoral, bare) = (format!("s00000000:{BSN}"), BSN);

    with(NameIdRules::sectoral(&[SectorCode::Bsn]), &sectoral).accepted();
    with(NameIdRules::sectoral(&[SectorCode::Bsn]), bare).rejected("name_id_sector_missing");
    with(NameIdRules::stripped(SectorCode::Bsn), bare).accepted();
    with(NameIdRules::stripped(SectorCode::Bsn), &sectoral).rejected("name_id_sector_present");
}

#[test]
fn any_identity_provider_gives_pseudonyms_and_never_a_bsn() {
    let mut case = Case { profile: Profile::web_sso(), ..with_name_id(BSN) };
    assert_eq!(case.accepted().identity.kind(), "pseudonym");

    case.login.name_id = "user@example.nl ".to_owned();
    case.rejected("name_id_surrounding_white_space");
}

#[test]
fn attributes_that_name_the_same_person_are_accepted() {
    let case = with_attributes(&[("nin", BSN), ("idpId", &format!("s00000000:{BSN}"))]);

    assert_eq!(case.accepted().identity, Identity::Bsn(bsn(BSN)));
    with_attributes(&[("idpId", BSN)]).accepted();
}

#[test]
fn a_nin_of_another_person_is_rejected() {
    let error = with_attributes(&[("nin", OTHER_BSN)]).rejected("nin_conflict");

    assert_eq!(
        (error.record().expected.to_string().as_str(), error.record().found.to_string().as_str()),
        ("the person of the NameID", "another person")
    );
}

#[test]
fn a_sector_code_stripped_of_the_name_id_may_stand_in_the_idp_id() {
    let stripped = |idp_id: &str| {
        let mut case = with_attributes(&[("idpId", idp_id)]);
        case.profile = case.profile.with_name_id(NameIdRules::stripped(SectorCode::Bsn));
        case.login.name_id = BSN.to_owned();
        case
    };
    stripped(BSN).accepted();
    stripped(&format!("s00000000:{BSN}")).accepted();
    stripped(&format!("s00000000:{OTHER_BSN}")).rejected("idp_id_conflict");
}

#[test]
fn an_idp_id_of_another_person_is_rejected() {
    with_attributes(&[("idpId", &format!("s00000000:{OTHER_BSN}"))]).rejected("idp_id_conflict");
}

#[test]
fn an_attribute_that_is_no_bsn_is_rejected() {
    with_attributes(&[("nin", "")]).rejected("bsn_length");
    with_attributes(&[("nin", "123456789")]).rejected("bsn_eleven_test");
    with_attributes(&[("nin", &format!("s00000000:{BSN}"))]).rejected("bsn_length");
    with_attributes(&[("idpId", &format!("s00000001:{BSN}"))]).rejected("name_id_sector_unexpected");
    with_attributes(&[("actingNin", "000000000")]).rejected("bsn_all_zero");
}

#[test]
fn an_attribute_with_two_values_names_nobody() {
    for name in ["nin", "idpId", "actingNin"] {
        let mut case = broker();
        case.login.attributes =
            vec![Attribute { name: name.to_owned(), values: vec![BSN.to_owned(), OTHER_BSN.to_owned()] }];
        let error = case.rejected("identity_ambiguous");
        assert_eq!(error.record().found, "2 values");
    }
}

#[test]
fn an_attribute_without_a_value_names_nobody() {
    for name in ["nin", "idpId", "actingNin"] {
        let mut case = broker();
        case.login.attributes = vec![Attribute { name: name.to_owned(), values: Vec::new() }];
        case.rejected("identity_ambiguous");
    }
}

#[test]
fn somebody_who_acts_for_another_is_rejected_unless_that_is_allowed() {
    let case = with_attributes(&[("nin", BSN), ("actingNin", OTHER_BSN)]);
    case.rejected("representation_not_allowed");

    let allowed = Case { profile: case.profile.clone().with_representation(), ..case };
    let subject = allowed.accepted();
    assert_eq!(subject.identity, Identity::Bsn(bsn(BSN)));
    assert_eq!(subject.acting, Some(bsn(OTHER_BSN)));
}

#[test]
fn with_representation_allowed_one_may_still_act_for_oneself() {
    let case = with_attributes(&[("nin", BSN)]);

    let subject = Case { profile: case.profile.clone().with_representation(), ..case }.accepted();
    assert_eq!((subject.identity, subject.acting), (Identity::Bsn(bsn(BSN)), None));
}

/// The login at the broker, whose attributes have other names.
fn renamed(attributes: &[(&str, &str)]) -> Case {
    let names = AttributeNames {
        nin: "urn:example:bsn".to_owned(),
        idp_id: "urn:example:id".to_owned(),
        acting_nin: "urn:example:acting".to_owned(),
    };
    let case = with_attributes(attributes);
    Case { profile: case.profile.clone().with_attributes(names, ["email".to_owned()]), ..case }
}

#[test]
fn the_names_of_attributes_are_configuration() {
    renamed(&[("urn:example:bsn", BSN)]).accepted();
    renamed(&[("urn:example:bsn", OTHER_BSN)]).rejected("nin_conflict");
    renamed(&[("urn:example:id", OTHER_BSN)]).rejected("idp_id_conflict");
    renamed(&[("urn:example:acting", OTHER_BSN)]).rejected("representation_not_allowed");
    // What the names were before means nothing now.
    renamed(&[("nin", OTHER_BSN)]).accepted();
}

#[test]
fn only_attributes_that_were_named_are_kept() {
    let names = |case: Case| -> Vec<String> {
        case.assertion().attributes().iter().map(|attribute| attribute.name().to_owned()).collect()
    };
    let sent = [("nin", BSN), ("email", "a@example.nl"), ("urn:example:bsn", BSN)];

    assert_eq!(names(with_attributes(&sent)), ["nin"]);
    assert_eq!(names(renamed(&sent)), ["email", "urn:example:bsn"]);
    let mut direct = digid(LevelOfAssurance::Basic);
    direct.login.attributes = with_attributes(&sent).login.attributes;
    assert_eq!(names(direct), Vec::<String>::new());
    let any = Case { profile: Profile::web_sso(), ..with_attributes(&sent) };
    assert_eq!(names(any), ["nin", "email", "urn:example:bsn"]);
}

#[test]
fn a_subject_shows_no_digit_of_its_bsn() {
    let case = with_attributes(&[("actingNin", OTHER_BSN)]);
    let subject = Case { profile: case.profile.clone().with_representation(), ..case }.accepted();

    assert_eq!(format!("{subject:?}"), "Subject { identity: Bsn(Bsn(redacted)), acting: Some(Bsn(redacted)) }");
}

#[test]
fn digid_itself_is_no_broker() {
    let direct = digid(LevelOfAssurance::Basic);

    direct.accepted();
    Case { login: broker().login, ..direct }.rejected("authenticating_authority");
}
