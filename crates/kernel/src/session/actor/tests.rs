//! The session's loop over a scripted driver.

use super::*;
use crate::context::testing;
use crate::state::State as Holder;
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Opens at once, and closes when the test lets it.
struct Script {
    log: Arc<Mutex<Vec<&'static str>>>,
    close: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl Script {
    fn new(open: usize, close: usize) -> (Self, Arc<Mutex<Vec<&'static str>>>) {
        let log = Arc::new(Mutex::new(Vec::new()));
        let script = Self {
            log: Arc::clone(&log),
            close: Arc::new(Semaphore::new(close)),
            open: Arc::new(Semaphore::new(open)),
        };
        (script, log)
    }

    fn say(&self, word: &'static str) {
        self.log.lock().unwrap().push(word);
    }
}

impl Driver for Script {
    async fn open(&self) -> Result<(), String> {
        self.say("open");
        self.open.acquire().await.unwrap().forget();
        self.say("opened");
        Ok(())
    }

    async fn begin(&self, _dev_server: bool, _by: By) {
        self.say("begin");
    }

    async fn close(&self) -> Result<(), String> {
        self.say("close");
        self.close.acquire().await.unwrap().forget();
        Ok(())
    }
}

const START: Request = Request::Start { dev_server: false };
const RUN: Request = Request::Run { dev_server: false };

async fn reached(state: &Holder, status: SessionStatus) {
    state.subscribe().wait_for(|it| it.status == status).await.unwrap();
}

fn kinds(context: &Context) -> Vec<EventKind> {
    context.journal.page(0, 100).events.into_iter().map(|it| it.kind).collect()
}

// covers: S1.8, S1.9, S1.56, S1.58
#[tokio::test(start_paused = true)]
async fn starting_and_stopping_are_told_once_each_by_whoever_asked() {
    let (context, _directory) = testing::context();
    let (script, _) = Script::new(9, 9);
    let session = Session::spawn(&context, script).unwrap();
    let by = By { principal: Some("usr_x".to_owned()), operator: Some("cli".to_owned()) };
    let state = session.request(START, by.clone()).await.unwrap();
    assert_eq!((state.status, state.generation), (SessionStatus::Running, 1));
    let again = session.request(START, By::kernel()).await.unwrap();
    assert_eq!(again.session_id, state.session_id);
    let state = session.request(Request::Stop, by).await.unwrap();
    assert_eq!(state.status, SessionStatus::Stopped);
    let expected = [EventKind::RuntimeStarted { generation: 1 }, EventKind::RuntimeStopped];
    assert_eq!(kinds(&context), expected);
    let first = context.journal.page(0, 1).events.remove(0);
    assert_eq!(first.principal.as_deref(), Some("usr_x"));
    assert_eq!(first.session_id, state.session_id);
}

// covers: S1.48, S1.87
#[tokio::test(start_paused = true)]
async fn of_two_who_press_run_at_once_one_is_refused() {
    let (context, _directory) = testing::context();
    let (script, _) = Script::new(9, 9);
    let session = Session::spawn(&context, script).unwrap();
    let one = session.request(RUN, By::kernel());
    let two = session.request(RUN, By::kernel());
    let (one, two) = tokio::join!(one, two);
    assert!(one.is_ok());
    assert_eq!(two.unwrap_err(), Refusal::AlreadyRunning);
    assert_eq!(context.state.get().generation, 1);
}

#[tokio::test(start_paused = true)]
async fn a_stop_cancels_a_start_that_is_under_way() {
    let (context, _directory) = testing::context();
    let (script, log) = Script::new(0, 9);
    let session = Session::spawn(&context, script).unwrap();
    let start = session.request(START, By::kernel());
    let stop = async {
        reached(&context.state, SessionStatus::Starting).await;
        session.request(Request::Stop, By::kernel()).await
    };
    let (start, stop) = tokio::join!(start, stop);
    assert_eq!(start.unwrap_err(), Refusal::Cancelled);
    assert_eq!(stop.unwrap().status, SessionStatus::Stopped);
    assert_eq!(*log.lock().unwrap(), ["open", "close"]);
    assert_eq!(kinds(&context), [EventKind::RuntimeStopped]);
}

// covers: S1.57
#[tokio::test(start_paused = true)]
async fn a_kernel_that_died_under_a_session_comes_back_as_crashed() {
    let (context, _directory) = testing::context();
    let (script, _) = Script::new(9, 0);
    let session = Session::spawn(&context, script).unwrap();
    session.request(START, By::kernel()).await.unwrap();
    context.scope.kill();

    let (record, died) = Record::load(&context.store).unwrap();
    assert!(died);
    assert_eq!((record.status, record.generation), (SessionStatus::Crashed, 1));
    assert!(record.reason.is_some());
    assert!(!Record::load(&context.store).unwrap().1, "it is told once");
}

#[tokio::test(start_paused = true)]
async fn the_session_is_stopped_before_the_kernel_ends() {
    let (context, _directory) = testing::context();
    let (script, log) = Script::new(9, 9);
    let session = Session::spawn(&context, script).unwrap();
    session.request(START, By::kernel()).await.unwrap();
    assert!(context.scope.shutdown(Duration::from_secs(5)).await);
    assert_eq!(context.state.get().status, SessionStatus::Stopped);
    assert_eq!(log.lock().unwrap().last(), Some(&"close"));
    let refused = session.request(START, By::kernel()).await;
    assert_eq!(refused.unwrap_err(), Refusal::Unavailable);
}
