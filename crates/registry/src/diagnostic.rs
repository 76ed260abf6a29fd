//! The codes that more than one kind of runtime tells, and how many of them a list has.

use protocol::registry::RuntimeDiagnostic;

/// Most diagnostics of one list.
pub const DIAGNOSTICS_MAX: usize = 16;

pub(crate) const SPAWN_PENDING: &str = "worker_spawn_resolver_pending";
pub(crate) const STOP_PENDING: &str = "worker_stop_pending";
pub(crate) const INPUT_PENDING: &str = "worker_input_pending";
pub(crate) const TRANSCRIPT_PENDING: &str = "worker_transcript_pending";
pub(crate) const PROXY_PENDING: &str = "worker_proxy_pending";
pub(crate) const EVENTS_PENDING: &str = "worker_events_pending";

/// Keeps the first diagnostics of a list.
pub(crate) fn bound(diagnostics: &mut Vec<RuntimeDiagnostic>) {
    diagnostics.truncate(DIAGNOSTICS_MAX);
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::registry::DiagnosticSeverity;
    use serde_json::json;

    // covers: S4.22, S4.23
    #[test]
    fn a_diagnostic_is_a_code_a_severity_and_a_message() {
        let told = serde_json::to_value(RuntimeDiagnostic::warning("a_code", "words")).unwrap();
        assert_eq!(told, json!({"code": "a_code", "severity": "warning", "message": "words"}));
        for (severity, word) in [
            (DiagnosticSeverity::Info, "info"),
            (DiagnosticSeverity::Warning, "warning"),
            (DiagnosticSeverity::Error, "error"),
        ] {
            assert_eq!(serde_json::to_value(severity).unwrap(), word);
        }
    }

    // covers: S4.24
    #[test]
    fn a_severity_that_is_none_is_information() {
        let severity = |text| RuntimeDiagnostic::new("c", text, "m").severity;
        assert_eq!(severity("error"), DiagnosticSeverity::Error);
        assert_eq!(severity("warning"), DiagnosticSeverity::Warning);
        for text in ["info", "", "Error", "fatal", "WARNING"] {
            assert_eq!(severity(text), DiagnosticSeverity::Info, "{text}");
        }
    }
}
