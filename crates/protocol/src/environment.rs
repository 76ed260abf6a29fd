//! Environment variables and Git credentials: what people set, and what kernels are given.
//!
//! A value travels to the gateway once, when it is set, and from the gateway to kernels; what is
//! secret never travels back.

use crate::id::PrincipalId;
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// Longest name of a variable, in bytes.
pub const NAME_BYTES_MAX: usize = 128;
/// Longest value, in bytes: a private key, a kubeconfig. Linux takes 128 KiB.
pub const VALUE_BYTES_MAX: usize = 32 * 1024;
/// Variables of one workspace or one person at most.
pub const VARIABLES_MAX: usize = 200;
/// Names and values of one workspace or one person together, in bytes.
pub const TOTAL_BYTES_MAX: usize = 128 * 1024;
/// Git credentials of one workspace or one person at most.
pub const CREDENTIALS_MAX: usize = 50;
/// Longest host name with a port, in bytes.
const HOST_BYTES_MAX: usize = 260;
/// Longest user name and longest token of a Git credential, in bytes.
const CREDENTIAL_BYTES_MAX: usize = 4096;

/// Names that mean something to Stead or decide how programs are started, and beginnings of such.
const RESERVED: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "PWD",
    "OLDPWD",
    "SHLVL",
    "IFS",
    "TERM",
    "PORT",
    "HOST",
    "GLIBC_TUNABLES",
    "_",
];
const RESERVED_PREFIXES: &[&str] = &["STEAD_", "LD_", "DYLD_", "BASH_FUNC_"];

/// Processes a variable may be given to.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// Shells and commands that people open.
    Terminals,
    DevServer,
    Agents,
    /// Filling the workspace, and Git.
    Setup,
}

impl Use {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Terminals, Self::DevServer, Self::Agents, Self::Setup];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terminals => "terminals",
            Self::DevServer => "dev_server",
            Self::Agents => "agents",
            Self::Setup => "setup",
        }
    }

    /// The use that a word names; `-` counts as `_`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text.replace('-', "_"))
    }
}

/// Whether the value may be looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VariableKind {
    /// Shown to whoever may see the list.
    Plain,
    /// Never shown again; masked where others might see it.
    Secret,
}

impl VariableKind {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Secret => "secret",
        }
    }

    /// The kind that a word names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Plain, Self::Secret].into_iter().find(|it| it.as_str() == text)
    }
}

/// Answer of `GET …/environment`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Environment {
    /// By name.
    pub variables: Vec<Variable>,
    /// By host.
    pub credentials: Vec<GitCredential>,
    /// Whether the caller may change them.
    pub may_change: bool,
    /// When something was last set or removed, in milliseconds since 1970; 0 for never. Processes
    /// that started before it have what was in force then.
    pub changed_at_ms: u64,
}

/// One variable, as it may be seen.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Variable {
    pub name: String,
    pub kind: VariableKind,
    /// Of a plain variable only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// In the order of [`Use::ALL`]; never empty.
    pub uses: Vec<Use>,
    pub updated_at_ms: u64,
    /// Who set it last.
    pub updated_by: Option<Setter>,
}

/// Who set a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Setter {
    pub id: PrincipalId,
    pub name: String,
}

/// Body of `PUT …/environment/{name}`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetVariable {
    /// The value it has stays when none is given.
    pub value: Option<String>,
    pub kind: VariableKind,
    /// All when none are given.
    #[serde(default)]
    pub uses: Vec<Use>,
}

/// Body of `POST …/environment/import`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportEnvironment {
    /// Text of a `.env` file.
    pub text: String,
    /// Names whose kind is not the one that would be guessed.
    #[serde(default)]
    pub kinds: std::collections::BTreeMap<String, VariableKind>,
    /// Of the variables that are new; all when none are given.
    #[serde(default)]
    pub uses: Vec<Use>,
    /// Changes nothing unless it is true.
    #[serde(default)]
    pub apply: bool,
}

