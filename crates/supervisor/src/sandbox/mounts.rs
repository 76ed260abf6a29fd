//! The file system of a sandbox, built from mounts that have no place yet and then moved into it.
//!
//! ```text
//! /            tmpfs, read-only once built      /usr /bin /lib* /opt …   the machine's, read-only
//! /workspace   the workspace                    /etc      a chosen part of the machine's
//! /home/dev    the home of the user             /dev      six devices, devpts, shm, mqueue
//! /tmp /run    tmpfs, bounded                   /proc     of this pid namespace
//! ```

use super::etc;
use super::plan::{Base, Failure, Kind, Place, Plan, Step};
use crate::sys;
use rustix::fs::{CWD, Mode as FileMode, OFlags};
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MountPropagationFlags, MoveMountFlags,
    OpenTreeFlags, UnmountFlags,
};
use rustix::process::{Gid, Uid};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

/// Where the workspace is, inside.
pub(crate) const WORKSPACE: &str = "/workspace";
/// Where the home of the workspace's user is, inside.
pub(crate) const HOME: &str = "/home/dev";

/// Directories of programs and libraries. What is a symlink on the machine is one inside.
const TOOLS: &[&str] = &["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "opt"];
const DEVICES: &[&str] = &["null", "zero", "full", "random", "urandom", "tty"];
const DEVICE_LINKS: &[(&str, &str)] = &[
    ("dev/ptmx", "pts/ptmx"),
    ("dev/fd", "/proc/self/fd"),
    ("dev/stdin", "/proc/self/fd/0"),
    ("dev/stdout", "/proc/self/fd/1"),
    ("dev/stderr", "/proc/self/fd/2"),
];
/// Empty directories that programs expect.
const DIRECTORIES: &[&str] = &[
    "dev",
    "dev/mqueue",
    "dev/pts",
    "dev/shm",
    "etc",
    "home",
    "home/dev",
    "proc",
    "run",
    "tmp",
    "var",
    "var/cache",
    "var/lib",
    "workspace",
];
const LINKS: &[(&str, &str)] = &[("var/run", "/run"), ("var/tmp", "/tmp"), ("var/lock", "/run")];
/// Directories of the sandbox's own that are its user's.
const OWNED: &[&str] = &["/tmp", "/run", "/dev/shm"];
/// Pages of tmpfs for the root itself: a few small files and directories.
const ROOT_BYTES: &str = "4m";

const LOCKED: MountAttrFlags =
    MountAttrFlags::MOUNT_ATTR_NOSUID.union(MountAttrFlags::MOUNT_ATTR_NODEV);
const READ_ONLY: MountAttrFlags = LOCKED.union(MountAttrFlags::MOUNT_ATTR_RDONLY);

/// What is at one place inside.
enum Source {
    /// A detached copy of a mount.
    Tree(OwnedFd),
    Link(PathBuf),
}

/// Everything of the machine that will be visible, opened but not yet in place.
pub(crate) struct Sources {
    /// Directories and single files, by place relative to the root.
    entries: Vec<(PathBuf, Source, bool)>,
}

impl Sources {
    /// Opens what the plan and the machine offer. The workspace and its home, or what they will be
    /// below, must be there; of the machine's directories, whatever is.
    pub(crate) fn open(base: &Base) -> Result<Self, Failure> {
        let mut entries = Vec::new();
        let machine = TOOLS.iter().map(|it| PathBuf::from("/").join(it)).chain(etc::shared());
        for path in machine {
            let inside = path.strip_prefix("/").unwrap_or(&path).to_owned();
            let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
            if metadata.is_symlink() {
                if let Ok(target) = fs::read_link(&path) {
                    entries.push((inside, Source::Link(target), false));
                }
            } else if let Ok(tree) = open_tree(CWD, &path, READ_ONLY) {
                entries.push((inside, Source::Tree(tree), metadata.is_dir()));
            }
        }
        for (host, inside) in &base.tools {
            let tree = open_tree(CWD, Path::new(host), READ_ONLY)
                .step(format!("opening the tool directory `{}`", host.display()))?;
            let inside = Path::new(inside);
            let inside = inside.strip_prefix("/").unwrap_or(inside).to_owned();
            entries.push((inside, Source::Tree(tree), Path::new(host).is_dir()));
        }
        for device in DEVICES {
            let path = Path::new("/dev").join(device);
            let device_flags = MountAttrFlags::MOUNT_ATTR_NOSUID;
            let tree =
                open_tree(CWD, &path, device_flags).step(format!("opening `/dev/{device}`"))?;
            entries.push((Path::new("dev").join(device), Source::Tree(tree), false));
        }
        let places: &[(&OsString, &str)] = match &base.place {
            Place::Known { workspace, home } => &[(workspace, WORKSPACE), (home, HOME)],
            // Until the workspace is known, what it will be taken from is in its place.
            Place::Below(directory) => &[(directory, WORKSPACE)],
        };
        for (host, inside) in places {
            let tree = open_tree(CWD, Path::new(host), LOCKED)
                .step(format!("opening the directory for `{inside}`"))?;
            entries.push((PathBuf::from(&inside[1..]), Source::Tree(tree), true));
        }
        Ok(Self { entries })
    }
}

/// Builds the root, enters it, and lets go of the machine's.
pub(crate) fn build(base: &Base, sources: Sources) -> Result<(), Failure> {
    // Without a user namespace of their own these mounts are still those of the machine, which must
    // see nothing of what follows.
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    rustix::mount::mount_change("/", private).step("making the mounts private")?;
    let root = new_file_system("tmpfs", LOCKED, &[("mode", "755"), ("size", ROOT_BYTES)])
        .kind(Kind::Unsupported, "mounting a temporary file system")?;
    // Any directory will do: it is only the way to the root.
    attach(&root, CWD, Path::new("/tmp")).step("attaching the new root")?;
    for directory in DIRECTORIES {
        make_directories(&root, Path::new(directory)).step(format!("making `/{directory}`"))?;
    }
    etc::write(&root, &base.hostname).step("writing `/etc`")?;
    for (inside, source, is_directory) in sources.entries {
        place(&root, &inside, source, is_directory)
            .step(format!("placing `/{}`", inside.display()))?;
    }
    for (link, target) in LINKS.iter().chain(DEVICE_LINKS) {
        rustix::fs::symlinkat(*target, &root, *link).step(format!("linking `/{link}`"))?;
    }
    mount_own(base, &root)?;
    sys::set_mount_attributes(&root, READ_ONLY, false).step("making the root read-only")?;
    rustix::process::fchdir(&root).step("entering the new root")?;
    rustix::process::pivot_root(".", ".").step("changing the root")?;
    rustix::mount::unmount(".", UnmountFlags::DETACH).step("leaving the machine's root")?;
    rustix::process::chdir("/").step("entering the new root")
}

/// Gives a sandbox whose root is entered its workspace and its owner.
pub(crate) fn finish(base: &Base, plan: &Plan) -> Result<(), Failure> {
    if let Place::Below(directory) = &base.place {
        let place = rustix::fs::open(WORKSPACE, OFlags::PATH | OFlags::CLOEXEC, FileMode::empty())
            .step("opening the directory of the workspaces")?;
        let open = |path: &OsString| {
            let path = Path::new(path).strip_prefix(directory).map_err(io::Error::other)?;
            open_tree(place.as_fd(), path, LOCKED)
        };
        let trees = [(open(&plan.workspace), WORKSPACE), (open(&plan.home), HOME)];
        // With it every other workspace goes out of sight.
        drop(place);
        rustix::mount::unmount(WORKSPACE, UnmountFlags::DETACH).step("leaving the workspaces")?;
        for (tree, inside) in trees {
            tree.and_then(|tree| attach(&tree, CWD, Path::new(inside)))
                .step(format!("placing the directory for `{inside}`"))?;
        }
    }
    if let Some(owner) = plan.owner {
        let (user, group) = (Uid::from_raw(owner), Gid::from_raw(owner));
        for place in OWNED {
            rustix::fs::chown(*place, Some(user), Some(group))
                .step(format!("giving `{place}` to its user"))?;
        }
    }
    Ok(())
}

/// Mounts what belongs to the sandbox alone.
fn mount_own(base: &Base, root: &OwnedFd) -> Result<(), Failure> {
    let no_exec = LOCKED.union(MountAttrFlags::MOUNT_ATTR_NOEXEC);
    let devices = MountAttrFlags::MOUNT_ATTR_NOSUID.union(MountAttrFlags::MOUNT_ATTR_NOEXEC);
    let sized = |bytes: u64| (bytes.to_string(), (bytes / BYTES_PER_FILE).max(1024).to_string());
    let own = |kind: &str, attributes, options: &[(&str, &str)], place: &str| {
        new_file_system(kind, attributes, options)
            .and_then(|mount| attach(&mount, root, Path::new(place)))
            .kind(Kind::Unsupported, format!("mounting `/{place}`"))
    };
    own("proc", no_exec, &[], "proc")?;
    // Without its place nobody could find the queues that a session leaves; not every system has it.
    let _not_everywhere = own("mqueue", no_exec, &[], "dev/mqueue");
    own("devpts", devices, &[("ptmxmode", "666"), ("mode", "600")], "dev/pts")?;
    for (place, bytes, mode, attributes) in [
        ("tmp", base.tmp_bytes_max, "1777", LOCKED),
        ("dev/shm", base.shm_bytes_max, "1777", no_exec),
        ("run", base.run_bytes_max, "755", LOCKED),
    ] {
        let (size, files) = sized(bytes);
        own("tmpfs", attributes, &[("mode", mode), ("size", &size), ("nr_inodes", &files)], place)?;
    }
    Ok(())
}

/// A temporary file system has one file per so many bytes at most: a file costs memory of the
/// system beside its contents, about a quarter of this.
const BYTES_PER_FILE: u64 = 4096;

/// Puts one source in its place, making the place.
fn place(root: &OwnedFd, inside: &Path, source: Source, is_directory: bool) -> io::Result<()> {
    let make = || -> rustix::io::Result<()> {
        match &source {
            Source::Link(target) => rustix::fs::symlinkat(target, root, inside),
            Source::Tree(_) if is_directory => {
                match rustix::fs::mkdirat(root, inside, FileMode::from_raw_mode(0o755)) {
                    Err(rustix::io::Errno::EXIST) => Ok(()),
                    result => result,
                }
            }
            Source::Tree(_) => {
                let flags = OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC;
                rustix::fs::openat(root, inside, flags, FileMode::from_raw_mode(0o644)).map(drop)
            }
        }
    };
    if make() == Err(rustix::io::Errno::NOENT) {
        make_directories(root, inside.parent().unwrap_or(Path::new("")))?;
        make()?;
    }
    match &source {
        Source::Link(_) => Ok(()),
        Source::Tree(tree) => attach(tree, root, inside),
    }
}

/// A detached, private copy of the mount at `path` and of what is mounted below it.
fn open_tree(
    directory: BorrowedFd<'_>,
    path: &Path,
    attributes: MountAttrFlags,
) -> io::Result<OwnedFd> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_RECURSIVE;
    let tree = rustix::mount::open_tree(directory, path, flags)?;
    sys::set_mount_attributes(&tree, attributes, true)?;
    Ok(tree)
}

