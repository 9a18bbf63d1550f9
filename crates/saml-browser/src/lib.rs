//! Chromium without a window, told what to do by WebDriver: for the acceptance of portals, and for tests.
//!
//! The door in is [`Browser::start`]. It needs the programs `chromedriver` and `chromium` on this machine. All calls
//! block until the browser has done what they say.
//!
//! **Invariant:** a browser has a profile of its own, made empty and deleted when the [`Browser`] is dropped.
//!
//! **Absent on purpose:** a pool, a choice of browsers, and waiting for anything but what a page has.

mod browser;
mod driver;
mod error;
mod http;
mod profile;
mod settings;

pub use browser::{Browser, Cookie, Element};
pub use error::Error;
pub use settings::{Scripts, Settings};
