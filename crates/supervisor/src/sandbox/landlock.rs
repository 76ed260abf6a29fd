//! Landlock: a second wall behind the mounts, where the system has it. It also refuses every change
//! of the mounts themselves, whatever privileges somebody might find.

use super::inside::Descriptors;
use super::plan::{Failure, Step};
use crate::sys;
use landlock::{
    ABI, Access, AccessFs, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreatedAttr,
};
use std::io;
use std::os::fd::OwnedFd;

/// The newest rights that are used: control of devices.
const NEWEST: ABI = ABI::V5;
/// Where files may be made and written; what is not there is left out.
const WRITABLE: &[&str] = &[
    "/workspace",
    "/home/dev",
    "/tmp",
    "/run",
    "/dev",
    "/dev/shm",
    "/dev/mqueue",
    "/dev/pts",
    "/proc",
];

/// The ABI that [`restrict`] puts in force here; 0 for none.
pub(crate) fn abi_in_force() -> u32 {
    sys::landlock_abi().min(NEWEST as u32)
}

/// Restricts this process and everything it will start: everything can be read and executed, only
/// the writable places written. Older systems get the rights that they know.
///
/// The program and the inherited directories are outside of the root, so they are named too. Code in
/// the workspace has no way to them: only who holds their descriptors gets there.
pub(crate) fn restrict(fds: &Descriptors) -> Result<(), Failure> {
    if abi_in_force() == 0 {
        return Ok(());
    }
    apply(fds).map_err(io::Error::other).step("restricting file access with Landlock")
}

fn apply(fds: &Descriptors) -> Result<(), landlock::RulesetError> {
    let all = AccessFs::from_all(NEWEST);
    let read = AccessFs::from_read(NEWEST);
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(all)?
        .create()?;
    let places = [("/", read)].into_iter().chain(WRITABLE.iter().map(|&it| (it, all)));
    for (place, access) in places {
        if let Ok(fd) = PathFd::new(place) {
            rules = rules.add_rule(PathBeneath::new(fd, access))?;
        }
    }
    rules =
        rules.add_rule(PathBeneath::new(&fds.program, AccessFs::Execute | AccessFs::ReadFile))?;
    for directory in fds.inherit.iter().filter(|it| is_directory(it)) {
        rules = rules.add_rule(PathBeneath::new(directory, all))?;
    }
    rules.restrict_self()?;
    Ok(())
}

fn is_directory(fd: &OwnedFd) -> bool {
    rustix::fs::fstat(fd).is_ok_and(|it| rustix::fs::FileType::from_raw_mode(it.st_mode).is_dir())
}
