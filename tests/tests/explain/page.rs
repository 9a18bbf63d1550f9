//! The page for a browser: what is covered by which signature, to the byte; and what it does not show.

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

/// A message with what is known of it beforehand.
pub(super) struct Forged {
    pub(super) xml: String,
    /// Where the genuine assertion stands.
    genuine: std::ops::Range<usize>,
}

/// A file that is gone when the test is over.
struct TempFile(PathBuf);

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Explains a message on a page, and returns that.
fn page(mut command: Command, message: &[u8]) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let file = TempFile(std::env::temp_dir().join(format!("saml-explain-{}-{number}.html", std::process::id())));
    command.arg("--html").arg(&file.0);
    let output = with_input(command, message);
    assert!(output.status.code() < Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(read(&file.0)).unwrap()
}

/// Returns the bytes and the shade of each part of the message on a page.
fn parts(page: &str) -> Vec<(std::ops::Range<usize>, &str)> {
    let parts = page.split("<li class=\"part ").filter_map(|part| part.split_once("\" data-bytes=\""));
    parts
        .map(|(shade, rest)| {
            let (start, end) = rest.split('"').next().unwrap().split_once('-').unwrap();
            (start.parse().unwrap()..end.parse().unwrap(), shade)
        })
        .collect()
}

/// Returns the lines about assertions, without markup.
fn summaries(page: &str) -> Vec<String> {
    let (_, list) = page.split_once("<ul class=\"assertions\">").unwrap();
    let (list, _) = list.split_once("</ul>").unwrap();
    // Behind each mark of an element.
    let text = |line: &str| line.split('<').filter_map(|piece| Some(piece.split_once('>')?.1)).collect::<String>();
    list.lines().filter(|line| line.starts_with("<li")).map(text).collect()
}

fn message(name: &str) -> String {
    String::from_utf8(read(&fixtures().join("responses").join(name))).unwrap()
}

/// Returns where an element stands, its tags in it; the first of its name behind `from`.
fn place(xml: &str, name: &str, from: usize) -> std::ops::Range<usize> {
    let start = from + xml[from..].find(&format!("<{name} ")).unwrap();
    let end_tag = format!("</{name}>");
    start..start + xml[start..].find(&end_tag).unwrap() + end_tag.len()
}

/// The signed assertion, and a forged one of it.
fn assertions(xml: &str) -> (String, String) {
    let genuine = &xml[place(xml, "saml:Assertion", 0)];
    let signature = &genuine[place(genuine, "ds:Signature", 0)];
    let forged = genuine.replace(signature, "").replace("ID=\"_assertion.", "ID=\"_evil.");
    (genuine.to_owned(), forged.replace("900026236", "900029365"))
}

/// A forged assertion with the genuine one, whose signature holds, inside it.
pub(super) fn nested(xml: &str) -> Forged {
    let (genuine, forged) = assertions(xml);
    let around = forged.replace("</saml:Assertion>", &format!("{genuine}</saml:Assertion>"));
    let xml = xml.replace(&genuine, &around);
    let start = xml.find(&genuine).unwrap();
    Forged { genuine: start..start + genuine.len(), xml }
}

/// A forged assertion before the genuine one, whose signature holds.
fn beside(xml: &str) -> Forged {
    let (genuine, forged) = assertions(xml);
    let xml = xml.replace(&genuine, &format!("{forged}{genuine}"));
    let start = xml.find(&genuine).unwrap();
    Forged { genuine: start..start + genuine.len(), xml }
}

#[test]
fn of_a_signed_assertion_each_byte_is_shaded_but_those_around_it() {
    let xml = message("response-assertion-signed.xml");
    let page = page(explain_good(), xml.as_bytes());
    let (assertion, signature) = (place(&xml, "saml:Assertion", 0), place(&xml, "ds:Signature", 0));
    let expected = vec![
        (0..assertion.start, "none"),
        (assertion.start..signature.start, "assertion"),
        (signature.clone(), "signature"),
        (signature.end..assertion.end, "assertion"),
        (assertion.end..xml.len(), "none"),
    ];
    assert_eq!(parts(&page), expected);
    let id = "_assertion.response-assertion-signed";
    let words = format!("Signed Assertion {id}: covered by the signature over #{id}, and it is the one that is read.");
    assert_eq!(summaries(&page), [words]);
    assert!(page.contains("<h1>Accepted</h1>"));
}

