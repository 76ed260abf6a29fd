//! `tidy`: rules that no compiler checks, over every file of the repository.
//!
//! A new rule is a function of a path and a text that returns complaints.

use crate::sh;
use anyhow::{Result, bail};
use std::collections::BTreeMap;
use std::fs;

/// Most lines of a source file, tests left out.
const LINES_MAX: usize = 600;
/// Most lines of a React component and of a route.
const COMPONENT_LINES_MAX: usize = 250;
/// Largest file that is not text, in bytes. Pictures of the documentation may be larger.
const BINARY_BYTES_MAX: usize = 100_000;
const PICTURE_BYTES_MAX: usize = 600_000;

/// Files that may exceed [`LINES_MAX`], with the size they may not outgrow.
const RATCHET: &[(&str, usize)] = &[];

/// Which crates of ours a crate may depend on; dependencies point down only.
const MAY_DEPEND: &[(&str, &[&str])] = &[
    ("stdx", &[]),
    ("protocol", &[]),
    ("supervisor", &["stdx", "protocol"]),
    ("proxy", &["stdx", "protocol"]),
    ("terminal", &["stdx", "protocol"]),
    ("document", &["stdx", "protocol"]),
    ("kernel", &["stdx", "protocol", "supervisor", "proxy", "terminal", "document"]),
    ("provider", &["stdx", "protocol"]),
    ("host", &["stdx", "protocol", "supervisor", "proxy", "provider"]),
    ("manager", &["stdx", "protocol", "proxy", "provider"]),
    ("registry", &["stdx", "protocol"]),
    ("gateway", &["stdx", "protocol", "proxy", "provider", "registry"]),
    (
        "cli",
        &["stdx", "protocol", "supervisor", "provider", "host", "manager", "kernel", "gateway"],
    ),
    ("testkit", &["stdx", "protocol", "host", "kernel", "gateway"]),
];

/// Fails with every complaint about every file.
pub(crate) fn tidy() -> Result<()> {
    let root = sh::root();
    let mut complaints = Vec::new();
    for file in sh::tracked_files()? {
        let bytes = fs::read(root.join(&file))?;
        match String::from_utf8(bytes) {
            Ok(text) => complaints.extend(check(&file, &text)),
            Err(binary) => complaints.extend(check_binary(&file, binary.as_bytes().len())),
        }
    }
    if !complaints.is_empty() {
        bail!("{} complaints:\n{}", complaints.len(), complaints.join("\n"));
    }
    Ok(())
}

/// Complaints about one text file.
fn check(path: &str, text: &str) -> Vec<String> {
    let rules: [fn(&str, &str) -> Vec<String>; 7] =
        [size, module_doc, module_file, marks, sleeps, dependencies, unsafe_code];
    rules.iter().flat_map(|rule| rule(path, text)).collect()
}

fn check_binary(path: &str, length: usize) -> Vec<String> {
    let is_picture = path.starts_with("docs/") && path.ends_with(".png");
    let most = if is_picture { PICTURE_BYTES_MAX } else { BINARY_BYTES_MAX };
    if length <= most { vec![] } else { vec![format!("{path}: a binary file of {length} bytes")] }
}

fn size(path: &str, text: &str) -> Vec<String> {
    let most = match path.rsplit('.').next() {
        Some("rs") if !is_test(path) => {
            RATCHET.iter().find(|it| it.0 == path).map_or(LINES_MAX, |it| it.1)
        }
        Some("tsx") if !is_test(path) => COMPONENT_LINES_MAX,
        _ => return vec![],
    };
    let lines =
        text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default().lines().count();
    if lines <= most { vec![] } else { vec![format!("{path}: {lines} lines, {most} at most")] }
}

fn module_doc(path: &str, text: &str) -> Vec<String> {
    let needs =
        path.ends_with(".rs") && !path.contains("/templates/") && !path.contains("/recordings/");
    let has = text.trim_start_matches("#!").lines().find(|it| !it.trim().is_empty());
    if needs && !has.is_some_and(|it| it.starts_with("//!")) {
        return vec![format!(
            "{path}:1: a module starts with `//!`: what it is and what it is not"
        )];
    }
    vec![]
}

