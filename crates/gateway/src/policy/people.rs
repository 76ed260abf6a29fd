//! Who is here: signing in and out.

use super::{ADMINISTRATOR, ANYONE, Quiet, Row, SIGNED_IN, Within, own, to};
use crate::{account, accounts, enter};

pub(super) static ROWS: &[Row] = &[
    own("POST", "/api/v1/enter", ANYONE, Within("login.create"), to!(enter::enter)),
    own("POST", "/api/v1/leave", SIGNED_IN, Within("login.delete"), to!(enter::leave)),
    own("GET", "/api/v1/me", SIGNED_IN, Quiet, to!(enter::me)),
    own("PATCH", "/api/v1/me", SIGNED_IN, Within("account.update"), to!(account::update_me)),
    own("POST", "/api/v1/links", SIGNED_IN, Within("link.create"), to!(enter::create_link)),
    own("GET", "/api/v1/accounts", ADMINISTRATOR, Quiet, to!(accounts::list)),
];
