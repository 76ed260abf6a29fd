//! `stead check`: the end-to-end checklist (S0.44, S0.76–S0.85) against an installation that runs.
//!
//! It makes a workspace of its own, looks, and deletes it again: also when it is interrupted, and
//! whatever was found. It says of each row whether it holds, why not, and what to do.

mod contract;
mod log;
mod report;
mod workspace;

use super::workspaces::filled;
use crate::arguments::Global;
use crate::arguments::check::Check;
use crate::client::Client;
use crate::config::{self, Runtime};
use crate::running::Signals;
use crate::{environment, output};
use anyhow::Context;
use contract::Contract;
use http::{Method, StatusCode};
use log::Logs;
use protocol::state::SetupStatus;
use protocol::workspace::{CreateWorkspace, Source, Workspace};
use report::{Look, Report, Trouble};
use serde_json::Value;
use std::process::ExitCode;
use std::time::Duration;
use stdx::TaskScope;
use tokio::sync::oneshot;
use tokio::time::timeout;
use workspace::{Subject, said};

/// What a workspace of ours is called, with something random behind it.
const NAME: &str = "stead-check";
/// What it is made from: an app that needs nothing installed.
const TEMPLATE: &str = "static";
/// What is written down as not being there, in the document of that name (S0.84, S0.85).
const STATUS: &str = include_str!("../../../../docs/status.md");

/// One run of the checklist.
struct Run {
    client: Client,
    logs: Logs,
    /// A log of the server is among them.
    reads_server_log: bool,
    report: Report,
    contract: Option<Contract>,
    /// What a workspace of this run is called: by this it is found when it is cleaned up.
    name: String,
    is_own: bool,
    wait: Duration,
    /// The answer to the request that makes the workspace. It is waited for also when this is
    /// interrupted: what is made after everything was cleaned up would stay.
    making: Option<oneshot::Receiver<anyhow::Result<Workspace>>>,
    scope: TaskScope,
}

pub(crate) async fn run(global: &Global, check: Check) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let client = Client::new(global)?;
    let url = client.url();
    let wait = Duration::from_secs(check.wait);
    let name = format!("{NAME}-{:012x}", stdx::random::bits() & 0xffff_ffff_ffff);
    let runtime = Runtime::read(environment::get)?;
    let mut run = Run {
        contract: Contract::new(global, (&runtime, &name), wait)?,
        reads_server_log: !check.log_file.is_empty(),
        logs: Logs::mark(check.log_file),
        report: Report::new(check.json),
        name,
        is_own: check.workspace.is_none(),
        wait,
        client,
        making: None,
        scope: TaskScope::default(),
    };
    if !check.json {
        output::say(&format!("Looking at {url}\n\n"))?;
    }
    let interrupted = tokio::select! {
        () = run.look(global, check.workspace.as_deref()) => false,
        () = signals.heard() => true,
    };
    if interrupted {
        output::note("interrupted; cleaning up (once more gives that up)");
    }
    tokio::select! {
        () = run.clean() => {}
        () = signals.heard() => {
            anyhow::bail!("`{}` may be left behind; `stead rm {0}` deletes it", run.name);
        }
    }
    if !interrupted {
        run.conclude();
    }
    run.report.finish(&url, interrupted)
}

