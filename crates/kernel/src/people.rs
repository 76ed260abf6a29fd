//! Who is here: every connection of somebody to the workspace, and what they look at.

use crate::http::caller::Caller;
use protocol::ConnectionId;
use protocol::channel::Person;
use std::sync::Arc;
use stdx::{WorkspacePath, clock};
use tokio::sync::watch;

/// Those who are here, in the order in which they came. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct People {
    publish: Arc<watch::Sender<Arc<Vec<Person>>>>,
}

impl Default for People {
    fn default() -> Self {
        Self { publish: Arc::new(watch::Sender::default()) }
    }
}

/// Somebody's presence: dropped, they are gone.
#[derive(Debug)]
pub struct Presence {
    people: People,
    pub connection: ConnectionId,
}

impl People {
    /// Who is here, and its changes; intermediate values may be skipped.
    pub fn subscribe(&self) -> watch::Receiver<Arc<Vec<Person>>> {
        self.publish.subscribe()
    }

    /// `caller` comes.
    pub fn join(&self, caller: &Caller) -> Presence {
        let connection = ConnectionId::from_random(stdx::random::bits());
        let person = Person {
            connection: connection.clone(),
            principal: caller.principal.clone(),
            name: caller.name.clone(),
            operator: caller.operator.clone(),
            role: caller.role,
            looking: None,
            joined_at_ms: clock::now_ms(),
        };
        self.publish.send_modify(|it| Arc::make_mut(it).push(person));
        Presence { people: self.clone(), connection }
    }
}

impl Presence {
    /// They look at `path` from here on.
    pub fn look(&self, path: Option<WorkspacePath>) {
        let path = path.map(|it| it.as_str().to_owned());
        self.people.publish.send_if_modified(|people| {
            let same = |it: &&Person| it.connection == self.connection;
            if people.iter().find(same).is_none_or(|it| it.looking == path) {
                return false;
            }
            let mut people = Arc::make_mut(people).iter_mut();
            if let Some(person) = people.find(|it| it.connection == self.connection) {
                person.looking = path;
            }
            true
        });
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let connection = &self.connection;
        self.people
            .publish
            .send_modify(|it| Arc::make_mut(it).retain(|it| it.connection != *connection));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::header::Role;

    fn caller(name: &str) -> Caller {
        Caller {
            principal: Some(format!("usr_{name}")),
            name: Some(name.to_owned()),
            role: Role::Editor,
            operator: None,
            request_id: None,
            preview_origin: None,
        }
    }

    // covers: S0.32
    #[test]
    fn people_come_look_and_go_and_two_tabs_are_two() {
        let people = People::default();
        let here = || {
            let show = |it: &Person| format!("{:?} {:?}", it.name, it.looking).replace("Some", "");
            people.subscribe().borrow().iter().map(show).collect::<Vec<_>>()
        };
        let first = people.join(&caller("ada"));
        let second = people.join(&caller("ada"));
        assert_ne!(first.connection, second.connection);
        second.look(WorkspacePath::parse("src/main.rs").ok());
        assert_eq!(here(), [r#"("ada") None"#, r#"("ada") ("src/main.rs")"#]);
        drop(first);
        let mut changes = people.subscribe();
        second.look(WorkspacePath::parse("src/main.rs").ok());
        assert!(!changes.has_changed().unwrap(), "looking on is no news");
        second.look(None);
        assert!(changes.borrow_and_update()[0].looking.is_none());
        drop(second);
        assert!(here().is_empty());
    }
}
