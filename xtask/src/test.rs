//! `cargo xtask test`: everything, from a fresh clone, with a summary at the end.

use crate::postgres::Postgres;
use crate::{check, install, report, run, sh};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

/// What one suite did.
struct Suite {
    name: &'static str,
    passed: u32,
    failed: u32,
    skipped: u32,
    /// Those of `passed` that did so only when they were tried again.
    flaky: u32,
    /// Their names.
    flaky_names: Vec<String>,
    /// The lines that come are such names.
    names_follow: bool,
    seconds: u64,
    ok: bool,
}

impl Suite {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            passed: 0,
            failed: 0,
            skipped: 0,
            flaky: 0,
            flaky_names: Vec::new(),
            names_follow: false,
            seconds: 0,
            ok: false,
        }
    }
}

/// Installs, checks, and runs every suite even when an earlier one fails.
pub(crate) fn test(arguments: &[String]) -> Result<()> {
    install::programs(install::For::Test)?;
    install::toolchain()?;
    install::nextest()?;
    let postgres = Postgres::start()?;
    if let [name] = arguments {
        sh::run(rust_tests(&postgres).arg(name))?;
        return sh::run(gateway_tests(&postgres).args(["--no-tests=pass", name]));
    }
    install::npm("web")?;
    install::npm("crates/terminal/oracle")?;
    install::npm("crates/kernel/tests/servers")?;
    let mut suites = vec![checked("checks", check::check)];
    suites.push(suite("rust", &mut rust_tests(&postgres), count_rust)?);
    suites.push(suite("postgres", &mut gateway_tests(&postgres), count_rust)?);
    drop(postgres);
    let mut vitest = sh::command("npm");
    vitest.args(["test"]).current_dir(sh::root().join("web")).env("NO_COLOR", "1");
    suites.push(suite("web", &mut vitest, count_vitest)?);
    suites.push(browser(&[])?);
    sum_up(&suites)
}

/// The browser tests alone.
pub(crate) fn e2e(arguments: &[String]) -> Result<()> {
    install::programs(install::For::Test)?;
    let suite = browser(arguments)?;
    sum_up(&[suite])
}

fn browser(arguments: &[String]) -> Result<Suite> {
    run::build()?;
    install::npm("e2e")?;
    install::npm("crates/kernel/tests/servers")?;
    let mut playwright = sh::command("npx");
    playwright
        .args(["--no-install", "playwright", "test"])
        .args(arguments)
        .current_dir(sh::root().join("e2e"));
    suite("browser", &mut playwright, count_playwright)
}

/// All of them; those that may choose their database take SQLite.
fn rust_tests(postgres: &Postgres) -> Command {
    let mut command = sh::cargo();
    command.args(["nextest", "run", "--workspace", "--no-fail-fast", "--color=never"]);
    // As in the browser: where nobody can try again, a second failure is one.
    if sh::is_ci() {
        command.arg("--retries=1");
    }
    command.env("STEAD_TEST_POSTGRES", postgres.url());
    // Of a long output the end may be all that is kept: it says what failed and not from where.
    command.env("RUST_BACKTRACE", "0");
    command
}

/// Those of the gateway once more, on PostgreSQL. Of the whole workspace, so that nothing is
/// compiled again.
fn gateway_tests(postgres: &Postgres) -> Command {
    let mut command = rust_tests(postgres);
    command.args(["-E", "package(gateway)"]).env("STEAD_TEST_DATABASE", "postgres");
    command
}

fn checked(name: &'static str, check: impl FnOnce() -> Result<()>) -> Suite {
    let start = Instant::now();
    let result = check();
    if let Err(error) = &result {
        report::say(&format!("{error:#}"));
    }
    let ok = result.is_ok();
    Suite {
        passed: u32::from(ok),
        failed: u32::from(!ok),
        seconds: start.elapsed().as_secs(),
        ok,
        ..Suite::new(name)
    }
}

/// Runs a suite with its output shown, and counts in it.
fn suite(name: &'static str, command: &mut Command, count: fn(&str, &mut Suite)) -> Result<Suite> {
    report::step(&format!("Tests: {name}"));
    let start = Instant::now();
    let (reader, writer) = std::io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer).stdin(Stdio::null());
    let mut child = command.spawn().with_context(|| format!("could not start the {name} tests"))?;
    // The command holds the writing end; without this the reader would never see the end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut suite = Suite::new(name);
    let mut out = std::io::stdout();
    for line in BufReader::new(reader).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        writeln!(out, "{line}")?;
        count(&strip_escapes(&line), &mut suite);
    }
    suite.ok = child.wait()?.success();
    suite.seconds = start.elapsed().as_secs();
    if suite.ok && suite.passed == 0 {
        report::say(&format!("the {name} suite ran no test"));
        suite.ok = false;
    }
    if !suite.ok && suite.failed == 0 {
        suite.failed = 1;
    }
    Ok(suite)
}

fn sum_up(suites: &[Suite]) -> Result<()> {
    report::say("\n──────── summary ────────");
    for it in suites {
        report::say(&format!(
            "{:8} {:>5} passed {:>4} failed {:>4} skipped {:>4} flaky  {:>4} s  {}",
            it.name,
            it.passed,
            it.failed,
            it.skipped,
            it.flaky,
            it.seconds,
            if it.ok { "ok" } else { "FAILED" }
        ));
    }
    let sum = |field: fn(&Suite) -> u32| suites.iter().map(field).sum::<u32>();
    report::say(&format!(
        "\n{} passed, {} failed, {} skipped, {} flaky",
        sum(|it| it.passed),
        sum(|it| it.failed),
        sum(|it| it.skipped),
        sum(|it| it.flaky)
    ));
    if 0 < sum(|it| it.flaky) {
        report::say("\nPassed only when tried again; each is a test or a program to be mended:");
        for name in suites.iter().flat_map(|it| &it.flaky_names) {
            report::say(&format!("  {name}"));
        }
    }
    if suites.iter().any(|it| !it.ok) {
        bail!("not everything passed");
    }
    Ok(())
}

