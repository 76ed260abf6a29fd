//! Which licences and sources the crates that we link have: `deny.toml`, as far as it can be
//! checked in a second and without another program. `cargo deny check` does the rest.

use crate::sh;
use anyhow::{Result, bail};
use std::fs;

/// Fails with every crate that `deny.toml` does not let in.
pub(crate) fn licences() -> Result<()> {
    let rules = fs::read_to_string(sh::root().join("deny.toml"))?;
    let (allowed, denied) = (quoted(&rules, "allow = ["), quoted(&rules, "deny = ["));
    let list = sh::capture(sh::cargo().args([
        "tree",
        "--workspace",
        "--locked",
        "--edges=normal,build,dev",
        "--prefix=none",
        "--format={p}|{l}",
    ]))?;
    let mut complaints: Vec<String> =
        list.lines().filter_map(|it| judge(it, &allowed, &denied)).collect();
    complaints.sort();
    complaints.dedup();
    if !complaints.is_empty() {
        bail!("{}", complaints.join("\n"));
    }
    Ok(())
}

/// What is in quotation marks from `start` to the end of its list.
fn quoted<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    let list = text.split_once(start).map_or("", |it| it.1);
    list.split(']').next().unwrap_or_default().split('"').skip(1).step_by(2).collect()
}

/// What is wrong with `name version (place)|licence`.
fn judge(line: &str, allowed: &[&str], denied: &[&str]) -> Option<String> {
    let (crate_, licence) = line.split_once('|')?;
    let name = crate_.split(' ').next().unwrap_or_default();
    // A mark says that a crate was listed before.
    let licence = licence.trim_end_matches("(*)").trim();
    if denied.contains(&name) {
        return Some(format!("{name}: `deny.toml` denies it"));
    }
    if crate_.contains("(http") || crate_.contains("(git") {
        return Some(format!("{crate_}: not from the registry"));
    }
    let fine = is_allowed(licence, allowed);
    (!fine).then(|| format!("{crate_}: the licence `{licence}` is not in `deny.toml`"))
}

/// Whether one side of every OR is allowed altogether. `/` is an old way to write OR.
fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    let plain = expression.replace(" / ", " OR ").replace('/', " OR ");
    // An OR in brackets is one part of an AND; no crate nests deeper.
    plain.replace(") AND (", ")&(").split(" AND ").all(|part| {
        let part = part.trim_matches(['(', ')']);
        part.split(" OR ").any(|it| allowed.contains(&it.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_crate_is_allowed() {
        licences().unwrap();
    }

    #[test]
    fn expressions_are_understood() {
        let allowed = ["MIT", "Apache-2.0", "Unicode-3.0"];
        for good in ["MIT", "GPL-3.0 OR MIT", "MIT/Apache-2.0", "(MIT OR GPL-2.0) AND Unicode-3.0"]
        {
            assert!(is_allowed(good, &allowed), "{good}");
        }
        for bad in ["GPL-3.0", "", "MIT AND GPL-3.0", "(GPL-3.0 OR LGPL-3.0) AND MIT"] {
            assert!(!is_allowed(bad, &allowed), "{bad}");
        }
        let rules = "allow = [\"MIT\"]\ndeny = [{ crate = \"openssl-sys\" }]";
        assert_eq!(quoted(rules, "allow = ["), ["MIT"]);
        assert_eq!(quoted(rules, "deny = ["), ["openssl-sys"]);
        assert!(judge("openssl-sys v1|MIT", &["MIT"], &["openssl-sys"]).is_some());
        assert!(judge("a v1 (https://x.example/a#1)|MIT", &["MIT"], &[]).is_some());
        assert_eq!(judge("a v1|MIT (*)", &["MIT"], &[]), None);
    }
}
