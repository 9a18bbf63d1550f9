use thiserror::Error;

/// Why a browser did not do what it was told.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// A page has not what was looked for.
    #[error("expected {selector} at {url}, found none")]
    Absent {
        /// What was looked for.
        selector: String,
        /// The page, without its query.
        url: String,
    },
    /// The driver did not answer, or not as WebDriver says.
    #[error("chromedriver: {0}")]
    Driver(String),
    /// A program is not on this machine.
    #[error(
        "expected chromium and chromedriver on this machine, found no {program}: install both (Debian: apt install chromium chromium-driver)"
    )]
    Missing {
        /// The program.
        program: &'static str,
    },
    /// The browser refused a command.
    #[error("{command}: {message}")]
    Refused {
        /// The command.
        command: String,
        /// What the browser said, one line.
        message: String,
    },
}
