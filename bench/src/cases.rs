//! The cases, and how their messages are made.

use chrono::{DateTime, Utc};
use saml_digid::DIGID_PRE_PRODUCTION;
use saml_forge::attack::{self, HARMLESS};
use saml_forge::{Answer, Answered, Attribute, GoodMessage, Identifiers, Keys, Login, Outcome, Signed};
use saml_xml_security::{ContentCipher, SignOptions, SigningKey, encrypt, random_bytes, sign};

use crate::message::{Carrier, Message};
use crate::world::{ACS, ATTACKER_KEY, BROKER, BROKER_4096_KEY, BROKER_KEY, LEVEL, PORTAL, PORTAL_KEY, World};
use crate::{Result, aggregate, hostile};

/// What is measured under one name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

/// How a case is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A large aggregate of metadata is read in a stream, from a file that the system has in memory.
    Aggregate { is_verified: bool },
    /// From the start of the process to its first verdict.
    ColdStart,
    /// Forged messages in turn.
    FloodMean,
    /// The dearest of the forged messages.
    FloodWorst,
    /// One message made to be dear.
    Hostile(hostile::Make),
    /// Messages that are validated, each once.
    Messages,
    /// A file of metadata is read.
    Metadata,
    /// A login is begun.
    Request,
}

impl Case {
    /// Tells whether other implementations are measured as well.
    pub(crate) const fn is_shared(self) -> bool {
        matches!(self.kind, Kind::ColdStart | Kind::Messages | Kind::Metadata | Kind::Request)
    }

    /// Tells whether there is an arithmetic to compare with.
    pub(crate) const fn has_limit(self) -> bool {
        self.is_shared() || matches!(self.kind, Kind::Aggregate { .. })
    }

    /// Returns the microseconds that the case may take, where it is held to a number and not to a ratio.
    pub(crate) fn at_most(self) -> Option<f64> {
        match self.kind {
            Kind::Hostile(_) => Some(5_000.0),
            Kind::FloodWorst => Some(1_000.0),
            // 500 and 280 MB/s.
            Kind::Aggregate { is_verified: false } => Some(aggregate::BYTES as f64 / 500.0),
            Kind::Aggregate { is_verified: true } => Some(aggregate::BYTES as f64 / 280.0),
            _ => None,
        }
    }
}

/// The keys that messages are made with.
pub(crate) struct Signers {
    pub(crate) portal: SigningKey,
    pub(crate) broker: SigningKey,
    pub(crate) broker_4096: SigningKey,
    pub(crate) attacker: SigningKey,
}

impl Signers {
    /// Reads all of them.
    pub(crate) fn read(world: &World) -> Result<Self> {
        Ok(Self {
            portal: world.key(PORTAL_KEY)?,
            broker: world.key(BROKER_KEY)?,
            broker_4096: world.key(BROKER_4096_KEY)?,
            attacker: world.key(ATTACKER_KEY)?,
        })
    }
}

/// Returns every case in the order of the report.
pub(crate) fn all() -> impl Iterator<Item = Case> {
    let hostile = hostile::ALL.iter().map(|(name, make)| Case { name, kind: Kind::Hostile(*make) });
    FIXED.iter().copied().chain(hostile)
}

/// Makes the messages of a case now, as many as `pool` where each is used once.
pub(crate) fn messages(case: Case, keys: &Signers, issued: DateTime<Utc>, pool: usize) -> Result<Vec<Message>> {
    match case.kind {
        Kind::Aggregate { .. } | Kind::Metadata | Kind::Request => Ok(Vec::new()),
        Kind::Messages => (0..pool).map(|number| validated(case.name, keys, issued, number)).collect(),
        Kind::ColdStart => Ok(vec![validated("signed-assertion", keys, issued, 0)?]),
        Kind::FloodMean | Kind::FloodWorst => forged(keys, issued),
        Kind::Hostile(make) => {
            let mut message = make(&base(keys, issued)?, hostile::SIZE)?;
            message.name = case.name.to_owned();
            Ok(vec![message])
        }
    }
}

