use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, ErrorKind, RedisResult, Script, ServerErrorKind, ToRedisArgs, Value};

/// A script with what it is run on.
pub(crate) struct Call<'a> {
    script: &'a Script,
    keys: Vec<String>,
    arguments: Vec<Vec<u8>>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(script: &'a Script) -> Self {
        Self { script, keys: Vec::new(), arguments: Vec::new() }
    }

    pub(crate) fn key(mut self, key: impl Into<String>) -> Self {
        self.keys.push(key.into());
        self
    }

    pub(crate) fn arg(mut self, argument: impl ToRedisArgs) -> Self {
        argument.write_redis_args(&mut self.arguments);
        self
    }

    /// Sends it and returns its answer, and how many replicas know what it wrote, of those to be waited for.
    ///
    /// That is one round trip, and a second one where Redis does not know the script yet.
    pub(crate) async fn send(
        &self,
        connection: &mut MultiplexedConnection,
        replicas: usize,
        patience: Duration,
    ) -> RedisResult<(Vec<Value>, usize)> {
        match self.send_once(connection, replicas, patience).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.script.load_async(connection).await?;
                self.send_once(connection, replicas, patience).await
            }
            answered => answered,
        }
    }

    async fn send_once(
        &self,
        connection: &mut MultiplexedConnection,
        replicas: usize,
        patience: Duration,
    ) -> RedisResult<(Vec<Value>, usize)> {
        if replicas == 0 {
            return Ok((self.command().query_async(connection).await?, 0));
        }
        let milliseconds = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX).max(1);
        // Both on one connection: WAIT is about what that connection wrote, and on another it would wait for nothing.
        redis::pipe()
            .add_command(self.command())
            .cmd("WAIT")
            .arg(replicas)
            .arg(milliseconds)
            .query_async(connection)
            .await
    }

    fn command(&self) -> Cmd {
        let mut command = redis::cmd("EVALSHA");
        command.arg(self.script.get_hash()).arg(self.keys.len()).arg(&self.keys).arg(&self.arguments);
        command
    }
}