#[test]
fn what_two_signatures_cover_is_told_from_what_one_does() {
    let xml = message("response-both-signed.xml");
    let page = page(explain_good(), xml.as_bytes());
    let outer = place(&xml, "ds:Signature", 0);
    let assertion = place(&xml, "saml:Assertion", 0);
    let inner = place(&xml, "ds:Signature", outer.end);
    let expected = vec![
        (0..outer.start, "response"),
        (outer.clone(), "signature"),
        (outer.end..assertion.start, "response"),
        (assertion.start..inner.start, "both"),
        (inner.clone(), "signature"),
        (inner.end..assertion.end, "both"),
        (assertion.end..xml.len(), "response"),
    ];
    assert_eq!(parts(&page), expected);
    assert!(page.contains("; itself covered by the signature of the Response (#_response.response-both-signed)"));
}

#[test]
fn a_forged_assertion_around_the_signed_one_is_covered_by_nothing() {
    let Forged { xml, genuine } = nested(&message("response-assertion-signed.xml"));
    let page = page(explain_good(), xml.as_bytes());
    let signature = place(&xml, "ds:Signature", 0);
    let expected = vec![
        (0..genuine.start, "none"),
        (genuine.start..signature.start, "assertion"),
        (signature.clone(), "signature"),
        (signature.end..genuine.end, "assertion"),
        (genuine.end..xml.len(), "none"),
    ];
    assert_eq!(parts(&page), expected);
    let good = "_assertion.response-assertion-signed";
    assert_eq!(
        summaries(&page),
        [
            "Unsigned Assertion _evil.response-assertion-signed: covered by no signature, and it stands in the place \
             that counts."
                .to_owned(),
            format!(
                "Signed Assertion {good}: covered by the signature over #{good}, but it is not the one in the place \
                 that counts: it stands in Assertion _evil.response-assertion-signed."
            ),
        ]
    );
    assert!(page.contains("Rejected: <code>signature_missing</code>"));
}

#[test]
fn a_forged_assertion_beside_the_signed_one_is_covered_by_nothing() {
    let Forged { xml, genuine } = beside(&message("response-assertion-signed.xml"));
    let page = page(explain_good(), xml.as_bytes());
    assert_eq!(parts(&page)[0], (0..genuine.start, "none"));
    let summaries = summaries(&page);
    assert!(
        summaries[0].contains("covered by no signature, and it is one of 2 in the place that counts"),
        "{summaries:?}"
    );
    assert!(summaries[1].contains("covered by the signature over #_assertion."), "{summaries:?}");
}

#[test]
fn a_signature_that_does_not_hold_shades_nothing_and_says_why() {
    let xml = message("response-assertion-signed.xml").replace("900026236", "900029365");
    let page = page(explain_good(), xml.as_bytes());
    let signature = place(&xml, "ds:Signature", 0);
    let expected =
        vec![(0..signature.start, "none"), (signature.clone(), "broken"), (signature.end..xml.len(), "none")];
    assert_eq!(parts(&page), expected);
    assert!(page.contains("does not hold: digest of the element differs from the signed digest"));
    assert!(summaries(&page)[0].contains("covered by no signature: the one in it does not hold (digest"));
}

#[test]
fn a_signature_by_a_key_that_is_not_known_shades_nothing() {
    let xml = message("response-next-key.xml");
    let page = page(explain_good(), xml.as_bytes());
    let shades: Vec<_> = parts(&page).into_iter().map(|(_, shade)| shade).collect();
    assert_eq!(shades, ["none", "broken", "none", "broken", "none"]);
    assert!(page.contains("does not hold: signature was made by none of the 1 known keys of the partner"));
}

#[test]
fn what_is_encrypted_is_marked_and_still_covered() {
    let xml = with_encrypted_name_id();
    let page = page(explain_good(), xml.as_bytes());
    let encrypted = place(&xml.replace("<saml:EncryptedID>", "<saml:EncryptedID "), "saml:EncryptedID", 0);
    assert!(parts(&page).contains(&(encrypted, "assertion encrypted")), "{:?}", parts(&page));
    assert!(page.contains("Encrypted (EncryptedID), covered by the signature of the Assertion"));
}

#[test]
fn a_signature_inside_what_is_encrypted_is_said_to_hold_when_it_did() {
    let xml = message("response-assertion-signed.xml");
    let (genuine, _) = assertions(&xml);
    let certificate = read(&fixtures().join("keys/service-provider.crt.pem"));
    let recipient = VerifyingKey::from_certificate_pem(&certificate).unwrap();
    let data = encrypt(genuine.as_bytes(), &recipient, ContentCipher::Aes256Gcm).unwrap();
    let encrypted = format!("<saml:EncryptedAssertion>{data}</saml:EncryptedAssertion>");
    let xml = xml.replace(&genuine, &encrypted);
    let closed = page(explain_good(), xml.as_bytes());
    assert_eq!(
        summaries(&closed),
        ["Unsigned EncryptedAssertion: covered by no signature, and it stands in the place that counts."]
    );
    let start = xml.find(&encrypted).unwrap();
    assert!(parts(&closed).contains(&(start..start + encrypted.len(), "none encrypted")));

    let mut command = explain_good();
    command.arg("--decrypt").arg(fixtures().join("keys/service-provider.key.pem"));
    assert_eq!(
        summaries(&page(command, xml.as_bytes())),
        [
            "Signed EncryptedAssertion: covered by no signature; a signature inside it holds, and it is the one that is read."
        ]
    );
}

