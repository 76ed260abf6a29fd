//! JSON as people write it into configuration: with comments and trailing commas.

use serde_json::Value;

/// Reads JSON with comments; `None` when it is none even so.
pub(super) fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(&plain(text)).ok()
}

/// Removes comments, and commas before a closing bracket, outside of strings.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.trim_start_matches('\u{feff}').chars().peekable();
    let mut in_string = false;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if in_string => {
                out.push(letter);
                out.extend(letters.next());
                continue;
            }
            '"' => in_string = !in_string,
            '/' if !in_string && letters.peek() == Some(&'/') => {
                letters.by_ref().take_while(|it| *it != '\n').for_each(drop);
                out.push('\n');
                continue;
            }
            '/' if !in_string && letters.peek() == Some(&'*') => {
                letters.next();
                let mut before = ' ';
                for inner in letters.by_ref() {
                    if (before, inner) == ('*', '/') {
                        break;
                    }
                    before = inner;
                }
                continue;
            }
            '}' | ']' if !in_string => {
                let kept = out.trim_end();
                if kept.ends_with(',') {
                    out.truncate(kept.len() - 1);
                }
            }
            _ => {}
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn comments_and_trailing_commas_are_tolerated_and_strings_are_kept() {
        let text = r#"{ // why
            "a": "http://x/*y*/", /* and
            more */ "b": [1, 2, ],
            "c\"": "}", }"#;
        assert_eq!(parse(text), Some(json!({"a": "http://x/*y*/", "b": [1, 2], "c\"": "}"})));
        assert_eq!(parse("{"), None);
    }
}
