//! Tokens from the command line: shown once, bounded, listed without their secrets, revoked.

use crate::world::{World, stead};
use serde_json::Value;

/// Exit code, standard output, standard error.
fn with_token(world: &World, token: &str, line: &[&str]) -> (i32, String, String) {
    let url = format!("http://{}", world.address());
    let output = stead().args(["--url", &url, "--token", token]).args(line).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_token_is_printed_once_works_within_its_bounds_and_is_revoked() {
    let world = World::start(&[]);
    let (inside, outside) = (world.say(&["new", "inside"]), world.say(&["new", "outside"]));
    let made = world.stead(&["token", "create", "Nightly", "--read-only", "--workspace", "inside"]);
    assert!(made.status.success(), "{made:?}");
    let secret = String::from_utf8(made.stdout).unwrap();
    let note = String::from_utf8(made.stderr).unwrap();
    assert!(secret.starts_with("stead_") && secret.ends_with('\n'), "{secret}");
    assert_eq!(secret.lines().count(), 1, "nothing else is on standard output");
    let secret = secret.trim().to_owned();
    assert!(
        note.contains("Nightly") && note.contains(&inside) && note.contains("for 90 d"),
        "{note}"
    );
    assert!(!note.contains(&secret));

    let ls = with_token(&world, &secret, &["ls"]);
    assert!(ls.1.contains(&inside) && !ls.1.contains(&outside), "{ls:?}");
    let refused = with_token(&world, &secret, &["start", &inside]);
    assert_eq!((refused.0, refused.2.contains("`editor`")), (1, true), "{refused:?}");
    assert_eq!(with_token(&world, &secret, &["rm", &outside, "--yes"]).0, 1);
    let own = with_token(&world, &secret, &["token", "create", "more"]);
    assert_eq!((own.0, own.1.as_str()), (1, ""), "a token makes no tokens");

    let listed = world.say(&["token", "ls", "--json"]);
    assert!(!listed.contains(&secret[..20]), "{listed}");
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!((&listed[0]["name"], &listed[0]["read_only"]), (&"Nightly".into(), &true.into()));
    assert!(world.say(&["token", "ls"]).contains("just now"), "its last use is shown");
    assert!(!world.log().contains(&secret));

    world.say(&["token", "create", "Other", "--expires", "never"]);
    world.say(&["token", "create", "Other", "--expires", "30m"]);
    assert!(!world.stead(&["token", "revoke", "Other"]).status.success(), "two are called so");
    assert!(!world.stead(&["token", "revoke", "nothing"]).status.success());
    world.say(&["token", "revoke", "Nightly"]);
    let gone = with_token(&world, &secret, &["ls"]);
    assert_eq!((gone.0, gone.1.as_str()), (1, ""), "{gone:?}");
}
