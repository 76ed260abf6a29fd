//! A PostgreSQL for the tests: started in a second, on a free port, and thrown away.

use crate::{install, report, sh};
use anyhow::{Context, Result, bail};
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where Debian puts the programs of each version; they are not in the search path.
const DEBIAN: &str = "/usr/lib/postgresql";
/// A server that is not ready by then will not be.
const READY_TIMEOUT: Duration = Duration::from_secs(60);
/// Nothing here outlives a crash, so nothing waits for the disk.
const HASTY: [&str; 4] =
    ["fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=300"];

/// A server that runs. Its end is the end of everything in it.
pub(crate) struct Postgres {
    server: Child,
    directory: PathBuf,
    port: u16,
}

/// A program of PostgreSQL: the one in the search path, or of the newest version there is.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    if let Some(found) = sh::find(program) {
        return Some(found);
    }
    let versions = std::fs::read_dir(DEBIAN).ok()?;
    let mut versions: Vec<(u32, PathBuf)> = versions
        .filter_map(Result::ok)
        .filter_map(|it| Some((it.file_name().to_str()?.parse().ok()?, it.path())))
        .collect();
    versions.sort();
    versions.into_iter().rev().map(|it| it.1.join("bin").join(program)).find(|it| it.is_file())
}

impl Postgres {
    /// Makes and starts one, and waits until it answers.
    pub(crate) fn start() -> Result<Self> {
        let missing = "PostgreSQL is missing (Debian's package `postgresql`)";
        let (initdb, postgres) = (find("initdb").context(missing)?, find("postgres"));
        let directory =
            std::env::temp_dir().join(format!("stead-test-postgres-{}", std::process::id()));
        std::fs::create_dir_all(&directory)?;
        if install::is_root() {
            sh::run(sh::command("chown").arg("postgres:").arg(&directory))?;
        }
        let data = directory.join("data");
        let make = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"];
        sh::capture(unprivileged(&initdb).arg("-D").arg(&data).args(make))?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut server = unprivileged(&postgres.context(missing)?);
        server.arg("-D").arg(&data).args(["-h", "127.0.0.1", "-p", &port.to_string()]);
        server.arg("-k").arg(&directory);
        for setting in HASTY {
            server.args(["-c", setting]);
        }
        let log = std::fs::File::create(directory.join("log"))?;
        let server = server.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let postgres = Self { server, directory, port };
        postgres.wait_until_ready()?;
        report::say(&format!("PostgreSQL for the tests: {}", postgres.url()));
        Ok(postgres)
    }

    /// `postgres://user@host:port`, to which the name of a database is added.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    fn wait_until_ready(&self) -> Result<()> {
        let ready = find("pg_isready").context("`pg_isready` is missing")?;
        let start = Instant::now();
        loop {
            let mut asking = sh::command(&ready);
            asking.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
            if asking.status()?.success() {
                return Ok(());
            }
            if READY_TIMEOUT <= start.elapsed() {
                let mut log = String::new();
                std::fs::File::open(self.directory.join("log"))?.read_to_string(&mut log)?;
                bail!("PostgreSQL did not start:\n{log}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let pid = self.server.id().to_string();
        let asked = sh::run(sh::command("kill").args(["-INT", &pid]));
        if asked.is_err() || self.server.wait().is_err() {
            report::say("PostgreSQL for the tests did not end in order");
        }
        if let Err(error) = std::fs::remove_dir_all(&self.directory) {
            report::say(&format!("{} stays: {error}", self.directory.display()));
        }
    }
}

/// A command of a user that is not root, which PostgreSQL refuses to be.
fn unprivileged(program: &Path) -> Command {
    if !install::is_root() {
        return sh::command(program);
    }
    let mut command = sh::command("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    // The repository may lie where that user cannot look.
    command.current_dir("/");
    command
}
