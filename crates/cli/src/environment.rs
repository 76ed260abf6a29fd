//! The one place that reads the environment.

use std::ffi::OsString;
use std::path::PathBuf;

/// The value of a variable; empty counts as unset, and what is not Unicode too.
pub(crate) fn get(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    let value = std::env::var(name).ok()?;
    (!value.is_empty()).then_some(value)
}

/// The home directory of whoever runs this.
pub(crate) fn home() -> Option<PathBuf> {
    get("HOME").map(PathBuf::from)
}

/// Our own executable. It is opened by this path whenever a kernel is started, also after an
/// upgrade replaced the file.
pub(crate) fn program() -> std::io::Result<PathBuf> {
    std::env::current_exe()
}

/// What a program needs to reach the person's desktop.
pub(crate) fn graphical() -> Vec<(OsString, OsString)> {
    const NAMES: [&str; 9] = [
        "PATH",
        "HOME",
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "XAUTHORITY",
        "XDG_RUNTIME_DIR",
        "XDG_CURRENT_DESKTOP",
        "DBUS_SESSION_BUS_ADDRESS",
        "BROWSER",
    ];
    NAMES.iter().filter_map(|it| Some(((*it).into(), get(it)?.into()))).collect()
}
