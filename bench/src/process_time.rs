//! What processes took of the processor, which a busy machine does not change as it changes the time that passes.

use std::time::Duration;

use crate::Result;

/// Returns what the processes of these groups took until now, with those of their children that have ended.
pub(crate) fn of_groups(groups: &[u32]) -> Result<Duration> {
    let mut ticks = 0;
    for entry in std::fs::read_dir("/proc")? {
        // One that has ended meanwhile is none.
        let Ok(line) = std::fs::read_to_string(entry?.path().join("stat")) else { continue };
        if let Some((group, took)) = read(&line)
            && groups.contains(&group)
        {
            ticks += took;
        }
    }
    Ok(Duration::from_millis(ticks * MILLISECONDS_PER_TICK))
}

/// Reads the group and the ticks of the processor from a line of `/proc/PID/stat` (proc_pid_stat(5)).
fn read(line: &str) -> Option<(u32, u64)> {
    // The name before may hold anything.
    let (_, rest) = line.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let group = fields.get(2)?.parse().ok()?;
    let ticks = fields.get(11..15)?.iter().map(|ticks| ticks.parse::<u64>().ok());
    Some((group, ticks.sum::<Option<u64>>()?))
}

/// Linux tells a hundredth of a second to programs, whatever it counts itself.
const MILLISECONDS_PER_TICK: u64 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_and_the_time_are_found_whatever_the_name() {
        let line = "17 (a) 9 (b) S 1 42 42 0 -1 4194560 1 2 3 4 100 20 3 4 20 0 1 0 5 6 7";
        assert_eq!(read(line), Some((42, 127)));
        assert_eq!(read("17 (a) S 1 42"), None);
    }
}
