//! Projects with a `package.json`.

use super::view::{HOST, Project};
use super::{Plan, words};
use serde_json::Value;

/// Scripts that start a server, best first.
const SCRIPTS: [&str; 3] = ["dev", "start", "serve"];
/// What package managers write at the end of an installation.
const INSTALLED: [&str; 5] = [
    "node_modules/.package-lock.json",
    "node_modules/.modules.yaml",
    "node_modules/.yarn-integrity",
    "node_modules/.yarn-state.yml",
    ".pnp.cjs",
];
/// Package managers touch their lock file last, so it may be a little newer than what is installed.
const TOUCH_SECONDS: i64 = 5;
/// Questions that tools would ask, and news that nobody reads, are switched off.
const QUIET: &[(&str, &str)] = &[
    ("BROWSER", "none"),
    // Where the pages of react-scripts look for updates: at their own address.
    ("WDS_SOCKET_HOST", "0.0.0.0"),
    ("WDS_SOCKET_PORT", "0"),
    ("NG_CLI_ANALYTICS", "false"),
    ("NEXT_TELEMETRY_DISABLED", "1"),
    ("ASTRO_TELEMETRY_DISABLED", "1"),
    ("NUXT_TELEMETRY_DISABLED", "1"),
    ("npm_config_update_notifier", "false"),
    ("npm_config_fund", "false"),
    ("npm_config_audit", "false"),
];

/// A dev server whose flags are known.
struct Tool {
    name: &'static str,
    /// The package that brings it.
    package: &'static str,
    /// Words with which a script calls it, best match first.
    calls: &'static [&'static str],
    port: u16,
    host_flag: &'static str,
    port_flag: &'static str,
}

const fn tool(
    name: &'static str,
    package: &'static str,
    calls: &'static [&'static str],
    port: u16,
) -> Tool {
    Tool { name, package, calls, port, host_flag: "--host", port_flag: "--port" }
}

/// In the order in which they are looked for: those that are built on others come first.
const TOOLS: &[Tool] = &[
    Tool {
        host_flag: "--hostname",
        ..tool("next", "next", &["next dev", "next start", "next"], 3000)
    },
    tool("nuxt", "nuxt", &["nuxt dev", "nuxi dev", "nuxt"], 3000),
    tool("astro", "astro", &["astro dev", "astro preview"], 4321),
    tool("angular", "@angular/cli", &["ng serve", "ng dev"], 4200),
    tool("sveltekit", "@sveltejs/kit", &["vite dev", "vite"], 5173),
    tool("react-router", "@react-router/dev", &["react-router dev"], 5173),
    tool("remix", "@remix-run/dev", &["remix vite:dev"], 5173),
    tool("vite", "vite", &["vite dev", "vite serve", "vite preview", "vite"], 5173),
    tool("vue-cli", "@vue/cli-service", &["vue-cli-service serve"], 8080),
    tool("webpack", "webpack-dev-server", &["webpack serve", "webpack-dev-server"], 8080),
    tool("parcel", "parcel", &["parcel serve", "parcel"], 1234),
    Tool {
        host_flag: "-H",
        port_flag: "-p",
        ..tool("gatsby", "gatsby", &["gatsby develop"], 8000)
    },
];

/// What the scripts of `package.json` start.
pub(super) fn scripts(project: &Project<'_>) -> Option<Plan> {
    let manifest = manifest(project)?;
    let (script, line) = SCRIPTS.iter().find_map(|it| {
        let line = manifest["scripts"][*it].as_str()?.trim();
        (!line.is_empty()).then_some((*it, line))
    })?;
    let manager = manager(project, &manifest);
    let mut command = words(&[manager, "run", script]);
    let tool = called(line, &manifest);
    let plan = if let Some(tool) = tool {
        // A port in the script is its author's choice; flags after it would win over it.
        let own = port_in(line);
        let port = project.port.or(own).unwrap_or(tool.port);
        if manager == "npm" {
            command.push("--".to_owned());
        }
        command.extend(flags(tool, port, &manifest));
        project.run(tool.name, port, command).listens_on(port)
    } else {
        let mut plan = project.run("package.json", 3000, command);
        plan.port = plan.port.or_else(|| port_in(line));
        plan
    };
    Some(plan.with_install(install(project)).with_env(QUIET))
}