fn module_file(path: &str, _text: &str) -> Vec<String> {
    if path.ends_with("/mod.rs") {
        return vec![format!("{path}: use `foo.rs` beside `foo/`")];
    }
    vec![]
}

fn marks(path: &str, text: &str) -> Vec<String> {
    // Built in two parts so that this file does not report itself.
    let mark = concat!("FIX", "ME");
    if !is_source(path) {
        return vec![];
    }
    lines_with(text, mark)
        .map(|line| format!("{path}:{line}: {mark} is for work in progress"))
        .collect()
}

fn sleeps(path: &str, text: &str) -> Vec<String> {
    let calls = [
        concat!("thread::sl", "eep("),
        concat!("time::sl", "eep("),
        concat!("waitFor", "Timeout("),
    ];
    if !is_test(path) {
        return vec![];
    }
    calls
        .iter()
        .flat_map(|call| lines_with(text, call))
        .map(|line| format!("{path}:{line}: tests do not sleep; wait for a state"))
        .collect()
}

fn dependencies(path: &str, text: &str) -> Vec<String> {
    let Some(name) = path.strip_prefix("crates/").and_then(|it| it.strip_suffix("/Cargo.toml"))
    else {
        return vec![];
    };
    if name.contains('/') {
        return vec![];
    }
    let allowed: BTreeMap<_, _> = MAY_DEPEND.iter().copied().collect();
    let Some(allowed_here) = allowed.get(name) else {
        return vec![format!("{path}: `{name}` is not in tidy's table of dependencies")];
    };
    let section = text.split("[dependencies]").nth(1).unwrap_or_default();
    let section = section.split("\n[").next().unwrap_or_default();
    section
        .lines()
        .filter_map(|it| it.split(['.', ' ', '=']).next())
        .filter(|it| allowed.contains_key(it) && !allowed_here.contains(it))
        .map(|it| format!("{path}: `{name}` may not depend on `{it}`"))
        .collect()
}

fn unsafe_code(path: &str, text: &str) -> Vec<String> {
    let word = concat!("unsa", "fe ");
    if !path.starts_with("crates/")
        || !path.ends_with(".rs")
        || path.starts_with("crates/supervisor/")
    {
        return vec![];
    }
    lines_with(text, word)
        .filter(|&line| {
            let line = text.lines().nth(line - 1).unwrap_or_default().trim_start();
            !line.starts_with("//")
                && (line.contains(&format!("{word}{{")) || line.contains(&format!("{word}fn")))
        })
        .map(|line| format!("{path}:{line}: only `supervisor` has {word}code"))
        .collect()
}

fn is_source(path: &str) -> bool {
    [".rs", ".ts", ".tsx", ".mjs", ".css"].iter().any(|it| path.ends_with(it))
}

fn is_test(path: &str) -> bool {
    path.contains("/tests/")
        || path.ends_with("/tests.rs")
        || path.contains(".test.")
        || path.contains(".spec.")
}

/// Numbers of the lines that contain a word, from 1.
fn lines_with<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    (1..).zip(text.lines()).filter(move |(_, line)| line.contains(word)).map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        tidy().unwrap();
    }

    #[test]
    fn a_mark_is_reported_with_its_line() {
        let text = format!("//! Doc.\nfn f() {{}}\n// {}: later\n", concat!("FIX", "ME"));
        let expected = format!("a.rs:3: {} is for work in progress", concat!("FIX", "ME"));
        assert_eq!(check("a.rs", &text), [expected]);
    }

    #[test]
    fn a_forbidden_dependency_is_reported() {
        let text = "[dependencies]\nstdx.workspace = true\nsupervisor.workspace = true\n";
        assert_eq!(
            check("crates/gateway/Cargo.toml", text),
            ["crates/gateway/Cargo.toml: `gateway` may not depend on `supervisor`".to_owned()]
        );
    }

    #[test]
    fn a_module_without_doc_is_reported() {
        assert_eq!(check("crates/stdx/src/a.rs", "fn f() {}\n").len(), 1);
        assert_eq!(check("crates/stdx/src/a.rs", "//! A.\nfn f() {}\n").len(), 0);
    }
}
