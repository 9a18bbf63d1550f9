//! A Redis of our own, on a free port.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use redis::Client;
use redis::aio::MultiplexedConnection;

use crate::Result;

/// It ends with this value.
pub(crate) struct RedisServer {
    folder: PathBuf,
    port: u16,
    process: Child,
}

impl RedisServer {
    /// Starts one that keeps its file below `folder`, and waits until it answers.
    pub(crate) async fn start(folder: &Path) -> Result<Self> {
        let port = free_port()?;
        let folder = folder.join(format!("redis-{port}"));
        std::fs::create_dir_all(&folder)?;
        let server = Self { process: spawn(&folder, port)?, folder, port };
        server.ready().await?;
        Ok(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}:{}", Ipv4Addr::LOCALHOST, self.port)
    }

    /// Returns the ID of its process, which is that of its group too.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Ends it with SIGKILL, whatever it is doing; when this returns it is gone.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    pub(crate) async fn start_again(&mut self) -> Result<()> {
        self.process = spawn(&self.folder, self.port)?;
        self.ready().await
    }

    /// Returns how often clients had a script run, and how many commands there were in all, those in scripts among
    /// them.
    pub(crate) async fn calls(&self) -> Result<Calls> {
        let mut connection = self.connection().await?;
        let info: String = redis::cmd("INFO").arg("everything").query_async(&mut connection).await?;
        let fact = |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let called = |command: &str| -> u64 {
            let said = fact(&format!("cmdstat_{command}")).and_then(|said| said.strip_prefix("calls="));
            said.and_then(|said| said.split(',').next()?.parse().ok()).unwrap_or(0)
        };
        let commands = fact("total_commands_processed").and_then(|count| count.trim().parse().ok());
        Ok(Calls {
            round_trips: ["eval", "evalsha", "fcall", "wait"].iter().map(|command| called(command)).sum(),
            commands: commands.ok_or("expected total_commands_processed in INFO")?,
        })
    }

    async fn ready(&self) -> Result<()> {
        let since = Instant::now();
        loop {
            if let Ok(mut connection) = self.connection().await
                && redis::cmd("PING").query_async::<String>(&mut connection).await.is_ok()
            {
                return Ok(());
            }
            if since.elapsed() > PATIENCE {
                return Err("expected redis-server to be ready within a minute, found that it is not".into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn connection(&self) -> Result<MultiplexedConnection> {
        Ok(Client::open(self.url())?.get_multiplexed_async_connection().await?)
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // Whoever ended already needs no end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What Redis counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calls {
    pub(crate) round_trips: u64,
    pub(crate) commands: u64,
}

/// Returns a port that nobody listens at.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn spawn(folder: &Path, port: u16) -> Result<Child> {
    let started = Command::new("redis-server")
        .args(["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--bind", "127.0.0.1"])
        .args(["--port", &port.to_string(), "--dir"])
        .arg(folder)
        // Ctrl-C is for the driver, which ends it.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    Ok(started.map_err(|error| {
        format!("redis-server could not be started: {error}; on Debian: apt-get install redis-server")
    })?)
}

const PATIENCE: Duration = Duration::from_secs(60);
