//! Detection over skeletons of real projects.

use super::*;
use expect_test::{Expect, expect};
use std::fmt::Write;
use std::fs;

fn write(root: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn check_with(settings: &Settings, files: &[(&str, &str)], expected: &Expect) {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), files);
    let mut text = String::new();
    match plan(directory.path(), settings) {
        Ok(plan) => {
            writeln!(text, "{}: {}", plan.framework, plan.display).unwrap();
            if let Some(install) = &plan.install {
                writeln!(text, "install: {}", display(install)).unwrap();
            }
            if !plan.working_directory.is_root() {
                writeln!(text, "in: {}", plan.working_directory).unwrap();
            }
            let env = plan.env.iter().find(|it| it.0 == "PORT").unwrap();
            writeln!(text, "PORT={} port: {:?}", env.1, plan.port).unwrap();
        }
        Err(refused) => writeln!(text, "refused: {refused}").unwrap(),
    }
    expected.assert_eq(&text);
}

fn check(files: &[(&str, &str)], expected: Expect) {
    check_with(&Settings::default(), files, &expected);
}

const VITE: &str = r#"{"scripts": {"dev": "vite"}, "devDependencies": {"vite": "^8.0.0"}}"#;

#[test]
fn the_setting_wins_over_everything() {
    let settings = Settings {
        command: Some("npm run other".to_owned()),
        port: Some(4000),
        ..Settings::default()
    };
    let files = [("package.json", VITE), ("Procfile", "web: x")];
    check_with(
        &settings,
        &files,
        &expect![[r"
            setting: npm run other
            install: npm install
            PORT=4000 port: Some(4000)
        "]],
    );
}

#[test]
fn stead_toml_wins_over_what_is_found() {
    check(
        &[
            (
                ".stead.toml",
                "[dev]\ncommand = \"make serve\"\ninstall = \"make deps\"\nport = 9000\n",
            ),
            ("package.json", VITE),
        ],
        expect![[r"
            .stead.toml: make serve
            install: /bin/sh -c 'make deps'
            PORT=9000 port: Some(9000)
        "]],
    );
    check(
        &[(".stead.toml", "[dev]\ndirectory = \"web\"\n"), ("web/package.json", VITE)],
        expect![[r"
            vite: npm run dev -- --host 127.0.0.1 --port 5173
            install: npm install
            in: web
            PORT=5173 port: Some(5173)
        "]],
    );
    check(
        &[(".stead.toml", "[dev]\ncomand = 1\n")],
        expect![[r"
        refused: `.stead.toml` cannot be understood: unknown field `comand`, expected one of `command`, `install`, `port`, `directory`
    "]],
    );
    check(
        &[(".stead.toml", "[dev]\ndirectory = \"../x\"\n")],
        expect![[r"
        refused: the `directory` in `.stead.toml` is no path: the path has an empty, `.` or `..` component
    "]],
    );
}

#[test]
fn a_development_container_names_its_server() {
    let config = r#"{
        // comment
        "forwardPorts": [4321, 9999,],
        "postStartCommand": "git config --global --add safe.directory .",
        "postAttachCommand": { "server": "make server" },
    }"#;
    check(
        &[(".devcontainer/devcontainer.json", config)],
        expect![[r"
        devcontainer.json: make server
        PORT=4321 port: Some(4321)
    "]],
    );
    let preparing = r#"{ "postStartCommand": "npm install" }"#;
    check(
        &[(".devcontainer.json", preparing), ("package.json", VITE)],
        expect![[r"
            vite: npm run dev -- --host 127.0.0.1 --port 5173
            install: npm install
            PORT=5173 port: Some(5173)
        "]],
    );
}

#[test]
fn a_procfile_is_given_its_port() {
    check(
        &[
            ("Procfile", "worker: x\nweb: gunicorn app:app --bind 0.0.0.0:$PORT\n"),
            ("requirements.txt", "gunicorn\n"),
        ],
        expect![[r"
            Procfile: gunicorn app:app --bind 0.0.0.0:$PORT
            install: /bin/sh -c 'python3 -m venv .venv && .venv/bin/python -m pip install --disable-pip-version-check -r requirements.txt && touch .venv/.stead-installed'
            PORT=3000 port: Some(3000)
        "]],
    );
}

#[test]
fn scripts_are_called_with_the_flags_of_their_tool() {
    check(
        &[("package.json", VITE)],
        expect![[r"
            vite: npm run dev -- --host 127.0.0.1 --port 5173
            install: npm install
            PORT=5173 port: Some(5173)
        "]],
    );
    check(
        &[("package.json", VITE), ("pnpm-lock.yaml", "")],
        expect![[r"
            vite: pnpm run dev --host 127.0.0.1 --port 5173
            install: pnpm install
            PORT=5173 port: Some(5173)
        "]],
    );
    check(
        &[("package.json", VITE), ("yarn.lock", "")],
        expect![[r"
            vite: yarn run dev --host 127.0.0.1 --port 5173
            install: yarn install
            PORT=5173 port: Some(5173)
        "]],
    );
    for (script, package) in [
        ("next dev --turbopack", "next"),
        ("astro dev", "astro"),
        ("vite dev", "@sveltejs/kit"),
        ("ng serve", "@angular/cli"),
        ("nuxt dev", "nuxt"),
    ] {
        let manifest = format!(
            r#"{{"scripts": {{"start": "{script}"}}, "dependencies": {{"{package}": "1", "vite": "1"}}}}"#
        );
        let directory = tempfile::tempdir().unwrap();
        write(directory.path(), &[("package.json", &manifest)]);
        let plan = plan(directory.path(), &Settings::default()).unwrap();
        let expected = match package {
            "next" => expect!["next: npm run start -- --hostname 127.0.0.1 --port 3000"],
            "astro" => expect!["astro: npm run start -- --host 127.0.0.1 --port 4321"],
            "@sveltejs/kit" => expect!["sveltekit: npm run start -- --host 127.0.0.1 --port 5173"],
            "@angular/cli" => expect!["angular: npm run start -- --host 127.0.0.1 --port 4200"],
            _ => expect!["nuxt: npm run start -- --host 127.0.0.1 --port 3000"],
        };
        expected.assert_eq(&format!("{}: {}", plan.framework, plan.display));
    }
}

#[test]
fn a_script_of_its_own_is_left_alone() {
    check(
        &[("package.json", r#"{"scripts": {"start": "node --watch server.mjs"}}"#)],
        expect![[r"
        package.json: npm run start
        PORT=3000 port: None
    "]],
    );
    check(
        &[(
            "package.json",
            r#"{"scripts": {"dev": "PORT=4100 tsx watch src/main.ts", "build": "vite build"}}"#,
        )],
        expect![[r"
            package.json: npm run dev
            PORT=3000 port: Some(4100)
        "]],
    );
    check(
        &[("package.json", r#"{"scripts": {"dev": "vite build --watch"}}"#)],
        expect![[r"
        package.json: npm run dev
        PORT=3000 port: None
    "]],
    );
}

#[test]
fn what_is_installed_is_not_installed_again() {
    check(
        &[("package.json", VITE), ("node_modules/.package-lock.json", "{}")],
        expect![[r"
        vite: npm run dev -- --host 127.0.0.1 --port 5173
        PORT=5173 port: Some(5173)
    "]],
    );
    check(
        &[
            ("requirements.txt", "flask\n"),
            (".venv/pyvenv.cfg", ""),
            (".venv/.stead-installed", ""),
            ("app.py", "from flask import Flask\napp = Flask(__name__)\n"),
        ],
        expect![[r"
            flask: .venv/bin/python -m flask --app app:app run --debug --host 127.0.0.1 --port 5000
            PORT=5000 port: Some(5000)
        "]],
    );
}

#[test]
fn projects_without_scripts_are_recognised_by_their_tool_or_main_file() {
    check(
        &[("package.json", r#"{"devDependencies": {"vite": "8"}}"#)],
        expect![[r"
            vite: npx vite dev --host 127.0.0.1 --port 5173
            install: npm install
            PORT=5173 port: Some(5173)
        "]],
    );
    check(
        &[("package.json", r#"{"main": "lib/x.js"}"#), ("server.js", "")],
        expect![[r"
        node: node server.js
        PORT=3000 port: None
    "]],
    );
}

#[test]
fn python_frameworks() {
    check(
        &[("manage.py", ""), ("requirements.txt", "django\n")],
        expect![[r"
            django: .venv/bin/python manage.py runserver 127.0.0.1:8000
            install: /bin/sh -c 'python3 -m venv .venv && .venv/bin/python -m pip install --disable-pip-version-check -r requirements.txt && touch .venv/.stead-installed'
            PORT=8000 port: Some(8000)
        "]],
    );
    check(
        &[("app.py", "app = Flask(__name__)\n")],
        expect![[r"
        flask: python3 -m flask --app app:app run --debug --host 127.0.0.1 --port 5000
        PORT=5000 port: Some(5000)
    "]],
    );
    check(
        &[("app/__init__.py", "def create_app():\n    app = Flask(__name__)\n")],
        expect![[r"
        flask: python3 -m flask --app app:create_app run --debug --host 127.0.0.1 --port 5000
        PORT=5000 port: Some(5000)
    "]],
    );
    check(
        &[("app/main.py", "app: FastAPI = FastAPI(\n    title='x')\n")],
        expect![[r"
        fastapi: python3 -m uvicorn app.main:app --host 127.0.0.1 --port 8000 --reload
        PORT=8000 port: Some(8000)
    "]],
    );
    check(
        &[("app.py", "import streamlit as st\n")],
        expect![[r"
        streamlit: python3 -m streamlit run app.py --server.address 127.0.0.1 --server.port 8501 --server.headless true --browser.gatherUsageStats false
        PORT=8501 port: Some(8501)
    "]],
    );
    check(
        &[("server.py", "from http.server import HTTPServer\n")],
        expect![[r"
        python: python3 server.py
        PORT=8000 port: None
    "]],
    );
}

#[test]
fn other_languages() {
    check(
        &[("Gemfile", "gem \"rails\"\n"), ("config/application.rb", ""), ("bin/rails", "")],
        expect![[r"
            rails: bin/rails server -b 127.0.0.1 -p 3000
            install: /bin/sh -c 'bundle check || bundle install'
            PORT=3000 port: Some(3000)
        "]],
    );
    check(
        &[("mix.exs", "{:phoenix, \"~> 1.8\"}")],
        expect![[r"
            phoenix: mix phx.server
            install: mix deps.get
            PORT=4000 port: Some(4000)
        "]],
    );
    check(
        &[("go.mod", "module x\n"), ("cmd/web/main.go", "package main\n")],
        expect![[r"
        go: go run ./cmd/web
        PORT=8080 port: None
    "]],
    );
    check(
        &[("Cargo.toml", "[package]\nname = \"x\"\n"), ("src/main.rs", "")],
        expect![[r"
        cargo: cargo run
        PORT=8080 port: None
    "]],
    );
    check(
        &[("public/index.php", "")],
        expect![[r"
        php: php -S 127.0.0.1:8000 -t public
        PORT=8000 port: Some(8000)
    "]],
    );
    check(
        &[("index.html", "")],
        expect![[r"
        static files: python3 -m http.server 8000 --bind 127.0.0.1
        PORT=8000 port: Some(8000)
    "]],
    );
}

#[test]
fn a_project_below_the_root_is_found_when_it_is_the_only_one() {
    check(
        &[("README.md", ""), ("frontend/package.json", VITE)],
        expect![[r"
            vite: npm run dev -- --host 127.0.0.1 --port 5173
            install: npm install
            in: frontend
            PORT=5173 port: Some(5173)
        "]],
    );
    check(
        &[("a/index.html", ""), ("b/index.html", "")],
        expect![[r#"
        refused: there is something to start in each of `a`, `b`. Say which in `.stead.toml`: `[dev]` with `directory = "…"`
    "#]],
    );
    check(
        &[("README.md", "")],
        expect![[r#"
        refused: there is nothing to run yet: no script `dev`, `start` or `serve` in `package.json`, no `Procfile`, no project of a framework Stead knows, no `index.html`. Add one of these, or write the command into the workspace's settings or into `.stead.toml` as `[dev]` with `command = "…"`; then start the dev server. Terminals work all the same
    "#]],
    );
}

#[test]
fn a_pipe_in_place_of_a_manifest_does_not_block() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("package.json");
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, 0o600.into()).unwrap();
    assert!(plan(directory.path(), &Settings::default()).is_err());
}

#[test]
fn pages_of_webpack_look_for_updates_where_they_came_from() {
    for (version, flags) in
        [("^5.2.0", " --client-web-socket-url auto://0.0.0.0:0/ws"), ("^3.11.0", "")]
    {
        let manifest = format!(
            r#"{{"scripts": {{"start": "webpack serve --mode development"}},
                "devDependencies": {{"webpack-dev-server": "{version}"}}}}"#
        );
        let directory = tempfile::tempdir().unwrap();
        write(directory.path(), &[("package.json", &manifest)]);
        let plan = plan(directory.path(), &Settings::default()).unwrap();
        let expected = format!("npm run start -- --host 127.0.0.1 --port 8080{flags}");
        assert_eq!(plan.display, expected);
    }
}

#[test]
fn damaged_project_files_are_read_or_refused() {
    use stdx::noise::Noise;
    let good = [
        ("package.json", VITE),
        (".stead.toml", "[dev]\ncommand = \"npm run x\"\ndirectory = \"web\"\nport = 3000\n"),
        ("Procfile", "web: bundle exec puma -p $PORT\nworker: x\n"),
        (
            ".devcontainer/devcontainer.json",
            "{ // comment\n \"postStartCommand\": [\"npm\", \"start\"], \"forwardPorts\": [3000], }",
        ),
        (".env", "PORT=3000\nexport A=\"b c\"\n# x\n"),
        ("pyproject.toml", "[project]\ndependencies = [\"flask>=3\"]\n"),
        ("requirements.txt", "Django==5.0 # web\n-r other.txt\n"),
        ("Cargo.toml", "[package]\nname = \"x\"\n[dependencies]\naxum = \"0.8\"\n"),
    ];
    let directory = tempfile::tempdir().unwrap();
    for seed in 0..600 {
        let mut noise = Noise::new(seed);
        for (name, text) in good {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            if noise.below(3) == 0 {
                drop(fs::remove_file(path));
            } else {
                fs::write(path, noise.damaged(text)).unwrap();
            }
        }
        match plan(directory.path(), &Settings::default()) {
            Ok(plan) => assert!(!plan.command.is_empty(), "seed {seed}"),
            Err(refused) => assert!(!refused.to_string().is_empty(), "seed {seed}"),
        }
    }
}