impl Run {
    /// Everything, in order. What cannot be reached says so, and the rest is looked at.
    async fn look(&mut self, global: &Global, named: Option<&str>) {
        let migrations = self.migrations().await;
        self.report.take("S0.76", "migrations", migrations);
        let found = match named {
            Some(text) => {
                let hint = "`stead ls` lists them";
                let found = timeout(self.wait, self.client.find(text)).await;
                let found = found.context("no answer").flatten();
                found.map_err(|error| Trouble::new(format!("{error:#}"), hint))
            }
            None => self.make().await,
        };
        let filled = match found {
            Ok(workspace) => self.filled(&workspace).await.map(|()| workspace),
            Err(trouble) => Err(trouble),
        };
        match filled {
            Ok(workspace) => self.look_at(global, workspace).await,
            Err(trouble) => {
                self.report.take("S0.44", "a workspace", Err(trouble));
                let trouble = Trouble::new("there is no workspace to look at", "see S0.44");
                for (rows, what) in [
                    ("S0.77", "session"),
                    ("S0.78", "session/start"),
                    ("S0.79", "devserver/status"),
                    ("S0.80", "preview 200"),
                    ("S0.81", "preview 502"),
                ] {
                    self.report.skip(rows, what, &trouble);
                }
            }
        }
        self.look_at_logs();
        let hint = "the build does: `cargo xtask check`";
        let trouble = Trouble::new("types are checked where it is built, not where it runs", hint);
        self.report.skip("S0.83", "types", &trouble);
        self.report.take("S0.84, S0.85", "docs/status.md", status_document(STATUS));
        self.look_at_manager().await;
    }

    async fn look_at(&mut self, global: &Global, workspace: Workspace) {
        let id = workspace.id;
        let (client, is_own, wait) = (&self.client, self.is_own, self.wait);
        Subject { client, id: id.clone(), is_own, wait }.check(&mut self.report).await;
        // The kernel's log is beside the data of a server of this machine.
        let log = config::data_dir(&global.flags()).join("run").join(id.body()).join("kernel.log");
        if self.client.is_local() && log.exists() {
            self.logs.add(log);
        }
    }

    async fn look_at_manager(&mut self) {
        let rows = "S0.90, S0.93";
        let Some(contract) = &mut self.contract else {
            let why = "RUNTIME_MANAGER_URL is not set here";
            let hint = "where there is a manager, set it and RUNTIME_MANAGER_AUTH_TOKEN as the \
                        server has them";
            self.report.skip(rows, "manager's contract", &Trouble::new(why, hint));
            return;
        };
        let look = contract.check().await;
        self.report.take(rows, "manager's contract", look);
    }

    fn look_at_logs(&mut self) {
        let what = "no stack trace";
        let look = self.logs.look();
        if self.reads_server_log || look.is_err() {
            self.report.take("S0.82", what, look);
            return;
        }
        let why = "the server's own log cannot be read from here";
        let hint = "name it with --log-file; with systemd: journalctl -u stead -f > FILE";
        self.report.skip("S0.82", what, &Trouble::new(why, hint));
    }

    /// Whether the database is as the program wants it (S0.76).
    async fn migrations(&self) -> Look {
        let asking = self.client.ask(Method::GET, "/readyz", None::<&()>);
        let answer = timeout(self.wait, asking).await.context("no answer in time").flatten();
        let (status, body) = answer?;
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        let facts =
            if status == StatusCode::OK { &answer["checks"] } else { &answer["error"]["details"] };
        let number = |name: &str| facts["schema"][name].as_i64();
        match (number("found"), number("known")) {
            (Some(found), Some(known)) if found == known => {
                Ok(format!("schema version {found}, as the program wants it"))
            }
            (Some(found), Some(known)) => {
                let why = format!("the database has schema version {found}, the program {known}");
                Err(Trouble::new(why, "restart the server: it brings the schema up to date"))
            }
            _ => {
                let why = format!("/readyz answered {status}: {}", said(&body));
                Err(Trouble::new(why, "the database does not answer; see the server's log"))
            }
        }
    }

