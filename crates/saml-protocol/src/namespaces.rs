//! The namespaces of SAML 2.0 and what it is carried in.

/// `saml`: assertions (SAML Core 1.1).
pub const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// `samlp`: protocol messages (SAML Core 1.1).
pub const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// `md`: metadata (SAML Metadata 1.1).
pub const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// `req-attr`: attributes asked for in a request (SAML V2.0 Protocol Extension for Requesting Attributes per Request).
pub const REQUESTED_ATTRIBUTES: &str = "urn:oasis:names:tc:SAML:protocol:ext:req-attr";
/// `ds`: XML Signature.
pub const XMLDSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// `soap`: SOAP 1.1 envelopes (SAML Bindings 3.2).
pub const SOAP_ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// `xsi`: `xsi:type` in attribute values.
pub const XML_SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// `xs`: the types that `xsi:type` names.
pub const XML_SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";
