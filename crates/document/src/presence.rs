//! Who is in a document and where: the awareness of y-protocols, with names that cannot be chosen.
//!
//! A client speaks for the client ids that it brought, and for no other. What `y-websocket` repeats
//! of others is ignored. Name and principal of every entry are those of the connection that it came
//! from; whatever a client claims under these names is overwritten.

use crate::lib0::{Malformed, Reader, write_bytes, write_number};
use crate::limits::{AWARENESS_BYTES_MAX, AWARENESS_CLIENTS_MAX};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Whose connection it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    pub connection: u64,
    pub principal: Option<String>,
    pub name: Option<String>,
    /// The program that acts for the principal.
    pub operator: Option<String>,
    pub read_only: bool,
}

/// What somebody shows.
#[derive(Clone, Debug)]
struct Entry {
    connection: u64,
    principal: Option<String>,
    clock: u64,
    state: String,
}

/// Everybody's entries, by client id.
#[derive(Debug, Default)]
pub struct Presence {
    entries: BTreeMap<u64, Entry>,
    /// Clocks of those who left, so that a late repetition does not bring them back.
    gone: BTreeMap<u64, u64>,
}

/// Entries of those who left that are remembered.
const GONE_MAX: usize = 1024;

impl Presence {
    /// Takes entries from a connection. Answers what the others must hear; `None`: nothing.
    pub fn receive(
        &mut self,
        person: &Person,
        entries: &[u8],
    ) -> Result<Option<Vec<u8>>, Malformed> {
        let mut changed = Vec::new();
        for (client, clock, state) in read(entries)? {
            if self.take(person, client, clock, state) {
                changed.push(client);
            }
        }
        Ok((!changed.is_empty()).then(|| self.encode(&changed)))
    }

    fn take(&mut self, person: &Person, client: u64, clock: u64, state: &str) -> bool {
        let known = self.entries.get(&client);
        let is_theirs = known.is_some_and(|it| {
            it.connection != person.connection && it.principal != person.principal
        });
        // The same person again under the same id came back before the old connection was given up.
        let is_older = known.is_some_and(|it| clock < it.clock);
        let is_late = self.gone.get(&client).is_some_and(|it| clock <= *it);
        let mine = self.entries.values().filter(|it| it.connection == person.connection).count();
        if is_theirs || is_older || is_late || AWARENESS_BYTES_MAX < state.len() {
            return false;
        }
        if known.is_none() && AWARENESS_CLIENTS_MAX <= mine {
            return false;
        }
        match serde_json::from_str(state) {
            Ok(Value::Object(state)) if !is_repeated(&state, person) => {
                let state = stamped(state, person);
                let principal = person.principal.clone();
                let connection = person.connection;
                self.entries.insert(client, Entry { connection, principal, clock, state });
                true
            }
            Ok(Value::Null) if known.is_some_and(|it| it.connection == person.connection) => {
                self.forget(client, clock)
            }
            Ok(_) | Err(_) => false,
        }
    }

    fn forget(&mut self, client: u64, clock: u64) -> bool {
        if GONE_MAX <= self.gone.len() {
            self.gone.clear();
        }
        self.gone.insert(client, clock);
        self.entries.remove(&client).is_some()
    }

    /// A connection is gone. Answers what the others must hear.
    pub fn leave(&mut self, connection: u64) -> Option<Vec<u8>> {
        let theirs = self.entries.iter().filter(|it| it.1.connection == connection);
        let left: Vec<(u64, u64)> = theirs.map(|(client, it)| (*client, it.clock + 1)).collect();
        for (client, clock) in &left {
            self.forget(*client, *clock);
            // The same client may come back with its own next clock.
            self.gone.insert(*client, clock - 1);
        }
        (!left.is_empty()).then(|| {
            let mut bytes = Vec::new();
            write_number(&mut bytes, left.len() as u64);
            for (client, clock) in left {
                write_entry(&mut bytes, client, clock, "null");
            }
            bytes
        })
    }

    /// Everybody.
    pub fn all(&self) -> Option<Vec<u8>> {
        let clients: Vec<u64> = self.entries.keys().copied().collect();
        (!clients.is_empty()).then(|| self.encode(&clients))
    }

    fn encode(&self, clients: &[u64]) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_number(&mut bytes, clients.len() as u64);
        for client in clients {
            let gone = || (self.gone.get(client).copied().unwrap_or_default(), "null");
            let entry = self.entries.get(client).map(|it| (it.clock, it.state.as_str()));
            let (clock, state) = entry.unwrap_or_else(gone);
            write_entry(&mut bytes, *client, clock, state);
        }
        bytes
    }
}

/// Entries of nobody: a sign of life.
pub const NOBODY: &[u8] = &[0];

fn write_entry(bytes: &mut Vec<u8>, client: u64, clock: u64, state: &str) {
    write_number(bytes, client);
    write_number(bytes, clock);
    write_bytes(bytes, state.as_bytes());
}

