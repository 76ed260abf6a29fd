//! What ties the spans of one request together (W3C Trace Context), how a kernel, which has no
//! network, and a machine tell the gateway of their own spans, and how a page does.

use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// The header that carries [`TraceContext`].
pub const TRACEPARENT: &str = "traceparent";
/// The header of a kernel's answer that carries [`KernelSpan`]. The gateway takes it out. It is
/// not below the reserved prefix, because what is goes no further than the next proxy.
pub const KERNEL_SPAN: &str = "kernel-span";

/// The header of a machine's answer that carries [`MachineSpan`], once for each: its own, and those
/// of machines behind it.
pub const MACHINE_SPAN: &str = "machine-span";

/// Longest name of a span, in bytes: a method and a pattern of the longest path.
const NAME_BYTES_MAX: usize = 160;

/// To which trace a request belongs, and to which span in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// Never 0.
    pub trace: u128,
    /// The span that asks. Never 0.
    pub span: u64,
    /// Whether anybody writes the trace down.
    pub is_sampled: bool,
}

impl TraceContext {
    /// Reads `00-<trace>-<span>-<flags>`; later versions may have more behind it.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = |it: u8| it == b'-' || it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
        if !text.bytes().all(is_plain) {
            return None;
        }
        let mut parts = text.split('-');
        let mut next = |length: usize| parts.next().filter(|it| it.len() == length);
        let (version, trace, span, flags) = (next(2)?, next(32)?, next(16)?, next(2)?);
        let has_more = parts.next().is_some();
        if version == "ff" || (version == "00" && has_more) {
            return None;
        }
        let trace = u128::from_str_radix(trace, 16).ok().filter(|it| *it != 0)?;
        let span = u64::from_str_radix(span, 16).ok().filter(|it| *it != 0)?;
        let flags = u8::from_str_radix(flags, 16).ok()?;
        Some(Self { trace, span, is_sampled: flags & 1 == 1 })
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = u8::from(self.is_sampled);
        write!(f, "00-{:032x}-{:016x}-{flags:02x}", self.trace, self.span)
    }
}

/// What a kernel did for one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelSpan {
    pub span: u64,
    /// By the kernel's clock, in microseconds since 1970.
    pub start_us: u64,
    /// Until the head of the answer.
    pub duration_us: u64,
    /// Method and pattern of the path, never the path.
    pub name: String,
}

impl KernelSpan {
    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, ';');
        let span = u64::from_str_radix(parts.next()?, 16).ok().filter(|it| *it != 0)?;
        let start_us = parts.next()?.parse().ok()?;
        let duration_us = parts.next()?.parse().ok()?;
        let name = parts.next()?.to_owned();
        (name.len() <= NAME_BYTES_MAX).then_some(Self { span, start_us, duration_us, name })
    }
}

impl fmt::Display for KernelSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x};{};{};{}", self.span, self.start_us, self.duration_us, self.name)
    }
}

/// What a machine is to whoever asked it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineRole {
    Manager,
    Worker,
    /// It dialled out to the gateway.
    Joined,
}

impl MachineRole {
    const ALL: [Self; 3] = [Self::Manager, Self::Worker, Self::Joined];

    /// As it is written in headers and behind the service's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manager => "manager",
            Self::Worker => "worker",
            Self::Joined => "machine",
        }
    }
}

/// What a machine did for one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineSpan {
    pub role: MachineRole,
    /// The span that asked.
    pub parent: u64,
    pub told: KernelSpan,
}

impl MachineSpan {
    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ';');
        let role = parts.next()?;
        let role = MachineRole::ALL.into_iter().find(|it| it.as_str() == role)?;
        let parent = u64::from_str_radix(parts.next()?, 16).ok().filter(|it| *it != 0)?;
        Some(Self { role, parent, told: KernelSpan::parse(parts.next()?)? })
    }
}

impl fmt::Display for MachineSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};{:016x};{}", self.role.as_str(), self.parent, self.told)
    }
}

/// What a person did in a page (`POST /api/v1/traces`), from that to the last answer of what the
/// page asked for because of it. What they clicked on is not told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PageAction {
    /// As it was sent in `traceparent` with each of these requests.
    pub traceparent: String,
    pub kind: PageActionKind,
    /// By the page's clock, in milliseconds since 1970.
    pub start_ms: u64,
    pub duration_ms: u64,
}

/// What a person did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PageActionKind {
    /// Opened the page.
    Load,
    Click,
    Key,
    Submit,
}

impl PageActionKind {
    /// As the span is called.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Click => "click",
            Self::Key => "key",
            Self::Submit => "submit",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_is_read_as_the_standard_has_it_or_not_at_all() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let context = TraceContext::parse(good).unwrap();
        assert_eq!((context.span, context.is_sampled), (0x00f0_67aa_0ba9_02b7, true));
        assert_eq!(context.to_string(), good);
        let unsampled = TraceContext::parse(&good.replace("-01", "-00")).unwrap();
        assert!(!unsampled.is_sampled);
        assert!(
            TraceContext::parse(&format!("{}-later", good.replace("00-4b", "01-4b"))).is_none()
        );
        assert!(TraceContext::parse(&format!("{}-ab", good.replace("00-4b", "01-4b"))).is_some());
        for bad in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-ab",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceContext::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_span_of_a_kernel_survives_its_header() {
        let name = "GET /api/v1/files/{*path}".to_owned();
        let span = KernelSpan { span: 7, start_us: 1_700_000_000_000_000, duration_us: 12, name };
        assert_eq!(KernelSpan::parse(&span.to_string()), Some(span));
        let long = format!("7;1;1;{}", "x".repeat(NAME_BYTES_MAX + 1));
        for bad in ["", "0;1;1;a", "7;1;1", "x;1;1;a", "7;-1;1;a", &long] {
            assert_eq!(KernelSpan::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_a_machine_tells_is_read_back_and_nothing_else_is_one() {
        let text = "worker;00f067aa0ba902b7;00f067aa0ba902b8;7;9;GET /workspaces/{id}/kernel";
        let span = MachineSpan::parse(text).unwrap();
        assert_eq!((span.role, span.told.duration_us), (MachineRole::Worker, 9));
        assert_eq!(span.to_string(), text);
        for bad in ["", "worker", "nobody;1;2;3;4;x", "worker;0;2;3;4;x", "worker;1;0;3;4;x"] {
            assert_eq!(MachineSpan::parse(bad), None, "{bad}");
        }
    }
}
