//! The browser of the tests: what it does not do fails the test.

use std::path::Path;

use saml_browser::{Error, Settings};
use saml_tests::not_run;

pub(crate) use saml_browser::Scripts;

/// A browser with a profile of its own, gone when it is dropped.
pub(crate) struct Browser(saml_browser::Browser);

/// Makes methods of those of the browser, which panic where those return an error.
macro_rules! must {
    ($($name:ident($($argument:ident),*) -> $result:ty;)*) => {
        $(pub(crate) fn $name(&self, $($argument: &str),*) -> $result {
            self.0.$name($($argument),*).unwrap_or_else(|error| panic!("{error}"))
        })*
    };
}

impl Browser {
    /// Starts a browser; where there is none, says so and returns `None`.
    pub(crate) fn start(scripts: Scripts) -> Option<Self> {
        match saml_browser::Browser::start(&Settings::new(scripts)) {
            Ok(browser) => Some(Self(browser)),
            Err(Error::Missing { .. }) => {
                not_run(1, "a login in a browser", "chromium and chromedriver are not both there");
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    must! {
        open(url) -> ();
        back() -> ();
        tab() -> String;
        new_tab() -> String;
        show(tab) -> ();
        url() -> String;
        source() -> String;
        text(selector) -> String;
        value(selector) -> String;
        count(selector) -> usize;
        click(selector) -> ();
        double_click(selector) -> ();
        press(key) -> ();
        focused() -> String;
        style(selector, property) -> String;
        forget_cookies() -> ();
        in_the_dark() -> ();
        on_a_phone() -> ();
        scrolls_sideways() -> bool;
    }

    /// Waits until the page that is loading has an element.
    pub(crate) fn wait_for(&self, selector: &str) {
        self.0.wait_for(selector).unwrap_or_else(|error| panic!("{error}:\n{}", self.source()));
    }

    /// Logs in as the test person that the broker proposes.
    pub(crate) fn log_in(&self, portal: &str) {
        self.open(portal);
        self.click("form.login button");
        self.wait_for("#bsn");
        self.click("form button:not(.secondary)");
        self.wait_for(".facts");
    }

    /// Returns the cookies that pages of this site get, by name.
    pub(crate) fn cookies(&self) -> Vec<(String, String)> {
        self.0.cookies().unwrap().into_iter().map(|cookie| (cookie.name, cookie.value)).collect()
    }

    /// Leaves a picture of the window in `target/screenshots`.
    pub(crate) fn screenshot(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), self.0.screenshot().unwrap()).unwrap();
    }
}
