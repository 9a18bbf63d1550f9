//! Exclusive canonicalisation: fixed vectors, properties, and the same bytes as libxml2 where `xmllint` is installed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write;
use std::process::{Command, Stdio};

use saml_xml::{Canonicalization, Document, Element, ParseOptions, canonicalize};

fn parse(source: &str) -> Document {
    Document::parse(source.as_bytes(), &ParseOptions::metadata()).unwrap()
}

fn canonical(element: Element<'_>, prefixes: &[&str]) -> String {
    let mut out = Vec::new();
    canonicalize(element, &Canonicalization { without: None, inclusive_prefixes: prefixes }, &mut out);
    String::from_utf8(out).unwrap()
}

const DOCUMENTS: [&str; 8] = [
    "<?xml version='1.0'?>\n<a  b = 'x&#9;&#10;&#13;&quot;&lt;&amp;>' ><!-- c --> t\r\n&#13;&gt;<![CDATA[<&]]>\u{20AC}<c/></a>\n",
    "<n1:a xmlns:n1='urn:1' xmlns:n2='urn:2' xmlns:n3='urn:3'><n2:b n3:z='1' n1:y='2' x='3' a='4'/><n1:b/></n1:a>",
    "<a xmlns='urn:x'><b xmlns=''><c xmlns='urn:x'/><d/></b><e xmlns='urn:x'/></a>",
    "<a xmlns='urn:x'><p:b xmlns:p='urn:p'><c xmlns='urn:y'/></p:b></a>",
    "<a><b xmlns=''/></a>",
    "<p:a xmlns:p='urn:1'><p:b xmlns:p='urn:2'><p:c xmlns:p='urn:1' p:d=''/></p:b></p:a>",
    "<a xml:lang='nl' xmlns:z='urn:z' xmlns:y='urn:y' z:q='1' y:q='2' q='0'/>",
    "<a xmlns:p='urn:p'><b p:x='1'><c p:x='2'/></b><b p:x='1'/></a>",
];

#[test]
fn exclusive_canonical_form_of_the_vectors() {
    let expected = [
        "<a b=\"x&#x9;&#xA;&#xD;&quot;&lt;&amp;>\"> t\n&#xD;&gt;&lt;&amp;\u{20AC}<c></c></a>",
        "<n1:a xmlns:n1=\"urn:1\"><n2:b xmlns:n2=\"urn:2\" xmlns:n3=\"urn:3\" a=\"4\" x=\"3\" n1:y=\"2\" n3:z=\"1\"></n2:b><n1:b></n1:b></n1:a>",
        "<a xmlns=\"urn:x\"><b xmlns=\"\"><c xmlns=\"urn:x\"></c><d></d></b><e></e></a>",
        "<a xmlns=\"urn:x\"><p:b xmlns:p=\"urn:p\"><c xmlns=\"urn:y\"></c></p:b></a>",
        "<a><b></b></a>",
        "<p:a xmlns:p=\"urn:1\"><p:b xmlns:p=\"urn:2\"><p:c xmlns:p=\"urn:1\" p:d=\"\"></p:c></p:b></p:a>",
        "<a xmlns:y=\"urn:y\" xmlns:z=\"urn:z\" q=\"0\" xml:lang=\"nl\" y:q=\"2\" z:q=\"1\"></a>",
        "<a><b xmlns:p=\"urn:p\" p:x=\"1\"><c p:x=\"2\"></c></b><b xmlns:p=\"urn:p\" p:x=\"1\"></b></a>",
    ];
    for (source, expected) in DOCUMENTS.into_iter().zip(expected) {
        assert_eq!(canonical(parse(source).root(), &[]), expected);
    }
}

#[test]
fn the_canonical_form_is_its_own_canonical_form() {
    for source in DOCUMENTS {
        let once = canonical(parse(source).root(), &[]);
        assert_eq!(canonical(parse(&once).root(), &[]), once);
    }
}

