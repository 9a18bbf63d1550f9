use saml_tests::{fixtures, read};
use serde_json::Value;

/// What is known of one bad message: `fixtures/corpus-expectations.tsv`.
pub(crate) struct Expectation {
    pub(crate) repo: String,
    pub(crate) path: String,
    /// The code that refuses it.
    pub(crate) code: String,
    /// The code that refuses it in adapted form; `-` where what is bad in it is what adapting takes out.
    pub(crate) adapted: String,
    pub(crate) changes: Changes,
    /// Which of the two codes is what upstream's label means.
    pub(crate) why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    /// The code of the message as it is.
    Labelled,
    /// The code of the adapted message.
    Adapted,
    /// Neither: another check of ours comes first.
    Earlier,
}

/// What is to be different from what a message itself says: `audience=urn:x;at=2026-01-01T00:00:00Z`.
#[derive(Clone, Default)]
pub(crate) struct Changes(String);

impl Changes {
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0.split(';').find_map(|change| change.strip_prefix(name)?.strip_prefix('='))
    }
}

/// Messages with which we do other than upstream's label says: `fixtures/corpus-exceptions.toml`.
pub(crate) struct Exceptions {
    pub(crate) classes: Vec<Class>,
    pub(crate) exceptions: Vec<Exception>,
}

/// An exception for each message that holds a text.
pub(crate) struct Class {
    pub(crate) holds: String,
    pub(crate) found: String,
}

pub(crate) struct Exception {
    pub(crate) repo: String,
    pub(crate) path: String,
    pub(crate) found: String,
    /// The code that refuses it in adapted form; `accepted` where it is not said.
    pub(crate) adapted: String,
    pub(crate) changes: Changes,
}

pub(crate) fn expectations() -> Vec<Expectation> {
    let table = String::from_utf8(read(&fixtures().join("corpus-expectations.tsv"))).unwrap();
    let lines = table.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines
        .map(|line| {
            let fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
            let [repo, path, code, adapted, changes, why] = <[String; 6]>::try_from(fields).expect(line);
            let why = match why.as_str() {
                "labelled" => Why::Labelled,
                "adapted" => Why::Adapted,
                _ => {
                    assert!(why.starts_with("earlier: "), "{line}");
                    Why::Earlier
                }
            };
            Expectation { repo, path, code, adapted, changes: Changes(changes), why }
        })
        .collect()
}

pub(crate) fn exceptions() -> Exceptions {
    let file: Value =
        toml::from_str(&String::from_utf8(read(&fixtures().join("corpus-exceptions.toml"))).unwrap()).unwrap();
    let tables = |name: &str| file[name].as_array().unwrap().clone();
    let text = |table: &Value, name: &str| {
        let text = table[name].as_str().unwrap_or_else(|| panic!("{name} in {table}"));
        assert!(!text.is_empty(), "{name} in {table}");
        text.to_owned()
    };
    let or = |table: &Value, name: &str, otherwise: &str| table[name].as_str().unwrap_or(otherwise).to_owned();
    let classes = tables("class").into_iter().map(|class| {
        text(&class, "reason");
        Class { holds: text(&class, "holds"), found: text(&class, "found") }
    });
    let exceptions = tables("exception").into_iter().map(|exception| {
        text(&exception, "reason");
        text(&exception, "expected");
        Exception {
            repo: text(&exception, "repo"),
            path: text(&exception, "path"),
            found: text(&exception, "found"),
            adapted: or(&exception, "adapted", "accepted"),
            changes: Changes(or(&exception, "changes", "")),
        }
    });
    Exceptions { classes: classes.collect(), exceptions: exceptions.collect() }
}
