//! What this machine can give, for `stead doctor`.

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Ok,
    /// Stead works, with less.
    Warn,
    /// Stead's default does not work.
    Fail,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub name: &'static str,
    pub level: Level,
    /// What was found, in a sentence fragment.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Everything that was looked at, in a stable order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub findings: Vec<Finding>,
}

/// Looks at the machine. Blocks for some milliseconds; changes nothing.
pub fn probe() -> Report {
    Report::default()
}
