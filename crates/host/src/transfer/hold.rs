//! Who holds a workspace's storage: a note beside it, written durably before anything follows.
//!
//! ```text
//!            hold                  release
//!  (none) ─────────▶ Held ───────────────────────▶ Free
//!    Free ─────────▶ Held ──seal──▶ Sealed            (another move may hold again)
//! ```
//!
//! An administrator who places a workspace anew takes it, held or sealed, from whatever note there
//! is: whoever wrote that finds another one, and does nothing more.
//!
//! No kernel starts while a workspace is held or sealed. A move that has let go never holds again:
//! what it says late, through a gateway that was thought gone, means nothing.

use protocol::id::MoveId;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::Path;

const FILE: &str = "hold.json";

/// The note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hold {
    pub(crate) by: MoveId,
    pub(crate) state: HoldState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HoldState {
    Held,
    Sealed,
    Free,
}

/// Why a note does not change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HoldError {
    #[error("the workspace is being moved by another move")]
    Other,
    #[error("this move has let go of the workspace")]
    Over,
    #[error("this copy of the workspace is about to be deleted")]
    Sealed,
    #[error("this copy of the workspace was not set aside, so it is not deleted")]
    Startable,
}

impl Hold {
    /// The note beside some storage. `None`: nobody has moved it here or from here.
    pub(crate) fn read(place: &Path) -> io::Result<Option<Self>> {
        match fs::read(place.join(FILE)) {
            Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes the note, durably.
    pub(crate) fn write(by: &MoveId, state: HoldState, place: &Path) -> io::Result<()> {
        let text = serde_json::to_vec(&Self { by: by.clone(), state })?;
        crate::record::write_durably(&place.join(FILE), &text)
    }
}

/// Whether a kernel may start.
pub(crate) fn is_startable(hold: Option<&Hold>) -> bool {
    hold.is_none_or(|it| it.state == HoldState::Free)
}

/// What the note says after a move wants to hold.
pub(crate) fn hold(now: Option<&Hold>, by: &MoveId) -> Result<HoldState, HoldError> {
    match now {
        None => Ok(HoldState::Held),
        Some(Hold { by: it, state: HoldState::Free }) if it == by => Err(HoldError::Over),
        Some(Hold { state: HoldState::Free, .. }) => Ok(HoldState::Held),
        Some(Hold { by: it, state }) if it == by => Ok(*state),
        Some(_) => Err(HoldError::Other),
    }
}

/// The same for one that lets go. Whoever never held has nothing to let go of.
pub(crate) fn release(now: Option<&Hold>, by: &MoveId) -> Result<HoldState, HoldError> {
    match now {
        Some(Hold { by: it, state: HoldState::Sealed }) if it == by => Err(HoldError::Sealed),
        Some(Hold { by: it, .. }) if it != by => Err(HoldError::Other),
        None | Some(_) => Ok(HoldState::Free),
    }
}

/// The same for one that wants the copy to be deleted.
pub(crate) fn seal(now: Option<&Hold>, by: &MoveId) -> Result<HoldState, HoldError> {
    match now {
        None | Some(Hold { state: HoldState::Free, .. }) => Err(HoldError::Over),
        Some(Hold { by: it, .. }) if it != by => Err(HoldError::Other),
        Some(_) => Ok(HoldState::Sealed),
    }
}

/// What it says after an administrator takes the copy from whoever held it.
pub(crate) const fn take(seal: bool) -> HoldState {
    if seal { HoldState::Sealed } else { HoldState::Held }
}

/// Whether a move may delete the copy.
pub(crate) fn may_delete(now: Option<&Hold>, by: &MoveId) -> bool {
    now.is_some_and(|it| it.by == *by && it.state != HoldState::Free)
}

/// Whether anybody may delete the copy, because it never starts again.
pub(crate) fn is_sealed(now: Option<&Hold>) -> bool {
    now.is_some_and(|it| it.state == HoldState::Sealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_that_let_go_never_holds_and_one_that_sealed_never_lets_go() {
        let [one, other] = [1, 2].map(MoveId::from_random);
        let note = |state| Some(Hold { by: one.clone(), state });
        let (held, sealed) = (note(HoldState::Held), note(HoldState::Sealed));
        let free = note(HoldState::Free);
        assert_eq!(hold(None, &one), Ok(HoldState::Held));
        assert_eq!(hold(free.as_ref(), &one), Err(HoldError::Over));
        assert_eq!(hold(free.as_ref(), &other), Ok(HoldState::Held));
        assert_eq!(hold(held.as_ref(), &other), Err(HoldError::Other));
        assert_eq!(hold(sealed.as_ref(), &one), Ok(HoldState::Sealed));
        assert_eq!(release(held.as_ref(), &one), Ok(HoldState::Free));
        assert_eq!(release(held.as_ref(), &other), Err(HoldError::Other));
        assert_eq!(release(sealed.as_ref(), &one), Err(HoldError::Sealed));
        assert_eq!(seal(free.as_ref(), &one), Err(HoldError::Over));
        assert_eq!(seal(held.as_ref(), &one), Ok(HoldState::Sealed));
        assert!(is_startable(None) && is_startable(free.as_ref()));
        assert!(!is_startable(held.as_ref()) && !is_startable(sealed.as_ref()));
        assert!(may_delete(held.as_ref(), &one) && may_delete(sealed.as_ref(), &one));
        assert!(!may_delete(free.as_ref(), &one) && !may_delete(held.as_ref(), &other));
        assert!(!may_delete(None, &one));
    }

    #[test]
    fn what_an_administrator_takes_is_nobody_elses_and_a_sealed_copy_never_starts() {
        let [mover, taker] = [1, 2].map(MoveId::from_random);
        for seal in [true, false] {
            let copy = Some(Hold { by: taker.clone(), state: take(seal) });
            assert!(!is_startable(copy.as_ref()));
            assert_eq!(hold(copy.as_ref(), &mover), Err(HoldError::Other));
            assert_eq!(release(copy.as_ref(), &mover), Err(HoldError::Other));
            assert_eq!(super::seal(copy.as_ref(), &mover), Err(HoldError::Other));
            assert!(!may_delete(copy.as_ref(), &mover));
            assert_eq!(is_sealed(copy.as_ref()), seal);
            assert_eq!(release(copy.as_ref(), &taker).is_ok(), !seal);
        }
    }
}
