//! The routes of Git. Each handler reads its request, asks [`Git`] and answers.

use super::Git;
use super::read::{Compare, LogQuery};
use crate::http::caller::Caller;
use crate::http::error::{ApiError, ApiResult};
use crate::http::extract::{Body, OptionalBody, Path, Query};
use axum::extract::{FromRef, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use protocol::git::{
    AddGitRemote, ApplyGitStash, CreateGitBranch, CreateGitStash, GitBlame, GitBranch, GitCheckout,
    GitCommit, GitCommitBody, GitConflict, GitDiff, GitDiscarded, GitHunks, GitLog, GitMerge,
    GitOperationBody, GitPaths, GitResolve, GitStash, GitStatus, GitTask, GitUndoBody,
    RenameGitBranch, StartGitTask,
};
use protocol::{ErrorBody, ErrorCode};
use serde::Deserialize;
use utoipa::{IntoParams, OpenApi};

/// Commits that are listed unless the request says how many.
const LOG_DEFAULT: usize = 100;

/// The routes below `/api/v1/git`. They expect a [`Caller`] in the request and leave roles to the
/// guard that put it there.
pub fn router<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Git: FromRef<S>,
{
    let branches = get(list_branches).post(create_branch).delete(delete_branch);
    Router::new()
        .route("/api/v1/git/status", get(get_status))
        .route("/api/v1/git/init", post(init))
        .route("/api/v1/git/stage", post(stage))
        .route("/api/v1/git/unstage", post(unstage))
        .route("/api/v1/git/discard", post(discard))
        .route("/api/v1/git/hunks", post(change_hunks))
        .route("/api/v1/git/undo", post(undo))
        .route("/api/v1/git/commit", post(commit))
        .route("/api/v1/git/diff", get(get_diff))
        .route("/api/v1/git/log", get(get_log))
        .route("/api/v1/git/commits/{revision}", get(get_commit))
        .route("/api/v1/git/content", get(get_content))
        .route("/api/v1/git/blame", get(get_blame))
        .route("/api/v1/git/branches", branches)
        .route("/api/v1/git/branches/rename", post(rename_branch))
        .route("/api/v1/git/checkout", post(checkout))
        .route("/api/v1/git/merge", post(merge))
        .route("/api/v1/git/operation", post(operate))
        .route("/api/v1/git/conflict", get(get_conflict))
        .route("/api/v1/git/resolve", post(resolve))
        .route("/api/v1/git/stashes", get(list_stashes).post(create_stash))
        .route("/api/v1/git/stashes/apply", post(apply_stash))
        .route("/api/v1/git/stashes/{id}", delete(drop_stash))
        .route("/api/v1/git/remotes", post(add_remote))
        .route("/api/v1/git/remotes/{name}", delete(remove_remote))
        .route("/api/v1/git/tasks", post(start_task))
        .route("/api/v1/git/tasks/{id}", delete(cancel_task))
}

/// The part of the OpenAPI document that describes these routes.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(
        get_status,
        init,
        stage,
        unstage,
        discard,
        change_hunks,
        undo,
        commit,
        get_diff,
        get_log,
        get_commit,
        get_content,
        get_blame,
        list_branches,
        create_branch,
        delete_branch,
        rename_branch,
        checkout,
        merge,
        operate,
        get_conflict,
        resolve,
        list_stashes,
        create_stash,
        apply_stash,
        drop_stash,
        add_remote,
        remove_remote,
        start_task,
        cancel_task
    ))]
    struct Described;
    Described::openapi()
}

/// What is checked out, and what is not as committed. Without a repository, an empty status.
#[utoipa::path(get, path = "/api/v1/git/status", tag = "git",
    responses((status = 200, body = GitStatus), (status = "4XX", body = ErrorBody)))]
async fn get_status(State(git): State<Git>) -> ApiResult<Json<GitStatus>> {
    Ok(Json(git.status().await?))
}

/// Makes the workspace a repository.
#[utoipa::path(post, path = "/api/v1/git/init", tag = "git",
    responses((status = 200, body = GitStatus), (status = "4XX", body = ErrorBody)))]
async fn init(State(git): State<Git>) -> ApiResult<Json<GitStatus>> {
    Ok(Json(git.init().await?))
}

/// Stages paths as they are.
#[utoipa::path(post, path = "/api/v1/git/stage", tag = "git", request_body = GitPaths,
    responses((status = 200, body = GitStatus), (status = "4XX", body = ErrorBody)))]
async fn stage(State(git): State<Git>, Body(body): Body<GitPaths>) -> ApiResult<Json<GitStatus>> {
    Ok(Json(git.stage(&body.paths).await?))
}

/// Takes paths out of what is staged.
#[utoipa::path(post, path = "/api/v1/git/unstage", tag = "git", request_body = GitPaths,
    responses((status = 200, body = GitStatus), (status = "4XX", body = ErrorBody)))]
