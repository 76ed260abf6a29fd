//! A request that is followed from machine to machine: what is asked of another machine on its
//! behalf carries its trace, and that machine tells in its answer's head what it did, and what those
//! behind it told. Like a kernel, a machine needs no way to a collector for that.

use http::{HeaderMap, HeaderValue};
use protocol::trace::{MACHINE_SPAN, MachineSpan, TRACEPARENT, TraceContext};
use std::sync::{Arc, Mutex, PoisonError};

/// Most spans that are heard for one request: a gateway asks a manager a few times, and that one a
/// worker as often.
const SPANS_MAX: usize = 32;

tokio::task_local! {
    static FOLLOWED: Followed;
}

/// Whose work this is, and what was heard of it. Cheap to clone; all clones hear the same.
#[derive(Clone, Debug)]
pub struct Followed {
    context: TraceContext,
    heard: Arc<Mutex<Vec<MachineSpan>>>,
}

impl Followed {
    /// Nothing was heard yet. `context` is the span that asks.
    pub fn new(context: TraceContext) -> Self {
        Self { context, heard: Arc::default() }
    }

    /// Does some work on its behalf.
    pub async fn during<F: Future>(&self, work: F) -> F::Output {
        FOLLOWED.scope(self.clone(), work).await
    }

    /// What machines told so far; each is given out once.
    pub fn heard(&self) -> Vec<MachineSpan> {
        std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn hear(&self, headers: &HeaderMap) {
        let told = headers.get_all(MACHINE_SPAN).iter();
        let told = told.filter_map(|it| MachineSpan::parse(it.to_str().ok()?));
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let room = SPANS_MAX.saturating_sub(heard.len());
        heard.extend(told.take(room));
    }
}

/// The work, on behalf of the same request also in a task of its own.
pub fn carry<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let followed = FOLLOWED.try_with(Clone::clone).ok();
    async move {
        match followed {
            Some(it) => it.during(work).await,
            None => work.await,
        }
    }
}

/// Says in a question to another machine on whose behalf it is asked.
pub(crate) fn mark(headers: &mut HeaderMap) {
    let context = FOLLOWED.try_with(|it| it.context.to_string());
    if let Some(value) = context.ok().and_then(|it| HeaderValue::try_from(it).ok()) {
        headers.insert(TRACEPARENT, value);
    }
}

/// Hears what another machine tells in its answer.
pub(crate) fn hear(headers: &HeaderMap) {
    // Nobody follows this request.
    let _nobody = FOLLOWED.try_with(|it| it.hear(headers));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_question_carries_the_trace_and_no_more_is_heard_than_there_is_room_for() {
        let context =
            TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
        let mut answer = HeaderMap::new();
        for _ in 0..SPANS_MAX * 2 {
            answer.append(MACHINE_SPAN, HeaderValue::from_static("worker;1;2;3;4;GET /ready"));
        }
        answer.append(MACHINE_SPAN, HeaderValue::from_static("nobody;1;2;3;4;GET /ready"));
        let mut headers = HeaderMap::new();
        mark(&mut headers);
        hear(&answer);
        assert!(headers.is_empty(), "nobody is followed");
        let followed = Followed::new(context);
        #[expect(clippy::async_yields_async, reason = "it is done after its maker has ended")]
        let elsewhere = followed.during(async {
            carry(async {
                let mut headers = HeaderMap::new();
                mark(&mut headers);
                hear(&answer);
                headers
            })
        });
        let headers = elsewhere.await.await;
        assert_eq!(headers[TRACEPARENT], context.to_string());
        assert_eq!((followed.heard().len(), followed.heard().len()), (SPANS_MAX, 0));
    }
}
