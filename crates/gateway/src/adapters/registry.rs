//! The paths of the registry without a version, over the same handlers (the head of S4).

use crate::app::Call;
use crate::registry::http;
use crate::reply::Reply;
use protocol::registry::{
    HostSummary, RuntimeList, RuntimeSummary, WorkerInputRequest, WorkerInputResult,
    WorkerLookupResult, WorkerProxyConnectPoint, WorkerSpawnRequest, WorkerSpawnResult,
    WorkerStopBody, WorkerStopResult, WorkerSummary, WorkerTranscriptProjection,
};

/// The runtimes.
#[utoipa::path(get, path = "/api/runtimes", operation_id = "plain_list_runtimes", responses((status = 200, body = RuntimeList<RuntimeSummary>)))]
pub(crate) async fn list_runtimes(call: Call) -> Reply {
    http::list_runtimes(call).await
}

/// The hosts of all runtimes.
#[utoipa::path(get, path = "/api/hosts", operation_id = "plain_list_hosts", responses((status = 200, body = RuntimeList<HostSummary>)))]
pub(crate) async fn list_hosts(call: Call) -> Reply {
    http::list_hosts(call).await
}

/// The workers of all runtimes.
#[utoipa::path(get, path = "/api/workers", operation_id = "plain_list_workers", responses((status = 200, body = RuntimeList<WorkerSummary>)))]
pub(crate) async fn list_workers(call: Call) -> Reply {
    http::list_workers(call).await
}

/// The workers of one host.
#[utoipa::path(get, path = "/api/hosts/{host}/workers", operation_id = "plain_list_host_workers",
    params(("host" = String, Path)), responses((status = 200, body = RuntimeList<WorkerSummary>)))]
pub(crate) async fn list_host_workers(call: Call) -> Reply {
    http::list_host_workers(call).await
}

/// Asks a runtime for a worker.
#[utoipa::path(post, path = "/api/runtimes/{runtime}/workers", operation_id = "plain_spawn",
    params(("runtime" = String, Path)),
    request_body = WorkerSpawnRequest, responses((status = 200, body = WorkerSpawnResult)))]
pub(crate) async fn spawn(call: Call) -> Reply {
    http::spawn(call).await
}

/// One worker.
#[utoipa::path(get, path = "/api/runtimes/{runtime}/workers/{worker}", operation_id = "plain_worker",
    params(("runtime" = String, Path), ("worker" = String, Path)), responses((status = 200, body = WorkerLookupResult)))]
pub(crate) async fn worker(call: Call) -> Reply {
    http::worker(call).await
}

/// Says something to a worker.
#[utoipa::path(post, path = "/api/runtimes/{runtime}/workers/{worker}/input", operation_id = "plain_input",
    params(("runtime" = String, Path), ("worker" = String, Path)),
    request_body = WorkerInputRequest, responses((status = 200, body = WorkerInputResult)))]
pub(crate) async fn input(call: Call) -> Reply {
    http::input(call).await
}

/// Stops a worker.
#[utoipa::path(post, path = "/api/runtimes/{runtime}/workers/{worker}/stop", operation_id = "plain_stop",
    params(("runtime" = String, Path), ("worker" = String, Path)),
    request_body = WorkerStopBody, responses((status = 200, body = WorkerStopResult)))]
pub(crate) async fn stop(call: Call) -> Reply {
    http::stop(call).await
}

/// Gives a worker up.
#[utoipa::path(post, path = "/api/runtimes/{runtime}/workers/{worker}/cancel", operation_id = "plain_cancel",
    params(("runtime" = String, Path), ("worker" = String, Path)), responses((status = 200, body = WorkerStopResult)))]
pub(crate) async fn cancel(call: Call) -> Reply {
    http::cancel(call).await
}

/// A page of what was said to a worker.
#[utoipa::path(get, path = "/api/runtimes/{runtime}/workers/{worker}/transcript", operation_id = "plain_transcript",
    params(("runtime" = String, Path), ("worker" = String, Path)), responses((status = 200, body = WorkerTranscriptProjection)))]
pub(crate) async fn transcript(call: Call) -> Reply {
    http::transcript(call).await
}

/// Further ways to a worker.
#[utoipa::path(get, path = "/api/runtimes/{runtime}/workers/{worker}/connect-points", operation_id = "plain_connect_points",
    params(("runtime" = String, Path), ("worker" = String, Path)), responses((status = 200, body = Vec<WorkerProxyConnectPoint>)))]
pub(crate) async fn connect_points(call: Call) -> Reply {
    http::connect_points(call).await
}
