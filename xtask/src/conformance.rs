//! `cargo xtask conformance`: which requirement rows a test names, and which none does.

use crate::{report, sh};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Rows of each part of the requirements: `S0.1` to `S0.94`, and so on.
const ROWS: [u32; 5] = [94, 90, 67, 90, 173];

/// A row: part and number.
type Row = (u32, u32);

/// Prints a line a part, and the rows that are still bare.
pub(crate) fn conformance() -> Result<()> {
    let root = sh::root();
    let mut covered: BTreeMap<Row, BTreeSet<String>> = BTreeMap::new();
    for file in sh::tracked_files()? {
        if !is_test_source(&file) {
            continue;
        }
        let text = fs::read_to_string(root.join(&file)).unwrap_or_default();
        for row in rows_named(&text) {
            covered.entry(row).or_default().insert(file.clone());
        }
    }
    let excused =
        excused(&fs::read_to_string(root.join("docs/conformance.md")).unwrap_or_default());
    for (part, &count) in (0..).zip(&ROWS) {
        let bare: Vec<String> = (1..=count)
            .filter(|&row| !covered.contains_key(&(part, row)) && !excused.contains(&(part, row)))
            .map(|row| format!("S{part}.{row}"))
            .collect();
        let named = covered.keys().filter(|it| it.0 == part).count();
        report::say(&format!(
            "S{part}: {named} of {count} rows named by tests, {} bare",
            bare.len()
        ));
        if !bare.is_empty() {
            report::say(&format!("    {}", bare.join(" ")));
        }
    }
    Ok(())
}

fn is_test_source(file: &str) -> bool {
    [".rs", ".ts", ".tsx", ".mjs", ".py"].iter().any(|it| file.ends_with(it))
}

/// Rows after `covers:` in comments.
fn rows_named(text: &str) -> BTreeSet<Row> {
    text.lines()
        .filter_map(|it| it.split_once("covers:"))
        .flat_map(|(_, rows)| rows.split(|it: char| it == ',' || it.is_whitespace()))
        .filter_map(parse_row)
        .collect()
}

/// Rows at the start of a list item or table cell of `docs/conformance.md`.
fn excused(text: &str) -> BTreeSet<Row> {
    text.lines()
        .filter_map(|it| it.trim_start_matches(['|', '*', '-', ' ']).split([' ', '|', ':']).next())
        .filter_map(parse_row)
        .collect()
}

fn parse_row(text: &str) -> Option<Row> {
    let (part, row) = text.strip_prefix('S')?.split_once('.')?;
    let row = (part.parse().ok()?, row.parse().ok()?);
    let most = *ROWS.get(usize::try_from(row.0).ok()?)?;
    (1..=most).contains(&row.1).then_some(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_from_comments() {
        let text =
            "// covers: S0.27, S1.14\nfn a() {}\n// S1.15 is not named\n// covers: S9.1 S0.95";
        assert_eq!(rows_named(text), BTreeSet::from([(0, 27), (1, 14)]));
    }

    #[test]
    fn excused_rows_stand_first() {
        assert_eq!(excused("| S2.22 | another stack |\ntext S2.23"), BTreeSet::from([(2, 22)]));
    }
}
