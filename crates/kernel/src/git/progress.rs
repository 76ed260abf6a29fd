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
    pub(super) phase: &'static str,
    pub(super) percent: u8,
    /// How much has come or gone, and how quickly; empty where Git does not say.
    pub(super) amount: String,
}

impl Step {
    /// What goes on, for people.
    pub(super) fn words(&self) -> String {
        if self.amount.is_empty() {
            return self.phase.to_owned();
        }
        format!("{}, {}", self.phase, self.amount)
    }
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
    Some(Step { phase, percent: percent.unwrap_or(0).min(100), amount: amount(rest) })
}

/// How much and how quickly, of ` 50% (3/6), 1.20 MiB | 400.00 KiB/s`, with `, done.` at its end.
pub(crate) fn amount(rest: &str) -> String {
    let rest = rest.trim_end().trim_end_matches(", done.");
    rest.split_once("), ").map_or("", |it| it.1).replace(" | ", " at ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_words_are_told_apart() {
        let mut progress = Progress::default();
        let step =
            |phase, percent, amount: &str| Some(Step { phase, percent, amount: amount.to_owned() });
        assert_eq!(
            progress.feed(b"Enumerating objects: 5, done.\nWriting obj"),
            step("Preparing", 0, "")
        );
        let told = progress.feed(b"ects:  40% (2/5)\rWriting objects: 100% (5/5), done.\nTo /x\n");
        assert_eq!(told, step("Sending", 100, ""));
        let line = b"Unpacking objects:  33% (1/3), 1.20 MiB | 400.00 KiB/s\r";
        let told = progress.feed(line);
        assert_eq!(told, step("Receiving", 33, "1.20 MiB at 400.00 KiB/s"));
        assert_eq!(told.unwrap().words(), "Receiving, 1.20 MiB at 400.00 KiB/s");
        progress.feed(b" ! [rejected] main -> main (fetch first)");
        assert_eq!(progress.said(), "To /x\n! [rejected] main -> main (fetch first)");
    }
}
