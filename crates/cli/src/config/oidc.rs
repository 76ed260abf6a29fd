//! OpenID providers: one file each, named by `oidc-provider`. A secret is in a file of its own or
//! in the environment, never in a flag.

use crate::environment;
use anyhow::{Context, bail};
use gateway::{ID_LENGTH_MAX, OidcProvider, SignUp};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use stdx::Secret;

/// What a file may say, under these names.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Description {
    /// The file's own name when absent.
    id: Option<String>,
    label: Option<String>,
    issuer: String,
    client_id: String,
    client_secret_file: Option<PathBuf>,
    scopes: Option<Vec<String>>,
    #[serde(default)]
    email_domains: Vec<String>,
    sign_up: Option<String>,
    #[serde(default)]
    endpoint_hosts: Vec<String>,
    ca_file: Option<PathBuf>,
}

/// Reads the files of all providers.
pub(super) fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<OidcProvider>> {
    let mut providers = Vec::<OidcProvider>::new();
    for path in paths {
        let provider = provider(path)
            .with_context(|| format!("in the OpenID provider's file `{}`", path.display()))?;
        let same = |it: &OidcProvider| it.id == provider.id || it.issuer == provider.issuer;
        if let Some(other) = providers.iter().find(|it| same(it)) {
            bail!(
                "the OpenID providers `{}` ({}) and `{}` ({}) need ids and issuers of their own",
                other.id,
                other.issuer,
                provider.id,
                provider.issuer
            );
        }
        providers.push(provider);
    }
    Ok(providers)
}

fn provider(path: &Path) -> anyhow::Result<OidcProvider> {
    let text = std::fs::read_to_string(path).context("it cannot be read")?;
    let file: Description = toml::from_str(&text)?;
    let stem = path.file_stem().and_then(|it| it.to_str()).unwrap_or_default();
    let id = file.id.unwrap_or_else(|| stem.to_owned());
    let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    if !(1..=ID_LENGTH_MAX).contains(&id.len()) || !id.bytes().all(plain) {
        bail!(
            "`id` is `{id}` (the file's name when it is not set) and must be 1 to {ID_LENGTH_MAX} \
             of a to z, 0 to 9 and `-`"
        );
    }
    let directory = path.parent().unwrap_or(Path::new("."));
    let sign_up = match file.sign_up.as_deref() {
        None | Some("invited") => SignUp::Invited,
        Some("anyone") => SignUp::Anyone,
        Some(other) => bail!("`sign-up` is `{other}` and must be `invited` or `anyone`"),
    };
    let lower = |list: Vec<String>| list.iter().map(|it| it.trim().to_ascii_lowercase()).collect();
    let scopes = file.scopes.unwrap_or_else(|| vec!["email".to_owned(), "profile".to_owned()]);
    Ok(OidcProvider {
        label: file.label.unwrap_or_else(|| capitalised(&id)),
        issuer: file.issuer,
        client_id: file.client_id,
        client_secret: secret(&id, file.client_secret_file.map(|it| directory.join(it)))?,
        scopes: scopes.into_iter().filter(|it| it != "openid").collect(),
        email_domains: lower(file.email_domains),
        sign_up,
        endpoint_hosts: lower(file.endpoint_hosts),
        ca_file: file.ca_file.map(|it| directory.join(it)),
        id,
    })
}

/// `company` is called Company where nobody says how.
fn capitalised(id: &str) -> String {
    let mut letters = id.chars();
    letters.next().map(|it| it.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The variable that may hold a provider's secret.
fn variable(id: &str) -> String {
    format!("STEAD_OIDC_SECRET_{}", id.to_uppercase().replace('-', "_"))
}

/// The secret by which the provider knows this Stead; a public client has none.
fn secret(id: &str, file: Option<PathBuf>) -> anyhow::Result<Option<Secret<String>>> {
    let variable = variable(id);
    let (text, place) = match (environment::get(&variable), file) {
        (Some(_), Some(_)) => {
            bail!("{variable} and `client-secret-file` are both set; one is enough")
        }
        (Some(text), None) => (text, variable),
        (None, Some(file)) => {
            let place = format!("`client-secret-file` `{}`", file.display());
            (
                std::fs::read_to_string(&file)
                    .with_context(|| format!("{place} cannot be read"))?,
                place,
            )
        }
        (None, None) => return Ok(None),
    };
    let text = Secret::new(text);
    let trimmed = text.expose().trim();
    if trimmed.is_empty() || !trimmed.bytes().all(|it| matches!(it, b' '..=b'~')) {
        bail!("{place} must hold one secret on one line");
    }
    Ok(Some(Secret::new(trimmed.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, text: &str) -> anyhow::Result<OidcProvider> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join(name);
        std::fs::write(directory.path().join("secret"), " s3cret\n")?;
        std::fs::write(directory.path().join("empty"), "\n")?;
        std::fs::write(&path, text)?;
        let mut read = read(&[path])?;
        read.pop().context("one was read")
    }

    const LEAST: &str = "issuer = 'https://id.example.org'\nclient-id = 'stead'\n";

    #[test]
    fn little_needs_to_be_said() {
        let provider = check("company.toml", LEAST).unwrap();
        assert_eq!((provider.id.as_str(), provider.label.as_str()), ("company", "Company"));
        assert_eq!(provider.scopes, ["email", "profile"]);
        assert_eq!(provider.sign_up, SignUp::Invited);
        assert!(provider.client_secret.is_none() && provider.email_domains.is_empty());
    }

    #[test]
    fn a_secret_is_in_a_file_of_its_own() {
        let text = format!("{LEAST}client-secret-file = 'secret'\nemail-domains = ['Example.ORG']");
        let provider = check("company.toml", &text).unwrap();
        assert_eq!(provider.client_secret.as_ref().unwrap().expose(), "s3cret");
        assert_eq!(provider.email_domains, ["example.org"]);
        assert!(!format!("{provider:?}").contains("s3cret"));
    }

    #[test]
    fn mistakes_are_told_with_the_file() {
        for (name, more, what) in [
            ("a.toml", "client-secret = 's3cret'", "client-secret"),
            ("a.toml", "client-secret-file = 'empty'", "one secret on one line"),
            ("a.toml", "client-secret-file = 'missing'", "missing"),
            ("a.toml", "sign-up = 'all'", "`invited` or `anyone`"),
            ("a.toml", "id = 'A/b'", "`id` is `A/b`"),
            ("Über.toml", "", "the file's name"),
        ] {
            let error = format!("{:#}", check(name, &format!("{LEAST}{more}")).unwrap_err());
            assert!(error.contains(what) && error.contains(name), "{name} {more}: {error}");
        }
        assert!(check("a.toml", "issuer = 'https://id.example.org'").is_err());
    }

    #[test]
    fn two_providers_are_told_apart() {
        let directory = tempfile::tempdir().unwrap();
        let paths = ["a.toml", "b.toml"].map(|it| directory.path().join(it));
        for path in &paths {
            std::fs::write(path, LEAST).unwrap();
        }
        assert!(read(&paths).unwrap_err().to_string().contains("issuers of their own"));
    }
}
