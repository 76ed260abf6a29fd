//! `stead openapi`: one document for gateway and kernel, as a client of the gateway sees them; and
//! `stead verbs`, the words of the audit log.

use crate::output;
use anyhow::Result;
use protocol::audit::VERBS;
use serde_json::{Map, Value};
use std::fmt::Write;

/// Where a kernel's routes are found through the gateway.
const KERNEL_PREFIX: &str = "/api/v1/workspaces/{id}/";

/// Prints the document.
pub(crate) fn openapi() -> Result<()> {
    let mut document = serde_json::to_value(gateway::openapi())?;
    let kernel = serde_json::to_value(kernel::openapi())?;
    merge(&mut document, kernel);
    output::say(&format!("{}\n", serde_json::to_string_pretty(&document)?))
}

/// Prints the glossary of the audit log, one table an area.
pub(crate) fn verbs() -> Result<()> {
    let mut text =
        "# Verbs of the audit log\n\nMade of `crates/protocol/src/audit/glossary.rs` by \
                    `cargo xtask codegen`. [audit.md](audit.md) says how the log works.\n"
            .to_owned();
    let mut area = None;
    for verb in VERBS {
        if area.replace(verb.area) != Some(verb.area) {
            let name = serde_json::to_value(verb.area)?;
            let name = name.as_str().unwrap_or_default();
            writeln!(text, "\n## {name}\n\n| Verb | Somebody … |\n| --- | --- |")?;
        }
        writeln!(text, "| `{}` | {} |", verb.name, verb.done)?;
    }
    output::say(&text)
}

fn merge(document: &mut Value, kernel: Value) {
    let paths = object(document, "paths");
    for (path, item) in take(&kernel, "paths") {
        let Some(rest) = path.strip_prefix("/api/v1/") else { continue };
        paths.entry(format!("{KERNEL_PREFIX}{rest}")).or_insert(with_id(item));
    }
    let schemas = object(object_value(document, "components"), "schemas");
    for (name, schema) in take(&kernel["components"], "schemas") {
        schemas.entry(name).or_insert(schema);
    }
}

/// The same operations with the workspace's id as a parameter.
fn with_id(mut item: Value) -> Value {
    let parameter = serde_json::json!({
        "name": "id",
        "in": "path",
        "required": true,
        "schema": { "type": "string" },
    });
    if let Some(operations) = item.as_object_mut() {
        for operation in operations.values_mut() {
            if let Some(operation) = operation.as_object_mut() {
                let list = operation.entry("parameters").or_insert_with(|| Value::Array(vec![]));
                if let Some(list) = list.as_array_mut() {
                    list.insert(0, parameter.clone());
                }
            }
        }
    }
    item
}

fn take(value: &Value, name: &str) -> Map<String, Value> {
    value.get(name).and_then(Value::as_object).cloned().unwrap_or_default()
}

fn object_value<'a>(value: &'a mut Value, name: &str) -> &'a mut Value {
    let map = value.as_object_mut().expect("an OpenAPI document is an object");
    map.entry(name).or_insert_with(|| Value::Object(Map::new()))
}

fn object<'a>(value: &'a mut Value, name: &str) -> &'a mut Map<String, Value> {
    object_value(value, name).as_object_mut().expect("paths and components are objects")
}
