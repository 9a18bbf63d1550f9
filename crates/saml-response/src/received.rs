use chrono::{DateTime, Utc};
use saml_bindings::soap_body;
use saml_protocol::{ArtifactResponse, Response, ResponseAssertion, namespaces::PROTOCOL};
use saml_xml::{Document, Element, ElementId, ParseOptions};
use saml_xml_security::{Authenticated, DecryptionKey, VerifiedElement, VerifyingKey, require_unique_ids};

use crate::authentic::{ArtifactResponseInstant, AuthenticResponse, Covered, Head};
use crate::checks;
use crate::coverage::verified;
use crate::decryption::Decryption;
use crate::error::Error;
use crate::policy::{DestinationRequirement, ResponsePolicy, SignatureRequirement};
use crate::said::Said;
use crate::trace::{Check, Trace};

/// A message that arrived and is well-formed. Nothing in it is known to be true.
///
/// It tells only what is needed to find the partner and the request: [`issuer`](Self::issuer) and
/// [`in_response_to`](Self::in_response_to).
#[derive(Debug)]
pub struct ReceivedResponse {
    document: Document,
    /// The outermost protocol message.
    message: ElementId,
    /// The `ArtifactResolve` that this must answer; none where it came by another binding, or nobody knows it.
    resolve: Option<(String, DateTime<Utc>)>,
    decryption: Option<Decryption>,
}

/// The partner that a response is expected from, as metadata or configuration describes it.
#[derive(Clone, Copy, Debug)]
pub struct TrustedSender<'a> {
    /// The entity ID, which the issuer must equal.
    pub entity_id: &'a str,
    /// The keys that the partner signs with.
    pub keys: &'a [VerifyingKey],
}

/// The `ArtifactResolve` that was sent, which an `ArtifactResponse` must answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentArtifactResolve<'a> {
    /// Its ID.
    pub id: &'a str,
    /// When it was made, by our clock.
    pub issued_at: DateTime<Utc>,
}

impl ReceivedResponse {
    /// Parses a `Response`, as it comes by HTTP-POST.
    ///
    /// # Errors
    /// An [`Error`] with the code of the XML error, `duplicate_id` or `message_type`.
    pub fn parse(xml: &[u8], trace: &mut Trace) -> Result<Self, Error> {
        let document = parse(xml, trace)?;
        let message = document.root().id();
        let received = Self { document, message, resolve: None, decryption: None };
        received.require_root("Response", trace)?;
        Ok(received)
    }

    /// Parses an `ArtifactResponse` in a SOAP envelope, as it comes over the back channel in answer to `sent`.
    ///
    /// That it answers this, and when it was made, is compared when the signature has held (ATT-162).
    ///
    /// # Errors
    /// An [`Error`] with the code of the XML or SOAP error, `duplicate_id` or `message_type`.
    pub fn parse_soap(xml: &[u8], sent: &SentArtifactResolve<'_>, trace: &mut Trace) -> Result<Self, Error> {
        let resolve = Some((sent.id.to_owned(), sent.issued_at));
        Ok(Self { resolve, ..Self::danger_parse_soap_of_unknown_resolve(xml, trace)? })
    }

    /// Parses an `ArtifactResponse` in a SOAP envelope without knowing the `ArtifactResolve` that it answers.
    ///
    /// For a tool that explains a message it was given: what answers another question than ours passes.
    ///
    /// # Errors
    /// As [`parse_soap`](Self::parse_soap).
    pub fn danger_parse_soap_of_unknown_resolve(xml: &[u8], trace: &mut Trace) -> Result<Self, Error> {
        let document = parse(xml, trace)?;
        let message = match soap_body(&document) {
            Ok(message) => message.id(),
            Err(error) => {
                let expected = "a SOAP 1.1 envelope with one message";
                return Err(trace.fail(&checks::MESSAGE, error.code(), expected, error.to_string()));
            }
        };
        let received = Self { document, message, resolve: None, decryption: None };
        received.require_root("ArtifactResponse", trace)?;
        Ok(received)
    }

