//! Who is here: signing in and out, accounts, tokens, invitations.

use super::{ADMINISTRATOR, ANYONE, OWNER, Quiet, Row, SIGNED_IN, Within, about, own, to};
use crate::people::{
    account, accounts, enter, invitations, join, reset, sign_in, sign_ins, tokens, watch,
};

const ACCOUNT: &str = "/api/v1/accounts/{account}";
const INVITATIONS: &str = "/api/v1/invitations";
const OF_WORKSPACE: &str = "/api/v1/workspaces/{id}/invitations";

pub(super) static ROWS: &[Row] = &[
    own("POST", "/api/v1/enter", ANYONE, Within("login.create"), to!(enter::enter)),
    own("GET", "/api/v1/sign-in", ANYONE, Quiet, to!(sign_in::methods)),
    own("POST", "/api/v1/sign-in", ANYONE, Within("login.create"), to!(sign_in::sign_in)),
    own("POST", "/api/v1/leave", SIGNED_IN, Within("login.delete"), to!(enter::leave)),
    own("GET", "/api/v1/me", SIGNED_IN, Quiet, to!(enter::me)),
    own("WS", "/api/v1/me/watch", SIGNED_IN, Quiet, to!(watch::watch)).in_person(),
    own("PATCH", "/api/v1/me", SIGNED_IN, Within("account.update"), to!(account::update_me))
        .in_person(),
    own(
        "PUT",
        "/api/v1/me/password",
        SIGNED_IN,
        Within("password.change"),
        to!(account::change_password),
    )
    .in_person(),
    own("POST", "/api/v1/links", SIGNED_IN, Within("link.create"), to!(enter::create_link))
        .in_person(),
    own("GET", "/api/v1/sign-ins", SIGNED_IN, Quiet, to!(sign_ins::list)).in_person(),
    own("DELETE", "/api/v1/sign-ins", SIGNED_IN, Within("login.delete"), to!(sign_ins::end_others))
        .in_person(),
    own(
        "DELETE",
        "/api/v1/sign-ins/{login}",
        SIGNED_IN,
        Within("login.delete"),
        to!(sign_ins::end),
    )
    .in_person(),
    own("GET", "/api/v1/tokens", SIGNED_IN, Quiet, to!(tokens::list)).in_person(),
    own("POST", "/api/v1/tokens", SIGNED_IN, Within("token.create"), to!(tokens::create))
        .in_person(),
    own("DELETE", "/api/v1/tokens/{login}", SIGNED_IN, Within("token.delete"), to!(tokens::revoke))
        .in_person(),
    own("GET", "/api/v1/accounts", ADMINISTRATOR, Quiet, to!(accounts::list)),
    own("PATCH", ACCOUNT, ADMINISTRATOR, Within("account.update"), to!(accounts::update))
        .in_person(),
    own("DELETE", ACCOUNT, ADMINISTRATOR, Within("account.delete"), to!(accounts::delete))
        .in_person(),
    own(
        "DELETE",
        "/api/v1/accounts/{account}/sign-ins",
        ADMINISTRATOR,
        Within("account.sign_out"),
        to!(accounts::sign_out),
    )
    .in_person(),
    own(
        "POST",
        "/api/v1/accounts/{account}/reset",
        ADMINISTRATOR,
        Within("password.reset_link"),
        to!(reset::create),
    )
    .in_person(),
    own("POST", "/api/v1/reset", ANYONE, Within("password.reset"), to!(reset::reset)),
    own("POST", "/api/v1/reset/details", ANYONE, Within("password.reset"), to!(reset::details)),
    own("GET", INVITATIONS, ADMINISTRATOR, Quiet, to!(invitations::list)),
    own("POST", INVITATIONS, ADMINISTRATOR, Within("invitation.create"), to!(invitations::create))
        .in_person(),
    own(
        "DELETE",
        "/api/v1/invitations/{invitation}",
        ADMINISTRATOR,
        Within("invitation.delete"),
        to!(invitations::revoke),
    )
    .in_person(),
    about("GET", OF_WORKSPACE, OWNER, Quiet, to!(invitations::list_of_workspace)),
    about(
        "POST",
        OF_WORKSPACE,
        OWNER,
        Within("invitation.create"),
        to!(invitations::create_to_workspace),
    )
    .in_person(),
    about(
        "DELETE",
        "/api/v1/workspaces/{id}/invitations/{invitation}",
        OWNER,
        Within("invitation.delete"),
        to!(invitations::revoke_of_workspace),
    )
    .in_person(),
    own("POST", "/api/v1/join", SIGNED_IN, Within("invitation.accept"), to!(join::join))
        .in_person(),
    own("POST", "/api/v1/join/details", ANYONE, Within("invitation.accept"), to!(join::details)),
    own(
        "POST",
        "/api/v1/join/account",
        ANYONE,
        Within("account.create"),
        to!(join::join_with_account),
    ),
];
