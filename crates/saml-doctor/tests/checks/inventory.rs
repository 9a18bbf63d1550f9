//! The inventory of certificates.

use saml_config::ConfigFile;
use saml_doctor::{Owner, Subject, inventory};

use crate::world::{Base, Draft, OIN};

#[test]
fn every_certificate_of_configuration_and_metadata_is_listed() {
    let draft = Draft::new(Base::Broker);
    let config = ConfigFile::parse(&draft.text).unwrap();
    let subject = Subject::new(&config, draft.environment, &draft.folder, draft.at).unwrap();
    let list = inventory(&subject.danger_with_roots(draft.roots.clone()));
    let places: Vec<&str> = list.iter().map(|entry| entry.place.as_str()).collect();
    assert_eq!(
        &places[..6],
        [
            "keys.signing",
            "keys.next",
            "signicat.pkioverheid_certificate",
            "signicat.digid_metadata",
            "registration.registered_metadata",
            "registration.registered_metadata",
        ]
    );
    assert_eq!(list.iter().filter(|entry| entry.place == "keys.issuers").count(), 6);
    assert!(list.iter().any(|entry| entry.owner == Owner::Partner && entry.role == "signing"));
    let facts = |place: &str| list.iter().find(|entry| entry.place == place).unwrap().facts.clone().unwrap();
    let (pkio, own) = (facts("signicat.pkioverheid_certificate"), facts("keys.signing"));
    assert_eq!((pkio.oin.as_deref(), pkio.generation), (Some(OIN), Some(pkioverheid::Generation::G1)));
    assert_eq!((own.oin, own.generation), (None, None));
    assert_eq!((pkio.sha256.len(), pkio.sha1_key_name.len()), (64, 40));
    assert!(
        !pkio.serial.is_empty() && pkio.organisation == "TEST Gemeente Voorbeeld" && pkio.not_before < pkio.not_after
    );
    assert_eq!(pkio, facts("signicat.digid_metadata"));
}

#[test]
fn a_file_that_cannot_be_read_is_listed_with_the_reason() {
    let draft = Draft::new(Base::Digid);
    draft.write("client.crt.pem", "no certificate");
    let config = ConfigFile::parse(&draft.text).unwrap();
    let subject = Subject::new(&config, draft.environment, &draft.folder, draft.at).unwrap();
    let list = inventory(&subject);
    let client = list.iter().find(|entry| entry.place == "back_channel.client").unwrap();
    assert!(client.facts.clone().unwrap_err().contains("client.crt.pem: expected an X.509 certificate"));
    assert_eq!(client.role, "TLS client");
}