    /// Returns who says to have sent this: to find a partner by, not to believe.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        let first = self.root().children().next()?;
        if first.local_name() != "Issuer" {
            return None;
        }
        saml_protocol::trimmed_text(first).ok()
    }

    /// Returns the request that this says to answer: to find a pending request by, not to believe.
    #[must_use]
    pub fn in_response_to(&self) -> Option<&str> {
        let root = self.root();
        let response = if root.is(PROTOCOL, "Response") {
            root
        } else {
            root.children().find(|child| child.is(PROTOCOL, "Response"))?
        };
        response.attribute("InResponseTo")
    }

    /// Lets an encrypted assertion, identifier or attribute be opened with `keys`; `recipient` is our entity ID.
    ///
    /// Without keys they are refused.
    #[must_use]
    pub fn decrypt_with(self, keys: &[DecryptionKey], recipient: &str) -> Self {
        Self { decryption: Decryption::new(keys, recipient), ..self }
    }

    /// Verifies every signature on the road to the assertion, and keeps what the signatures cover.
    ///
    /// Refused: another issuer than `sender`, a signature that does not hold on any of the messages or on the
    /// assertion, too few signatures for `policy`, more than one assertion, an encrypted assertion that our keys do not
    /// open, and a status that is not success. Encryption raises no trust (ATT-085). A status that no signature covers
    /// can refuse like any other; it cannot grant (ATT-034).
    ///
    /// # Errors
    /// An [`Error`] with the code of the first check that failed.
    pub fn authenticate<'p>(
        mut self,
        sender: &TrustedSender<'_>,
        policy: &'p ResponsePolicy,
        trace: &mut Trace,
    ) -> Result<AuthenticResponse<'p>, Error> {
        let decryption = self.decryption.take();
        let resolve = self.resolve.take();
        let mut signatures = Signatures { sender, policy, resolve, decryption, artifact_response: None, trace };
        let root = self.root();
        let (response, outer) = if root.is(PROTOCOL, "Response") {
            (root, None)
        } else {
            let (response, verified) = signatures.artifact_response(root)?;
            (response, Some(verified))
        };
        signatures.response(response, outer)
    }

    fn root(&self) -> Element<'_> {
        self.document.element(self.message).unwrap_or_else(|| self.document.root())
    }

    fn require_root(&self, expected: &'static str, trace: &mut Trace) -> Result<(), Error> {
        let root = self.root();
        trace.check(&checks::MESSAGE_TYPE, root.is(PROTOCOL, expected), || expected, || root.local_name().to_owned())
    }
}

fn parse(xml: &[u8], trace: &mut Trace) -> Result<Document, Error> {
    let expected = || "a well-formed document without document type, comments and processing instructions";
    let document = Document::parse(xml, &ParseOptions::message())
        .map_err(|error| trace.fail(&checks::MESSAGE, error.code(), expected(), error.to_string()))?;
    require_unique_ids(&document)
        .map_err(|error| trace.fail(&checks::MESSAGE, error.code(), "each ID once", "one ID twice"))?;
    trace.pass(&checks::MESSAGE, expected, || Said::bytes(xml.len()));
    Ok(document)
}

struct Signatures<'a, 'p, 't> {
    sender: &'a TrustedSender<'a>,
    policy: &'p ResponsePolicy,
    resolve: Option<(String, DateTime<Utc>)>,
    decryption: Option<Decryption>,
    artifact_response: Option<ArtifactResponseInstant>,
    trace: &'t mut Trace,
}

