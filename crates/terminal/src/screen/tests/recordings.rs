//! Sessions of real programs, served to a new client at many moments.

use super::oracle::{Case, Step, Trial, ask_raw, run};
use crate::screen::width::width;
use std::path::Path;

/// Moments at which each session is served.
const CUTS: usize = 24;

// covers: S1.16, S1.27
#[test]
fn a_new_client_sees_vim_as_the_others_do() {
    check("vim");
}

// covers: S1.16, S1.27
#[test]
fn a_new_client_sees_htop_as_the_others_do() {
    check("htop");
}

#[test]
fn a_new_client_sees_less_as_the_others_do() {
    check("less");
}

#[test]
fn a_new_client_sees_tmux_as_the_others_do() {
    check("tmux");
}

#[test]
fn a_new_client_sees_a_progress_bar_as_the_others_do() {
    check("progress");
}

#[test]
fn a_new_client_sees_an_install_as_the_others_do() {
    check("install");
}

#[test]
fn a_new_client_sees_a_shell_as_the_others_do() {
    check("shell");
}

#[test]
fn every_code_point_is_as_wide_as_in_the_reference_terminal() {
    let answer = ask_raw(vec![r#"{"widths":true}"#.to_owned()]).remove(0);
    let digits = answer.strip_prefix(r#"{"widths":""#).and_then(|it| it.strip_suffix(r#""}"#));
    for (code, digit) in (0xa0..).zip(digits.unwrap().bytes()) {
        assert_eq!(width(code), u32::from(digit - b'0'), "U+{code:04X}");
    }
}

fn check(name: &str) {
    let session = load(name);
    let total: usize = session.steps.iter().map(length).sum();
    // An odd stride lands in sequences and code points as well as between them.
    let trials: Vec<Trial> =
        (1..=CUTS).map(|it| Trial::new(name, &session, total * it / CUTS)).collect();
    run(&trials);
}

fn length(step: &Step) -> usize {
    match step {
        Step::Write(bytes) => bytes.len(),
        Step::Resize(..) => 0,
    }
}

/// Reads an asciicast v2 file.
fn load(name: &str) -> Case {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let text = std::fs::read_to_string(directory.join(format!("{name}.cast"))).unwrap();
    let mut lines = text.lines();
    let header: serde_json::Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    let size = |it: &serde_json::Value| u16::try_from(it.as_u64().unwrap()).unwrap();
    let steps = lines.map(|line| {
        let (_, kind, data): (f64, String, String) = serde_json::from_str(line).unwrap();
        if kind == "o" {
            return Step::Write(data.into_bytes());
        }
        let (cols, rows) = data.split_once('x').unwrap();
        Step::Resize(cols.parse().unwrap(), rows.parse().unwrap())
    });
    Case { cols: size(&header["width"]), rows: size(&header["height"]), steps: steps.collect() }
}
