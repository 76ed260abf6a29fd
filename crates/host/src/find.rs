//! Finding processes of ours in `/proc` by what their command line says.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

/// How long helpers that are on their way to become a kernel are waited for. They take
/// milliseconds; one that hangs is found by its cgroup.
const HELPERS_GONE_TIMEOUT: Duration = Duration::from_secs(2);

/// Time between two looks at the process table while helpers are waited for.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);

/// Waits until no helper of a sandbox is under way any more.
pub(crate) async fn helpers_gone() {
    let look = async {
        while processes().any(|(pid, line)| is_helper(&line) && !is_empty_sandbox(pid)) {
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    };
    if tokio::time::timeout(HELPERS_GONE_TIMEOUT, look).await.is_err() {
        tracing::warn!("a sandbox helper is still under way; another server may be starting");
    }
}

/// The processes whose command line has one of `markers` as an argument, by marker.
pub(crate) fn by_marker(markers: &[&str]) -> HashMap<String, Vec<u32>> {
    let mut found: HashMap<String, Vec<u32>> = HashMap::new();
    if markers.is_empty() {
        return found;
    }
    for (pid, line) in processes() {
        for argument in line.split(|it| *it == 0) {
            if let Some(marker) = markers.iter().find(|it| it.as_bytes() == argument) {
                found.entry((*marker).to_owned()).or_default().push(pid);
            }
        }
    }
    found
}

/// Whether a command line is that of [`supervisor::init::HELPER_ARGUMENT`].
fn is_helper(line: &[u8]) -> bool {
    line.split(|it| *it == 0).nth(1) == Some(supervisor::init::HELPER_ARGUMENT.as_bytes())
}

/// Whether a helper's process waits for a workspace. It ends by itself with the host that keeps it.
fn is_empty_sandbox(pid: u32) -> bool {
    let name = fs::read(format!("/proc/{pid}/comm")).unwrap_or_default();
    name.trim_ascii_end() == supervisor::init::SPARE_NAME.to_bytes()
}

/// Every process with its command line; arguments end with a zero byte.
fn processes() -> impl Iterator<Item = (u32, Vec<u8>)> {
    fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        Some((pid, fs::read(entry.path().join("cmdline")).ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_found_by_an_argument() {
        let line = fs::read("/proc/self/cmdline").unwrap();
        let program = line.split(|it| *it == 0).next().unwrap();
        let program = std::str::from_utf8(program).unwrap();
        let found = by_marker(&[program, "no process has this argument"]);
        assert!(found[program].contains(&std::process::id()));
        assert_eq!(found.len(), 1);
    }
}
