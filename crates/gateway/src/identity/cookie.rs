//! The cookie that keeps a browser signed in.

use super::LOGIN_LIFETIME_MS;

/// Name of the cookie. Under TLS its prefix makes browsers refuse one set by a subdomain.
pub(crate) const fn name(secure: bool) -> &'static str {
    if secure { "__Host-stead-session" } else { "stead_session" }
}

/// A `Set-Cookie` value that signs in.
pub(crate) fn set(secret: &str, secure: bool) -> String {
    format!(
        "{}={secret}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}",
        name(secure),
        LOGIN_LIFETIME_MS / 1000,
        if secure { "; Secure" } else { "" }
    )
}

/// A `Set-Cookie` value that signs out.
pub(crate) fn clear(secure: bool) -> String {
    format!(
        "{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{}",
        name(secure),
        if secure { "; Secure" } else { "" }
    )
}

/// The values of every cookie called `name` in a `Cookie` header.
pub(crate) fn values<'a>(header: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    header
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(key, _)| *key == name)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn flags_keep_scripts_and_other_sites_away() {
        expect!["stead_session=abc; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"]
            .assert_eq(&set("abc", false));
        expect![[
            "__Host-stead-session=abc; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure"
        ]]
        .assert_eq(&set("abc", true));
        expect!["__Host-stead-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"]
            .assert_eq(&clear(true));
    }
}
