//! Git in a workspace over HTTP.
//!
//! Paths are workspace-relative, like everywhere. A `revision` in a request is anything that Git
//! reads as one (`main`, `HEAD~2`, a commit's id); in answers commits are named by their full id.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Entries of a status at most; a status with more says so.
pub const STATUS_ENTRIES_MAX: usize = 10_000;
/// Commits in one answer at most.
pub const LOG_COMMITS_MAX: usize = 1_000;
/// Lines of all files of one diff at most.
pub const DIFF_LINES_MAX: usize = 50_000;
/// Longest message of a commit, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// Answer of `GET /api/v1/git/status`, and of everything that changes the repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitStatus {
    /// False when the workspace is no repository; everything else is empty then.
    pub repository: bool,
    /// The branch that is checked out; absent with a detached head.
    pub branch: Option<String>,
    /// The commit that is checked out; absent before the first one.
    pub head: Option<String>,
    pub upstream: Option<GitUpstream>,
    /// A merge or the like that waits for people.
    pub operation: Option<GitOperation>,
    pub entries: Vec<GitEntry>,
    /// There are more than [`STATUS_ENTRIES_MAX`] entries.
    pub truncated: bool,
    pub stashes: u32,
    pub remotes: Vec<GitRemote>,
    /// The network operation that runs or ran last since the kernel woke.
    pub task: Option<GitTask>,
}

/// What a branch follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitUpstream {
    /// `origin/main`
    pub name: String,
    /// Commits that the upstream does not have; absent when the upstream is gone.
    pub ahead: Option<u32>,
    /// Commits that the branch does not have.
    pub behind: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GitOperation {
    Merge,
    Rebase,
    CherryPick,
    Revert,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitRemote {
    pub name: String,
    /// Without the name and password that it may have.
    pub url: String,
}

/// One path that is not as committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitEntry {
    pub path: String,
    /// Where a renamed or copied file was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_path: Option<String>,
    /// What is staged.
    pub staged: GitChange,
    /// What is not.
    pub unstaged: GitChange,
    /// Both sides changed it; people have to say what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict: Option<GitConflictKind>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GitChange {
    #[default]
    Unchanged,
    Added,
    Modified,
    TypeChanged,
    Deleted,
    Renamed,
    Copied,
    Untracked,
}

/// Who did what, "us" being the branch that is checked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GitConflictKind {
    BothDeleted,
    AddedByUs,
    DeletedByThem,
    AddedByThem,
    DeletedByUs,
    BothAdded,
    BothModified,
}

/// A fetch, pull or push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitTask {
    /// From 1, rising with each task of this kernel.
    pub id: u64,
    pub kind: GitTaskKind,
    pub status: GitTaskStatus,
    /// What goes on, or why it failed, in Git's words and ours.
    pub message: String,
    pub percent: Option<u8>,
    /// Why it failed, where there is a way on: `credentials`, `rejected`, `changes_in_the_way`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GitTaskKind {
    Fetch,
    Pull,
    Push,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GitTaskStatus {
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

/// Body of `POST /api/v1/git/tasks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StartGitTask {
    pub kind: GitTaskKind,
    /// The upstream's when absent, else `origin`.
    #[serde(default)]
    pub remote: Option<String>,
    /// Pull: put own commits on top of theirs instead of merging.
    #[serde(default)]
    pub rebase: bool,
    /// Push: replace what is there, unless somebody pushed since the last fetch.
    #[serde(default)]
    pub force: bool,
}

/// Paths of one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitPaths {
    /// Files or directories.
    pub paths: Vec<String>,
}

/// Body of `POST /api/v1/git/hunks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitHunks {
    pub path: String,
    pub action: GitHunkAction,
    /// Ids of hunks of the file's diff: the staged one to unstage, else the unstaged one.
    pub hunks: Vec<String>,
    /// With exactly one hunk: only these of its lines, counted from 0. Lines that are no change
    /// mean nothing here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<u32>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GitHunkAction {
    Stage,
    Unstage,
    Discard,
}

/// Answer of a discard, and of a conflict that was resolved: what it takes to undo it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitDiscarded {
    pub status: GitStatus,
    pub undo: Vec<GitUndo>,
}

/// What a path held before it was discarded. Git keeps the content for about two weeks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitUndo {
    pub path: String,
    /// Object that holds the content from before; absent when the file was deleted then.
    pub before: Option<String>,
    /// Object that holds the content since; absent when the file is gone. The undo is refused when
    /// the file has changed again.
    pub after: Option<String>,
    pub executable: bool,
    /// The path had a conflict, which comes back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub conflict: bool,
}

/// Body of `POST /api/v1/git/undo`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitUndoBody {
    pub undo: Vec<GitUndo>,
}

/// Body of `POST /api/v1/git/commit`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitCommitBody {
    /// At most [`MESSAGE_BYTES_MAX`]; may be empty with `amend`, which then keeps the old one.
    pub message: String,
    /// Replaces the last commit.
    #[serde(default)]
    pub amend: bool,
    /// Stages every change of tracked files first.
    #[serde(default)]
    pub all: bool,
}

