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
        "Receiving objects" => "Receiving",
        "Writing objects" => "Sending",
        "Resolving deltas" => "Unpacking",
        "Updating files" => "Writing files",
        _ => return None,
    };
    let percent = rest.split_once('%').and_then(|it| it.0.trim().parse().ok());
    Some(Step { phase, percent: percent.unwrap_or(0).min(100) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_words_are_told_apart() {
        let mut progress = Progress::default();
        assert_eq!(
            progress.feed(b"Enumerating objects: 5, done.\nWriting obj"),
            Some(Step { phase: "Preparing", percent: 0 })
        );
        let step = progress.feed(b"ects:  40% (2/5)\rWriting objects: 100% (5/5), done.\nTo /x\n");
        assert_eq!(step, Some(Step { phase: "Sending", percent: 100 }));
        progress.feed(b" ! [rejected] main -> main (fetch first)");
        assert_eq!(progress.said(), "To /x\n! [rejected] main -> main (fetch first)");
    }
}
