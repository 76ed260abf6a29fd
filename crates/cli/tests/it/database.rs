//! TLS to a PostgreSQL: one of this test, that takes nobody without.

use crate::world::{Guarded, World, command, eventually, signal, stead};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair,
};
use rustix::process::Signal;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PASSWORD: &str = "hunter2-of-a-test";
/// The name that its certificate is for; it listens at an address besides.
const NAME: &str = "localhost";
/// Everybody over TLS with a password; to one database, with a certificate as well.
const RULES: &str = "\
    local all all trust\n\
    hostssl template1 all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n\
    hostssl all all 127.0.0.1/32 scram-sha-256\n";

/// A server in a directory that its user can read.
struct Postgres {
    directory: tempfile::TempDir,
    port: u16,
    server: Option<Guarded>,
}

/// A program of PostgreSQL, as a user that is not root.
fn program(name: &str) -> Command {
    let path = std::env::split_paths("/usr/bin:/usr/local/bin").map(|it| it.join(name));
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let versions = versions.map(|it| it.path().join("bin").join(name));
    let found = path.chain(versions).find(|it| it.is_file());
    let found = found.expect("PostgreSQL is installed: `cargo xtask test` does that");
    if !rustix::process::geteuid().is_root() {
        return command(found.to_str().unwrap());
    }
    let mut program = command("setpriv");
    program.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(found);
    program.current_dir("/");
    program
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "An authority of a test");
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn signed(name: &str, by: &CertifiedIssuer<'static, KeyPair>) -> (Certificate, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    (params.signed_by(&key, by).unwrap(), key)
}

impl Postgres {
    fn make() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let postgres = Self { directory, port, server: None };
        let (own, other) = (authority(), authority());
        postgres.write("ca.pem", &own.pem());
        postgres.write("other.pem", &other.pem());
        for (file, name) in [("server", NAME), ("client", "a client")] {
            let (certificate, key) = signed(name, &own);
            postgres.write(&format!("{file}.pem"), &certificate.pem());
            postgres.write(&format!("{file}.key"), &key.serialize_pem());
        }
        postgres.write("password", PASSWORD);
        postgres.write("rules", RULES);
        let make = ["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8"];
        let mut initdb = program("initdb");
        initdb.args(make).args(["--no-sync", "-D", &postgres.at("data")]);
        let output = initdb.args(["--pwfile", &postgres.at("password")]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        postgres
    }

    fn at(&self, name: &str) -> String {
        self.directory.path().join(name).to_str().unwrap().to_owned()
    }

    /// A file that only the server's user may read, as it wants it.
    fn write(&self, name: &str, text: &str) {
        fs::write(self.at(name), text).unwrap();
        if rustix::process::geteuid().is_root() {
            let mut chown = command("chown");
            chown.args(["-R", "postgres:"]).arg(self.directory.path());
            assert!(chown.status().unwrap().success());
        }
        let mut chmod = command("chmod");
        assert!(chmod.args(["600", &self.at(name)]).status().unwrap().success());
    }

    /// Starts it, with or without TLS, in the place of the one that runs.
    fn start(&mut self, tls: bool) {
        if let Some(mut server) = self.server.take() {
            signal(server.0.id(), Signal::INT);
            server.0.wait().unwrap();
        }
        let log = fs::File::create(self.at("log")).unwrap();
        let mut server = program("postgres");
        server.args(["-D", &self.at("data"), "-h", "127.0.0.1", "-p", &self.port.to_string()]);
        server.args(["-k", &self.at("")]);
        let files = ["ssl_cert_file", "ssl_key_file", "ssl_ca_file", "hba_file"].into_iter().zip([
            "server.pem",
            "server.key",
            "ca.pem",
            "rules",
        ]);
        for (setting, file) in files {
            server.args(["-c", &format!("{setting}={}", self.at(file))]);
        }
        server.args(["-c", "fsync=off", "-c", if tls { "ssl=on" } else { "ssl=off" }]);
        self.write("rules", if tls { RULES } else { "local all all trust\n" });
        let server = server.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        self.server = Some(Guarded(server));
        eventually("PostgreSQL answers", || {
            let mut ready = program("pg_isready");
            ready.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
            ready.status().unwrap().success().then_some(())
        });
    }

    fn url(&self, host: &str, database: &str, query: &str) -> String {
        format!("postgres://postgres:{PASSWORD}@{host}:{}/{database}?{query}", self.port)
    }
}

/// Whether the database can be opened there, and what is said.
fn open(data: &Path, url: &str) -> (bool, String) {
    let mut verify = stead();
    verify.args(["audit", "verify", "--database-url", url, "--data-dir"]).arg(data);
    let output = verify.output().unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(!text.contains(PASSWORD), "{text}");
    (output.status.success(), text)
}

#[test]
fn postgresql_is_spoken_to_over_tls_and_the_wrong_one_is_told_nothing() {
    let mut postgres = Postgres::make();
    postgres.start(true);
    let file = |name: &str| postgres.at(name);
    let (ca, other) = (file("ca.pem"), file("other.pem"));
    let full = format!("sslmode=verify-full&sslrootcert={ca}");
    let world = World::start(&["--database-url", &postgres.url(NAME, "postgres", &full)]);
    assert!(world.say(&["new", "over tls"]).starts_with("ws_"));
    assert!(!world.log().contains(PASSWORD), "{}", world.log());
    let data: PathBuf = world.data();
    let to = |host: &str, query: &str| open(&data, &postgres.url(host, "postgres", query));

    for query in ["", "sslmode=prefer", "sslmode=require"] {
        let (opened, text) = to("127.0.0.1", query);
        assert!(opened, "`{query}` takes any certificate: {text}");
    }
    assert!(to("127.0.0.1", &format!("sslmode=verify-ca&sslrootcert={ca}")).0);
    for (host, query, advice) in [
        (NAME, format!("sslmode=verify-full&sslrootcert={other}"), "sslrootcert=/path/ca.pem"),
        (NAME, format!("sslmode=verify-ca&sslrootcert={other}"), "sslrootcert=/path/ca.pem"),
        (NAME, "sslmode=verify-full".to_owned(), "sslrootcert=/path/ca.pem"),
        ("127.0.0.1", full.clone(), "sslmode=verify-ca"),
        (NAME, "sslmode=disable".to_owned(), "no encryption"),
        (NAME, format!("sslmode=require&sslrootcert={ca}"), "verify-full"),
        (NAME, "sslmode=verify-full&sslrootcert=/no/such.pem".to_owned(), "/no/such.pem"),
    ] {
        let (opened, text) = to(host, &query);
        assert!(!opened && text.contains(advice), "{host} {query}: {text}");
    }

    let own = format!("{full}&sslcert={}&sslkey={}", file("client.pem"), file("client.key"));
    let (opened, text) = open(&data, &postgres.url(NAME, "template1", &full));
    assert!(!opened && text.contains("client certificate"), "{text}");
    // Nothing of ours is in that database, which is told by somebody who was let in.
    let (_, text) = open(&data, &postgres.url(NAME, "template1", &own));
    assert!(text.contains("cannot be read") && !text.contains("client certificate"), "{text}");

    let require = postgres.url(NAME, "postgres", "sslmode=require");
    drop(world);
    postgres.start(false);
    let (opened, text) = open(&data, &require);
    assert!(!opened && text.contains("ssl = on"), "{text}");
}