/// A new file system that is mounted nowhere yet.
fn new_file_system(
    kind: &str,
    attributes: MountAttrFlags,
    options: &[(&str, &str)],
) -> io::Result<OwnedFd> {
    let context = rustix::mount::fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?;
    for (key, value) in options {
        rustix::mount::fsconfig_set_string(&context, *key, *value)?;
    }
    rustix::mount::fsconfig_create(&context)?;
    Ok(rustix::mount::fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, attributes)?)
}

fn attach(mount: &OwnedFd, directory: impl AsFd, place: &Path) -> io::Result<()> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH;
    Ok(rustix::mount::move_mount(mount, "", directory, place, flags)?)
}

/// Makes a directory and its parents; that they exist is fine.
fn make_directories(root: &OwnedFd, path: &Path) -> io::Result<()> {
    if path == Path::new("") {
        return Ok(());
    }
    let mode = FileMode::from_raw_mode(0o755);
    match rustix::fs::mkdirat(root, path, mode) {
        Ok(()) | Err(rustix::io::Errno::EXIST) => Ok(()),
        Err(rustix::io::Errno::NOENT) => {
            make_directories(root, path.parent().unwrap_or(Path::new("")))?;
            Ok(rustix::fs::mkdirat(root, path, mode)?)
        }
        Err(error) => Err(error.into()),
    }
}
