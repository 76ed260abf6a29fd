//! What Git leaves behind when it is ended while it receives. It would forget that by itself, but
//! only after two weeks.

use crate::files::{Whose, program_with};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// How packs are called until they are whole.
const HALF_PACK: &str = "tmp_";

/// Removes packs of the repository at `root` that are not whole and were written since then
/// (milliseconds since 1970), except what a program has open: somebody receives in a terminal.
/// Blocking.
pub(super) fn remove_half_packs(root: &Path, since_ms: u64) -> io::Result<()> {
    let packs = match fs::read_dir(root.join(".git/objects/pack")) {
        Ok(packs) => packs,
        // A work tree whose repository is elsewhere keeps them there.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(()),
        Err(error) => return Err(error),
    };
    for pack in packs {
        let pack = pack?;
        let metadata = pack.metadata()?;
        let is_half = pack.file_name().as_encoded_bytes().starts_with(HALF_PACK.as_bytes());
        let is_ours = is_half && metadata.is_file() && since_ms <= millis(&metadata);
        if is_ours && !is_open(&metadata) {
            fs::remove_file(pack.path())?;
        }
    }
    Ok(())
}

fn millis(file: &Metadata) -> u64 {
    u64::try_from(file.mtime() * 1000 + file.mtime_nsec() / 1_000_000).unwrap_or_default()
}

fn is_open(file: &Metadata) -> bool {
    let is_it = |it: Metadata| (it.dev(), it.ino()) == (file.dev(), file.ino());
    program_with(Whose::All, |link, _| fs::metadata(link).is_ok_and(is_it)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn what_is_half_and_new_and_nobodys_goes() {
        let root = tempfile::tempdir().unwrap();
        let since = 1_000_000;
        remove_half_packs(root.path(), since).unwrap();
        let packs = root.path().join(".git/objects/pack");
        fs::create_dir_all(&packs).unwrap();
        for name in ["tmp_pack_new", "tmp_idx_old", "tmp_pack_open", "pack-whole.pack"] {
            fs::write(packs.join(name), name).unwrap();
        }
        let old = File::options().write(true).open(packs.join("tmp_idx_old")).unwrap();
        old.set_modified(UNIX_EPOCH + Duration::from_millis(since - 1)).unwrap();
        drop(old);
        let open = File::open(packs.join("tmp_pack_open")).unwrap();
        remove_half_packs(root.path(), since).unwrap();
        assert!(!packs.join("tmp_pack_new").exists() && packs.join("tmp_pack_open").exists());
        drop(open);
        remove_half_packs(root.path(), since).unwrap();
        let left = fs::read_dir(&packs).unwrap().map(|it| it.unwrap().file_name());
        let mut left: Vec<_> = left.collect();
        left.sort();
        assert_eq!(left, ["pack-whole.pack", "tmp_idx_old"]);
    }
}
