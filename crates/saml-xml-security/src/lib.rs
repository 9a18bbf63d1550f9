//! XML Signature over exactly the element that is consumed, on OpenSSL.
