//! `RESULTS.md`: one section for each benchmark, replaced when it runs again.

use anyhow::{Context, Result};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// What the file starts with.
const HEAD: &str = "# Results\n\n\
    Each section is written by `cargo xtask bench NAME`; peers run beside us in the same run.\n\
    Compare the columns of one table, never numbers of two machines.\n";

/// Puts a section into the file in place of the earlier one of that name.
pub(crate) fn write(file: &Path, name: &str, section: &str) -> Result<()> {
    let old = fs::read_to_string(file).unwrap_or_else(|_| HEAD.to_owned());
    fs::write(file, merged(&old, name, section)).context("the results cannot be written")
}

fn merged(old: &str, name: &str, section: &str) -> String {
    let title = format!("## {name}\n");
    let mut out = String::new();
    for part in old.split_inclusive("\n## ").map(|it| it.strip_suffix("\n## ").unwrap_or(it)) {
        let part = if out.is_empty() { part.to_owned() } else { format!("## {part}") };
        if !part.starts_with(&title) {
            out.push_str(part.trim_end());
            out.push_str("\n\n");
        }
    }
    write!(out, "{title}\n{}\n", section.trim_end()).expect("a string takes everything");
    out
}

/// The middle of an odd number of values.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Number of processors and their name, as the table's caption.
pub(crate) fn machine() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let names: Vec<&str> = text
        .lines()
        .filter_map(|it| it.strip_prefix("model name"))
        .filter_map(|it| it.split_once(": "))
        .map(|(_, name)| name)
        .collect();
    format!("{} × {}", names.len(), names.first().unwrap_or(&"unknown processor"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_takes_the_place_of_its_elder() {
        let one = merged(HEAD, "a", "first");
        let two = merged(&one, "b", "second");
        let three = merged(&two, "a", "third");
        assert_eq!(three, format!("{HEAD}\n## b\n\nsecond\n\n## a\n\nthird\n"));
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![9.0, 1.0, 2.0]).to_bits(), 2.0_f64.to_bits());
    }
}
