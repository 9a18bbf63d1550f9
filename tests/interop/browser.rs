//! A browser as far as a login needs one: it keeps cookies, follows redirects and sends forms.

use std::collections::BTreeMap;

use saml_tests::http;

/// All servers are on one host, and cookies do not tell ports apart, so one jar is what a browser has.
#[derive(Debug, Default)]
pub(crate) struct Browser {
    cookies: BTreeMap<String, String>,
}

/// The page that a request ended at.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) body: String,
    url: String,
}

/// A form of a page: where it goes, and its fields.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

impl Browser {
    pub(crate) fn get(&mut self, url: &str) -> Page {
        self.follow("GET", url.to_owned(), String::new())
    }

    /// Presses a button that sends nothing else.
    pub(crate) fn post(&mut self, url: &str) -> Page {
        self.follow("POST", url.to_owned(), String::new())
    }

    /// Sends a form by POST.
    pub(crate) fn submit(&mut self, form: &Form) -> Page {
        let pair = |(name, value): &(String, String)| format!("{}={}", escape(name), escape(value));
        let body = form.fields.iter().map(pair).collect::<Vec<_>>().join("&");
        self.follow("POST", form.action.clone(), body)
    }

    fn follow(&mut self, method: &str, url: String, body: String) -> Page {
        let (mut method, mut url, mut body) = (method, url, body);
        for _ in 0..MOST_REDIRECTS {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let cookies = cookies.join("; ");
            let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Cookie", cookies.as_str())];
            let answer = http::exchange(method, &url, &headers, &body);
            for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
                self.keep(cookie);
            }
            match answer.header("location").filter(|_| (300..400).contains(&answer.status)) {
                Some(location) => (method, url, body) = ("GET", absolute(&url, location), String::new()),
                None => return Page { status: answer.status, body: answer.body, url },
            }
        }
        panic!("more than {MOST_REDIRECTS} redirects, the last to {}", url.split('?').next().unwrap());
    }

    fn keep(&mut self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
        let Some((name, value)) = pair.split_once('=') else { return };
        // The second is how PHP ends one.
        if attributes.contains("Max-Age=0") || value == "deleted" {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

impl Page {
    /// Returns the form that has a field of this name.
    pub(crate) fn form_with(&self, field: &str) -> Option<Form> {
        let forms = self.body.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap());
        forms.map(|form| self.read(form)).find(|form| form.fields.iter().any(|(name, _)| name == field))
    }

    /// Returns the words of the page in one line, for a person to see what went wrong.
    pub(crate) fn words(&self) -> String {
        let text: String =
            self.body.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect();
        let words: Vec<&str> = text.split_whitespace().take(30).collect();
        format!("status {}: {}", self.status, words.join(" "))
    }

    fn read(&self, form: &str) -> Form {
        let (tag, rest) = form.split_once('>').unwrap_or((form, ""));
        let action = attribute(tag, "action").unwrap_or_default();
        let inputs = rest.split("<input").skip(1).map(|input| input.split('>').next().unwrap());
        let fields = inputs.filter_map(|input| {
            let is_button = attribute(input, "type").as_deref() == Some("submit");
            let name = attribute(input, "name").filter(|_| !is_button)?;
            Some((name, attribute(input, "value").unwrap_or_default()))
        });
        Form { action: absolute(&self.url, &action), fields: fields.collect() }
    }
}

impl Form {
    /// Fills in a field, or adds it, as a button does.
    pub(crate) fn fill(&mut self, name: &str, value: &str) {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value.to_owned()));
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescape(rest.split('"').next().unwrap()))
}

/// Reads the references that stand in an attribute.
fn unescape(text: &str) -> String {
    let mut pieces = text.split('&');
    let mut read = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once(';').expect("a reference ends in a semicolon");
        read.push(match name {
            "amp" => '&',
            "gt" => '>',
            "lt" => '<',
            "quot" => '"',
            number => {
                let number = number.strip_prefix('#').expect("a known reference");
                let number = match number.strip_prefix('x') {
                    Some(number) => u32::from_str_radix(number, 16).expect("a number"),
                    None => number.parse().expect("a number"),
                };
                char::from_u32(number).expect("a character")
            }
        });
        read.push_str(rest);
    }
    read
}

fn escape(text: &str) -> String {
    let escaped = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(escaped).collect()
}

/// Returns the URL that `reference` means on the page at `base`: a URL, a path, or a query.
fn absolute(base: &str, reference: &str) -> String {
    let path = base.split('?').next().unwrap();
    match reference.chars().next() {
        _ if reference.starts_with("http://") => reference.to_owned(),
        Some('/') => path.split('/').take(3).collect::<Vec<_>>().join("/") + reference,
        Some('?') => format!("{path}{reference}"),
        None => base.to_owned(),
        Some(_) => panic!("expected a URL, a path or a query, found {reference}"),
    }
}

const MOST_REDIRECTS: usize = 10;
