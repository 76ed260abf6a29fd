//! What a single line says, tool by tool.

use super::place::Place;

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Says {
    Nothing,
    Word(Word),
    /// A problem, with its place if the line names it.
    Problem(String, Option<Place>),
    /// A place; the next line is its message.
    PlaceFirst(Place),
    /// The place of the problem before.
    PlaceAfter(Place),
    /// Something else begins: a warning, whose place is no problem's.
    OtherTopic,
    /// One step of a stack trace, or the line that a crash begins with.
    Trace(Place),
    /// The exception that ends a trace.
    Crash(String),
}

/// How a build goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Started,
    /// A compiler names one of the things it compiles.
    Compiling,
    Succeeded,
    /// The program is there; a build that was under way was fine unless it had problems.
    Ready,
    /// A summary of problems that were listed before.
    Failed(String),
}

const STARTED: &[&str] = &[
    "Starting compilation in watch mode",
    "Starting incremental compilation",
    "Detected change in ",
    "changed, reloading",
    "changed, restarting",
    "[nodemon] restarting",
    "[nodemon] starting",
    "Changes detected. Rebuilding",
    "building for production",
    "building for development",
    "environment for production",
    "Compiling...",
    "[Running '",
];
const SUCCEEDED: &[&str] = &[
    " page reload ",
    " hmr update ",
    "server restarted",
    "✓ built in ",
    "ompiled successfully",
    "✓ Compiled",
    "Found 0 errors",
    "Application bundle generation complete",
    "build finished",
    "⚡ Done in",
];
const READY: &[&str] = &[
    "ready in ",
    "Ready in ",
    "Application startup complete",
    "Debugger is active",
    "Watching for file changes with",
    "Starting development server at",
];
const FAILED: &[&str] = &[
    "Failed to compile",
    "Build failed",
    "Application bundle generation failed",
    "Failed running '",
    "[nodemon] app crashed",
    "could not compile `",
];

/// Reads a line; `previous` is the one before that was not empty.
pub(super) fn read(line: &str, previous: &str) -> Says {
    let text = line.trim();
    if let Some(word) = word(text) {
        return Says::Word(word);
    }
    trace(line)
        .or_else(|| place_alone(text, previous))
        .or_else(|| with_place(text))
        .or_else(|| headline(text))
        .or_else(|| crash(line))
        .unwrap_or(Says::Nothing)
}

fn word(text: &str) -> Option<Word> {
    let has = |list: &[&str]| list.iter().any(|it| text.contains(it));
    let reloading = text.ends_with("Reloading...") || text.starts_with("Restarting '");
    if let Some(count) = count_before(text, " error") {
        let summary = ["compiled with", "Found ", "Build failed", "ransform failed"]
            .iter()
            .any(|it| text.contains(it));
        if summary && 0 < count {
            return Some(Word::Failed(text.to_owned()));
        }
    }
    if text.contains("compiled with") && text.contains("warning") {
        return Some(Word::Succeeded);
    }
    if has(FAILED) {
        return Some(Word::Failed(text.to_owned()));
    }
    if text.starts_with("Compiling ") && text.contains(" v") {
        return Some(Word::Compiling);
    }
    if has(STARTED) || reloading || text.starts_with("○ Compiling") {
        return Some(Word::Started);
    }
    let finished = text.starts_with("Finished `") || text.starts_with("Finished dev");
    // Astro compiles a page when it is asked for, and says after the time only that it was served.
    let served = text.get(8..).is_some_and(|it| it.starts_with(" [200] /"));
    if has(SUCCEEDED) || finished || served {
        return Some(Word::Succeeded);
    }
    has(READY).then_some(Word::Ready)
}

/// The number in front of a `word`.
fn count_before(text: &str, word: &str) -> Option<u32> {
    let mut before = text.match_indices(word).map(|(index, _)| &text[..index]);
    before.find_map(|it| it.rsplit(' ').next()?.parse().ok())
}

/// Steps of traces: Python's `File "x", line 5`, JavaScript's `at f (x:1:2)`, and the line with
/// which Node begins the report of a crash.
fn trace(line: &str) -> Option<Says> {
    let text = line.trim();
    if let Some(rest) = text.strip_prefix("File \"") {
        let (file, rest) = rest.split_once('"')?;
        let line = rest.strip_prefix(", line ")?;
        let line = line.split(|it: char| !it.is_ascii_digit()).next()?.parse().ok()?;
        // Frozen modules have no file; they are steps like others.
        let place = Place::of(file, line, 0);
        return Some(Says::Trace(place.unwrap_or_default()));
    }
    if let Some(rest) = text.strip_prefix("at ")
        && line.starts_with(' ')
    {
        let inner = rest.rsplit_once('(').map_or(rest, |it| it.1).trim_end_matches([')', '{', ' ']);
        let inner = inner.trim_start_matches("async ").trim_end_matches(')');
        return Place::parse(inner).map(Says::Trace);
    }
    let script = [".js", ".mjs", ".cjs", ".ts", ".mts", ".jsx", ".tsx"];
    let begins = line.starts_with('/') || line.starts_with("file:///");
    if begins && let Some(place) = Place::parse(text) {
        let is_script = script.iter().any(|it| place.file.ends_with(it));
        return (is_script && place.column == 0).then_some(Says::Trace(place));
    }
    if line.starts_with("node:") && text.rsplit(':').next()?.parse::<u32>().is_ok() {
        return Some(Says::Trace(Place::default()));
    }
    None
}

