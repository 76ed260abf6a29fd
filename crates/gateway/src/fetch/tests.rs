//! Providers that do not answer, answer too much, or point elsewhere; with TLS and without.

use super::*;
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use stdx::TaskScope;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// What a server without manners says to whoever connects.
async fn serve(scope: &TaskScope, answer: impl Into<Vec<u8>>) -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks", listener.local_addr().unwrap());
    let answer = answer.into();
    scope.spawn("server", async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 1024];
            drop(stream.read(&mut request).await);
            drop(stream.write_all(&answer).await);
        }
    });
    Endpoint::parse(&url).unwrap()
}

async fn ask(endpoint: &Endpoint) -> Result<Answer, FetchError> {
    Client::new(None).unwrap().send(endpoint, Request::new(Full::default())).await
}

#[tokio::test]
async fn an_answer_is_read_whole() {
    let scope = TaskScope::default();
    let endpoint = serve(&scope, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    let answer = ask(&endpoint).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (StatusCode::OK, &b"{}"[..]));
    // One that ends with its connection.
    let endpoint = serve(&scope, "HTTP/1.1 400 Bad\r\n\r\n{\"error\":1}").await;
    let answer = ask(&endpoint).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.body.len()), (400, 11));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let scope = TaskScope::default();
    let answer =
        "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n";
    let endpoint = serve(&scope, answer).await;
    let place = endpoint.place();
    assert_eq!(ask(&endpoint).await.unwrap_err(), FetchError::Redirect { place, status: 302 });
}

#[tokio::test]
async fn too_much_is_refused_whether_it_is_announced_or_not() {
    let scope = TaskScope::default();
    let announced = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", usize::MAX / 4);
    let mut endless = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    endless.resize(ANSWER_BYTES_MAX * 2, b' ');
    let mut filled = announced.into_bytes();
    filled.resize(ANSWER_BYTES_MAX * 2, b' ');
    for answer in [endless, filled] {
        let endpoint = serve(&scope, answer).await;
        let place = endpoint.place();
        assert_eq!(
            ask(&endpoint).await.unwrap_err(),
            FetchError::TooLarge { place, most: ANSWER_BYTES_MAX }
        );
    }
}

#[tokio::test]
async fn what_is_no_answer_is_told() {
    let scope = TaskScope::default();
    for answer in ["", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}"] {
        let endpoint = serve(&scope, answer).await;
        let error = ask(&endpoint).await.unwrap_err();
        assert!(matches!(error, FetchError::Unreachable { .. }), "{answer:?}: {error}");
    }
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = ask(&Endpoint::parse(&format!("http://{closed}/")).unwrap()).await.unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn who_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let endpoint = Endpoint::parse(&url).unwrap();
    let place = endpoint.place();
    assert_eq!(ask(&endpoint).await.unwrap_err(), FetchError::Late { place });
}

#[tokio::test]
async fn a_certificate_is_from_somebody_who_is_trusted_and_for_this_name() {
    let scope = TaskScope::default();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.pem");
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    std::fs::write(&file, certificate.pem()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    scope.spawn("server", async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = [0; 1024];
            drop(stream.read(&mut request).await);
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
            drop(stream.write_all(answer).await);
            drop(stream.shutdown().await);
        }
    });
    let at = |host: &str| Endpoint::parse(&format!("https://{host}:{port}/")).unwrap();
    let trusting = Client::new(Some(&file)).unwrap();
    let ask = |client| async move {
        let client: (&Client, Endpoint) = client;
        client.0.send(&client.1, Request::new(Full::default())).await
    };
    assert_eq!(ask((&trusting, at("localhost"))).await.unwrap().status, 200);
    for (client, host) in [(&trusting, "127.0.0.1"), (&Client::new(None).unwrap(), "localhost")] {
        let error = ask((client, at(host))).await.unwrap_err();
        assert!(matches!(error, FetchError::Tls { .. }), "{host}: {error}");
    }
}
