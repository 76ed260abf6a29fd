//! The variables by which programs find the proxy and the machine's certificates.

/// Where most systems keep the certificates they trust, as one file.
pub(crate) const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Variables that name a proxy, in the spelling of each tool that has its own.
const PROXY: [&str; 8] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "http_proxy",
    "https_proxy",
    "npm_config_proxy",
    "npm_config_https_proxy",
    "CARGO_HTTP_PROXY",
    "PIP_PROXY",
];

/// Variables that name a bundle of certificates. Tools with a bundle of their own would not trust
/// what the operator of this machine trusts.
const BUNDLE: [&str; 8] = [
    "SSL_CERT_FILE",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "npm_config_cafile",
    "CARGO_HTTP_CAINFO",
];

/// What never goes through the proxy: the workspace's own servers, also by its host name.
const DIRECT: &str = "localhost,127.0.0.1,::1,0.0.0.0,.localhost,stead";

/// Variables for a proxy on `port` of the loopback.
pub(crate) fn proxy_variables(port: u16) -> Vec<(String, String)> {
    let url = format!("http://127.0.0.1:{port}");
    let mut variables: Vec<_> = PROXY.iter().map(|it| ((*it).to_owned(), url.clone())).collect();
    for name in ["NO_PROXY", "no_proxy"] {
        variables.push((name.to_owned(), DIRECT.to_owned()));
    }
    // Node's own `fetch` follows the variables from version 24 on, when it is told to.
    variables.push(("NODE_USE_ENV_PROXY".to_owned(), "1".to_owned()));
    variables
}

/// Variables for the bundle at `path`.
pub(crate) fn certificate_variables(path: &str) -> Vec<(String, String)> {
    BUNDLE.iter().map(|it| ((*it).to_owned(), path.to_owned())).collect()
}
