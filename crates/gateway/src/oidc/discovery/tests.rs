//! Descriptions that lead elsewhere.

use super::super::settings::SignUp;
use super::*;
use expect_test::expect;
use serde_json::{Value, json};
use std::fmt::Write;
use stdx::noise::Noise;

fn provider(issuer: &str) -> OidcProvider {
    OidcProvider {
        id: "company".to_owned(),
        label: "Company".to_owned(),
        issuer: issuer.to_owned(),
        client_id: "stead".to_owned(),
        client_secret: Some("s3cret".to_owned().into()),
        scopes: Vec::new(),
        email_domains: Vec::new(),
        sign_up: SignUp::Invited,
        endpoint_hosts: vec!["keys.example.net".to_owned(), "id.example.net:8443".to_owned()],
        ca_file: None,
    }
}

fn document() -> Value {
    json!({
        "issuer": "https://id.example.org",
        "authorization_endpoint": "https://id.example.org/authorize?tenant=1",
        "token_endpoint": "https://id.example.org/token",
        "jwks_uri": "https://keys.example.net/jwks",
        "userinfo_endpoint": "https://id.example.net:8443/me",
    })
}

fn read(document: &Value) -> Result<Metadata, String> {
    Metadata::read(&provider("https://id.example.org"), document.to_string().as_bytes())
}

fn with(name: &str, value: Value) -> Result<Metadata, String> {
    let mut document = document();
    document[name] = value;
    read(&document)
}

#[test]
fn a_good_description_is_taken() {
    let metadata = read(&document()).unwrap();
    assert_eq!(metadata.client_auth, ClientAuth::Basic);
    assert_eq!(metadata.token.place(), "id.example.org:443");
    assert!(!metadata.names_issuer);
    let post = with("token_endpoint_auth_methods_supported", json!(["client_secret_post"]));
    assert_eq!(post.unwrap().client_auth, ClientAuth::Post);
    assert!(
        with("authorization_response_iss_parameter_supported", json!(true)).unwrap().names_issuer
    );
    assert!(with("code_challenge_methods_supported", json!(["plain", "S256"])).is_ok());
}

#[test]
fn a_description_that_leads_elsewhere_is_refused() {
    let mut told = String::new();
    for (name, value) in [
        ("issuer", "https://id.example.org/"),
        ("issuer", "https://evil.example"),
        ("token_endpoint", "https://evil.example/token"),
        ("token_endpoint", "http://id.example.org/token"),
        ("token_endpoint", "http://127.0.0.1/token"),
        ("token_endpoint", "https://id.example.org:8443/token"),
        ("token_endpoint", "https://id.example.org@evil.example/token"),
        ("token_endpoint", "https://id.example.org.evil.example/token"),
        ("jwks_uri", "https://169.254.169.254/latest/meta-data"),
        ("jwks_uri", "https://localhost:7832/api/v1/me"),
        ("jwks_uri", "file:///etc/passwd"),
        ("jwks_uri", "/jwks"),
        ("userinfo_endpoint", "https://id.example.net/me"),
        ("authorization_endpoint", "javascript:alert(1)"),
        ("authorization_endpoint", "https://id.example.org/#fragment"),
        ("authorization_endpoint", "https://id.example.org/\r\nset-cookie: a"),
    ] {
        writeln!(told, "{}", with(name, json!(value)).unwrap_err()).unwrap();
    }
    let methods = with("token_endpoint_auth_methods_supported", json!(["private_key_jwt"]));
    writeln!(told, "{}", methods.unwrap_err()).unwrap();
    let challenges = with("code_challenge_methods_supported", json!(["plain"]));
    writeln!(told, "{}", challenges.unwrap_err()).unwrap();
    expect![[r"
        it calls itself `https://id.example.org/` and not `https://id.example.org`; both must be the same to the letter
        it calls itself `https://evil.example` and not `https://id.example.org`; both must be the same to the letter
        its token_endpoint is at `evil.example:443`, which is not the issuer's own host; if that is right, add it to `endpoint-hosts`
        its token_endpoint `http://id.example.org/token` must begin with https:// (http:// is for this machine only)
        its token_endpoint `http://127.0.0.1/token` must begin with https://
        its token_endpoint is at `id.example.org:8443`, which is not the issuer's own host; if that is right, add it to `endpoint-hosts`
        its token_endpoint `https://id.example.org@evil.example/token` is not an address of the form https://host/path
        its token_endpoint is at `id.example.org.evil.example:443`, which is not the issuer's own host; if that is right, add it to `endpoint-hosts`
        its jwks_uri is at `169.254.169.254:443`, which is not the issuer's own host; if that is right, add it to `endpoint-hosts`
        its jwks_uri is at `localhost:7832`, which is not the issuer's own host; if that is right, add it to `endpoint-hosts`
        its jwks_uri `file:///etc/passwd` is not an address of the form https://host/path
        its jwks_uri `/jwks` is not an address of the form https://host/path
        its userinfo_endpoint is at `id.example.net:443`, which is not the issuer's own host; if that is right, add it to `endpoint-hosts`
        its authorization_endpoint `javascript:alert(1)` is not an address of the form https://host/path
        its authorization_endpoint `https://id.example.org/#fragment` is not an address of the form https://host/path
        its authorization_endpoint `https://id.example.org/set-cookie: a` is not an address of the form https://host/path
        it takes a client's secret neither as client_secret_basic nor as client_secret_post
        it does not take PKCE with S256
    "]]
    .assert_eq(&told);
}

#[test]
fn only_this_machine_is_asked_without_tls() {
    for issuer in
        ["http://id.example.org", "ftp://id.example.org", "id.example.org", "", "https://"]
    {
        assert!(address(issuer).is_err(), "{issuer}");
    }
    assert!(address("https://id.example.org?x").is_err());
    for issuer in ["http://localhost:4000", "http://127.0.0.1:4000/realm", "http://[::1]:4000"] {
        assert!(!address(issuer).unwrap().secure, "{issuer}");
    }
    let near = address("http://127.0.0.1:4000/realm").unwrap();
    assert_eq!(near.place(), "127.0.0.1:4000");
}

#[test]
fn a_damaged_description_is_read_or_refused() {
    let good = document().to_string();
    let provider = provider("https://id.example.org");
    let known = ["id.example.org:443", "keys.example.net:443", "id.example.net:8443"];
    for seed in 0..5_000 {
        if let Ok(metadata) = Metadata::read(&provider, &Noise::new(seed).damaged(&good)) {
            for endpoint in [Some(metadata.token), Some(metadata.keys), metadata.userinfo] {
                let place = endpoint.map(|it| it.place());
                assert!(place.is_none_or(|it| known.contains(&it.as_str())), "{seed}");
            }
        }
    }
}
