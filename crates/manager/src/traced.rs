//! What this machine did for a request that somebody follows, as whoever asked is told.

use crate::answer::Body;
use http::{HeaderValue, Request, Response, StatusCode};
use protocol::trace::{
    KernelSpan, MACHINE_SPAN, MachineRole, MachineSpan, TRACEPARENT, TraceContext,
};
use provider::Followed;
use std::time::Instant;
use stdx::clock::now_us;

/// A request whose trace somebody writes down.
pub(crate) struct Traced {
    role: MachineRole,
    parent: u64,
    span: u64,
    start_us: u64,
    started: Instant,
    /// What is asked of other machines meanwhile is a part of it.
    pub(crate) followed: Followed,
}

impl Traced {
    /// `None` when nobody wants to know.
    pub(crate) fn begin<B>(request: &Request<B>, role: MachineRole) -> Option<Self> {
        let context = request.headers().get(TRACEPARENT)?.to_str().ok()?;
        let parent = TraceContext::parse(context).filter(|it| it.is_sampled)?;
        let span = u64::from_le_bytes(stdx::random::bytes()).max(1);
        let followed = Followed::new(TraceContext { span, ..parent });
        let (start_us, started) = (now_us(), Instant::now());
        Some(Self { role, parent: parent.span, span, start_us, started, followed })
    }

    /// Tells it in the head of the answer. `name` is the method and the pattern of the path.
    pub(crate) fn tell(self, name: String, response: &mut Response<Body>) {
        // Whoever may not ask is told nothing.
        if [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&response.status()) {
            return;
        }
        let elapsed = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let (role, parent, start_us) = (self.role, self.parent, self.start_us);
        let told = KernelSpan { span: self.span, start_us, duration_us: elapsed, name };
        for span in std::iter::once(MachineSpan { role, parent, told }).chain(self.followed.heard())
        {
            if let Ok(value) = HeaderValue::from_str(&span.to_string()) {
                response.headers_mut().append(MACHINE_SPAN, value);
            }
        }
    }
}
