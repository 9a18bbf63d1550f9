//! Stores in the memory of one process.
//!
//! They forget everything at a restart and share nothing with another process, so behind a load balancer they neither
//! find a request that another process sent nor see a replay there (ATT-114). Each is bounded by the capacity that its
//! constructor takes.

mod expiring;
mod replay_cache;
mod request_store;
mod session_store;

pub use replay_cache::MemoryReplayCache;
pub use request_store::MemoryRequestStore;
pub use session_store::MemorySessionStore;

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Barrier};

    use crate::StoreError;
    use crate::contract::Contender;

    /// Runs each contender on a thread of its own, all starting at the same time.
    pub(super) async fn in_parallel(contenders: Vec<Contender>) -> Vec<Result<bool, StoreError>> {
        let start = Arc::new(Barrier::new(contenders.len()));
        let threads: Vec<_> = contenders
            .into_iter()
            .map(|contender| {
                let (start, runtime) = (Arc::clone(&start), tokio::runtime::Handle::current());
                std::thread::spawn(move || {
                    start.wait();
                    runtime.block_on(contender)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    }
}
