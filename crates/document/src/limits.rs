//! What is bounded, and where the numbers come from.

/// Largest file that opens as a document, in bytes. Editors and their peers handle this with ease;
/// larger texts are looked at, not written together.
pub const OPEN_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Largest text that a document may grow to, in bytes: what opened small may be pasted into.
pub const TEXT_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Largest update of one client, in bytes: everything a client wrote while it was away.
pub const UPDATE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Largest history of deleted places that a document carries, in bytes of its state; a text rewritten
/// ten times a second for a day stays below.
pub const STATE_BYTES_MAX: usize = 48 * 1024 * 1024;
/// Longest state of one client's presence, in bytes: names, colours, a few selections.
pub const AWARENESS_BYTES_MAX: usize = 16 * 1024;
/// Presence entries of one connection: the two panes of an editor, not a crowd.
pub const AWARENESS_CLIENTS_MAX: usize = 8;
/// Contents of the file that the merge remembers; a writer whose text is older than that many saves
/// is taken by its word.
pub const BASES_MAX: usize = 64;
/// Bytes of all of them.
pub const BASES_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Conflicts that are kept to be looked at; the oldest go first.
pub const CONFLICTS_MAX: usize = 100;
/// Kept of each side of a conflict, in bytes.
pub const CONFLICT_BYTES_MAX: usize = 64 * 1024;

/// The file is written when nobody typed for this long, in milliseconds.
pub const QUIET_MS: u64 = 300;
/// And at the latest this long after the first change.
pub const WRITE_MS_MAX: u64 = 2_000;
/// A write that comes this soon after ours may have been made without knowing ours: it was on its
/// way, or its writer has a clock of its own. Programs that think longer look again before they write.
pub const IN_FLIGHT_MS: u64 = 3_000;
/// From a write to the moment in which what it brought is kept, at the longest, in milliseconds: the
/// kernel may end in between, and a later write leaves no trace of when that one came.
pub const UNKEPT_MS: u64 = 1_000;
/// A file that somebody else writes just now is tried again after this long.
pub const CHANGED_RETRY_MS: u64 = 100;
/// A full disk is tried again after this long.
pub const RETRY_MS: u64 = 1_000;
