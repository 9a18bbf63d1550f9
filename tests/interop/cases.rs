//! What is tried with each peer, and what must come of it.

use saml_protocol::Binding;
use saml_sp::RequestBinding;
use serde_json::{Value, json};

/// One login.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) variant: &'static str,
    /// What the peer is told to send, in its own words.
    pub(crate) options: Value,
    pub(crate) request: RequestBinding,
    pub(crate) answer: Binding,
    /// The level that is asked for; the peers always answer with `middle`.
    pub(crate) level: &'static str,
    /// Whether the portal opens ciphertext of AES-CBC that no signature covers.
    pub(crate) danger_cbc: bool,
    pub(crate) back_channel: Certificates,
    pub(crate) step: Step,
    /// `authenticated`, `logged_out`, or the code of the refusal.
    pub(crate) expected: &'static str,
}

/// The certificates that the portal has for the back channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certificates {
    /// Its own, and the root of the peer.
    Both,
    /// The root of the peer alone.
    NoClient,
    /// Its own, and another root.
    OtherRoot,
}

/// What the person at the browser does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Cancels at the login page.
    Cancel,
    /// Logs in.
    LogIn,
    /// Logs in, and out at the portal; the peer answers the question to end its session by this binding.
    LogOut(Binding),
    /// Logs in, and out at the peer, which asks the portal by this binding to end its session.
    LogOutThere(Binding),
    /// Logs in, and sends the answer a second time.
    Repeat,
}

impl Case {
    fn new(variant: &'static str, options: Value, expected: &'static str) -> Self {
        Self {
            variant,
            options,
            request: RequestBinding::Redirect,
            answer: Binding::HttpPost,
            level: "middle",
            danger_cbc: false,
            back_channel: Certificates::Both,
            step: Step::LogIn,
            expected,
        }
    }

    fn requested_by_post(self) -> Self {
        Self { request: RequestBinding::Post, ..self }
    }

    fn answered_by_artifact(self) -> Self {
        Self { answer: Binding::HttpArtifact, ..self }
    }

    fn at_level(self, level: &'static str) -> Self {
        Self { level, ..self }
    }

    fn with_danger_cbc(self) -> Self {
        Self { danger_cbc: true, ..self }
    }

    fn with_certificates(self, back_channel: Certificates) -> Self {
        Self { back_channel, ..self.answered_by_artifact() }
    }

    fn doing(self, step: Step) -> Self {
        Self { step, ..self }
    }
}

/// Returns the cases of `SimpleSAMLphp`, which encrypts with AES-128-CBC and RSA-OAEP with SHA-1 alone.
pub(crate) fn simplesamlphp() -> Vec<Case> {
    let signs = |assertion: bool, response: bool| json!({ SIGN_ASSERTION: assertion, SIGN_RESPONSE: response });
    let signs_with = |algorithm: &str| json!({ SIGN_RESPONSE: true, "signature.algorithm": algorithm });
    let encrypts = |what: &str, response: bool| json!({ SIGN_RESPONSE: response, what: true });
    vec![
        Case::new("assertion signed", signs(true, false), AUTHENTICATED),
        Case::new("response signed", signs(false, true), AUTHENTICATED),
        Case::new("both signed", signs(true, true), AUTHENTICATED),
        Case::new("both signed", signs(true, true), AUTHENTICATED).requested_by_post(),
        Case::new("nothing signed", signs(false, false), "signature_missing"),
        Case::new("assertion signed", signs(true, false), AUTHENTICATED).answered_by_artifact(),
        Case::new("assertion signed", signs(true, false), AUTHENTICATED).requested_by_post().answered_by_artifact(),
        // A Response in an ArtifactResponse it never signs; the ArtifactResponse always.
        Case::new("only the ArtifactResponse signed", signs(false, true), AUTHENTICATED).answered_by_artifact(),
        Case::new("without a client certificate", signs(true, false), "backchannel_client_certificate")
            .with_certificates(Certificates::NoClient),
        Case::new("another root for the server", signs(true, false), "backchannel_server_root")
            .with_certificates(Certificates::OtherRoot),
        Case::new("both with RSA-SHA512", signs_with(RSA_SHA512), AUTHENTICATED),
        Case::new("both with RSA-SHA1", signs_with(RSA_SHA1), "signature_algorithm"),
        Case::new("assertion in AES-CBC, response signed", encrypts(ASSERTION, true), AUTHENTICATED),
        Case::new("assertion in AES-CBC, not covered", encrypts(ASSERTION, false), "encryption_algorithm"),
        Case::new("the same, danger switch on", encrypts(ASSERTION, false), AUTHENTICATED).with_danger_cbc(),
        // It renames a prefix after signing the ArtifactResponse, so that the signature does not hold.
        Case::new("assertion in AES-CBC", encrypts(ASSERTION, false), "signature_digest_mismatch")
            .answered_by_artifact(),
        Case::new("NameID in AES-CBC", encrypts("nameid.encryption", false), AUTHENTICATED),
        // It answers with success whatever level was asked for.
        Case::new("level asked for not reached", signs(true, false), "level").at_level("high"),
        Case::new("answer sent twice", signs(true, false), "pending_request").doing(Step::Repeat),
        Case::new("logout answered by redirect", signs(true, false), LOGGED_OUT)
            .doing(Step::LogOut(Binding::HttpRedirect)),
        Case::new("logout answered by POST", signs(true, false), LOGGED_OUT).doing(Step::LogOut(Binding::HttpPost)),
        Case::new("logout there, by redirect", signs(true, false), SESSION_ENDED)
            .doing(Step::LogOutThere(Binding::HttpRedirect)),
        Case::new("logout there, by POST", signs(true, false), SESSION_ENDED)
            .doing(Step::LogOutThere(Binding::HttpPost)),
        Case::new("NameID in AES-CBC, logout", encrypts("nameid.encryption", false), LOGGED_OUT)
            .doing(Step::LogOut(Binding::HttpPost)),
    ]
}