#[test]
fn a_message_that_is_not_well_formed_is_not_shown() {
    let page = page(explain_good(), format!("<!DOCTYPE a><a>{BSN}</a>").as_bytes());
    assert!(parts(&page).is_empty());
    assert!(page.contains("xml_document_type") && page.contains("It is not shown: it is not well-formed"));
    assert!(!page.contains(BSN));
}

#[test]
fn nobody_is_named_unless_that_is_asked_for() {
    let attributes = message("response-attributes.xml");
    for xml in [message("response-assertion-signed.xml"), attributes, message("response-bsn-eleven-test.xml")] {
        let (_, rest) = xml.split_once("<saml:NameID ").unwrap();
        let name_id = rest.split_once('>').unwrap().1.split_once('<').unwrap().0;
        let number = name_id.rsplit(':').next().unwrap();
        let form = format!("SAMLResponse={}&RelayState=secret-state", STANDARD.encode(&xml).replace('+', "%2B"));
        let page_of = |command| page(command, form.as_bytes());
        let masked = page_of(explain_good());
        for form in forms_of(number).into_iter().chain(forms_of(name_id)).chain(forms_of(&xml)) {
            assert!(!masked.contains(&form), "{form} is on the page");
        }
        assert!(masked.contains("<span class=\"masked\">[masked]</span>") && !masked.contains("secret-state"));
        let mut command = explain_good();
        command.arg("--show-identity");
        let shown = page_of(command);
        assert!(
            shown.contains(name_id)
                && shown.contains("This page shows personal data")
                && !shown.contains("secret-state")
        );
    }
}

/// Returns a value as it is, and the part of its base64 that is the same wherever it stands in a longer text.
fn forms_of(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned(), value.bytes().map(|byte| format!("{byte:02x}")).collect()];
    for before in ["", "x", "xx"] {
        let encoded = STANDARD.encode(format!("{before}{value}"));
        let whole = (before.len() + value.len()) / 3 * 4;
        let first = if before.is_empty() { 0 } else { 4 };
        forms.push(encoded[first..whole].to_owned());
    }
    forms
}

#[test]
fn a_number_of_a_person_is_masked_wherever_it_stands() {
    let xml = message("response-assertion-signed.xml")
        .replace("<saml:Audience>", &format!("<saml:Audience>{BSN}</saml:Audience><saml:Audience>"))
        .replace("ID=\"_assertion.", &format!("ID=\"_{BSN}.assertion."))
        .replace("https://broker.pre.example.nl/broker/sp/saml<", &format!("https://broker.pre.example.nl/{BSN}<"))
        .replace("xmlns:saml=", &format!("xmlns:x=\"urn:{BSN}\" xmlns:saml="));
    assert!(!page(explain_good(), xml.as_bytes()).contains(BSN));
}

#[test]
fn the_page_takes_nothing_from_elsewhere_and_runs_nothing() {
    let xml = message("response-assertion-signed.xml")
        .replace("_response.", "\"><script>alert(1)</script>".replace('<', "&lt;").replace('"', "&quot;").as_str());
    let page = page(explain_good(), xml.as_bytes());
    for absent in ["<script", "<img", "<link", "<iframe", "src=", "url(", "@import", "style=\"", "onclick"] {
        assert!(!page.contains(absent), "{absent}");
    }
    assert!(page.contains("content=\"default-src 'none'; style-src 'sha256-"));
    let links = page.split("href=\"").skip(1).map(|link| link.split('"').next().unwrap());
    assert_eq!(links.collect::<Vec<_>>(), ["#message", "#checks"]);
    for there in ["<html lang=\"en\">", "<main>", "<header ", "scope=\"col\"", "scope=\"row\"", "<caption>"] {
        assert!(page.contains(there), "{there}");
    }
}

#[cfg(unix)]
#[test]
fn the_page_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let file = TempFile(std::env::temp_dir().join(format!("saml-explain-mode-{}.html", std::process::id())));
    let output = explain_good().arg("--html").arg(&file.0).arg(good()).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(std::fs::metadata(&file.0).unwrap().permissions().mode() & 0o777, 0o600);
    let nowhere = explain_good().args(["--html", "/no/such/folder/page.html"]).arg(good()).output().unwrap();
    assert_usage(&nowhere, &["--html /no/such/folder/page.html"]);
}
