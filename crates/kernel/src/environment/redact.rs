//! Masks secrets in whole values, such as the state and events, whatever their fields are called.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use stdx::Needles;

/// Fields that hold a word of ours and nothing that a program said.
const WORDS: [&str; 7] = ["type", "status", "phase", "kind", "change", "role", "code"];

/// The value with secrets masked in all its texts.
pub fn redacted<T: Serialize + DeserializeOwned>(value: T, needles: &Needles) -> T {
    if needles.is_empty() {
        return value;
    }
    let Ok(mut plain) = serde_json::to_value(&value) else { return value };
    let before = plain.clone();
    if !mask(&mut plain, needles, &|_| true) {
        return value;
    }
    if let Ok(masked) = serde_json::from_value(plain) {
        return masked;
    }
    // Somebody's secret is a word of ours; texts that are no such word are masked all the same.
    let mut plain = before;
    let is_text = |it: &str| !it.bytes().all(|it| it.is_ascii_lowercase() || it == b'_');
    mask(&mut plain, needles, &is_text);
    serde_json::from_value(plain).unwrap_or_else(|error| {
        tracing::error!(%error, "a value could not be masked");
        value
    })
}

/// Whether something was masked.
fn mask(value: &mut Value, needles: &Needles, is_text: &impl Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) if is_text(text) => match needles.redact(text) {
            std::borrow::Cow::Borrowed(_) => false,
            std::borrow::Cow::Owned(masked) => {
                *text = masked;
                true
            }
        },
        Value::Array(values) => {
            values.iter_mut().fold(false, |any, it| mask(it, needles, is_text) | any)
        }
        Value::Object(fields) => fields
            .iter_mut()
            .filter(|(name, _)| !WORDS.contains(&name.as_str()))
            .fold(false, |any, (_, it)| mask(it, needles, is_text) | any),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::EventKind;
    use protocol::state::{BuildError, BuildStatus};

    #[test]
    fn every_text_is_masked_and_words_of_ours_stay() {
        let error = |message: &str| BuildError {
            file: "src/hunter2.rs".to_owned(),
            line: 1,
            column: 2,
            message: message.to_owned(),
        };
        let needles = Needles::of(["hunter2", "failed"]);
        let event = EventKind::BuildFailed { errors: vec![error("no hunter2 here")] };
        let EventKind::BuildFailed { errors } = redacted(event, &needles) else { panic!() };
        assert_eq!(
            errors,
            [BuildError { file: "src/*******.rs".into(), ..error("no ******* here") }]
        );
        assert_eq!(redacted(BuildStatus::Failed, &needles), BuildStatus::Failed);
    }
}
