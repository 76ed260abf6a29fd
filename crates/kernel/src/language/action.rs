//! Carrying out what a server offers at a place: a fix, another shape of the code.
//!
//! Nothing that a client sends is done: the server is asked again what it offers, and that is done which
//! bears the name that was chosen.

use super::handle::{Handle, Texts};
use super::place::{of_request, uri_of};
use super::workspace_edit::EditError;
use protocol::language::RunCodeAction;
use serde_json::{Value, json};
use std::path::Path;
use stdx::WorkspacePath;

/// Has the server say what is to be changed, and in which texts.
pub(super) async fn run(
    handle: &Handle,
    workspace: &Path,
    path: &WorkspacePath,
    asked: &RunCodeAction,
) -> Result<(Vec<Value>, Texts), EditError> {
    let params = json!({
        "textDocument": {"uri": uri_of(workspace, path)},
        "range": {"start": of_request(asked.start), "end": of_request(asked.end)},
        "context": {"triggerKind": 1},
    });
    let (offered, before) = call(handle, "textDocument/codeAction", params).await?;
    let action = chosen(offered, asked).ok_or(EditError::NotOffered)?;
    if let Some(reason) = action["disabled"]["reason"].as_str() {
        return Err(EditError::Refused(reason.to_owned()));
    }
    let capabilities = handle.status.borrow().capabilities.clone().unwrap_or_default();
    let (action, texts) = if is_unresolved(&action, &capabilities) {
        call(handle, "codeAction/resolve", action).await?
    } else {
        (action, before.clone())
    };
    let (edits, texts) = match (&action["edit"], command_of(&action)) {
        (Value::Null, None) => return Err(EditError::NotOffered),
        (Value::Null, Some(command)) => {
            let params = executable(command, &capabilities)?;
            let (edits, texts) = call(handle, "workspace/executeCommand", params).await?;
            (edits.as_array().cloned().unwrap_or_default(), texts)
        }
        // What should follow an edit, a name to choose or a hint to show, is for an editor to do.
        (edit, _) => (vec![edit.clone()], texts),
    };
    // Somebody typed between the questions: the places may be others by now.
    if before == texts { Ok((edits, texts)) } else { Err(EditError::Stale(path.clone())) }
}

async fn call(
    handle: &Handle,
    method: &'static str,
    params: Value,
) -> Result<(Value, Texts), EditError> {
    let (outcome, texts) = handle.call(method, params).await.ok_or(EditError::NotRunning)?;
    Ok((outcome.map_err(EditError::Refused)?, texts))
}

fn chosen(offered: Value, asked: &RunCodeAction) -> Option<Value> {
    let Value::Array(offered) = offered else { return None };
    offered.into_iter().find(|it| {
        it["title"].as_str() == Some(asked.title.as_str())
            && it["kind"].as_str() == asked.kind.as_deref()
    })
}

/// Whether the server says what is to be changed only when it is asked again.
fn is_unresolved(action: &Value, capabilities: &Value) -> bool {
    action["edit"].is_null()
        && !action["data"].is_null()
        && capabilities["codeActionProvider"]["resolveProvider"] == true
}

/// The command of an action; one of the older kind is a command itself.
fn command_of(action: &Value) -> Option<&Value> {
    let command = &action["command"];
    if command.is_string() { Some(action) } else { Some(command).filter(|it| it.is_object()) }
}

/// A command as the server takes it; only those that it has itself.
fn executable(command: &Value, capabilities: &Value) -> Result<Value, EditError> {
    let name = command["command"].as_str().unwrap_or_default();
    let own = capabilities["executeCommandProvider"]["commands"].as_array();
    if !own.is_some_and(|it| it.iter().any(|it| it == name)) {
        return Err(EditError::Foreign(name.to_owned()));
    }
    Ok(json!({"command": name, "arguments": command["arguments"]}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::language::TextPlace;

    fn asked(title: &str, kind: Option<&str>) -> RunCodeAction {
        let start = TextPlace { line: 1, column: 1 };
        let (path, title, kind) = ("a.ts".to_owned(), title.to_owned(), kind.map(str::to_owned));
        RunCodeAction { path, start, end: start, title, kind }
    }

    #[test]
    fn what_is_chosen_bears_the_name_and_the_kind() {
        let offered = json!([
            {"title": "Extract", "kind": "refactor.extract", "data": 1},
            {"title": "Extract", "kind": "quickfix", "data": 2},
            {"title": "Organize", "command": "sort"},
        ]);
        let check = |it: &RunCodeAction| chosen(offered.clone(), it);
        assert_eq!(check(&asked("Extract", Some("quickfix"))).unwrap()["data"], 2);
        assert_eq!(check(&asked("Organize", None)).unwrap()["command"], "sort");
        assert_eq!(check(&asked("Extract", None)), None);
        assert_eq!(chosen(Value::Null, &asked("Extract", None)), None);
    }

    #[test]
    fn a_command_runs_only_if_it_is_the_servers_own() {
        let capabilities = json!({"executeCommandProvider": {"commands": ["sort"]}});
        let old = json!({"title": "Sort", "command": "sort", "arguments": [1]});
        let new = json!({"title": "Sort", "command": old});
        for action in [&old, &new] {
            let command = command_of(action).unwrap();
            let params = executable(command, &capabilities).unwrap();
            assert_eq!(params, json!({"command": "sort", "arguments": [1]}));
            assert!(executable(command, &Value::Null).is_err());
        }
        assert_eq!(command_of(&json!({"title": "Sort"})), None);
    }

    #[test]
    fn what_has_no_edit_yet_is_asked_for_where_the_server_answers() {
        let capabilities = json!({"codeActionProvider": {"resolveProvider": true}});
        assert!(is_unresolved(&json!({"title": "x", "data": {}}), &capabilities));
        assert!(!is_unresolved(&json!({"title": "x", "data": {}, "edit": {}}), &capabilities));
        assert!(!is_unresolved(&json!({"title": "x"}), &capabilities));
        assert!(!is_unresolved(&json!({"title": "x", "data": {}}), &json!({})));
    }
}