async fn unstage(State(git): State<Git>, Body(body): Body<GitPaths>) -> ApiResult<Json<GitStatus>> {
    Ok(Json(git.unstage(&body.paths).await?))
}

/// Throws away changes that are not staged, and untracked files; the answer can undo it.
#[utoipa::path(post, path = "/api/v1/git/discard", tag = "git", request_body = GitPaths,
    responses((status = 200, body = GitDiscarded), (status = "4XX", body = ErrorBody)))]
async fn discard(
    State(git): State<Git>,
    caller: Caller,
    Body(body): Body<GitPaths>,
) -> ApiResult<Json<GitDiscarded>> {
    Ok(Json(git.discard(&body.paths, &caller.by()).await?))
}

/// Stages, unstages or discards parts of a file; a discard can be undone.
#[utoipa::path(post, path = "/api/v1/git/hunks", tag = "git", request_body = GitHunks,
    responses((status = 200, body = GitDiscarded), (status = "4XX", body = ErrorBody)))]
async fn change_hunks(
    State(git): State<Git>,
    Body(body): Body<GitHunks>,
) -> ApiResult<Json<GitDiscarded>> {
    Ok(Json(git.hunks(&body).await?))
}

/// Puts back what a discard took.
#[utoipa::path(post, path = "/api/v1/git/undo", tag = "git", request_body = GitUndoBody,
    responses((status = 200, body = GitStatus), (status = "4XX", body = ErrorBody)))]
async fn undo(
    State(git): State<Git>,
    caller: Caller,
    Body(body): Body<GitUndoBody>,
) -> ApiResult<Json<GitStatus>> {
    Ok(Json(git.undo(&body.undo, &caller.by()).await?))
}

/// Commits what is staged, in the name of the principal.
#[utoipa::path(post, path = "/api/v1/git/commit", tag = "git", request_body = GitCommitBody,
    responses((status = 200, body = GitStatus), (status = "4XX", body = ErrorBody)))]
async fn commit(
    State(git): State<Git>,
    caller: Caller,
    Body(body): Body<GitCommitBody>,
) -> ApiResult<Json<GitStatus>> {
    Ok(Json(git.commit(&body, &git.author(&caller.by(), caller.name.as_deref())).await?))
}

/// Query of `GET /api/v1/git/diff`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DiffQuery {
    /// Everything when absent.
    path: Option<String>,
    /// What is staged, instead of what is not.
    #[serde(default)]
    staged: bool,
    /// What this commit changed.
    commit: Option<String>,
    /// From this commit to `to`, or to the files as they are.
    from: Option<String>,
    to: Option<String>,
    #[serde(default)]
    ignore_space: bool,
}

/// Compares.
#[utoipa::path(get, path = "/api/v1/git/diff", tag = "git", params(DiffQuery),
    responses((status = 200, body = GitDiff), (status = "4XX", body = ErrorBody)))]
async fn get_diff(
    State(git): State<Git>,
    Query(query): Query<DiffQuery>,
) -> ApiResult<Json<GitDiff>> {
    let compare = match (query.commit, query.from, query.to, query.staged) {
        (Some(commit), None, None, false) => Compare::Commit(commit),
        (None, Some(from), to, false) => Compare::Between(from, to),
        (None, None, None, true) => Compare::Staged,
        (None, None, None, false) => Compare::Unstaged,
        _ => {
            let message = "ask for `staged`, for `commit`, or for `from` and `to`";
            return Err(ApiError::new(ErrorCode::InvalidRequest, message));
        }
    };
    Ok(Json(git.diff(&compare, query.path.as_deref(), query.ignore_space).await?))
}

/// Query of `GET /api/v1/git/log`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LogParameters {
    /// `HEAD` when absent.
    from: Option<String>,
    /// Of every branch and tag.
    #[serde(default)]
    all: bool,
    path: Option<String>,
    /// In messages, whatever their case.
    search: Option<String>,
    #[serde(default)]
    skip: usize,
    /// At most 1,000; 100 when absent.
    limit: Option<usize>,
}

/// The history.
#[utoipa::path(get, path = "/api/v1/git/log", tag = "git", params(LogParameters),
    responses((status = 200, body = GitLog), (status = "4XX", body = ErrorBody)))]
async fn get_log(
    State(git): State<Git>,
    Query(query): Query<LogParameters>,
) -> ApiResult<Json<GitLog>> {
    let limit = query.limit.unwrap_or(LOG_DEFAULT);
    let LogParameters { from, all, path, search, skip, .. } = query;
    Ok(Json(git.log(&LogQuery { from, all, path, search, skip, limit }).await?))
}

/// One commit with its whole message.
#[utoipa::path(get, path = "/api/v1/git/commits/{revision}", tag = "git",
    params(("revision" = String, Path)),
    responses((status = 200, body = GitCommit), (status = "4XX", body = ErrorBody)))]
