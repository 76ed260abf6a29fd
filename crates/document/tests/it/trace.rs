//! What somebody typed for hours, key by key: the text at the end is the one that was typed, for who
//! typed it, for who looked on, in the file, and after the log was read again.
//!
//! `STEAD_TRACE=<file.json.gz>` replays one of the published traces (`josephg/editing-traces`, of one
//! person or of several at the same time) instead of one that is made here.

use crate::world::Random;
use document::Document;
use document::document::{Options, SaveOutcome, hash};
use document::record;
use document::replica::{Lineage, TEXT};
use protocol::channel::AuthorKind;
use protocol::document::Contributor;
use serde::Deserialize;
use std::collections::BTreeSet;
use yrs::updates::decoder::Decode;
use yrs::{ClientID, Doc, GetString, OffsetKind, Text, Transact, Update};

/// Keys of the trace that is made here.
const KEYS: usize = 10_000;
/// Between two keys, in milliseconds.
const KEY_MS: u64 = 120;
/// The kernel ends and begins again after so many keys.
const CRASH_AFTER: usize = 3_001;

/// A trace as it is published.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    #[serde(default)]
    start_content: String,
    end_content: String,
    txns: Vec<Transaction>,
}

#[derive(Deserialize)]
struct Transaction {
    /// Place, how much goes, what comes; in characters.
    patches: Vec<(usize, usize, String)>,
    /// Who typed.
    #[serde(default)]
    agent: usize,
    /// The transactions that he had seen last; without them the one before this.
    parents: Option<Vec<usize>>,
}

#[test]
fn a_long_trace_ends_as_the_text_that_was_typed() {
    #[expect(clippy::disallowed_methods, reason = "published traces are replayed by hand")]
    let path = std::env::var("STEAD_TRACE");
    let published = |path| {
        let file = std::fs::File::open(path).unwrap();
        serde_json::from_reader(flate2::read::GzDecoder::new(file)).unwrap()
    };
    replay(&path.map_or_else(|_| typed(7), published));
}

/// Somebody types lines, goes back, takes out and puts in, also what is more than a byte long.
fn typed(seed: u64) -> Trace {
    let mut random = Random::new(seed);
    let letters: Vec<char> = "etaoin shrdlu,.\n ä→字".chars().collect();
    let (mut text, mut at) = (Vec::new(), 0);
    let mut txns = Vec::with_capacity(KEYS);
    for _ in 0..KEYS {
        if random.chance(3) {
            at = random.below(text.len() + 1);
        }
        let removed = if random.chance(12) { random.below(6).min(at) } else { 0 };
        at -= removed;
        let inserted: String =
            (0..usize::from(removed == 0)).map(|_| letters[random.below(letters.len())]).collect();
        text.splice(at..at + removed, inserted.chars());
        let patches = vec![(at, removed, inserted.clone())];
        txns.push(Transaction { patches, agent: 0, parents: None });
        at += inserted.chars().count();
    }
    Trace { start_content: String::new(), end_content: text.into_iter().collect(), txns }
}

/// Somebody with a replica.
struct Client {
    doc: Doc,
    text: yrs::TextRef,
    /// The transactions that he has.
    has: BTreeSet<usize>,
}

impl Client {
    fn new(id: u64) -> Self {
        let doc = Doc::with_options(yrs::Options {
            client_id: ClientID::new(id),
            offset_kind: OffsetKind::Utf16,
            ..yrs::Options::default()
        });
        let text = doc.get_or_insert_text(TEXT);
        Self { doc, text, has: BTreeSet::new() }
    }

    fn apply(&self, update: &[u8]) {
        self.doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
    }

    fn types(&mut self, index: usize, transaction: &Transaction) -> Vec<u8> {
        self.has.insert(index);
        let mut change = self.doc.transact_mut();
        for (at, removed, inserted) in &transaction.patches {
            assert!(inserted.chars().all(|it| it.len_utf16() == 1), "a place is one character");
            let [at, removed] = [*at, *removed].map(|it| u32::try_from(it).unwrap());
            self.text.remove_range(&mut change, at, removed);
            self.text.insert(&mut change, at, inserted);
        }
        change.encode_update_v1()
    }

