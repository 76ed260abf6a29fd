//! Reading recordings of real tools, made in a terminal.

use super::*;
use expect_test::{Expect, expect};
use std::fmt::Write;

fn told(hints: &[Hint]) -> String {
    let mut text = String::new();
    for hint in hints {
        match hint {
            Hint::BuildStarted => writeln!(text, "started").unwrap(),
            Hint::BuildSucceeded => writeln!(text, "succeeded").unwrap(),
            Hint::Url { port, path } => writeln!(text, "url {port} {path}").unwrap(),
            Hint::BuildFailed(errors) => {
                writeln!(text, "failed").unwrap();
                for it in errors.iter().take(4) {
                    let message: String = it.message.chars().take(70).collect();
                    let (file, line, column) = (&it.file, it.line, it.column);
                    writeln!(text, "  {file}:{line}:{column} {message}").unwrap();
                }
                if errors.len() > 4 {
                    writeln!(text, "  and {} more", errors.len() - 4).unwrap();
                }
            }
        }
    }
    text
}

/// The outcome of a build and the URL, which do not depend on how the output is cut.
fn outcome(hints: &[Hint]) -> String {
    let url = hints.iter().rfind(|it| matches!(it, Hint::Url { .. }));
    let last = hints.iter().rfind(|it| !matches!(it, Hint::Url { .. }));
    told(&url.into_iter().chain(last).cloned().collect::<Vec<_>>())
}

/// Cuts a recording where the tool was silent for a while: before what begins something new.
fn check(recording: &[u8], expected: Expect) {
    let mut parser = Parser::new();
    let mut hints = Vec::new();
    let mut start = 0;
    for (index, _) in recording.iter().enumerate() {
        if recording[index..].starts_with(b"\x1b[1;1H") || index + 1 == recording.len() {
            hints.extend(parser.feed(&recording[start..=index]));
            start = index + 1;
        }
    }
    expected.assert_eq(&told(&hints));
    for size in [1, 7, 64, 1000] {
        let mut parser = Parser::new();
        let cut: Vec<Hint> = recording.chunks(size).flat_map(|it| parser.feed(it)).collect();
        assert_eq!(outcome(&cut), outcome(&hints), "in pieces of {size}");
    }
}

fn says(text: &str, expected: Expect) {
    check(text.as_bytes(), expected);
}

