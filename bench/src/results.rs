//! `RESULTS.md`: one section for each benchmark, replaced when it runs again.

use anyhow::{Context, Result};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Instant;

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

/// The smallest value that at least this part of the values does not exceed.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place in a list of a few thousand"
)]
pub(crate) fn percentile(values: &[f64], part: f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let place = (values.len() as f64 * part).ceil() as usize;
    values.get(place.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

/// Time since `start`.
pub(crate) fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
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
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let system = read("/proc/sys/kernel/osrelease");
    let load = read("/proc/loadavg");
    format!(
        "{} × {}, Linux {}, load {} at the end",
        names.len(),
        names.first().unwrap_or(&"unknown processor"),
        system.trim().split('-').next().unwrap_or_default(),
        load.split(' ').next().unwrap_or_default(),
    )
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
    fn a_percentile_is_a_value_that_was_measured() {
        let values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        let at = |part| percentile(&values, part).to_bits();
        assert_eq!(at(0.99), 99.0_f64.to_bits());
        assert_eq!(at(0.5), 50.0_f64.to_bits());
        assert_eq!(at(1.0), 100.0_f64.to_bits());
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![9.0, 1.0, 2.0]).to_bits(), 2.0_f64.to_bits());
    }
}
