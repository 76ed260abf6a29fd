//! Installs what is missing, or says exactly what to install.

use crate::{report, sh};
use anyhow::{Result, bail};
use std::fs;

/// Oldest Node that builds the web application.
const NODE_MIN: (u32, u32) = (20, 19);

/// A program we need, the Debian package that has it, and what for.
pub(crate) struct Need {
    program: &'static str,
    package: &'static str,
    why: &'static str,
}

const fn need(program: &'static str, package: &'static str, why: &'static str) -> Need {
    Need { program, package, why }
}

/// What building and running takes.
pub(crate) const FOR_RUN: &[Need] = &[
    need("cc", "gcc libc6-dev", "compiles the embedded database"),
    need("git", "git", "clones repositories into workspaces"),
    need("python3", "python3", "serves plain folders and runs the Python template"),
];

/// What the tests take beyond that.
pub(crate) const FOR_TEST: &[Need] = &[
    need("chromium", "chromium", "the browser tests"),
    need("setpriv", "util-linux", "runs the sandbox tests as an ordinary user"),
    need("curl", "curl", "a real client of the network tests"),
];

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

/// Makes sure that the system's Python can make environments, as workspaces with requirements need.
pub(crate) fn python_environments() -> Result<()> {
    let import = sh::command("/usr/bin/python3").args(["-c", "import ensurepip"]).output();
    if import.is_ok_and(|it| it.status.success()) {
        return Ok(());
    }
    report::say("missing: python3-venv (workspaces install Python packages with it)");
    install_packages(&["python3-venv"])
}

/// Makes sure that every program is there.
pub(crate) fn programs(needs: &[&[Need]]) -> Result<()> {
    check_node()?;
    let missing: Vec<&Need> =
        needs.iter().copied().flatten().filter(|it| !sh::has(it.program)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    for it in &missing {
        report::say(&format!("missing: {} ({})", it.program, it.why));
    }
    let packages: Vec<&str> = missing.iter().flat_map(|it| it.package.split(' ')).collect();
    install_packages(&packages)
}

fn install_packages(packages: &[&str]) -> Result<()> {
    let line = format!("apt-get install --yes --no-install-recommends {}", packages.join(" "));
    let mut prefix: Vec<&str> = match (is_root(), sh::has("apt-get")) {
        (_, false) => {
            bail!("install these with your system's package manager: {}", packages.join(" "))
        }
        (true, true) => vec![],
        (false, true) if can_sudo() => vec!["sudo", "-n"],
        (false, true) => bail!("as root, run:\n\n    {line}\n\nand then this command again"),
    };
    prefix.extend(["env", "DEBIAN_FRONTEND=noninteractive"]);
    report::step(&format!("Installing {}", packages.join(", ")));
    let apt = |arguments: &[&str]| {
        sh::run(sh::command(prefix[0]).args(&prefix[1..]).arg("apt-get").args(arguments))
    };
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(packages);
    if apt(&install).is_err() {
        apt(&["update"])?;
        apt(&install)?;
    }
    Ok(())
}

fn check_node() -> Result<()> {
    if !sh::has("node") || !sh::has("npm") {
        bail!(
            "Node {}.{} or newer with npm is needed to build the web application",
            NODE_MIN.0,
            NODE_MIN.1
        );
    }
    let version = sh::capture(sh::command("node").arg("--version"))?;
    let mut parts =
        version.trim().trim_start_matches('v').split('.').map(|it| it.parse().unwrap_or(0));
    let found = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if found < NODE_MIN {
        bail!("Node {}.{} or newer is needed, this is {}", NODE_MIN.0, NODE_MIN.1, version.trim());
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

fn is_root() -> bool {
    sh::capture(sh::command("id").arg("-u")).is_ok_and(|it| it.trim() == "0")
}

fn can_sudo() -> bool {
    sh::has("sudo")
        && sh::command("sudo").args(["-n", "true"]).output().is_ok_and(|it| it.status.success())
}
