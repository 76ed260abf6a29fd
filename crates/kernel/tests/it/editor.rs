//! A client of a live document, as `y-websocket` is one: sync, updates, presence.

use crate::world::{DEADLINE, Socket, World};
use futures_util::{SinkExt, StreamExt};
use protocol::document::{FromDocument, Saving};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{ClientID, Doc, GetString, OffsetKind, ReadTxn, Text, TextRef, Transact, Update};

/// What comes from the kernel.
#[derive(Debug)]
pub(crate) enum Got {
    /// The document changed, or was synchronised.
    Text(String),
    Presence(Vec<(u64, Value)>),
    Ours(Box<FromDocument>),
    Denied,
    Closed(u16, String),
}

pub(crate) struct Editor {
    socket: Socket,
    pub(crate) doc: Doc,
    text: TextRef,
    pub(crate) id: u64,
}

fn number(bytes: &mut &[u8]) -> u64 {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = bytes[0];
        *bytes = &bytes[1..];
        number |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 {
            return number;
        }
    }
}

fn piece<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
    let length = usize::try_from(number(bytes)).unwrap();
    let (piece, rest) = bytes.split_at(length);
    *bytes = rest;
    piece
}

fn write_number(to: &mut Vec<u8>, mut number: u64) {
    while 0x7f < number {
        to.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    to.push(u8::try_from(number).unwrap());
}

fn message(numbers: &[u64], bytes: &[u8]) -> Message {
    let mut frame = Vec::new();
    for number in numbers {
        write_number(&mut frame, *number);
    }
    write_number(&mut frame, bytes.len() as u64);
    frame.extend_from_slice(bytes);
    Message::Binary(frame.into())
}

impl Editor {
    pub(crate) fn blank(socket: Socket, id: u64) -> Self {
        let doc = Doc::with_options(yrs::Options {
            client_id: ClientID::new(id),
            offset_kind: OffsetKind::Utf16,
            ..yrs::Options::default()
        });
        let text = doc.get_or_insert_text("content");
        Self { socket, doc, text, id }
    }

    /// Opens `path` as somebody; the document may be one that was open before.
    pub(crate) async fn open(world: &World, path: &str, who: &str, id: u64) -> Self {
        let mut editor = Self::blank(connect(world, path, who, "editor").await, id);
        editor.synchronise().await;
        editor
    }

    /// The same replica on a new connection.
    pub(crate) async fn again(mut self, world: &World, path: &str, who: &str) -> Self {
        self.socket = connect(world, path, who, "editor").await;
        self.synchronise().await;
        self
    }

    /// The same replica on a second connection.
    pub(crate) fn beside(&self, socket: Socket) -> Self {
        Self { socket, doc: self.doc.clone(), text: self.text.clone(), id: self.id }
    }

    /// Asks for everything, gives everything, and waits for the answer.
    pub(crate) async fn synchronise(&mut self) {
        self.ask().await;
        self.until(|got| matches!(got, Got::Text(_))).await;
    }

    pub(crate) async fn ask(&mut self) {
        let vector = self.doc.transact().state_vector().encode_v1();
        self.send(message(&[0, 0], &vector)).await;
    }

    pub(crate) async fn send(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    pub(crate) async fn send_update(&mut self, update: &[u8]) {
        self.send(message(&[0, 2], update)).await;
    }

    pub(crate) async fn present(&mut self, clock: u64, state: &str) {
        let mut entries = Vec::new();
        for it in [1, self.id, clock] {
            write_number(&mut entries, it);
        }
        write_number(&mut entries, state.len() as u64);
        entries.extend_from_slice(state.as_bytes());
        self.send(message(&[1], &entries)).await;
    }

    /// Types without sending.
    pub(crate) fn change(&mut self, at: u32, remove: u32, insert: &str) -> Vec<u8> {
        let mut transaction = self.doc.transact_mut();
        if 0 < remove {
            self.text.remove_range(&mut transaction, at, remove);
        }
        self.text.insert(&mut transaction, at, insert);
        transaction.encode_update_v1()
    }

    pub(crate) async fn types(&mut self, at: u32, insert: &str) {
        let update = self.change(at, 0, insert);
        self.send_update(&update).await;
    }

    /// Wants the file to be written now.
    pub(crate) async fn saves(&mut self) {
        self.send(message(&[64], br#"{"type":"save"}"#)).await;
    }

    pub(crate) fn shows(&self) -> String {
        self.text.get_string(&self.doc.transact())
    }

    /// What comes next.
    pub(crate) async fn next(&mut self) -> Got {
        loop {
            let next = tokio::time::timeout(DEADLINE, self.socket.next()).await;
            let frame = match next.expect("something comes") {
                Some(Ok(Message::Binary(frame))) => frame,
                Some(Ok(Message::Close(Some(close)))) => {
                    return Got::Closed(close.code.into(), close.reason.to_string());
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                other => return Got::Closed(0, format!("{other:?}")),
            };
            if let Some(got) = self.take(&frame).await {
                return got;
            }
        }
    }

    async fn take(&mut self, frame: &[u8]) -> Option<Got> {
        let mut rest = frame;
        match (number(&mut rest), rest) {
            (0, _) => {
                let kind = number(&mut rest);
                let bytes = piece(&mut rest);
                if kind == 0 {
                    let vector = yrs::StateVector::decode_v1(bytes).unwrap();
                    let update = self.doc.transact().encode_diff_v1(&vector);
                    // It may have been closed meanwhile, which is read next.
                    drop(self.socket.send(message(&[0, 1], &update)).await);
                    return None;
                }
                let update = Update::decode_v1(bytes).unwrap();
                self.doc.transact_mut().apply_update(update).unwrap();
                Some(Got::Text(self.shows()))
            }
            (1, _) => {
                let mut entries = piece(&mut rest);
                let count = number(&mut entries);
                let mut all = Vec::new();
                for _ in 0..count {
                    let client = number(&mut entries);
                    number(&mut entries);
                    all.push((client, serde_json::from_slice(piece(&mut entries)).unwrap()));
                }
                (!all.is_empty()).then_some(Got::Presence(all))
            }
            (2, [0, ..]) => Some(Got::Denied),
            (64, _) => Some(Got::Ours(Box::new(serde_json::from_slice(piece(&mut rest)).unwrap()))),
            other => panic!("an unknown message: {other:?}"),
        }
    }

    pub(crate) async fn until(&mut self, wanted: impl Fn(&Got) -> bool) -> Got {
        let wait = async {
            loop {
                let got = self.next().await;
                if wanted(&got) {
                    return got;
                }
                assert!(!matches!(got, Got::Closed(..)), "{got:?}");
            }
        };
        let got = tokio::time::timeout(DEADLINE, wait).await;
        got.unwrap_or_else(|_| panic!("it never came; the text is {:?}", self.shows()))
    }

    /// Waits until the text is as wanted.
    pub(crate) async fn until_shows(&mut self, wanted: &str) {
        if self.shows() != wanted {
            self.until(|got| matches!(got, Got::Text(text) if text == wanted)).await;
        }
    }

    pub(crate) async fn until_ours(
        &mut self,
        wanted: impl Fn(&FromDocument) -> bool,
    ) -> FromDocument {
        let got = self.until(|got| matches!(got, Got::Ours(it) if wanted(it))).await;
        let Got::Ours(ours) = got else { panic!("{got:?}") };
        *ours
    }

    pub(crate) async fn until_closed(&mut self) -> (u16, String) {
        loop {
            if let Got::Closed(code, reason) = self.next().await {
                return (code, reason);
            }
        }
    }
}

pub(crate) fn saved(message: &FromDocument) -> bool {
    matches!(message, FromDocument::Saving { saving: Saving::Saved })
}

pub(crate) async fn connect(world: &World, path: &str, who: &str, role: &str) -> Socket {
    let uri = format!("ws://kernel/api/v1/documents/{path}?stead=1");
    let mut request = uri.into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("stead-role", role.parse().unwrap());
    headers.insert("stead-principal", format!("usr_{who}").parse().unwrap());
    headers.insert("stead-principal-name", who.parse().unwrap());
    tokio_tungstenite::client_async(request, world.connect().await).await.unwrap().0
}