/// The message of one client: what it shows, or `null` that it left.
pub fn one(client: u64, clock: u64, state: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_number(&mut bytes, 1);
    write_entry(&mut bytes, client, clock, state);
    bytes
}

/// Client, clock and state of each entry of a message.
pub fn read(entries: &[u8]) -> Result<Vec<(u64, u64, &str)>, Malformed> {
    let mut reader = Reader::new(entries);
    let mut read = Vec::new();
    for _ in 0..reader.number()? {
        read.push((reader.number()?, reader.number()?, reader.text()?));
    }
    Ok(read)
}

/// Whether a state is what the server said of another connection.
fn is_repeated(state: &Map<String, Value>, person: &Person) -> bool {
    let connection = state.get("stead").and_then(|it| it.get("connection")).and_then(Value::as_u64);
    connection.is_some_and(|it| it != person.connection)
}

fn stamped(mut state: Map<String, Value>, person: &Person) -> String {
    let user = state.entry("user").or_insert_with(|| json!({}));
    if !user.is_object() {
        *user = json!({});
    }
    if let Value::Object(user) = user {
        let text = |it: &Option<String>| it.clone().map_or(Value::Null, Value::String);
        user.insert("principal".to_owned(), text(&person.principal));
        if person.name.is_some() {
            user.insert("name".to_owned(), text(&person.name));
        }
    }
    let stead = json!({ "connection": person.connection, "read_only": person.read_only });
    state.insert("stead".to_owned(), stead);
    Value::Object(state).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(list: &[(u64, u64, &str)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_number(&mut bytes, list.len() as u64);
        for entry in list {
            write_entry(&mut bytes, entry.0, entry.1, entry.2);
        }
        bytes
    }

    fn person(connection: u64, name: &str) -> Person {
        Person {
            connection,
            principal: Some(format!("usr_{name}")),
            name: Some(name.to_owned()),
            operator: None,
            read_only: false,
        }
    }

    fn shown(told: Option<Vec<u8>>) -> Vec<(u64, u64, Value)> {
        let told = told.unwrap_or_else(|| vec![0]);
        let read = read(&told).unwrap();
        read.into_iter().map(|it| (it.0, it.1, serde_json::from_str(it.2).unwrap())).collect()
    }

    #[test]
    fn a_name_is_that_of_the_connection_whatever_is_claimed() {
        let mut presence = Presence::default();
        let state = r##"{"user":{"name":"Eve","principal":"usr_x","color":"#f00"},"cursor":3}"##;
        let told = presence.receive(&person(1, "ada"), &entries(&[(7, 1, state)])).unwrap();
        assert_eq!(
            shown(told),
            [(
                7,
                1,
                json!({
                    "user": {"name": "ada", "principal": "usr_ada", "color": "#f00"},
                    "cursor": 3,
                    "stead": {"connection": 1, "read_only": false},
                })
            )]
        );
    }

    // covers: U0.14
    #[test]
    fn two_tabs_are_two_cursors_and_nobody_moves_that_of_another() {
        let mut presence = Presence::default();
        let (first, second, eve) = (person(1, "ada"), person(2, "ada"), person(3, "eve"));
        let mut say = |who: &Person, list: &[(u64, u64, &str)]| {
            shown(presence.receive(who, &entries(list)).unwrap()).len()
        };
        assert_eq!(say(&first, &[(7, 1, "{}")]), 1);
        assert_eq!(say(&second, &[(8, 1, "{}")]), 1);
        assert_eq!(say(&eve, &[(7, 5, "{}")]), 0, "somebody else's");
        assert_eq!(say(&eve, &[(7, 5, "null")]), 0, "nobody is sent away");
        let repeated = r#"{"stead":{"connection":1}}"#;
        assert_eq!(say(&eve, &[(9, 1, repeated)]), 0, "what y-websocket repeats");
        assert_eq!(say(&first, &[(7, 0, "{}")]), 0, "older");
        assert_eq!(say(&person(4, "ada"), &[(7, 2, "{}")]), 1, "back before the old one went");
        assert_eq!(presence.leave(1), None);
        assert_eq!(shown(presence.leave(4)), [(7, 3, Value::Null)]);
        assert_eq!(shown(presence.all()).len(), 1);
    }

    #[test]
    fn what_is_too_much_is_left_out() {
        let mut presence = Presence::default();
        let long = format!(r#"{{"x":"{}"}}"#, "y".repeat(AWARENESS_BYTES_MAX));
        let ada = person(1, "ada");
        assert_eq!(presence.receive(&ada, &entries(&[(7, 1, &long)])), Ok(None));
        for client in 0..2 * AWARENESS_CLIENTS_MAX as u64 {
            presence.receive(&ada, &entries(&[(client, 1, "{}")])).unwrap();
        }
        assert_eq!(shown(presence.all()).len(), AWARENESS_CLIENTS_MAX);
        assert_eq!(presence.receive(&ada, &[1, 2]), Err(Malformed));
        assert_eq!(presence.receive(&ada, &entries(&[(7, 9, "[1]"), (8, 9, "{")])), Ok(None));
    }
}