/// Answer of `POST …/environment/import`: what changes, or has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Import {
    /// In the order of the text; of a name that is there twice only the last.
    pub entries: Vec<ImportEntry>,
    /// Lines that are no assignment.
    pub problems: Vec<ImportProblem>,
}

/// One assignment of the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportEntry {
    pub name: String,
    pub kind: VariableKind,
    pub change: ImportChange,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportChange {
    Added,
    /// It has another value or kind. A secret counts as changed, since nobody may compare it.
    Changed,
    /// The same as before.
    Unchanged,
}

/// A line that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportProblem {
    /// From 1.
    pub line: u32,
    /// Without anything of a value.
    pub message: String,
}

/// A name and a token for the repositories of one host, as they may be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GitCredential {
    /// `github.com`, `git.example.org:8443`.
    pub host: String,
    pub username: String,
    pub updated_at_ms: u64,
    pub updated_by: Option<Setter>,
}

/// Body of `PUT …/git-credentials/{host}`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetGitCredential {
    /// What the host calls the user; many hosts take any name with a token.
    pub username: String,
    /// The one it has stays when none is given.
    pub token: Option<String>,
}

/// Body of the kernel's `PUT /api/v1/environment`: everything of one workspace or person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GivenEnvironment {
    /// Whose it is; `None` for the workspace's own.
    pub person: Option<PrincipalId>,
    /// Rises with every change: an older one than the kernel has is ignored.
    pub revision: u64,
    pub variables: Vec<GivenVariable>,
    pub credentials: Vec<GivenCredential>,
}

/// A variable with its value.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GivenVariable {
    pub name: String,
    pub value: String,
    pub secret: bool,
    pub uses: Vec<Use>,
}

/// A Git credential with its token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GivenCredential {
    pub host: String,
    pub username: String,
    pub token: String,
}

/// Shows everything of these but values.
macro_rules! without_values {
    ($($type:ident { $($field:ident),* })*) => {
        $(impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($type))$(.field(stringify!($field), &self.$field))*
                    .finish_non_exhaustive()
            }
        })*
    };
}

without_values! {
    Variable { name, kind, uses, updated_at_ms, updated_by }
    SetVariable { kind, uses }
    ImportEnvironment { kinds, uses, apply }
    SetGitCredential { username }
    GivenEnvironment { person, revision, variables, credentials }
    GivenVariable { name, secret, uses }
    GivenCredential { host, username }
}

/// Why a name, a value or a credential is refused; never with the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error(
        "a name has letters of A to Z, digits and `_`, does not start with a digit, and is at most \
         {NAME_BYTES_MAX} long"
    )]
    Name,
    #[error("`{0}` is reserved: {1}")]
    Reserved(String, &'static str),
    #[error("the value of `{0}` is longer than {VALUE_BYTES_MAX} bytes")]
    Length(String),
    #[error("the value of `{0}` holds a zero byte, which no process can be given")]
    Zero(String),
    #[error("a host is a name such as `github.com`, with a port if it needs one")]
    Host,
    #[error("the user name is empty, too long, or holds a line break")]
    Username,
    #[error("the token is empty, too long, or holds a line break")]
    Token,
}

/// Whether this may be the name of a variable: POSIX's rule, and nothing that is reserved.
pub fn check_name(name: &str) -> Result<(), Refused> {
    let allowed = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    let starts_well = name.bytes().next().is_some_and(|it| !it.is_ascii_digit());
    if !starts_well || NAME_BYTES_MAX < name.len() || !name.bytes().all(allowed) {
        return Err(Refused::Name);
    }
    let upper = name.to_ascii_uppercase();
    let why = match upper.as_str() {
        "PORT" | "HOST" => "Stead tells the dev server where to listen",
        it if it.starts_with("STEAD_") => "names of `STEAD_` are Stead's own",
        it if RESERVED_PREFIXES.iter().any(|prefix| it.starts_with(prefix)) => {
            "it changes how every program is loaded"
        }
        it if RESERVED.contains(&it) => "it belongs to the workspace's shells",
        _ => return Ok(()),
    };
    Err(Refused::Reserved(name.to_owned(), why))
}

