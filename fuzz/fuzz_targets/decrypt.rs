//! Properties: nothing that is encrypted to us makes decryption panic; CBC is opened under a signature only; and what a
//! refusal says does not depend on our key: with another key the same message is refused in the same words, or, where
//! a key was used at all, with the one uniform failure.

#![no_main]

use libfuzzer_sys::fuzz_target;
use saml_fuzz::{SERVICE_PROVIDER, decryption_keys};
use saml_xml::{Document, ParseOptions};
use saml_xml_security::{Authenticated, Error, decrypt};

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = Document::parse(bytes, &ParseOptions::message()) else { return };
    let [own, foreign] = decryption_keys();
    for holder in document
        .elements()
        .filter(|element| element.children().any(|child| child.local_name() == "EncryptedData"))
        .take(2)
    {
        let open = |key, authenticated| decrypt(holder, std::slice::from_ref(key), SERVICE_PROVIDER, authenticated);
        let signed = open(own, Authenticated::BySignature);
        match &signed {
            Ok(_) | Err(Error::DecryptionFailed) => {
                assert_eq!(open(foreign, Authenticated::BySignature), Err(Error::DecryptionFailed));
            }
            refused => assert_eq!(&open(foreign, Authenticated::BySignature), refused),
        }
        let unsigned = open(own, Authenticated::No);
        let is_cbc = holder.source().contains("-cbc");
        let keys = document.elements().filter(|element| element.local_name() == "EncryptedKey").count();
        match &unsigned {
            // Fewer are tried for somebody who signed nothing (ATT-091).
            Err(Error::DecryptionFailed) if keys > 4 => {}
            // The padding of CBC tells an attacker something only where it is opened.
            Err(Error::EncryptionAlgorithm { found }) if is_cbc && found.contains("without a signature") => {}
            _ => assert_eq!(unsigned, signed),
        }
        if let Ok(plaintext) = &signed {
            let _ = Document::parse_in_context(plaintext, holder, &ParseOptions::message());
            assert_eq!(
                decrypt(holder, &[foreign.clone(), own.clone()], SERVICE_PROVIDER, Authenticated::BySignature).as_ref(),
                Ok(plaintext)
            );
        }
    }
});
