//! Who decides the size, as scripts of what clients do.

use super::*;
use Event::{Attach, Detach, Preset, Resize, Typed};
use expect_test::{Expect, expect};

fn size(cols: u16, rows: u16) -> Size {
    Size::clamped(cols, rows)
}

fn attach(client: ClientId, cols: u16) -> Event {
    Attach { client, size: Some(size(cols, 24)), read_only: false }
}

fn watch(client: ClientId, cols: u16) -> Event {
    Attach { client, size: Some(size(cols, 24)), read_only: true }
}

/// Shows the columns after each event; in brackets when nothing changed.
fn check(events: &[Event], expected: &Expect) {
    let mut sizes = Sizes::new(size(80, 24));
    let shown: Vec<String> = events
        .iter()
        .map(|event| match sizes.step(*event) {
            Some(size) => format!("{}", size.cols),
            None => format!("({})", sizes.current().cols),
        })
        .collect();
    expected.assert_eq(&shown.join(" "));
}

#[test]
fn a_lone_client_decides_at_once() {
    check(&[attach(1, 100), Resize { client: 1, size: size(120, 24) }], &expect!["100 120"]);
}

#[test]
fn a_second_client_decides_when_it_types() {
    check(
        &[attach(1, 100), attach(2, 60), Typed { client: 2 }, Typed { client: 1 }],
        &expect!["100 (100) 60 100"],
    );
}

#[test]
fn a_resize_of_who_does_not_decide_waits_until_it_types() {
    check(
        &[
            attach(1, 100),
            attach(2, 60),
            Resize { client: 2, size: size(50, 24) },
            Typed { client: 2 },
        ],
        &expect!["100 (100) (100) 50"],
    );
}

#[test]
fn whoever_was_active_last_takes_over() {
    check(
        &[attach(1, 100), attach(2, 60), attach(3, 70), Typed { client: 1 }, Detach { client: 1 }],
        &expect!["100 (100) (100) (100) 70"],
    );
    check(
        &[
            attach(1, 100),
            attach(2, 60),
            attach(3, 70),
            Typed { client: 2 },
            Typed { client: 1 },
            Detach { client: 1 },
        ],
        &expect!["100 (100) (100) 60 100 60"],
    );
}

#[test]
fn the_last_one_leaves_its_size_behind() {
    check(&[attach(1, 100), Detach { client: 1 }, attach(2, 60)], &expect!["100 (100) 60"]);
}

#[test]
fn who_leaves_without_having_decided_changes_nothing() {
    check(&[attach(1, 100), attach(2, 60), Detach { client: 2 }], &expect!["100 (100) (100)"]);
}

#[test]
fn read_only_clients_never_decide() {
    check(
        &[
            watch(1, 100),
            Typed { client: 1 },
            Resize { client: 1, size: size(90, 24) },
            attach(2, 60),
            Detach { client: 2 },
        ],
        &expect!["(80) (80) (80) 60 (60)"],
    );
}

#[test]
fn a_client_without_a_size_decides_once_it_has_one() {
    check(
        &[
            Attach { client: 1, size: None, read_only: false },
            Typed { client: 1 },
            Resize { client: 1, size: size(90, 24) },
        ],
        &expect!["(80) (80) 90"],
    );
}

#[test]
fn a_wish_of_the_kernel_counts_while_nobody_decides() {
    check(
        &[Preset { size: size(70, 24) }, attach(1, 100), Preset { size: size(60, 24) }],
        &expect!["70 100 (100)"],
    );
}

#[test]
fn sizes_stay_within_the_protocols_bounds() {
    assert_eq!(Size::clamped(0, 0), Size { cols: COLS_MIN, rows: ROWS_MIN });
    assert_eq!(Size::clamped(u16::MAX, u16::MAX), Size { cols: COLS_MAX, rows: ROWS_MAX });
}
