//! Every verb of the audit log, and how a person reads it. `docs/audit-verbs.md` is made of this.
//!
//! A sentence begins with who did it. `{name}` stands for the object or a detail of the row; what is
//! in brackets is left out when the row lacks one of its names.

use serde::Serialize;
use utoipa::ToSchema;

/// What a verb is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// Signing in and out, accounts, tokens.
    Accounts,
    /// The installation.
    Administration,
    Workspaces,
    Members,
    Shares,
    /// Sessions, dev servers, processes, settings.
    Runtime,
    Terminals,
    Files,
    Documents,
    Git,
    /// Variables and secrets.
    Environment,
    Previews,
    Agents,
    /// The audit log itself.
    Audit,
}

impl Area {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Administration => "administration",
            Self::Workspaces => "workspaces",
            Self::Members => "members",
            Self::Shares => "shares",
            Self::Runtime => "runtime",
            Self::Terminals => "terminals",
            Self::Files => "files",
            Self::Documents => "documents",
            Self::Git => "git",
            Self::Environment => "environment",
            Self::Previews => "previews",
            Self::Agents => "agents",
            Self::Audit => "audit",
        }
    }
}

/// One word of the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Verb {
    /// `area.deed`, lower case.
    pub name: &'static str,
    pub area: Area,
    /// What was done: `renamed {object}[ to {to}]`.
    pub done: &'static str,
    /// What was tried and not done: `rename {object}[ to {to}]`.
    pub tried: &'static str,
}

const fn entry(area: Area, name: &'static str, done: &'static str, tried: &'static str) -> Verb {
    Verb { name, area, done, tried }
}

use Area::{
    Accounts, Administration, Agents, Audit, Documents, Environment, Files, Git, Members, Previews,
    Runtime, Shares, Terminals, Workspaces,
};

