//! What Git says on its way: how far it is, and the lines that stay.

use super::lines::Lines;

/// Lines that are kept for the end.
const LINES_MAX: usize = 40;

/// Reads the progress of fetch, pull and push.
#[derive(Debug, Default)]
pub(super) struct Progress {
    lines: Lines,
}

/// How far the phase that goes on is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// For people.
    pub(super) message: String,
    pub(super) percent: u8,
}

impl Progress {
    /// Takes more output; the last step in it, if there is one.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Option<Step> {
        let mut last = None;
        for line in self.lines.feed(bytes) {
            if let Some(step) = step(&line) {
                last = Some(step);
            } else {
                self.lines.keep(line, LINES_MAX);
            }
        }
        last
    }

    /// What Git said besides.
    pub(super) fn said(mut self) -> String {
        self.feed(b"\n");
        self.lines.kept().join("\n")
    }
}

fn step(line: &str) -> Option<Step> {
    let line = line.strip_prefix("remote: ").unwrap_or(line);
    let (phase, rest) = line.split_once(':')?;
    let phase = match phase {
        "Counting objects" | "Compressing objects" | "Enumerating objects" => "Preparing",
        "Receiving objects" | "Unpacking objects" => "Receiving",
        "Writing objects" => "Sending",
        "Resolving deltas" => "Unpacking",
        "Updating files" => "Writing files",
        _ => return None,
    };
    let percent = rest.split_once('%').and_then(|it| it.0.trim().parse().ok());
    Some(Step { message: with_amount(phase, rest), percent: percent.unwrap_or(0).min(100) })
}

/// What goes on, for people: the phase, and where Git says it, how much and how quickly, of
/// ` 50% (3/6), 1.20 MiB | 400.00 KiB/s` with `, done.` at its end.
pub(crate) fn with_amount(phase: &str, rest: &str) -> String {
    let rest = rest.trim_end().trim_end_matches(", done.");
    match rest.split_once("), ") {
        Some((_, amount)) => format!("{phase}, {}", amount.replace(" | ", " at ")),
        None => phase.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_words_are_told_apart() {
        let mut progress = Progress::default();
        let step = |message: &str, percent| Some(Step { message: message.to_owned(), percent });
        let told = progress.feed(b"Enumerating objects: 5, done.\nWriting obj");
        assert_eq!(told, step("Preparing", 0));
        let told = progress.feed(b"ects:  40% (2/5)\rWriting objects: 100% (5/5), done.\nTo /x\n");
        assert_eq!(told, step("Sending", 100));
        let line = b"Unpacking objects:  33% (1/3), 1.20 MiB | 400.00 KiB/s\r";
        let told = progress.feed(line);
        assert_eq!(told, step("Receiving, 1.20 MiB at 400.00 KiB/s", 33));
        progress.feed(b" ! [rejected] main -> main (fetch first)");
        assert_eq!(progress.said(), "To /x\n! [rejected] main -> main (fetch first)");
    }
}
