//! What programs have open, as `proc(5)` tells of those that we may look into.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Whose descriptors are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    All,
    /// Not those of this process.
    Others,
}

/// The directory in `/proc` of a program with a descriptor for which `test` holds: it gets the link
/// to what is open, and the file that tells more about it.
pub(crate) fn program_with(whose: Whose, test: impl Fn(&Path, &Path) -> bool) -> Option<PathBuf> {
    let own = std::process::id().to_string();
    fs::read_dir("/proc")
        .ok()?
        .flatten()
        .filter(|it| is_number(&it.file_name()))
        .filter(|it| whose == Whose::All || it.file_name() != own.as_str())
        .map(|it| it.path())
        .find(|process| {
            let Ok(open) = fs::read_dir(process.join("fd")) else { return false };
            let info = process.join("fdinfo");
            open.flatten().any(|it| test(&it.path(), &info.join(it.file_name())))
        })
}

fn is_number(name: &OsStr) -> bool {
    name.as_encoded_bytes().iter().all(u8::is_ascii_digit)
}
