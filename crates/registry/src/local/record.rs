//! What a local worker leaves behind of itself: one file in a directory of its own.

use crate::hint::safe_display_hint;
use protocol::registry::RuntimeDiagnostic;
use serde::Deserialize;
use serde_json::Value;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

const FILE: &str = "metadata.json";
/// Largest record, in bytes. They have a few hundred.
const RECORD_BYTES_MAX: u64 = 256 * 1024;

/// The part of a record that is read.
#[derive(Debug, Deserialize)]
pub(super) struct Record {
    pub(super) worker_name: String,
    #[serde(default)]
    pub(super) workspace_root: Option<String>,
    /// Present while it runs.
    #[serde(default)]
    pub(super) active: Option<Active>,
    #[serde(default)]
    pub(super) resolved_manifest_snapshot: Value,
}

/// What a worker that runs is at.
#[derive(Debug, Deserialize)]
pub(super) struct Active {
    #[serde(default)]
    pub(super) segment_id: Option<String>,
}

/// The names of the directories with records, sorted. Links are none.
pub(super) fn names(directory: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type().is_ok_and(|it| it.is_dir())
            && let Ok(name) = entry.file_name().into_string()
        {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// One record. What is wrong with it is told without its path or content.
pub(super) fn read(directory: &Path, name: &str) -> Result<Record, RuntimeDiagnostic> {
    let text = text(&directory.join(name).join(FILE)).map_err(|_| {
        let message = "a record of a local worker cannot be read; its worker was left out";
        RuntimeDiagnostic::warning("local_pod_metadata_unreadable", message)
    })?;
    serde_json::from_slice(&text).map_err(|_| {
        let message = "a record of a local worker is not as expected; its worker was left out";
        RuntimeDiagnostic::warning("local_pod_metadata_invalid", message)
    })
}

fn text(path: &Path) -> io::Result<Vec<u8>> {
    // A pipe would be waited for, and a link may lead anywhere.
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut text = Vec::new();
    File::open(path)?.take(RECORD_BYTES_MAX + 1).read_to_end(&mut text)?;
    if RECORD_BYTES_MAX < text.len() as u64 {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(text)
}

/// A text of the manifest that can be shown: at the first place, or else at the second; an object
/// is shown by its name.
pub(super) fn hint(manifest: &Value, first: &str, second: &str) -> Option<String> {
    [first, second].into_iter().find_map(|place| {
        let found = place.split('.').try_fold(manifest, |value, name| value.get(name))?;
        let text = found.as_str().or_else(|| found.get("name")?.as_str())?;
        Some(safe_display_hint(text)).filter(|it| !it.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    // covers: S4.154
    #[test]
    fn a_hint_comes_from_the_first_place_that_has_one() {
        let role = |manifest: Value| hint(&manifest, "role", "role_claim.role");
        assert_eq!(role(json!({"role": "coder"})).as_deref(), Some("coder"));
        assert_eq!(role(json!({"role_claim": {"role": "intake"}})).as_deref(), Some("intake"));
        let both = json!({"role": {"name": "co/der"}, "role_claim": {"role": "intake"}});
        assert_eq!(role(both).as_deref(), Some("coder"));
        let empty = json!({"role": "/", "role_claim": {"role": {"name": "x"}}});
        assert_eq!(role(empty).as_deref(), Some("x"));
        for nothing in [json!(null), json!({}), json!({"role": ""}), json!({"role": 7})] {
            assert_eq!(role(nothing), None);
        }
        let profile = |manifest: Value| hint(&manifest, "profile_selector", "profile");
        assert_eq!(profile(json!({"profile": {"name": "p"}})).as_deref(), Some("p"));
        let both = json!({"profile_selector": "s", "profile": "p"});
        assert_eq!(profile(both).as_deref(), Some("s"));
    }
}
