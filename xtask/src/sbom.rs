//! The list of what is in a release (CycloneDX 1.6, JSON): crates that are linked, and packages
//! that the web application is made of. The same input gives the same bytes: no time, no number
//! that is made up.

use crate::sh;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

/// The document, with a line break at its end.
pub(crate) fn sbom(version: &str) -> Result<String> {
    let mut components = crates()?;
    components.extend(packages()?);
    components.sort_by_key(|it| it["bom-ref"].as_str().unwrap_or_default().to_owned());
    components.dedup();
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": format!("pkg:generic/stead@{version}"),
                "name": "stead",
                "version": version,
                "licenses": [{"expression": "Apache-2.0"}],
                "purl": format!("pkg:generic/stead@{version}"),
            },
        },
        "components": components,
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// The crates that the executable links, with the checksums of the lock file.
fn crates() -> Result<Vec<Value>> {
    let list = sh::capture(sh::cargo().args([
        "tree",
        "--package=cli",
        "--locked",
        "--edges=normal",
        "--prefix=none",
        "--format={p}|{l}",
    ]))?;
    let sums = checksums(&fs::read_to_string(sh::root().join("Cargo.lock"))?);
    let mut components = Vec::new();
    for line in list.lines() {
        let Some((crate_, licence)) = line.split_once('|') else { continue };
        let mut words = crate_.split(' ');
        let (Some(name), Some(version)) = (words.next(), words.next()) else { continue };
        let version = version.trim_start_matches('v');
        // Ours are in the release itself.
        let Some(sum) = sums.get(&(name.to_owned(), version.to_owned())) else { continue };
        // A mark says that a crate was listed before.
        let licence = licence.trim_end_matches("(*)").trim().replace('/', " OR ");
        components.push(component("cargo", name, version, &licence, Some(sum)));
    }
    Ok(components)
}

/// Checksums of a `Cargo.lock`, by name and version. Crates of ours have none.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let field = |block: &str, name: &str| {
        let start = format!("{name} = \"");
        let line = block.lines().find_map(|it| it.strip_prefix(start.as_str()))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    let entry = |block: &str| {
        let key = (field(block, "name")?, field(block, "version")?);
        Some((key, field(block, "checksum")?))
    };
    lock.split("[[package]]").filter_map(entry).collect()
}

/// The packages that are not for development alone: what the built pages may have of them.
fn packages() -> Result<Vec<Value>> {
    let lock = fs::read_to_string(sh::root().join("web/package-lock.json"))?;
    let lock: Value = serde_json::from_str(&lock)?;
    let all = lock["packages"].as_object().context("package-lock.json has no packages")?;
    let is_used = |it: &&Value| it["dev"] != true && it["link"] != true;
    let mut components = Vec::new();
    for (path, package) in all {
        let Some((_, name)) = path.rsplit_once("node_modules/") else { continue };
        let Some(package) = Some(package).filter(is_used) else { continue };
        let version = package["version"].as_str().with_context(|| format!("{name}: no version"))?;
        let licence = package["license"].as_str().unwrap_or("NOASSERTION");
        components.push(component("npm", name, version, licence, None));
    }
    Ok(components)
}

fn component(
    kind: &str,
    name: &str,
    version: &str,
    licence: &str,
    sha256: Option<&String>,
) -> Value {
    let purl = format!("pkg:{kind}/{}@{version}", name.replace('@', "%40"));
    let mut component = json!({
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "licenses": [{"expression": licence}],
        "purl": purl,
    });
    if let Some(sum) = sha256 {
        component["hashes"] = json!([{"alg": "SHA-256", "content": sum}]);
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_linked_is_listed_once_and_tools_of_developers_are_not() {
        let text = sbom("1.2.3").unwrap();
        assert_eq!(text, sbom("1.2.3").unwrap(), "the same bytes each time");
        let document: Value = serde_json::from_str(&text).unwrap();
        let components = document["components"].as_array().unwrap();
        let mut names: Vec<&str> =
            components.iter().map(|it| it["bom-ref"].as_str().unwrap()).collect();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        let has = |start: &str| names.iter().any(|it| it.starts_with(start));
        assert!(has("pkg:cargo/rustls@") && has("pkg:npm/react@"), "{names:?}");
        assert!(has("pkg:npm/%40codemirror/state@"), "{names:?}");
        assert!(!has("pkg:npm/vitest@") && !has("pkg:cargo/proptest@") && !has("pkg:cargo/cli@"));
        for it in components.iter().filter(|it| it["purl"].as_str().unwrap().contains("cargo/")) {
            assert_eq!(it["hashes"][0]["content"].as_str().unwrap().len(), 64, "{it}");
        }
    }
}
