//! Installs what is missing, or says exactly what to install.

use crate::{postgres, report, sh};
use anyhow::{Context, Result, bail};
use std::fs;
use std::io::IsTerminal;

/// Oldest Node that builds the web application.
const NODE_MIN: (u32, u32) = (20, 19);

/// What we need, when, and where it is from; `xtask/linker` reads it too.
const NEEDS: &str = include_str!("../needs.txt");

/// For which command something is needed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum For {
    Run,
    /// What running takes, and more.
    Test,
}

/// A program (or a file) we need, the Debian packages that have it, and what for.
struct Need {
    wanted: For,
    program: &'static str,
    packages: Vec<&'static str>,
    why: &'static str,
}

fn needs() -> impl Iterator<Item = Need> {
    NEEDS.lines().filter(|it| !it.starts_with('#')).filter_map(|line| {
        let mut words = line.splitn(4, ' ');
        let wanted = if words.next()? == "test" { For::Test } else { For::Run };
        let program = words.next()?;
        let packages = words.next()?.split(',').collect();
        Some(Need { wanted, program, packages, why: words.next()? })
    })
}

/// The test runner, and the version that the output is read of.
const NEXTEST: &str = "0.9.143";

/// Installs the test runner: it gives each test a process of its own, which tests of processes,
/// signals and reaping need.
pub(crate) fn nextest() -> Result<()> {
    if sh::has("cargo-nextest") {
        return Ok(());
    }
    report::step("Installing cargo-nextest: tests of processes need one of their own each");
    sh::run(sh::cargo().args(["install", "--locked", "cargo-nextest", "--version", NEXTEST]))
}

/// Makes sure that every program is there.
pub(crate) fn programs(wanted: For) -> Result<()> {
    check_node()?;
    let mut missing: Vec<Need> =
        needs().filter(|it| it.wanted <= wanted && !sh::has(it.program)).collect();
    if wanted == For::Test && !has_ensurepip() {
        missing.push(Need {
            wanted,
            program: "python3 -m venv",
            packages: vec!["python3-venv"],
            why: "makes the environments of the Python tests",
        });
    }
    if wanted == For::Test && postgres::find("postgres").is_none() {
        missing.push(Need {
            wanted,
            program: "postgres",
            packages: vec!["postgresql"],
            why: "is the other database that the gateway's tests run on",
        });
    }
    if missing.is_empty() {
        return Ok(());
    }
    for it in &missing {
        report::say(&format!("missing: {} ({})", it.program, it.why));
    }
    let packages: Vec<&str> = missing.iter().flat_map(|it| it.packages.iter().copied()).collect();
    install_packages(&packages)
}

/// Whether the system's Python can make environments; Debian has that in a package of its own.
fn has_ensurepip() -> bool {
    let import = sh::command("/usr/bin/python3").args(["-c", "import ensurepip"]).output();
    import.is_ok_and(|it| it.status.success())
}

/// Makes sure that the toolchain has what checks take; a minimal one has not.
pub(crate) fn toolchain() -> Result<()> {
    let lacks = |name: &str| {
        !sh::cargo().args([name, "--version"]).output().is_ok_and(|it| it.status.success())
    };
    let missing: Vec<&str> = [("fmt", "rustfmt"), ("clippy", "clippy")]
        .into_iter()
        .filter(|it| lacks(it.0))
        .map(|it| it.1)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let line = format!("rustup component add {}", missing.join(" "));
    if !sh::has("rustup") {
        bail!("the Rust toolchain lacks {}; with rustup: {line}", missing.join(" and "));
    }
    report::step(&format!("Installing {}: the checks use them", missing.join(", ")));
    sh::run(sh::command("rustup").args(["component", "add"]).args(missing))
}

fn install_packages(packages: &[&str]) -> Result<()> {
    let line = format!("apt-get install --yes --no-install-recommends {}", packages.join(" "));
    if !sh::has("apt-get") {
        bail!("install these with your system's package manager: {}", packages.join(" "));
    }
    let by_hand = format!("as root, run\n\n    {line}\n\nand then this command again");
    // Without a terminal nobody could type a password.
    let as_root: &[&str] = match (is_root(), sh::has("sudo"), std::io::stdin().is_terminal()) {
        (true, ..) => &[],
        (false, true, true) => &["sudo"],
        (false, true, false) => &["sudo", "-n"],
        (false, false, _) => bail!(by_hand),
    };
    report::step(&format!("Installing {}", packages.join(", ")));
    let words = [as_root, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]].concat();
    let apt = |arguments: &[&str]| sh::run(sh::command(words[0]).args(&words[1..]).args(arguments));
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(packages);
    // The list of packages may be missing (a new image has none) or old.
    apt(&["update"]).and_then(|()| apt(&install)).context(by_hand)
}

fn check_node() -> Result<()> {
    if !sh::has("node") || !sh::has("npm") {
        bail!(
            "Node {}.{} or newer with npm is needed to build the web application; install it from \
             https://nodejs.org (Debian 12's own is too old)",
            NODE_MIN.0,
            NODE_MIN.1
        );
    }
    let version = sh::capture(sh::command("node").arg("--version"))?;
    let mut parts =
        version.trim().trim_start_matches('v').split('.').map(|it| it.parse().unwrap_or(0));
    let found = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if found < NODE_MIN {
        bail!(
            "Node {}.{} or newer is needed, this is {}; install it from https://nodejs.org",
            NODE_MIN.0,
            NODE_MIN.1,
            version.trim()
        );
    }
    Ok(())
}

/// Installs the packages of a folder with a `package-lock.json`, unless that was done already.
pub(crate) fn npm(folder: &str) -> Result<()> {
    let folder_path = sh::root().join(folder);
    let lock = fs::read(folder_path.join("package-lock.json"))?;
    let stamp = folder_path.join("node_modules/.stead-installed");
    if fs::read(&stamp).is_ok_and(|it| it == lock) {
        return Ok(());
    }
    report::step(&format!("Installing the packages of {folder}"));
    // Not `npm ci`: it refuses a lock that lacks the optional packages of systems we do not build
    // on, and registries differ in which of those they have. The versions are the lock's all the same.
    sh::run(
        sh::command("npm")
            .args(["install", "--no-save", "--no-audit", "--no-fund"])
            .current_dir(&folder_path),
    )?;
    fs::write(stamp, lock)?;
    Ok(())
}

/// Builds the web application unless it is newer than its sources.
pub(crate) fn web_build() -> Result<()> {
    npm("web")?;
    let built = fs::metadata(sh::root().join("web/dist/index.html")).and_then(|it| it.modified());
    let stale = match built {
        Err(_) => true,
        Ok(built) => sh::tracked_files()?
            .iter()
            .filter(|it| it.starts_with("web/"))
            .filter_map(|it| fs::metadata(sh::root().join(it)).ok()?.modified().ok())
            .any(|it| built < it),
    };
    if stale {
        report::step("Building the web application");
        sh::run(sh::command("npm").args(["run", "build"]).current_dir(sh::root().join("web")))?;
    }
    Ok(())
}

pub(crate) fn is_root() -> bool {
    sh::capture(sh::command("id").arg("-u")).is_ok_and(|it| it.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_need_says_when_where_from_and_why() {
        let lines = NEEDS.lines().filter(|it| !it.starts_with('#')).count();
        assert_eq!(needs().count(), lines);
        assert!(needs().all(|it| it.packages.iter().all(|it| !it.is_empty())));
        assert_eq!(needs().find(|it| it.wanted == For::Run).unwrap().program, "cc");
    }
}