#[test]
fn the_same_bytes_as_libxml2() {
    if Command::new("xmllint").arg("--version").stderr(Stdio::null()).status().is_err() {
        let said = "not run: comparison with libxml2, because xmllint is not installed";
        writeln!(std::io::stderr(), "{said}").unwrap();
        return;
    }
    for source in DOCUMENTS {
        let mut child = Command::new("xmllint")
            .args(["--exc-c14n", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // xmllint keeps comments, which ours never holds.
        let without_comment = source.replace("<!-- c -->", "");
        child.stdin.take().unwrap().write_all(without_comment.as_bytes()).unwrap();
        let theirs = child.wait_with_output().unwrap();
        assert_eq!(canonical(parse(source).root(), &[]), String::from_utf8(theirs.stdout).unwrap(), "{source}");
    }
}

#[test]
fn a_tag_that_is_written_otherwise_is_not_copied() {
    let canonical_form = "<r><e a=\"1\" b=\"2\">t</e></r>";
    assert_eq!(canonical(parse(canonical_form).root(), &[]), canonical_form);
    for written in [
        "<e a='1' b=\"2\">t</e>",
        "<e a=\"1\" b='2'>t</e>",
        "<e  a=\"1\" b=\"2\">t</e>",
        "<e a=\"1\"\tb=\"2\">t</e>",
        "<e\na=\"1\" b=\"2\">t</e>",
        "<e a =\"1\" b=\"2\">t</e>",
        "<e a=\"1\" b= \"2\">t</e>",
        "<e a=\"1\" b=\"2\" >t</e>",
        "<e a=\"1\" b=\"2\">t</e >",
        "<e b=\"2\" a=\"1\">t</e>",
        "<e a=\"&#49;\" b=\"2\">t</e>",
        "<e a=\"1\" b=\"2\">&#116;</e>",
        "<e a=\"1\" b=\"2\"><![CDATA[t]]></e>",
        "<e a=\"1\" b=\"2\"><!-- -->t</e>",
        "<e a=\"1\" b=\"2\" xmlns:unused=\"urn:u\">t</e>",
    ] {
        assert_eq!(canonical(parse(&format!("<r>{written}</r>")).root(), &[]), canonical_form, "{written}");
    }
    for written in ["<e  a=\"1\">t</e>", "<e\ta=\"1\">t</e>", "<e\na=\"1\">t</e>"] {
        assert_eq!(canonical(parse(written).root(), &[]), "<e a=\"1\">t</e>", "{written}");
    }
    // A text that stands in the source as it is may still need an escape.
    for (text, expected) in [("a>b", "a&gt;b"), ("<![CDATA[a&b]]>", "a&amp;b"), ("<![CDATA[a<b]]>", "a&lt;b")] {
        assert_eq!(canonical(parse(&format!("<e>{text}</e>")).root(), &[]), format!("<e>{expected}</e>"));
    }
}

#[test]
fn a_listed_prefix_is_declared_where_it_comes_into_scope() {
    let document = parse("<a xmlns='urn:d' xmlns:p='urn:p' xmlns:q='urn:q'><b xmlns:p='urn:p2'><c/></b></a>");
    assert_eq!(
        canonical(document.root(), &["p"]),
        "<a xmlns=\"urn:d\" xmlns:p=\"urn:p\"><b xmlns:p=\"urn:p2\"><c></c></b></a>"
    );
    let inner = document.root().children().next().unwrap();
    assert_eq!(canonical(inner, &["q", "p"]), "<b xmlns=\"urn:d\" xmlns:p=\"urn:p2\" xmlns:q=\"urn:q\"><c></c></b>");
}

#[test]
fn a_listed_prefix_that_is_not_in_scope_is_passed_over() {
    let document = parse("<a xmlns:p='urn:p'/>");
    assert_eq!(canonical(document.root(), &["xs", "p"]), "<a xmlns:p=\"urn:p\"></a>");
}

#[test]
fn the_default_namespace_can_be_listed() {
    let document = parse("<p:a xmlns='urn:d' xmlns:p='urn:p'><p:b xmlns=''/></p:a>");
    assert_eq!(
        canonical(document.root(), &["#default"]),
        "<p:a xmlns=\"urn:d\" xmlns:p=\"urn:p\"><p:b xmlns=\"\"></p:b></p:a>"
    );
    assert_eq!(canonical(document.root(), &[]), "<p:a xmlns:p=\"urn:p\"><p:b></p:b></p:a>");
}

#[test]
fn only_the_named_descendant_is_left_out() {
    let document = parse("<a>1<s/>2<b><s/></b></a>");
    let signature = document.root().children().next().unwrap();
    let mut out = Vec::new();
    let options = Canonicalization { without: Some(signature.id()), inclusive_prefixes: &[] };
    canonicalize(document.root(), &options, &mut out);
    assert_eq!(out, b"<a>12<b><s></s></b></a>");
}

#[test]
fn each_character_that_is_replaced_in_text_is_replaced_where_it_stands_alone_or_with_the_others() {
    for (text, expected) in [
        ("a>b", "a&gt;b"),
        ("a>b>c", "a&gt;b&gt;c"),
        ("<![CDATA[<]]>", "&lt;"),
        ("<![CDATA[&]]>", "&amp;"),
        ("<![CDATA[>]]>", "&gt;"),
        ("<![CDATA[>>]]>", "&gt;&gt;"),
        ("&#13;", "&#xD;"),
        ("plain", "plain"),
    ] {
        let document = parse(&format!("<a>{text}</a>"));
        assert_eq!(canonical(document.root(), &[]), format!("<a>{expected}</a>"));
    }
}

#[test]
fn a_listed_prefix_of_eight_bytes_is_told_from_one_that_starts_alike() {
    let document = parse("<a xmlns:abcdefgh='urn:1' xmlns:abcdefgi='urn:2'/>");
    assert_eq!(canonical(document.root(), &["abcdefgh"]), "<a xmlns:abcdefgh=\"urn:1\"></a>");
    assert_eq!(canonical(document.root(), &["abcdefgi"]), "<a xmlns:abcdefgi=\"urn:2\"></a>");
}

#[test]
fn an_escape_is_found_wherever_it_stands_in_a_run() {
    for before in 0..100 {
        for after in [0, 1, 40] {
            let (before, after) = ("x".repeat(before), "y".repeat(after));
            let document = parse(&format!("<a b='{before}&quot;{after}'>{before}&amp;{after}</a>"));
            let expected = format!("<a b=\"{before}&quot;{after}\">{before}&amp;{after}</a>");
            assert_eq!(canonical(document.root(), &[]), expected);
        }
    }
}

/// Exclusive XML Canonicalization 1.0, 3: a listed prefix is treated as by Canonical XML, at each element.
#[test]
fn a_listed_prefix_is_written_where_a_descendant_declares_it_anew() {
    let document = parse("<a xmlns='urn:x'><b xmlns:p='urn:1'><c xmlns:p='urn:1'/><d xmlns:p='urn:2'><e/></d></b></a>");
    let listed = "<a xmlns=\"urn:x\"><b xmlns:p=\"urn:1\"><c></c><d xmlns:p=\"urn:2\"><e></e></d></b></a>";
    assert_eq!(canonical(document.root(), &["p"]), listed);
    assert_eq!(canonical(document.root(), &[]), "<a xmlns=\"urn:x\"><b><c></c><d><e></e></d></b></a>");

    let default = parse("<p:a xmlns:p='urn:p'><p:b xmlns='urn:1'><p:c xmlns=''/></p:b></p:a>");
    let listed = "<p:a xmlns:p=\"urn:p\"><p:b xmlns=\"urn:1\"><p:c xmlns=\"\"></p:c></p:b></p:a>";
    assert_eq!(canonical(default.root(), &["#default"]), listed);
}
