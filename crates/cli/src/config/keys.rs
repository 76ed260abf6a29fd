//! Every option of a server, once: name, help, default. Flags, variables and the file's keys are
//! made from this table.

/// One option.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// As a flag without the dashes, and in the file.
    pub(crate) name: &'static str,
    /// What a value looks like.
    pub(crate) value: &'static str,
    pub(crate) help: &'static str,
    /// Without any the option is unset.
    pub(crate) default: &'static [&'static str],
    /// Whether it takes more than one value.
    pub(crate) list: bool,
}

impl Key {
    /// The variable of the environment.
    pub(crate) fn variable(&self) -> String {
        format!("STEAD_{}", self.name.to_uppercase().replace('-', "_"))
    }

    /// The values in a variable: lists are separated by commas there.
    pub(crate) fn split(&self, text: &str) -> Vec<String> {
        if self.list {
            text.split(',').map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
        } else {
            vec![text.to_owned()]
        }
    }

    /// The values when nobody says anything.
    pub(crate) fn default(&self) -> Vec<String> {
        self.default.iter().map(|it| (*it).to_owned()).collect()
    }
}

const fn one(
    name: &'static str,
    value: &'static str,
    default: &'static [&'static str],
    help: &'static str,
) -> Key {
    Key { name, value, help, default, list: false }
}

const fn list(
    name: &'static str,
    value: &'static str,
    default: &'static [&'static str],
    help: &'static str,
) -> Key {
    Key { name, value, help, default, list: true }
}

/// The options of a server. `data-dir` is also one of every client command.
pub(crate) const KEYS: &[Key] = &[
    one("data-dir", "DIR", &[], "Where workspaces, database and records are kept"),
    list(
        "listen",
        "ADDRESS",
        &["127.0.0.1:7832", "[::1]:7832"],
        "Address and port to listen on; port 0 lets the system choose",
    ),
    list(
        "tls-listen",
        "ADDRESS",
        &[],
        "Address and port to speak TLS on, besides; needs tls-cert and tls-key",
    ),
    one(
        "tls-cert",
        "FILE",
        &[],
        "Certificate chain (PEM); read again when it changes, and on SIGHUP",
    ),
    one("tls-key", "FILE", &[], "Private key (PEM) of the certificate"),
    one(
        "public-url",
        "URL",
        &[],
        "How people reach this server, such as https://stead.example.org",
    ),
    one(
        "machine-url",
        "URL",
        &[],
        "How machines that joined reach this one of several servers on a database; they dial each",
    ),
    one("preview-domain", "NAME", &["localhost"], "Previews live on labels below this name"),
    one(
        "database-url",
        "URL",
        &[],
        "sqlite:///path or postgres://…; a SQLite file in the data directory by default",
    ),
    one(
        "secret-key-file",
        "FILE",
        &[],
        "Key of the secrets in the database; secret.key in the data directory by default. \
         STEAD_SECRET_KEY may hold the key itself",
    ),
    list("trusted-proxy", "ADDRESS", &[], "Reverse proxy whose X-Forwarded-* headers are believed"),
    one(
        "hsts-max-age",
        "SECONDS",
        &["31536000"],
        "How long browsers that came by TLS use nothing else; 0 makes them forget it",
    ),
    one("provider", "KIND", &["sandbox"], "sandbox, or process for no isolation at all"),
    one(
        "memory-limit",
        "SIZE",
        &["auto"],
        "Memory of one workspace: 2GiB, none, or auto for half of the machine's",
    ),
    one("cpu-limit", "CORES", &["none"], "Processor of one workspace: 1.5 is one and a half cores"),
    one("process-limit", "COUNT", &["2048"], "Processes and threads of one workspace"),
    one(
        "tmp-limit",
        "SIZE",
        &["auto"],
        "Size of a workspace's /tmp: 1GiB, or auto for a quarter of its memory",
    ),
    list(
        "tool-dir",
        "HOST[:INSIDE]",
        &["auto"],
        "Directory of tools shown in every workspace, read-only; auto looks for Rust, Node and Python",
    ),
    list("workspace-env", "KEY=VALUE", &[], "Variable of every program in every workspace"),
    one(
        "egress",
        "MODE",
        &["public"],
        "Outbound network of workspaces: public, off, or allow-list",
    ),
    list(
        "egress-allow",
        "PATTERN",
        &[],
        "Host that workspaces may reach besides: host, *.host, host:port",
    ),
    one("monitor-interval", "SECONDS", &["5"], "Time between two reports of a workspace's load"),
    one(
        "idle-timeout",
        "SECONDS",
        &["600"],
        "How long a workspace with nothing to do stays awake; 0 is for ever",
    ),
    one(
        "disk-reserve",
        "SIZE",
        &["1GiB"],
        "Free disk space below which no workspace is made, and the one that fills the disk is stopped",
    ),
    one(
        "disk-limit",
        "SIZE",
        &["none"],
        "Files of one workspace, its home directory included: 5GiB or none; a session over it is ended",
    ),
    list(
        "oidc-provider",
        "FILE",
        &[],
        "OpenID provider that people sign in with, one file for each",
    ),
    one(
        "shutdown-grace",
        "SECONDS",
        &["10"],
        "How long open requests may take when the server stops",
    ),
    one("log", "FILTER", &["info"], "What is logged, such as debug or gateway=debug,info"),
    one("log-format", "FORMAT", &["text"], "text or json"),
];
