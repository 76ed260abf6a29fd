//! The environment of every program in the workspace.

use crate::config::Config;
use std::ffi::OsString;

/// Where programs are searched unless the host says otherwise.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Name of the user that programs run as, for prompts and `git`.
const USER: &str = "dev";

/// Shells in order of preference.
const SHELLS: [&str; 2] = ["/bin/bash", "/bin/sh"];

/// What the kernel sets itself, then what it was configured with, then `more`; later values win.
pub fn environment(config: &Config, more: &[(String, String)]) -> Vec<(OsString, OsString)> {
    let home = config.home.to_string_lossy().into_owned();
    let own = [
        ("HOME", home.as_str()),
        ("USER", USER),
        ("LOGNAME", USER),
        ("SHELL", shell()),
        ("PATH", PATH),
        ("LANG", "C.UTF-8"),
        ("TERM", "xterm-256color"),
        ("COLORTERM", "truecolor"),
        ("STEAD_WORKSPACE", config.workspace_id.as_str()),
    ];
    let own = own.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut all: Vec<(OsString, OsString)> = Vec::new();
    for (name, value) in own.chain(config.env.iter().cloned()).chain(more.iter().cloned()) {
        let (name, value) = (OsString::from(name), OsString::from(value));
        match all.iter_mut().find(|it| it.0 == name) {
            Some(known) => known.1 = value,
            None => all.push((name, value)),
        }
    }
    all
}

/// The login shell.
pub fn shell() -> &'static str {
    SHELLS.into_iter().find(|it| std::path::Path::new(it).exists()).unwrap_or(SHELLS[1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::testing;

    #[tokio::test]
    async fn later_values_win_and_every_name_is_there_once() {
        let (context, _directory) = testing::context();
        let mut config = Config::clone(&context.config);
        config.env = vec![("PATH".to_owned(), "/a".to_owned()), ("X".to_owned(), "1".to_owned())];
        let all = environment(&config, &[("X".to_owned(), "2".to_owned())]);
        let get = |name: &str| {
            let found: Vec<_> = all.iter().filter(|it| it.0 == name).collect();
            assert_eq!(found.len(), 1, "{name}");
            found[0].1.to_string_lossy().into_owned()
        };
        assert_eq!((get("PATH").as_str(), get("X").as_str()), ("/a", "2"));
        assert_eq!(get("TERM"), "xterm-256color");
    }
}
