//! What a provider says of a person, and whether it will do.

use super::problem::Trouble;
use super::settings::OidcProvider;
use super::token::Profile;
use protocol::account::OidcProblem as Problem;
use protocol::workspace::NAME_LENGTH_MAX;
use serde_json::Value;

/// Longest e-mail address (RFC 5321).
const EMAIL_LENGTH_MAX: usize = 254;

/// Somebody whom a provider vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) issuer: String,
    /// What the provider never gives to another.
    pub(super) subject: String,
    /// Verified by the provider.
    pub(super) email: String,
    /// How the person is called there; fit to be shown.
    pub(super) name: String,
    /// What its log-in name here is made of.
    pub(super) handle: String,
}

/// Judges the address, and finds a name.
pub(super) fn person(
    provider: &OidcProvider,
    subject: String,
    profile: &Profile,
) -> Result<Person, Trouble> {
    let email = email(profile)?;
    let domain = email.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    let domains = &provider.email_domains;
    if !domains.is_empty() && !domains.contains(&domain) {
        let why = format!("addresses at `{domain}` are not let in");
        return Err(Trouble::new(Problem::EmailDomain, why));
    }
    let handle = text(profile.preferred_username.as_ref()).unwrap_or_else(|| email.clone());
    let before_at = email.split('@').next().unwrap_or_default();
    let name = text(profile.name.as_ref()).or_else(|| text(profile.preferred_username.as_ref()));
    let name = name.unwrap_or_else(|| shown(before_at).unwrap_or_else(|| "Somebody".to_owned()));
    Ok(Person { issuer: provider.issuer.clone(), subject, email, name, handle })
}

/// The address, if the provider says that it is the person's. Only the word `true` says so: a text
/// that reads `true` may have been filled in by the person itself.
fn email(profile: &Profile) -> Result<String, Trouble> {
    let refuse = |why: &str| Err(Trouble::new(Problem::EmailUnverified, why));
    let email = match &profile.email {
        Some(Value::String(email)) if is_address(email) => email,
        Some(_) => return refuse("the provider's e-mail address is none"),
        None => return refuse("the provider gives no e-mail address (is the scope `email` on?)"),
    };
    match &profile.email_verified {
        Some(Value::Bool(true)) => Ok(email.clone()),
        Some(Value::Bool(false)) => refuse("the provider says that the address is not verified"),
        Some(_) => refuse("`email_verified` is neither true nor false, as it has to be"),
        None => refuse("the provider does not say whether the address is verified"),
    }
}

fn is_address(text: &str) -> bool {
    let Some((before, domain)) = text.split_once('@') else { return false };
    text.len() <= EMAIL_LENGTH_MAX
        && !before.is_empty()
        && !domain.is_empty()
        && !domain.contains('@')
        && !text.contains(|it: char| it.is_control() || it.is_whitespace())
}

/// A claim that is a text, fit to be shown.
fn text(claim: Option<&Value>) -> Option<String> {
    shown(claim?.as_str()?)
}

/// One line of at most as many characters as a name has.
fn shown(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|it| !it.is_control()).take(NAME_LENGTH_MAX).collect();
    let plain = plain.trim();
    (!plain.is_empty()).then(|| plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::settings::SignUp;
    use super::*;
    use serde_json::json;

    fn check(claims: Value, domains: &[&str]) -> Result<Person, Problem> {
        let profile: Profile = serde_json::from_value(claims).unwrap_or_default();
        let provider = OidcProvider {
            id: "company".to_owned(),
            label: "Company".to_owned(),
            issuer: "https://id.example.org".to_owned(),
            client_id: "stead".to_owned(),
            client_secret: None,
            scopes: Vec::new(),
            email_domains: domains.iter().map(|it| (*it).to_owned()).collect(),
            sign_up: SignUp::Invited,
            endpoint_hosts: Vec::new(),
            ca_file: None,
        };
        person(&provider, "1".to_owned(), &profile).map_err(|it| it.problem)
    }

    #[test]
    fn only_the_word_true_verifies_an_address() {
        for verified in [json!("true"), json!(1), json!(false), json!(null), json!([true])] {
            let claims = json!({"email": "ada@example.org", "email_verified": verified});
            assert_eq!(check(claims, &[]), Err(Problem::EmailUnverified), "{verified}");
        }
        assert_eq!(check(json!({"email": "ada@example.org"}), &[]), Err(Problem::EmailUnverified));
        let claims = json!({"email": "ada@example.org", "email_verified": true});
        assert_eq!(check(claims, &[]).unwrap().email, "ada@example.org");
    }

    #[test]
    fn what_is_no_address_verifies_nothing() {
        for email in [
            json!(""),
            json!("ada"),
            json!("@example.org"),
            json!("ada@"),
            json!("\"a@evil.example\"@example.org"),
            json!("ada@example.org\n"),
            json!("a b@example.org"),
            json!(7),
            json!(format!("{}@example.org", "a".repeat(300))),
        ] {
            let claims = json!({"email": email, "email_verified": true});
            assert_eq!(check(claims, &["example.org"]), Err(Problem::EmailUnverified), "{email}");
        }
    }

    #[test]
    fn a_domain_is_the_whole_domain() {
        let domains = ["example.org"];
        let check = |email: &str| check(json!({"email": email, "email_verified": true}), &domains);
        assert!(check("ada@Example.ORG").is_ok());
        for email in ["ada@evil.example", "ada@sub.example.org", "ada@notexample.org"] {
            assert_eq!(check(email), Err(Problem::EmailDomain), "{email}");
        }
    }

    #[test]
    fn a_name_is_found_and_fit_to_be_shown() {
        let named = |mut claims: Value| {
            claims["email"] = json!("ada.l@example.org");
            claims["email_verified"] = json!(true);
            let person = check(claims, &[]).unwrap();
            (person.name, person.handle)
        };
        let both = |name: &str, handle: &str| (name.to_owned(), handle.to_owned());
        let claims = json!({"name": " Ada\u{7} L ", "preferred_username": "ada"});
        assert_eq!(named(claims), both("Ada L", "ada"));
        assert_eq!(named(json!({"name": ["Ada"]})), both("ada.l", "ada.l@example.org"));
        assert_eq!(named(json!({"name": "x".repeat(500)})).0.len(), NAME_LENGTH_MAX);
    }
}