/// Reads `Summary [ 1.2s] 15 tests run: 14 passed (1 flaky), 1 failed, 0 skipped`, and below it
/// `FLAKY 2/2 [ 0.1s] (3/15) crate::binary test`.
fn count_rust(line: &str, suite: &mut Suite) {
    if line.contains("Summary [") {
        suite.names_follow = true;
        suite.flaky += number_before(line, " flaky");
        suite.passed += number_before(line, " passed");
        suite.failed += number_before(line, " failed");
        suite.skipped += number_before(line, " skipped");
    } else if suite.names_follow && line.trim_start().starts_with("FLAKY ") {
        let name = line.split_once(") ").map_or(line, |it| it.1);
        suite.flaky_names.push(name.trim().to_owned());
    }
}

/// Reads `Tests  1 failed | 12 passed (13)`.
fn count_vitest(line: &str, suite: &mut Suite) {
    if line.trim_start().starts_with("Tests ") {
        suite.passed += number_before(line, " passed");
        suite.failed += number_before(line, " failed");
        suite.skipped += number_before(line, " skipped");
    }
}

/// Reads the closing lines `  12 passed (30s)`, `  1 failed`, `  1 flaky`, the last with the names below.
fn count_playwright(whole: &str, suite: &mut Suite) {
    let line = whole.trim();
    let is_total = line.split_once(' ').is_some_and(|(number, rest)| {
        number.bytes().all(|it| it.is_ascii_digit())
            && ["passed", "failed", "skipped", "flaky"].iter().any(|it| rest.starts_with(it))
    });
    if is_total {
        let flaky = number_before(line, " flaky");
        suite.names_follow = 0 < flaky;
        suite.flaky += flaky;
        suite.passed += number_before(line, " passed") + flaky;
        suite.failed += number_before(line, " failed");
        suite.skipped += number_before(line, " skipped");
    } else if suite.names_follow && whole.starts_with("    ") {
        suite.flaky_names.push(line.trim_end_matches(['─', ' ']).to_owned());
    }
}

fn number_before(line: &str, word: &str) -> u32 {
    let Some(end) = line.find(word) else { return 0 };
    let digits = line[..end].bytes().rev().take_while(u8::is_ascii_digit).count();
    line[end - digits..end].parse().unwrap_or(0)
}

/// Removes colour sequences, the only ones that test runners write.
fn strip_escapes(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(start) = rest.find("\x1b[") {
        out.push_str(&rest[..start]);
        let tail = &rest[start + 2..];
        let end = tail.find(|it: char| it.is_ascii_alphabetic()).map_or(tail.len(), |it| it + 1);
        rest = &tail[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str], count: fn(&str, &mut Suite)) -> Suite {
        let mut suite = Suite::new("");
        for line in lines {
            count(&strip_escapes(line), &mut suite);
        }
        suite
    }

    fn count(lines: &[&str], count: fn(&str, &mut Suite)) -> (u32, u32, u32) {
        let suite = read(lines, count);
        (suite.passed, suite.failed, suite.skipped)
    }

    #[test]
    fn closing_lines_of_the_runners_are_read() {
        let nextest = "     Summary [   0.100s] 16 tests run: 15 passed, 1 failed, 2 skipped";
        assert_eq!(count(&[nextest], count_rust), (15, 1, 2));
        let tried = read(
            &[
                "  TRY 2 PASS [   0.005s] (2/3) fl b",
                "     Summary [   0.204s] 3 tests run: 2 passed (1 flaky), 1 failed, 0 skipped",
                "   FLAKY 2/2 [   0.005s] (2/3) fl b",
                "  TRY 2 FAIL [   0.074s] (3/3) fl c",
            ],
            count_rust,
        );
        assert_eq!((tried.passed, tried.failed, tried.flaky), (2, 1, 1));
        assert_eq!(tried.flaky_names, ["fl b"]);
        let vitest =
            "\x1b[2m      Tests \x1b[22m \x1b[31m1 failed\x1b[39m | \x1b[32m12 passed\x1b[39m (13)";
        assert_eq!(count(&[vitest], count_vitest), (12, 1, 0));
        assert_eq!(
            count(&["  1 failed", "    [x] › a.spec.ts", "  12 passed (30.1s)"], count_playwright),
            (12, 1, 0)
        );
    }

    #[test]
    fn a_test_that_passed_at_the_second_try_is_counted_and_named() {
        let closing = [
            "  1 failed",
            "    tests/a.spec.ts:3:1 › it fails ─────",
            "  1 flaky",
            "    tests/b.spec.ts:9:3 › on a phone › it blinks ─────────────",
            "  2 skipped",
            "  12 passed (30.1s)",
            "",
            "    something else",
        ];
        let suite = read(&closing, count_playwright);
        assert_eq!((suite.passed, suite.failed, suite.skipped, suite.flaky), (13, 1, 2, 1));
        assert_eq!(suite.flaky_names, ["tests/b.spec.ts:9:3 › on a phone › it blinks"]);
    }
}
