//! Tokens that lie, tokens that are damaged, and the one that is right.

use super::*;
use expect_test::expect;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use serde_json::json;
use std::fmt::Write;
use stdx::noise::Noise;

const NOW: f64 = 1_000_000.0;

/// A provider's keys, and their private halves.
struct Signer {
    ec: EcdsaKeyPair,
    ed: Ed25519KeyPair,
}

impl Signer {
    fn new() -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let ec = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        let document = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let ed = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        Self { ec, ed }
    }

    fn ec_jwk(&self, kid: &str) -> Value {
        let point = self.ec.public_key().as_ref();
        let (x, y) = (to_base64url(&point[1..33]), to_base64url(&point[33..]));
        json!({"kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", "x": x, "y": y})
    }

    fn ed_jwk(&self, kid: &str) -> Value {
        let x = to_base64url(self.ed.public_key().as_ref());
        json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "alg": "EdDSA", "x": x})
    }

    fn keys(&self) -> KeySet {
        set(&[self.ec_jwk("ec"), self.ed_jwk("ed")])
    }

    fn sign(&self, header: &Value, claims: &str) -> String {
        let message = unsigned(header, claims);
        let signature = match header["alg"].as_str() {
            Some("EdDSA") => self.ed.sign(message.as_bytes()).as_ref().to_vec(),
            _ => self.ec.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec(),
        };
        format!("{message}.{}", to_base64url(&signature))
    }
}

fn set(keys: &[Value]) -> KeySet {
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn unsigned(header: &Value, claims: &str) -> String {
    let header = to_base64url(header.to_string().as_bytes());
    format!("{header}.{}", to_base64url(claims.as_bytes()))
}

fn header() -> Value {
    json!({"alg": "ES256", "kid": "ec", "typ": "JWT"})
}

fn claims() -> Value {
    json!({"iss": "https://id.example.org", "sub": "24400320", "aud": "stead", "exp": NOW + 300.0,
        "iat": NOW, "nonce": "n-0S6", "email": "ada@example.org", "email_verified": true})
}

fn expected() -> Expected<'static> {
    Expected {
        issuer: "https://id.example.org",
        client_id: "stead",
        nonce: "n-0S6",
        access_token: "token",
        begun_s: NOW - 30.0,
        now_s: NOW + 1.0,
    }
}

/// What becomes of the good claims with one of them changed; `null` leaves it out.
fn with(signer: &Signer, name: &str, value: Value) -> Result<Claims, TokenError> {
    let mut claims = claims();
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name);
    } else {
        claims[name] = value;
    }
    verify(&signer.sign(&header(), &claims.to_string()), &signer.keys(), &expected())
}