/// The glossary. The policy takes no other verb, and the compiler checks it.
pub static VERBS: &[Verb] = &[
    // Signing in and out, accounts, tokens.
    entry(Accounts, "login.create", "signed in", "sign in[ as {object}]"),
    entry(Accounts, "login.delete", "signed out", "sign out"),
    entry(
        Accounts,
        "link.create",
        "made a sign-in link for another device",
        "make a sign-in link for another device",
    ),
    entry(
        Accounts,
        "account.update",
        "changed their name to {object}",
        "change their name to {object}",
    ),
    entry(Accounts, "access.ask", "asked for {object}", "ask for {object}"),
    entry(
        Accounts,
        "account.login_name",
        "changed their log-in name to {object}",
        "change their log-in name to {object}",
    ),
    entry(Accounts, "account.create", "made an account", "make an account"),
    entry(
        Accounts,
        "account.link",
        "joined their account to the one at {object}",
        "join their account to the one at {object}",
    ),
    entry(
        Accounts,
        "account.unlink",
        "parted their account from the one at {object}",
        "part their account from the one at {object}",
    ),
    entry(Accounts, "password.change", "changed their password", "change their password"),
    entry(
        Accounts,
        "password.reset",
        "chose a new password by a link",
        "choose a new password by a link",
    ),
    entry(Accounts, "token.create", "made the token {object}", "make a token"),
    entry(Accounts, "token.delete", "revoked the token {object}", "revoke a token"),
    entry(Accounts, "token.use", "used the token {object}", "use the token {object}"),
    entry(Accounts, "invitation.create", "made the invitation {object}", "make an invitation"),
    entry(
        Accounts,
        "invitation.delete",
        "took the invitation {object} back",
        "take an invitation back",
    ),
    entry(Accounts, "invitation.accept", "took the invitation {object}", "take an invitation"),
    // The installation.
    entry(
        Administration,
        "account.promote",
        "made {object} an administrator",
        "make {object} an administrator",
    ),
    entry(
        Administration,
        "account.demote",
        "took administration away from {object}",
        "take administration away from {object}",
    ),
    entry(
        Administration,
        "account.disable",
        "disabled the account {object}",
        "disable the account {object}",
    ),
    entry(
        Administration,
        "account.enable",
        "enabled the account {object}",
        "enable the account {object}",
    ),
    entry(
        Administration,
        "account.delete",
        "deleted the account {object}",
        "delete the account {object}",
    ),
    entry(
        Administration,
        "account.sign_out",
        "signed {object} out of every browser",
        "sign {object} out of every browser",
    ),
    entry(
        Administration,
        "password.reset_link",
        "made a link by which {object} chooses a new password",
        "make a link by which {object} chooses a new password",
    ),
    entry(
        Administration,
        "break_glass.begin",
        "took the role {role} in the workspace by break-glass[, because: {reason}]",
        "enter the workspace by break-glass[, because: {reason}]",
    ),
    entry(
        Administration,
        "break_glass.end",
        "ended the break-glass access {object}",
        "end the break-glass access {object}",
    ),
    entry(
        Administration,
        "break_glass.expire",
        "had break-glass access {object} until its time was over",
        "have break-glass access {object}",
    ),
    entry(
        Administration,
        "break_glass.see",
        "took note of break-glass accesses",
        "take note of break-glass accesses",
    ),
    // Runtimes of the registry, and their workers.
    entry(
        Administration,
        "runtime.register",
        "registered the runtime {object}[, called {label}]",
        "register a runtime",
    ),
    entry(
        Administration,
        "runtime.remove",
        "removed the runtime {object}",
        "remove the runtime {object}",
    ),
    // Machines that joined.
    entry(
        Administration,
        "machine.invite",
        "made an invitation for a machine[, {object}]",
        "invite a machine",
    ),
    entry(
        Administration,
        "machine.join",
        "joined the machine {object}[, called {name}]",
        "join a machine",
    ),
    entry(
        Administration,
        "machine.update",
        "changed the machine {object}[, now called {name}]",
        "change the machine {object}",
    ),
    entry(
        Administration,
        "machine.drain",
        "kept new workspaces away from the machine {object}",
        "keep new workspaces away from the machine {object}",
    ),
    entry(
        Administration,
        "machine.resume",
        "let the machine {object} take new workspaces again",
        "let the machine {object} take new workspaces again",
    ),
    entry(
        Administration,
        "machine.empty",
        "began to move the workspaces of the machine {object} away",
        "move the workspaces of the machine {object} away",
    ),
    entry(
        Administration,
        "machine.empty_cancel",
        "stopped to move the workspaces of the machine {object} away",
        "stop to move the workspaces of the machine {object} away",
    ),
    entry(
        Administration,
        "machine.emptied",
        "moved the workspaces of the machine {object} away",
        "move all workspaces of the machine {object} away",
    ),
    entry(
        Administration,
        "machine.remove",
        "removed the machine {object}[, and gave {workspaces} workspaces up]",
        "remove the machine {object}",
    ),
    entry(Agents, "worker.spawn", "asked[ {object}] for a worker", "ask[ {object}] for a worker"),
    entry(
        Agents,
        "worker.input",
        "said something to the worker {object}",
        "say something to the worker {object}",
    ),
    entry(Agents, "worker.stop", "stopped the worker {object}", "stop the worker {object}"),
    entry(Agents, "worker.cancel", "gave the worker {object} up", "give the worker {object} up"),
    entry(Agents, "worker.follow", "followed the worker {object}", "follow the worker {object}"),
    // Workspaces as a whole.
    entry(
        Workspaces,
        "workspace.create",
        "created the workspace[ from {object}]",
        "create a workspace[ from {object}]",
    ),
    entry(
        Workspaces,
        "workspace.update",
        "named the workspace {object}",
        "name the workspace {object}",
    ),
    entry(
        Workspaces,
        "workspace.hand_over",
        "handed the workspace over: {object}",
        "hand the workspace over: {object}",
    ),
    entry(Workspaces, "workspace.delete", "deleted the workspace", "delete the workspace"),
    entry(
        Workspaces,
        "workspace.move",
        "began to move the workspace to {object}",
        "move the workspace to {object}",
    ),
    entry(
        Workspaces,
        "workspace.move_cancel",
        "cancelled the move of the workspace to {object}",
        "cancel the move of the workspace to {object}",
    ),
    entry(
        Workspaces,
        "workspace.moved",
        "brought the workspace to {object}",
        "bring the workspace to {object}[: {error}]",
    ),
    entry(
        Workspaces,
        "workspace.place_anew",
        "placed the workspace anew at its copy on {object}[, and set {sealed} others aside]",
        "place the workspace anew at its copy on {object}",
    ),
    entry(
        Workspaces,
        "workspace.delete_copy",
        "deleted the workspace's copy on {object} that was set aside",
        "delete the workspace's copy on {object} that was set aside",
    ),
    entry(
        Workspaces,
        "workspace.setup",
        "filled the workspace with files",
        "fill the workspace with files",
    ),
    // People in a workspace.
    entry(
        Members,
        "member.add",
        "added {object} to the workspace[ as {role}]",
        "add somebody to the workspace[ as {role}]",
    ),
    entry(
        Members,
        "member.change",
        "changed the role of {object}[ from {from}][ to {to}]",
        "change the role of {object}[ from {from}][ to {to}]",
    ),
    entry(
        Members,
        "member.remove",
        "removed {object} from the workspace",
        "remove {object} from the workspace",
    ),
    entry(Members, "member.leave", "left the workspace", "leave the workspace"),
    // Shares, by id and never by token. Whoever views one may be nobody here.
    entry(Shares, "share.create", "made share {object}", "make share {object}"),
    entry(Shares, "share.update", "changed share {object}", "change share {object}"),
    entry(Shares, "share.end", "ended share {object}", "end share {object}"),
    entry(Shares, "share.view", "visited share {object}", "visit share {object}"),
    entry(
        Shares,
        "share.password",
        "gave the password of share {object}",
        "give the password of share {object}",
    ),
    // Sessions, dev servers, processes, settings.
    entry(Runtime, "session.start", "started the session", "start the session"),
    entry(Runtime, "session.stop", "stopped the session", "stop the session"),
    entry(Runtime, "session.restart", "restarted the session", "restart the session"),
    entry(Runtime, "dev_server.start", "started the dev server", "start the dev server"),
    entry(Runtime, "dev_server.stop", "stopped the dev server", "stop the dev server"),
    entry(Runtime, "dev_server.restart", "restarted the dev server", "restart the dev server"),
    entry(
        Runtime,
        "process.signal",
        "sent a signal to process {object}",
        "send a signal to process {object}",
    ),
    entry(
        Runtime,
        "settings.update",
        "changed the workspace's settings",
        "change the workspace's settings",
    ),
    // Terminals. `attach` is asked for at the gateway; the kernel tells the rest.
    entry(Terminals, "terminal.open", "opened terminal {object}", "open terminal {object}"),
    entry(Terminals, "terminal.close", "closed terminal {object}", "close terminal {object}"),
    entry(
        Terminals,
        "terminal.attach",
        "connected to terminal {object}",
        "connect to terminal {object}",
    ),
    entry(
        Terminals,
        "terminal.detach",
        "left terminal {object}[ after {duration_ms}][, having typed {typed_bytes}]",
        "leave terminal {object}",
    ),
    entry(
        Terminals,
        "terminal.type",
        "typed {typed_bytes} into terminal {object}",
        "type into terminal {object}",
    ),
    entry(Terminals, "terminal.end", "saw terminal {object} end", "end terminal {object}"),
    // Files by the API.
    entry(Files, "file.write", "wrote {object}", "write {object}"),
    entry(Files, "file.create", "created the folder {object}", "create the folder {object}"),
    entry(Files, "file.rename", "renamed {object}[ to {to}]", "rename {object}[ to {to}]"),
    entry(Files, "file.copy", "copied {object}[ to {to}]", "copy {object}[ to {to}]"),
    entry(Files, "file.delete", "deleted {object}", "delete {object}"),
    entry(Files, "file.replace", "replaced text across files", "replace text across files"),
    entry(
        Files,
        "file.undo",
        "took a replacement across files back",
        "take a replacement across files back",
    ),
    // Git.
    entry(Git, "git.init", "made a Git repository", "make a Git repository"),
    entry(Git, "git.stage", "staged changes[: {object}]", "stage changes[: {object}]"),
    entry(Git, "git.unstage", "unstaged changes[: {object}]", "unstage changes[: {object}]"),
    entry(Git, "git.discard", "discarded changes[: {object}]", "discard changes[: {object}]"),
    entry(
        Git,
        "git.hunks",
        "staged, unstaged or discarded parts[ of {object}]",
        "stage, unstage or discard parts[ of {object}]",
    ),
    entry(Git, "git.undo", "took discarded changes back", "take discarded changes back"),
    entry(Git, "git.commit", "committed", "commit"),
    entry(Git, "git.branch", "changed the branches[: {object}]", "change the branches[: {object}]"),
    entry(Git, "git.checkout", "checked out[ {object}]", "check out[ {object}]"),
    entry(Git, "git.merge", "merged[ {object}]", "merge[ {object}]"),
    entry(
        Git,
        "git.operation",
        "went on with or gave up a merge or rebase",
        "go on with or give up a merge or rebase",
    ),
    entry(
        Git,
        "git.resolve",
        "resolved a conflict[ in {object}]",
        "resolve a conflict[ in {object}]",
    ),
    entry(Git, "git.stash", "changed the stashes", "change the stashes"),
    entry(Git, "git.remote", "changed the remotes[: {object}]", "change the remotes[: {object}]"),
    entry(Git, "git.task", "fetched, pulled or pushed", "fetch, pull or push"),
    // Documents, told by the kernel.
    entry(Documents, "document.open", "opened {object} to edit", "open {object} to edit"),
    entry(
        Documents,
        "document.update",
        "edited {object}[ (version {version}, {bytes})]",
        "edit {object}",
    ),
    entry(
        Documents,
        "document.resolve",
        "decided a conflict in {object}",
        "decide a conflict in {object}",
    ),
    entry(
        Documents,
        "document.restore",
        "brought back[ version {version} of] {object}",
        "bring back[ version {version} of] {object}",
    ),
    entry(Documents, "document.close", "stopped editing {object}", "stop editing {object}"),
    // Variables and secrets.
    entry(Environment, "environment.set", "set the variable {object}", "set the variable {object}"),
    entry(
        Environment,
        "environment.unset",
        "removed the variable {object}",
        "remove the variable {object}",
    ),
    entry(
        Environment,
        "git_credential.set",
        "set the Git credential for {object}",
        "set the Git credential for {object}",
    ),
    entry(
        Environment,
        "git_credential.unset",
        "removed the Git credential for {object}",
        "remove the Git credential for {object}",
    ),
    entry(
        Administration,
        "backup.restore",
        "put a backup in place ({object})",
        "put a backup in place",
    ),
    entry(
        Administration,
        "secrets.rotate",
        "changed the key of all secrets ({object})",
        "change the key of all secrets",
    ),
    entry(
        Administration,
        "secrets.reset",
        "gave up secrets whose key is lost ({object})",
        "give up secrets whose key is lost",
    ),
    // Previews.
    entry(Previews, "preview.grant", "opened the preview", "open the preview"),
    // The log itself.
    entry(Audit, "audit.export", "exported the audit log", "export the audit log"),
    entry(
        Audit,
        "audit.cut",
        "found rows missing at the end of the audit log, which had reached row {object}",
        "reach row {object} of the audit log",
    ),
    entry(Audit, "audit.check", "checked the audit log", "check the audit log"),
    entry(
        Audit,
        "audit.lost",
        "did {count} things that there was no room to write down",
        "write down {count} things",
    ),
];

