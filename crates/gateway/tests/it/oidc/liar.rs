//! An OpenID provider of a few lines with keys of its own, which says whatever a test wants.

use crate::world::{Answer, Client, World};
use axum::Json;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use gateway::{OidcProvider, SignUp};
use http::header::{COOKIE, LOCATION};
use http::{HeaderMap, StatusCode};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use stdx::TaskScope;
use tokio::net::TcpListener;

/// By which the provider knows the gateway.
pub(crate) const SECRET: &str = "s3cret:/+ of the client";

/// A provider that runs.
#[derive(Clone)]
pub(crate) struct Liar {
    pub(crate) issuer: String,
    pub(crate) shared: Arc<Shared>,
}

/// What its endpoints say.
pub(crate) struct Shared {
    pub(crate) keys: Vec<EcdsaKeyPair>,
    /// The description of itself.
    pub(crate) document: Mutex<Value>,
    /// The whole answer in place of the keys.
    pub(crate) jwks: Mutex<Option<(StatusCode, String)>>,
    /// How often the keys were asked for.
    pub(crate) asked_for_keys: Mutex<usize>,
    /// What each code is worth, once.
    codes: Mutex<HashMap<String, Worth>>,
    /// What the userinfo endpoint says.
    pub(crate) user_info: Mutex<Value>,
}

/// What a code is swapped for.
#[derive(Clone)]
struct Worth {
    challenge: String,
    redirect_uri: String,
    answer: (StatusCode, Value),
}

/// What a test may change before it is signed.
pub(crate) struct Forge {
    pub(crate) header: Value,
    pub(crate) claims: Value,
    /// Which of the provider's keys signs; `None` leaves the signature out.
    pub(crate) key: Option<usize>,
    /// In place of the whole answer of the token endpoint.
    pub(crate) answer: Option<(StatusCode, Value)>,
}

impl Liar {
    pub(crate) async fn start(scope: &TaskScope) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/jwks"),
            "userinfo_endpoint": format!("{issuer}/me"),
        });
        let shared = Arc::new(Shared {
            keys: (0..2).map(|_| key()).collect(),
            document: Mutex::new(document),
            jwks: Mutex::default(),
            asked_for_keys: Mutex::default(),
            codes: Mutex::default(),
            user_info: Mutex::default(),
        });
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(document_of))
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .route("/me", get(user_info))
            .with_state(Arc::clone(&shared));
        scope.spawn("liar", async move {
            drop(axum::serve(listener, routes).await);
        });
        Self { issuer, shared }
    }

    /// How the gateway is told about it.
    pub(crate) fn settings(&self) -> OidcProvider {
        OidcProvider {
            id: "company".to_owned(),
            label: "Company".to_owned(),
            issuer: self.issuer.clone(),
            client_id: "stead".to_owned(),
            client_secret: Some(SECRET.to_owned().into()),
            scopes: vec!["email".to_owned(), "profile".to_owned()],
            email_domains: Vec::new(),
            sign_up: SignUp::Invited,
            endpoint_hosts: Vec::new(),
            ca_file: None,
        }
    }

    pub(crate) fn jwk(&self, index: usize) -> Value {
        let point = self.shared.keys[index].public_key().as_ref();
        let (x, y) = (base64url(&point[1..33]), base64url(&point[33..]));
        json!({"kty": "EC", "crv": "P-256", "kid": index.to_string(), "x": x, "y": y})
    }

    /// A code for a browser that came by this way, worth a token that `twist` may change.
    pub(crate) fn code(&self, way: &Way, twist: impl FnOnce(&mut Forge)) -> String {
        let now = stdx::clock::now_ms() / 1000;
        let mut forge = Forge {
            header: json!({"alg": "ES256", "kid": "0", "typ": "JWT"}),
            claims: json!({"iss": self.issuer, "sub": "ada", "aud": "stead", "iat": now,
                "exp": now + 300, "nonce": way.asked["nonce"], "name": "Ada Lovelace",
                "preferred_username": "ada", "email": "ada@example.org", "email_verified": true}),
            key: Some(0),
            answer: None,
        };
        twist(&mut forge);
        let parts = [&forge.header, &forge.claims].map(|it| base64url(it.to_string().as_bytes()));
        let message = parts.join(".");
        let signature = forge.key.map(|it| {
            let random = SystemRandom::new();
            self.shared.keys[it].sign(&random, message.as_bytes()).unwrap().as_ref().to_vec()
        });
        let token = format!("{message}.{}", base64url(&signature.unwrap_or_default()));
        let tokens = json!({"access_token": "access", "token_type": "Bearer", "id_token": token});
        let worth = Worth {
            challenge: way.asked["code_challenge"].clone(),
            redirect_uri: way.asked["redirect_uri"].clone(),
            answer: forge.answer.unwrap_or((StatusCode::OK, tokens)),
        };
        let code = format!("{:032x}", stdx::random::bits());
        self.shared.codes.lock().unwrap().insert(code.clone(), worth);
        code
    }
}

