//! The server's replica of a document: a Yjs document with one shared text, and that text at hand.

use crate::align::{Alignment, Run, Splice};
use crate::diff;
use crate::lib0::{Malformed, Reader};
use crate::update::{Facts, Refused, inspect};
use std::sync::{Arc, Mutex, PoisonError};
use yrs::types::Delta;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{
    Any, Assoc, ClientID, Doc, GetString, IndexedSequence, Map, Observable, OffsetKind, Options,
    Out, ReadTxn, StateVector, Text, TextRef, Transact, Update,
};

/// Name of the shared text.
pub const TEXT: &str = "content";
/// Name of the shared map in which the server notes which document this is.
const NOTES: &str = "stead";
/// Its key.
const LINEAGE: &str = "lineage";

/// Set in the client ids of servers. Yjs draws 32 bits, and never has it; yrs draws 53.
const SERVER: u64 = 1 << 52;
/// Bits of a client id below the lineage.
const LINEAGE_SHIFT: u32 = 28;
/// Bits of a server's number, the lowest. Those between them and the lineage are zero, by which one
/// in 131,072 of the clients that draw 53 bits is taken for a server.
const NUMBER_BITS: u32 = 12;

/// Which history a replica belongs to. Replicas of different histories must never be merged, because
/// what they have in common would be there twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lineage(u32);

impl Lineage {
    pub fn random() -> Self {
        let [one, two, three] = stdx::random::bytes();
        Self(u32::from_le_bytes([one, two, three, 0]))
    }

    /// A lineage of its own for each number, for tests that repeat.
    pub fn from_number(number: u32) -> Self {
        Self(number & 0x00ff_ffff)
    }

    fn of_client(client: u64) -> Option<Self> {
        let bits = (client & !SERVER) >> LINEAGE_SHIFT;
        is_server(client).then(|| Self(u32::try_from(bits).unwrap_or_default()))
    }

    /// A client id for a server of this lineage.
    pub fn client(self, number: u32) -> u64 {
        let number = u64::from(number) & ((1 << NUMBER_BITS) - 1);
        SERVER | (u64::from(self.0) << LINEAGE_SHIFT) | number
    }
}

/// The replica broke its own rules; it must be loaded anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the replica is in a state that cannot be")]
pub struct Broken;

/// The server's replica.
pub struct Replica {
    doc: Doc,
    shared: TextRef,
    text: String,
    deltas: Arc<Mutex<Vec<Vec<Step>>>>,
}

impl std::fmt::Debug for Replica {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replica").field("bytes", &self.text.len()).finish_non_exhaustive()
    }
}

/// One step of a change, from left to right.
enum Step {
    Keep(usize),
    Delete(usize),
    Insert(String),
}

impl Replica {
    /// An empty replica that writes as `client`.
    pub fn new(client: u64) -> Self {
        let doc = Doc::with_options(Options {
            client_id: ClientID::new(client),
            offset_kind: OffsetKind::Bytes,
            ..Options::default()
        });
        let shared = doc.get_or_insert_text(TEXT);
        let deltas: Arc<Mutex<Vec<Vec<Step>>>> = Arc::default();
        let seen = Arc::clone(&deltas);
        shared.observe("text", move |transaction, event| {
            let steps = event.delta(transaction).iter().map(step).collect();
            seen.lock().unwrap_or_else(PoisonError::into_inner).push(steps);
        });
        Self { doc, shared, text: String::new(), deltas }
    }

    /// A new document: notes its lineage, so that no replica of it is ever without a mark.
    pub fn begin(lineage: Lineage, number: u32, text: &str) -> (Self, Vec<u8>) {
        let mut replica = Self::new(lineage.client(number));
        let notes = replica.doc.get_or_insert_map(NOTES);
        let mut transaction = replica.doc.transact_mut();
        notes.insert(&mut transaction, LINEAGE, format!("{:06x}", lineage.0));
        if !text.is_empty() {
            replica.shared.insert(&mut transaction, 0, text);
        }
        let update = transaction.encode_update_v1();
        drop(transaction);
        replica.follow();
        (replica, update)
    }

