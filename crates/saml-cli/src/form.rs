//! The forms of the pages that a login goes through.

use std::collections::BTreeMap;

/// A form of a page: it reads the tags that login pages are made of, not any HTML.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    action: String,
    is_post: bool,
    fields: Vec<(String, String)>,
}

impl Form {
    /// Reads the forms of a page.
    pub(crate) fn all(html: &str) -> Vec<Self> {
        let mut forms = Vec::new();
        let mut open: Option<Self> = None;
        let mut select = None;
        for tag in tags(html) {
            let Some(form) = &mut open else {
                if tag.name == "form" {
                    let is_post = tag.value("method").eq_ignore_ascii_case("post");
                    open = Some(Self { action: tag.value("action"), is_post, ..Self::default() });
                }
                continue;
            };
            match tag.name.as_str() {
                "/form" => forms.extend(open.take()),
                "input" | "textarea" => form.input(&tag),
                "select" => select = Some(tag.value("name")),
                "/select" => select = None,
                "option" => {
                    if let Some(name) = &select {
                        form.option(name, &tag);
                    }
                }
                _ => {}
            }
        }
        forms
    }

    pub(crate) fn action(&self) -> &str {
        &self.action
    }

    pub(crate) const fn is_post(&self) -> bool {
        self.is_post
    }

    /// Tells whether the form has a field.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field == name)
    }

    /// Fills in a field that the form has.
    pub(crate) fn fill(&mut self, name: &str, value: &str) {
        for (_, old) in self.fields.iter_mut().filter(|(field, _)| field == name) {
            value.clone_into(old);
        }
    }

    /// Returns the fields as `application/x-www-form-urlencoded`.
    pub(crate) fn encoded(&self) -> String {
        let pair = |(name, value): &(String, String)| format!("{}={}", escape(name), escape(value));
        self.fields.iter().map(pair).collect::<Vec<_>>().join("&")
    }

    /// Takes a field that a browser would send without a click: no button, no box that is not ticked.
    fn input(&mut self, tag: &Tag<'_>) {
        let chosen = !["radio", "checkbox"].contains(&tag.value("type").as_str()) || tag.has("checked");
        if chosen && tag.has("name") && tag.value("type") != "submit" {
            self.fields.push((tag.value("name"), tag.value("value")));
        }
    }

    /// Takes the first option of a select until one says that it is selected.
    fn option(&mut self, select: &str, tag: &Tag<'_>) {
        if !self.has(select) {
            self.fields.push((select.to_owned(), tag.value("value")));
        } else if tag.has("selected") {
            self.fill(select, &tag.value("value"));
        }
    }
}

/// A start tag or an end tag.
struct Tag<'h> {
    /// In lower case, as are the names of the attributes.
    name: String,
    attributes: BTreeMap<String, &'h str>,
}

impl Tag<'_> {
    fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }

    fn value(&self, name: &str) -> String {
        self.attributes.get(name).map(|value| unescape(value)).unwrap_or_default()
    }
}

/// Splits a page into its tags; an attribute value that holds `<` or `>` is not read.
fn tags(html: &str) -> impl Iterator<Item = Tag<'_>> {
    html.split('<').skip(1).filter_map(|piece| {
        let (tag, _) = piece.split_once('>')?;
        let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        let mut attributes = BTreeMap::new();
        while !rest.trim_start().is_empty() {
            rest = rest.trim_start();
            let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
            let (name, after) = rest.split_at_checked(end)?;
            let (value, after) = match after.trim_start().strip_prefix('=') {
                Some(after) => value(after.trim_start()),
                None => ("", after),
            };
            attributes.insert(name.to_ascii_lowercase(), value);
            rest = after;
        }
        Some(Tag { name: name.to_ascii_lowercase(), attributes })
    })
}

/// Cuts an attribute value, in quotes of either kind or in none, off what follows it.
fn value(text: &str) -> (&str, &str) {
    let quoted = ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.split_once(quote));
    quoted.unwrap_or_else(|| text.split_once(char::is_whitespace).unwrap_or((text, "")))
}

/// Replaces the character references that templates write.
fn unescape(text: &str) -> String {
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let reference = part.split_once(';').and_then(|(name, rest)| Some((character(name)?, rest)));
        match reference {
            Some((character, rest)) => {
                out.push(character);
                out.push_str(rest);
            }
            None => {
                out.push('&');
                out.push_str(part);
            }
        }
    }
    out
}

/// Reads a named or numbered character.
fn character(reference: &str) -> Option<char> {
    match reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        number => {
            let number = number.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            code.ok().and_then(char::from_u32)
        }
    }
}

/// Escapes a value for a query or a form.
pub(crate) fn escape(text: &str) -> String {
    let escaped = |byte: u8| {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<p>a < b</p>
        <form method="post" action="/a?b=1&amp;c=2">
        <input type="hidden" name="state" value="&#60;&#x3e;&quot;&amp;amp;">
        <input name="bsn" value="" required>
        <select id="s" name="level"><option value="low">Low</option><option value="high" selected>High</option></select>
        <input type="checkbox" name="off" value="1"><input type="radio" name="on" value="2" checked>
        <button type="submit" name="action" value="cancel">Cancel</button></form><form action="/d"></form>"#;

    #[test]
    fn fields_have_the_values_that_a_browser_would_send() {
        let forms = Form::all(PAGE);
        assert_eq!(forms.len(), 2);
        assert!(forms[0].is_post() && !forms[1].is_post());
        assert_eq!((forms[0].action(), forms[1].action()), ("/a?b=1&c=2", "/d"));
        assert_eq!(forms[0].encoded(), "state=%3C%3E%22%26amp%3B&bsn=&level=high&on=2");
    }

    #[test]
    fn other_ways_to_write_a_form_are_read_alike() {
        let page = "<FORM Method = 'POST' ACTION=/sso><INPUT TYPE=hidden NAME='a' VALUE='x \"y\"'/></FORM>";
        let forms = Form::all(page);
        assert_eq!((forms[0].action(), forms[0].is_post()), ("/sso", true));
        assert_eq!(forms[0].encoded(), "a=x%20%22y%22");
    }

    #[test]
    fn what_is_filled_in_is_sent() {
        let mut form = Form::all(PAGE).remove(0);
        form.fill("bsn", "1 2");
        assert_eq!(form.encoded(), "state=%3C%3E%22%26amp%3B&bsn=1%202&level=high&on=2");
    }
}