// covers: S1.39
#[test]
fn vite_serves_fails_and_recovers() {
    check(
        include_bytes!("recordings/vite_dev.txt"),
        expect![[r"
            url 5173 /
            succeeded
            failed
              src/App.tsx:7:10 Expected `,` or `>` but found `Identifier`
            succeeded
        "]],
    );
    check(
        include_bytes!("recordings/vite_import.txt"),
        expect![[r#"
        url 5174 /
        failed
          src/main.tsx:14:7 Failed to resolve import "./missing.ts" from "src/main.tsx". Does the 
        succeeded
    "#]],
    );
}

#[test]
fn bundlers() {
    check(
        include_bytes!("recordings/vite_build.txt"),
        expect![[r"
        started
        failed
          src/bad.ts:1:18 Unexpected token
    "]],
    );
    check(
        include_bytes!("recordings/vite_build_ok.txt"),
        expect![[r"
        started
        succeeded
    "]],
    );
    check(
        include_bytes!("recordings/esbuild.txt"),
        expect![[r#"
        failed
          src/bad.ts:1:17 Unexpected ";"
    "#]],
    );
    check(
        include_bytes!("recordings/webpack.txt"),
        expect![[r"
        url 8099 /
        failed
          src/wp.js:1:14 Module parse failed: Unexpected token (1:13)
        succeeded
    "]],
    );
}

#[test]
fn typescript() {
    check(
        include_bytes!("recordings/tsc_plain.txt"),
        expect![[r"
            failed
              src/App.tsx:1:26 TS7016: Could not find a declaration file for module 'react'. '/worksp
              src/App.tsx:4:38 TS2352: Conversion of type 'string' to type 'number' may be a mistake 
              src/App.tsx:6:5 TS7026: JSX element implicitly has type 'any' because no interface 'JS
              src/App.tsx:6:5 TS7016: Could not find a declaration file for module 'react/jsx-runtim
              and 14 more
        "]],
    );
    check(
        include_bytes!("recordings/tsc_watch.txt"),
        expect![[r"
            started
            failed
              src/App.tsx:1:26 TS7016: Could not find a declaration file for module 'react'. '/worksp
              src/App.tsx:4:38 TS2352: Conversion of type 'string' to type 'number' may be a mistake 
              src/App.tsx:6:5 TS7026: JSX element implicitly has type 'any' because no interface 'JS
              src/App.tsx:6:5 TS7016: Could not find a declaration file for module 'react/jsx-runtim
              and 14 more
            started
            failed
              src/App.tsx:1:26 TS7016: Could not find a declaration file for module 'react'. '/worksp
              src/App.tsx:6:5 TS7026: JSX element implicitly has type 'any' because no interface 'JS
              src/App.tsx:6:5 TS7016: Could not find a declaration file for module 'react/jsx-runtim
              src/App.tsx:7:7 TS7026: JSX element implicitly has type 'any' because no interface 'JS
              and 13 more
        "]],
    );
}

#[test]
fn node() {
    check(
        include_bytes!("recordings/node_watch.txt"),
        expect![[r"
        failed
          crash.mjs:3:3 Error: ENOENT: no such file or directory, open '/nowhere'
    "]],
    );
    check(
        include_bytes!("recordings/node_syntax.txt"),
        expect![[r"
        failed
          syn.mjs:1:0 SyntaxError: Unexpected token ';'
    "]],
    );
}

#[test]
fn python() {
    check(
        include_bytes!("recordings/flask.txt"),
        expect![[r"
        url 5055 /
        started
        failed
          app.py:5:0 SyntaxError: invalid syntax
        started
        succeeded
    "]],
    );
    check(
        include_bytes!("recordings/uvicorn.txt"),
        expect![[r"
        url 8056 /
        failed
          main.py:1:0 ModuleNotFoundError: No module named 'nothing_here'
        started
        succeeded
        started
        failed
          main.py:3:0 SyntaxError: invalid syntax
    "]],
    );
    check(
        include_bytes!("recordings/python.txt"),
        expect![[r"
        failed
          plain.py:3:0 ValueError: no
    "]],
    );
}

#[test]
fn compilers() {
    check(
        include_bytes!("recordings/cargo.txt"),
        expect![[r"
        started
        failed
          src/main.rs:27:27 E0308: `?` operator has incompatible types
    "]],
    );
    check(
        include_bytes!("recordings/cargo_ok.txt"),
        expect![[r"
        started
        succeeded
        url 8077 /
    "]],
    );
    check(
        include_bytes!("recordings/gcc_tty.txt"),
        expect![[r"
        failed
          b.c:1:27 ‘retur’ undeclared (first use in this function)
          b.c:1:32 expected ‘;’ before numeric constant
    "]],
    );
}

#[test]
fn formats_known_from_their_documentation() {
    says(
        "# example.com/x\n./main.go:5:2: undefined: y\n",
        expect![[r"
        failed
          main.go:5:2 undefined: y
    "]],
    );
    says(
        " ⨯ ./app/page.tsx:5:10\nModule not found: Can't resolve './x'\n",
        expect![[r"
        failed
          app/page.tsx:5:10 Module not found: Can't resolve './x'
    "]],
    );
    says(
        "✘ [ERROR] TS2339: Property 'x' does not exist. [plugin angular-compiler]\n\n    src/app/app.ts:10:4:\n      10 │ x\n\nApplication bundle generation failed. [1 seconds]\n",
        expect![[r"
            failed
              src/app/app.ts:10:4 TS2339: Property 'x' does not exist.
        "]],
    );
    says(
        "SyntaxError: /workspace/src/a.jsx: Unexpected token (5:10)\n",
        expect![[r"
        failed
          src/a.jsx:5:10 Unexpected token
    "]],
    );
    says(
        "app.rb:3:in 'Object#f': undefined local variable (NameError)\n",
        expect![[r"
        failed
          app.rb:3:0 undefined local variable (NameError)
    "]],
    );
    says(
        "config.ru:7: syntax error, unexpected end-of-input\n",
        expect![[r"
        failed
          config.ru:7:0 syntax error, unexpected end-of-input
    "]],
    );
}

// covers: S1.39
#[test]
fn addresses_of_servers() {
    for (line, expected) in [
        ("  ➜  Local:   http://localhost:5173/app/", "url 5173 /app/"),
        (" - Local:        http://localhost:3000", "url 3000 /"),
        ("Starting development server at http://127.0.0.1:8000/", "url 8000 /"),
        ("  Local URL: http://localhost:8501", "url 8501 /"),
        ("[info] Access XWeb.Endpoint at http://localhost:4000", "url 4000 /"),
        ("* Listening on http://127.0.0.1:3000", "url 3000 /"),
        ("Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...", "url 8000 /"),
        ("Server listening on port 4000", "url 4000 /"),
    ] {
        let hints = Parser::new().feed(format!("{line}\n").as_bytes());
        assert_eq!(told(&hints).trim(), expected, "{line}: no build was told");
        let built = format!("Starting compilation in watch mode\n{line}\n");
        let hints = Parser::new().feed(built.as_bytes());
        assert_eq!(told(&hints).trim(), format!("started\nsucceeded\n{expected}"), "{line}");
    }
    for line in [
        "  ➜  Network: http://192.168.1.2:5173/",
        "Error: connect refused http://localhost:5432",
        "GET http://localhost:3000/api",
        "Debugger listening on ws://127.0.0.1:9229/x",
        "see https://example.com:443/",
    ] {
        assert_eq!(Parser::new().feed(format!("{line}\n").as_bytes()), [], "{line}");
    }
}

#[test]
fn an_exception_while_the_program_runs_is_no_matter_of_the_build() {
    let mut parser = Parser::new();
    parser.feed(b" * Running on http://127.0.0.1:5000\n");
    let trace = "Traceback (most recent call last):\n  File \"/workspace/app.py\", line 5, in f\nValueError: no\n";
    assert_eq!(parser.feed(trace.as_bytes()), []);
    assert_eq!(parser.last_lines().last().map(String::as_str), Some("ValueError: no"));
}

#[test]
fn whatever_is_printed_memory_stays_bounded() {
    let mut parser = Parser::new();
    for index in 0..1000_u32 {
        parser.feed(format!("src/a.ts({index}1,2): error TS1: message {index}\n").as_bytes());
    }
    assert_eq!(parser.errors.len(), ERRORS_MAX);
    parser.feed(&vec![b'x'; 100_000]);
    assert!(parser.last_lines().iter().all(|it| it.len() <= 400));
}

// covers: S1.54, S1.55
#[test]
fn astro_serves_a_page_again_once_it_is_mended() {
    says(
        "07:17:46 [200] / 3ms\n\
         07:17:46 [ERROR] Unexpected \";\"\n  Stack trace:\n    \
         at /workspace/src/pages/index.astro:2:24\n    \
         [...] See full stack trace in the browser, or rerun with --verbose.\n\
         \x1b[1;1H07:17:47 [200] / 5ms\n",
        expect![[r#"
            succeeded
            failed
              src/pages/index.astro:2:24 Unexpected ";"
            succeeded
        "#]],
    );
}

#[test]
fn any_output_is_read_in_bounded_memory_whatever_it_says() {
    use stdx::noise::Noise;
    let pieces = [
        "error",
        "ERROR",
        " in ",
        "src/a.rs",
        ":",
        "12",
        "99999999999999999999",
        "\n",
        "\r\n",
        "\r",
        "--> ",
        "\x1b[31m",
        "\x1b[",
        "\x1b]8;;",
        "  Local:   http://localhost:",
        "5173",
        "/",
        "http://[::1]:99999/",
        "Traceback (most recent call last):\n",
        "File \"",
        "\", line ",
        "warning: ",
        "é",
        "\u{202e}",
        "\0",
        "compiled successfully",
        "Failed to compile",
        "(",
        ")",
    ];
    for seed in 0..3_000 {
        let mut noise = Noise::new(seed);
        let mut parser = Parser::new();
        let text = noise.text(&pieces, 60);
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(1 + noise.below(rest.len()));
            for hint in parser.feed(now) {
                if let Hint::BuildFailed(errors) = hint {
                    assert!(errors.len() <= ERRORS_MAX, "seed {seed}");
                    let long = |it: &BuildError| MESSAGE_CHARS_MAX < it.message.chars().count();
                    assert!(!errors.iter().any(long), "seed {seed}");
                }
            }
            rest = later;
        }
        assert!(parser.last_lines().iter().all(|it| !it.contains('\x1b')), "seed {seed}");
    }
}
