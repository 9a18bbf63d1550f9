use thiserror::Error;

/// Says why a message could not be sent or taken in by its binding.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// An artifact where a message was expected.
    #[error("expected a message, found an artifact: it names a message that its sender keeps")]
    Artifact,
    /// An artifact of another length (SAML Bindings 3.6.4).
    #[error("expected an artifact of 44 bytes, found {found}")]
    ArtifactLength {
        /// Its length in bytes.
        found: usize,
    },
    /// An artifact of somebody else (ATT-160).
    #[error("expected an artifact with the SourceID of the identity provider, found another")]
    ArtifactSource,
    /// An artifact of another format (SAML Bindings 3.6.4.2).
    #[error("expected an artifact of type 4, found type {found}")]
    ArtifactType {
        /// Its type code.
        found: u16,
    },
    /// A value that is not base64 in its one canonical form.
    #[error("expected base64 in {parameter}, found something else")]
    Base64 {
        /// The parameter.
        parameter: &'static str,
    },
    /// A form in another encoding (ATT-158).
    #[error("expected content type application/x-www-form-urlencoded in UTF-8, found {found}")]
    ContentType {
        /// The content type found.
        found: String,
    },
    /// Bytes that are not one complete DEFLATE stream.
    #[error("expected one complete DEFLATE stream, found another")]
    Deflate,
    /// Bytes behind the end of the DEFLATE stream (ATT-156).
    #[error("expected nothing behind the DEFLATE stream, found {found} bytes")]
    DeflateTrailing {
        /// How many bytes.
        found: usize,
    },
    /// A URL that a message cannot be sent to.
    #[error("expected an endpoint with an http or https URL without fragment and SAML parameters, found another")]
    Endpoint,
    /// A parameter that stands more than once (ATT-151).
    #[error("expected {parameter} once, found it more than once")]
    ParameterDuplicate {
        /// The parameter.
        parameter: &'static str,
    },
    /// A parameter without `=`, or with an escaped name.
    #[error("expected {parameter}=value with a plain name, found another form")]
    ParameterForm {
        /// The parameter.
        parameter: &'static str,
    },
    /// The parameter that has to be there is not.
    #[error("expected {expected}, found no such parameter")]
    ParameterMissing {
        /// The parameter.
        expected: &'static str,
    },
    /// A parameter for another message (ATT-150, ATT-159).
    #[error("expected {expected} and no other message, found {found}")]
    ParameterUnexpected {
        /// The parameter that this endpoint takes.
        expected: &'static str,
        /// The parameter found.
        found: &'static str,
    },
    /// A query or form that is not percent-encoded UTF-8.
    #[error("expected percent-encoded UTF-8, found something else")]
    PercentEncoding,
    /// A URL that is too long to be sent (ATT-201).
    #[error("expected a URL of at most {limit} bytes, found {found}: send the message by HTTP-POST")]
    RedirectTooLong {
        /// The most bytes a URL may have.
        limit: usize,
        /// The bytes of the URL.
        found: usize,
    },
    /// A relay state that the bindings do not allow (SAML Bindings 3.4.3, 3.5.3).
    #[error("expected a relay state of at most 80 bytes, found {found}")]
    RelayStateTooLong {
        /// Its length in bytes.
        found: usize,
    },
    /// A `SAMLEncoding` other than DEFLATE.
    #[error("expected SAMLEncoding DEFLATE, found another")]
    SamlEncoding,
    /// A query signature that does not hold, or a key that cannot sign.
    #[error("{0}")]
    Signature(#[from] saml_xml_security::Error),
    /// An XML signature in a message for HTTP-Redirect (SAML Bindings 3.4.4.1, ATT-153).
    #[error("expected a message without an XML signature, found one with it")]
    SignatureEmbedded,
    /// `Signature` without `SigAlg`, or the reverse (ATT-153).
    #[error("expected Signature and SigAlg together, found no {missing}")]
    SignatureIncomplete {
        /// The parameter that is not there.
        missing: &'static str,
    },
    /// A query without a signature (ATT-153).
    #[error("expected a query with a signature, found none")]
    SignatureMissing,
    /// A SOAP fault instead of an answer.
    #[error("expected an answer, found a SOAP fault")]
    SoapFault,
    /// A header that must be understood and is not (ATT-163).
    #[error("expected no SOAP header that must be understood, found {found}")]
    SoapMustUnderstand {
        /// The name of the header.
        found: String,
    },
    /// An envelope that is not SOAP 1.1 with one body with one child (ATT-163).
    #[error("expected {expected}, found {found}")]
    SoapStructure {
        /// What should be there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// More bytes than a message may have (ATT-156).
    #[error("expected a {what} of at most {limit} bytes, found more")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The most bytes it may have.
        limit: usize,
    },
    /// More fields than a form or query has.
    #[error("expected a form or query of at most {limit} fields, found more")]
    TooManyFields {
        /// The most fields it may have.
        limit: usize,
    },
    /// Bytes that are a message in none of the encodings tried.
    #[error("expected XML, base64 of XML, a redirect URL or query, or a form body, found something else")]
    Unrecognized,
    /// A message to be sent that is not XML.
    #[error("{0}")]
    Xml(#[from] saml_xml::Error),
}

impl Error {
    /// Returns the stable word for logs and metrics; that of the inner error for a signature or XML.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Artifact => "binding_artifact",
            Self::ArtifactLength { .. } => "binding_artifact_length",
            Self::ArtifactSource => "binding_artifact_source",
            Self::ArtifactType { .. } => "binding_artifact_type",
            Self::Base64 { .. } => "binding_base64",
            Self::ContentType { .. } => "binding_content_type",
            Self::Deflate => "binding_deflate",
            Self::DeflateTrailing { .. } => "binding_deflate_trailing",
            Self::Endpoint => "binding_endpoint",
            Self::ParameterDuplicate { .. } => "binding_parameter_duplicate",
            Self::ParameterForm { .. } => "binding_parameter_form",
            Self::ParameterMissing { .. } => "binding_parameter_missing",
            Self::ParameterUnexpected { .. } => "binding_parameter_unexpected",
            Self::PercentEncoding => "binding_percent_encoding",
            Self::RedirectTooLong { .. } => "binding_redirect_too_long",
            Self::RelayStateTooLong { .. } => "binding_relay_state_too_long",
            Self::SamlEncoding => "binding_saml_encoding",
            Self::Signature(error) => error.code(),
            Self::SignatureEmbedded => "binding_signature_embedded",
            Self::SignatureIncomplete { .. } => "binding_signature_incomplete",
            Self::SignatureMissing => "binding_signature_missing",
            Self::SoapFault => "binding_soap_fault",
            Self::SoapMustUnderstand { .. } => "binding_soap_must_understand",
            Self::SoapStructure { .. } => "binding_soap_structure",
            Self::TooLarge { .. } => "binding_too_large",
            Self::TooManyFields { .. } => "binding_too_many_fields",
            Self::Unrecognized => "binding_unrecognized",
            Self::Xml(error) => error.code(),
        }
    }
}

/// Shortens a value from outside to what fits a log line, on one line.
pub(crate) fn shorten(value: &str) -> String {
    value.chars().filter(|character| !character.is_control()).take(60).collect()
}
