//! The server's replica beside peers as Yjs has them, and updates that must be refused.

use super::*;
use crate::align::apply;
use proptest::prelude::*;
use yrs::{Array, Transact};

/// A peer as a browser has it: places count UTF-16.
pub(crate) fn peer(client: u64) -> (Doc, TextRef) {
    let doc = Doc::with_options(Options {
        client_id: ClientID::new(client),
        offset_kind: OffsetKind::Utf16,
        ..Options::default()
    });
    let text = doc.get_or_insert_text(TEXT);
    (doc, text)
}

fn sync(replica: &mut Replica, doc: &Doc) {
    let theirs = doc.transact().encode_state_as_update_v1(&StateVector::default());
    replica.inspect(&theirs).unwrap();
    replica.apply(&theirs).unwrap();
    let ours = replica.lacking(&doc.transact().state_vector().encode_v1()).unwrap();
    doc.transact_mut().apply_update(Update::decode_v1(&ours).unwrap()).unwrap();
}

#[test]
fn a_document_knows_its_lineage_and_others() {
    let lineage = Lineage::from_number(7);
    let (replica, update) = Replica::begin(lineage, 1, "text\n");
    assert_eq!((replica.text(), replica.lineage()), ("text\n", Some(lineage)));
    let mut other = Replica::new(lineage.client(2));
    other.apply(&update).unwrap();
    assert_eq!((other.text(), other.lineage()), ("text\n", Some(lineage)));
    assert_eq!(other.is_foreign(&replica.state_vector(), lineage), Ok(false));
    let foreign = Lineage::from_number(8);
    assert_eq!(other.is_foreign(&replica.state_vector(), foreign), Ok(true));
    let (client, _) = peer(5);
    let fresh = client.transact().state_vector().encode_v1();
    assert_eq!(other.is_foreign(&fresh, lineage), Ok(false));
}

#[test]
fn a_client_that_draws_fifty_three_bits_is_no_server_of_another_document() {
    let lineage = Lineage::from_number(7);
    let (mut replica, _) = Replica::begin(lineage, 1, "text\n");
    // One that pycrdt drew; half of them have the bit of servers.
    let client = 8_434_177_851_971_946;
    assert!(client & SERVER != 0 && !is_server(client));
    let (doc, text) = peer(client);
    sync(&mut replica, &doc);
    text.insert(&mut doc.transact_mut(), 0, "typed while away, ");
    let back = doc.transact().state_vector().encode_v1();
    assert_eq!(replica.is_foreign(&back, lineage), Ok(false));
    assert_eq!(replica.is_foreign(&back, Lineage::from_number(8)), Ok(true));
    for number in [0, 1, u32::MAX] {
        let server = lineage.client(number);
        assert!(is_server(server) && Lineage::of_client(server) == Some(lineage));
    }
}

#[test]
fn edits_here_and_there_meet() {
    let (mut replica, _) = Replica::begin(Lineage::from_number(1), 1, "grün\nblau\n");
    let (doc, text) = peer(5);
    sync(&mut replica, &doc);
    text.insert(&mut doc.transact_mut(), 4, " 😀");
    let splice = Splice { at: 6..10, text: "rot".to_owned() };
    let (_, alignment) = replica.edit(&[splice]);
    assert_eq!(replica.text(), "grün\nrot\n");
    assert_eq!(alignment.cost(), 7);
    sync(&mut replica, &doc);
    assert_eq!(replica.text(), "grün 😀\nrot\n");
    assert_eq!(text.get_string(&doc.transact()), replica.text());
}

#[test]
fn half_a_character_is_replaced_and_the_text_stays_that_of_the_peers() {
    let (mut replica, _) = Replica::begin(Lineage::from_number(1), 1, "a😀b");
    let (doc, text) = peer(5);
    sync(&mut replica, &doc);
    text.remove_range(&mut doc.transact_mut(), 1, 1);
    sync(&mut replica, &doc);
    assert_eq!(text.get_string(&doc.transact()), replica.text());
}

#[test]
fn what_is_no_text_and_what_builds_on_nothing_is_refused() {
    let (replica, _) = Replica::begin(Lineage::from_number(1), 1, "text");
    let doc = Doc::with_client_id(5);
    let array = doc.get_or_insert_array("list");
    array.push_back(&mut doc.transact_mut(), 1);
    let update = doc.transact().encode_state_as_update_v1(&StateVector::default());
    assert_eq!(replica.inspect(&update), Err(Refused::NotText));

    let (doc, text) = peer(6);
    text.insert(&mut doc.transact_mut(), 0, "one");
    let before = doc.transact().state_vector();
    text.insert(&mut doc.transact_mut(), 3, "two");
    let tail = doc.transact().encode_diff_v1(&before);
    assert_eq!(replica.inspect(&tail), Err(Refused::Gap));
    let whole = doc.transact().encode_state_as_update_v1(&StateVector::default());
    let facts = replica.inspect(&whole).unwrap();
    assert_eq!(facts, Facts { authors: vec![6], inserted_bytes: 6 });
}

#[test]
fn the_server_s_own_notes_may_come_back() {
    let (replica, _) = Replica::begin(Lineage::from_number(1), 1, "text");
    assert_eq!(replica.inspect(&replica.state()), Ok(Facts::default()));
}

proptest! {
    #[test]
    fn nonsense_is_refused_or_harmless(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let (mut replica, _) = Replica::begin(Lineage::from_number(1), 1, "text");
        if replica.inspect(&bytes).is_ok() {
            let _outcome = replica.apply(&bytes);
        }
        let _outcome = replica.lacking(&bytes);
    }

    #[test]
    fn edits_are_what_they_say(
        text in "[aé😀\n]{1,20}",
        cuts in proptest::collection::vec((0..20_usize, 0..5_usize, "[xü😀]{0,3}"), 0..4),
    ) {
        let places: Vec<usize> = (0..=text.len()).filter(|it| text.is_char_boundary(*it)).collect();
        let mut splices: Vec<Splice> = Vec::new();
        for (at, length, insert) in cuts {
            let at = at % places.len();
            let end = (at + length).min(places.len() - 1);
            if splices.last().is_none_or(|it| it.at.end < places[at]) {
                splices.push(Splice { at: places[at]..places[end], text: insert });
            }
        }
        let (mut replica, _) = Replica::begin(Lineage::from_number(1), 1, &text);
        let (doc, shared) = peer(5);
        sync(&mut replica, &doc);
        let (update, alignment) = replica.edit(&splices);
        let expected = apply(&text, &splices);
        prop_assert_eq!(replica.text(), expected.as_str());
        prop_assert_eq!(apply(&text, &alignment.splices(&expected)), expected.as_str());
        doc.transact_mut().apply_update(Update::decode_v1(&update).unwrap()).unwrap();
        prop_assert_eq!(shared.get_string(&doc.transact()), expected);
    }
}
