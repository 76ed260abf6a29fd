//! Why nobody was signed in: for the person, and for whoever keeps the server.

use protocol::account::OidcProblem as Problem;
use protocol::{ErrorCode, WireError};

/// What the person is told, and what the log is told besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) problem: Problem,
    /// For the log. Never a code, a token or a secret.
    pub(super) why: String,
}

impl Trouble {
    pub(super) fn new(problem: Problem, why: impl Into<String>) -> Self {
        Self { problem, why: why.into() }
    }

    /// The provider cannot be asked.
    pub(super) fn down(why: impl ToString) -> Self {
        Self::new(Problem::ProviderDown, why.to_string())
    }

    /// What the provider says does not hold.
    pub(super) fn untrusted(why: impl ToString) -> Self {
        Self::new(Problem::Untrusted, why.to_string())
    }
}

impl From<WireError> for Trouble {
    /// A refusal of our own side, such as a database that is away.
    fn from(error: WireError) -> Self {
        let is_over = error.code == ErrorCode::LinkExpired;
        let problem = if is_over { Problem::InvitationOver } else { Problem::Unavailable };
        Self::new(problem, error.message)
    }
}

impl From<crate::database::DatabaseError> for Trouble {
    fn from(error: crate::database::DatabaseError) -> Self {
        Self::from(WireError::from(error))
    }
}