/// Lines that are a place and nothing else, with the decoration of their tool.
fn place_alone(text: &str, previous: &str) -> Option<Says> {
    // Rolldown, swc, oxc, miette: the message is on the line before.
    for frame in ["╭─[", ",-["] {
        if let Some((_, rest)) = text.split_once(frame) {
            let place = Place::parse(rest.trim_end().trim_end_matches(']'))?;
            return Some(Says::Problem(message(previous), Some(place)));
        }
    }
    if let Some(rest) = text.strip_prefix("--> ").or_else(|| text.strip_prefix("File: ")) {
        return Place::parse(rest).map(Says::PlaceAfter);
    }
    if let Some(rest) = text.strip_prefix("ERROR in ") {
        return webpack(rest);
    }
    if let Some(rest) = text.strip_prefix("⨯ ") {
        return Place::parse(rest).map(Says::PlaceFirst);
    }
    // esbuild and Angular, `src/a.ts:1:17:`; Astro, `/workspace/src/a.astro:1:2`.
    let bare = text.trim_end_matches(':');
    let alone = !bare.contains(' ');
    if alone { Place::parse(bare).map(Says::PlaceAfter) } else { None }
}

/// `./src/a.js 1:0-22`, `./src/a.ts:3:5`, or only a file.
fn webpack(rest: &str) -> Option<Says> {
    let (file, numbers) = rest.split_once(' ').unwrap_or((rest, ""));
    if let Some(place) = Place::parse(file) {
        return Some(Says::PlaceFirst(place));
    }
    let (line, column) = numbers.split_once(':').unwrap_or((numbers, "0"));
    let column = column.split('-').next().and_then(|it| it.parse::<u32>().ok()).unwrap_or(0);
    // Columns of webpack begin at 0.
    Place::of(file, line.parse().unwrap_or(1), column + 1).map(Says::PlaceFirst)
}

/// A message behind its place, on one line.
fn with_place(text: &str) -> Option<Says> {
    // tsc: `a.ts(4,38): error TS1: …` and `a.ts:4:38 - error TS1: …`.
    if let Some((place, rest)) = text.split_once("): error ") {
        let (file, numbers) = place.split_once('(')?;
        let (line, column) = numbers.split_once(',')?;
        let place = Place::of(file, line.parse().ok()?, column.parse().ok()?)?;
        return Some(Says::Problem(rest.to_owned(), Some(place)));
    }
    if let Some((place, rest)) = text.split_once(" - error ") {
        return Some(Says::Problem(rest.to_owned(), Some(Place::parse(place)?)));
    }
    // Babel: `SyntaxError: /workspace/a.jsx: Unexpected token (5:10)`.
    if let Some(rest) = text.split_once("SyntaxError: /").map(|it| it.1) {
        let (file, rest) = rest.split_once(": ")?;
        let (said, numbers) = rest.rsplit_once(" (")?;
        let (line, column) = numbers.trim_end_matches(')').split_once(':')?;
        let place = Place::of(&format!("/{file}"), line.parse().ok()?, column.parse().ok()?);
        return Some(Says::Problem(said.to_owned(), Some(place?)));
    }
    // gcc, clang, Go, Ruby: `a.c:1:10: error: …`, `./a.go:1:2: …`, `a.rb:1:in 'f': … (NameError)`.
    let (place, said) = split_place(text)?;
    for mark in ["fatal error: ", "error: "] {
        if let Some(said) = said.strip_prefix(mark) {
            return Some(Says::Problem(said.to_owned(), Some(place)));
        }
    }
    let extension = place.file.rsplit('.').next().unwrap_or_default();
    let is_go = extension == "go" && place.column != 0;
    let ruby = matches!(extension, "rb" | "ru")
        && (said.contains("syntax error") || said.ends_with("Error)"));
    if is_go || ruby {
        let said =
            said.strip_prefix("in ").and_then(|it| it.split_once(": ")).map_or(said, |it| it.1);
        return Some(Says::Problem(said.to_owned(), Some(place)));
    }
    None
}

