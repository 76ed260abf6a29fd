//! `/etc` of a sandbox: what programs need to know of the machine, and nothing that is a secret.

use rustix::fs::{Mode as FileMode, OFlags};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;

/// Shown as they are on the machine, read-only, if they exist. Passwords, keys, network and service
/// configuration are not here and must not be.
const SHARED: &[&str] = &[
    "alternatives",
    "bash.bashrc",
    "bash_completion.d",
    "ca-certificates",
    "ca-certificates.conf",
    "debian_version",
    "fonts",
    "inputrc",
    "ld-musl-x86_64.path",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "locale.alias",
    "localtime",
    "lsb-release",
    "magic",
    "mime.types",
    "mtab",
    "nanorc",
    "nsswitch.conf",
    "os-release",
    "perl",
    "profile",
    "profile.d",
    "protocols",
    "services",
    "shells",
    "skel",
    "ssl/certs",
    "ssl/openssl.cnf",
    "terminfo",
    "timezone",
    "vim",
];

/// Beginnings of names that carry a version: `python3`, `python3.11`, `java-17-openjdk`, …
const SHARED_PREFIXES: &[&str] = &["python3", "java-"];

/// Host paths that are shown inside at the same place.
pub(crate) fn shared() -> impl Iterator<Item = PathBuf> {
    let by_prefix = std::fs::read_dir("/etc")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name())
        .filter(|name| {
            name.to_str().is_some_and(|name| SHARED_PREFIXES.iter().any(|it| name.starts_with(it)))
        })
        .map(|name| PathBuf::from("/etc").join(name));
    SHARED.iter().map(|name| PathBuf::from("/etc").join(name)).chain(by_prefix)
}

/// Writes the files that are the sandbox's own.
pub(crate) fn write(root: &OwnedFd, hostname: &str) -> io::Result<()> {
    let hosts = format!(
        "127.0.0.1\tlocalhost {hostname}\n::1\tlocalhost ip6-localhost ip6-loopback {hostname}\n"
    );
    let files: [(&str, &str); 6] = [
        (
            "etc/passwd",
            "root:x:0:0:root:/root:/usr/sbin/nologin\n\
             dev:x:1000:1000:dev:/home/dev:/bin/bash\n\
             nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
        ),
        ("etc/group", "root:x:0:\ntty:x:5:\ndev:x:1000:\nnogroup:x:65534:\n"),
        ("etc/hosts", &hosts),
        ("etc/hostname", &format!("{hostname}\n")),
        ("etc/resolv.conf", "# Names are resolved by the workspace's HTTP proxy.\n"),
        ("etc/host.conf", "multi on\n"),
    ];
    for (path, text) in files {
        let flags = OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC;
        let file = rustix::fs::openat(root, path, flags, FileMode::from_raw_mode(0o644))?;
        std::fs::File::from(file).write_all(text.as_bytes())?;
    }
    Ok(())
}