/// The verb of this name.
pub fn find(name: &str) -> Option<&'static Verb> {
    VERBS.iter().find(|it| it.name == name)
}

/// The name itself, if it is in the glossary. In a `const` an unknown name does not compile.
pub const fn verb(name: &'static str) -> &'static str {
    let mut index = 0;
    while index < VERBS.len() {
        if same(VERBS[index].name, name) {
            return name;
        }
        index += 1;
    }
    panic!("{}", name) // Not in the glossary: add it to VERBS in crates/protocol/src/audit.
}

const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut index = 0;
    while index < one.len() {
        if one[index] != other[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_is_there_once_and_reads_as_a_sentence() {
        for (index, verb) in VERBS.iter().enumerate() {
            assert!(!VERBS[..index].iter().any(|it| it.name == verb.name), "{}", verb.name);
            let sound = |it: char| it.is_ascii_lowercase() || it == '_' || it == '.';
            assert!(verb.name.contains('.') && verb.name.chars().all(sound), "{}", verb.name);
            for sentence in [verb.done, verb.tried] {
                assert!(sentence.chars().next().is_some_and(char::is_lowercase), "{sentence}");
                assert!(!sentence.ends_with('.'), "{sentence}");
                let count = |what: char| sentence.matches(what).count();
                assert_eq!((count('{'), count('[')), (count('}'), count(']')), "{sentence}");
            }
        }
    }

    #[test]
    fn a_name_is_found_or_stops_the_compiler() {
        const KNOWN: &str = verb("file.write");
        assert_eq!(find(KNOWN).map(|it| it.area), Some(Area::Files));
        assert_eq!(find("file.writ"), None);
        assert!(std::panic::catch_unwind(|| verb("file.writ")).is_err());
    }
}