/// Answer of `GET /api/v1/git/diff`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitDiff {
    pub files: Vec<GitFileDiff>,
    /// Lines were left out, because there are more than [`DIFF_LINES_MAX`].
    pub truncated: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitFileDiff {
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_path: Option<String>,
    pub change: GitChange,
    /// There are no lines to show.
    pub binary: bool,
    pub added: u32,
    pub removed: u32,
    pub hunks: Vec<GitHunk>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitHunk {
    /// Names exactly this hunk with exactly these lines.
    pub id: String,
    pub old_start: u32,
    pub old_lines: u32,
    pub new_start: u32,
    pub new_lines: u32,
    /// The function or heading that Git found above.
    pub section: String,
    pub lines: Vec<GitLine>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitLine {
    pub kind: GitLineKind,
    /// Without its line ending; bytes that are no UTF-8 are replaced.
    pub text: String,
    /// The file ends here without a line ending.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_newline: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GitLineKind {
    Context,
    Added,
    Removed,
}

/// Answer of `GET /api/v1/git/log`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitLog {
    /// Children before parents.
    pub commits: Vec<GitCommit>,
    /// There are more behind the last one.
    pub more: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitCommit {
    pub id: String,
    pub parents: Vec<String>,
    pub author: String,
    pub author_email: String,
    /// When it was written, in milliseconds since 1970.
    pub time_ms: u64,
    pub subject: String,
    /// The message behind its first line; only where one commit is asked for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// `HEAD -> main`, `origin/main`, `tag: v1`, as Git names them.
    pub refs: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitBranch {
    /// `main`, `origin/main`
    pub name: String,
    pub remote: bool,
    pub current: bool,
    pub upstream: Option<GitUpstream>,
    pub commit: String,
    pub subject: String,
    pub time_ms: u64,
}

/// Body of `POST /api/v1/git/branches`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CreateGitBranch {
    pub name: String,
    /// `HEAD` when absent.
    #[serde(default)]
    pub from: Option<String>,
    /// Go on working there.
    #[serde(default)]
    pub checkout: bool,
}

/// Body of `POST /api/v1/git/branches/rename`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RenameGitBranch {
    pub name: String,
    pub to: String,
}

/// Body of `POST /api/v1/git/checkout`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitCheckout {
    /// A branch, or anything else for a detached head. A branch that exists at one remote only is
    /// made here and follows it.
    pub revision: String,
    /// Merge changes that are not committed into what is checked out, which may conflict; without
    /// it such a checkout is refused and nothing changes.
    #[serde(default)]
    pub merge: bool,
}

/// Body of `POST /api/v1/git/merge`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitMerge {
    pub revision: String,
}

/// Body of `POST /api/v1/git/operation`: how a merge or the like goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitOperationBody {
    pub action: GitOperationAction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GitOperationAction {
    Continue,
    /// Leaves out the commit at which it stopped. A merge has only one, and refuses.
    Skip,
    Abort,
}

/// Answer of `GET /api/v1/git/conflict`: the versions of a path that conflicts. Absent where the
/// file does not exist on that side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitConflict {
    pub path: String,
    pub kind: GitConflictKind,
    /// A version is no text; then none of them is here, and a side is taken as a whole.
    pub binary: bool,
    /// What both sides started from.
    pub base: Option<String>,
    /// The branch that is checked out; during a rebase what the commits are put on.
    pub ours: Option<String>,
    pub theirs: Option<String>,
    /// The file as it is now, with Git's marks.
    pub current: Option<String>,
    /// What "ours" and "theirs" are called.
    pub our_name: String,
    pub their_name: String,
}

/// Body of `POST /api/v1/git/resolve`. With `side` the file becomes that side's version (and is
/// deleted where that side has none); without it, it counts as resolved as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitResolve {
    pub path: String,
    #[serde(default)]
    pub side: Option<GitSide>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GitSide {
    Ours,
    Theirs,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitStash {
    /// 0 is the newest.
    pub index: u32,
    /// The commit that holds it; a request that names it cannot hit another one.
    pub id: String,
    pub message: String,
    pub time_ms: u64,
}

/// Body of `POST /api/v1/git/stashes`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CreateGitStash {
    #[serde(default)]
    pub message: String,
    #[serde(default)]
    pub include_untracked: bool,
}

/// Body of `POST /api/v1/git/stashes/apply`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApplyGitStash {
    pub id: String,
    /// Remove it when it was applied without conflict.
    #[serde(default)]
    pub drop: bool,
}

/// Lines that one commit wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitBlame {
    /// Absent for lines that are not committed.
    pub commit: Option<String>,
    pub author: String,
    pub time_ms: u64,
    pub subject: String,
    /// From 1.
    pub first_line: u32,
    pub lines: u32,
}

/// Body of `POST /api/v1/git/remotes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AddGitRemote {
    pub name: String,
    /// `https://…`; credentials belong into the workspace's environment, not here.
    pub url: String,
}
