//! Which machine is best for a new workspace.

use protocol::machine::Resources;

/// A machine with less free memory or disk takes nothing while another one can.
const MEMORY_MIN: u64 = 256 << 20;
const DISK_MIN: u64 = 1 << 30;
/// Disk beyond these bytes, 20 GiB, makes a machine no better.
const DISK_ENOUGH: f64 = 21_474_836_480.0;

/// How good: free memory, less where the processors are busy or the disk is short. `None`: full.
#[expect(clippy::cast_precision_loss, reason = "machines are compared roughly")]
pub(super) fn score(it: &Resources) -> Option<f64> {
    if it.memory_free_bytes < MEMORY_MIN || it.disk_free_bytes < DISK_MIN {
        return None;
    }
    let cpus = f64::from(it.cpus.max(1));
    let idle = (1.0 - it.load / cpus).clamp(0.05, 1.0);
    let disk = (it.disk_free_bytes as f64 / DISK_ENOUGH).min(1.0);
    Some(it.memory_free_bytes as f64 * idle * disk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_free_memory_idle_processors_and_room_on_the_disk_are_better() {
        let usual = Resources {
            cpus: 4,
            load: 1.0,
            memory_total_bytes: 16 << 30,
            memory_free_bytes: 8 << 30,
            disk_total_bytes: 100 << 30,
            disk_free_bytes: 50 << 30,
        };
        let better = |other: Resources| score(&other) < score(&usual);
        assert!(better(Resources { memory_free_bytes: 4 << 30, ..usual }));
        assert!(better(Resources { load: 3.5, ..usual }));
        assert!(better(Resources { load: 400.0, ..usual }));
        assert!(better(Resources { disk_free_bytes: 5 << 30, ..usual }));
        assert_eq!(score(&Resources { memory_free_bytes: 1 << 20, ..usual }), None);
        assert_eq!(score(&Resources { disk_free_bytes: 1 << 20, ..usual }), None);
        assert!(score(&Resources { cpus: 0, ..usual }).is_some());
    }
}
