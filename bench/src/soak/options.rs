use std::thread::available_parallelism;

use crate::Result;

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) seconds: u64,
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
            let mut value = |least: u64, most: u64| -> Result<u64> {
                let value = arguments.next().ok_or_else(|| format!("{argument} takes a value"))?;
                let expected = || format!("expected {argument} from {least} to {most}, found `{value}`");
                let number = value.parse().map_err(|_| expected())?;
                if (least..=most).contains(&number) { Ok(number) } else { Err(expected().into()) }
            };
            match *argument {
                "--seconds" => options.seconds = value(10, 86_400)?,
                "--nodes" => options.nodes = usize::try_from(value(2, 8)?)?,
                "--parallel" => options.parallel = usize::try_from(value(1, 256)?)?,
                "--json" => options.json = true,
                other => return Err(format!("unknown option {other}").into()),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_within_their_bounds_are_taken() {
        let options = Options::read(&["--seconds", "10", "--nodes", "3", "--parallel", "1", "--json"]).unwrap();
        assert_eq!(options, Options { seconds: 10, nodes: 3, parallel: 1, json: true });
    }

    #[test]
    fn a_number_out_of_bounds_is_refused_with_the_bounds() {
        let refused = Options::read(&["--nodes", "1"]).unwrap_err();
        assert_eq!(refused.to_string(), "expected --nodes from 2 to 8, found `1`");
        assert_eq!(Options::read(&["--nodes"]).unwrap_err().to_string(), "--nodes takes a value");
    }
}
