//! A chain ends in a pinned root, or nowhere.

use chrono::{DateTime, TimeDelta, Utc};
use openssl::asn1::Asn1Time;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::x509::X509Builder;
use openssl::x509::extension::{BasicConstraints, KeyUsage};
use pkioverheid::{Certificate, Error, Generation, LeafKind, PinnedRoots, TestHierarchy, TestLeaf, VerifiedChain};

use crate::world::{G1, G1_PAIR, G4, G4_PAIR, OIN, certificate, now, one, pkey, rsa, x509};

fn verify(hierarchy: &TestHierarchy, leaf: &Certificate) -> Result<VerifiedChain, Error> {
    hierarchy.roots().verify(leaf, hierarchy.authorities(), now())
}

fn code(outcome: Result<VerifiedChain, Error>) -> &'static str {
    outcome.map_or_else(|error| error.code(), |_| "accepted")
}

#[test]
fn a_chain_of_each_generation_leads_to_its_root() {
    for (hierarchy, pair, generation) in [(&*G1, &*G1_PAIR, Generation::G1), (&*G4, &*G4_PAIR, Generation::G4)] {
        let chain = verify(hierarchy, pair.certificate()).unwrap();
        assert_eq!(chain.generation(), generation);
        assert_eq!(chain.certificates()[0], *pair.certificate());
        assert_eq!(chain.certificates()[1..], *hierarchy.authorities());
    }
}