fn key() -> EcdsaKeyPair {
    let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap()
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

async fn document_of(State(shared): State<Arc<Shared>>) -> Response {
    let document = shared.document.lock().unwrap().clone();
    Json(document).into_response()
}

async fn jwks(State(shared): State<Arc<Shared>>) -> Response {
    *shared.asked_for_keys.lock().unwrap() += 1;
    if let Some(answer) = shared.jwks.lock().unwrap().clone() {
        return answer.into_response();
    }
    let issuer = String::new();
    let own = Liar { issuer, shared: Arc::clone(&shared) };
    Json(json!({"keys": [own.jwk(0)]})).into_response()
}

/// Checks what a provider checks, so that a gateway that leaves something out gets nothing.
async fn token(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: String) -> Response {
    let form: http::Uri = format!("/?{body}").parse().unwrap();
    let Query(form) = Query::<HashMap<String, String>>::try_from_uri(&form).unwrap();
    let escaped = "s3cret%3A/%2B%20of%20the%20client";
    let basic = format!("Basic {}", STANDARD.encode(format!("stead:{escaped}")));
    if headers.get("authorization").is_none_or(|it| it.to_str().unwrap() != basic) {
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": "invalid_client"})))
            .into_response();
    }
    let worth = shared.codes.lock().unwrap().remove(&form["code"]);
    let worth = worth.filter(|it| {
        base64url(&Sha256::digest(form["code_verifier"].as_bytes())) == it.challenge
            && form["redirect_uri"] == it.redirect_uri
            && form["grant_type"] == "authorization_code"
    });
    match worth {
        Some(worth) => (worth.answer.0, Json(worth.answer.1)).into_response(),
        None => (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response(),
    }
}

async fn user_info(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if headers.get("authorization").is_none_or(|it| it != "Bearer access") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(shared.user_info.lock().unwrap().clone()).into_response()
}

/// A browser that was sent to the provider.
pub(crate) struct Way {
    /// With the cookies that it brought and got.
    pub(crate) browser: Client,
    /// What it was sent along with.
    pub(crate) asked: HashMap<String, String>,
}

impl Way {
    /// Sends a browser on its way.
    pub(crate) async fn begin(browser: &Client, body: Value) -> Self {
        let path = "/api/v1/oidc/company/start";
        Self::of(browser, &browser.send("POST", path, Some(body)).await)
    }

    /// The way that this answer sends a browser on.
    pub(crate) fn of(browser: &Client, answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let url: http::Uri = answer.json()["url"].as_str().unwrap().parse().unwrap();
        let Query(asked) = Query::try_from_uri(&url).unwrap();
        let had = browser.headers.get(COOKIE).map(|it| it.to_str().unwrap().to_owned());
        let cookies: Vec<String> = had.into_iter().chain([answer.cookies()]).collect();
        let browser = browser.clone().with(COOKIE.as_str(), &cookies.join("; "));
        Self { browser, asked }
    }

    /// The browser comes back with a code.
    pub(crate) async fn arrive(&self, code: &str) -> Landing {
        self.arrive_with(&format!("code={code}")).await
    }

    /// The browser comes back with the state and whatever else.
    pub(crate) async fn arrive_with(&self, query: &str) -> Landing {
        let path = format!("/oidc/company/callback?state={}&{query}", self.asked["state"]);
        Landing::of(self.browser.get(&path).await)
    }
}

/// Where a browser was sent after it came back.
pub(crate) struct Landing {
    pub(crate) place: String,
    pub(crate) answer: Answer,
}

impl Landing {
    pub(crate) fn of(answer: Answer) -> Self {
        assert_eq!(answer.status, 303, "{}", answer.text());
        let place = answer.header(LOCATION.as_str()).to_owned();
        Self { place, answer }
    }

    /// The browser is signed in.
    pub(crate) fn browser(&self, world: &World) -> Client {
        assert!(self.answer.headers.contains_key("set-cookie"), "{}", self.place);
        world.stranger().with(COOKIE.as_str(), &self.answer.cookies()).with_origin()
    }

    /// The browser is not signed in, and its person is told why.
    pub(crate) fn problem(&self) -> &str {
        assert!(!self.answer.headers.contains_key("set-cookie"), "{}", self.place);
        let rest = self.place.strip_prefix("/sign-in?problem=").unwrap_or(&self.place);
        rest.strip_suffix("&provider=company").unwrap_or(rest)
    }
}
