use std::fmt;

use saml_bindings::{MessageParameter, PostForm, encode_redirect};
use saml_state::RelayState;
use saml_xml_security::{SignOptions, SignatureAlgorithm, SigningKey, sign};

use crate::error::Error;

/// A request that is ready to be signed and sent, once.
///
/// It cannot be read or copied: what is sent is signed (ATT-199), and no ID is sent twice.
pub struct UnsignedRequest {
    pub(crate) xml: String,
    pub(crate) destination: String,
    pub(crate) relay_state: RelayState,
    pub(crate) algorithm: SignatureAlgorithm,
    /// Whether a value is typed with `xsi:type="xs:string"`.
    pub(crate) types_values: bool,
}

impl UnsignedRequest {
    /// Signs the request and returns the URL to redirect the browser to.
    ///
    /// The signature is in the query only (SAML Bindings 3.4.4.1).
    ///
    /// # Errors
    /// [`Error::Binding`] when the destination is no URL that a browser can be sent to, when the URL would be longer
    /// than servers take, or when the key does not fit the algorithm.
    pub fn redirect(self, key: &SigningKey) -> Result<String, Error> {
        let relay_state = Some(self.relay_state.as_str());
        let signer = Some((key, self.algorithm));
        Ok(encode_redirect(&self.destination, MessageParameter::SamlRequest, &self.xml, relay_state, signer)?)
    }

    /// Signs the request and returns the form that the browser is to post.
    ///
    /// The signature is enveloped, directly after the `Issuer`.
    ///
    /// # Errors
    /// [`Error::Signature`] when the key does not fit the algorithm, [`Error::Binding`] when the destination is no URL
    /// that a form can go to.
    pub fn post(self, key: &SigningKey) -> Result<PostForm, Error> {
        // The prefix `xs` stands in values only: without being named it would not be covered (Exclusive C14N 1.0 3).
        let inclusive_prefixes = if self.types_values { vec!["xs".to_owned()] } else { Vec::new() };
        let options = SignOptions { signature: self.algorithm, inclusive_prefixes, ..SignOptions::default() };
        let signed = sign(&self.xml, key, &options)?;
        let relay_state = Some(self.relay_state.as_str());
        Ok(PostForm::new(&self.destination, MessageParameter::SamlRequest, &signed, relay_state)?)
    }
}

impl fmt::Debug for UnsignedRequest {
    /// Shows where the request goes, not the request.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnsignedRequest(to {})", self.destination)
    }
}
