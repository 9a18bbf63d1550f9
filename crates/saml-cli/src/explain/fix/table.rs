//! The one table: each code that a check can give, and what is said of it.

use super::Fix::{self, Never, Of, Words};
use super::{clock, keys, login, message};

/// Returns what is said of `code`.
pub(super) fn entry(code: &str) -> Option<Fix> {
    TABLE.iter().find(|(codes, _)| codes.contains(&code)).map(|(_, fix)| *fix)
}

const TABLE: &[(&[&str], Fix)] = &[
    // Times.
    (&["conditions_not_before"], Of(clock::not_yet)),
    (&["artifact_issue_instant", "authn_instant", "issue_instant"], Of(clock::instant)),
    (&["conditions_expired", "confirmation_expired", "session_not_on_or_after"], Of(clock::expired)),
    (&["metadata_expired"], Of(clock::metadata_expired)),
    // Addresses and names.
    (&["audience_restriction"], Of(login::audience)),
    (&["destination", "recipient"], Of(login::address)),
    (&["assertion_issuer", "issuer"], Of(login::issuer)),
    (&["confirmation_in_response_to", "in_response_to"], Of(login::request)),
    (&["subject_sp_name_qualifier"], Of(login::not_for_us)),
    (&["service_uuid"], Of(login::service)),
    // Who logged in, and how.
    (&["level_too_low"], Of(login::level_too_low)),
    (&["level"], Of(login::other_level)),
    (&["level_unknown"], Of(login::level_unknown)),
    // The check has this code only where it passes or is not made; its failures have codes of their own.
    (
        &["level_missing"],
        Words("The answer names no level: have the connection at the broker given a contract for levels of assurance."),
    ),
    (&["authenticating_authority"], Of(login::authority)),
    (
        &["authenticating_authority_ambiguous"],
        Words(
            "AuthenticatingAuthority and NameQualifier name two parties, so that nobody knows who authenticated the \
             user: ask the broker.",
        ),
    ),
    (
        &["authn_statement"],
        Words(
            "The answer must have one statement of authentication: ask the identity provider to send one login at a time.",
        ),
    ),
    (
        &["subject", "name_id_empty"],
        Words(
            "The assertion is about nobody: ask the identity provider for a NameID, and look at its filter of attributes.",
        ),
    ),
    (
        &["name_id_format", "identifier_format"],
        Words(
            "The identifier is of another kind than this profile reads: is another means chosen at the broker, such as iDIN?",
        ),
    ),
    (
        &["name_id_not_sectoral"],
        Words(
            "The NameID is no sector code and number, so it is not from DigiD: ask for DigiD in the request \
             (Scoping), and look at the mappings of the connection.",
        ),
    ),
    (
        &["name_id_sector_missing"],
        Words(
            "The broker takes the sector code off the NameID: switch \u{201c}Strip sector code from nameID\u{201d} off. \
             Signicat's simulator never sends one: for logins there set login.sector_code = \"optional\" in the \
             configuration file, in preproduction.",
        ),
    ),
    (
        &["name_id_sector_present"],
        Words("The NameID has a sector code, and the profile expects none: the setting of the broker was changed."),
    ),
    (
        &["name_id_sector_unexpected"],
        Words(
            "The number is of another sector than the BSN, such as a sofinummer (s00000001): cancel the login. Our \
             service is not for these users.",
        ),
    ),
    (
        &["name_id_control_character", "name_id_surrounding_white_space"],
        Words("The identifier has characters around or in it that do not belong there: ask the identity provider."),
    ),
    (
        &["bsn_all_zero", "bsn_eleven_test", "bsn_length", "bsn_not_digits"],
        Words(
            "The number is no BSN. In a test, use a number of the list of test BSNs; in production, look whether \
             another means than DigiD was chosen at the broker.",
        ),
    ),
    (
        &["acting_nin", "idp_id_conflict", "nin_conflict", "identity_ambiguous"],
        Words(
            "NameID and attributes name more than one person: never accept it. Look at the mappings of attributes of \
             the connection.",
        ),
    ),
    (
        &["representation_not_allowed"],
        Words(
            "Somebody logged in for another, and this profile does not allow it: use a profile with representation if \
             the service is ready for it.",
        ),
    ),
    (
        &["acting_subject_id", "legal_subject_id", "identifier_qualifier", "identifier_sp_qualifier"],
        Words(
            "The encrypted identifiers are not the ones of the service catalogue: see there that the service asks for \
             the BSN, and that its mandate settings are right.",
        ),
    ),
    // Status.
    (&["status_authn_failed"], Words("The user cancelled, or did not manage to log in: nothing is to be mended.")),
    (
        &["status_not_cancelled"],
        Words(
            "The login failed at DigiD, and the user did not cancel it: try again, and look whether DigiD has a failure.",
        ),
    ),
    (
        &["status_no_authn_context"],
        Words(
            "The user reached a lower level than was asked for. DigiD in pre-production lets the tester choose the \
             level: choose a higher one.",
        ),
    ),
    (
        &["status_no_passive"],
        Words("The user was not logged in yet, and the request forbade to ask (IsPassive): leave that out."),
    ),
    (
        &["status_no_supported_idp"],
        Words(
            "The identity provider that the request asks for (Scoping) is not connected: look at the name of the connection.",
        ),
    ),
    (
        &["status_request_denied"],
        Words(
            "The identity provider refuses the request, or the artifact was used or has expired: its log says why. \
             Often we are not registered there, or sign with a certificate that is not.",
        ),
    ),
    (
        &["status_request_unsupported", "status_requester"],
        Words(
            "The identity provider finds our request wrong: compare its ACS, index, entity ID and signature with what \
             is registered.",
        ),
    ),
    (
        &["status_not_success", "status_responder"],
        Words(
            "The identity provider failed: try again; if it stays so, ask it, with the ID and the time of the message.",
        ),
    ),
    // Signatures.
    (&["signature_invalid"], Of(keys::signature_invalid)),
    (&["signature_digest_mismatch"], Of(keys::digest_mismatch)),
    (&["signature_key_type", "signature_no_key"], Of(keys::no_such_key)),
    (&["signature_missing"], Of(message::signature_missing)),
    (&["signature_reference_uri"], Of(message::reference)),
    (&["duplicate_id"], Of(message::duplicate_id)),
    (&["signature_algorithm", "signature_digest_algorithm"], Of(message::algorithm)),
    (
        &["signature_count", "signature_position", "signature_structure"],
        Words(
            "The signature does not stand where SAML puts it, or something was put into it, as in signature wrapping: \
             never accept it. If the message is genuine, tell the identity provider.",
        ),
    ),
    (
        &["signature_canonicalization_method", "signature_transforms"],
        Words(
            "It is signed in a way that lets the signature cover less than it seems to: have the identity provider \
             sign with enveloped-signature and exclusive canonicalisation, as SAML demands.",
        ),
    ),
    (
        &["id_attribute", "id_missing", "signature_canonical_form", "signature_value"],
        Words(
            "The signed element or its signature is not well made: take the message as received; if this is it, refuse it.",
        ),
    ),
    (
        &["signature_key_info"],
        Words(
            "The signature says where a key is to be fetched, which is never done: have the identity provider leave that out.",
        ),
    ),
    (
        &["second_opinion", "second_opinion_missing"],
        Words(
            "libxmlsec1 does not find the signature good: keep the message, and report it to the maintainers of this toolkit.",
        ),
    ),
    // Encryption.
    (&["encrypted", "encrypted_assertion"], Of(message::encrypted)),
    (&["decryption_failed"], Of(message::decryption_failed)),
    (
        &["encryption_recipient"],
        Words(
            "It is encrypted for others, and not for our entity ID: have the identity provider take our metadata anew.",
        ),
    ),
    (
        &["encryption_algorithm", "encryption_structure"],
        Words(
            "It is encrypted in a way that is not accepted here: have the identity provider use AES-GCM with \
             RSA-OAEP, or sign what it encrypts with AES-CBC.",
        ),
    ),
    // The form of the message.
    (&["message_type"], Of(message::message_type)),
    (
        &[
            "attribute_missing",
            "attribute_value",
            "date_time",
            "element_missing",
            "element_unexpected",
            "text_unexpected",
            "version",
        ],
        Of(message::schema),
    ),
    (
        &["condition_unknown"],
        Words("The assertion has a condition that nobody here can judge: have the identity provider leave it out."),
    ),
    (
        &["assertion"],
        Words(
            "The answer says success and has no assertion: ask the identity provider; its filter may have removed it.",
        ),
    ),
    (
        &["bearer_confirmation", "confirmation_not_before"],
        Words(
            "The assertion may not be delivered by the browser as it is: ask the identity provider for one bearer confirmation.",
        ),
    ),
    (
        &["attribute_duplicate", "attribute_identifier"],
        Words(
            "An attribute is there twice, or is not what it must be: look at the mappings of attributes of the connection.",
        ),
    ),
    (
        &["artifact_in_response_to"],
        Words("The back channel answered another question than was asked: look for a proxy that keeps answers."),
    ),
    (
        &["artifact_resolved"],
        Words(
            "The artifact is unknown, used or expired: resolve it once, at once, at the endpoint of the same environment.",
        ),
    ),
    (
        &["binding_soap_fault", "binding_soap_must_understand", "binding_soap_structure"],
        Words(
            "The back channel did not answer with one message in SOAP 1.1: look at the address, at Content-Type \
             text/xml in our question, and at the certificate of our client.",
        ),
    ),
    (
        &[
            "xml_bad_name",
            "xml_bad_namespace",
            "xml_bad_reference",
            "xml_child_in_text",
            "xml_comment",
            "xml_delimiter_in_content",
            "xml_document_type",
            "xml_duplicate_attribute",
            "xml_encoding",
            "xml_forbidden_character",
            "xml_long_namespace",
            "xml_mismatched_end",
            "xml_processing_instruction",
            "xml_syntax",
            "xml_too_deep",
            "xml_too_large",
            "xml_too_many_attributes",
            "xml_too_many_namespaces",
            "xml_too_many_nodes",
            "xml_trailing_content",
            "xml_unbound_prefix",
            "xml_unexpected_end",
            "xml_version",
        ],
        Of(message::not_xml),
    ),
    // Codes by which no message is refused here; why not, each time.
    (
        &[
            "artifact_response_signature",
            "assertion_signature",
            "attributes",
            "decryption",
            "message",
            "metadata_signature",
            "metadata_valid",
            "name_id",
            "partner",
            "response_signature",
            "schema",
            "signature_required",
            "status",
            "used_once",
        ],
        Never,
    ),
    // It is about our own keys and files, which are refused as wrong usage before a message is judged.
    (
        &[
            "certificate_unreadable",
            "crypto_failed",
            "key_mismatch",
            "key_weak",
            "private_key_unreadable",
            "seal_broken",
            "seal_key_unknown",
            "signature_write",
        ],
        Never,
    ),
    // Such metadata is refused as wrong usage, with what was expected and found, before a message is judged.
    (
        &[
            "metadata_aggregate",
            "metadata_aggregate_limit",
            "metadata_aggregate_nested",
            "metadata_duplicate_entity",
            "metadata_duplicate_index",
            "metadata_element_missing",
            "metadata_entity_changed",
            "metadata_entity_mismatch",
            "metadata_entity_missing",
            "metadata_is_identity_provider",
            "metadata_is_service_provider",
            "metadata_location",
            "metadata_no_signing_key",
            "metadata_protocol",
            "metadata_role_ambiguous",
            "metadata_role_missing",
            "metadata_rollback",
            "metadata_validity",
            "metadata_write",
            "xml_read",
        ],
        Never,
    ),
    // The input holds no message in a form that can be read, which is refused as wrong usage.
    (
        &[
            "binding_artifact",
            "binding_artifact_length",
            "binding_artifact_source",
            "binding_artifact_type",
            "binding_base64",
            "binding_content_type",
            "binding_deflate",
            "binding_deflate_trailing",
            "binding_endpoint",
            "binding_parameter_duplicate",
            "binding_parameter_form",
            "binding_parameter_missing",
            "binding_parameter_unexpected",
            "binding_percent_encoding",
            "binding_redirect_too_long",
            "binding_relay_state_too_long",
            "binding_saml_encoding",
            "binding_signature_embedded",
            "binding_signature_incomplete",
            "binding_signature_missing",
            "binding_too_large",
            "binding_too_many_fields",
            "binding_unrecognized",
        ],
        Never,
    ),
];

#[cfg(test)]
mod tests;
