//! What a server says and wants by itself.

use super::{Exchange, METHOD_NOT_FOUND, News, error, result};
use serde_json::{Value, json};

/// Things that a server does at once and tells about.
const PROGRESS_MAX: usize = 32;
/// Edits that one command asks for.
const COMMAND_EDITS_MAX: usize = 64;

impl Exchange {
    /// The server wants something of us.
    pub(super) fn asked(&mut self, method: &str, id: &Value, params: &Value) -> News {
        let answer = match method {
            "workspace/configuration" => {
                let count = params["items"].as_array().map_or(0, Vec::len);
                result(id, Value::Array(vec![Value::Null; count]))
            }
            "workspace/applyEdit" => match self.commanded() {
                Some(edits) if edits.len() < COMMAND_EDITS_MAX => {
                    edits.push(params["edit"].clone());
                    result(id, json!({"applied": true}))
                }
                _ => {
                    let reason = "nobody asked for a change";
                    result(id, json!({"applied": false, "failureReason": reason}))
                }
            },
            "client/registerCapability"
            | "client/unregisterCapability"
            | "window/workDoneProgress/create"
            | "window/showMessageRequest"
            | "workspace/workspaceFolders" => result(id, Value::Null),
            _ if method.ends_with("/refresh") => result(id, Value::Null),
            // What should follow a command, a name to choose or a place to show, is for an editor of the
            // server's own kind; refused, the server would call the command failed.
            _ if self.commanded().is_some() => result(id, Value::Null),
            _ => error(id, METHOD_NOT_FOUND, "this is not offered here"),
        };
        self.out.push(answer);
        let refreshes = method == "workspace/diagnostic/refresh";
        if refreshes { News::AskDiagnostics } else { News::Nothing }
    }

    /// The server says something by itself.
    pub(super) fn told(&mut self, method: &str, mut params: Value) -> News {
        match method {
            "textDocument/publishDiagnostics" => {
                if let Some(path) = self.texts.pushed(&mut params) {
                    self.publish(&path);
                }
                News::Nothing
            }
            "$/progress" => self.progressed(&params),
            _ => News::Nothing,
        }
    }

    fn progressed(&mut self, params: &Value) -> News {
        let token = params["token"].to_string();
        match params["value"]["kind"].as_str() {
            Some("begin") if self.progress.len() < PROGRESS_MAX => {
                let mut title = params["value"]["title"].as_str().unwrap_or_default().to_owned();
                title.truncate(title.char_indices().nth(80).map_or(title.len(), |it| it.0));
                self.progress.insert(token, title);
            }
            Some("end") => drop(self.progress.remove(&token)),
            _ => return News::Nothing,
        }
        News::Progress
    }

    /// What the server does just now.
    pub(in super::super) fn work(&self) -> Option<&String> {
        self.progress.values().next()
    }
}
