//! What the host says about the disk. No route of a gateway leads here.

use super::App;
use super::extract::Body;
use crate::context::By;
use axum::extract::State;
use axum::http::StatusCode;
use protocol::event::EventKind;
use protocol::launch::DiskReport;
use protocol::state::{Disk, SessionStatus};

/// Code of the journal's entry when the host ends a session for want of room.
const DISK_FULL: &str = "disk_full";

/// Takes the host's measurement; ends the session when the host says so.
#[utoipa::path(
    post, path = "/host/disk", request_body = DiskReport,
    responses((status = 204, description = "It is in the state"))
)]
pub async fn report_disk(State(app): State<App>, Body(report): Body<DiskReport>) -> StatusCode {
    let limit = app.context.config.capabilities.disk_bytes_max;
    let left = limit.map(|it| it.saturating_sub(report.used_bytes));
    app.files.set_room(left.unwrap_or(u64::MAX));
    let disk = Disk { used_bytes: Some(report.used_bytes), full: left == Some(0) };
    app.context.state.update(|it| it.disk = disk);
    if let Some(reason) = report.stop {
        let runs = matches!(
            app.context.state.get().status,
            SessionStatus::Starting | SessionStatus::Running
        );
        if runs {
            let (code, message) = (DISK_FULL.to_owned(), reason.clone());
            app.context.emit(&By::kernel(), EventKind::Diagnostic { code, message });
        }
        app.session.fail(reason).await;
    }
    StatusCode::NO_CONTENT
}
