//! What a share says to whom, without a database.

use super::*;
use crate::shares::page::Refusal::{
    Ended, Expired, NeedsLink, NotChosen, Nothing, Password, SignIn,
};
use protocol::WorkspaceId;
use protocol::share::ShareMode::{Chosen, Link, SignedIn};

const NOW: u64 = 1_000;

fn share(mode: ShareMode) -> FoundShare {
    let row = ShareRow {
        id: ShareId::from_random(1),
        workspace: WorkspaceId::from_random(1),
        owner: PrincipalId::from_random(1),
        owner_name: Some("ada".to_owned()),
        hash: String::new(),
        link: 1,
        access: 1,
        mode,
        password_hash: None,
        slug: None,
        created_at_ms: 0,
        expires_at_ms: None,
        ended_at_ms: None,
        views: 0,
        viewed_at_ms: None,
    };
    FoundShare { row, is_chosen: false }
}

fn ways() -> [Way; 3] {
    let slug = Way::Slug("ada".to_owned(), "demo".to_owned());
    [Way::Token(String::new()), slug, Way::Id(ShareId::from_random(1))]
}

/// What a share says by token, by name and by id.
fn check(found: Option<&FoundShare>, name: Option<&str>, expected: [Option<Refusal>; 3]) {
    for (way, expected) in ways().into_iter().zip(expected) {
        let verdict = judge(found, name.map(str::to_owned), &way, NOW);
        let expected = expected.map_or(Verdict::Open, Verdict::Refused);
        assert_eq!(verdict, expected, "{found:?} {name:?} {way:?}");
    }
}

#[test]
fn a_link_is_for_whoever_has_it_and_an_id_is_no_link() {
    let mut found = share(Link);
    check(Some(&found), None, [None, None, Some(NeedsLink)]);
    check(Some(&found), Some("Eve"), [None, None, Some(NeedsLink)]);
    // What has a name is public.
    found.row.slug = Some("demo".to_owned());
    check(Some(&found), None, [None, None, None]);
}

#[test]
fn a_password_is_asked_for_whoever_comes() {
    let found = share(ShareMode::Password);
    for name in [None, Some("Ada")] {
        check(Some(&found), name, [Some(Password), Some(Password), Some(Password)]);
    }
}

#[test]
fn by_name_a_share_for_others_is_as_one_that_does_not_exist() {
    let eve = Some("Eve".to_owned());
    for mode in [SignedIn, Chosen] {
        let found = share(mode);
        check(Some(&found), None, [Some(SignIn), Some(Nothing(None)), Some(SignIn)]);
    }
    check(None, None, [Some(Nothing(None)), Some(Nothing(None)), Some(Nothing(None))]);
    let nothing = || Some(Nothing(eve.clone()));
    check(None, Some("Eve"), [nothing(), nothing(), nothing()]);
    let mut found = share(Chosen);
    let others = || Some(NotChosen("Eve".to_owned()));
    check(Some(&found), Some("Eve"), [others(), nothing(), others()]);
    found.is_chosen = true;
    check(Some(&found), Some("Eve"), [None, None, None]);
    check(Some(&share(SignedIn)), Some("Eve"), [None, None, None]);
}

#[test]
fn what_is_over_says_so_to_those_who_may_know() {
    for mode in [Link, ShareMode::Password, SignedIn, Chosen] {
        let mut found = share(mode);
        found.row.expires_at_ms = Some(NOW);
        let public = matches!(mode, Link | ShareMode::Password);
        let by_name = if public { Expired } else { Nothing(None) };
        check(Some(&found), None, [Some(Expired), Some(by_name), Some(Expired)]);
        found.row.expires_at_ms = Some(NOW + 1);
        assert_ne!(judge(Some(&found), None, &ways()[0], NOW), Verdict::Refused(Expired));
        found.row.ended_at_ms = Some(NOW);
        check(Some(&found), None, [Some(Ended), Some(Nothing(None)), Some(Ended)]);
    }
}

#[test]
fn a_form_is_read_as_browsers_write_it() {
    assert_eq!(form_value(b"password=a+b%26c%C3%BC", "password").as_deref(), Some("a b&c\u{fc}"));
    assert_eq!(form_value(b"other=1", "password"), None);
    assert_eq!(form_value(b"", "password"), None);
    assert_eq!(form_value(b"\xff", "password"), None);
}