/// A project without scripts: the tool it depends on, or its main file.
pub(super) fn framework(project: &Project<'_>) -> Option<Plan> {
    let Some(manifest) = manifest(project) else {
        let tasks = ["deno.json", "deno.jsonc"].iter().find_map(|it| project.text(it))?;
        let tasks = super::jsonc::parse(&tasks)?;
        let name = SCRIPTS.iter().find(|it| !tasks["tasks"][**it].is_null())?;
        return Some(project.run("deno", 8000, words(&["deno", "task", name])));
    };
    if let Some(tool) = TOOLS.iter().find(|it| depends(&manifest, it.package)) {
        let port = project.port.unwrap_or(tool.port);
        let mut command = words(&["npx"]);
        command.extend(tool.calls[0].split(' ').map(str::to_owned));
        command.extend(flags(tool, port, &manifest));
        let plan = project.run(tool.name, port, command).listens_on(port);
        return Some(plan.with_install(install(project)).with_env(QUIET));
    }
    let main = manifest["main"].as_str().filter(|it| project.has_file(it.trim_start_matches("./")));
    let main = main.or_else(|| {
        project.first_file(&["server.js", "server.mjs", "app.js", "index.js", "src/index.js"])
    })?;
    let plan = project.run("node", 3000, words(&["node", main]));
    Some(plan.with_install(install(project)).with_env(QUIET))
}

/// The command that installs what is missing or out of date; `None` when everything is there.
pub(super) fn install(project: &Project<'_>) -> Option<Vec<String>> {
    let manifest = manifest(project)?;
    let wants = |it: &str| manifest[it].as_object().is_some_and(|it| !it.is_empty());
    if !wants("dependencies") && !wants("devDependencies") {
        return None;
    }
    let installed = INSTALLED.iter().filter_map(|it| project.modified(it)).max();
    let locks = ["package.json", "package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"];
    let wanted = locks.iter().filter_map(|it| project.modified(it)).max();
    if let (Some(installed), Some(wanted)) = (installed, wanted)
        && wanted <= installed + TOUCH_SECONDS
    {
        return None;
    }
    let manager = manager(project, &manifest);
    Some(words(&[manager, "install"]))
}

fn manifest(project: &Project<'_>) -> Option<Value> {
    super::jsonc::parse(&project.text("package.json")?)
}

fn depends(manifest: &Value, package: &str) -> bool {
    ["dependencies", "devDependencies"].iter().any(|it| !manifest[*it][package].is_null())
}

/// The package manager of a project: that of its lock file, else the one it names.
fn manager(project: &Project<'_>, manifest: &Value) -> &'static str {
    let locks = [
        ("package-lock.json", "npm"),
        ("pnpm-lock.yaml", "pnpm"),
        ("yarn.lock", "yarn"),
        ("bun.lock", "bun"),
        ("bun.lockb", "bun"),
    ];
    if let Some((_, manager)) = locks.iter().find(|it| project.has_file(it.0)) {
        return manager;
    }
    let named = manifest["packageManager"].as_str().and_then(|it| it.split('@').next());
    ["npm", "pnpm", "yarn", "bun"].into_iter().find(|it| Some(*it) == named).unwrap_or("npm")
}

/// The tool that a script calls as its last command, so that flags can be added to the script.
fn called<'a>(line: &str, manifest: &Value) -> Option<&'a Tool> {
    let last = line.rsplit(['&', ';', '|']).next()?.trim();
    let words: Vec<&str> = last
        .split_whitespace()
        .skip_while(|it| it.contains('=') || matches!(*it, "cross-env" | "npx" | "exec"))
        .collect();
    let call = words.join(" ");
    let fits = |tool: &Tool| {
        tool.calls.iter().any(|it| {
            let rest = call.strip_prefix(it);
            // `vite build` is not `vite`.
            rest.is_some_and(|it| it.is_empty() || it.starts_with(" -") || it.starts_with(" ."))
        })
    };
    TOOLS
        .iter()
        .find(|it| fits(it) && depends(manifest, it.package))
        .or_else(|| TOOLS.iter().rev().find(|it| fits(it)))
}

fn flags(tool: &Tool, port: u16, manifest: &Value) -> Vec<String> {
    let mut flags = words(&[tool.host_flag, HOST, tool.port_flag, &port.to_string()]);
    // Its page would look for updates at the server's own address; this is the page's.
    if tool.name == "webpack" && major(manifest, tool.package).is_none_or(|it| 4 <= it) {
        flags.extend(words(&["--client-web-socket-url", "auto://0.0.0.0:0/ws"]));
    }
    flags
}

/// The major version of a package that is asked for, as far as the range begins with one.
fn major(manifest: &Value, package: &str) -> Option<u32> {
    let range = ["dependencies", "devDependencies"]
        .iter()
        .find_map(|it| manifest[*it][package].as_str())?
        .trim_start_matches(|it: char| !it.is_ascii_digit());
    range.split(|it: char| !it.is_ascii_digit()).next()?.parse().ok()
}

/// The port that a script names: `--port 4000`, `-p 4000`, `--port=4000`, `PORT=4000`.
fn port_in(line: &str) -> Option<u16> {
    let mut previous = "";
    for word in line.split_whitespace() {
        let named = ["--port=", "PORT=", "-p="].iter().find_map(|it| word.strip_prefix(it));
        let value = if matches!(previous, "--port" | "-p") { Some(word) } else { named };
        if let Some(port) = value.and_then(|it| it.parse().ok()) {
            return Some(port);
        }
        previous = word;
    }
    None
}
