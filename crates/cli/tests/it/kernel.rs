//! `stead kernel` alone, as the service of a container.

use crate::world::{Guarded, eventually, stead};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

fn ask(port: u16, path: &str, token: Option<&str>) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let bearer = token.map(|it| format!("Authorization: Bearer {it}\r\n")).unwrap_or_default();
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n{bearer}\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer.split_once("\r\n\r\n")?.1.to_owned()))
}

// covers: S2.29, S2.30, S2.31, S2.32, S2.57
#[test]
fn it_serves_the_workspace_that_the_environment_names() {
    let directory = tempfile::tempdir().unwrap();
    let files = directory.path().join("files");
    std::fs::create_dir(&files).unwrap();
    std::fs::write(files.join("here.txt"), "").unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut kernel = stead()
        .args(["kernel", "--data-dir"])
        .arg(directory.path().join("data"))
        .env("WORKSPACE_ID", "team-7")
        .env("WORKSPACE_PATH", &files)
        .env("MONITOR_INTERVAL", "1")
        .env("STEAD_KERNEL_LISTEN", format!("127.0.0.1:{port}"))
        .env_remove("MANAGER_URL")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(kernel.stderr.take().unwrap()).lines();
    let _kernel = Guarded(kernel);
    let token = said
        .find_map(|it| it.unwrap().strip_prefix("Authorization: Bearer ").map(ToOwned::to_owned));
    let token = token.unwrap();
    let (status, health) = eventually("it answers", || ask(port, "/health", None));
    assert_eq!((status, health.as_str()), (200, r#"{"status":"ok"}"#));
    assert_eq!(ask(port, "/api/v1/state", None).unwrap().0, 401);
    let (status, tree) = ask(port, "/api/v1/tree", Some(&token)).unwrap();
    assert!(status == 200 && tree.contains("here.txt"), "{status} {tree}");
}