async fn get_commit(
    State(git): State<Git>,
    Path(revision): Path<String>,
) -> ApiResult<Json<GitCommit>> {
    Ok(Json(git.commit_details(&revision).await?))
}

/// Query of the routes about one file in one version.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FileQuery {
    path: String,
    /// What is staged (content) or the file as it is (blame) when absent.
    revision: Option<String>,
}

/// The content of a file in another version.
#[utoipa::path(get, path = "/api/v1/git/content", tag = "git", params(FileQuery),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = "4XX", body = ErrorBody)))]
async fn get_content(
    State(git): State<Git>,
    Query(query): Query<FileQuery>,
) -> ApiResult<Response> {
    let content = git.content(&query.path, query.revision.as_deref()).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, content).into_response())
}

/// Who wrote which lines.
#[utoipa::path(get, path = "/api/v1/git/blame", tag = "git", params(FileQuery),
    responses((status = 200, body = Vec<GitBlame>), (status = "4XX", body = ErrorBody)))]
async fn get_blame(
    State(git): State<Git>,
    Query(query): Query<FileQuery>,
) -> ApiResult<Json<Vec<GitBlame>>> {
    Ok(Json(git.blame(&query.path, query.revision.as_deref()).await?))
}

/// Branches here and at remotes.
#[utoipa::path(get, path = "/api/v1/git/branches", tag = "git",
    responses((status = 200, body = Vec<GitBranch>), (status = "4XX", body = ErrorBody)))]
async fn list_branches(State(git): State<Git>) -> ApiResult<Json<Vec<GitBranch>>> {
    Ok(Json(git.branches().await?))
}

/// Makes a branch.
#[utoipa::path(post, path = "/api/v1/git/branches", tag = "git", request_body = CreateGitBranch,
    responses((status = 200, body = GitStatus), (status = "4XX", body = ErrorBody)))]
async fn create_branch(
    State(git): State<Git>,
    Body(body): Body<CreateGitBranch>,
) -> ApiResult<Json<GitStatus>> {
    Ok(Json(git.create_branch(&body).await?))
}

/// Query of `DELETE /api/v1/git/branches`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct BranchQuery {
    name: String,
    /// Also with commits that are nowhere else.
    #[serde(default)]
    force: bool,
}

/// Deletes a branch.
#[utoipa::path(delete, path = "/api/v1/git/branches", tag = "git", params(BranchQuery),
    responses((status = 200, body = GitStatus), (status = "4XX", body = ErrorBody)))]
async fn delete_branch(
    State(git): State<Git>,
    Query(query): Query<BranchQuery>,
) -> ApiResult<Json<GitStatus>> {
    Ok(Json(git.delete_branch(&query.name, query.force).await?))
}

/// Gives a branch another name.
#[utoipa::path(post, path = "/api/v1/git/branches/rename", tag = "git",
    request_body = RenameGitBranch,
    responses((status = 200, body = GitStatus), (status = "4XX", body = ErrorBody)))]
async fn rename_branch(
    State(git): State<Git>,
    Body(body): Body<RenameGitBranch>,
) -> ApiResult<Json<GitStatus>> {
    Ok(Json(git.rename_branch(&body).await?))
}

/// Checks out a branch or commit.
#[utoipa::path(post, path = "/api/v1/git/checkout", tag = "git", request_body = GitCheckout,
    responses((status = 200, body = GitStatus), (status = "4XX", body = ErrorBody)))]
async fn checkout(
    State(git): State<Git>,
    Body(body): Body<GitCheckout>,
) -> ApiResult<Json<GitStatus>> {
    Ok(Json(git.checkout(&body).await?))
}

/// Merges a commit into the branch that is checked out.
#[utoipa::path(post, path = "/api/v1/git/merge", tag = "git", request_body = GitMerge,
    responses((status = 200, body = GitStatus), (status = "4XX", body = ErrorBody)))]
async fn merge(
    State(git): State<Git>,
    caller: Caller,
    Body(body): Body<GitMerge>,
) -> ApiResult<Json<GitStatus>> {
    Ok(Json(git.merge(&body.revision, &git.author(&caller.by(), caller.name.as_deref())).await?))
}

/// Goes on with a merge or the like, or takes it back.
#[utoipa::path(post, path = "/api/v1/git/operation", tag = "git", request_body = GitOperationBody,
    responses((status = 200, body = GitStatus), (status = "4XX", body = ErrorBody)))]
async fn operate(
    State(git): State<Git>,
    caller: Caller,
    Body(body): Body<GitOperationBody>,
) -> ApiResult<Json<GitStatus>> {
    Ok(Json(git.operate(body.action, &git.author(&caller.by(), caller.name.as_deref())).await?))
}