#[test]
fn every_certificate_of_g4_is_signed_with_rsassa_pss_and_of_g1_with_pkcs1() {
    for (hierarchy, pair, algorithm) in
        [(&*G4, &*G4_PAIR, Nid::RSASSAPSS), (&*G1, &*G1_PAIR, Nid::SHA256WITHRSAENCRYPTION)]
    {
        for certificate in hierarchy.authorities().iter().chain([pair.certificate()]) {
            assert_eq!(x509(certificate).signature_algorithm().object().nid(), algorithm);
        }
    }
    let text = String::from_utf8(x509(G4_PAIR.certificate()).to_text().unwrap()).unwrap();
    for part in ["Hash Algorithm: sha512", "mgf1 with sha512", "Salt Length: 0x40", "2.16.528.1.1003.1.2.41.15.35.11"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let bits = x509(G4_PAIR.certificate()).public_key().unwrap().bits();
    assert_eq!(bits, 3072);
}

#[test]
fn the_order_of_the_other_certificates_does_not_matter() {
    let mut others = G4.authorities().to_vec();
    others.reverse();
    assert!(G4.roots().verify(G4_PAIR.certificate(), &others, now()).is_ok());
}

#[test]
fn a_root_that_is_not_pinned_ends_no_chain() {
    let leaf = G1_PAIR.certificate();
    assert!(G1.roots().verify(leaf, G1.authorities(), now()).is_ok());
    for pinned in [PinnedRoots::pkioverheid(), PinnedRoots::none(), G4.roots()] {
        let error = pinned.verify(leaf, G1.authorities(), now()).unwrap_err();
        assert_eq!((error.code(), error), ("root_missing", Error::RootMissing { found: 3 }));
    }
    // A pinned root that has nothing to do with the chain is no help.
    let others = [G1.authorities(), G4.authorities()].concat();
    assert_eq!(code(G4.roots().verify(leaf, &others, now())), "chain_invalid");
    let others = [&G1.authorities()[..2], G4.authorities()].concat();
    assert_eq!(code(G4.roots().verify(leaf, &others, now())), "chain_incomplete");
}

#[test]
fn an_intermediate_certificate_ends_no_chain() {
    let [issuer, domain, root] = G1.authorities() else { panic!("three authorities") };
    let pinned = PinnedRoots::none().and(Generation::G1, &domain.sha256_key_name().unwrap()).unwrap();
    assert!(G1.roots().verify(G1_PAIR.certificate(), G1.authorities(), now()).is_ok());
    let others = [issuer.clone(), domain.clone()];
    assert_eq!(code(pinned.verify(G1_PAIR.certificate(), &others, now())), "chain_incomplete");
    let others = [issuer.clone(), domain.clone(), root.clone()];
    assert_eq!(code(pinned.verify(G1_PAIR.certificate(), &others, now())), "chain_incomplete");
}

#[test]
fn a_missing_certificate_is_named() {
    let [issuer, domain, root] = G4.authorities() else { panic!("three authorities") };
    let verify = |others: &[Certificate]| G4.roots().verify(G4_PAIR.certificate(), others, now());
    assert!(verify(&[issuer.clone(), domain.clone(), root.clone()]).is_ok());
    let missing = |subject: &Certificate, issuer: &Certificate| {
        Err(Error::ChainIncomplete { subject: subject.common_name(), issuer: issuer.common_name() })
    };
    assert_eq!(verify(&[issuer.clone(), root.clone()]), missing(issuer, domain));
    assert_eq!(verify(&[domain.clone(), root.clone()]), missing(G4_PAIR.certificate(), issuer));
    assert_eq!(verify(&[issuer.clone(), domain.clone()]), Err(Error::RootMissing { found: 2 }));
    assert_eq!(code(missing(issuer, domain)), "chain_incomplete");
}

#[test]
fn a_certificate_that_was_changed_is_rejected() {
    for (hierarchy, pair) in [(&*G1, &*G1_PAIR), (&*G4, &*G4_PAIR)] {
        let genuine = pair.certificate().to_der().unwrap();
        let place = genuine.windows(OIN.len()).position(|window| window == OIN.as_bytes()).unwrap();
        let mut other_oin = genuine.clone();
        other_oin[place + OIN.len() - 4] ^= 1;
        let mut other_signature = genuine.clone();
        *other_signature.last_mut().unwrap() ^= 1;
        let read = |der: &[u8]| Certificate::read_all(der).unwrap().remove(0);
        assert_eq!(code(verify(hierarchy, &read(&genuine))), "accepted");
        assert_eq!(code(verify(hierarchy, &read(&other_oin))), "chain_invalid");
        assert_eq!(code(verify(hierarchy, &read(&other_signature))), "chain_invalid");
    }
}

#[test]
fn every_certificate_of_the_chain_is_valid_now() {
    let at = |now: DateTime<Utc>| G4.roots().verify(G4_PAIR.certificate(), G4.authorities(), now);
    let leaf = G4_PAIR.certificate();
    assert!(at(leaf.not_before()).is_ok() && at(leaf.not_after()).is_ok());
    let (early, late) = (leaf.not_before() - TimeDelta::seconds(1), leaf.not_after() + TimeDelta::seconds(1));
    let (subject, not_before, not_after) = (leaf.common_name(), leaf.not_before(), leaf.not_after());
    assert_eq!(at(early), Err(Error::CertificateNotYetValid { subject: subject.clone(), not_before, now: early }));
    assert_eq!(at(late), Err(Error::CertificateExpired { subject, not_after, now: late }));

    let long = TestLeaf { not_after: now() + TimeDelta::days(9 * 365), ..TestLeaf::new(OIN, now()) };
    let long = G4.issue(&TestLeaf { not_before: now() - TimeDelta::days(9 * 365), ..long }).unwrap();
    let at = |now: DateTime<Utc>| G4.roots().verify(long.certificate(), G4.authorities(), now);
    let issuer = &G4.authorities()[0];
    assert!(at(issuer.not_before()).is_ok() && at(issuer.not_after()).is_ok());
    let late = issuer.not_after() + TimeDelta::seconds(1);
    let (subject, not_after) = (issuer.common_name(), issuer.not_after());
    assert_eq!(at(late), Err(Error::CertificateExpired { subject, not_after, now: late }));
    assert_eq!(code(at(issuer.not_before() - TimeDelta::seconds(1))), "certificate_not_yet_valid");
}

#[test]
fn of_an_authority_s_old_and_new_certificate_the_valid_one_is_taken() {
    let (root_key, key) = (rsa(2048), rsa(2048));
    let authority = |builder: &mut X509Builder| {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        builder.append_extension(KeyUsage::new().critical().key_cert_sign().build().unwrap()).unwrap();
    };
    let root = certificate(&root_key, &[("CN", "root")], None, MessageDigest::sha256(), authority);
    let above = Some((&root, &root_key));
    let new = certificate(&key, &[("CN", "authority")], above, MessageDigest::sha256(), authority);
    let old = certificate(&key, &[("CN", "authority")], above, MessageDigest::sha256(), |builder| {
        authority(builder);
        builder.set_not_after(&Asn1Time::from_unix(now().timestamp() - 1).unwrap()).unwrap();
    });
    let below = Some((&new, &key));
    let leaf = certificate(&rsa(2048), &[("CN", "leaf")], below, MessageDigest::sha256(), |_| {});
    let pinned = PinnedRoots::none().and(Generation::G1, &root.sha256_key_name().unwrap()).unwrap();
    let verify = |others: &[&Certificate]| {
        let others: Vec<Certificate> = others.iter().copied().cloned().collect();
        code(pinned.verify(&leaf, &others, now()))
    };
    assert_eq!(verify(&[&old, &new, &root]), "accepted");
    assert_eq!(verify(&[&new, &old, &root]), "accepted");
    assert_eq!(verify(&[&old, &root]), "certificate_expired");
}

#[test]
fn what_is_no_authority_issues_nothing() {
    let key = rsa(2048);
    let issuer_key = pkey(G1_PAIR.private_key());
    let issuer = Some((G1_PAIR.certificate(), &issuer_key));
    let forged = certificate(&key, &[("CN", "forged"), ("serialNumber", OIN)], issuer, MessageDigest::sha256(), |_| {});
    let others = [G1.authorities(), &[G1_PAIR.certificate().clone()]].concat();
    assert_eq!(code(G1.roots().verify(G1_PAIR.certificate(), &others, now())), "accepted");
    assert_eq!(code(G1.roots().verify(&forged, &others, now())), "chain_invalid");
}

/// Makes a root and a certificate below it.
fn two(root_bits: u32, leaf_bits: u32, digest: MessageDigest) -> Result<VerifiedChain, Error> {
    let (root_key, key) = (rsa(root_bits), rsa(leaf_bits));
    let root = certificate(&root_key, &[("CN", "root")], None, MessageDigest::sha256(), |builder| {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        builder.append_extension(KeyUsage::new().critical().key_cert_sign().build().unwrap()).unwrap();
    });
    let leaf = certificate(&key, &[("CN", "leaf")], Some((&root, &root_key)), digest, |_| {});
    let pinned = PinnedRoots::none().and(Generation::G1, &root.sha256_key_name().unwrap()).unwrap();
    pinned.verify(&leaf, &[root], now())
}

#[test]
fn short_keys_and_sha1_signatures_are_rejected() {
    assert_eq!(code(two(2048, 2048, MessageDigest::sha256())), "accepted");
    assert_eq!(code(two(2048, 2048, MessageDigest::sha1())), "chain_invalid");
    assert_eq!(code(two(1024, 2048, MessageDigest::sha256())), "chain_invalid");
    assert_eq!(code(two(2048, 1024, MessageDigest::sha256())), "chain_invalid");
}

#[test]
fn a_certificate_that_signed_itself_is_rejected() {
    let alone = certificate(&rsa(2048), &[("CN", "alone")], None, MessageDigest::sha256(), |_| {});
    assert_eq!(code(G1.roots().verify(&alone, G1.authorities(), now())), "chain_invalid");
}

#[test]
fn pinned_roots_are_found_among_others() {
    let all = [G1.authorities(), G4.authorities()].concat();
    assert_eq!(G4.roots().among(&all).unwrap(), [G4.authorities().last().unwrap()]);
    assert_eq!(PinnedRoots::pkioverheid().among(&all), Err(Error::RootMissing { found: 6 }));
}

#[test]
fn a_root_is_pinned_by_64_hexadecimal_digits() {
    let root = G1.authorities().last().unwrap();
    let digits = root.sha256_key_name().unwrap();
    let bytes: Vec<&str> = (0..32).map(|place| &digits[2 * place..2 * place + 2]).collect();
    let pin = |fingerprint: &str| PinnedRoots::none().and(Generation::G1, fingerprint);
    assert_eq!(pin(&digits), Ok(G1.roots()));
    assert_eq!(pin(&bytes.join(":").to_uppercase()), Ok(G1.roots()));
    for wrong in ["", &digits[1..], &format!("{digits}0"), &digits.replace(&digits[..1], "g"), "sha256"] {
        let error = pin(wrong).unwrap_err();
        assert_eq!((error.code(), error), ("root_fingerprint", Error::Fingerprint));
    }
}

#[test]
fn a_hierarchy_for_tests_is_no_part_of_pkioverheid() {
    let leaf = TestLeaf { kind: LeafKind::Authenticity, ..TestLeaf::new(OIN, now()) };
    let leaf = G4.issue(&leaf).unwrap();
    assert_eq!(one(&x509(leaf.certificate())), *leaf.certificate());
    assert_eq!(code(PinnedRoots::pkioverheid().verify(leaf.certificate(), leaf.issuers(), now())), "root_missing");
    assert_eq!(format!("{:?}", *G4), "TestHierarchy(G4)");
}
