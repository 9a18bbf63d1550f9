//! A production profile lets no test login in, and each profile has its own authorities and names.

use saml_digid::{
    DIGID_PRE_PRODUCTION, DIGID_PRODUCTION, Environment, LevelOfAssurance, Profile, ProfileName, SIMULATOR,
};
use saml_response::SignatureRequirement;

use crate::answers::{Case, broker, digid};

fn profile(environment: Environment, authorities: &[&str]) -> Result<Profile, saml_digid::ConfigError> {
    let authorities = authorities.iter().map(|authority| (*authority).to_owned());
    Profile::signicat_broker(environment, LevelOfAssurance::Middle, authorities)
}

fn login(environment: Environment, authorities: &[&str], authority: &str) -> Case {
    let mut case = Case { profile: profile(environment, authorities).unwrap(), ..broker() };
    authority.clone_into(&mut case.login.authority);
    case
}

#[test]
fn a_production_profile_with_a_test_authority_cannot_be_made() {
    assert!(profile(Environment::Production, &[DIGID_PRODUCTION]).is_ok());
    for test in [SIMULATOR, DIGID_PRE_PRODUCTION, " simulator ", "simulator\n"] {
        let error = profile(Environment::Production, &[DIGID_PRODUCTION, test]).unwrap_err();
        assert_eq!(error.code(), "config_test_authority");
        assert!(profile(Environment::PreProduction, &[test]).is_ok());
    }
}

#[test]
fn a_broker_profile_without_authorities_cannot_be_made() {
    for environment in [Environment::PreProduction, Environment::Production] {
        let error = profile(environment, &[]).unwrap_err();
        assert_eq!(error.code(), "config_no_authority");
        assert!(error.to_string().contains(environment.digid()));
    }
}

#[test]
fn a_login_at_the_simulator_is_rejected_in_production() {
    login(Environment::Production, &[DIGID_PRODUCTION], DIGID_PRODUCTION).accepted();
    login(Environment::Production, &[DIGID_PRODUCTION], SIMULATOR).rejected("authenticating_authority");
}

#[test]
fn a_login_at_pre_production_is_rejected_in_production() {
    login(Environment::Production, &[DIGID_PRODUCTION], DIGID_PRE_PRODUCTION).rejected("authenticating_authority");
}

#[test]
fn the_simulator_is_let_in_only_where_it_is_named() {
    login(Environment::PreProduction, &[DIGID_PRE_PRODUCTION, SIMULATOR], SIMULATOR).accepted();
    login(Environment::PreProduction, &[DIGID_PRE_PRODUCTION], SIMULATOR).rejected("authenticating_authority");
}

#[test]
fn each_environment_has_its_own_digid() {
    assert_eq!(Environment::Production.digid(), "https://was.digid.nl/saml/idp/metadata");
    assert_eq!(Environment::PreProduction.digid(), "https://was-preprod1.digid.nl/saml/idp/metadata");
}

#[test]
fn each_profile_has_its_name() {
    let names = ProfileName::ALL.map(ProfileName::as_str);

    assert_eq!(names, ["digid", "signicat-broker", "st-saml", "web-sso"]);
    assert_eq!(digid(LevelOfAssurance::Basic).profile.name(), ProfileName::Digid);
    assert_eq!(broker().profile.name(), ProfileName::SignicatBroker);
    assert_eq!(Profile::web_sso().name(), ProfileName::WebSso);
}

#[test]
fn digid_must_sign_the_assertion_and_a_broker_either() {
    let requirement = |profile: &Profile| profile.response().signatures();

    assert_eq!(requirement(&digid(LevelOfAssurance::Basic).profile), SignatureRequirement::Assertion);
    assert_eq!(requirement(&broker().profile), SignatureRequirement::AssertionOrResponse);
    let stricter = broker().profile.with_signatures(SignatureRequirement::Assertion);
    assert_eq!(requirement(&stricter), SignatureRequirement::Assertion);
}
