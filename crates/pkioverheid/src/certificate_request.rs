use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::stack::Stack;
use openssl::x509::extension::SubjectAlternativeName;
use openssl::x509::{X509Name, X509Req};

use crate::error::Error;
use crate::oin::Oin;
use crate::pinned_roots::Generation;
use crate::private_key::{PrivateKey, refuse_short};

/// A request for a certificate (PKCS#10) with the fields that PKIoverheid's issuers ask for.
///
/// The country is always NL. Usage and policies are not in it: the issuer sets them after the product that is bought.
/// Who has its certificates at a broker makes no request of its own: the broker's dashboard does.
#[derive(Clone, Debug)]
pub struct CertificateRequest<'a> {
    /// The generation that is asked for.
    pub generation: Generation,
    /// `CN`: the host name, or for a G4 signing certificate the name of the organisation.
    pub common_name: &'a str,
    /// `O`: the name of the organisation in the trade register.
    pub organisation: &'a str,
    /// `OU`.
    pub organisational_unit: Option<&'a str>,
    /// `L`.
    pub locality: Option<&'a str>,
    /// `ST`.
    pub province: Option<&'a str>,
    /// `serialNumber`.
    pub oin: &'a Oin,
    /// `organizationIdentifier`: `NTRNL-` and the eight digits of the trade register. G4 demands it.
    pub organisation_identifier: Option<&'a str>,
    /// The host names in `subjectAltName`; a `*` may stand for the first label. G4 has no addresses there, nor do we.
    pub host_names: &'a [&'a str],
}

impl CertificateRequest<'_> {
    /// Signs the request with the key that the certificate is for, and returns it in PEM form.
    ///
    /// # Errors
    /// [`Error::RequestField`] with the field that PKIoverheid would refuse, [`Error::KeyWeak`] when the key has under
    /// 2048 bits, or under 3072 for G4.
    ///
    /// ```
    /// use pkioverheid::{CertificateRequest, Generation, Oin, PrivateKey};
    ///
    /// let request = CertificateRequest {
    ///     generation: Generation::G1,
    ///     common_name: "portal.example.nl",
    ///     organisation: "Gemeente Voorbeeld",
    ///     organisational_unit: None,
    ///     locality: Some("Voorbeeld"),
    ///     province: None,
    ///     oin: &Oin::parse("00000001823288444000")?,
    ///     organisation_identifier: None,
    ///     host_names: &["portal.example.nl"],
    /// };
    /// let pem = request.sign(&PrivateKey::generate(2048)?)?;
    /// assert!(pem.starts_with(b"-----BEGIN CERTIFICATE REQUEST-----"));
    /// # Ok::<(), pkioverheid::Error>(())
    /// ```
    pub fn sign(&self, key: &PrivateKey) -> Result<Vec<u8>, Error> {
        self.check()?;
        refuse_short(
            key.bits(),
            match self.generation {
                Generation::G1 => 2048,
                Generation::G4 => 3072,
            },
        )?;
        self.build(key).map_err(|_| Error::Crypto { operation: "make a certificate request" })
    }

    fn check(&self) -> Result<(), Error> {
        let refuse = |field, expected| Err(Error::RequestField { field, expected, generation: self.generation });
        let texts = [
            ("CN", Some(self.common_name)),
            ("O", Some(self.organisation)),
            ("OU", self.organisational_unit),
            ("L", self.locality),
            ("ST", self.province),
        ];
        for (field, text) in texts {
            if text.is_some_and(|text| !is_text(text)) {
                return refuse(field, "1 to 64 characters, none of them a control character or outer space");
            }
        }
        match (self.organisation_identifier, self.generation) {
            (None, Generation::G4) => return refuse("organizationIdentifier", "NTRNL- and eight digits"),
            (Some(found), _) if !is_organisation_identifier(found) => {
                return refuse("organizationIdentifier", "NTRNL- and eight digits");
            }
            _ => {}
        }
        if self.host_names.iter().all(|name| is_host_name(name)) {
            Ok(())
        } else {
            refuse("subjectAltName", "host names, of which the first label may be *")
        }
    }

    fn build(&self, key: &PrivateKey) -> Result<Vec<u8>, ErrorStack> {
        let mut name = X509Name::builder()?;
        name.append_entry_by_nid(Nid::COUNTRYNAME, "NL")?;
        let optional = [
            (Nid::STATEORPROVINCENAME, self.province),
            (Nid::LOCALITYNAME, self.locality),
            (Nid::ORGANIZATIONNAME, Some(self.organisation)),
            (Nid::ORGANIZATIONALUNITNAME, self.organisational_unit),
        ];
        for (field, text) in optional {
            if let Some(text) = text {
                name.append_entry_by_nid(field, text)?;
            }
        }
        if let Some(identifier) = self.organisation_identifier {
            name.append_entry_by_text(ORGANIZATION_IDENTIFIER, identifier)?;
        }
        name.append_entry_by_nid(Nid::SERIALNUMBER, self.oin.as_str())?;
        name.append_entry_by_nid(Nid::COMMONNAME, self.common_name)?;
        let mut request = X509Req::builder()?;
        request.set_version(0)?;
        request.set_subject_name(&name.build())?;
        request.set_pubkey(key.pkey())?;
        if !self.host_names.is_empty() {
            let mut names = SubjectAlternativeName::new();
            for name in self.host_names {
                names.dns(name);
            }
            let mut extensions = Stack::new()?;
            extensions.push(names.build(&request.x509v3_context(None))?)?;
            request.add_extensions(&extensions)?;
        }
        request.sign(key.pkey(), MessageDigest::sha256())?;
        request.build().to_pem()
    }
}

fn is_text(text: &str) -> bool {
    let length = text.chars().count();
    (1..=64).contains(&length) && text.trim() == text && !text.chars().any(char::is_control)
}

fn is_organisation_identifier(text: &str) -> bool {
    let number = text.strip_prefix("NTRNL-").unwrap_or_default();
    number.len() == 8 && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Tells whether `name` is a host name of at least two labels, and no address (RFC 1123 2.1).
fn is_host_name(name: &str) -> bool {
    let labels: Vec<&str> = name.strip_prefix("*.").unwrap_or(name).split('.').collect();
    let is_label = |label: &&str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253
        && labels.len() >= 2
        && labels.iter().all(is_label)
        && labels.last().is_some_and(|last| last.bytes().any(|byte| byte.is_ascii_alphabetic()))
}

/// `organizationIdentifier` (ITU-T X.520 6.4.4).
pub(crate) const ORGANIZATION_IDENTIFIER: &str = "2.5.4.97";
