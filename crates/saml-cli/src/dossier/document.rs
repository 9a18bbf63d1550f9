//! A document of headings, sentences and tables, written as Markdown and as a page.

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_xml_security::sha256;

use crate::failure::Failure;

/// A document.
pub(super) struct Document {
    pub(super) title: String,
    pub(super) blocks: Vec<Block>,
}

/// A part of a document.
pub(super) enum Block {
    /// The heading of a section.
    Section(String),
    /// The heading below it.
    Heading(String),
    Text(String),
    List(Vec<String>),
    /// Names with what is known of them.
    Facts(Vec<(String, Value)>),
    Table {
        head: Vec<&'static str>,
        rows: Vec<Vec<String>>,
    },
    /// A picture (SVG), whose text says what it shows.
    Picture(String),
}

/// What a field holds.
pub(super) enum Value {
    Known(String),
    /// Nothing: what is to be done for it.
    Missing(String),
}

impl Value {
    pub(super) fn or_missing(value: Option<impl Into<String>>, task: impl Into<String>) -> Self {
        value.map_or_else(|| Self::Missing(task.into()), |value| Self::Known(value.into()))
    }
}

#[derive(Template)]
#[template(path = "dossier.html")]
struct Page<'d> {
    css: &'static str,
    css_hash: String,
    /// Of the style sheet within the picture.
    picture_hash: Option<String>,
    document: &'d Document,
}

impl Document {
    /// Returns how many fields are missing.
    pub(super) fn missing(&self) -> usize {
        let fields = self.blocks.iter().filter_map(|block| match block {
            Block::Facts(facts) => Some(facts),
            _ => None,
        });
        fields.flatten().filter(|(_, value)| matches!(value, Value::Missing(_))).count()
    }

    pub(super) fn html(&self) -> Result<String, Failure> {
        let hash = |css: &str| STANDARD.encode(sha256(css.as_bytes()));
        let picture = self.blocks.iter().find_map(|block| match block {
            Block::Picture(svg) => Some(svg),
            _ => None,
        });
        let style = picture.and_then(|svg| svg.split_once("<style>")?.1.split_once("</style>"));
        let picture_hash = style.map(|(css, _)| hash(css));
        let page = Page { css: CSS, css_hash: hash(CSS), picture_hash, document: self };
        page.render().map_err(Failure::new)
    }

    pub(super) fn markdown(&self) -> String {
        let mut out = format!("# {}\n", plain(&self.title));
        for block in &self.blocks {
            out.push('\n');
            match block {
                Block::Section(title) => out.push_str(&format!("## {}\n", plain(title))),
                Block::Heading(title) => out.push_str(&format!("### {}\n", plain(title))),
                Block::Text(text) => out.push_str(&format!("{}\n", plain(text))),
                Block::List(items) => items.iter().for_each(|item| out.push_str(&format!("- {}\n", plain(item)))),
                Block::Facts(facts) => {
                    let rows: Vec<Vec<String>> =
                        facts.iter().map(|(name, value)| vec![name.clone(), cell(value)]).collect();
                    table(&mut out, &["Veld", "Waarde"], &rows);
                }
                Block::Table { head, rows } => table(&mut out, head, rows),
                // The table beside it says the same.
                Block::Picture(_) => out.push_str("(Het plaatje staat in de HTML-versie.)\n"),
            }
        }
        out
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Known(value) => value.clone(),
        Value::Missing(task) => format!("ONTBREEKT: {task}"),
    }
}

fn table(out: &mut String, head: &[&str], rows: &[Vec<String>]) {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    out.push_str(&line(&head.iter().map(|cell| plain(cell)).collect::<Vec<_>>()));
    out.push_str(&line(&vec!["---".to_owned(); head.len()]));
    for row in rows {
        out.push_str(&line(&row.iter().map(|cell| plain(cell)).collect::<Vec<_>>()));
    }
}

/// Writes a text so that Markdown reads no sign of it as its own, and keeps it on one line.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' => out.extend(['\\', character]),
            character if character.is_control() => out.push(' '),
            character => out.push(character),
        }
    }
    out
}

const CSS: &str = concat!(include_str!("../../assets/page.css"), include_str!("../../assets/dossier.css"));

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        let facts = vec![
            ("Naam".to_owned(), Value::Known(text.to_owned())),
            ("OIN".to_owned(), Value::Missing("vul het in".to_owned())),
        ];
        Document { title: text.to_owned(), blocks: vec![Block::Facts(facts), Block::List(vec![text.to_owned()])] }
    }

    #[test]
    fn no_sign_of_a_name_is_read_as_markdown_or_html() {
        let name = "a|b <script> *c* [d](e)\n# f";
        let markdown = document(name).markdown();
        assert!(markdown.contains(r"| Naam | a\|b \<script\> \*c\* \[d\](e) \# f |"), "{markdown}");
        let html = document(name).html().unwrap();
        assert!(!html.contains("<script>"), "{html}");
    }

    #[test]
    fn what_is_missing_is_counted_and_marked() {
        let document = document("a");
        assert_eq!(document.missing(), 1);
        assert!(document.markdown().contains("| OIN | ONTBREEKT: vul het in |"));
        assert!(document.html().unwrap().contains("<strong class=\"missing\">Ontbreekt:</strong> vul het in"));
    }
}
