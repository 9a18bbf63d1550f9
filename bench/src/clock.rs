//! Time that this thread spent on the processor: machines are shared, and the time on the wall is not ours alone.

use rustix::time::{ClockId, clock_gettime};

/// Returns the nanoseconds of `CLOCK_THREAD_CPUTIME_ID`.
pub(crate) fn thread_cpu_nanoseconds() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0)
}
