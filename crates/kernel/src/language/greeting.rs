//! What we say about ourselves to a server: which parts of the protocol our clients understand.

use super::place::uri_of;
use serde_json::{Value, json};
use std::path::Path;
use stdx::WorkspacePath;

/// Kinds of code actions that have a meaning of their own; others are shown all the same.
const ACTION_KINDS: &[&str] = &[
    "",
    "quickfix",
    "refactor",
    "refactor.extract",
    "refactor.inline",
    "refactor.rewrite",
    "source",
    "source.organizeImports",
    "source.fixAll",
];

/// Parameters of `initialize`.
pub(super) fn initialize(workspace: &Path, root: &WorkspacePath) -> Value {
    let uri = uri_of(workspace, root);
    let name = if root.is_root() { "workspace" } else { root.file_name() };
    json!({
        "processId": null,
        "clientInfo": {"name": "stead"},
        "rootUri": uri,
        "workspaceFolders": [{"uri": uri, "name": name}],
        "capabilities": capabilities(),
        "initializationOptions": {
            // It would fetch packages by itself.
            "disableAutomaticTypingAcquisition": true,
            "hostInfo": "stead",
            // Everywhere means everywhere, and not `import { old as new }`.
            "preferences": {"providePrefixAndSuffixTextForRename": false},
            // One process that knows everything, rather than two of which one guesses meanwhile.
            "tsserver": {"useSyntaxServer": "never"},
        },
    })
}

fn capabilities() -> Value {
    json!({
        "general": {"positionEncodings": ["utf-16"]},
        "window": {"workDoneProgress": true},
        "workspace": {
            "workspaceFolders": true,
            "configuration": true,
            // While a command runs that somebody asked for.
            "applyEdit": true,
            "workspaceEdit": {
                "documentChanges": true,
                // Nothing here brings back a folder that was deleted.
                "resourceOperations": ["create", "rename"],
                "failureHandling": "abort",
            },
            "executeCommand": {},
            "symbol": {},
            "didChangeWatchedFiles": {"dynamicRegistration": false},
            "diagnostics": {"refreshSupport": true},
        },
        "textDocument": {
            "synchronization": {"didSave": true},
            "completion": {
                "contextSupport": true,
                "completionItem": {
                    "snippetSupport": false,
                    "labelDetailsSupport": true,
                    "documentationFormat": ["markdown", "plaintext"],
                    "resolveSupport": {
                        "properties": ["documentation", "detail", "additionalTextEdits"],
                    },
                },
            },
            "hover": {"contentFormat": ["markdown", "plaintext"]},
            "signatureHelp": {
                "contextSupport": true,
                "signatureInformation": {
                    "documentationFormat": ["markdown", "plaintext"],
                    "parameterInformation": {"labelOffsetSupport": true},
                    "activeParameterSupport": true,
                },
            },
            "codeAction": {
                "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ACTION_KINDS}},
                "isPreferredSupport": true,
                "disabledSupport": true,
                "dataSupport": true,
                "resolveSupport": {"properties": ["edit"]},
            },
            "definition": {"linkSupport": false},
            "references": {},
            "documentHighlight": {},
            "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
            "formatting": {},
            "rename": {"prepareSupport": true},
            "publishDiagnostics": {"tagSupport": {"valueSet": [1, 2]}},
            "diagnostic": {},
        },
    })
}
