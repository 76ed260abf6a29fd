//! One document, step by step.

use super::*;
use crate::limits::{IN_FLIGHT_MS, QUIET_MS, WRITE_MS_MAX};
use crate::record;
use protocol::document::Keep;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{
    ClientID, Doc, GetString, OffsetKind, ReadTxn, StateVector, Text, TextRef, Transact, Update,
};

const OPTIONS: Options = Options { diff_timeout: None };

struct Client {
    doc: Doc,
    text: TextRef,
    author: Contributor,
}

impl Client {
    fn new(id: u64) -> Self {
        let doc = Doc::with_options(yrs::Options {
            client_id: ClientID::new(id),
            offset_kind: OffsetKind::Utf16,
            ..yrs::Options::default()
        });
        let text = doc.get_or_insert_text(crate::replica::TEXT);
        let author = Contributor {
            kind: AuthorKind::Person,
            principal: Some(format!("usr_{id}")),
            ..Contributor::default()
        };
        Self { doc, text, author }
    }

    fn sync(&self, document: &mut Document) {
        let update = self.doc.transact().encode_state_as_update_v1(&StateVector::default());
        document.receive(0, &self.author, &update, None).unwrap();
        self.pull(document);
    }

    fn pull(&self, document: &Document) {
        let vector = self.doc.transact().state_vector().encode_v1();
        let update = document.lacking(&vector).unwrap().expect("it is the same document");
        self.doc.transact_mut().apply_update(Update::decode_v1(&update).unwrap()).unwrap();
    }

    /// Types and sends.
    fn types(&self, document: &mut Document, now_ms: u64, at: u32, text: &str) {
        let mut transaction = self.doc.transact_mut();
        self.text.insert(&mut transaction, at, text);
        let update = transaction.encode_update_v1();
        drop(transaction);
        assert_eq!(document.receive(now_ms, &self.author, &update, None), Ok(true));
    }

    /// Takes out and sends.
    fn takes_out(&self, document: &mut Document, now_ms: u64, at: u32, length: u32) {
        let mut transaction = self.doc.transact_mut();
        self.text.remove_range(&mut transaction, at, length);
        let update = transaction.encode_update_v1();
        drop(transaction);
        assert_eq!(document.receive(now_ms, &self.author, &update, None), Ok(true));
    }

    fn shows(&self) -> String {
        self.text.get_string(&self.doc.transact())
    }
}

fn open(file: &str) -> (Document, Client) {
    let document = Document::create(OPTIONS, (Lineage::from_number(1), 1), file.as_bytes(), 0);
    let mut document = document.unwrap();
    let client = Client::new(100);
    client.sync(&mut document);
    (document, client)
}

fn save(document: &mut Document, now_ms: u64) -> Vec<u8> {
    let save = document.begin_save(now_ms).expect("there is something to write");
    document.end_save(now_ms, SaveOutcome::Written);
    save.bytes
}

fn found(document: &mut Document, now_ms: u64, file: &str) {
    let author = Contributor::default();
    document.found(now_ms, file.as_bytes(), &author, Evidence::written(now_ms)).unwrap();
}

/// What a kernel would have after a crash.
fn reloaded(document: &mut Document, log: &mut Vec<u8>, file: &[u8]) -> Document {
    record::write(log, &document.take_staged());
    let mut again = Document::load(OPTIONS, 2, record::read(log).0).unwrap();
    assert_eq!(again.text(), document.text());
    again.settle(0, &hash(file), std::str::from_utf8(file).ok());
    again
}

#[test]
fn what_is_typed_is_written_after_a_quiet_while_and_after_two_seconds_at_the_latest() {
    let (mut document, client) = open("a\n");
    assert_eq!(document.save_at(), None);
    client.types(&mut document, 1000, 0, "x");
    assert_eq!(document.save_at(), Some(1000 + QUIET_MS));
    for now in (1100..4000).step_by(100) {
        client.types(&mut document, now, 0, "y");
    }
    assert_eq!(document.save_at(), Some(1000 + WRITE_MS_MAX));
    let bytes = save(&mut document, 4000);
    assert_eq!(bytes, document.text().as_bytes());
    assert_eq!(document.save_at(), None);
}

