use std::fmt;

use chrono::{DateTime, Utc};
use openssl::asn1::{Asn1Object, Asn1Time, Asn1TimeRef};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::Id;
use openssl::x509::{X509, X509NameRef, X509Ref};

use crate::certificate_request::ORGANIZATION_IDENTIFIER;
use crate::error::Error;
use crate::oin::Oin;
use crate::role::Role;

/// An X.509 certificate, as a `.cer` or `.pem` file holds it.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    x509: X509,
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
}

impl Certificate {
    /// Reads the certificates of a file: one in DER form, or one or more in PEM form, in their order.
    ///
    /// The ending of a file's name says nothing: a `.cer` may hold either form. In PEM form, other blocks, such as a
    /// private key, are passed over. There is at least one certificate in what is returned.
    ///
    /// # Errors
    /// [`Error::Certificate`] when there is none, when one cannot be read, or when something follows the DER form.
    pub fn read_all(bytes: &[u8]) -> Result<Vec<Self>, Error> {
        let unreadable = |_| Error::Certificate;
        if let Ok(x509) = X509::from_der(bytes) {
            let length = x509.to_der().map_err(unreadable)?.len();
            return if length == bytes.len() { Ok(vec![Self::new(x509)?]) } else { Err(Error::Certificate) };
        }
        let found = X509::stack_from_pem(bytes).map_err(unreadable)?;
        if found.is_empty() { Err(Error::Certificate) } else { found.into_iter().map(Self::new).collect() }
    }

    pub(crate) fn new(x509: X509) -> Result<Self, Error> {
        let (not_before, not_after) = (moment(x509.not_before())?, moment(x509.not_after())?);
        Ok(Self { x509, not_before, not_after })
    }