/// Whether a process can be given this value.
pub fn check_value(name: &str, value: &str) -> Result<(), Refused> {
    if VALUE_BYTES_MAX < value.len() {
        return Err(Refused::Length(name.to_owned()));
    }
    if value.contains('\0') { Err(Refused::Zero(name.to_owned())) } else { Ok(()) }
}

/// The host of a credential as it is kept: lower case, without scheme and path.
pub fn checked_host(text: &str) -> Result<String, Refused> {
    let text = text.trim().to_ascii_lowercase();
    let text = text.strip_prefix("https://").unwrap_or(&text);
    let host = text.strip_suffix('/').unwrap_or(text);
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host, None),
    };
    let label = |it: &str| {
        !it.is_empty()
            && !it.starts_with('-')
            && it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-' || it == b'_')
    };
    let good_port = port.is_none_or(|it| it.parse::<u16>().is_ok_and(|it| it != 0));
    if HOST_BYTES_MAX < host.len() || !name.split('.').all(label) || !good_port {
        return Err(Refused::Host);
    }
    Ok(host.to_owned())
}

/// Whether Git can be told this name and token.
pub fn check_credential(username: &str, token: &str) -> Result<(), Refused> {
    let good = |it: &str| {
        !it.is_empty() && it.len() <= CREDENTIAL_BYTES_MAX && !it.contains(char::is_control)
    };
    match (good(username), good(token)) {
        (false, _) => Err(Refused::Username),
        (true, false) => Err(Refused::Token),
        (true, true) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_posix_and_none_that_is_reserved() {
        for name in ["A", "_x9", "DATABASE_URL", "npm_config_x", "PORTS", "OLD_PATH"] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        for name in ["", "9A", "A-B", "A B", "Ä", "A=B", "A\n", &"A".repeat(129)] {
            assert_eq!(check_name(name), Err(Refused::Name), "{name}");
        }
        for name in ["PATH", "LD_PRELOAD", "home", "PORT", "STEAD_X", "Stead_x", "_", "BASH_FUNC_a"]
        {
            assert!(matches!(check_name(name), Err(Refused::Reserved(..))), "{name}");
        }
    }

    #[test]
    fn values_are_bounded_and_without_zero() {
        assert_eq!(check_value("A", &"x".repeat(VALUE_BYTES_MAX)), Ok(()));
        assert!(check_value("A", &"x".repeat(VALUE_BYTES_MAX + 1)).is_err());
        assert_eq!(check_value("A", "x\0y"), Err(Refused::Zero("A".to_owned())));
    }

    #[test]
    fn hosts_are_names_with_a_port_or_without() {
        for (text, host) in [
            ("GitHub.com", "github.com"),
            (" https://git.example.org:8443/ ", "git.example.org:8443"),
            ("localhost:3000", "localhost:3000"),
        ] {
            assert_eq!(checked_host(text).as_deref(), Ok(host));
        }
        for text in ["", "a b", "http://x", "x/y", "x:0", "x:99999", "-x", "a..b", "x@y", "x:"] {
            assert_eq!(checked_host(text), Err(Refused::Host), "{text}");
        }
        assert_eq!(check_credential("me", "token"), Ok(()));
        assert_eq!(check_credential("", "token"), Err(Refused::Username));
        assert_eq!(check_credential("me", "a\nb"), Err(Refused::Token));
    }

    #[test]
    fn values_are_not_shown_by_debug() {
        let given = GivenEnvironment {
            person: None,
            revision: 1,
            variables: vec![GivenVariable {
                name: "A".to_owned(),
                value: "hunter2".to_owned(),
                secret: true,
                uses: vec![Use::Agents],
            }],
            credentials: vec![GivenCredential {
                host: "h".to_owned(),
                username: "u".to_owned(),
                token: "hunter3".to_owned(),
            }],
        };
        let shown = format!("{given:?}");
        assert!(shown.contains("\"A\"") && !shown.contains("hunter"), "{shown}");
    }
}