/// Returns the cases of pysaml2.
pub(crate) fn pysaml2() -> Vec<Case> {
    let signs = |what: &[&str]| json!({ "sign": what });
    let signs_with = |signature: &str, digest: &str| json!({ "sign": BOTH, "signature": signature, "digest": digest });
    let encrypts = |what: &[&str], content: &str, key: &str| json!({ "sign": what, "content": content, "key": key });
    let own_artifact = json!({ "sign": ["assertion"], "own_artifact": true });
    vec![
        Case::new("assertion signed", signs(&["assertion"]), AUTHENTICATED),
        Case::new("response signed", signs(&["response"]), AUTHENTICATED),
        Case::new("both signed", signs(BOTH), AUTHENTICATED),
        Case::new("both signed", signs(BOTH), AUTHENTICATED).requested_by_post(),
        Case::new("nothing signed", signs(&[]), "signature_missing"),
        Case::new("assertion signed", signs(&["assertion"]), AUTHENTICATED).answered_by_artifact(),
        Case::new("both signed", signs(BOTH), AUTHENTICATED).requested_by_post().answered_by_artifact(),
        Case::new("only the ArtifactResponse signed", signs(&[]), AUTHENTICATED).answered_by_artifact(),
        Case::new("without a client certificate", signs(BOTH), "backchannel_client_certificate")
            .with_certificates(Certificates::NoClient),
        Case::new("another root for the server", signs(BOTH), "backchannel_server_root")
            .with_certificates(Certificates::OtherRoot),
        // It writes the index of the endpoint in digits of text, which names an endpoint that is not there.
        Case::new("index of the artifact as text", own_artifact, "artifact_endpoint").answered_by_artifact(),
        Case::new("both with RSA-SHA512", signs_with(RSA_SHA512, SHA512), AUTHENTICATED),
        Case::new("both with RSA-SHA1", signs_with(RSA_SHA1, SHA256), "signature_algorithm"),
        Case::new("both with SHA-1 digests", signs_with(RSA_SHA256, SHA1), "signature_digest_algorithm"),
        Case::new("assertion in AES-128-GCM", encrypts(&["assertion"], AES_128_GCM, RSA_OAEP), AUTHENTICATED),
        Case::new("assertion in AES-256-GCM", encrypts(&["assertion"], AES_256_GCM, RSA_OAEP), AUTHENTICATED),
        Case::new("assertion in AES-256-GCM", encrypts(&["assertion"], AES_256_GCM, RSA_OAEP), AUTHENTICATED)
            .answered_by_artifact(),
        Case::new("assertion in AES-GCM, both signed", encrypts(BOTH, AES_256_GCM, RSA_OAEP), AUTHENTICATED),
        Case::new("assertion in AES-CBC, response signed", encrypts(BOTH, AES_256_CBC, RSA_OAEP), AUTHENTICATED),
        Case::new(
            "assertion in AES-CBC, not covered",
            encrypts(&["assertion"], AES_256_CBC, RSA_OAEP),
            "encryption_algorithm",
        ),
        Case::new("the same, danger switch on", encrypts(&["assertion"], AES_256_CBC, RSA_OAEP), AUTHENTICATED)
            .with_danger_cbc(),
        Case::new("assertion in Triple DES", encrypts(BOTH, TRIPLE_DES, RSA_OAEP), "encryption_algorithm"),
        Case::new("key by RSA 1.5", encrypts(BOTH, AES_256_GCM, RSA_1_5), "encryption_algorithm"),
        Case::new("level asked for not reached", signs(BOTH), "status_no_authn_context").at_level("high"),
        Case::new("cancelled", signs(BOTH), "status_authn_failed").doing(Step::Cancel),
        Case::new("answer sent twice", signs(BOTH), "pending_request").doing(Step::Repeat),
        Case::new("logout answered by redirect", signs(BOTH), LOGGED_OUT).doing(Step::LogOut(Binding::HttpRedirect)),
        Case::new("logout answered by POST", signs(BOTH), LOGGED_OUT).doing(Step::LogOut(Binding::HttpPost)),
    ]
}

const AUTHENTICATED: &str = "authenticated";
const LOGGED_OUT: &str = "logged_out";
const SESSION_ENDED: &str = "session_ended";
const SIGN_ASSERTION: &str = "saml20.sign.assertion";
const SIGN_RESPONSE: &str = "saml20.sign.response";
const ASSERTION: &str = "assertion.encryption";
const BOTH: &[&str] = &["assertion", "response"];
const RSA_SHA1: &str = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const RSA_SHA512: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512";
const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const SHA512: &str = "http://www.w3.org/2001/04/xmlenc#sha512";
const AES_128_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes128-gcm";
const AES_256_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
const AES_256_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
const TRIPLE_DES: &str = "http://www.w3.org/2001/04/xmlenc#tripledes-cbc";
const RSA_OAEP: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
const RSA_1_5: &str = "http://www.w3.org/2001/04/xmlenc#rsa-1_5";