    /// Returns the certificate in DER form.
    ///
    /// # Errors
    /// [`Error::Crypto`] when OpenSSL cannot write it.
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        self.x509.to_der().map_err(|_| Error::Crypto { operation: "write a certificate" })
    }

    /// Returns the certificate in PEM form.
    ///
    /// # Errors
    /// [`Error::Crypto`] when OpenSSL cannot write it.
    pub fn to_pem(&self) -> Result<Vec<u8>, Error> {
        self.x509.to_pem().map_err(|_| Error::Crypto { operation: "write a certificate" })
    }

    /// Returns the OIN in the subject's `serialNumber` (2.5.4.5).
    ///
    /// # Errors
    /// [`Error::OinMissing`] when there is not exactly one `serialNumber`, [`Error::OinForm`] or [`Error::OinPrefix`]
    /// when it is no OIN.
    pub fn oin(&self) -> Result<Oin, Error> {
        let mut entries = self.x509.subject_name().entries_by_nid(Nid::SERIALNUMBER);
        match (entries.next(), entries.count()) {
            (Some(entry), 0) => {
                let text = entry.data().to_string().map_err(|_| Error::OinForm { expected: "20 ASCII digits" })?;
                Oin::parse(&text)
            }
            (None, _) => Err(Error::OinMissing { found: 0 }),
            (Some(_), more) => Err(Error::OinMissing { found: more + 1 }),
        }
    }

    /// Returns the subject's common name; empty where there is none.
    #[must_use]
    pub fn common_name(&self) -> String {
        first(self.x509.subject_name(), Nid::COMMONNAME)
    }

    /// Returns the subject's organisation; empty where there is none.
    #[must_use]
    pub fn organisation(&self) -> String {
        first(self.x509.subject_name(), Nid::ORGANIZATIONNAME)
    }

    /// Returns the subject's organisational unit (`OU`), where there is one.
    #[must_use]
    pub fn organisational_unit(&self) -> Option<String> {
        self.optional(Nid::ORGANIZATIONALUNITNAME)
    }

    /// Returns the subject's locality (`L`), where there is one.
    #[must_use]
    pub fn locality(&self) -> Option<String> {
        self.optional(Nid::LOCALITYNAME)
    }

    /// Returns the subject's province (`ST`), where there is one.
    #[must_use]
    pub fn province(&self) -> Option<String> {
        self.optional(Nid::STATEORPROVINCENAME)
    }

    /// Returns the subject's `organizationIdentifier`, such as `NTRNL-12345678`, where there is one.
    #[must_use]
    pub fn organisation_identifier(&self) -> Option<String> {
        self.optional(Asn1Object::from_str(ORGANIZATION_IDENTIFIER).ok()?.nid())
    }

    /// Returns the host names in `subjectAltName`.
    #[must_use]
    pub fn host_names(&self) -> Vec<String> {
        let names = self.x509.subject_alt_names();
        names.iter().flatten().filter_map(|name| name.dnsname().map(str::to_owned)).collect()
    }

    /// Returns the issuer's common name; empty where there is none.
    #[must_use]
    pub fn issuer(&self) -> String {
        first(self.x509.issuer_name(), Nid::COMMONNAME)
    }

    /// Returns the organisation of the issuer; empty where there is none.
    #[must_use]
    pub fn issuer_organisation(&self) -> String {
        first(self.x509.issuer_name(), Nid::ORGANIZATIONNAME)
    }

    fn optional(&self, field: Nid) -> Option<String> {
        Some(first(self.x509.subject_name(), field)).filter(|value| !value.is_empty())
    }

    /// Returns the serial number in upper-case hexadecimal digits.
    ///
    /// # Errors
    /// [`Error::Crypto`] when OpenSSL cannot write it.
    pub fn serial_number(&self) -> Result<String, Error> {
        let number = self.x509.serial_number().to_bn().and_then(|number| Ok(number.to_hex_str()?.to_string()));
        number.map_err(|_| Error::Crypto { operation: "write a serial number" })
    }

    /// Returns the number of bits of the modulus.
    ///
    /// # Errors
    /// [`Error::KeyKind`] when the key is not RSA.
    pub fn key_bits(&self) -> Result<u32, Error> {
        let key = self.x509.public_key().map_err(|_| Error::Certificate)?;
        if key.id() == Id::RSA { Ok(key.bits()) } else { Err(Error::KeyKind) }
    }

    /// Tells whether both certificates are of one key.
    #[must_use]
    pub fn has_key_of(&self, other: &Self) -> bool {
        matches!((self.x509.public_key(), other.x509.public_key()), (Ok(ours), Ok(theirs)) if ours.public_eq(&theirs))
    }

    /// Checks that the certificate may be used in `role`.
    ///
    /// # Errors
    /// [`Error::Role`] with the usage that it lacks.
    pub fn require(&self, role: Role) -> Result<(), Error> {
        role.check(&self.x509)
    }

    /// Returns the roles that the certificate may be used in.
    #[must_use]
    pub fn roles(&self) -> Vec<Role> {
        Role::ALL.into_iter().filter(|role| self.require(*role).is_ok()).collect()
    }

    /// Returns the first second at which the certificate is valid.
    #[must_use]
    pub const fn not_before(&self) -> DateTime<Utc> {
        self.not_before
    }

    /// Returns the last second at which the certificate is valid.
    #[must_use]
    pub const fn not_after(&self) -> DateTime<Utc> {
        self.not_after
    }

    /// Checks that the certificate is valid at `now`; its first and last second belong to it (RFC 5280 4.1.2.5).
    ///
    /// # Errors
    /// [`Error::CertificateNotYetValid`], [`Error::CertificateExpired`].
    pub fn check_validity(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let subject = self.common_name();
        if now < self.not_before {
            return Err(Error::CertificateNotYetValid { subject, not_before: self.not_before, now });
        }
        // What is left of the last second still belongs to it.
        if now.timestamp() > self.not_after.timestamp() {
            return Err(Error::CertificateExpired { subject, not_after: self.not_after, now });
        }
        Ok(())
    }

    /// Returns how many whole days the certificate is still valid after `now`; negative once it has expired.
    #[must_use]
    pub fn days_left(&self, now: DateTime<Utc>) -> i64 {
        (self.not_after.timestamp() - now.timestamp()).div_euclid(86_400)
    }

    /// Returns the `KeyName` that DigiD 3.x uses: the SHA-1 of the DER form, 40 lower-case hexadecimal digits.
    ///
    /// It names a certificate that is known already; nothing is trusted because of it.
    ///
    /// # Errors
    /// [`Error::Crypto`] when OpenSSL has no SHA-1.
    pub fn sha1_key_name(&self) -> Result<String, Error> {
        self.fingerprint(MessageDigest::sha1())
    }

    /// Returns the `KeyName` that DigiD 4.x uses: the SHA-256 of the DER form, 64 lower-case hexadecimal digits.
    ///
    /// A root is pinned by the same value.
    ///
    /// # Errors
    /// [`Error::Crypto`] when OpenSSL refuses.
    pub fn sha256_key_name(&self) -> Result<String, Error> {
        self.fingerprint(MessageDigest::sha256())
    }

    pub(crate) const fn x509(&self) -> &X509 {
        &self.x509
    }

    fn fingerprint(&self, digest: MessageDigest) -> Result<String, Error> {
        let bytes = self.x509.digest(digest).map_err(|_| Error::Crypto { operation: "hash a certificate" })?;
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, until {})", self.common_name(), self.not_after)
    }
}

pub(crate) fn subject_of(certificate: &X509Ref) -> String {
    first(certificate.subject_name(), Nid::COMMONNAME)
}

pub(crate) fn issuer_of(certificate: &X509Ref) -> String {
    first(certificate.issuer_name(), Nid::COMMONNAME)
}

/// Reads the first value of a field; names of anybody's making reach errors, so no longer than fits a line.
fn first(name: &X509NameRef, field: Nid) -> String {
    let value = name.entries_by_nid(field).next().and_then(|entry| entry.data().to_string().ok());
    value.unwrap_or_default().chars().filter(|character| !character.is_control()).take(LONGEST_NAME).collect()
}

fn moment(time: &Asn1TimeRef) -> Result<DateTime<Utc>, Error> {
    let difference = Asn1Time::from_unix(0).and_then(|epoch| epoch.diff(time)).map_err(|_| Error::Certificate)?;
    let seconds = i64::from(difference.days) * 86_400 + i64::from(difference.secs);
    DateTime::from_timestamp(seconds, 0).ok_or(Error::Certificate)
}

/// The upper bound of X.520 for a common name and an organisation.
const LONGEST_NAME: usize = 64;
