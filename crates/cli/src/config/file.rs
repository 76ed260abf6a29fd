//! The configuration file: flat TOML with the names of the flags.

use super::keys::{KEYS, Key};
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::path::Path;

/// The values of a file, by key.
pub(super) type Table = BTreeMap<&'static str, Vec<String>>;

/// Reads a file; keys that do not exist are errors.
pub(super) fn read(path: &Path) -> anyhow::Result<Table> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the configuration file `{}` cannot be read", path.display()))?;
    parse(&text).with_context(|| format!("in the configuration file `{}`", path.display()))
}

/// Reads the text of a file.
pub(super) fn parse(text: &str) -> anyhow::Result<Table> {
    let document: toml::Table = text.parse()?;
    let mut table = Table::new();
    for (name, value) in document {
        let Some(key) = KEYS.iter().find(|it| it.name == name) else {
            bail!("there is no option `{name}`{}", suggestion(&name));
        };
        table.insert(key.name, values(key, value)?);
    }
    Ok(table)
}

fn values(key: &Key, value: toml::Value) -> anyhow::Result<Vec<String>> {
    let items = key.list.then(|| value.as_array().cloned()).flatten();
    items.unwrap_or_else(|| vec![value]).into_iter().map(|it| scalar(key, it)).collect()
}

fn scalar(key: &Key, value: toml::Value) -> anyhow::Result<String> {
    match value {
        toml::Value::String(text) => Ok(text),
        toml::Value::Integer(number) => Ok(number.to_string()),
        toml::Value::Float(number) => Ok(number.to_string()),
        toml::Value::Boolean(_)
        | toml::Value::Datetime(_)
        | toml::Value::Array(_)
        | toml::Value::Table(_) => {
            bail!("`{}` takes {} as a text or a number", key.name, key.value)
        }
    }
}

/// `, did you mean …?` when a key is close.
fn suggestion(name: &str) -> String {
    let name = name.replace('_', "-");
    let closest = KEYS.iter().map(|it| (distance(&name, it.name), it.name)).min();
    match closest {
        Some((distance, key)) if distance <= 3 => format!("; did you mean `{key}`?"),
        _ => "; `stead config` lists them".to_owned(),
    }
}

/// How many letters must be added, dropped or changed to get from one text to the other.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, a) in from.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, b) in to.bytes().enumerate() {
            let change = diagonal + usize::from(a != b);
            diagonal = row[column + 1];
            row[column + 1] = change.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}
