//! Moves of workspaces between machines. Where a workspace lies is a matter of the machines, so it
//! is administrators who move it, whether they may look into it or not.

use super::{ADMINISTRATOR, Quiet, Row, VIEWER, Within, about, own, to};
use crate::moves::{anew, aside, http};

const COPIES: &str = "/api/v1/workspaces/{id}/copies";
const COPY: &str = "/api/v1/workspaces/{id}/copies/{place}";
const MOVE: &str = "/api/v1/workspaces/{id}/move";

pub(super) static ROWS: &[Row] = &[
    own("GET", "/api/v1/moves", ADMINISTRATOR, Quiet, to!(http::list)),
    about("GET", MOVE, VIEWER, Quiet, to!(http::get)),
    own("POST", MOVE, ADMINISTRATOR, Within("workspace.move"), to!(http::create)),
    own("DELETE", MOVE, ADMINISTRATOR, Within("workspace.move_cancel"), to!(http::cancel)),
    own("GET", COPIES, ADMINISTRATOR, Quiet, to!(anew::list)),
    own("POST", COPIES, ADMINISTRATOR, Within("workspace.place_anew"), to!(anew::place)),
    own("GET", "/api/v1/copies", ADMINISTRATOR, Quiet, to!(aside::list)),
    own("DELETE", COPY, ADMINISTRATOR, Within("workspace.delete_copy"), to!(aside::delete)),
];