#[test]
fn a_good_token_is_believed() {
    let signer = Signer::new();
    for header in [header(), json!({"alg": "ES256"}), json!({"alg": "EdDSA", "kid": "ed"})] {
        let token = signer.sign(&header, &claims().to_string());
        let claims = verify(&token, &signer.keys(), &expected()).unwrap();
        assert_eq!(claims.sub, "24400320");
        assert_eq!(claims.profile.email_verified, Some(Value::Bool(true)));
    }
    // The example of RFC 8037 A.4: another program's signature.
    let jwk = json!({"kty": "OKP", "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let keys = set(&[jwk]);
    let key = keys.find(None, Algorithm::EdDsa).unwrap();
    let signature =
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    assert!(key.verify(message, &base64url(signature).unwrap()));
}

#[test]
fn every_claim_that_lies_is_found() {
    let signer = Signer::new();
    let half = |text: &str| to_base64url(&Algorithm::Es256.half_hash(text));
    let mut told = String::new();
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("iss", json!("https://id.example.org/")),
        ("iss", json!(null)),
        ("aud", json!("other")),
        ("aud", json!(["other"])),
        ("aud", json!(["stead", "other"])),
        ("aud", json!([])),
        ("aud", json!({"stead": true})),
        ("azp", json!("other")),
        ("nonce", json!("another")),
        ("nonce", json!(null)),
        ("sub", json!("")),
        ("sub", json!("a\nb")),
        ("sub", json!("x".repeat(256))),
        ("sub", json!(7)),
        ("at_hash", json!(half("another token"))),
        ("exp", json!(NOW - 60.0)),
        ("exp", json!("1000300")),
        ("exp", json!(null)),
        ("iat", json!(NOW + 62.0)),
        ("iat", json!(NOW - 91.0)),
        ("iat", json!(null)),
        ("nbf", json!(NOW + 62.0)),
    ] {
        let error = with(&signer, name, value.clone()).unwrap_err();
        let value: String = value.to_string().chars().take(30).collect();
        writeln!(told, "{name} {value}: {error:?}").unwrap();
    }
    expect![[r#"
        iss "https://evil.example": Issuer
        iss "https://id.example.org/": Issuer
        iss null: Malformed("its claims")
        aud "other": Audience
        aud ["other"]: Audience
        aud ["stead","other"]: Audience
        aud []: Audience
        aud {"stead":true}: Malformed("its claims")
        azp "other": Audience
        nonce "another": Nonce
        nonce null: Nonce
        sub "": Subject
        sub "a\nb": Subject
        sub "xxxxxxxxxxxxxxxxxxxxxxxxxxxxx: Subject
        sub 7: Malformed("its claims")
        at_hash "GDQRhYQJOQ2LspH43Iv7Mw": AccessHash
        exp 999940.0: Clock
        exp "1000300": Malformed("its claims")
        exp null: Malformed("its claims")
        iat 1000062.0: Clock
        iat 999909.0: Clock
        iat null: Malformed("its claims")
        nbf 1000062.0: Clock
    "#]]
    .assert_eq(&told);
    for (name, value) in [
        ("aud", json!(["stead"])),
        ("azp", json!("stead")),
        ("at_hash", json!(half("token"))),
        ("exp", json!(NOW - 58.0)),
        ("iat", json!(NOW + 60.5)),
        ("nbf", json!(NOW + 60.0)),
        ("groups", json!(["a", {"b": 1}])),
    ] {
        assert!(with(&signer, name, value.clone()).is_ok(), "{name} {value}");
    }
}

/// A key of 2048 bits and a token that Node's OpenSSL signed with it.
const RSA_N: &str = "zcGMpW544x0z8vXznmXlNjGygBBlMpxQ45fNzjxM4NxdkgpV7DYfJj8OaoftQzpplLSGfTzpp9POm-TDZRHgCR2n\
         zqonC7a1X2BdYfxArMacBbAplgH5BAaRmrCmuYyywiOvewjYeDKX8buKgF26i8Jfgz1fuITvl_7ONJ08qdUAq5Ts\
         tjPy-PKED0IIHTQGA9bsq7ikFe0Keh3LKQ-GRCLw1gE7I4NyvgFktAVI5XJTDLJgvErCByPPmcYL8k1OHtfn1UV6\
         ghx5ccwOaBeh2phUs_DZITWR7Dk6U47MOusuIfNQu25zK5dNFIMp0zFCbTJCo8slj9SSo16PwsFsxQ";
const RSA_TOKEN: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUub3JnIiwic3ViIjo\
         iMjQ0MDAzMjAiLCJhdWQiOiJzdGVhZCIsImV4cCI6MTAwMDMwMCwiaWF0IjoxMDAwMDAwLCJub25jZSI6Im4tMFM\
         2In0.xtpWdx9gpKrxIeiRgrT-LUDqXQkrNRfckUJhhU8SHepcsNWiuf8Q386BBK4ELi0cMVml1HbHhQxiItlVM-u\
         r2lUvLKXQu72OE0fO-x-RZ9dciKYKGp9ybY2YXJLokYOZAzlJOinHPV3f8z-luoLcrFxWdRvm_XM9pK8UzD5RD1Z\
         7WSq9XHVkeuR8rCjcWTi65gy1cSOURS7i2pcdKR2jpW4myaC0EXE3ufFLDuMqxZkVrrxez-uniFJ_ATQ2VYZJlpq\
         8KAhBSVZhLh5G3hTyMOK04k09gmX1_tNI5CsQErjQjF-oocIxeK145IJalumhHyeI4y4oxGsx4HTH3cGNcw";
/// The same with 1024 bits.
const SHORT_RSA_N: &str = "3Xv6x0ydpp6iXfyJMhDeed_l_K485UEIfNB3JZZFitxLbdXc3BoHlFAexi94PIAAJ65JFG0jmFsET_x5it_B5bsU\
         7KNa8csXJwsUBDvIdiO6uHJ5mCNnhDlxYfnuVJiH6KlBGaC5IOBfMxihd55h-kDBl0WdFSLc9vXtMx4fJK8";
const SHORT_RSA_TOKEN: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUub3JnIiwic3ViIjo\
         iMjQ0MDAzMjAiLCJhdWQiOiJzdGVhZCIsImV4cCI6MTAwMDMwMCwiaWF0IjoxMDAwMDAwLCJub25jZSI6Im4tMFM\
         2In0.sHHLPERLTiBThsb1HIZs1xyEo847rPuqPJn8y-Szrwsw4D1AUB2TWhuN10XRN9gBMFe51gZ2uLxKMuQ6HIE\
         V17GD46onylF-HQjqPOpNOy1J6JBtwc35v3ocxntCqyLyON5UVzdszjBivOld9vOHhBDpUZxCvPHZ2SXMEe1tl0w";

#[test]
fn an_rsa_signature_needs_a_key_that_is_long_enough() {
    let rsa = |n: &str| set(&[json!({"kty": "RSA", "kid": "rsa", "n": n, "e": "AQAB"})]);
    assert!(verify(RSA_TOKEN, &rsa(RSA_N), &expected()).is_ok());
    // Some providers write a zero before the number.
    let mut number = vec![0];
    number.extend(base64url(RSA_N).unwrap());
    assert!(verify(RSA_TOKEN, &rsa(&to_base64url(&number)), &expected()).is_ok());
    let read = verify(SHORT_RSA_TOKEN, &rsa(SHORT_RSA_N), &expected());
    assert_eq!(read, Err(TokenError::Signature));
    let read = verify(RSA_TOKEN, &rsa(SHORT_RSA_N), &expected());
    assert_eq!(read, Err(TokenError::Signature));
}

#[test]
fn several_readers_need_one_who_asked() {
    let signer = Signer::new();
    let mut claims = claims();
    claims["aud"] = json!(["stead", "project"]);
    claims["azp"] = json!("stead");
    let token = signer.sign(&header(), &claims.to_string());
    assert!(verify(&token, &signer.keys(), &expected()).is_ok());
    claims["aud"] = json!(["project", "other"]);
    let token = signer.sign(&header(), &claims.to_string());
    assert_eq!(verify(&token, &signer.keys(), &expected()), Err(TokenError::Audience));
}

#[test]
fn a_claim_that_is_there_twice_is_no_claim() {
    let signer = Signer::new();
    for twice in [r#""iss":"https://id.example.org""#, r#""sub":"1""#, r#""email_verified":true"#] {
        let mut text = claims().to_string();
        text.pop();
        let token = signer.sign(&header(), &format!("{text},{twice}}}"));
        let read = verify(&token, &signer.keys(), &expected());
        assert_eq!(read, Err(TokenError::Malformed("its claims")), "{twice}");
    }
}

#[test]
fn a_signature_is_the_provider_s_or_none() {
    let signer = Signer::new();
    let (keys, claims) = (signer.keys(), claims().to_string());
    let read = |token: &str| verify(token, &keys, &expected()).unwrap_err();
    // Another's key under the same name.
    assert_eq!(read(&Signer::new().sign(&header(), &claims)), TokenError::Signature);
    for alg in ["none", "None", "HS256", "RS512", "es256", ""] {
        let mut header = header();
        header["alg"] = json!(alg);
        let message = unsigned(&header, &claims);
        assert_eq!(read(&format!("{message}.")), TokenError::Algorithm, "{alg}");
    }
    // The public key as the secret of a symmetric signature.
    let header_hs = json!({"alg": "HS256", "kid": "ec"});
    let message = unsigned(&header_hs, &claims);
    let key = hmac::Key::new(hmac::HMAC_SHA256, signer.ec.public_key().as_ref());
    let tag = hmac::sign(&key, message.as_bytes());
    let forged = format!("{message}.{}", to_base64url(tag.as_ref()));
    assert_eq!(read(&forged), TokenError::Algorithm);
    // A key of one kind is not one of another.
    for (alg, kid) in [("EdDSA", "ec"), ("RS256", "ec"), ("ES256", "ed"), ("ES256", "unknown")] {
        let token = signer.sign(&json!({"alg": alg, "kid": kid}), &claims);
        assert_eq!(read(&token), TokenError::UnknownKey, "{alg} {kid}");
    }
    // Only the signed text counts.
    let token = signer.sign(&header(), &claims);
    let (message, signature) = token.rsplit_once('.').unwrap();
    let evil = claims.replace("24400320", "24400321");
    assert_eq!(read(&format!("{}.{signature}", unsigned(&header(), &evil))), TokenError::Signature);
    assert_eq!(read(&format!("{message}.")), TokenError::Signature);
}

#[test]
fn a_key_is_named_where_there_are_several() {
    let signer = Signer::new();
    let token = signer.sign(&json!({"alg": "ES256"}), &claims().to_string());
    let keys = set(&[signer.ec_jwk("one"), Signer::new().ec_jwk("two")]);
    assert_eq!(verify(&token, &keys, &expected()), Err(TokenError::AmbiguousKey));
    // The same name twice helps nobody.
    let keys = set(&[signer.ec_jwk("ec"), Signer::new().ec_jwk("ec")]);
    let token = signer.sign(&header(), &claims().to_string());
    assert_eq!(verify(&token, &keys, &expected()), Err(TokenError::AmbiguousKey));
}

#[test]
fn a_token_of_another_kind_is_refused() {
    let signer = Signer::new();
    for header in [
        json!({"alg": "ES256", "kid": "ec", "typ": "at+jwt"}),
        json!({"alg": "ES256", "kid": "ec", "typ": "logout+jwt"}),
        json!({"alg": "ES256", "kid": "ec", "crit": ["exp"]}),
        json!({"kid": "ec"}),
        json!({"alg": ["ES256"]}),
        json!([]),
    ] {
        let token = signer.sign(&header, &claims().to_string());
        let read = verify(&token, &signer.keys(), &expected());
        assert!(matches!(read, Err(TokenError::Malformed(_))), "{header}: {read:?}");
    }
}

#[test]
fn keys_of_other_kinds_and_purposes_are_left_out() {
    let signer = Signer::new();
    let mut encrypts = signer.ec_jwk("a");
    encrypts["use"] = json!("enc");
    let mut other_algorithm = signer.ec_jwk("b");
    other_algorithm["alg"] = json!("ES384");
    let mut cannot = signer.ec_jwk("c");
    cannot["key_ops"] = json!(["encrypt"]);
    let mut short = signer.ec_jwk("d");
    short["x"] = json!("AAAA");
    let symmetric = json!({"kty": "oct", "kid": "e", "k": "AAAA"});
    let bad = [encrypts, other_algorithm, cannot, short, symmetric, json!(7), json!({})];
    let document = |keys: &[Value]| json!({ "keys": keys }).to_string();
    assert!(KeySet::parse(document(&bad).as_bytes()).is_err());
    let mut all = bad.to_vec();
    all.push(signer.ec_jwk("ec"));
    assert_eq!(KeySet::parse(document(&all).as_bytes()).unwrap().len(), 1);
    let many: Vec<Value> = (0..65).map(|it| signer.ec_jwk(&it.to_string())).collect();
    assert!(KeySet::parse(document(&many).as_bytes()).is_err());
    assert!(KeySet::parse(b"{}").is_err() && KeySet::parse(b"").is_err());
}

#[test]
fn a_damaged_token_is_refused_and_nothing_else_happens() {
    let signer = Signer::new();
    let (keys, good) = (signer.keys(), signer.sign(&header(), &claims().to_string()));
    let believed = verify(&good, &keys, &expected()).unwrap();
    for seed in 0..5_000 {
        let damaged = Noise::new(seed).damaged(&good);
        let text = String::from_utf8_lossy(&damaged);
        match verify(&text, &keys, &expected()) {
            Ok(claims) => assert_eq!((&*text, claims), (good.as_str(), believed.clone()), "{seed}"),
            Err(_) => assert_ne!(text, good, "{seed}"),
        }
    }
    let pieces = [
        ".",
        "..",
        "e30",
        "eyJhbGciOiJub25lIn0",
        "eyJhbGciOiJFUzI1NiJ9",
        "=",
        "-_",
        "é",
        "A",
        "\0",
    ];
    for seed in 0..5_000 {
        let text = Noise::new(seed).text(&pieces, 8);
        assert!(verify(&text, &keys, &expected()).is_err(), "{text:?}");
    }
    let long = format!("{good}{}", "A".repeat(TOKEN_BYTES_MAX));
    assert_eq!(verify(&long, &keys, &expected()), Err(TokenError::Malformed("it is too long")));
}

#[test]
fn a_damaged_payload_that_is_signed_changes_nobody() {
    // What a provider with a defect may sign: never a panic, and never another person.
    let (signer, good) = (Signer::new(), claims().to_string());
    for seed in 0..500 {
        let damaged = Noise::new(seed).damaged(&good);
        let text = String::from_utf8_lossy(&damaged);
        if let Ok(claims) = verify(&signer.sign(&header(), &text), &signer.keys(), &expected()) {
            assert_eq!(claims.iss, expected().issuer, "{text}");
            assert!(is_subject(&claims.sub), "{text}");
        }
    }
}