/// `file:line:column: rest` or `file:line: rest`.
fn split_place(text: &str) -> Option<(Place, &str)> {
    let mut parts = text.splitn(3, ':');
    let (file, line, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let line: u32 = line.parse().ok()?;
    let (column, rest) = match rest.split_once(':') {
        Some((column, after)) if column.parse::<u32>().is_ok() => (column.parse().ok()?, after),
        _ => (0, rest),
    };
    if file.contains(' ') {
        return None;
    }
    Some((Place::of(file, line, column)?, rest.trim()))
}

/// A message whose place may follow.
fn headline(text: &str) -> Option<Says> {
    if text.starts_with("warning: ") || text.starts_with("warning[") || text.contains("[WARNING]") {
        return Some(Says::OtherTopic);
    }
    let marks =
        ["Internal server error: ", "Pre-transform error: ", "✘ [ERROR] ", "⨯ Error: ", "[ERROR] "];
    for mark in marks {
        if let Some((_, said)) = text.split_once(mark) {
            return Some(Says::Problem(message(said), None));
        }
    }
    if let Some(rest) = text.strip_prefix("error[") {
        return Some(Says::Problem(rest.replacen("]: ", ": ", 1), None));
    }
    if let Some(said) = text.strip_prefix("error: ") {
        // A summary of what was listed.
        let summary =
            ["aborting due to", "script \"", "Recipe "].iter().any(|it| said.starts_with(it));
        return (!summary).then(|| Says::Problem(said.to_owned(), None));
    }
    text.starts_with("error TS").then(|| Says::Problem(text[6..].to_owned(), None))
}

/// `ValueError: no`, at the margin: the end of a trace.
fn crash(line: &str) -> Option<Says> {
    let text = line.strip_prefix("Uncaught ").unwrap_or(line);
    let name = text.split([':', ' ']).next()?;
    let is_name = name.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '.' | '_'));
    let is_exception = ["Error", "Exception"].iter().any(|it| name.ends_with(it));
    (is_name && is_exception).then(|| Says::Crash(text.to_owned()))
}

/// Whether an exception comes from reading the program's files rather than from running it.
pub(super) fn is_of_loading(message: &str) -> bool {
    ["SyntaxError", "IndentationError", "TabError", "ModuleNotFoundError", "ImportError"]
        .iter()
        .any(|it| message.starts_with(it))
}

/// A message without what its tool puts around it.
pub(super) fn message(text: &str) -> String {
    let mut text = text.trim().trim_start_matches(['×', '✘', '⨯', 'x']).trim();
    if text.starts_with('[')
        && let Some((_, rest)) = text.split_once("] ")
    {
        text = rest;
    }
    if text.ends_with(']')
        && let Some((before, _)) = text.rsplit_once(" [plugin ")
    {
        text = before;
    }
    text.trim_start_matches("Error: ").trim().to_owned()
}

/// Where a program says that it can be reached on this machine: port and path.
pub(super) fn url(text: &str) -> Option<(u16, String)> {
    const HOSTS: &[&str] = &["localhost", "127.0.0.1", "0.0.0.0", "[::1]", "[::]"];
    // What a program asks others for is not where it is.
    const FOREIGN: &[&str] = &["rror", "ailed", "refused", "GET ", "POST ", "proxy", "ebugger"];
    if FOREIGN.iter().any(|it| text.contains(it)) {
        return None;
    }
    for scheme in ["http://", "https://"] {
        let Some((_, rest)) = text.split_once(scheme) else { continue };
        for host in HOSTS {
            let Some(rest) = rest.strip_prefix(host).and_then(|it| it.strip_prefix(':')) else {
                continue;
            };
            let digits = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
            let port = rest[..digits].parse().ok().filter(|it| *it != 0)?;
            let end = |it: char| it.is_whitespace() || "\"'`<>)],;|".contains(it);
            let path = rest[digits..].split(end).next().unwrap_or_default();
            let path = if path.starts_with('/') { path.trim_end_matches('.') } else { "/" };
            return Some((port, path.to_owned()));
        }
    }
    listening(text).map(|port| (port, "/".to_owned()))
}

/// `Listening on port 3000`, `listening on :8080`.
fn listening(text: &str) -> Option<u16> {
    let lower = text.to_ascii_lowercase();
    let said =
        ["listening", "started", "running", "ready", "serving"].iter().any(|it| lower.contains(it));
    if !said {
        return None;
    }
    let after = [" port ", " port: ", "listening on :", "listening at :"]
        .iter()
        .find_map(|it| lower.split_once(it).map(|it| it.1))?;
    let digits = after.find(|it: char| !it.is_ascii_digit()).unwrap_or(after.len());
    after[..digits].parse().ok().filter(|it| *it != 0)
}
