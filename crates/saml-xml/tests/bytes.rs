//! Each ASCII byte at each place of a name, a text and a value: what eight bytes together say is what one by one say.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use saml_xml::{Document, ErrorKind, ParseOptions};

/// Longer than two pieces of eight bytes, so that a byte stands at each place of a piece and in what is left over.
const LENGTH: usize = 19;

fn parse(source: &str) -> Result<Document, ErrorKind> {
    Document::parse(source.as_bytes(), &ParseOptions::message()).map_err(|error| error.kind)
}

/// Calls `check` with each ASCII byte at each place of a run of letters, and with nothing or a lot behind the run.
fn each(check: impl Fn(char, &str, &str)) {
    for behind in ["", "-and-a-tail-that-is-longer-than-a-piece"] {
        for place in 0..LENGTH {
            for byte in 0..=0x7F_u8 {
                let mut run = [b'a'; LENGTH];
                run[place] = byte;
                check(char::from(byte), std::str::from_utf8(&run).unwrap(), behind);
            }
        }
    }
}

#[test]
fn a_name_holds_what_belongs_in_a_name() {
    each(|byte, run, behind| {
        let name = format!("n{run}{behind}");
        let belongs = byte.is_ascii_alphanumeric() || "_-.".contains(byte);
        let ends = " \t\r\n:/>=".contains(byte);
        let (element, attribute) = (parse(&format!("<{name}/>")), parse(&format!("<e {name}='v'/>")));
        if belongs {
            assert_eq!(element.unwrap().root().local_name(), name);
            assert_eq!(attribute.unwrap().root().attribute(&name), Some("v"));
        } else if !ends {
            // What ends a name may be followed by something that fits.
            assert!(element.is_err(), "{name:?}");
            assert!(attribute.is_err(), "{name:?}");
        }
    });
}

#[test]
fn a_text_holds_what_belongs_in_a_text() {
    each(|byte, run, behind| {
        let text = format!("{run}{behind}");
        let found = parse(&format!("<e>{text}</e>"));
        match byte {
            '<' | '&' => assert!(found.is_err(), "{text:?}"),
            '\r' => assert_eq!(found.unwrap().root().text().unwrap(), text.replace('\r', "\n")),
            '\t' | '\n' | ' '.. => assert_eq!(found.unwrap().root().text().unwrap(), text),
            _ => assert_eq!(found.unwrap_err(), ErrorKind::ForbiddenCharacter, "{text:?}"),
        }
    });
}

#[test]
fn a_value_holds_what_belongs_in_a_value() {
    for quote in ['"', '\''] {
        each(|byte, run, behind| {
            let value = format!("{run}{behind}");
            let found = parse(&format!("<e v={quote}{value}{quote}/>"));
            match byte {
                '<' | '&' => assert!(found.is_err(), "{value:?}"),
                _ if byte == quote => assert!(found.is_err(), "{value:?}"),
                '\r' | '\n' | '\t' => {
                    assert_eq!(found.unwrap().root().attribute("v"), Some(value.replace(byte, " ").as_str()));
                }
                ' '.. => assert_eq!(found.unwrap().root().attribute("v"), Some(value.as_str())),
                _ => assert_eq!(found.unwrap_err(), ErrorKind::ForbiddenCharacter, "{value:?}"),
            }
        });
    }
}

#[test]
fn characters_beyond_ascii_are_looked_at_one_by_one() {
    for before in 0..LENGTH {
        let run = "a".repeat(before);
        assert_eq!(parse(&format!("<e>{run}\u{FFFD}€</e>")).unwrap().root().text().unwrap(), format!("{run}\u{FFFD}€"));
        assert_eq!(parse(&format!("<e>{run}\u{FFFE}</e>")).unwrap_err(), ErrorKind::ForbiddenCharacter);
        assert_eq!(parse(&format!("<e v='{run}\u{FFFF}'/>")).unwrap_err(), ErrorKind::ForbiddenCharacter);
        let name = format!("n{run}\u{E9}\u{B7}z");
        assert_eq!(parse(&format!("<{name}/>")).unwrap().root().local_name(), name);
        assert_eq!(parse(&format!("<n{run}\u{D7}/>")).unwrap_err(), ErrorKind::BadName);
    }
    // U+00B7 may stand in a name, and not at its start.
    assert_eq!(parse("<\u{B7}a/>").unwrap_err(), ErrorKind::BadName);
    assert_eq!(parse("<a:\u{B7}b xmlns:a='urn:a'/>").unwrap_err(), ErrorKind::BadName);
}

#[test]
fn a_bracket_in_character_data_ends_it_only_before_another_and_an_angle() {
    for text in ["a]b", "a]]b", "a]", "a]]"] {
        assert_eq!(parse(&format!("<e>{text}</e>")).unwrap().root().text().unwrap(), text);
        assert_eq!(parse(&format!("<e><![CDATA[{text}]]></e>")).unwrap().root().text().unwrap(), text);
    }
    assert_eq!(parse("<e>a]]>b</e>").unwrap_err(), ErrorKind::DelimiterInContent);
    assert_eq!(parse("<e><![CDATA[a\tb\u{1}]]></e>").unwrap_err(), ErrorKind::ForbiddenCharacter);
    assert_eq!(parse("<e><![CDATA[a\tb\nc]]></e>").unwrap().root().text().unwrap(), "a\tb\nc");
}

#[test]
fn prefixes_are_told_apart_however_long_they_are() {
    let xml = "<r xmlns:abcdefgh1='urn:1' xmlns:abcdefgh2='urn:2' xmlns:abcdefg='urn:3' xmlns:abcdef='urn:4' xmlns:abcdefh='urn:5'>\
               <abcdefgh1:e/><abcdefgh2:e/><abcdefg:e/><abcdef:e/><abcdefh:e/></r>";
    let document = parse(xml).unwrap();
    let found: Vec<_> = document.root().children().map(|child| (child.prefix(), child.namespace())).collect();
    let expected = [
        ("abcdefgh1", "urn:1"),
        ("abcdefgh2", "urn:2"),
        ("abcdefg", "urn:3"),
        ("abcdef", "urn:4"),
        ("abcdefh", "urn:5"),
    ];
    assert_eq!(found, expected);
    assert_eq!(parse("<abcdefgh3:e xmlns:abcdefgh1='urn:1'/>").unwrap_err(), ErrorKind::UnboundPrefix);
}
