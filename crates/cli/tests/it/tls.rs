//! The command line through a reverse proxy with TLS.

use crate::world::{World, command, eventually, signal, stead};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// A reverse proxy with TLS in front of a server, as nginx or Caddy would be.
struct Front {
    port: u16,
    authority: PathBuf,
    _directory: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
}

impl Front {
    fn before(server: &str, is_ca: IsCa) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.is_ca = is_ca;
        let certificate = params.self_signed(&key).unwrap();
        let authority = directory.path().join("ca.pem");
        std::fs::write(&authority, certificate.pem()).unwrap();
        let private = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private.into())
            .unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        runtime.handle().spawn(serve(listener, Arc::new(config).into(), server.to_owned()));
        Self { port, authority, _directory: directory, _runtime: runtime }
    }

    fn stead(&self, world: &World, host: &str, trust: Option<&Path>, line: &[&str]) -> String {
        let mut client = stead();
        client.args(["--url", &format!("https://{host}:{}", self.port), "--token", &world.token()]);
        if let Some(path) = trust {
            client.arg("--ca-file").arg(path);
        }
        let output = client.args(line).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        format!("{} {}", output.status.code().unwrap(), String::from_utf8_lossy(&text).trim())
    }
}

async fn serve(listener: TcpListener, tls: TlsAcceptor, server: String) {
    let scope = stdx::TaskScope::default();
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, server) = (tls.clone(), server.clone());
        scope.spawn("front", async move {
            let Ok(mut inside) = tls.accept(stream).await else { return };
            let mut outside = TcpStream::connect(server).await.unwrap();
            drop(tokio::io::copy_bidirectional(&mut inside, &mut outside).await);
        });
    }
}

#[test]
fn the_command_line_works_over_tls_and_says_what_is_wrong_with_a_certificate() {
    let world = World::start(&[]);
    let id = world.running("far");
    let front = Front::before(world.address(), IsCa::NoCa);
    let trust = Some(front.authority.as_path());
    let list = front.stead(&world, "localhost", trust, &["ls"]);
    assert!(list.starts_with("0 ") && list.contains("far"), "{list}");
    let run =
        front.stead(&world, "localhost", trust, &["run", &id, "--", "sh", "-c", "echo hi; exit 3"]);
    assert_eq!(run, "3 hi");

    let unknown = front.stead(&world, "localhost", None, &["ls"]);
    assert!(unknown.starts_with("1 ") && unknown.contains("--ca-file"), "{unknown}");
    let other_name = front.stead(&world, "127.0.0.1", trust, &["ls"]);
    assert!(other_name.contains("is for other names"), "{other_name}");
    let authority = Front::before(world.address(), IsCa::Ca(BasicConstraints::Unconstrained));
    let trust = Some(authority.authority.as_path());
    let twice = authority.stead(&world, "localhost", trust, &["ls"]);
    assert!(twice.contains("CA:FALSE"), "{twice}");
    let plain = stead()
        .args(["--url", &format!("https://{}", world.address()), "--token", "x", "ls"])
        .output()
        .unwrap();
    let plain = String::from_utf8_lossy(&plain.stderr).into_owned();
    assert!(plain.contains("does not speak TLS"), "{plain}");
}

#[test]
fn the_token_of_the_data_directory_goes_to_no_server_elsewhere() {
    let world = World::start(&[]);
    let refused = command(env!("CARGO_BIN_EXE_stead"))
        .args(["--url", "https://stead.invalid", "ls", "--data-dir"])
        .arg(world.data())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(text.contains("needs a token"), "{text}");
}

/// A certificate for `localhost` that is its own authority, and its key.
fn certificate() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.is_ca = IsCa::NoCa;
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

#[test]
fn the_server_speaks_tls_itself_and_takes_a_new_certificate_without_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let (first, key) = certificate();
    for (name, text) in [("cert.pem", &first), ("first.pem", &first), ("key.pem", &key)] {
        std::fs::write(at(name), text).unwrap();
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let listen = format!("127.0.0.1:{port}");
    let (cert, key) = (at("cert.pem"), at("key.pem"));
    let world = World::start(&["--tls-listen", &listen, "--tls-cert", &cert, "--tls-key", &key]);
    let server = world.server_pid();
    let url = format!("https://localhost:{port}");
    let ask = |authority: &str, line: &[&str]| {
        let mut client = stead();
        client.args(["--url", &url, "--ca-file", &at(authority), "--token", &world.token()]);
        client.args(line).output().unwrap()
    };
    let link = ask("first.pem", &["open", "--print"]);
    let link = String::from_utf8_lossy(&[link.stdout, link.stderr].concat()).into_owned();
    assert!(link.starts_with(&url), "a link leads back by TLS: {link}");
    assert!(world.stead(&["ls"]).status.success(), "the other listener stays plain");

    let hang_up = || signal(server, rustix::process::Signal::HUP);
    // Between two files that are written one after the other they do not belong together.
    let (second, second_key) = certificate();
    std::fs::write(&cert, &second).unwrap();
    std::fs::write(at("second.pem"), &second).unwrap();
    hang_up();
    eventually("it says so", || world.log().contains("the old one is kept").then_some(()));
    assert!(ask("first.pem", &["ls"]).status.success(), "it goes on with what it had");
    std::fs::write(&key, &second_key).unwrap();
    hang_up();
    eventually("the new one is shown", || {
        ask("second.pem", &["ls"]).status.success().then_some(())
    });
    assert!(!ask("first.pem", &["ls"]).status.success());
    assert_eq!(world.server_pid(), server);
    let refused = stead()
        .args(["serve", "--tls-listen", "127.0.0.1:0", "--data-dir"])
        .arg(directory.path().join("none"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && text.contains("tls-cert"), "{text}");
}