    async fn make(&mut self) -> Result<Workspace, Trouble> {
        let body = CreateWorkspace {
            name: self.name.clone(),
            source: Source::Template { id: TEMPLATE.to_owned() },
        };
        let (tx, rx) = oneshot::channel();
        let client = self.client.clone();
        self.scope.spawn("make a workspace", async move {
            // Nobody waits any more only when this program ends.
            drop(tx.send(client.json(Method::POST, "/api/v1/workspaces", Some(&body)).await));
        });
        let answer = timeout(self.wait, self.making.insert(rx)).await;
        let hint = "the token needs to be one that may make workspaces; /readyz says what is away";
        let Ok(answer) = answer else {
            let why = format!("none could be made in {} s", self.wait.as_secs());
            return Err(Trouble::new(why, "something behind the gateway hangs; its log says what"));
        };
        self.making = None;
        let answer = answer.context("the request was given up").flatten();
        answer.map_err(|it| Trouble::new(format!("none could be made: {it:#}"), hint))
    }

    /// Waits until the template is in the workspace.
    async fn filled(&self, workspace: &Workspace) -> Result<(), Trouble> {
        let filling = filled(&self.client, workspace);
        let state = timeout(self.wait, filling).await.context("it took too long").flatten()?;
        if state.setup.status == SetupStatus::Failed {
            let why = state.setup.message.unwrap_or_default();
            let hint = "make it anew, or see what its template or repository needs";
            return Err(Trouble::new(format!("the workspace could not be filled: {why}"), hint));
        }
        Ok(())
    }

    /// Deletes what this run made.
    async fn clean(&mut self) {
        let mut left = Vec::new();
        if let Some(making) = self.making.take() {
            drop(timeout(self.wait, making).await);
        }
        if let Some(contract) = &mut self.contract
            && let Err(what) = contract.clean().await
        {
            left.push(what);
        }
        if self.is_own
            && let Err(error) =
                timeout(self.wait, self.remove()).await.context("no answer").flatten()
        {
            left.push(format!("the workspace `{}`, if it was made ({error:#})", self.name));
        }
        if !left.is_empty() {
            let hint = format!("when the server is back: `stead rm {} --yes`", self.name);
            let trouble = Trouble::new(format!("left behind: {}", left.join(", ")), hint);
            self.report.take("S0.44", "cleaned up", Err(trouble));
        }
    }

    /// Deletes the workspace by its name: a request to make one may have been cut off in between.
    async fn remove(&self) -> anyhow::Result<()> {
        let all = self.client.workspaces().await?;
        for workspace in all.iter().filter(|it| it.name == self.name) {
            let path = format!("/api/v1/workspaces/{}", workspace.id);
            self.client.send(Method::DELETE, &path, None::<&()>).await?;
        }
        Ok(())
    }

    /// The checklist as a whole (S0.44).
    fn conclude(&mut self) {
        let summary = self.report.summary();
        let look = if self.report.holds() {
            Ok(summary)
        } else {
            Err(Trouble::new(summary, "docs/runbook.md, “What to do when”"))
        };
        self.report.take("S0.44", "the checklist", look);
    }
}

/// Whether the status document has a date, and says what is not there (S0.2, S0.84, S0.85).
fn status_document(text: &str) -> Look {
    let date = text.lines().find_map(|it| it.strip_prefix("Last updated: "));
    let missing = text.split("## What is not there").nth(1).unwrap_or_default();
    let missing = missing.split("\n## ").next().unwrap_or_default();
    let count = missing.lines().filter(|it| it.starts_with("| ")).count().saturating_sub(2);
    match date {
        Some(date) if 0 < count => {
            let date = date.trim_end_matches('.');
            Ok(format!("of {date}; it names {count} things that are not there"))
        }
        _ => {
            let why = "the status document has no date, or does not say what is missing";
            Err(Trouble::new(why, "this build is not in order; take another"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: S0.2, S0.84, S0.85
    #[test]
    fn the_status_document_has_a_date_and_says_what_is_missing() {
        let seen = status_document(STATUS).unwrap();
        assert!(seen.starts_with("of 20"), "{seen}");
        assert!(status_document("Last updated: 2026-01-01\n").is_err());
        let nothing = "Last updated: 2026-01-01\n## What is not there\n| a | b |\n| - | - |\n";
        assert!(status_document(nothing).is_err());
    }
}
