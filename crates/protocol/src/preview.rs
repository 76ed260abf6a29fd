//! Names of preview origins: `<port>--<workspace>.<domain>`, and `<workspace>.<domain>` for the
//! port that the preview shows.

use crate::id::WorkspaceId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Between port and workspace in a host name.
const SEPARATOR: &str = "--";

/// Which app of which workspace an origin belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PreviewHost {
    pub workspace: WorkspaceId,
    /// `None` is the port that the preview shows.
    pub port: Option<u16>,
}

impl PreviewHost {
    /// The first label of the origin's host name.
    pub fn label(&self) -> String {
        match self.port {
            Some(port) => format!("{port}{SEPARATOR}{}", self.workspace.body()),
            None => self.workspace.body().to_owned(),
        }
    }

    /// Reads a label; `None` when it is not one of ours. Upper case is folded.
    pub fn parse_label(label: &str) -> Option<Self> {
        let label = label.to_ascii_lowercase();
        let (port, body) = match label.split_once(SEPARATOR) {
            Some((port, body)) => (Some(parse_port(port)?), body),
            None => (None, label.as_str()),
        };
        Some(Self { workspace: WorkspaceId::from_body(body)?, port })
    }
}

/// Accepts decimal digits without sign or leading zero, 1 to 65535.
fn parse_port(text: &str) -> Option<u16> {
    let plain = !text.starts_with('0') && text.bytes().all(|it| it.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// Body of `POST /api/v1/workspaces/{id}/preview/grant`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantRequest {
    /// Absent means the port that the preview shows.
    pub port: Option<u16>,
    /// Path and query to open; `/` when absent.
    pub path: Option<String>,
}

/// Where to send a frame or a tab; usable once, for 60 seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Grant {
    pub url: String,
    /// The origin that the URL leads to, without path.
    pub origin: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_survive_the_round_trip() {
        let workspace = WorkspaceId::from_random(42);
        for port in [None, Some(1), Some(5173), Some(65535)] {
            let host = PreviewHost { workspace: workspace.clone(), port };
            assert_eq!(PreviewHost::parse_label(&host.label()), Some(host.clone()));
            assert_eq!(PreviewHost::parse_label(&host.label().to_uppercase()), Some(host));
        }
    }

    #[test]
    fn foreign_labels_are_refused() {
        let body = WorkspaceId::from_random(42).body().to_owned();
        for label in [
            String::new(),
            "www".to_owned(),
            format!("0--{body}"),
            format!("05173--{body}"),
            format!("+80--{body}"),
            format!("65536--{body}"),
            format!("--{body}"),
            format!("1--2--{body}"),
        ] {
            assert_eq!(PreviewHost::parse_label(&label), None, "{label}");
        }
    }

    #[test]
    fn no_two_labels_lead_to_one_origin_but_by_case() {
        let body = WorkspaceId::from_random(42).body().to_owned();
        let pieces =
            ["5173", "0", "--", "-", "+", " ", ".", body.as_str(), &body[1..], "é", "65536"];
        let mut accepted = 0;
        for seed in 0..20_000 {
            let text = stdx::noise::Noise::new(seed).text(&pieces, 4);
            let Some(host) = PreviewHost::parse_label(&text) else { continue };
            assert_eq!(host.label(), text.to_ascii_lowercase());
            accepted += 1;
        }
        assert!(0 < accepted);
    }
}
