//! `GET /api/v1/terminals/{name}/output`: output as server-sent events, for clients that type by
//! `POST …/input` (S1.26, S1.28 to S1.30).

use super::App;
use super::caller::Caller;
use super::error::ApiResult;
use super::extract::{Path, Query};
use super::terminal_socket::{AttachQuery, blinded, find};
use crate::typing::Presence;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::Stream;
use protocol::id::TerminalId;
use protocol::terminal::FromTerminal;
use serde_json::json;
use std::convert::Infallible;
use terminal::{Attachment, Frame};

/// Header with which a browser's `EventSource` resumes.
const LAST_EVENT_ID: &str = "last-event-id";
/// Makes a terminal forget what it shows: a screen follows.
const RESET: &[u8] = b"\x1bc";

/// What a stream goes on with.
struct Position {
    app: App,
    attachment: Attachment,
    /// Told when the stream ends.
    _presence: Presence,
    /// The PTY; part of every event's id, so that a resume never mixes two shells.
    id: TerminalId,
    /// Resolves when the client must come again.
    outdated: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>,
    read_only: bool,
    ended: bool,
}

/// Streams a terminal's output: `connected`, `output`, `close`.
#[utoipa::path(
    get, path = "/api/v1/terminals/{name}/output", params(("name" = String, Path), AttachQuery),
    responses((status = 200, body = String, content_type = "text/event-stream"))
)]
pub async fn stream_output(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(query): Query<AttachQuery>,
    headers: HeaderMap,
) -> ApiResult<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let mut request = query.request(&caller);
    let terminal = find(&app, &caller, &name, &request)?;
    let id = terminal.id().clone();
    if let Some(last) = headers.get(LAST_EVENT_ID).and_then(|it| it.to_str().ok()) {
        request.resume = parse_event_id(last, &id);
    }
    let read_only = request.read_only;
    let attachment = terminal.attach(request);
    let outdated = Box::pin(attachment.outdated());
    let presence = app.typing.enter(caller.by(), &name, true);
    let position =
        Position { app, attachment, _presence: presence, id, outdated, read_only, ended: false };
    let events = futures_util::stream::unfold(position, next);
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

/// `<terminal>:<offset>`, or an offset alone for the terminal that there is.
fn parse_event_id(text: &str, current: &TerminalId) -> Option<(TerminalId, u64)> {
    match text.rsplit_once(':') {
        Some((id, offset)) => Some((TerminalId::parse(id)?, offset.parse().ok()?)),
        None => Some((current.clone(), text.parse().ok()?)),
    }
}

async fn next(mut it: Position) -> Option<(Result<Event, Infallible>, Position)> {
    if it.ended {
        return None;
    }
    loop {
        let frame = tokio::select! {
            frame = it.attachment.next() => frame,
            // Without a word: the client comes again where it was.
            () = &mut it.outdated => return None,
            () = it.app.context.scope.stopping() => None,
            () = blinded(&it.app, it.read_only) => None,
        };
        let event = match frame {
            Some(Frame::Output { offset, bytes }) => {
                Some(output(&it.id, offset, &bytes, offset + bytes.len() as u64))
            }
            Some(Frame::Screen { offset, bytes }) => {
                Some(output(&it.id, offset, &[RESET, &bytes].concat(), offset))
            }
            Some(Frame::Control(control)) => named(&control),
            None => {
                it.ended = true;
                Some(Event::default().event("close").data(json!({"type": "close"}).to_string()))
            }
        };
        if let Some(event) = event {
            return Some((Ok(event), it));
        }
    }
}

fn output(id: &TerminalId, offset: u64, bytes: &[u8], end: u64) -> Event {
    let data = json!({"type": "output", "offset": offset, "data": STANDARD.encode(bytes)});
    Event::default().event("output").id(format!("{id}:{end}")).data(data.to_string())
}

/// Control frames that this transport has an event for.
fn named(control: &FromTerminal) -> Option<Event> {
    match control {
        FromTerminal::Attached { id, name, offset, .. } => {
            let data =
                json!({"type": "connected", "sessionId": id, "name": name, "offset": offset});
            Some(Event::default().event("connected").data(data.to_string()))
        }
        FromTerminal::Exit { exit } => {
            let data = json!({"type": "exit", "exit": exit});
            Some(Event::default().event("exit").data(data.to_string()))
        }
        FromTerminal::Error { message } => {
            let data = json!({"type": "error", "message": message});
            Some(Event::default().event("error").data(data.to_string()))
        }
        FromTerminal::Size { .. }
        | FromTerminal::Title { .. }
        | FromTerminal::WorkingDirectory { .. }
        | FromTerminal::Bell
        | FromTerminal::Clipboard { .. }
        | FromTerminal::Pong => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_id_names_terminal_and_offset_or_the_offset_alone() {
        let (current, other) = (TerminalId::from_random(1), TerminalId::from_random(2));
        let parse = |text: &str| parse_event_id(text, &current);
        assert_eq!(parse(&format!("{other}:7")), Some((other, 7)));
        assert_eq!(parse("7"), Some((current.clone(), 7)));
        assert_eq!(parse("x:7"), None);
        assert_eq!(parse(""), None);
    }
}
