//! What a host has in its data directory.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Workspaces that have storage there, by the bodies of their ids.
pub(crate) fn stored(data: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(data.join("workspaces")).into_iter().flatten().flatten();
    entries.map(|it| it.file_name().to_string_lossy().into_owned()).collect()
}

/// Process of a workspace's kernel, as its host wrote it down.
pub(crate) fn recorded_pid(data: &Path, body: &str) -> Option<u32> {
    let text = fs::read(data.join("run").join(body).join("kernel.json")).ok()?;
    let record: Value = serde_json::from_slice(&text).ok()?;
    record["pid"].as_u64().and_then(|it| it.try_into().ok())
}