/// Query of `GET /api/v1/git/conflict`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ConflictQuery {
    path: String,
}

/// The versions of a file that conflicts.
#[utoipa::path(get, path = "/api/v1/git/conflict", tag = "git", params(ConflictQuery),
    responses((status = 200, body = GitConflict), (status = "4XX", body = ErrorBody)))]
async fn get_conflict(
    State(git): State<Git>,
    Query(query): Query<ConflictQuery>,
) -> ApiResult<Json<GitConflict>> {
    Ok(Json(git.conflict(&query.path).await?))
}

/// Decides a conflict; the answer can undo it.
#[utoipa::path(post, path = "/api/v1/git/resolve", tag = "git", request_body = GitResolve,
    responses((status = 200, body = GitDiscarded), (status = "4XX", body = ErrorBody)))]
async fn resolve(
    State(git): State<Git>,
    Body(body): Body<GitResolve>,
) -> ApiResult<Json<GitDiscarded>> {
    Ok(Json(git.resolve(&body).await?))
}

/// Changes that were put aside.
#[utoipa::path(get, path = "/api/v1/git/stashes", tag = "git",
    responses((status = 200, body = Vec<GitStash>), (status = "4XX", body = ErrorBody)))]
async fn list_stashes(State(git): State<Git>) -> ApiResult<Json<Vec<GitStash>>> {
    Ok(Json(git.stashes().await?))
}

/// Puts changes aside.
#[utoipa::path(post, path = "/api/v1/git/stashes", tag = "git",
    request_body = Option<CreateGitStash>,
    responses((status = 200, body = GitStatus), (status = "4XX", body = ErrorBody)))]
async fn create_stash(
    State(git): State<Git>,
    caller: Caller,
    OptionalBody(body): OptionalBody<CreateGitStash>,
) -> ApiResult<Json<GitStatus>> {
    Ok(Json(git.create_stash(&body, &git.author(&caller.by(), caller.name.as_deref())).await?))
}

/// Brings a stash back.
#[utoipa::path(post, path = "/api/v1/git/stashes/apply", tag = "git", request_body = ApplyGitStash,
    responses((status = 200, body = GitStatus), (status = "4XX", body = ErrorBody)))]
async fn apply_stash(
    State(git): State<Git>,
    Body(body): Body<ApplyGitStash>,
) -> ApiResult<Json<GitStatus>> {
    Ok(Json(git.apply_stash(&body).await?))
}

/// Throws a stash away.
#[utoipa::path(delete, path = "/api/v1/git/stashes/{id}", tag = "git",
    params(("id" = String, Path)),
    responses((status = 200, body = GitStatus), (status = "4XX", body = ErrorBody)))]
async fn drop_stash(State(git): State<Git>, Path(id): Path<String>) -> ApiResult<Json<GitStatus>> {
    Ok(Json(git.drop_stash(&id).await?))
}

/// Adds a remote, or changes its URL.
#[utoipa::path(post, path = "/api/v1/git/remotes", tag = "git", request_body = AddGitRemote,
    responses((status = 200, body = GitStatus), (status = "4XX", body = ErrorBody)))]
async fn add_remote(
    State(git): State<Git>,
    Body(body): Body<AddGitRemote>,
) -> ApiResult<Json<GitStatus>> {
    Ok(Json(git.add_remote(&body).await?))
}

/// Forgets a remote.
#[utoipa::path(delete, path = "/api/v1/git/remotes/{name}", tag = "git",
    params(("name" = String, Path)),
    responses((status = 200, body = GitStatus), (status = "4XX", body = ErrorBody)))]
async fn remove_remote(
    State(git): State<Git>,
    Path(name): Path<String>,
) -> ApiResult<Json<GitStatus>> {
    Ok(Json(git.remove_remote(&name).await?))
}

/// Begins a fetch, pull or push. The status tells how far it is.
#[utoipa::path(post, path = "/api/v1/git/tasks", tag = "git", request_body = StartGitTask,
    responses((status = 202, body = GitTask), (status = "4XX", body = ErrorBody)))]
async fn start_task(
    State(git): State<Git>,
    caller: Caller,
    Body(body): Body<StartGitTask>,
) -> ApiResult<(StatusCode, Json<GitTask>)> {
    Ok((
        StatusCode::ACCEPTED,
        Json(
            git.start_task(&body, &git.author(&caller.by(), caller.name.as_deref()), &caller.by())
                .await?,
        ),
    ))
}

/// Cancels it; nothing happens when it has ended.
#[utoipa::path(delete, path = "/api/v1/git/tasks/{id}", tag = "git", params(("id" = u64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
async fn cancel_task(State(git): State<Git>, Path(id): Path<u64>) -> ApiResult<StatusCode> {
    git.cancel_task(id)?;
    Ok(StatusCode::NO_CONTENT)
}
