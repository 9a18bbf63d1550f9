use std::fmt;

use chrono::{DateTime, Utc};
use saml_protocol::{Assertion, DecryptedPart, Response, ResponseAssertion, encrypted_parts, namespaces::PROTOCOL};
use saml_state::PendingRequest;
use saml_xml::{Document, Element};

use crate::checks;
use crate::decryption::Decryption;
use crate::error::Error;
use crate::policy::ResponsePolicy;
use crate::trace::Trace;
use crate::valid_assertion::ValidAssertion;

/// A response whose signatures held. It tells nothing yet: whether it is for us, for now, and for this login is still
/// to be checked by [`validate`](Self::validate).
pub struct AuthenticResponse<'p> {
    pub(crate) policy: &'p ResponsePolicy,
    pub(crate) covered: Covered,
    pub(crate) head: Head,
    pub(crate) decryption: Option<Decryption>,
}

/// The fields of the `Response`, which may be unsigned: they can refuse, never grant.
pub(crate) struct Head {
    /// The entity ID of the partner whose keys held.
    pub(crate) sender: String,
    pub(crate) issue_instant: DateTime<Utc>,
    pub(crate) in_response_to: Option<String>,
    pub(crate) destination: Option<String>,
    pub(crate) destination_required: bool,
    pub(crate) artifact_response: Option<ArtifactResponseInstant>,
}

/// When the message around a `Response` was made, and when it was asked for.
#[derive(Clone, Copy)]
pub(crate) struct ArtifactResponseInstant {
    pub(crate) made_at: DateTime<Utc>,
    pub(crate) asked_at: DateTime<Utc>,
}

/// The bytes that were hashed, parsed, or the plaintext of such bytes; and what they are.
pub(crate) struct Covered {
    document: Document,
    kind: CoveredKind,
}

enum CoveredKind {
    ArtifactResponse,
    Assertion,
    Response,
}

/// What a response must answer to: our request, our name, our clock.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'a> {
    /// The request of this browser that the response must answer; it went to the identity provider whose keys held.
    pub request: &'a PendingRequest,
    /// Our entity ID, which must be among the audiences.
    pub entity_id: &'a str,
    /// The present time.
    pub now: DateTime<Utc>,
}

impl Covered {
    pub(crate) fn artifact_response(document: Document) -> Self {
        Self { document, kind: CoveredKind::ArtifactResponse }
    }

    pub(crate) fn assertion(document: Document) -> Self {
        Self { document, kind: CoveredKind::Assertion }
    }

    pub(crate) fn response(document: Document) -> Self {
        Self { document, kind: CoveredKind::Response }
    }

    /// Returns the one assertion, found by the path of the schema from the element that is signed.
    fn assertion_element(&self) -> Option<Element<'_>> {
        let root = self.document.root();
        let response = match self.kind {
            CoveredKind::Assertion => return Some(root),
            CoveredKind::Response => root,
            CoveredKind::ArtifactResponse => root.children().last().filter(|last| last.is(PROTOCOL, "Response"))?,
        };
        match Response::read(response).ok()? {
            (_, ResponseAssertion::Plain(assertion)) => Some(assertion),
            _ => None,
        }
    }
}

impl AuthenticResponse<'_> {
    /// Checks everything that the policy it was authenticated by asks of message and assertion, at `expectation.now`.
    ///
    /// # Errors
    /// An [`Error`] with the code of the first check that failed.
    pub fn validate(mut self, expectation: &Expectation<'_>, trace: &mut Trace) -> Result<ValidAssertion, Error> {
        let (request, policy) = (expectation.request, self.policy);
        let window = checks::Window { now: expectation.now, skew: policy.clock_skew.as_delta() };
        if let Some(instant) = self.head.artifact_response {
            checks::issue_instant::artifact_issue_instant(instant, &window, trace)?;
        }
        checks::issuer::partner(&self.head.sender, request, trace)?;
        checks::in_response_to::in_response_to(self.head.in_response_to.as_deref(), request, trace)?;
        checks::destination::destination(&self.head, request, trace)?;
        checks::issue_instant::issue_instant(self.head.issue_instant, request, &window, trace)?;

        let Some(element) = self.covered.assertion_element() else {
            let found = "none in the signed bytes";
            return Err(trace.fail(&checks::ASSERTION, checks::ASSERTION.code, "one Assertion", found));
        };
        let decrypted = open(element, &policy.identifiers, self.decryption.as_mut(), trace)?;
        let assertion = checks::schema(trace, "an Assertion", Assertion::read_decrypted(element, &decrypted))?;
        checks::issuer::assertion_issuer(assertion.issuer, &self.head.sender, trace)?;
        checks::issue_instant::issue_instant(assertion.issue_instant, request, &window, trace)?;
        let name_id = checks::subject::name_id(assertion.subject.as_ref(), expectation.entity_id, trace)?;
        let not_on_or_after =
            checks::bearer_confirmation::bearer_confirmation(assertion.subject.as_ref(), request, &window, trace)?;
        checks::conditions::conditions(assertion.conditions.as_ref(), &window, trace)?;
        checks::audience_restriction::audience_restriction(
            assertion.conditions.as_ref(),
            expectation.entity_id,
            trace,
        )?;
        let statement = checks::authn_statement::authn_statement(&assertion.authn_statements, request, &window, trace)?;
        let level = checks::level::level(statement, request, &policy.levels, trace)?;
        let authority = checks::authenticating_authority::authenticating_authority(
            statement,
            &name_id,
            assertion.issuer,
            &policy.authorities,
            trace,
        )?;
        let attributes = checks::attributes::attributes(&assertion.attributes, policy, trace)?;
        Ok(ValidAssertion {
            issuer: self.head.sender,
            id: assertion.id.to_owned(),
            name_id: name_id.into(),
            not_on_or_after: not_on_or_after + window.skew,
            authn_instant: statement.authn_instant,
            session_index: statement.session_index.map(str::to_owned),
            session_not_on_or_after: statement.session_not_on_or_after,
            level,
            authority,
            attributes,
        })
    }
}

/// Opens what is encrypted in the assertion; its schema refuses what is left unopened without keys.
fn open(
    assertion: Element<'_>,
    identifiers: &[String],
    decryption: Option<&mut Decryption>,
    trace: &mut Trace,
) -> Result<Vec<DecryptedPart>, Error> {
    let encrypted = encrypted_parts(assertion, identifiers);
    let Some(decryption) = decryption.filter(|_| !encrypted.is_empty()) else { return Ok(Vec::new()) };
    let expected = || "identifiers and attributes encrypted for one of our keys";
    match decryption.parts(&encrypted) {
        Ok(opened) => {
            trace.pass(&checks::DECRYPTION, expected, || format!("{} of them", opened.len()));
            Ok(opened)
        }
        Err(error) => Err(trace.fail(&checks::DECRYPTION, error.code(), expected(), error.to_string())),
    }
}

impl fmt::Debug for AuthenticResponse<'_> {
    /// Leaves the content out: it may be about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticResponse").field("sender", &self.head.sender).finish_non_exhaustive()
    }
}
