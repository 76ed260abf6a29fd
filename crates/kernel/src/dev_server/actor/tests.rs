//! The dev server's loop over a scripted driver.

use super::*;
use crate::context::testing;
use protocol::state::Exit;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

/// Says what the test put in for each launch, and ends when it is told to.
#[derive(Clone, Default)]
struct Script {
    shared: Arc<Mutex<Shared>>,
    more: Arc<tokio::sync::Notify>,
}

#[derive(Default)]
struct Shared {
    launches: VecDeque<Vec<Event>>,
    queue: VecDeque<Event>,
    effects: Vec<Effect>,
    stubborn: bool,
}

impl Script {
    fn new(launches: &[&[Event]], stubborn: bool) -> Self {
        let launches = launches.iter().map(|it| it.to_vec()).collect();
        let shared = Shared { launches, stubborn, ..Shared::default() };
        Self { shared: Arc::new(Mutex::new(shared)), ..Self::default() }
    }

    fn effects(&self) -> Vec<Effect> {
        self.shared.lock().unwrap().effects.clone()
    }
}

impl Driver for Script {
    fn perform(&mut self, effect: Effect, _by: &By) {
        let mut shared = self.shared.lock().unwrap();
        shared.effects.push(effect);
        let ended = Event::Exited { exit: Exit { code: Some(0), signal: None }, retry: false };
        match effect {
            Effect::Launch => {
                let events = shared.launches.pop_front().unwrap_or_default();
                shared.queue.extend(events);
            }
            Effect::Terminate if shared.stubborn => {}
            Effect::Terminate | Effect::Kill => shared.queue.push_back(ended),
        }
        self.more.notify_one();
    }

    async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.shared.lock().unwrap().queue.pop_front() {
                return event;
            }
            self.more.notified().await;
        }
    }
}

const CRASH: Event = Event::Exited { exit: Exit { code: Some(1), signal: None }, retry: true };

fn spawn(script: &Script) -> (DevServer, Context, tempfile::TempDir) {
    let (context, directory) = testing::context();
    let app = Arc::new(watch::Sender::new(App::default()));
    (DevServer::spawn(&context, app, script.clone()), context, directory)
}

async fn reached(context: &Context, status: DevServerStatus) -> Arc<RuntimeState> {
    let mut receiver = context.state.subscribe();
    let state = receiver.wait_for(|it| it.dev_server.status == status).await.unwrap();
    Arc::clone(&state)
}

// covers: S1.5
#[tokio::test(start_paused = true)]
async fn a_crashed_server_comes_back_by_itself_and_counts_its_restarts() {
    let script = Script::new(&[&[CRASH], &[CRASH], &[Event::PortOpen { port: 3000 }]], false);
    let (dev_server, context, _directory) = spawn(&script);
    dev_server.start(By::kernel()).await;
    let failed = reached(&context, DevServerStatus::Failed).await;
    assert_eq!(failed.dev_server.exit, Some(Exit { code: Some(1), signal: None }));
    assert!(failed.dev_server.retry_at_ms.is_some() && failed.dev_server.reason.is_some());
    let ready = reached(&context, DevServerStatus::Ready).await;
    assert_eq!(ready.dev_server.restarts, 2);
    assert_eq!(ready.dev_server.exit, None);
    let end = dev_server.stop(By::kernel()).await;
    assert_eq!(end.dev_server.status, DevServerStatus::Stopped);
}

#[tokio::test(start_paused = true)]
async fn the_kernels_end_kills_a_server_that_ignores_terminate() {
    let script = Script::new(&[&[Event::PortOpen { port: 3000 }]], true);
    let (dev_server, context, _directory) = spawn(&script);
    dev_server.start(By::kernel()).await;
    reached(&context, DevServerStatus::Ready).await;
    assert!(context.scope.shutdown(Duration::from_secs(30)).await);
    assert_eq!(script.effects(), [Effect::Launch, Effect::Terminate, Effect::Kill]);
    assert_eq!(context.state.get().dev_server.status, DevServerStatus::Stopped);
}