#[test]
fn what_a_program_writes_is_in_the_document_beside_what_was_typed() {
    let (mut document, client) = open("one\ntwo\n");
    client.types(&mut document, 0, 3, " typed");
    found(&mut document, 10, "one\nTWO\nthree\n");
    assert_eq!(document.text(), "one typed\nTWO\nthree\n");
    client.pull(&document);
    assert_eq!(client.shows(), document.text());
    assert_eq!(save(&mut document, 3000), b"one typed\nTWO\nthree\n");
}

#[test]
fn a_program_that_read_before_our_save_deletes_nothing_that_it_did_not_know() {
    let (mut document, client) = open("one\ntwo\n");
    client.types(&mut document, 0, 3, " typed");
    save(&mut document, 500);
    found(&mut document, 600, "one\ntwo\nagent\n");
    assert_eq!(document.text(), "one typed\ntwo\nagent\n");
    // Later the same means that somebody took it out.
    save(&mut document, 1000);
    found(&mut document, 1000 + IN_FLIGHT_MS, "one\ntwo\nagent\nmore\n");
    assert_eq!(document.text(), "one\ntwo\nagent\nmore\n");
}

#[test]
fn what_was_put_back_later_is_meant() {
    let (mut document, client) = open("one\ntwo\n");
    client.types(&mut document, 0, 3, " typed");
    save(&mut document, 500);
    found(&mut document, 500 + IN_FLIGHT_MS, "one\ntwo\n");
    assert_eq!(document.text(), "one\ntwo\n");
}

#[test]
fn a_program_that_knew_what_was_typed_may_take_out_the_most_of_it() {
    let (mut document, client) = open("one\ntwo\n");
    client.types(&mut document, 0, 0, "top\n");
    client.types(&mut document, 0, 12, "a long line that says nothing\n");
    save(&mut document, 500);
    found(&mut document, 600, "top\none\ntwo!\n");
    assert_eq!(document.text(), "top\none\ntwo!\n");
}

#[test]
fn nobody_who_knew_of_a_blank_joins_the_words_that_were_one_before() {
    let (mut document, client) = open("one\nc37zc8z\n");
    client.types(&mut document, 0, 8, " ");
    save(&mut document, 500);
    found(&mut document, 600, "one\nc37zc8z\nagent\n");
    assert_eq!(document.text(), "one\nc37z c8z\nagent\n");
}

#[test]
fn a_line_that_a_program_rewrote_does_not_hide_what_it_knew() {
    let (mut document, client) = open("one\nk30z\nb11z \n");
    client.types(&mut document, 0, 0, "t ");
    save(&mut document, 500);
    found(&mut document, 600, "one\nk36z k30z\nk37z\n");
    assert_eq!(document.text(), "t one\nk36z k30z\nk37z\n");
}

#[test]
fn a_program_that_writes_from_memory_keeps_what_was_typed() {
    let (mut document, client) = open("count 0\nrest\n");
    let mut now = 0;
    for count in 1..50 {
        now += 100;
        found(&mut document, now, &format!("count {count}\nrest\n"));
        client.pull(&document);
        let end = u32::try_from(client.shows().encode_utf16().count()).unwrap();
        client.types(&mut document, now + 10, end, &format!("t{count} "));
        if count % 3 == 0 {
            save(&mut document, now + 20);
        }
    }
    let typed = (1..50).fold(String::new(), |text, it| text + &format!("t{it} "));
    assert_eq!(document.text(), format!("count 49\nrest\n{typed}"));
}

#[test]
fn what_git_puts_there_is_what_it_is() {
    let (mut document, client) = open("one\ntwo\n");
    client.types(&mut document, 0, 3, " typed");
    save(&mut document, 500);
    let git = Contributor { kind: AuthorKind::Git, ..Contributor::default() };
    document.found(600, b"one\ntwo\n", &git, Evidence::written(600)).unwrap();
    assert_eq!((document.text(), document.save_at()), ("one\ntwo\n", None));
}

