//! What the broker answers.

use saml_bindings::{MessageParameter, PostForm};
use saml_digid::{LevelOfAssurance, SIMULATOR};
use saml_forge::{Answer, Answered, Failure, Identifiers, Login, Outcome};
use saml_xml_security::{SignOptions, random_bytes, sign};

use crate::portal::{BROKER, BROKER_KEY, acs, entity_id, now};

pub(crate) const BSN: &str = "900026236";

/// The fields of a form.
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn none() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn new(name: &str, value: &str) -> Self {
        Self(vec![(name.to_owned(), value.to_owned())])
    }

    pub(crate) fn and(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn encoded(&self) -> String {
        let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let pairs: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        pairs.join("&")
    }
}

/// Returns the answer that somebody logged in.
pub(crate) fn login(request_id: &str) -> Fields {
    login_at(request_id, LevelOfAssurance::Substantial)
}

pub(crate) fn login_at(request_id: &str, level: LevelOfAssurance) -> Fields {
    let login = Login::new(&format!("s00000000:{BSN}"), SIMULATOR, level.authn_context_class());
    form(&answer(request_id, Outcome::Login(login)))
}

/// Returns the XML of the answer that somebody logged in.
pub(crate) fn login_answer(request_id: &str) -> String {
    let level = LevelOfAssurance::Substantial.authn_context_class();
    let login = Login::new(&format!("s00000000:{BSN}"), SIMULATOR, level);
    answer(request_id, Outcome::Login(login)).write(&BROKER_KEY).unwrap()
}

/// Returns the form of an answer that names no request, signed.
pub(crate) fn unsolicited(answer: &str) -> Fields {
    let mut parts = answer.split(" InResponseTo=\"");
    let mut xml = parts.next().unwrap().to_owned();
    for part in parts {
        xml.push_str(part.split_once('"').unwrap().1);
    }
    assert!(!xml.contains("InResponseTo"));
    let unsigned = without_signatures(&xml);
    let signed = sign(&unsigned, &BROKER_KEY, &SignOptions::default()).unwrap();
    let form = PostForm::new(&acs(), MessageParameter::SamlResponse, &signed, None).unwrap();
    Fields::new("SAMLResponse", form.message_base64())
}

fn without_signatures(xml: &str) -> String {
    let mut parts = xml.split("<ds:Signature ");
    let mut unsigned = parts.next().unwrap().to_owned();
    for part in parts {
        unsigned.push_str(part.split_once("</ds:Signature>").unwrap().1);
    }
    unsigned
}

pub(crate) fn failure(request_id: &str, failure: Failure) -> Fields {
    form(&answer(request_id, Outcome::Failure(failure)))
}

pub(crate) fn form(answer: &Answer) -> Fields {
    let xml = answer.write(&BROKER_KEY).unwrap();
    let form = PostForm::new(&acs(), MessageParameter::SamlResponse, &xml, None).unwrap();
    Fields::new("SAMLResponse", form.message_base64())
}

pub(crate) fn answer(request_id: &str, outcome: Outcome) -> Answer {
    let request = Answered {
        request_id: request_id.to_owned(),
        service_provider: entity_id(),
        assertion_consumer_service: acs(),
    };
    let identifiers = Identifiers::from_random(random_bytes().unwrap());
    Answer::signicat(&format!("{BROKER}/broker/sp/saml"), request, identifiers, now(), outcome)
}
