//! Who decides how large a terminal is.
//!
//! The size follows the client that typed last. A client that attaches alone decides at once; one
//! that joins others only after it typed. When the one who decides leaves, the client that typed
//! or attached last takes over. Read-only clients and clients that name no size never decide.
//!
//! [`Sizes::step`] decides and does no IO.

use protocol::terminal::{COLS_MAX, COLS_MIN, ROWS_MAX, ROWS_MIN};

/// Columns and rows, within the protocol's bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) cols: u16,
    pub(crate) rows: u16,
}

impl Size {
    /// The nearest size that the protocol allows.
    pub(crate) fn clamped(cols: u16, rows: u16) -> Self {
        Self { cols: cols.clamp(COLS_MIN, COLS_MAX), rows: rows.clamp(ROWS_MIN, ROWS_MAX) }
    }
}

/// Numbers an attachment of one terminal.
pub(crate) type ClientId = u64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Attach {
        client: ClientId,
        size: Option<Size>,
        read_only: bool,
    },
    Resize {
        client: ClientId,
        size: Size,
    },
    Typed {
        client: ClientId,
    },
    Detach {
        client: ClientId,
    },
    /// The kernel's wish for a terminal that nobody decides on.
    Preset {
        size: Size,
    },
}

#[derive(Clone, Debug)]
struct Client {
    id: ClientId,
    size: Option<Size>,
    read_only: bool,
    /// When it typed or attached last, in events of this machine.
    active_at: u64,
}

/// The attached clients and the size that follows from them.
#[derive(Clone, Debug)]
pub(crate) struct Sizes {
    current: Size,
    clients: Vec<Client>,
    owner: Option<ClientId>,
    events: u64,
}

impl Sizes {
    pub(crate) fn new(current: Size) -> Self {
        Self { current, clients: Vec::new(), owner: None, events: 0 }
    }

    pub(crate) fn current(&self) -> Size {
        self.current
    }

    /// Clients attached now, read-only ones included.
    pub(crate) fn attachments(&self) -> usize {
        self.clients.len()
    }

    /// Takes in `event`; returns the new size when it changed.
    pub(crate) fn step(&mut self, event: Event) -> Option<Size> {
        self.events += 1;
        let now = self.events;
        match event {
            Event::Attach { client, size, read_only } => {
                self.clients.push(Client { id: client, size, read_only, active_at: now });
            }
            Event::Resize { client, size } => {
                if let Some(it) = self.client(client) {
                    it.size = Some(size);
                }
            }
            Event::Typed { client } => {
                if let Some(it) = self.client(client).filter(|it| !it.read_only) {
                    it.active_at = now;
                    if it.size.is_some() {
                        self.owner = Some(client);
                    }
                }
            }
            Event::Detach { client } => {
                self.clients.retain(|it| it.id != client);
                if self.owner == Some(client) {
                    self.owner = None;
                }
            }
            Event::Preset { size } if self.owner.is_none() => return self.change(size),
            Event::Preset { .. } => {}
        }
        if self.owner.is_none() {
            self.owner = self.successor();
        }
        let owner = self.owner?;
        let size = self.client(owner)?.size?;
        self.change(size)
    }

    fn change(&mut self, size: Size) -> Option<Size> {
        let changed = self.current != size;
        self.current = size;
        changed.then_some(size)
    }

    fn client(&mut self, id: ClientId) -> Option<&mut Client> {
        self.clients.iter_mut().find(|it| it.id == id)
    }

    fn successor(&self) -> Option<ClientId> {
        self.clients
            .iter()
            .filter(|it| !it.read_only && it.size.is_some())
            .max_by_key(|it| it.active_at)
            .map(|it| it.id)
    }
}

#[cfg(test)]
mod tests;
