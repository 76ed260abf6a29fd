//! Identifiers: the given vectors, and what holds for every source.

use super::*;
use proptest::prelude::*;

const LONG: &str = "TicketWorkerWithVeryLongName";

// covers: S4.8, S4.9, S4.10, S4.11, S4.12, S4.16, S4.17, S4.18
#[test]
fn the_given_sources_have_the_given_identifiers() {
    let long = "ticketworkerwithverylongnameticketworkerwithverylongnameticketworkerwithverylongname\
                ticket";
    for (made, expected) in [
        (local_host("local:test"), "local-local-test-a2fa388634a6e2ed"),
        (embedded_host("local:test"), "embedded-local-test-a2fa388634a6e2ed"),
        (local_worker("coder"), "local-worker-coder-c84a9e3ad144b43d"),
        (local_worker("foo.bar"), "local-worker-foo-bar-2595d08ad22c733f"),
        (local_worker("foo-bar"), "local-worker-foo-bar-7d89c4f517e3bd4b"),
        (
            local_worker("00001KVWECEQG-Coder.Worker"),
            "local-worker-00001kvweceqg-coder-worker-9e261bbf1c9cd599",
        ),
        (
            local_worker("Ticket#Worker@Reviewer"),
            "local-worker-ticket-worker-reviewer-acb9473cd23e2d35",
        ),
        (
            local_worker(&format!("{}-A", LONG.repeat(8))),
            &*format!("local-worker-{long}-50cfacf2d1ba48d4"),
        ),
        (
            local_worker(&format!("{}-B", LONG.repeat(8))),
            &*format!("local-worker-{long}-6cf6a2e3bfb075bf"),
        ),
        (local_worker(""), "local-worker-id-e3b0c44298fc1c14"),
        (local_worker("..."), "local-worker-id-ab5df625bc76dbd4"),
    ] {
        assert_eq!(made, expected);
    }
    assert_eq!(local_worker(&format!("{}-A", LONG.repeat(8))).len(), 120);
}

// covers: S4.10
#[test]
fn runs_of_dashes_stay_and_only_the_ends_are_trimmed() {
    assert!(generated("p-", "--a..b__C--").starts_with("p-a--b__c-"));
    assert!(generated("p-", "aé b").starts_with("p-a--b-"));
}

// covers: S4.12
#[test]
fn a_body_that_is_cut_at_dashes_is_trimmed_again() {
    let prefix = "p".repeat(120 - 17 - 4);
    assert!(generated(&prefix, "ab--cd").starts_with(&format!("{prefix}ab-")));
    let made = generated(&prefix, "ab--cd");
    assert_eq!(made.len(), prefix.len() + 2 + 17);
    // With room for one byte there is one.
    let prefix = "p".repeat(200);
    assert_eq!(body("xyz", 1), "x");
    assert_eq!(generated(&prefix, "xyz").len(), 120);
}

// covers: S4.13
#[test]
fn a_prefix_without_room_is_cut_and_the_digest_is_not() {
    let made = generated(&"p".repeat(300), "coder");
    assert_eq!(made.len(), 120);
    assert_eq!(made, format!("{}-c84a9e3ad144b43d", "p".repeat(103)));
}

// covers: S4.7, S4.19
#[test]
fn what_comes_from_outside_is_plain_and_bounded() {
    let is_valid = |text: &str| validate(IdentifierKind::Host, text).is_ok();
    let longest = "a".repeat(120);
    for text in ["a", "local:test", "A-b_C:9", longest.as_str()] {
        assert!(is_valid(text), "{text}");
    }
    let longer = "a".repeat(121);
    for text in
        ["", "../secret", "a b", "%2e", "é", "a/b", "a.b", "a\0", "a\n", " ", longer.as_str()]
    {
        assert!(!is_valid(text), "{text:?}");
    }
}

// covers: S4.20
#[test]
fn a_refusal_repeats_the_beginning_and_says_what_it_should_have_named() {
    let error = validate(IdentifierKind::Worker, &"é".repeat(500)).unwrap_err();
    assert_eq!(error.kind, IdentifierKind::Worker);
    assert_eq!(error.value, "é".repeat(120));
    assert_eq!(error.to_string(), format!("`{}` is no identifier of a worker", "é".repeat(120)));
}

proptest! {
    // covers: S4.14, S4.15
    #[test]
    fn whatever_is_made_is_valid_bounded_and_told_apart(
        prefix in "[a-z-]{0,140}", one in any::<String>(), other in any::<String>(),
    ) {
        let (first, second) = (generated(&prefix, &one), generated(&prefix, &other));
        for made in [&first, &second] {
            prop_assert!(validate(IdentifierKind::Worker, made).is_ok(), "{made}");
            let (_, digits) = made.rsplit_once('-').unwrap();
            prop_assert!(digits.len() == 16 && digits.bytes().all(|it| it.is_ascii_hexdigit()));
            prop_assert_eq!(digits.to_lowercase(), digits);
        }
        prop_assert_eq!(generated(&prefix, &one), first.clone());
        prop_assert_eq!(one == other, first == second);
    }
}
