//! What a URL of PostgreSQL may say of the connection, and what a person is told when none comes
//! about.
//!
//! The driver takes more than it should: it logs the value of a parameter that it does not know, and
//! ignores an authority where it was not asked to verify. Here both are refused. No error holds a
//! part of the URL but the name of a parameter or the path of a file.

use super::OpenError;
use rustls::CertificateError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::PathBuf;
use stdx::percent;

/// Parameters that the driver knows by the names that PostgreSQL's own programs give them.
const PARAMETERS: [&str; 13] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
    "statement-cache-capacity",
];
/// What is wanted of TLS, from nothing to everything.
const MODES: [&str; 5] = ["disable", "prefer", "require", "verify-ca", "verify-full"];
/// The modes that look at certificates.
const VERIFYING: [&str; 2] = ["verify-ca", "verify-full"];

/// Why a URL of PostgreSQL is not used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Its value may be a password under a wrong name, and is not told.
    #[error("the database's URL has a parameter `{0}`, which nobody knows")]
    Parameter(String),
    /// None of the five.
    #[error(
        "`sslmode` in the database's URL must be disable, prefer, require, verify-ca or verify-full"
    )]
    Mode,
    /// It would be as if it were not there.
    #[error(
        "`sslrootcert` in the database's URL is of use with sslmode=verify-full or verify-ca only; \
         name one of them"
    )]
    Unverified,
    /// One is nothing without the other.
    #[error("`sslcert` and `sslkey` in the database's URL belong together")]
    Half,
    /// A file that cannot be read, or holds something else.
    #[error("`{parameter}` in the database's URL names `{}`, which {why}", path.display())]
    File {
        /// The name of the parameter.
        parameter: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

/// Refuses a URL that the driver would understand in another way than whoever wrote it.
pub(super) fn check(url: &str) -> Result<(), UrlError> {
    let parameters = parameters(url);
    let is_known = |name: &str| {
        PARAMETERS.contains(&name) || (name.starts_with("options[") && name.ends_with(']'))
    };
    let unknown = parameters.iter().find(|(name, _)| !is_known(name));
    if let Some((name, _)) = unknown {
        return Err(UrlError::Parameter(name.clone()));
    }
    // The driver takes the last one.
    let last = |wanted: &str| parameters.iter().rfind(|it| it.0 == wanted).map(|it| it.1.as_str());
    let mode = last("sslmode").unwrap_or("prefer");
    if !MODES.contains(&mode) {
        return Err(UrlError::Mode);
    }
    if last("sslrootcert").is_some() && !VERIFYING.contains(&mode) {
        return Err(UrlError::Unverified);
    }
    if last("sslcert").is_some() != last("sslkey").is_some() {
        return Err(UrlError::Half);
    }
    for parameter in ["sslrootcert", "sslcert", "sslkey"] {
        if let Some(path) = last(parameter) {
            read(parameter, path.into())?;
        }
    }
    Ok(())
}

/// Names and values behind the question mark.
fn parameters(url: &str) -> Vec<(String, String)> {
    let Some((_, query)) = url.split_once('?') else { return Vec::new() };
    let query = query.split_once('#').map_or(query, |it| it.0);
    let plain = |text: &str| percent::decode(&text.replace('+', " "));
    let pair = |text: &str| {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        (plain(name), plain(value))
    };
    query.split('&').filter(|it| !it.is_empty()).map(pair).collect()
}

/// The driver would take a file without a certificate for one with none to add.
fn read(parameter: &'static str, path: PathBuf) -> Result<(), UrlError> {
    let why = match std::fs::read(&path) {
        Err(error) => format!("cannot be read: {error}"),
        Ok(_) if parameter == "sslkey" => return Ok(()),
        Ok(bytes) => {
            let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
            match all {
                Ok(all) if !all.is_empty() => return Ok(()),
                Ok(_) => "holds no certificate (PEM is expected)".to_owned(),
                Err(error) => format!("holds no certificate: {error}"),
            }
        }
    };
    Err(UrlError::File { parameter, path, why })
}

/// Says what to do where TLS is what is wrong.
pub(super) fn explain(error: sqlx::Error) -> OpenError {
    if let sqlx::Error::Tls(why) = &error {
        return OpenError::Tls(format!(
            "{why}; turn it on there (`ssl = on`), or say in the URL with `sslmode` what is wanted"
        ));
    }
    let inner = if let sqlx::Error::Io(it) = &error { it.get_ref() } else { None };
    match inner.and_then(|it| it.downcast_ref::<rustls::Error>()) {
        Some(it) => OpenError::Tls(format!("{it}; {}", advice(it))),
        None => OpenError::Unreachable(error),
    }
}

fn advice(error: &rustls::Error) -> &'static str {
    let rustls::Error::InvalidCertificate(what) = error else {
        return "look at PostgreSQL's log";
    };
    // An authority that was made anew has the same name and another key.
    if matches!(what, CertificateError::UnknownIssuer | CertificateError::BadSignature) {
        "name the certificate of its authority with `sslrootcert=/path/ca.pem` in the database's URL"
    } else if matches!(
        what,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
    ) {
        "write one of those names as the host in the database's URL, or `sslmode=verify-ca` to \
         trust whatever its authority has signed"
    } else if matches!(what, CertificateError::Expired | CertificateError::ExpiredContext { .. }) {
        "give PostgreSQL a new one, and look at the clocks of both machines"
    } else {
        "give PostgreSQL a certificate that an authority signed, or that was made with \
         `basicConstraints=CA:FALSE`"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_what_the_driver_does_and_its_values_are_told_to_nobody() {
        let with = |query: &str| check(&format!("postgres://u:hunter2@h/db?{query}"));
        assert_eq!(check("postgres://u:hunter2@h/db"), Ok(()));
        for query in ["sslmode=require", "host=%2Frun&user=a+b", "options[search_path]=x", ""] {
            assert_eq!(with(query), Ok(()), "{query}");
        }
        let wrong = with("passwrd=hunter2").unwrap_err();
        assert_eq!(wrong, UrlError::Parameter("passwrd".to_owned()));
        assert!(!wrong.to_string().contains("hunter2"));
        assert_eq!(with("sslmode=allow"), Err(UrlError::Mode));
        assert_eq!(with("sslmode=verify-full&sslmode=none"), Err(UrlError::Mode));
        assert_eq!(with("sslrootcert=/ca.pem"), Err(UrlError::Unverified));
        assert_eq!(with("sslmode=require&sslrootcert=/ca.pem"), Err(UrlError::Unverified));
        assert_eq!(with("sslkey=/key.pem"), Err(UrlError::Half));
        let missing = with("sslmode=verify-ca&sslrootcert=%2Fno%20where.pem").unwrap_err();
        assert!(missing.to_string().contains("/no where.pem"), "{missing}");
        let file = tempfile::NamedTempFile::new().unwrap();
        let empty = with(&format!("sslmode=verify-ca&sslrootcert={}", file.path().display()));
        assert!(empty.unwrap_err().to_string().contains("no certificate"));
    }
}