#[test]
fn what_was_saved_after_git_began_is_not_what_it_takes_out() {
    for (began_ms, expected) in [(1100, "one\ntwo\n"), (1000, "late\none\ntwo\n")] {
        let (mut document, client) = open("one\ntwo\n");
        client.types(&mut document, 0, 3, " typed");
        save(&mut document, 500);
        client.types(&mut document, 700, 0, "late\n");
        save(&mut document, 1100);
        let git = Contributor { kind: AuthorKind::Git, ..Contributor::default() };
        let evidence = Evidence { began_ms: Some(began_ms), ..Evidence::written(1200) };
        document.found(1210, b"one\ntwo\n", &git, evidence).unwrap();
        assert_eq!(document.text(), expected, "began at {began_ms}");
    }
    // What it read before it wrote is there once.
    let (mut document, client) = open("one\ntwo\n");
    client.types(&mut document, 700, 0, "late\n");
    save(&mut document, 1100);
    client.types(&mut document, 1110, 0, "later\n");
    save(&mut document, 1150);
    let git = Contributor { kind: AuthorKind::Git, ..Contributor::default() };
    let evidence = Evidence { began_ms: Some(1000), ..Evidence::written(1200) };
    document.found(1210, b"late\nONE\ntwo\n", &git, evidence).unwrap();
    assert_eq!(document.text(), "later\nlate\nONE\ntwo\n");
}

#[test]
fn a_crash_at_any_step_of_a_save_loses_and_doubles_nothing() {
    let (mut document, client) = open("one\n");
    let mut log = Vec::new();
    client.types(&mut document, 0, 3, " typed");
    let mut again = reloaded(&mut document, &mut log, b"one\n");
    assert_eq!(again.begin_save(500).unwrap().bytes, b"one typed\n");
    // Written, and nobody lived to say so; then a program wrote on.
    for (file, expected) in [
        ("one\n", "one typed\n"),
        ("one typed\n", "one typed\n"),
        ("one typed\nagent\n", "one typed\nagent\n"),
        ("one\nagent\n", "one typed\nagent\n"),
    ] {
        let mut log = log.clone();
        let mut document = again_from(&log);
        document.begin_save(500).unwrap();
        let mut again = reloaded(&mut document, &mut log, file.as_bytes());
        found(&mut again, 700, file);
        assert_eq!(again.text(), expected, "{file:?}");
        let client = Client::new(101);
        client.sync(&mut again);
        assert_eq!(client.shows(), expected);
    }
}

fn again_from(log: &[u8]) -> Document {
    let mut document = Document::load(OPTIONS, 9, record::read(log).0).unwrap();
    document.settle(0, &hash(b"one\n"), Some("one\n"));
    document
}

#[test]
fn a_log_says_when_each_content_was_written_also_of_two_that_are_the_same() {
    let (mut document, client) = open("one\n");
    client.types(&mut document, 0, 3, " typed");
    save(&mut document, 500);
    client.types(&mut document, 4400, 9, " more");
    save(&mut document, 4500);
    client.takes_out(&mut document, 5900, 9, 5);
    assert_eq!(save(&mut document, 6000), b"one typed\n");
    let again = reloaded(&mut document, &mut Vec::new(), b"one typed\n");
    for mut document in [document, again] {
        // There was time to read what was typed first.
        found(&mut document, 7000, "one\nagent\n");
        assert_eq!(document.text(), "one\nagent\n");
    }
}

#[test]
fn a_log_can_be_made_short() {
    let (mut document, client) = open("one\ntwo\n");
    client.types(&mut document, 0, 3, " typed");
    save(&mut document, 500);
    found(&mut document, 5000, "one typed\nTWO\n");
    client.pull(&document);
    client.types(&mut document, 5001, 0, "zero\n");
    let mut log = Vec::new();
    record::write(&mut log, &document.compacted());
    document.take_staged();
    let mut again = reloaded(&mut document, &mut log, b"one typed\nTWO\n");
    assert_eq!(save(&mut again, 9000), b"zero\none typed\nTWO\n");
    let foreign = Client::new(100);
    foreign.text.insert(&mut foreign.doc.transact_mut(), 0, "stolen, or a collision of ids");
    let update = foreign.doc.transact().encode_state_as_update_v1(&StateVector::default());
    let other = Contributor { principal: Some("usr_other".to_owned()), ..Contributor::default() };
    assert_eq!(again.receive(0, &other, &update, None), Err(Refusal::Impostor));
}

