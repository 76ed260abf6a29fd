//! Reads the text of a `.env` file. Nothing is expanded: a `$` is a `$`.
//!
//! What is understood is what the common readers agree on: blank lines, comments, `export`, values
//! in single quotes and backticks as they are, in double quotes with escapes, over several lines
//! where quoted, and without quotes up to the end of the line or a comment.

use protocol::environment::{ImportProblem, VariableKind, check_name, check_value};
use stdx::Secret;

/// Assignments of one text at most; more than may be set.
const ENTRIES_MAX: usize = 1000;

/// One assignment.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) value: Secret<String>,
}

/// What stands in a text: of each name the last value, in the order of the text.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) entries: Vec<Entry>,
    pub(super) problems: Vec<ImportProblem>,
}

/// Why a line is left out. Never with anything of its value.
type Problem = String;

pub(super) fn parse(text: &str) -> File {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let mut file = File::default();
    let (mut rest, mut line) = (text.as_str(), 1);
    while !rest.is_empty() {
        let (parsed, after) = assignment(rest);
        let taken = &rest[..rest.len() - after.len()];
        match parsed {
            Ok(Some(entry)) if file.entries.len() < ENTRIES_MAX => {
                file.entries.retain(|it| it.name != entry.name);
                file.entries.push(entry);
            }
            Ok(Some(_)) => {
                file.problem(line, "there are too many assignments".to_owned());
                break;
            }
            Ok(None) => {}
            Err(problem) => file.problem(line, problem),
        }
        line += u32::try_from(taken.matches('\n').count()).unwrap_or(u32::MAX);
        rest = after;
    }
    file
}

impl File {
    fn problem(&mut self, line: u32, message: Problem) {
        if self.problems.len() < ENTRIES_MAX {
            self.problems.push(ImportProblem { line, message });
        }
    }
}

/// One assignment, comment or blank line at the start of `text`, and what follows it.
fn assignment(text: &str) -> (Result<Option<Entry>, Problem>, &str) {
    let (line, next) = text.split_once('\n').unwrap_or((text, ""));
    let trimmed = line.trim_start();
    if trimmed.trim_end().is_empty() || trimmed.starts_with('#') {
        return (Ok(None), next);
    }
    let Some((name, _)) = trimmed.split_once('=') else {
        return (Err("there is no `=`".to_owned()), next);
    };
    let name = without_export(name.trim());
    if let Err(refused) = check_name(name) {
        // What stands before `=` may be the middle of somebody's key.
        return (Err(refused.to_string()), next);
    }
    let equals = line.len() - trimmed.len() + trimmed.find('=').unwrap_or(0);
    let value = text[equals + 1..].trim_start_matches([' ', '\t']);
    let quoted = match value.chars().next() {
        Some('\'') => quoted(&value[1..], '\'', false),
        Some('`') => quoted(&value[1..], '`', false),
        Some('"') => quoted(&value[1..], '"', true),
        _ => {
            let value = value.split('\n').next().unwrap_or_default();
            return (entry(name, unquoted(value)).map(Some), next);
        }
    };
    match quoted {
        None => (Err(format!("the quote of `{name}` is not closed")), next),
        Some((value, rest)) => {
            let (behind, next) = rest.split_once('\n').unwrap_or((rest, ""));
            let behind = behind.trim();
            if behind.is_empty() || behind.starts_with('#') {
                (entry(name, value).map(Some), next)
            } else {
                (Err(format!("something follows the closing quote of `{name}`")), next)
            }
        }
    }
}

fn without_export(name: &str) -> &str {
    match name.split_once([' ', '\t']) {
        Some(("export", name)) => name.trim(),
        _ => name,
    }
}

fn entry(name: &str, value: String) -> Result<Entry, Problem> {
    check_value(name, &value).map_err(|refused| refused.to_string())?;
    Ok(Entry { name: name.to_owned(), value: Secret::new(value) })
}

/// Up to a comment, which begins with ` #`.
fn unquoted(value: &str) -> String {
    let comment = value
        .char_indices()
        .find(|(at, it)| *it == '#' && (*at == 0 || value[..*at].ends_with([' ', '\t'])));
    comment.map_or(value, |(at, _)| &value[..at]).trim().to_owned()
}

/// The text up to the closing quote, and what follows it.
fn quoted(text: &str, quote: char, escapes: bool) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            _ if letter == quote => return Some((value, &text[at + letter.len_utf8()..])),
            '\\' if escapes => match letters.next()?.1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                // The line goes on.
                '\n' => {}
                letter @ ('"' | '\\' | '$' | '`') => value.push(letter),
                letter => value.extend(['\\', letter]),
            },
            _ => value.push(letter),
        }
    }
    None
}

