//! Which port the preview shows, where browsers find it, and waiting for it.

use crate::context::Context;
use crate::dev_server::App;
use protocol::preview::PreviewHost;
use protocol::state::{DevServerStatus, Preview, PreviewStatus, RuntimeState, SessionStatus};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// A connection within one machine is there at once or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Between two tries while a client waits for a port.
const RETRY: Duration = Duration::from_millis(200);
/// How long a client is kept waiting.
pub const READY_TIMEOUT: Duration = Duration::from_secs(25);

/// What the preview shows, given ports and dev server.
///
/// The dev server's port wins. Without a dev server, a program that somebody started in a terminal
/// is what there is to see.
pub fn derive(state: &RuntimeState, app: &App) -> Preview {
    let ended = Preview { status: PreviewStatus::Stopped, ..Preview::default() };
    match state.status {
        SessionStatus::Running => {}
        SessionStatus::Idle => return Preview::default(),
        SessionStatus::Starting
        | SessionStatus::Stopping
        | SessionStatus::Stopped
        | SessionStatus::Crashed => return ended,
    }
    let path = Some(app.path.clone().unwrap_or_else(|| "/".to_owned()));
    let running =
        |port, path| Preview { status: PreviewStatus::Running, port: Some(port), path, url: None };
    if let Some(port) = app.port {
        return running(port, path);
    }
    match state.dev_server.status {
        DevServerStatus::Starting | DevServerStatus::Ready => {
            return Preview { status: PreviewStatus::Starting, ..Preview::default() };
        }
        DevServerStatus::Stopped | DevServerStatus::Stopping | DevServerStatus::Failed => {}
    }
    let kept = state.ports.iter().find(|it| Some(it.port) == state.preview.port);
    match kept.or_else(|| state.ports.first()) {
        Some(port) => running(port.port, Some("/".to_owned())),
        None => ended,
    }
}

/// Fills in where this client's browser finds the preview and the ports. `origin` holds `{label}`
/// for the first label of the host name.
pub fn name_urls(state: &mut RuntimeState, origin: Option<&str>) {
    let Some(origin) = origin else { return };
    let workspace = state.workspace_id.clone();
    let url = |port: Option<u16>| {
        let host = PreviewHost { workspace: workspace.clone(), port };
        origin.replace("{label}", &host.label())
    };
    if state.preview.status == PreviewStatus::Running {
        let path = state.preview.path.as_deref().unwrap_or("/");
        state.preview.url = Some(format!("{}{path}", url(None)));
    }
    for port in &mut state.ports {
        port.url = Some(format!("{}/", url(Some(port.port))));
    }
}

/// A connection to a port of the workspace: IPv4, then IPv6.
pub async fn connect(port: u16) -> std::io::Result<TcpStream> {
    let connect = async {
        match TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await {
            Ok(stream) => Ok(stream),
            Err(error) => TcpStream::connect(SocketAddr::from((Ipv6Addr::LOCALHOST, port)))
                .await
                .map_err(|_| error),
        }
    };
    timeout(CONNECT_TIMEOUT, connect)
        .await
        .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
}

/// Waits until the port accepts connections, or the one that the preview shows. `false` when it did
/// not in time, or the kernel ends.
pub async fn ready(context: &Context, port: Option<u16>) -> bool {
    let answers = async {
        loop {
            let port = match port {
                Some(port) => port,
                None => match shown(context).await {
                    Some(port) => port,
                    None => return false,
                },
            };
            if connect(port).await.is_ok() {
                return true;
            }
            sleep(RETRY).await;
        }
    };
    tokio::select! {
        () = context.scope.stopping() => false,
        answer = timeout(READY_TIMEOUT, answers) => answer.unwrap_or(false),
    }
}

/// The port that the preview shows, once it shows one.
async fn shown(context: &Context) -> Option<u16> {
    let mut states = context.state.subscribe();
    let state = states.wait_for(|it| it.preview.status == PreviewStatus::Running).await.ok()?;
    state.preview.port
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tests::blank;
    use protocol::state::Port;

    fn port(port: u16) -> Port {
        Port { port, process: "x".to_owned(), pid: None, primary: false, url: None }
    }

    // covers: S1.35, S1.37, S1.40, S1.41, S1.42
    #[test]
    fn the_preview_follows_dev_server_ports_and_session() {
        let mut state = blank();
        let none = App::default();
        let app = App { port: Some(5173), path: Some("/app".to_owned()) };
        assert_eq!(derive(&state, &none).status, PreviewStatus::Idle);
        state.status = SessionStatus::Running;
        state.dev_server.status = DevServerStatus::Starting;
        assert_eq!(derive(&state, &none).status, PreviewStatus::Starting);
        state.dev_server.status = DevServerStatus::Ready;
        let shown = derive(&state, &app);
        assert_eq!((shown.status, shown.port), (PreviewStatus::Running, Some(5173)));
        assert_eq!(shown.path.as_deref(), Some("/app"));
        state.status = SessionStatus::Stopping;
        let shown = derive(&state, &app);
        assert_eq!((shown.status, shown.port, shown.path), (PreviewStatus::Stopped, None, None));
    }

    #[test]
    fn without_a_dev_server_a_program_in_a_terminal_is_shown_and_kept() {
        let mut state = blank();
        state.status = SessionStatus::Running;
        state.ports = vec![port(4000), port(5000)];
        assert_eq!(derive(&state, &App::default()).port, Some(4000));
        state.preview.port = Some(5000);
        assert_eq!(derive(&state, &App::default()).port, Some(5000));
    }

    // covers: S1.40
    #[test]
    fn urls_are_named_for_the_client_that_asks() {
        let mut state = blank();
        state.preview = Preview {
            status: PreviewStatus::Running,
            port: Some(5173),
            path: Some("/app/".to_owned()),
            url: None,
        };
        state.ports = vec![port(5173)];
        name_urls(&mut state, Some("http://{label}.localhost:7832"));
        let body = state.workspace_id.body().to_owned();
        assert_eq!(state.preview.url, Some(format!("http://{body}.localhost:7832/app/")));
        assert_eq!(state.ports[0].url, Some(format!("http://5173--{body}.localhost:7832/")));
    }
}
