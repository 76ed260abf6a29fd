//! `/proc/<pid>/stat`: who is whose child, in which session, since when.

/// One process, as it was when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    pub pid: u32,
    pub parent: u32,
    pub group: u32,
    pub session: u32,
    /// At most 15 bytes; programs choose it.
    pub name: String,
    /// As in `proc_pid_stat(5)`: `R`, `S`, `Z`, …
    pub state: char,
    /// Number of the controlling terminal; 0 for none.
    pub terminal: i32,
    /// Clock ticks after boot; with the pid it names the process for ever.
    pub start_time: u64,
    /// User and system time in clock ticks, with that of children that were waited for.
    pub cpu_ticks: u64,
}

impl Process {
    /// Neither dead nor a zombie.
    pub fn is_alive(&self) -> bool {
        !matches!(self.state, 'Z' | 'X' | 'x')
    }

    /// Whether it leads a session that has a terminal, as a shell in a terminal does.
    pub(crate) fn leads_terminal(&self) -> bool {
        self.pid == self.session && self.terminal != 0
    }

    /// Whether TERM does nothing to it.
    pub(crate) fn ignores_terminate(&self) -> bool {
        std::fs::read_to_string(format!("/proc/{}/status", self.pid))
            .ok()
            .and_then(|status| {
                let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
                u64::from_str_radix(mask.trim(), 16).ok()
            })
            .is_some_and(|mask| mask & (1 << (libc::SIGTERM - 1)) != 0)
    }
}

/// Every process that can be seen here, by rising pid.
pub fn processes() -> Vec<Process> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let mut pids: Vec<u32> =
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    pids.sort_unstable();
    pids.into_iter().filter_map(process).collect()
}

/// One process, if it is there.
pub fn process(pid: u32) -> Option<Process> {
    parse(&std::fs::read(format!("/proc/{pid}/stat")).ok()?)
}

/// When the process started, in clock ticks after boot.
pub fn start_time(pid: u32) -> Option<u64> {
    process(pid).map(|it| it.start_time)
}

/// Reads `pid (name) state ppid …`. The name may hold anything, parentheses and newlines too.
fn parse(stat: &[u8]) -> Option<Process> {
    let text = String::from_utf8_lossy(stat);
    let (pid, rest) = text.split_once(" (")?;
    let (name, rest) = rest.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let id = |index: usize| u32::try_from(number(index)?).ok();
    Some(Process {
        pid: pid.parse().ok()?,
        parent: id(1)?,
        group: id(2)?,
        session: id(3)?,
        name: name.to_owned(),
        state: fields.first()?.chars().next()?,
        terminal: fields.get(4)?.parse().ok()?,
        start_time: number(19)?,
        cpu_ticks: number(11)? + number(12)? + number(13)? + number(14)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_what_separates_the_fields() {
        let stat = b"42 (a) R (b c) S 7 42 42 34816 42 0 1 2 3 4 10 20 30 40 20 0 1 0 987654 1 2\n";
        let process = parse(stat).unwrap();
        assert_eq!(process.name, "a) R (b c");
        assert_eq!((process.pid, process.parent, process.state), (42, 7, 'S'));
        assert_eq!((process.start_time, process.cpu_ticks), (987_654, 100));
        assert!(process.leads_terminal() && process.is_alive());
    }

    #[test]
    fn what_is_cut_short_is_no_process() {
        for stat in
            ["", "42", "42 (a)", "42 (a) S 1 2", "x (a) S 1 1 1 0 0 0 0 0 0 0 1 1 1 1 0 0 0 0 9"]
        {
            assert_eq!(parse(stat.as_bytes()), None, "{stat}");
        }
    }

    #[test]
    fn this_process_is_there() {
        let own = process(std::process::id()).unwrap();
        assert!(own.is_alive());
        assert!(processes().iter().any(|it| it.pid == own.pid && it.start_time == own.start_time));
    }
}
