//! The dev server's shell script: says what it runs, installs when needed, and becomes the command.

use crate::detect::Plan;
use std::fmt::Write;

/// Printed between install and command: a control sequence that terminals ignore.
pub(super) const LAUNCH_MARK: &str = "\x1b]7832;launch\x07";

/// Arguments for `/bin/sh` that carry out the plan on one terminal, so that install and command
/// share a screen and the command has the pid that was started.
pub(super) fn arguments(plan: &Plan) -> Vec<String> {
    let mut script = String::new();
    if let Some(install) = &plan.install {
        let command = join(install);
        say(&mut script, &install.join(" "));
        writeln!(script, "{command} || exit $?").expect("a string takes everything");
        writeln!(script, "printf '\\033]7832;launch\\007'").expect("a string takes everything");
    }
    say(&mut script, &plan.display);
    writeln!(script, "exec {}", join(&plan.command)).expect("a string takes everything");
    vec!["-c".to_owned(), script]
}

fn say(script: &mut String, line: &str) {
    let line = quote(&format!("$ {}", line.replace(['\r', '\n'], " ")));
    writeln!(script, "printf '\\033[2m%s\\033[0m\\n' {line}").expect("a string takes everything");
}

fn join(arguments: &[String]) -> String {
    arguments.iter().map(|it| quote(it)).collect::<Vec<_>>().join(" ")
}

/// The text as one word for the shell, whatever it holds.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Finds [`LAUNCH_MARK`] in output that is cut anywhere.
#[derive(Debug, Default)]
pub(super) struct MarkFinder {
    tail: Vec<u8>,
}

impl MarkFinder {
    /// Whether the mark ended in these bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> bool {
        let mark = LAUNCH_MARK.as_bytes();
        self.tail.extend_from_slice(bytes);
        let found = self.tail.windows(mark.len()).any(|it| it == mark);
        let keep = self.tail.len().min(mark.len() - 1);
        self.tail.drain(..self.tail.len() - keep);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use stdx::WorkspacePath;

    #[test]
    fn the_script_quotes_whatever_it_is_given() {
        let words = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let plan = Plan {
            framework: "x".to_owned(),
            install: Some(words(&["npm", "install"])),
            command: words(&["/bin/sh", "-c", "echo 'it' && $X"]),
            display: "echo 'it' && $X".to_owned(),
            env: Vec::new(),
            port: None,
            working_directory: WorkspacePath::root(),
        };
        expect![[r"
            printf '\033[2m%s\033[0m\n' '$ npm install'
            'npm' 'install' || exit $?
            printf '\033]7832;launch\007'
            printf '\033[2m%s\033[0m\n' '$ echo '\''it'\'' && $X'
            exec '/bin/sh' '-c' 'echo '\''it'\'' && $X'
        "]]
        .assert_eq(&arguments(&plan)[1]);
    }

    #[test]
    fn the_mark_is_found_however_it_is_cut() {
        let stream = format!("abc{LAUNCH_MARK}def");
        for cut in 1..stream.len() {
            let mut finder = MarkFinder::default();
            let (one, two) = stream.as_bytes().split_at(cut);
            assert_eq!([finder.feed(one), finder.feed(two)].iter().filter(|it| **it).count(), 1);
        }
    }
}
