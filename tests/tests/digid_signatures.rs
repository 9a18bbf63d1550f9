//! Every message of DigiD's world that the corpus has: which of its signatures hold, and why the others do not.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_tests::{corpus, read};
use saml_xml::{Document, Element, ParseOptions};
use saml_xml_security::{AlgorithmPolicy, VerifyingKey, verify};

/// Judges every signature of a file, as an enveloped one over the element around it, in the order of the document.
fn judge(file: &Path, keys: &[VerifyingKey]) -> String {
    let options = ParseOptions::metadata();
    let document = Document::parse(&read(file), &options).unwrap();
    let mut keys = keys.to_vec();
    keys.extend(embedded(&document));
    let signed = document.elements().filter(|element| element.is(XMLDSIG, "Signature")).map(|signature| {
        let signed = signature.parent().unwrap();
        let code = match verify(signed, &keys, &AlgorithmPolicy::modern(), &options) {
            Ok(_) => "accepted",
            Err(error) => error.code(),
        };
        format!("{} {code}", signed.local_name())
    });
    signed.collect::<Vec<_>>().join(", ")
}

/// Returns the certificates in a document; only here is one trusted, so that a bad message is refused for what is bad
/// in it.
fn embedded(document: &Document) -> Vec<VerifyingKey> {
    let key = |element: Element<'_>| {
        let text: String = element.text().ok()?.split_ascii_whitespace().collect();
        VerifyingKey::from_certificate_der(&STANDARD.decode(text).ok()?).ok()
    };
    document.elements().filter(|element| element.local_name() == "X509Certificate").filter_map(key).collect()
}