/// Returns the parts of a plain answer, which the scale varies.
pub(crate) fn answer(
    issued: DateTime<Utc>,
    number: usize,
    attributes: Vec<Attribute>,
    signed: Signed,
) -> Result<Answer> {
    let mut login = Login::new("s00000000:900026236", DIGID_PRE_PRODUCTION, LEVEL.authn_context_class());
    login.attributes = attributes;
    let answered = Answered {
        request_id: request_id(number),
        service_provider: PORTAL.to_owned(),
        assertion_consumer_service: ACS.to_owned(),
    };
    let identifiers = Identifiers::from_random(random_bytes()?);
    let mut answer = Answer::signicat(BROKER, answered, identifiers, issued, Outcome::Login(login));
    answer.signed = signed;
    Ok(answer)
}

/// Makes `count` attributes of `length` characters.
pub(crate) fn attributes(count: usize, length: usize) -> Vec<Attribute> {
    let value = |number| {
        let text = format!("Gemeente Voorbeeld, dossier {number}; aangevraagd & bevestigd. ");
        text.chars().cycle().take(length).collect::<String>()
    };
    (0..count).map(|number| Attribute::new(&format!("urn:example:attribute:{number}"), &value(number))).collect()
}

pub(crate) fn request_id(number: usize) -> String {
    format!("_request{number:06}")
}

pub(crate) fn message(name: &str, number: usize, carrier: Carrier, bytes: impl Into<Vec<u8>>, expect: &str) -> Message {
    Message {
        name: name.to_owned(),
        request_id: request_id(number),
        carrier,
        bytes: bytes.into(),
        expect: expect.to_owned(),
    }
}

fn validated(name: &str, keys: &Signers, issued: DateTime<Utc>, number: usize) -> Result<Message> {
    let usual = |signed, key: &SigningKey| -> Result<String> {
        Ok(answer(issued, number, attributes(13, 120), signed)?.write(key)?)
    };
    let mut carrier = Carrier::Response;
    let (xml, expect) = match name {
        "signed-assertion" => (usual(Signed::Assertion, &keys.broker)?, "accept"),
        "both-signed" => (usual(Signed::Both, &keys.broker)?, "accept"),
        "large" => (answer(issued, number, attributes(100, 320), Signed::Assertion)?.write(&keys.broker)?, "accept"),
        "encrypted" => (encrypted(&usual(Signed::Assertion, &keys.broker)?, keys)?, "accept"),
        "soap-artifact" => {
            carrier = Carrier::Soap;
            (artifact_response(&usual(Signed::Assertion, &keys.broker_4096)?, issued, &keys.broker_4096)?, "accept")
        }
        "rejected-early-signature" => (usual(Signed::Assertion, &keys.attacker)?, "signature_invalid"),
        "rejected-early-audience" => {
            let mut answer = answer(issued, number, attributes(13, 120), Signed::Assertion)?;
            answer.request.service_provider = "https://other.example.nl/saml/metadata".to_owned();
            (answer.write(&keys.broker)?, "audience_restriction")
        }
        other => return Err(format!("no messages are known for the case {other}").into()),
    };
    Ok(message(name, number, carrier, xml, expect))
}

/// Encrypts the signed assertion of `xml` to the portal, and signs the response around it.
fn encrypted(xml: &str, keys: &Signers) -> Result<String> {
    let (head, rest) = xml.split_once("<saml:Assertion").ok_or("expected an assertion")?;
    let (_, tail) = rest.split_once("</saml:Assertion>").ok_or("expected an assertion")?;
    // By itself, the assertion declares the namespaces that it uses.
    let document = saml_xml::Document::parse(xml.as_bytes(), &saml_xml::ParseOptions::message())?;
    let element = document.root().children().last().ok_or("expected an assertion")?;
    let mut plaintext = Vec::new();
    let form = saml_xml::Canonicalization { without: None, inclusive_prefixes: &["xs"] };
    saml_xml::canonicalize(element, &form, &mut plaintext);
    let data = encrypt(&plaintext, keys.portal.verifying_key(), ContentCipher::Aes256Gcm)?;
    let holder =
        format!("{head}<saml:EncryptedAssertion xmlns:saml=\"{ASSERTION}\">{data}</saml:EncryptedAssertion>{tail}");
    Ok(sign(&holder, &keys.broker, &SignOptions::default())?)
}

