//! A role that is taken away while somebody types.

use crate::world::{World, eventually, stead};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

/// Somebody with an account of their own and a token for the command line.
struct Member {
    principal: String,
    token: String,
}

/// One request of a browser; answers head and body.
fn browse(world: &World, line: &str, cookie: &str, body: &Value) -> (String, Value) {
    let (address, body) = (world.address(), body.to_string());
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "{line} HTTP/1.0\r\nHost: {address}\r\nOrigin: http://{address}\r\nCookie: {cookie}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), serde_json::from_str(body).unwrap_or(Value::Null))
}

impl Member {
    fn join(world: &World, workspace: &str) -> Self {
        let path = format!("/api/v1/workspaces/{workspace}/invitations");
        let made = world.api("POST", &path, Some(&json!({"role": "editor"}))).unwrap();
        let made: Value = serde_json::from_slice(&made.1).unwrap();
        let url = made["url"].as_str().unwrap();
        let body = json!({
            "invitation": url.rsplit('/').next(), "name": "Bea", "login_name": "bea",
            "password": "correct horse battery",
        });
        let (head, me) = browse(world, "POST /api/v1/join/account", "", &body);
        let cookies: Vec<&str> = head
            .lines()
            .filter_map(|it| it.split_once(": "))
            .filter(|it| it.0.eq_ignore_ascii_case("set-cookie"))
            .filter_map(|it| it.1.split(';').next())
            .collect();
        let body = json!({"name": "the command line"});
        let (_, made) = browse(world, "POST /api/v1/tokens", &cookies.join("; "), &body);
        Self {
            principal: me["id"].as_str().unwrap().to_owned(),
            token: made["secret"].as_str().unwrap().to_owned(),
        }
    }

    /// Changes the role, or takes it away.
    fn change(&self, world: &World, workspace: &str, role: Option<&str>) {
        let path = format!("/api/v1/workspaces/{workspace}/members/{}", self.principal);
        let (status, body) = match role {
            Some(role) => world.api("PATCH", &path, Some(&json!({"role": role}))).unwrap(),
            None => world.api("DELETE", &path, None).unwrap(),
        };
        assert!(status < 300, "{status}: {}", String::from_utf8_lossy(&body));
    }

    fn attach(&self, world: &World, workspace: &str, terminal: &str) -> Attached {
        let url = format!("http://{}", world.address());
        let mut child = stead()
            .args(["attach", workspace, terminal, "--url", &url, "--token", &self.token])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Attached { child, input, output }
    }
}

struct Attached {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Attached {
    fn type_line(&mut self, line: &str) {
        self.input.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    fn read_until(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "`{text}` never came");
        }
    }

    /// Waits for the end; the exit code and what was said about it.
    fn end(mut self) -> (Option<i32>, String) {
        let mut rest = Vec::new();
        self.output.read_to_end(&mut rest).unwrap();
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }
}

// covers: S0.48, S0.50
#[test]
fn an_attached_terminal_ends_with_the_role_and_what_is_typed_after_it_is_lost() {
    let world = World::start(&[]);
    let id = world.running("shared");
    let bea = Member::join(&world, &id);
    for (terminal, role, reason) in [("one", Some("viewer"), "viewers"), ("two", None, "workspace")]
    {
        bea_is_editor_again(&world, &id, &bea, terminal);
        let mut attached = bea.attach(&world, &id, terminal);
        attached.type_line("stty -echo; PS1=; echo be''gin");
        attached.read_until("begin\r");
        // Output flows while the role goes.
        attached.type_line("while :; do echo flowing; sleep 0.01; done");
        attached.read_until("flowing\r");
        bea.change(&world, &id, role);
        // What is typed now reaches nothing: the connection is gone, or nobody takes it.
        let late = format!("\u{3}touch late-{terminal}\n");
        drop(attached.input.write_all(late.as_bytes()));
        let (code, said) = attached.end();
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(reason), "{said}");
        // The shell goes on for the others.
        let listed = world.get(&id, "terminals");
        let listed = listed.as_array().unwrap();
        assert!(listed.iter().any(|it| it["name"] == terminal), "{listed:?}");
        let found = world.run(&id, "ls");
        assert!(!found.1.contains("late"), "{found:?}");
    }
}

/// Makes sure that the member is an editor and can open a terminal of this name.
fn bea_is_editor_again(world: &World, workspace: &str, bea: &Member, terminal: &str) {
    bea.change(world, workspace, Some("editor"));
    let path = format!("/api/v1/workspaces/{workspace}/terminals");
    let made = world.api("POST", &path, Some(&json!({"name": terminal}))).unwrap();
    assert_eq!(made.0, 201);
    eventually("the terminal is there", || {
        let listed = world.get(workspace, "terminals");
        listed.as_array()?.iter().any(|it| it["name"] == terminal).then_some(())
    });
}
