//! What the writer writes, and what it refuses to write.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use saml_xml::{Document, ParseOptions, WriteError, Writer};

#[test]
fn one_well_formed_element_is_written_as_called_for() {
    let part = Document::parse(b"<p:c xmlns:p='urn:p'/>", &ParseOptions::message()).unwrap();
    let mut writer = Writer::new();
    writer.start("a").attribute("b", "\"<&").optional_attribute("n", None).optional_attribute("o", Some("1"));
    writer.text("<x>").leaf("d", "&\t").fragment(&part).start("e").end().end();
    assert_eq!(
        writer.finish().unwrap(),
        "<a b=\"&quot;&lt;&amp;\" o=\"1\">&lt;x&gt;<d>&amp;\t</d><p:c xmlns:p='urn:p'/><e/></a>"
    );
}

#[test]
fn a_character_that_xml_does_not_allow_is_refused_and_the_first_fault_is_kept() {
    let mut writer = Writer::new();
    writer.start("a").attribute("b", "\u{1}").text("\u{FFFE}").end();
    assert_eq!(writer.finish(), Err(WriteError::ForbiddenCharacter { name: "b", character: 1 }));

    let mut writer = Writer::new();
    writer.start("a").text("\u{FFFE}").end();
    assert_eq!(writer.finish(), Err(WriteError::ForbiddenCharacter { name: "a", character: 0xFFFE }));
}

#[test]
fn anything_but_one_closed_element_is_refused() {
    let refused = |what, write: fn(&mut Writer)| {
        let mut writer = Writer::new();
        write(&mut writer);
        assert_eq!(writer.finish(), Err(WriteError::Structure { what }));
    };
    refused("end of the document", |_| ());
    refused("end of the document", |writer| {
        writer.start("a");
    });
    refused("element", |writer| {
        writer.start("a").end().start("b");
    });
    refused("attribute", |writer| {
        writer.start("a").text("t").attribute("b", "1").end();
    });
    refused("text", |writer| {
        writer.text("t").start("a").end();
    });
    refused("end", |writer| {
        writer.start("a").end().end();
    });
}
