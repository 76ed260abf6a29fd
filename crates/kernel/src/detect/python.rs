//! Projects in Python: Django, Streamlit, FastAPI, Flask, and files that serve by themselves.

use super::view::{HOST, Project};
use super::{Plan, words};

/// Where the object of an application is usually made.
const MODULES: [&str; 10] = [
    "main.py",
    "app.py",
    "server.py",
    "api.py",
    "wsgi.py",
    "asgi.py",
    "app/main.py",
    "app/__init__.py",
    "src/main.py",
    "src/app.py",
];
/// Written after an installation that succeeded.
const INSTALLED: &str = ".venv/.stead-installed";
/// What a file that serves without a framework mentions.
const SERVING: [&str; 8] = [
    "http.server",
    "socketserver",
    "aiohttp",
    "bottle",
    "tornado",
    "gradio",
    "wsgiref",
    "\"PORT\"",
];

/// What the Python files of a directory are.
pub(super) fn framework(project: &Project<'_>) -> Option<Plan> {
    let found = if project.has_file("manage.py") {
        let port = project.port.unwrap_or(8000);
        let address = format!("{HOST}:{port}");
        Some(python(project, "django", port, &["manage.py", "runserver", &address]))
    } else {
        streamlit(project).or_else(|| applications(project)).or_else(|| plain(project))
    };
    found.map(|it| it.with_env(&[("PYTHONUNBUFFERED", "1")]))
}

/// What must be installed, and what a shell line has to begin with to see it.
pub(super) fn environment(project: &Project<'_>) -> (Option<Vec<String>>, &'static str) {
    match interpreter(project) {
        Interpreter::System => (None, ""),
        Interpreter::Existing("venv/bin/python") => (None, ". venv/bin/activate && "),
        Interpreter::Existing(_) => (None, ". .venv/bin/activate && "),
        Interpreter::Install(install) => (Some(install), ". .venv/bin/activate && "),
    }
}

/// The Python that has the project's packages.
enum Interpreter {
    /// There are no packages to install.
    System,
    Existing(&'static str),
    /// The command that makes one.
    Install(Vec<String>),
}

fn interpreter(project: &Project<'_>) -> Interpreter {
    let requirements = if project.has_file("requirements.txt") {
        Some(("requirements.txt", "-r requirements.txt"))
    } else {
        let manifest = project.text("pyproject.toml");
        let project_table = manifest.is_some_and(|it| it.contains("[project]"));
        project_table.then_some(("pyproject.toml", "-e ."))
    };
    let existing =
        [".venv/bin/python", "venv/bin/python"].into_iter().find(|it| project.has_venv(it));
    let Some((file, arguments)) = requirements else {
        return existing.map_or(Interpreter::System, Interpreter::Existing);
    };
    if let Some(existing) = existing {
        let installed = project.modified(INSTALLED);
        let current = installed >= project.modified(file);
        // An environment that we did not make is its maker's to fill.
        if installed.is_none() && !existing.starts_with(".venv/") || current {
            return Interpreter::Existing(existing);
        }
    }
    let line = format!(
        "python3 -m venv .venv && .venv/bin/python -m pip install --disable-pip-version-check \
         {arguments} && touch {INSTALLED}"
    );
    Interpreter::Install(words(&["/bin/sh", "-c", &line]))
}

impl Project<'_> {
    /// The interpreter of an environment is a link out of the workspace, so its record is asked for.
    fn has_venv(&self, interpreter: &str) -> bool {
        let directory = interpreter.trim_end_matches("bin/python");
        self.has_file(&format!("{directory}pyvenv.cfg"))
    }
}

fn python(project: &Project<'_>, framework: &str, port: u16, arguments: &[&str]) -> Plan {
    let (program, install) = match interpreter(project) {
        Interpreter::System => ("python3", None),
        Interpreter::Existing(path) => (path, None),
        Interpreter::Install(install) => (".venv/bin/python", Some(install)),
    };
    let mut command = words(&[program]);
    command.extend(words(arguments));
    project.run(framework, port, command).listens_on(port).with_install(install)
}

fn streamlit(project: &Project<'_>) -> Option<Plan> {
    let file = ["streamlit_app.py", "app.py", "main.py", "Home.py"].into_iter().find(|it| {
        project
            .text(it)
            .is_some_and(|it| it.contains("import streamlit") || it.contains("from streamlit"))
    })?;
    let port = project.port.unwrap_or(8501);
    let text = port.to_string();
    let arguments = [
        "-m",
        "streamlit",
        "run",
        file,
        "--server.address",
        HOST,
        "--server.port",
        &text,
        "--server.headless",
        "true",
        "--browser.gatherUsageStats",
        "false",
    ];
    Some(python(project, "streamlit", port, &arguments))
}

/// FastAPI and Flask: the file in which the object of the application is made.
fn applications(project: &Project<'_>) -> Option<Plan> {
    for file in MODULES {
        let Some(text) = project.text(file) else { continue };
        let module = file.trim_end_matches(".py").trim_end_matches("/__init__").replace('/', ".");
        if let Some(name) = made_by(&text, "FastAPI(") {
            let port = project.port.unwrap_or(8000);
            let (target, number) = (format!("{module}:{name}"), port.to_string());
            let arguments =
                ["-m", "uvicorn", &target, "--host", HOST, "--port", &number, "--reload"];
            return Some(python(project, "fastapi", port, &arguments));
        }
        let flask = made_by(&text, "Flask(").map(|name| format!("{module}:{name}"));
        let factory = (text.contains("Flask(") && text.contains("def create_app"))
            .then(|| format!("{module}:create_app"));
        if let Some(target) = factory.or(flask) {
            let port = project.port.unwrap_or(5000);
            let number = port.to_string();
            let arguments = [
                "-m", "flask", "--app", &target, "run", "--debug", "--host", HOST, "--port",
                &number,
            ];
            return Some(python(project, "flask", port, &arguments));
        }
    }
    None
}

/// The name in a line like `app = FastAPI(` at the left margin.
fn made_by(text: &str, call: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        let name = name.split(':').next().unwrap_or_default().trim_end();
        let is_name = name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
        let value = value.trim_start();
        let called = value.starts_with(call)
            || value.starts_with(&format!("flask.{call}"))
            || value.starts_with(&format!("fastapi.{call}"));
        (is_name && !name.is_empty() && called).then(|| name.to_owned())
    })
}

fn plain(project: &Project<'_>) -> Option<Plan> {
    let file = ["server.py", "main.py", "app.py"].into_iter().find(|it| {
        project.text(it).is_some_and(|text| SERVING.iter().any(|it| text.contains(it)))
    })?;
    let mut plan = python(project, "python", project.port.unwrap_or(8000), &[file]);
    plan.port = project.port;
    Some(plan)
}
