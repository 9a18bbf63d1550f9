//! What a SAML NameID holds in the Netherlands: sector codes, the BSN, pseudonyms.
