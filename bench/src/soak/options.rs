use std::thread::available_parallelism;

use crate::Result;

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) seconds: u64,
    /// At least two, so that there is another one to answer at.
    pub(crate) nodes: usize,
    /// How many logins there are at a time.
    pub(crate) parallel: usize,
    pub(crate) json: bool,
}

impl Options {
    pub(crate) fn read(arguments: &[&str]) -> Result<Self> {
        let cores = available_parallelism().map_or(1, usize::from);
        let mut options = Self { seconds: 60, nodes: 2, parallel: 8 * cores, json: false };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} takes a value"));
            match *argument {
                "--seconds" => options.seconds = value()?.parse()?,
                "--nodes" => options.nodes = value()?.parse::<usize>()?.max(2),
                "--parallel" => options.parallel = value()?.parse::<usize>()?.max(1),
                "--json" => options.json = true,
                other => return Err(format!("unknown option {other}").into()),
            }
        }
        Ok(options)
    }
}