/// Wraps a response as a broker does on the back channel: `ArtifactResponse` and `Assertion` signed, the `Response`
/// not.
fn artifact_response(response: &str, issued: DateTime<Utc>, key: &SigningKey) -> Result<String> {
    let instant = issued.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let message = format!(
        "<samlp:ArtifactResponse xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_artifact_response\" \
         Version=\"2.0\" IssueInstant=\"{instant}\" InResponseTo=\"_resolve\"><saml:Issuer xmlns:saml=\"{ASSERTION}\">\
         {BROKER}</saml:Issuer><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>\
         </samlp:Status>{response}</samlp:ArtifactResponse>"
    );
    let options = SignOptions { inclusive_prefixes: vec!["xs".to_owned()], ..SignOptions::default() };
    let signed = sign(&message, key, &options)?;
    Ok(format!(
        "<soap11:Envelope xmlns:soap11=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap11:Body>{signed}\
         </soap11:Body></soap11:Envelope>"
    ))
}

/// Returns a good message of usual size with everything that attacks are made from.
fn base(keys: &Signers, issued: DateTime<Utc>) -> Result<GoodMessage> {
    let forge = Keys {
        identity_provider: keys.broker.clone(),
        attacker: keys.attacker.clone(),
        recipient: keys.portal.verifying_key().clone(),
    };
    Ok(GoodMessage::new(&answer(issued, 0, attributes(13, 120), Signed::Both)?, forge, "s00000000:999990019")?)
}

/// Returns each attack that can be posted and is not over 64 KiB, and the hostile messages of that size.
fn forged(keys: &Signers, issued: DateTime<Utc>) -> Result<Vec<Message>> {
    let good = base(keys, issued)?;
    let mut messages = Vec::new();
    for attack in attack::all() {
        let carrier = match attack.carrier {
            attack::Carrier::Form => Carrier::Body,
            attack::Carrier::Response => Carrier::Response,
            attack::Carrier::Soap => Carrier::Soap,
            _ => continue,
        };
        for variant in attack.variants(&good)? {
            if variant.expect != HARMLESS && variant.message.len() <= FLOOD_SIZE {
                let name = format!("{}-{}", attack.id, variant.name);
                messages.push(message(&name, 0, carrier, variant.message, "refuse"));
            }
        }
    }
    for (name, make) in hostile::ALL {
        let mut message = make(&good, FLOOD_SIZE)?;
        message.name = (*name).to_owned();
        if message.carrier != Carrier::Query {
            messages.push(message);
        }
    }
    Ok(messages)
}

pub(crate) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const FLOOD_SIZE: usize = 64 << 10;

const FIXED: &[Case] = &[
    Case { name: "signed-assertion", kind: Kind::Messages },
    Case { name: "both-signed", kind: Kind::Messages },
    Case { name: "encrypted", kind: Kind::Messages },
    Case { name: "large", kind: Kind::Messages },
    Case { name: "soap-artifact", kind: Kind::Messages },
    Case { name: "rejected-early-signature", kind: Kind::Messages },
    Case { name: "rejected-early-audience", kind: Kind::Messages },
    Case { name: "redirect-request", kind: Kind::Request },
    Case { name: "post-request", kind: Kind::Request },
    Case { name: "metadata-one", kind: Kind::Metadata },
    Case { name: "metadata-index", kind: Kind::Aggregate { is_verified: false } },
    Case { name: "metadata-signed", kind: Kind::Aggregate { is_verified: true } },
    Case { name: "cold-start", kind: Kind::ColdStart },
    Case { name: "forged-flood-mean", kind: Kind::FloodMean },
    Case { name: "forged-flood-worst", kind: Kind::FloodWorst },
];
