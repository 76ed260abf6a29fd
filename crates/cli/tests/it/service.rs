//! Under a service manager: sockets that it holds, and what it is told.

use crate::runtime::TOKEN;
use crate::world::{DEADLINE, Guarded, World, eventually, holding, stead};
use rcgen::{CertificateParams, KeyPair};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::process::Stdio;

/// A client that comes and asks, and is not answered yet.
fn ask(listener: &TcpListener, path: &str) -> TcpStream {
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    client.set_read_timeout(Some(DEADLINE)).unwrap();
    write!(client, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").unwrap();
    client
}

fn answer(mut client: TcpStream) -> String {
    let mut text = String::new();
    client.read_to_string(&mut text).unwrap();
    text
}

// covers: S0.92
#[test]
fn who_comes_while_the_server_is_down_waits_and_is_answered_by_the_next_one() {
    let mut world = World::prepare(&[]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    world.hand_over(&listener);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(DEADLINE)).unwrap();
    let told = || {
        let mut text = [0; 64];
        let length = manager.recv(&mut text).unwrap();
        String::from_utf8_lossy(&text[..length]).into_owned()
    };
    world.set_environment(vec![("NOTIFY_SOCKET".to_owned(), path.to_str().unwrap().to_owned())]);
    world.spawn();
    assert_eq!(told(), "READY=1");
    assert!(answer(ask(&listener, "/readyz")).contains(" 200 "), "it answers when it says so");
    assert!(world.log().contains("`listen` is not used"), "{}", world.log());
    let link = world.say(&["open", "--print"]);
    assert!(link.contains(&address[address.rfind(':').unwrap()..]), "{link} leads to {address}");
    let id = world.running("awake");
    let kernel = world.kernel_pid(&id).unwrap();

    assert_eq!(world.terminate(), Some(0));
    assert_eq!(told(), "STOPPING=1");
    let early = ask(&listener, "/readyz");
    world.spawn();
    assert!(answer(early).contains(" 200 "));
    assert_eq!(told(), "READY=1");
    world.kill();
    let early = ask(&listener, "/readyz");
    world.spawn();
    assert!(answer(early).contains(" 200 "));
    assert_eq!(world.kernel_pid(&id), Some(kernel), "what runs in workspaces goes on");
    assert_eq!(world.run(&id, "ls /proc/self/fd | wc -l").1.trim(), "4", "no socket leaks there");
}

#[test]
fn a_runtime_takes_its_listener_from_the_service_manager_too() {
    let directory = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let early = ask(&listener, "/livez");
    let mut host = holding(&listener, "http");
    host.args(["host", "--data-dir"]).arg(directory.path());
    host.env("RUNTIME_MANAGER_AUTH_TOKEN", TOKEN).stdout(Stdio::null()).stderr(Stdio::null());
    let _host = Guarded(host.spawn().unwrap());
    assert!(answer(early).contains(" 200 "));
}

#[test]
fn a_socket_speaks_what_its_name_says_and_nothing_is_guessed() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = |name: &str| {
        let mut server = holding(&listener, name);
        let output = server.args(["serve", "--data-dir", &at("none")]).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let unnamed = refused("stead.socket");
    assert!(unnamed.contains("FileDescriptorName="), "{unnamed}");
    let no_certificate = refused("tls");
    assert!(no_certificate.contains("tls-cert"), "{no_certificate}");

    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = certificate.self_signed(&key).unwrap();
    std::fs::write(at("cert.pem"), certificate.pem()).unwrap();
    std::fs::write(at("key.pem"), key.serialize_pem()).unwrap();
    let mut server = holding(&listener, "tls");
    server.args(["serve", "--listen", "127.0.0.1:0", "--data-dir", &at("data")]);
    server.args(["--tls-cert", &at("cert.pem"), "--tls-key", &at("key.pem")]);
    let _server = Guarded(server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    eventually("TLS is spoken", || {
        let token = std::fs::read_to_string(at("data/cli-token")).ok()?;
        let mut client = stead();
        client.args(["--url", &url, "--ca-file", &at("cert.pem"), "--token", token.trim(), "ls"]);
        client.output().unwrap().status.success().then_some(())
    });
}
