use std::path::{Path, PathBuf};

use saml_bindings::Received;
use saml_tests::read;

/// A line of the corpus's table of labels.
pub(crate) struct Row {
    /// The project that the file is of.
    pub(crate) repo: String,
    /// The file, from the top of that project.
    pub(crate) path: String,
    /// What upstream says of it.
    pub(crate) label: Label,
    pub(crate) file: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    Good,
    Bad,
    /// A sample that upstream only reads.
    Parses,
}

/// Reads the table. Upstream's guesses (`pass?`, `fail?`) are run as its labels are.
pub(crate) fn rows(corpus: &Path) -> Vec<Row> {
    let table = String::from_utf8(read(&corpus.join("LABELS.tsv"))).unwrap();
    table
        .lines()
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let label = match fields[2].trim_end_matches('?') {
                "pass" => Label::Good,
                "fail" => Label::Bad,
                "parse-ok" => Label::Parses,
                other => panic!("{other}"),
            };
            let (repo, path) = (fields[0].to_owned(), fields[1].to_owned());
            let file = corpus.join("public").join(&repo).join(&path);
            Row { repo, path, label, file }
        })
        .collect()
}

impl Row {
    /// Returns the message in the file, out of the base64 and deflate around it.
    pub(crate) fn message(&self) -> Result<Vec<u8>, &'static str> {
        let bytes = read(&self.file);
        Received::detect(&bytes).map(|received| received.xml().to_vec()).map_err(|error| error.code())
    }
}
