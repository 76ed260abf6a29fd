//! Which passwords people may choose.

use protocol::account::{PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN};
use protocol::{ErrorCode, WireError};

/// A password that somebody chose. Length is what counts; what a guesser tries first is refused.
pub(crate) fn check(password: &str, names: &[&str]) -> Result<(), WireError> {
    let length = password.chars().count();
    let refuse = |message: String| Err(WireError::new(ErrorCode::InvalidRequest, message));
    if !(PASSWORD_LENGTH_MIN..=PASSWORD_LENGTH_MAX).contains(&length) {
        return refuse(format!(
            "a password has {PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX} characters; three or \
             four words that do not belong together make a good one"
        ));
    }
    let plain: String = password.to_lowercase().chars().filter(|it| it.is_alphanumeric()).collect();
    let few: std::collections::BTreeSet<char> = password.to_lowercase().chars().collect();
    let is_name = names.iter().any(|it| {
        let name: String = it.to_lowercase().chars().filter(|it| it.is_alphanumeric()).collect();
        !name.is_empty() && plain.replace(&name, "").chars().count() < 4
    });
    let is_common = COMMON.iter().any(|it| plain.trim_matches(|it: char| it.is_numeric()) == *it)
        || SEQUENCES.iter().any(|it| it.contains(plain.as_str()));
    if few.len() < 4 || is_name || is_common {
        return refuse(
            "this password is among the first that a guesser tries; choose another".to_owned(),
        );
    }
    Ok(())
}

/// Long passwords that everybody knows, without digits around them.
const COMMON: [&str; 14] = [
    "password",
    "passwort",
    "passw0rd",
    "changeme",
    "letmein",
    "welcome",
    "iloveyou",
    "sunshine",
    "administrator",
    "qwertyuiop",
    "football",
    "princess",
    "superman",
    "trustnoone",
];
const SEQUENCES: [&str; 3] =
    ["01234567890123456789", "qwertyuiopasdfghjklzxcvbnm", "abcdefghijklmnopqrstuvwxyz"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_tries_is_refused() {
        for password in [
            "short",
            "aaaaaaaaaaaa",
            "1234567890",
            "abcabcabcabc",
            "Password123!",
            "qwertyuiop",
            "ada.lovelace",
            "adalovelace1",
            "lovelace-ada",
        ] {
            let names = ["ada", "Ada Lovelace", "lovelace ada"];
            assert!(check(password, &names).is_err(), "{password}");
        }
        assert!(check(&"x y z w ".repeat(60), &[]).is_err());
        for password in ["correct horse battery", "Tr0ub4dor&3x", "šířka hladiny"] {
            assert!(check(password, &["ada", ""]).is_ok(), "{password}");
        }
    }
}
