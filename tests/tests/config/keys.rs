//! The keys that the reader of the file knows.

use std::collections::BTreeSet;

use saml_config::{ConfigFile, Error};
use toml::Table;

/// Returns the keys that are not in a file, of each table that is: the reader lists those it knows when it meets
/// another.
pub(crate) fn keys_not_in(file: &Table) -> BTreeSet<String> {
    let mut paths = Vec::new();
    tables(file, &mut Vec::new(), &mut paths);
    let mut missing = BTreeSet::new();
    for path in paths {
        let mut changed = file.clone();
        let table = descend(&mut changed, &path);
        let present: BTreeSet<String> = table.keys().cloned().collect();
        table.insert("zzz".to_owned(), toml::Value::Integer(1));
        let Err(Error::Unknown { found, known, .. }) = ConfigFile::parse(&changed.to_string()) else { continue };
        assert_eq!(found, "zzz");
        missing.extend(known.into_iter().filter(|key| !present.contains(key)).map(|key| {
            // The environments have the same keys.
            [path.get(1..).unwrap_or_default(), &[key]].concat().join(".")
        }));
    }
    missing
}

fn tables(table: &Table, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    found.push(path.clone());
    for (key, value) in table {
        let inner = value.as_table().or_else(|| value.as_array()?.first()?.as_table());
        if let Some(inner) = inner {
            path.push(key.clone());
            tables(inner, path, found);
            path.pop();
        }
    }
}

fn descend<'t>(table: &'t mut Table, path: &[String]) -> &'t mut Table {
    let mut table = table;
    for key in path {
        table = match table.get_mut(key).unwrap() {
            toml::Value::Array(list) => list[0].as_table_mut().unwrap(),
            value => value.as_table_mut().unwrap(),
        };
    }
    table
}
