//! Rails, Rack, Phoenix, PHP, Go, Cargo, and directories of plain files.

use super::view::{HOST, Project};
use super::{Plan, words};

/// What else a directory may be, the most specific first.
pub(super) fn framework(project: &Project<'_>) -> Option<Plan> {
    ruby(project)
        .or_else(|| phoenix(project))
        .or_else(|| php(project))
        .or_else(|| go(project))
        .or_else(|| cargo(project))
        .or_else(|| static_files(project))
}

fn ruby(project: &Project<'_>) -> Option<Plan> {
    let gems = project.text("Gemfile")?;
    let install = Some(words(&["/bin/sh", "-c", "bundle check || bundle install"]));
    let port = project.port;
    if gems.contains("rails") && project.has_file("config/application.rb") {
        let port = port.unwrap_or(3000);
        let rails = if project.has_file("bin/rails") { "bin/rails" } else { "bundle exec rails" };
        let line = format!("{rails} server -b {HOST} -p {port}");
        // After a crash the number in the file may belong to another process by now.
        let mut plan = project.shell("rails", &format!("rm -f tmp/pids/server.pid; exec {line}"));
        plan.display = line;
        return Some(plan.listens_on(port).with_install(install));
    }
    if !project.has_file("config.ru") {
        return None;
    }
    let port = port.unwrap_or(9292);
    let command = words(&["bundle", "exec", "rackup", "-o", HOST, "-p", &port.to_string()]);
    Some(project.run("rack", port, command).listens_on(port).with_install(install))
}

fn phoenix(project: &Project<'_>) -> Option<Plan> {
    if !project.text("mix.exs")?.contains(":phoenix") {
        return None;
    }
    let port = project.port.unwrap_or(4000);
    let install = (!project.has("deps")).then(|| words(&["mix", "deps.get"]));
    let plan = project.run("phoenix", port, words(&["mix", "phx.server"]));
    Some(plan.listens_on(port).with_install(install))
}

fn php(project: &Project<'_>) -> Option<Plan> {
    let port = project.port.unwrap_or(8000);
    if project.has_file("artisan") {
        let number = port.to_string();
        let command = words(&["php", "artisan", "serve", "--host", HOST, "--port", &number]);
        let install = (!project.has("vendor")).then(|| words(&["composer", "install"]));
        let plan = project.run("laravel", port, command).listens_on(port);
        return Some(plan.with_install(install));
    }
    let root = if project.has_file("public/index.php") {
        "public"
    } else if project.has_file("index.php") {
        "."
    } else {
        return None;
    };
    let command = words(&["php", "-S", &format!("{HOST}:{port}"), "-t", root]);
    Some(project.run("php", port, command).listens_on(port))
}

fn go(project: &Project<'_>) -> Option<Plan> {
    if !project.has_file("go.mod") {
        return None;
    }
    let target = if project.has_file("main.go") {
        ".".to_owned()
    } else {
        let programs = project.directory.join("cmd").ok()?;
        let names = project.view.directories(&programs, 50);
        let mut mains = names.iter().filter(|it| project.has_file(&format!("cmd/{it}/main.go")));
        let first = mains.next()?;
        format!("./cmd/{first}")
    };
    Some(project.run("go", 8080, words(&["go", "run", &target])))
}

fn cargo(project: &Project<'_>) -> Option<Plan> {
    let manifest = project.text("Cargo.toml")?;
    let runnable = project.has_file("src/main.rs") || manifest.contains("default-run");
    if !manifest.contains("[package]") || !runnable {
        return None;
    }
    Some(project.run("cargo", 8080, words(&["cargo", "run"])))
}

fn static_files(project: &Project<'_>) -> Option<Plan> {
    let directory = if project.has_file("index.html") {
        "."
    } else if project.has_file("public/index.html") {
        "public"
    } else {
        return None;
    };
    let port = project.port.unwrap_or(8000);
    let number = port.to_string();
    let mut command = words(&["python3", "-m", "http.server", &number, "--bind", HOST]);
    if directory != "." {
        command.extend(words(&["--directory", directory]));
    }
    let plan = project.run("static files", port, command).listens_on(port);
    Some(plan.with_env(&[("PYTHONUNBUFFERED", "1")]))
}
