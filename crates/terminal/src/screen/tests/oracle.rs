//! The reference terminal: xterm.js without a browser, in Node.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// One thing that happens to a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Write(Vec<u8>),
    Resize(u16, u16),
}

/// A terminal and what happens to it.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) cols: u16,
    pub(super) rows: u16,
    pub(super) steps: Vec<Step>,
}

impl Case {
    fn request(&self) -> String {
        use base64::Engine;
        let base64 = base64::engine::general_purpose::STANDARD;
        let steps: Vec<String> = self
            .steps
            .iter()
            .map(|step| match step {
                Step::Write(bytes) => format!(r#"{{"write":"{}"}}"#, base64.encode(bytes)),
                Step::Resize(cols, rows) => format!(r#"{{"resize":[{cols},{rows}]}}"#),
            })
            .collect();
        let (cols, rows, steps) = (self.cols, self.rows, steps.join(","));
        format!(r#"{{"cols":{cols},"rows":{rows},"steps":[{steps}]}}"#)
    }
}

/// What the reference terminal shows in each case, as JSON.
pub(super) fn ask(cases: &[Case]) -> Vec<String> {
    ask_raw(cases.iter().map(Case::request).collect())
}

pub(super) fn ask_raw(requests: Vec<String>) -> Vec<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle");
    assert!(
        directory.join("node_modules").exists(),
        "the reference terminal is not installed; run `npm ci --prefix crates/terminal/oracle`"
    );
    #[expect(clippy::disallowed_methods, reason = "the oracle is a program of the tests")]
    let mut command = Command::new("node");
    let mut node = command
        .arg("oracle.js")
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Node is installed");
    let mut stdin = node.stdin.take().unwrap();
    let count = requests.len();
    let writer = std::thread::spawn(move || {
        for request in requests {
            writeln!(stdin, "{request}").unwrap();
        }
    });
    let stdout = BufReader::new(node.stdout.take().unwrap());
    let answers: Vec<String> = stdout.lines().map(|it| it.unwrap()).collect();
    writer.join().unwrap();
    assert!(node.wait().unwrap().success());
    assert_eq!(answers.len(), count, "the reference terminal answers every case");
    answers
}

/// The first difference between two answers.
fn difference(what: &str, expected: &str, actual: &str) -> Option<String> {
    if expected == actual {
        return None;
    }
    let parts = |it: &str| -> Vec<String> {
        it.replace("\",\"", "\"\n\"").replace("],", "],\n").lines().map(str::to_owned).collect()
    };
    let (expected, actual) = (parts(expected), parts(actual));
    let differs = expected.iter().zip(&actual).position(|(one, other)| one != other);
    let at = differs.unwrap_or_else(|| expected.len().min(actual.len()));
    let around = |it: &[String]| it[at.saturating_sub(1)..(at + 2).min(it.len())].join("\n  ");
    let (expected, actual) = (around(&expected), around(&actual));
    Some(format!("{what}: differs in part {at}\nreference:\n  {expected}\nours:\n  {actual}"))
}

/// What a client may have shown before it is told to forget it, and how it does.
const FORGOTTEN: &[u8] = b"\x1b[?1049h\x1b[31;4:3m\x1b)0\x0e\x1b[2;3r\x1b[?6h\x1b[4h\x1b[20h\x1b[?25l\x1b[?7l\
    \x1b[?1003h\x1b[?1006h\x1b[?2004h\x1b[?2026h\x1b[?1h\x1b=\x1b[3 q\x1b[3g\x1b7\x1b]2;old\x07\x1b]8;;http://old/\x07\
    text\n\n\n\nmore\x1b[\x1bc";

/// How the model is compared: what the reference terminal shows for the bytes themselves, for
/// the screen that is sent after the first `cut` steps, and for that screen and the rest.
pub(super) struct Trial {
    pub(super) what: String,
    expected_cut: Case,
    actual_cut: Case,
    expected_end: Case,
    actual_end: Case,
    served: Vec<u8>,
}

impl Trial {
    /// Serves a client after the first `cut` bytes of the session.
    pub(super) fn new(what: &str, session: &Case, cut: usize) -> Self {
        let mut screen = super::Screen::new(session.cols, session.rows);
        let (mut cols, mut rows, mut seen) = (session.cols, session.rows, 0);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut partial = Vec::new();
        for step in &session.steps {
            match step {
                Step::Write(bytes) => {
                    let now = bytes.len().min(cut.saturating_sub(seen));
                    let (first, rest) = bytes.split_at(now);
                    seen += bytes.len();
                    if !first.is_empty() {
                        screen.feed(first);
                        before.push(Step::Write(first.to_vec()));
                        partial =
                            first[first.len() - screen.incomplete().min(first.len())..].to_vec();
                    }
                    if !rest.is_empty() {
                        after.push(Step::Write(rest.to_vec()));
                    }
                }
                Step::Resize(new_cols, new_rows) if seen <= cut && after.is_empty() => {
                    (cols, rows) = (*new_cols, *new_rows);
                    screen.resize(cols, rows);
                    before.push(step.clone());
                }
                Step::Resize(..) => after.push(step.clone()),
            }
        }
        if let Some(Step::Write(bytes)) = after.first_mut() {
            bytes.splice(..0, partial);
        }
        let served = screen.serialize();
        let mut all = before.clone();
        // The reference terminal loses code points that are cut in two, so it is not cut.
        all.clear();
        all.extend(session.steps.iter().cloned());
        let serve = Step::Write(served.clone());
        let case = |steps| Case { cols, rows, steps };
        Self {
            what: format!("{what} cut at {cut}"),
            expected_cut: Case { steps: before, ..session.clone() },
            actual_cut: case(vec![Step::Write(FORGOTTEN.to_vec()), serve.clone()]),
            expected_end: Case { steps: all, ..session.clone() },
            actual_end: case(std::iter::once(serve).chain(after).collect()),
            served,
        }
    }
}

/// Runs all trials in one go.
pub(super) fn run(trials: &[Trial]) {
    let cases: Vec<Case> = trials
        .iter()
        .flat_map(|it| [&it.expected_cut, &it.actual_cut, &it.expected_end, &it.actual_end])
        .cloned()
        .collect();
    let answers = ask(&cases);
    let mut differences = Vec::new();
    for (trial, answers) in trials.iter().zip(answers.chunks(4)) {
        let served = String::from_utf8_lossy(&trial.served);
        let tail: Vec<char> = served.chars().rev().take(300).collect();
        let tail: String = tail.into_iter().rev().collect();
        let what = format!("{}, served {tail:?}", trial.what);
        let at_once = difference(&format!("{what}, at once"), &answers[0], &answers[1]);
        differences.extend(
            at_once
                .or_else(|| difference(&format!("{what}, in the end"), &answers[2], &answers[3])),
        );
    }
    let (count, of) = (differences.len(), trials.len());
    assert!(count == 0, "{count} of {of} differ:\n{}", differences.join("\n\n"));
}
