//! Algorithms, prefix lists and the digest in the `SignedInfo`.

use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use saml_xml_security::{Error, SignatureAlgorithm};

use crate::by_hand::{ByHand, ENVELOPED, EXCLUSIVE, key, reference, reference_with, signature_method, verdict};

#[test]
fn only_exclusive_canonicalization_of_the_signed_info_is_accepted() {
    let with = |uri: &str| {
        let canonicalization_method = format!(r#"<ds:CanonicalizationMethod Algorithm="{uri}"/>"#);
        verdict(&ByHand { canonicalization_method, ..ByHand::default() }.xml())
    };
    assert_eq!(with(EXCLUSIVE_URI), Ok(()));
    for uri in [
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2006/12/xml-c14n11",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        "",
    ] {
        assert_eq!(with(uri), Err(Error::CanonicalizationMethod { found: uri.to_owned() }), "{uri}");
    }
}

#[test]
fn hash_algorithms_that_are_broken_are_rejected() {
    let rsa_with = |digest: MessageDigest, uri: &str| ByHand {
        signature_method: signature_method(uri),
        sign: Box::new(move |octets| {
            let key = PKey::private_key_from_pem(&key().private_key_pem().unwrap()).unwrap();
            Signer::new(digest, &key).unwrap().sign_oneshot_to_vec(octets).unwrap()
        }),
        ..ByHand::default()
    };
    let refused = |uri: &str| Err(Error::SignatureAlgorithm { found: uri.to_owned() });
    let good = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    assert_eq!(verdict(&rsa_with(MessageDigest::sha256(), good).xml()), Ok(()));
    let sha1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
    assert_eq!(verdict(&rsa_with(MessageDigest::sha1(), sha1).xml()), refused(sha1));
    let md5 = "http://www.w3.org/2001/04/xmldsig-more#rsa-md5";
    assert_eq!(verdict(&rsa_with(MessageDigest::md5(), md5).xml()), refused(md5));
}

#[test]
fn an_hmac_with_the_public_certificate_as_its_key_is_rejected() {
    for (uri, digest) in [
        ("http://www.w3.org/2000/09/xmldsig#hmac-sha1", MessageDigest::sha1()),
        ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", MessageDigest::sha256()),
    ] {
        let by_hand = ByHand {
            signature_method: signature_method(uri),
            sign: Box::new(move |octets| {
                let secret = PKey::hmac(&key().verifying_key().certificate_pem().unwrap()).unwrap();
                Signer::new(digest, &secret).unwrap().sign_oneshot_to_vec(octets).unwrap()
            }),
            ..ByHand::default()
        };
        assert_eq!(verdict(&by_hand.xml()), Err(Error::SignatureAlgorithm { found: uri.to_owned() }));
    }
}

#[test]
fn an_algorithm_that_is_not_spelled_exactly_is_rejected() {
    let with = |uri: &str| verdict(&ByHand { signature_method: signature_method(uri), ..ByHand::default() }.xml());
    let good = SignatureAlgorithm::RsaSha256.uri();
    assert_eq!(with(good), Ok(()));
    for uri in [format!("{good} "), good.to_uppercase(), good.replace("http:", "https:"), "urn:unknown".to_owned()] {
        assert_eq!(with(&uri), Err(Error::SignatureAlgorithm { found: uri }));
    }
    let without = ByHand { signature_method: "<ds:SignatureMethod/>".to_owned(), ..ByHand::default() };
    assert_eq!(verdict(&without.xml()), Err(Error::SignatureAlgorithm { found: "no algorithm".to_owned() }));
}

#[test]
fn a_parameter_of_the_signature_method_is_rejected() {
    let with = |parameter: &str| {
        let end = format!(">{parameter}</ds:SignatureMethod>");
        let signature_method = signature_method(SignatureAlgorithm::RsaSha256.uri()).replace("/>", &end);
        verdict(&ByHand { signature_method, ..ByHand::default() }.xml())
    };
    assert_eq!(with(""), Ok(()));
    let found = "HMACOutputLength".to_owned();
    let refused = Error::SignatureStructure { parent: "SignatureMethod", expected: "nothing", found };
    assert_eq!(with("<ds:HMACOutputLength>1</ds:HMACOutputLength>"), Err(refused));
}

#[test]
#[cfg_attr(feature = "xmlsec", ignore = "libxmlsec1 1.2 does not know both names of SHA-512")]
fn each_digest_algorithm_is_accepted_and_sha_1_is_not() {
    let with = |uri: &str, digest| {
        let references = reference_with(r##"URI="#_1""##, &format!("{ENVELOPED}{EXCLUSIVE}"), uri);
        verdict(&ByHand { references, digest, ..ByHand::default() }.xml())
    };
    assert_eq!(with("http://www.w3.org/2001/04/xmlenc#sha256", MessageDigest::sha256()), Ok(()));
    assert_eq!(with("http://www.w3.org/2001/04/xmldsig-more#sha384", MessageDigest::sha384()), Ok(()));
    assert_eq!(with("http://www.w3.org/2001/04/xmlenc#sha512", MessageDigest::sha512()), Ok(()));
    assert_eq!(with("http://www.w3.org/2001/04/xmldsig-more#sha512", MessageDigest::sha512()), Ok(()));
    for (uri, digest) in [
        ("http://www.w3.org/2000/09/xmldsig#sha1", MessageDigest::sha1()),
        ("http://www.w3.org/2001/04/xmldsig-more#md5", MessageDigest::md5()),
        ("http://www.w3.org/2001/04/xmldsig-more#sha256", MessageDigest::sha256()),
    ] {
        assert_eq!(with(uri, digest), Err(Error::DigestAlgorithm { found: uri.to_owned() }));
    }
}

#[test]
fn a_parameter_of_the_digest_method_is_rejected() {
    let good = reference(r##"URI="#_1""##, &format!("{ENVELOPED}{EXCLUSIVE}"));
    let with = |parameter: &str| {
        let references = good.replace("sha256\"/>", &format!("sha256\">{parameter}</ds:DigestMethod>"));
        verdict(&ByHand { references, ..ByHand::default() }.xml())
    };
    assert_eq!(with(""), Ok(()));
    let found = "x".to_owned();
    assert_eq!(with("<ds:x/>"), Err(Error::SignatureStructure { parent: "DigestMethod", expected: "nothing", found }));
}

#[test]
fn the_digest_value_must_be_the_digest() {
    let good = reference(r##"URI="#_1""##, &format!("{ENVELOPED}{EXCLUSIVE}"));
    let with =
        |value: &str| verdict(&ByHand { references: good.replace("{digest}", value), ..ByHand::default() }.xml());
    assert_eq!(with("\n{digest} "), Ok(()));
    assert_eq!(with("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), Err(Error::DigestMismatch));
    assert_eq!(with(""), Err(Error::DigestMismatch));
    assert_eq!(with("AAAA"), Err(Error::DigestMismatch));
    for junk in ["{digest}!", "AAA", "AAB=", "<ds:x/>{digest}"] {
        assert_eq!(with(junk), Err(Error::Value { element: "DigestValue" }), "{junk}");
    }
}

fn prefix_list(list: &str) -> String {
    format!(r#"<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE_URI}" PrefixList="{list}"/>"#)
}

#[test]
fn the_prefix_list_of_the_element_is_honoured() {
    let exclusive = format!(r#"<ds:Transform Algorithm="{EXCLUSIVE_URI}">{}</ds:Transform>"#, prefix_list("xs x2"));
    let with = |prefixes| ByHand {
        attributes: r#"ID="_1" xmlns:xs="urn:xs""#.to_owned(),
        references: reference(r##"URI="#_1""##, &format!("{ENVELOPED}{exclusive}")),
        prefixes,
        ..ByHand::default()
    };
    // x2 is declared nowhere, as the one real DigiD messages name.
    let xml = with(vec!["xs"]).xml();
    assert_eq!(verdict(&xml), Ok(()));
    assert_eq!(verdict(&xml.replace("urn:xs", "urn:other")), Err(Error::DigestMismatch));
    assert_eq!(verdict(&with(vec![]).xml()), Err(Error::DigestMismatch));
}

#[test]
fn the_prefix_list_of_the_signed_info_is_honoured() {
    let with = |own_prefixes| ByHand {
        canonicalization_method: format!(
            r#"<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE_URI}">{}</ds:CanonicalizationMethod>"#,
            prefix_list("saml")
        ),
        own_prefixes,
        ..ByHand::default()
    };
    assert_eq!(verdict(&with(vec!["saml"]).xml()), Ok(()));
    assert_eq!(verdict(&with(vec![]).xml()), Err(Error::SignatureInvalid { keys: 1 }));
}

#[test]
fn anything_but_one_prefix_list_in_a_canonicalization_is_rejected() {
    let with_both = |content: &str| {
        let canonicalization_method =
            format!(r#"<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE_URI}">{content}</ds:CanonicalizationMethod>"#);
        let exclusive = format!(r#"<ds:Transform Algorithm="{EXCLUSIVE_URI}">{content}</ds:Transform>"#);
        let references = reference(r##"URI="#_1""##, &format!("{ENVELOPED}{exclusive}"));
        (
            verdict(&ByHand { canonicalization_method, ..ByHand::default() }.xml()),
            verdict(&ByHand { references, ..ByHand::default() }.xml()),
        )
    };
    let refused = |parent, found: &str| {
        Err(Error::SignatureStructure { parent, expected: "at most one InclusiveNamespaces", found: found.to_owned() })
    };
    let list = prefix_list("");
    assert_eq!(with_both(&list), (Ok(()), Ok(())));
    assert_eq!(with_both(&format!("\n{list} ")), (Ok(()), Ok(())));
    for (content, found) in [
        (format!("{list}{list}"), "InclusiveNamespaces"),
        ("<ds:XPath>1</ds:XPath>".to_owned(), "XPath"),
        (list.replace(EXCLUSIVE_URI, "urn:x"), "InclusiveNamespaces"),
        (format!("{list}text"), "text"),
        ("text".to_owned(), "text"),
    ] {
        let expected = (refused("CanonicalizationMethod", found), refused("Transform", found));
        assert_eq!(with_both(&content), expected, "{content}");
    }
}

#[test]
fn a_prefix_list_of_more_than_24_is_rejected_before_anything_is_hashed() {
    let with = |count: usize| {
        let exclusive =
            format!(r#"<ds:Transform Algorithm="{EXCLUSIVE_URI}">{}</ds:Transform>"#, prefix_list(&"x ".repeat(count)));
        let references = reference(r##"URI="#_1""##, &format!("{ENVELOPED}{exclusive}"));
        verdict(&ByHand { references, ..ByHand::default() }.xml())
    };
    let (parent, expected, found) = ("InclusiveNamespaces", "at most 24 prefixes", "more".to_owned());
    assert_eq!(with(24), Ok(()));
    assert_eq!(with(25), Err(Error::SignatureStructure { parent, expected, found }));
}

const EXCLUSIVE_URI: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
