//! The way out of a workspace, with the programs people use.

use crate::world::{Guarded, World, command, eventually};
use std::fs;
use std::path::Path;
use std::process::Stdio;

/// A loopback address that is not among those programs reach without a proxy.
const SERVER: &str = "127.0.0.2";

/// Files of a folder over HTTP, outside of every workspace.
struct Files {
    _server: Guarded,
    port: u16,
}

impl Files {
    fn serve(folder: &Path) -> Self {
        let port = std::net::TcpListener::bind((SERVER, 0)).unwrap().local_addr().unwrap().port();
        let child = command("/usr/bin/python3")
            .args(["-m", "http.server", "--bind", SERVER, &port.to_string(), "--directory"])
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        eventually("files are served", || std::net::TcpStream::connect((SERVER, port)).ok());
        Self { _server: Guarded(child), port }
    }
}

/// Runs a program outside.
fn outside(program: &str, arguments: &[&str], folder: &Path) {
    let output = command(program).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{program}: {output:?}");
}

/// A package for npm, one for pip, and a repository for git, as static files.
fn publish(folder: &Path, port: u16) {
    let package = folder.join("package");
    fs::create_dir_all(&package).unwrap();
    fs::write(package.join("package.json"), r#"{"name":"tiny","version":"1.0.0"}"#).unwrap();
    fs::write(package.join("index.js"), "module.exports = 'tiny from npm'\n").unwrap();
    outside("tar", &["-czf", "tiny-1.0.0.tgz", "package"], folder);
    let packument = serde_json::json!({
        "name": "tiny",
        "dist-tags": { "latest": "1.0.0" },
        "versions": { "1.0.0": { "name": "tiny", "version": "1.0.0",
            "dist": { "tarball": format!("http://{SERVER}:{port}/tiny-1.0.0.tgz") } } },
    });
    fs::write(folder.join("tiny"), packument.to_string()).unwrap();
    let source = folder.join("source");
    fs::create_dir_all(&source).unwrap();
    fs::write(source.join("readme"), "from git\n").unwrap();
    outside("git", &["init", "-q"], &source);
    outside("git", &["add", "."], &source);
    let author = ["-c", "user.name=a", "-c", "user.email=a@b.example"];
    outside("git", &[&author[..], &["commit", "-qm", "first"]].concat(), &source);
    outside("git", &["clone", "-q", "--bare", "source", "repository.git"], folder);
    outside("git", &["update-server-info"], &folder.join("repository.git"));
    let simple = folder.join("simple/tinypy");
    fs::create_dir_all(&simple).unwrap();
    let wheel = "tinypy-1.0-py3-none-any.whl";
    let make = format!(
        "import zipfile; z=zipfile.ZipFile('{wheel}','w'); z.writestr('tinypy.py','');\
         z.writestr('tinypy-1.0.dist-info/METADATA','Metadata-Version: 2.1\\nName: tinypy\\nVersion: 1.0\\n');\
         z.writestr('tinypy-1.0.dist-info/WHEEL','Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n');\
         z.writestr('tinypy-1.0.dist-info/RECORD','');z.close()"
    );
    outside("/usr/bin/python3", &["-c", &make], &simple);
    fs::write(simple.join("index.html"), format!("<a href=\"{wheel}\">{wheel}</a>")).unwrap();
}

#[test]
fn curl_npm_pip_and_git_reach_what_the_list_names_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::serve(folder.path());
    publish(folder.path(), files.port);
    let allowed = format!("{SERVER}:{}", files.port);
    let mut world = World::start(&["--egress", "allow-list", "--egress-allow", &allowed]);
    let id = world.running("packages");
    for after_adoption in [false, true] {
        if after_adoption {
            world.kill();
            world.restart();
        }
        let curl = format!("curl -sS http://{allowed}/source/readme");
        assert_eq!(world.run(&id, &curl), (0, "from git\n".to_owned()));
    }
    let (code, text) = world.run(
        &id,
        &format!(
            "set -e; cd /tmp; git clone -q http://{allowed}/repository.git; cat repository/readme; \
             mkdir n; cd n; npm install --silent --registry http://{allowed} tiny >/dev/null; \
             node -p 'require(\"tiny\")'; cd ..; /usr/bin/python3 -m venv v; \
             v/bin/pip download -q --disable-pip-version-check --no-deps -d p --index-url http://{allowed}/simple --trusted-host {SERVER} tinypy; ls p"
        ),
    );
    assert_eq!(code, 0, "{text}");
    assert_eq!(text, "from git\ntiny from npm\ntinypy-1.0-py3-none-any.whl\n");
    let (code, text) =
        world.run(&id, "curl -sS http://elsewhere.example/; curl -sS https://elsewhere.example/");
    assert_ne!(code, 0);
    assert!(text.contains("\"allow-list\" refuses elsewhere.example:80"), "{text}");
}

#[test]
fn a_workspace_cannot_reach_the_server_or_anything_else_of_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::serve(folder.path());
    let world = World::start(&[]);
    let id = world.running("curious");
    let (host, port) = world.address().split_once(':').unwrap();
    let direct = format!("exec 3<>/dev/tcp/{host}/{port}");
    assert_ne!(world.run(&id, &format!("{{ {direct}; }} 2>/dev/null")).0, 0);
    for target in [
        world.address().to_owned(),
        format!("{SERVER}:{}", files.port),
        format!("[::ffff:127.0.0.1]:{port}"),
        format!("localhost:{port}"),
        format!("0.0.0.0:{port}"),
        format!("2130706433:{port}"),
        format!("0x7f.1:{port}"),
        "169.254.169.254:80".to_owned(),
        "10.0.0.1:80".to_owned(),
        "100.64.0.1:80".to_owned(),
    ] {
        let line =
            format!("curl -sS -g --noproxy '' -o /dev/null -w '%{{http_code}}' http://{target}/");
        let (_, text) = world.run(&id, &line);
        assert!(["403", "502"].contains(&text.as_str()), "{target}: {text}");
        let line = format!("curl -sS -g --noproxy '' -p -o /dev/null http://{target}/ 2>&1");
        let (code, text) = world.run(&id, &line);
        assert_ne!(code, 0, "{target}: {text}");
    }
}

#[test]
fn nothing_goes_out_when_the_network_is_off() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::serve(folder.path());
    let allowed = format!("{SERVER}:{}", files.port);
    let world = World::start(&["--egress", "off", "--egress-allow", &allowed]);
    let id = world.running("offline");
    let (_, text) = world.run(&id, &format!("curl -sS http://{allowed}/"));
    assert!(text.contains("outbound network is off"), "{text}");
    assert_eq!(world.get(&id, "state")["capabilities"]["network"], "none");
}
