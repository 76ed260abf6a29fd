//! `cargo xtask sizes`: lines of files and functions, to see where the code grows.

use crate::{report, sh};
use anyhow::Result;
use std::collections::BTreeMap;
use std::fs;

/// Prints a line a crate: lines of code, file median / p90 / max, function median / p90 / max.
pub(crate) fn sizes() -> Result<()> {
    let mut files: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut functions: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for file in sh::tracked_files()?.iter().filter(|it| it.ends_with(".rs") && !is_test(it)) {
        let text = fs::read_to_string(sh::root().join(file))?;
        let code = text.split("\n#[cfg(test)]").next().unwrap_or_default();
        let name = file.split('/').take(2).collect::<Vec<_>>().join("/");
        files.entry(name.clone()).or_default().push(code.lines().count());
        functions.entry(name).or_default().extend(function_lengths(code));
    }
    report::say("crate                     lines   file med/p90/max   fn med/p90/max");
    for (name, lengths) in &files {
        let functions = functions.get(name).map_or(&[][..], Vec::as_slice);
        report::say(&format!(
            "{name:24} {:>6}   {:>16}   {:>14}",
            lengths.iter().sum::<usize>(),
            spread(lengths),
            spread(functions)
        ));
    }
    Ok(())
}

fn is_test(file: &str) -> bool {
    file.contains("/tests/") || file.ends_with("/tests.rs")
}

/// Lengths of functions, by rustfmt's indentation: from `fn` to the brace at the same column.
fn function_lengths(code: &str) -> Vec<usize> {
    let lines: Vec<&str> = code.lines().collect();
    let mut lengths = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let is_function = line.trim_start().split(' ').take(5).any(|it| it == "fn");
        if !is_function || line.trim_start().starts_with("//") {
            continue;
        }
        let close = format!("{}}}", " ".repeat(indent));
        if let Some(length) = lines[index..].iter().position(|it| *it == close) {
            lengths.push(length + 1);
        }
    }
    lengths
}

fn spread(lengths: &[usize]) -> String {
    let mut sorted = lengths.to_vec();
    sorted.sort_unstable();
    let at = |share: usize| sorted.get(sorted.len() * share / 100).copied().unwrap_or(0);
    format!("{}/{}/{}", at(50), at(90), sorted.last().copied().unwrap_or(0))
}