    fn shows(&self) -> String {
        self.text.get_string(&self.doc.transact())
    }
}

impl Trace {
    fn parents(&self, index: usize) -> Vec<usize> {
        let before = || index.checked_sub(1).into_iter().collect();
        self.txns[index].parents.clone().unwrap_or_else(before)
    }

    /// What this client lacks of these transactions and of everything that was seen before them.
    fn lacking(&self, client: &Client, mut wanted: Vec<usize>) -> BTreeSet<usize> {
        let mut lacking = BTreeSet::new();
        while let Some(index) = wanted.pop() {
            if !client.has.contains(&index) && lacking.insert(index) {
                wanted.extend(self.parents(index));
            }
        }
        lacking
    }
}

/// Those who type in a trace, and what each of them sent.
struct Writers<'a> {
    trace: &'a Trace,
    all: Vec<Client>,
    sent: Vec<Vec<u8>>,
}

impl<'a> Writers<'a> {
    fn new(trace: &'a Trace, begin: &[u8]) -> Self {
        let count = trace.txns.iter().map(|it| it.agent + 1).max().unwrap_or(0);
        let all: Vec<Client> = (0..count).map(|it| Client::new(100 + it as u64)).collect();
        for it in &all {
            it.apply(begin);
        }
        Self { trace, all, sent: Vec::new() }
    }

    /// The next transaction, by somebody who has seen what he had seen then.
    fn next(&mut self, index: usize) -> &[u8] {
        let transaction = &self.trace.txns[index];
        self.see(transaction.agent, self.trace.parents(index));
        let update = self.all[transaction.agent].types(index, transaction);
        self.sent.push(update);
        &self.sent[index]
    }

    fn see(&mut self, agent: usize, wanted: Vec<usize>) {
        let client = &mut self.all[agent];
        for index in self.trace.lacking(client, wanted) {
            client.apply(&self.sent[index]);
            client.has.insert(index);
        }
    }
}

fn replay(trace: &Trace) {
    let options = Options { diff_timeout: None };
    let begin = trace.start_content.as_bytes();
    let mut server = Document::create(options, (Lineage::from_number(1), 1), begin, 0).unwrap();
    let all = server.lacking(&[0]).unwrap().unwrap();
    let mut writers = Writers::new(trace, &all);
    let reader = Client::new(99);
    reader.apply(&all);
    let mut log = Vec::new();
    let mut file = begin.to_vec();
    for (index, transaction) in trace.txns.iter().enumerate() {
        let now_ms = index as u64 * KEY_MS;
        let principal = Some(format!("usr_{}", transaction.agent));
        let author = Contributor { kind: AuthorKind::Person, principal, ..Contributor::default() };
        server.receive(now_ms, &author, writers.next(index), Some(1)).unwrap();
        let due = server.save_at().is_some_and(|it| it <= now_ms);
        // Nothing is written when what was typed was taken back.
        if due && let Some(save) = server.begin_save(now_ms) {
            assert_eq!(save.expected, hash(&file));
            file = save.bytes;
            server.end_save(now_ms, SaveOutcome::Written);
        }
        record::write(&mut log, &server.take_staged());
        for out in server.take_outgoing() {
            reader.apply(&out.update);
        }
        if index % CRASH_AFTER == CRASH_AFTER - 1 {
            server = Document::load(options, 2, record::read(&log).0).unwrap();
            server.settle(now_ms, &hash(&file), std::str::from_utf8(&file).ok());
            log.clear();
            record::write(&mut log, &server.compacted());
        }
    }
    let end = u64::MAX / 4;
    if let Some(save) = server.begin_save(end) {
        file = save.bytes;
        server.end_save(end, SaveOutcome::Written);
    }
    println!("{} transactions, {} bytes at the end", trace.txns.len(), trace.end_content.len());
    assert!(server.text() == trace.end_content, "the document is another text");
    assert!(file == trace.end_content.as_bytes(), "the file is another text");
    for agent in 0..writers.all.len() {
        writers.see(agent, trace.txns.len().checked_sub(1).into_iter().collect());
        assert!(writers.all[agent].shows() == trace.end_content, "who typed sees another");
    }
    assert!(reader.shows() == trace.end_content, "who looks sees another");
}