#[test]
fn each_signature_in_the_messages_of_digid_gives_its_documented_result() {
    let Some(corpus) = corpus(FILES.len(), "messages of DigiD") else { return };
    let top = corpus.join("digid");
    for (name, expected, why) in FILES {
        let file = top.join(name);
        let folder = std::fs::read_dir(file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
        let keys: Vec<_> = folder
            .filter(|path| path.extension().is_some_and(|ending| ending == "pem"))
            .filter_map(|path| VerifyingKey::from_certificate_pem(&read(&path)).ok())
            .collect();
        assert_eq!(judge(&file, &keys), *expected, "{name}: {why}");
    }
}

#[test]
fn no_message_of_digid_is_left_out() {
    let Some(corpus) = corpus(1, "the list of messages of DigiD") else { return };
    let top = corpus.join("digid");
    let folders = std::fs::read_dir(&top).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    let messages = files.filter(|file| file.extension().is_some_and(|ending| ending == "xml"));
    let mut found: Vec<_> =
        messages.map(|file| file.strip_prefix(&top).unwrap().to_str().unwrap().to_owned()).collect();
    found.sort();

    let listed: Vec<_> = FILES.iter().map(|(name, ..)| *name).collect();
    assert_eq!(found, listed);
}

/// Every file, its signatures in the order of the document with what comes of each, and why.
#[rustfmt::skip]
const FILES: &[(&str, &str, &str)] = &[
    ("digid-idp-source-tests/requests__artifact-request-invalid-signature.xml", "ArtifactResolve signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/requests__artifact-request-invalid-version.xml", "ArtifactResolve signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/requests__artifact-request-no-artifact.xml", "ArtifactResolve signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/requests__artifact-request-no-signature.xml", "", NO_SIGNATURE),
    ("digid-idp-source-tests/requests__artifact-request-valid-bvd.xml", "ArtifactResolve signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/requests__artifact-request-valid.xml", "ArtifactResolve signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/requests__artifact-request-wrong-destination.xml", "ArtifactResolve signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/requests__authn-request-entrance-bvd.xml", "AuthnRequest signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/requests__authn-request-entrance-extensions.xml", "AuthnRequest signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/requests__authn-request-entrance-invalid.xml", "AuthnRequest signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/requests__authn-request-entrance.xml", "AuthnRequest signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/requests__authn-request-idp-ad-bvd.xml", "AuthnRequest signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/requests__authn-request-idp-bvd.xml", "AuthnRequest signature_reference_uri, Assertion signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/requests__authn-request-idp.xml", "AuthnRequest signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/requests__logout-request-invalid-signature.xml", "LogoutRequest signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/requests__logout-request-invalid-version.xml", "LogoutRequest signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/requests__logout-request-no-nameid.xml", "LogoutRequest signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/requests__logout-request-no-signature.xml", "", NO_SIGNATURE),
    ("digid-idp-source-tests/requests__logout-request-valid.xml", "LogoutRequest signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/requests__logout-request-wrong-destination.xml", "LogoutRequest signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/responses__artifact-response.xml", "ArtifactResponse signature_algorithm, Response signature_algorithm, Assertion signature_algorithm", "its signatures are by RSA with SHA-1"),
    ("digid-idp-source-tests/responses__logout-response.xml", "LogoutResponse signature_algorithm", "its signatures are by RSA with SHA-1"),
    ("digid-idp-source-tests/saml__test-ca-metadata-acs-no-default.xml", "", NO_SIGNATURE),
    ("digid-idp-source-tests/saml__test-ca-metadata-acs.xml", "", NO_SIGNATURE),
    ("digid-idp-source-tests/saml__test-ca-metadata-with-oin-cert.xml", "", NO_SIGNATURE),
    ("digid-idp-source-tests/saml__test-ca-metadata.xml", "EntitiesDescriptor signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/saml__test-dv-metadata.xml", "EntityDescriptor signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/saml__test-lc-4.4-metadata.xml", "EntitiesDescriptor signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/saml__test-lc-metadata.xml", "EntityDescriptor signature_reference_uri", REDACTED),
    ("digid-idp-source-tests/saml__test-rd-metadata.xml", "EntityDescriptor signature_reference_uri", REDACTED),
    ("libsaml/artifact_resolve.xml", "", NO_SIGNATURE),
    ("libsaml/artifact_response.xml", "", NO_SIGNATURE),
    ("libsaml/authn_request.xml", "", NO_SIGNATURE),
    ("libsaml/authn_request_with_two_authn_contexts.xml", "", NO_SIGNATURE),
    ("libsaml/encrypted_id.xml", "", NO_SIGNATURE),
    ("libsaml/encrypted_id_alternative.xml", "", NO_SIGNATURE),
    ("libsaml/identity_provider.xml", "", NO_SIGNATURE),
    ("libsaml/logout_request.xml", "", NO_SIGNATURE),
    ("libsaml/logout_response.xml", "", NO_SIGNATURE),
    ("libsaml/provider_with_cache_duration.xml", "", NO_SIGNATURE),
    ("libsaml/service_provider.xml", "", NO_SIGNATURE),
    ("libsaml/signed_artifact_resolve.xml", "ArtifactResponse id_missing", "its ID is no XML name, and the ID of two elements"),
    ("libsaml/signed_with_inserted.xml", "Assertion signature_no_key", "an assertion inserted in a signed one; no key comes with it"),
    ("libsaml/unsigned_artifact_response_with_signed_response_with_multiple_signatures.xml", "Assertion signature_reference_uri, Assertion signature_reference_uri", "what its references name is not there"),
    ("maykin-idp-metadata/digid_metadata.xml", "EntityDescriptor signature_digest_mismatch", "changed after it was signed; xmlsec1 says the same"),
    ("maykin-idp-metadata/digid_metadata_with_slo_POST.xml", "EntityDescriptor signature_digest_mismatch", "changed after it was signed; xmlsec1 says the same"),
    ("maykin-idp-metadata/digid_metadata_with_slo_POST_2.xml", "EntityDescriptor signature_digest_mismatch", "changed after it was signed; xmlsec1 says the same"),
    ("nl-rdo-max/artifact_response_digid.verifying.xml", "ArtifactResponse accepted, Assertion accepted", "as DigiD sent it"),
    ("nl-rdo-max/artifact_response_digid.xml", "ArtifactResponse signature_digest_mismatch, Assertion signature_digest_mismatch", "indented after it was signed"),
    ("nl-rdo-max/cluster_response.xml", "ArtifactResponse signature_digest_mismatch, Assertion signature_digest_mismatch, Assertion signature_digest_mismatch", ANONYMISED),
    ("nl-rdo-max/login_cancelled.xml", "ArtifactResponse signature_digest_mismatch", ANONYMISED),
    ("nl-rdo-max/request_denied.xml", "ArtifactResponse signature_digest_mismatch", ANONYMISED),
    ("nl-rdo-max/test-saml-art.tvs.xml", "ArtifactResponse signature_digest_mismatch, Assertion signature_digest_mismatch, Assertion signature_digest_mismatch", ANONYMISED),
    ("st-saml-examples/artifact_resolve_request.xml", "ArtifactResolve signature_value", ELIDED),
    ("st-saml-examples/artifact_response.xml", "ArtifactResponse signature_value, Assertion signature_value, Assertion signature_value", ELIDED),
    ("st-saml-examples/artifact_response_with_bvd.xml", "ArtifactResponse signature_value, Assertion signature_value, Assertion signature_value, Assertion signature_value", ELIDED),
    ("st-saml-examples/artifact_response_with_legal_representation.xml", "ArtifactResponse signature_value, Assertion signature_value, Assertion signature_value, Assertion signature_value", ELIDED),
    ("st-saml-examples/authn_request.xml", "AuthnRequest signature_value", ELIDED),
    ("st-saml-examples/authn_request_bvd.xml", "AuthnRequest signature_value", ELIDED),
    ("st-saml-examples/authn_request_extensions.xml", "AuthnRequest signature_value", ELIDED),
    ("st-saml-examples/logout_request.xml", "LogoutRequest signature_value", ELIDED),
    ("st-saml-examples/logout_response.xml", "LogoutResponse signature_value", ELIDED),
    ("st-saml-examples/saml_metadata_dv_for_rd.xml", "EntityDescriptor signature_algorithm", "the URI of its algorithm is misspelt"),
    ("st-saml-examples/saml_metadata_lc_for_rd.xml", "EntitiesDescriptor signature_digest_algorithm", "no specification has its digest algorithm"),
    ("st-saml-examples/saml_metadata_rd_for_ad_bvd.xml", "EntitiesDescriptor signature_value", ELIDED),
    ("st-saml-examples/saml_metadata_rd_for_dv.xml", "EntityDescriptor signature_value", ELIDED),
];

const ANONYMISED: &str = "changed to make it anonymous after it was signed";
const ELIDED: &str = "dots stand for the values in this example";
const NO_SIGNATURE: &str = "nothing in it is signed";
const REDACTED: &str = "letters stand for the values in this published test";
const XMLDSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