impl<'p> Signatures<'_, 'p, '_> {
    /// Checks the message around a `Response` that came for an artifact: it is always signed (DigiD SAML 3.7).
    fn artifact_response<'d>(&mut self, element: Element<'d>) -> Result<(Element<'d>, VerifiedElement), Error> {
        let has_issuer = self.require_first_issuer(element)?;
        let verified = match self.signature(&checks::ARTIFACT_RESPONSE_SIGNATURE, element)? {
            Some(verified) => verified,
            None => {
                return Err(self.missing(&checks::ARTIFACT_RESPONSE_SIGNATURE, "a signature on the ArtifactResponse"));
            }
        };
        let message = checks::schema(self.trace, "an ArtifactResponse", ArtifactResponse::read(verified.root()))?;
        checks::issuer::issuer_present(has_issuer, self.sender.entity_id, self.trace)?;
        if let Some((id, asked_at)) = self.resolve.take() {
            checks::in_response_to::artifact_in_response_to(message.in_response_to, &id, self.trace)?;
            self.artifact_response = Some(ArtifactResponseInstant { made_at: message.issue_instant, asked_at });
        } else {
            let why = "the ArtifactResolve that this answers is not known here";
            self.trace.not_checked(&checks::ARTIFACT_IN_RESPONSE_TO, why);
            self.trace.not_checked(&checks::ARTIFACT_ISSUE_INSTANT, why);
        }
        checks::status::require_success(&message.status, self.policy.cancellation, self.trace)?;
        let resolved = message.message.is_some();
        let unresolved = || "none: the artifact is unknown, expired or used";
        self.trace.check(
            &checks::ARTIFACT_RESOLVED,
            resolved,
            || "a Response",
            || if resolved { "a message" } else { unresolved() },
        )?;
        // The signature inside is verified on the tree that arrived: its canonical form may need namespaces that the
        // canonical form around it leaves out. What was read above is what is signed.
        let response = element.children().last().filter(|last| last.is(PROTOCOL, "Response"));
        self.trace.check(
            &checks::MESSAGE_TYPE,
            response.is_some(),
            || "Response",
            || element.children().last().map_or("nothing", Element::local_name).to_owned(),
        )?;
        Ok((response.unwrap_or(element), verified))
    }

    fn response(
        mut self,
        element: Element<'_>,
        outer: Option<VerifiedElement>,
    ) -> Result<AuthenticResponse<'p>, Error> {
        let has_issuer = self.require_first_issuer(element)?;
        let own = self.signature(&checks::RESPONSE_SIGNATURE, element)?;
        let is_signed = own.is_some();
        let (unsigned_head, assertion) = checks::schema(self.trace, "a Response", Response::read(element))?;
        let needs_issuer = is_signed || matches!(assertion, ResponseAssertion::Encrypted(_));
        checks::issuer::issuer_present(has_issuer || !needs_issuer, self.sender.entity_id, self.trace)?;
        // Where a signature covers the Response, its fields too are read from what was hashed.
        let covered = match (&own, &outer) {
            (Some(verified), _) => Some(verified.root()),
            (None, Some(verified)) => verified.root().children().last(),
            (None, None) => None,
        };
        let (head, hashed) = match covered {
            Some(covered) => {
                let (head, hashed) = checks::schema(self.trace, "a signed Response", Response::read(covered))?;
                (head, Some(hashed))
            }
            None => (unsigned_head, None),
        };
        let is_ciphertext_hashed = matches!(hashed, Some(ResponseAssertion::Encrypted(_)));
        let decrypted = match assertion {
            ResponseAssertion::Encrypted(encrypted) => Some(self.decrypt(encrypted, hashed)?),
            _ => None,
        };
        let assertion = match (assertion, &decrypted) {
            (ResponseAssertion::Plain(assertion), _) => Some(assertion),
            (_, Some(decrypted)) => Some(decrypted.root()),
            _ => None,
        };
        let inner = match assertion {
            Some(assertion) => self.signature(&checks::ASSERTION_SIGNATURE, assertion)?,
            None => None,
        };
        checks::status::require_success(&head.status, self.policy.cancellation, self.trace)?;
        self.trace.check(
            &checks::ASSERTION,
            assertion.is_some(),
            || "one Assertion",
            || if assertion.is_some() { "one" } else { "none" },
        )?;
        let requirement = self.policy.signatures;
        let enough = match requirement {
            SignatureRequirement::Assertion => inner.is_some(),
            SignatureRequirement::AssertionOrResponse => inner.is_some() || is_signed || outer.is_some(),
        };
        if !enough {
            return Err(self.missing(&checks::SIGNATURE_REQUIRED, requirement.describe()));
        }
        self.trace.pass(&checks::SIGNATURE_REQUIRED, || requirement.describe(), || "it");
        let head = Head {
            sender: self.sender.entity_id.to_owned(),
            issue_instant: head.issue_instant,
            in_response_to: head.in_response_to.map(str::to_owned),
            destination: head.destination.map(str::to_owned),
            destination_required: match self.policy.destination {
                DestinationRequirement::Always => true,
                DestinationRequirement::WhereSigned => is_signed && outer.is_none(),
            },
            artifact_response: self.artifact_response,
        };
        // The innermost signature is the closest to what is read; each of them covers the assertion.
        let covered = match (inner, decrypted, own, outer) {
            (Some(verified), ..) => Covered::assertion(verified.into_document()),
            // Plaintext of what a signature around it covers.
            (None, Some(decrypted), ..) if is_ciphertext_hashed => Covered::assertion(decrypted),
            (None, None, Some(verified), _) => Covered::response(verified.into_document()),
            (None, None, None, Some(verified)) => Covered::artifact_response(verified.into_document()),
            (None, ..) => return Err(self.missing(&checks::SIGNATURE_REQUIRED, requirement.describe())),
        };
        Ok(AuthenticResponse { policy: self.policy, covered, head, decryption: self.decryption })
    }

    /// Opens an encrypted assertion.
    ///
    /// The ciphertext is taken from what was hashed, where a signature covers it; only then CBC is opened (ATT-086,
    /// ATT-100), unless the policy says otherwise.
    fn decrypt(&mut self, encrypted: Element<'_>, hashed: Option<ResponseAssertion<'_>>) -> Result<Document, Error> {
        let Some(decryption) = &mut self.decryption else {
            let found = "an EncryptedAssertion, and no key to decrypt it with";
            return Err(self.trace.fail(&checks::DECRYPTION, "encrypted_assertion", "an Assertion", found));
        };
        let (source, authenticated) = match hashed {
            Some(ResponseAssertion::Encrypted(hashed)) => (hashed, Authenticated::BySignature),
            _ => (encrypted, self.policy.unsigned_ciphertext),
        };
        let expected = || "an assertion encrypted for one of our keys";
        match decryption.assertion(source, authenticated) {
            Ok(document) => {
                self.trace.pass(&checks::DECRYPTION, expected, || "one");
                Ok(document)
            }
            Err(error) => Err(self.trace.fail(&checks::DECRYPTION, error.code(), expected(), error.to_string())),
        }
    }

    /// Requires the issuer of a message to be the sender, and tells whether it names one; a message may leave it out.
    fn require_first_issuer(&mut self, element: Element<'_>) -> Result<bool, Error> {
        let issuer = element.children().next().filter(|first| first.local_name() == "Issuer");
        let issuer = match issuer {
            Some(issuer) => Some(checks::schema(self.trace, "an Issuer", saml_protocol::trimmed_text(issuer))?),
            None => None,
        };
        checks::issuer::message_issuer(issuer, self.sender.entity_id, self.trace)?;
        Ok(issuer.is_some())
    }

    /// Verifies the signature of `element`, where it has one.
    fn signature(&mut self, check: &'static Check, element: Element<'_>) -> Result<Option<VerifiedElement>, Error> {
        let expected = || "a signature by a key of the partner, over exactly this element";
        match verified(element, self.sender, self.policy) {
            Ok(Some(verified)) => {
                self.trace.pass(check, expected, || {
                    format!("{} by key {}", verified.algorithm().uri(), verified.key_fingerprint())
                });
                Ok(Some(verified))
            }
            Ok(None) => {
                self.trace.not_checked(check, "no signature on this element");
                Ok(None)
            }
            Err(error) => Err(self.trace.fail(check, error.code(), expected(), error.to_string())),
        }
    }

    fn missing(&mut self, check: &'static Check, expected: &'static str) -> Error {
        self.trace.fail(check, "signature_missing", expected, "none")
    }
}