#[test]
fn a_conflict_is_shown_until_somebody_decides() {
    for (keep, expected) in [
        (Keep::Document, "x\nfoo mine\nafter\ny\n"),
        (Keep::Disk, "x\nfoo its\nafter\ny\n"),
        (Keep::Both, "x\nfoo mine\nfoo its\nafter\ny\n"),
    ] {
        let (mut document, client) = open("x\nfoo bar\ny\n");
        let mut transaction = client.doc.transact_mut();
        client.text.remove_range(&mut transaction, 6, 3);
        client.text.insert(&mut transaction, 6, "mine");
        let update = transaction.encode_update_v1();
        drop(transaction);
        document.receive(0, &client.author, &update, None).unwrap();
        found(&mut document, 10, "x\nfoo its\ny\n");
        assert_eq!(document.text(), "x\nfoo mine\nfoo its\ny\n");
        client.pull(&document);
        let end = u32::try_from("x\nfoo mine\nfoo its\n".len()).unwrap();
        client.types(&mut document, 20, end, "after\n");
        let mut log = Vec::new();
        record::write(&mut log, &document.compacted());
        document.take_staged();
        let mut document = reloaded(&mut document, &mut log, b"x\nfoo its\ny\n");
        let conflicts = document.conflicts();
        assert_eq!((conflicts.len(), conflicts[0].line), (1, 2));
        assert_eq!((&*conflicts[0].document, &*conflicts[0].disk), ("foo mine\n", "foo its\n"));
        assert!(document.resolve(30, conflicts[0].id, keep, &client.author));
        assert_eq!(document.text(), expected);
        assert!(!document.resolve(30, conflicts[0].id, keep, &client.author));
    }
}

#[test]
fn a_replica_of_another_document_is_told_apart() {
    let (one, client) = open("one\n");
    let other = Document::create(OPTIONS, (Lineage::from_number(2), 1), b"one\n", 0).unwrap();
    let vector = client.doc.transact().state_vector().encode_v1();
    assert!(one.lacking(&vector).unwrap().is_some());
    assert_eq!(other.lacking(&vector), Ok(None));
}

#[test]
fn line_endings_and_marks_come_back() {
    let (mut document, client) = open("\u{feff}a\r\nb\r\n");
    assert_eq!(document.text(), "a\nb\n");
    client.types(&mut document, 0, 2, "typed\r\nx\n");
    assert_eq!(save(&mut document, 500), "\u{feff}a\r\ntyped\r\nx\r\nb\r\n".as_bytes());
    found(&mut document, 5000, "a\ntyped\nx\nb\n");
    assert_eq!((document.text(), document.save_at()), ("a\ntyped\nx\nb\n", None));
    found(&mut document, 10_000, "a\r\ntyped\nx\nb\n");
    assert_eq!(document.text(), "a\r\ntyped\nx\nb\n");
}

#[test]
fn a_deleted_file_is_not_written_until_it_is_back() {
    let (mut document, client) = open("one\n");
    client.types(&mut document, 0, 0, "typed ");
    document.deleted(10);
    assert_eq!(document.save_at(), None);
    let mut log = Vec::new();
    let mut document = reloaded(&mut document, &mut log, b"");
    assert!(document.is_deleted());
    found(&mut document, 5000, "one\nnew\n");
    assert_eq!(document.text(), "typed one\nnew\n");
    // What was saved before it was deleted is not put into what is made anew.
    save(&mut document, 5100);
    document.deleted(5200);
    found(&mut document, 5300, "one\n");
    assert_eq!(document.text(), "one\n");
}