    /// The lineage that the document notes.
    pub fn lineage(&self) -> Option<Lineage> {
        let notes = self.doc.get_or_insert_map(NOTES);
        match notes.get(&self.doc.transact(), LINEAGE) {
            Some(Out::Any(Any::String(text))) => u32::from_str_radix(&text, 16).ok().map(Lineage),
            _ => None,
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Looks into an update of a client.
    pub fn inspect(&self, update: &[u8]) -> Result<Facts, Refused> {
        let state = self.doc.transact().state_vector();
        inspect(update, |client| u64::from(state.get(&ClientID::new(client))))
    }

    /// Whether everything that an update deletes is deleted already.
    pub fn knows_deletions(&self, update: &[u8]) -> bool {
        let snapshot = self.doc.transact().snapshot();
        Update::decode_v1(update)
            .is_ok_and(|it| it.delete_set().diff(&snapshot.delete_set).is_empty())
    }

    /// Carries out an update that [`Self::inspect`] found sound. Answers what it did to the text.
    pub fn apply(&mut self, update: &[u8]) -> Result<Alignment, Broken> {
        let update = Update::decode_v1(update).map_err(|_| Broken)?;
        let mut transaction = self.doc.transact_mut();
        transaction.apply_update(update).map_err(|_| Broken)?;
        let missing = transaction.has_missing_updates();
        drop(transaction);
        if missing {
            return Err(Broken);
        }
        Ok(self.follow())
    }

    /// Changes the text, with `splices` in ascending order. Answers the update for the others.
    pub fn edit(&mut self, splices: &[Splice]) -> (Vec<u8>, Alignment) {
        let mut transaction = self.doc.transact_mut();
        let number = |it: usize| u32::try_from(it).expect("a document's text is small");
        let mut delta: Vec<Delta<Any>> = Vec::with_capacity(3 * splices.len());
        let mut at = 0;
        for splice in splices {
            if at < splice.at.start {
                delta.push(Delta::Retain(number(splice.at.start - at), None));
            }
            if !splice.text.is_empty() {
                delta.push(Delta::Inserted(Any::from(splice.text.as_str()), None));
            }
            if !splice.at.is_empty() {
                delta.push(Delta::Deleted(number(splice.at.len())));
            }
            at = splice.at.end;
        }
        self.shared.apply_delta(&mut transaction, delta);
        let update = transaction.encode_update_v1();
        drop(transaction);
        (update, self.follow())
    }

    /// Brings `text` up to date with the replica.
    fn follow(&mut self) -> Alignment {
        let deltas =
            std::mem::take(&mut *self.deltas.lock().unwrap_or_else(PoisonError::into_inner));
        let old_length = self.text.len();
        let mut alignment = Alignment::identity(old_length);
        let mut sound = true;
        let mut text = None;
        for steps in deltas {
            let before = text.as_deref().unwrap_or(self.text.as_str());
            let Some((after, step)) = walk(before, &steps) else {
                sound = false;
                break;
            };
            alignment = alignment.then(&step);
            text = Some(after);
        }
        let transaction = self.doc.transact();
        let length = usize::try_from(self.shared.len(&transaction)).unwrap_or(usize::MAX);
        let known = text.as_deref().unwrap_or(self.text.as_str());
        // Yjs replaces the halves of a character that was torn apart, which no delta tells.
        if !sound || known.len() != length {
            let actual = self.shared.get_string(&transaction);
            alignment = diff::align(&self.text, &actual, None);
            text = Some(actual);
        }
        drop(transaction);
        if let Some(text) = text {
            self.text = text;
        }
        alignment
    }

    /// What this replica has of everybody, encoded.
    pub fn state_vector(&self) -> Vec<u8> {
        self.doc.transact().state_vector().encode_v1()
    }

    /// Everything, as one update.
    pub fn state(&self) -> Vec<u8> {
        self.doc.transact().encode_state_as_update_v1(&StateVector::default())
    }

    /// What a peer with this state vector lacks.
    pub fn lacking(&self, state_vector: &[u8]) -> Result<Vec<u8>, Malformed> {
        let state_vector = read_state_vector(state_vector)?;
        Ok(self.doc.transact().encode_diff_v1(&state_vector))
    }

    /// Whether a replica with this state vector belongs to another history.
    pub fn is_foreign(&self, state_vector: &[u8], lineage: Lineage) -> Result<bool, Malformed> {
        let state_vector = read_state_vector(state_vector)?;
        let mut servers = state_vector.iter().filter_map(|(it, _)| Lineage::of_client(it.get()));
        Ok(servers.any(|it| it != lineage))
    }

    /// A place in the text that moves with it, as the JSON of a relative position of Yjs.
    pub fn anchor(&self, at: usize) -> Option<serde_json::Value> {
        let transaction = self.doc.transact();
        let at = u32::try_from(at).ok()?;
        let anchor = self.shared.sticky_index(&transaction, at, Assoc::After)?;
        serde_json::to_value(anchor).ok()
    }
}

/// Reads a state vector; the decoder of yrs counts on its numbers being sound.
fn read_state_vector(bytes: &[u8]) -> Result<StateVector, Malformed> {
    let mut reader = Reader::new(bytes);
    let mut vector = StateVector::default();
    for _ in 0..reader.number()? {
        let client = reader.number()?;
        let clock = u32::try_from(reader.number()?).map_err(|_| Malformed)?;
        vector.set_max(ClientID::new(client), clock);
    }
    Ok(vector)
}

/// Whether a client id is one that servers write under.
pub fn is_server(client: u64) -> bool {
    const ZEROS: u64 = (1 << LINEAGE_SHIFT) - (1 << NUMBER_BITS);
    client & (SERVER | ZEROS) == SERVER
}

fn step(delta: &Delta<Out>) -> Step {
    match delta {
        Delta::Retain(length, _) => Step::Keep(*length as usize),
        Delta::Deleted(length) => Step::Delete(*length as usize),
        Delta::Inserted(Out::Any(Any::String(text)), _) => Step::Insert(text.to_string()),
        // Refused before it comes here; the length will show it.
        Delta::Inserted(..) => Step::Insert(String::new()),
    }
}

/// Carries steps out on a text; `None` when they do not fit.
fn walk(before: &str, steps: &[Step]) -> Option<(String, Alignment)> {
    let mut after = String::with_capacity(before.len() + 64);
    let mut runs = Vec::new();
    let mut old = 0;
    for step in steps {
        match step {
            Step::Keep(length) => {
                runs.push(Run { old, new: after.len(), length: *length });
                after.push_str(before.get(old..old + length)?);
                old += length;
            }
            Step::Delete(length) => {
                before.get(old..old + length)?;
                old += length;
            }
            Step::Insert(text) => after.push_str(text),
        }
    }
    let rest = before.get(old..)?;
    runs.push(Run { old, new: after.len(), length: rest.len() });
    after.push_str(rest);
    let alignment = Alignment::new(runs, before.len(), after.len());
    Some((after, alignment))
}

#[cfg(test)]
mod tests;