/// What a person would want of a variable of this name and value: in doubt a secret.
pub(super) fn guess(name: &str, value: &str) -> VariableKind {
    const WORDS: [&str; 14] = [
        "SECRET",
        "TOKEN",
        "PASSWORD",
        "PASSWD",
        "PASS",
        "PWD",
        "KEY",
        "PRIVATE",
        "CREDENTIAL",
        "CREDENTIALS",
        "AUTH",
        "DSN",
        "SALT",
        "COOKIE",
    ];
    let upper = name.to_ascii_uppercase();
    let named = upper
        .split('_')
        .any(|it| WORDS.iter().any(|word| it.trim_end_matches('S') == word.trim_end_matches('S')));
    let public = upper.starts_with("PUBLIC_") || upper.contains("_PUBLIC_");
    let has_login = value
        .split_once("://")
        .is_some_and(|it| it.1.split('/').next().is_some_and(|it| it.contains('@')));
    let long = 20 <= value.len()
        && value.bytes().all(|it| it.is_ascii_alphanumeric() || b"+/=_-".contains(&it))
        && value.bytes().any(|it| it.is_ascii_digit())
        && value.bytes().any(|it| it.is_ascii_alphabetic());
    let secret = (named && !public) || has_login || long || value.contains("PRIVATE KEY");
    if secret { VariableKind::Secret } else { VariableKind::Plain }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use std::fmt::Write;

    fn check(text: &str, expected: &Expect) {
        let file = parse(text);
        let mut shown = String::new();
        for it in &file.entries {
            writeln!(shown, "{} = {:?}", it.name, it.value.expose()).unwrap();
        }
        for it in &file.problems {
            writeln!(shown, "line {}: {}", it.line, it.message).unwrap();
        }
        expected.assert_eq(&shown);
    }

    #[test]
    fn lines_are_read_as_the_common_readers_do() {
        check(
            "\u{feff}# comment\r\nA=1\r\n  export B = two words  # comment\nC=\nD=a#b\nE= # none\n\
             F='it # is $HOME\\n'\nG=\"a\\nb \\\"q\\\" \\$x \\d\" # c\nH=`a'b\"c`\nA=again\n_x9==y=\n",
            &expect![[r#"
                B = "two words"
                C = ""
                D = "a#b"
                E = ""
                F = "it # is $HOME\\n"
                G = "a\nb \"q\" $x \\d"
                H = "a'b\"c"
                A = "again"
                _x9 = "=y="
            "#]],
        );
    }

    #[test]
    fn quoted_values_go_over_lines() {
        check(
            "KEY=\"-----BEGIN-----\nabc=\n-----END-----\"\nNEXT='a\n\n# b'\nJSON='{\"a\": 1}'\nL=\"a\\\nb\"",
            &expect![[r#"
                KEY = "-----BEGIN-----\nabc=\n-----END-----"
                NEXT = "a\n\n# b"
                JSON = "{\"a\": 1}"
                L = "ab"
            "#]],
        );
    }

    #[test]
    fn what_is_wrong_is_told_by_line_and_without_values() {
        check(
            "hunter2\n9A=hunter2\nPATH=/hunter2\nA=\"hunter2\nB=2\nC='x' hunter2\nA B=hunter2\n=x\n",
            &expect![[r#"
                B = "2"
                line 1: there is no `=`
                line 2: a name has letters of A to Z, digits and `_`, does not start with a digit, and is at most 128 long
                line 3: `PATH` is reserved: it belongs to the workspace's shells
                line 4: the quote of `A` is not closed
                line 6: something follows the closing quote of `C`
                line 7: a name has letters of A to Z, digits and `_`, does not start with a digit, and is at most 128 long
                line 8: a name has letters of A to Z, digits and `_`, does not start with a digit, and is at most 128 long
            "#]],
        );
    }

    #[test]
    fn any_text_is_read_without_a_panic() {
        let parts = ["A", "=", "\"", "'", "`", "\\", "\n", "#", " ", "é", "export ", "$", "\r\n"];
        let mut state = 1_u64;
        for _ in 0..5_000 {
            let mut text = String::new();
            for _ in 0..12 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                text.push_str(parts[usize::try_from(state >> 33).unwrap() % parts.len()]);
            }
            let lines = u32::try_from(text.split('\n').count()).unwrap();
            let file = parse(&text);
            assert!(file.problems.iter().all(|it| it.line <= lines), "{text:?}");
        }
    }

    #[test]
    fn kinds_are_guessed_from_names_and_values() {
        for (name, value) in [
            ("API_KEY", "x"),
            ("GITHUB_TOKEN", "x"),
            ("DB_PASSWORD", ""),
            ("DATABASE_URL", "postgres://me:pw@host/db"),
            ("STRIPE", "sk_live_51H8xYzAbCdEf"),
            ("CERT", "-----BEGIN RSA PRIVATE KEY-----"),
        ] {
            assert_eq!(guess(name, value), VariableKind::Secret, "{name}");
        }
        for (name, value) in [
            ("NODE_ENV", "production"),
            ("DEBUG", "app:*"),
            ("NEXT_PUBLIC_KEY", "abc"),
            ("API_URL", "https://api.example.org/v1"),
            ("MONKEY", "x"),
        ] {
            assert_eq!(guess(name, value), VariableKind::Plain, "{name}");
        }
    }
}
