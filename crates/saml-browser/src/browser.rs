use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::driver::{Driver, broken, text};
use crate::error::Error;
use crate::profile::Profile;
use crate::settings::{Scripts, Settings};

/// A browser with a profile of its own, gone when it is dropped.
#[derive(Debug)]
pub struct Browser {
    driver: Driver,
    /// Behind the driver, as a browser that runs writes into it.
    _profile: Profile,
}

/// A cookie as the browser keeps it. It has no `Debug`: it may be a session.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cookie {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
    /// When it is forgotten, in seconds since 1970; `None` for one that is gone when the browser is closed.
    pub expiry: Option<i64>,
}

/// An element of the page that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element(String);

impl Browser {
    /// Starts a browser.
    ///
    /// # Errors
    /// [`Error::Missing`] without the programs; else what the driver said.
    pub fn start(settings: &Settings) -> Result<Self, Error> {
        let binary = PLACES.iter().map(Path::new).find(|place| place.exists());
        let binary = binary.ok_or(Error::Missing { program: "chromium" })?;
        let profile = Profile::make()?;
        let mut driver = Driver::start()?;
        driver.begin(&capabilities(settings, binary, profile.path(), profile.is_of_root()))?;
        Ok(Self { driver, _profile: profile })
    }

    /// Opens a page, and waits until it is there.
    ///
    /// # Errors
    /// [`Error::Refused`] when nobody answers there.
    pub fn open(&self, url: &str) -> Result<(), Error> {
        self.driver.post("/url", &json!({ "url": url })).map(drop)
    }

    /// Goes back in the history, as the button of the browser does.
    ///
    /// # Errors
    /// What the driver said.
    pub fn back(&self) -> Result<(), Error> {
        self.driver.post("/back", &json!({})).map(drop)
    }

    /// Returns the tab that is shown.
    ///
    /// # Errors
    /// What the driver said.
    pub fn tab(&self) -> Result<String, Error> {
        text(Some(&self.driver.get("/window")?))
    }

    /// Returns all tabs and windows.
    ///
    /// # Errors
    /// What the driver said.
    pub fn tabs(&self) -> Result<Vec<String>, Error> {
        self.driver.get("/window/handles")?.as_array().into_iter().flatten().map(|tab| text(Some(tab))).collect()
    }

    /// Opens a tab and shows it.
    ///
    /// # Errors
    /// What the driver said.
    pub fn new_tab(&self) -> Result<String, Error> {
        let tab = text(self.driver.post("/window/new", &json!({ "type": "tab" }))?.get("handle"))?;
        self.show(&tab)?;
        Ok(tab)
    }

    /// Shows a tab.
    ///
    /// # Errors
    /// What the driver said.
    pub fn show(&self, tab: &str) -> Result<(), Error> {
        self.driver.post("/window", &json!({ "handle": tab })).map(drop)
    }

    /// Closes the tab that is shown; another must be shown before anything else.
    ///
    /// # Errors
    /// What the driver said.
    pub fn close_tab(&self) -> Result<(), Error> {
        self.driver.delete("/window").map(drop)
    }

    /// Returns the cookies that pages of this site get, by name.
    ///
    /// # Errors
    /// What the driver said.
    pub fn cookies(&self) -> Result<Vec<Cookie>, Error> {
        let all = self.driver.get("/cookie")?;
        let read = |cookie: &Value| {
            let expiry = cookie.get("expiry").and_then(Value::as_i64);
            Ok(Cookie { name: text(cookie.get("name"))?, value: text(cookie.get("value"))?, expiry })
        };
        let mut cookies = all.as_array().into_iter().flatten().map(read).collect::<Result<Vec<_>, Error>>()?;
        cookies.sort();
        Ok(cookies)
    }

    /// Forgets a cookie of this site.
    ///
    /// # Errors
    /// What the driver said.
    pub fn forget_cookie(&self, name: &str) -> Result<(), Error> {
        self.driver.delete(&format!("/cookie/{name}")).map(drop)
    }

    /// Forgets the cookies of all sites.
    ///
    /// # Errors
    /// What the driver said.
    pub fn forget_cookies(&self) -> Result<(), Error> {
        self.tool("Network.clearBrowserCookies", &json!({})).map(drop)
    }

    /// Returns the URL of the page.
    ///
    /// # Errors
    /// What the driver said.
    pub fn url(&self) -> Result<String, Error> {
        text(Some(&self.driver.get("/url")?))
    }

    /// Returns the page as HTML.
    ///
    /// # Errors
    /// What the driver said.
    pub fn source(&self) -> Result<String, Error> {
        text(Some(&self.driver.get("/source")?))
    }

    /// Returns the text of the first element that `selector` finds, as it is seen.
    ///
    /// # Errors
    /// [`Error::Absent`] without one.
    pub fn text(&self, selector: &str) -> Result<String, Error> {
        text(Some(&self.of(selector, "text")?))
    }

    /// Returns what stands in a field.
    ///
    /// # Errors
    /// [`Error::Absent`] without one.
    pub fn value(&self, selector: &str) -> Result<String, Error> {
        text(Some(&self.of(selector, "property/value")?))
    }

    /// Returns a property of the style that the first element has in effect.
    ///
    /// # Errors
    /// [`Error::Absent`] without one.
    pub fn style(&self, selector: &str, property: &str) -> Result<String, Error> {
        text(Some(&self.of(selector, &format!("css/{property}"))?))
    }

    /// Returns how many elements `selector` finds.
    ///
    /// # Errors
    /// [`Error::Refused`] for what is no selector.
    pub fn count(&self, selector: &str) -> Result<usize, Error> {
        self.find_all(selector).map(|found| found.len())
    }

    /// Clicks on the first element that `selector` finds.
    ///
    /// # Errors
    /// [`Error::Absent`] without one.
    pub fn click(&self, selector: &str) -> Result<(), Error> {
        self.click_on(&self.find(selector)?)
    }

    /// Clicks on an element.
    ///
    /// # Errors
    /// [`Error::Refused`] when it cannot be clicked on: it is not seen, or the page is gone.
    pub fn click_on(&self, element: &Element) -> Result<(), Error> {
        self.driver.post(&format!("/element/{}/click", element.0), &json!({})).map(drop)
    }

    /// Clicks twice, as fast as the browser takes it.
    ///
    /// # Errors
    /// [`Error::Absent`] without an element.
    pub fn double_click(&self, selector: &str) -> Result<(), Error> {
        let origin = json!({ ELEMENT: self.find(selector)?.0 });
        let place = json!({ "type": "pointerMove", "duration": 0, "x": 0, "y": 0, "origin": origin });
        let (down, up) = (json!({ "type": "pointerDown", "button": 0 }), json!({ "type": "pointerUp", "button": 0 }));
        let pointer = json!({ "type": "pointer", "id": "mouse", "actions": [place, down, up, down, up] });
        self.driver.post("/actions", &json!({ "actions": [pointer] })).map(drop)
    }

    /// Presses and releases a key.
    ///
    /// # Errors
    /// What the driver said.
    pub fn press(&self, key: &str) -> Result<(), Error> {
        let actions = [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })];
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.driver.post("/actions", &json!({ "actions": [keyboard] })).map(drop)
    }

    /// Returns what has the focus.
    ///
    /// # Errors
    /// What the driver said.
    pub fn active(&self) -> Result<Element, Error> {
        element(&self.driver.get("/element/active")?).ok_or_else(|| broken("no element"))
    }

    /// Returns the text of what has the focus.
    ///
    /// # Errors
    /// What the driver said.
    pub fn focused(&self) -> Result<String, Error> {
        text(Some(&self.driver.get(&format!("/element/{}/text", self.active()?.0))?))
    }

    /// Runs the body of a function in the page, also where pages run no scripts of their own, and returns what it
    /// returns.
    ///
    /// # Errors
    /// [`Error::Refused`] when it throws.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Result<Value, Error> {
        self.driver.post("/execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// Runs the body of a function that returns an element, or nothing.
    ///
    /// # Errors
    /// [`Error::Refused`] when it throws.
    pub fn find_by(&self, script: &str, arguments: &[Value]) -> Result<Option<Element>, Error> {
        self.run(script, arguments).map(|said| element(&said))
    }

    /// Shows what is inside a frame, by its number, until the next page or [`leave_frame`](Self::leave_frame).
    ///
    /// # Errors
    /// [`Error::Refused`] without one.
    pub fn enter_frame(&self, number: u32) -> Result<(), Error> {
        self.driver.post("/frame", &json!({ "id": number })).map(drop)
    }

    /// Shows the whole page again.
    ///
    /// # Errors
    /// What the driver said.
    pub fn leave_frame(&self) -> Result<(), Error> {
        self.driver.post("/frame", &json!({ "id": null })).map(drop)
    }

    /// Waits until the page that is loading has an element.
    ///
    /// # Errors
    /// [`Error::Absent`] when it has none for a minute.
    pub fn wait_for(&self, selector: &str) -> Result<(), Error> {
        let end = Instant::now() + PATIENCE;
        while self.count(selector)? == 0 {
            if Instant::now() > end {
                return Err(self.absent(selector));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Lets pages know that the user likes them dark.
    ///
    /// # Errors
    /// What the driver said.
    pub fn in_the_dark(&self) -> Result<(), Error> {
        let dark = json!([{ "name": "prefers-color-scheme", "value": "dark" }]);
        self.tool("Emulation.setEmulatedMedia", &json!({ "features": dark })).map(drop)
    }

    /// Makes the window as large as that of a phone.
    ///
    /// # Errors
    /// What the driver said.
    pub fn on_a_phone(&self) -> Result<(), Error> {
        let phone = json!({ "width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true });
        self.tool("Emulation.setDeviceMetricsOverride", &phone).map(drop)
    }

    /// Makes the window as large as it was at first.
    ///
    /// # Errors
    /// What the driver said.
    pub fn on_a_desk(&self) -> Result<(), Error> {
        self.tool("Emulation.clearDeviceMetricsOverride", &json!({})).map(drop)
    }

    /// Tells whether the page is wider than the window.
    ///
    /// # Errors
    /// What the driver said.
    pub fn scrolls_sideways(&self) -> Result<bool, Error> {
        let layout = self.tool("Page.getLayoutMetrics", &json!({}))?;
        let number = |path| layout.pointer(path).and_then(Value::as_f64).ok_or_else(|| broken("no layout"));
        Ok(number("/cssContentSize/width")? > number("/cssLayoutViewport/clientWidth")?)
    }

    /// Returns a picture of the window, as a PNG.
    ///
    /// # Errors
    /// What the driver said.
    pub fn screenshot(&self) -> Result<Vec<u8>, Error> {
        let picture = text(Some(&self.driver.get("/screenshot")?))?;
        STANDARD.decode(picture).map_err(|error| broken(&error.to_string()))
    }

    fn find(&self, selector: &str) -> Result<Element, Error> {
        self.find_all(selector)?.into_iter().next().ok_or_else(|| self.absent(selector))
    }

    fn find_all(&self, selector: &str) -> Result<Vec<Element>, Error> {
        let found = self.driver.post("/elements", &json!({ "using": "css selector", "value": selector }))?;
        Ok(found.as_array().into_iter().flatten().filter_map(element).collect())
    }

    fn of(&self, selector: &str, what: &str) -> Result<Value, Error> {
        self.driver.get(&format!("/element/{}/{what}", self.find(selector)?.0))
    }

    fn absent(&self, selector: &str) -> Error {
        let url = self.url().unwrap_or_default();
        let url = url.split('?').next().unwrap_or_default().to_owned();
        Error::Absent { selector: selector.to_owned(), url }
    }

    /// Sends a command of the Chrome DevTools Protocol.
    fn tool(&self, command: &str, parameters: &Value) -> Result<Value, Error> {
        self.driver.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }
}

/// Returns what the browser must be like, as WebDriver and chromedriver name it.
fn capabilities(settings: &Settings, binary: &Path, profile: &Path, is_root: bool) -> Value {
    let mut arguments: Vec<String> = ARGUMENTS.iter().map(|argument| (*argument).to_owned()).collect();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    if is_root {
        // With its sandbox Chromium refuses to start as root; for everybody else the sandbox stays.
        arguments.push(NO_SANDBOX.to_owned());
    }
    arguments.extend(settings.resolver_rules());
    let mut options = json!({ "binary": binary, "args": arguments });
    if let (Scripts::Off, Some(options)) = (settings.scripts, options.as_object_mut()) {
        let off = json!({ "profile.managed_default_content_settings.javascript": 2 });
        options.insert("prefs".to_owned(), off);
    }
    json!({
        "goog:chromeOptions": options,
        "acceptInsecureCerts": settings.danger_any_certificate,
        "timeouts": { "pageLoad": PAGE_LOAD },
    })
}

fn element(value: &Value) -> Option<Element> {
    value.get(ELEMENT).and_then(Value::as_str).map(|reference| Element(reference.to_owned()))
}

/// Where Chromium is installed.
const PLACES: [&str; 4] =
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium"];
/// The name that WebDriver gives to the reference of an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Long enough for a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);
/// Milliseconds that a page may take to load; the driver says so before we give up on the driver.
const PAGE_LOAD: u32 = 100_000;

const NO_SANDBOX: &str = "--no-sandbox";

const ARGUMENTS: &[&str] = &[
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1100,900",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sandbox_is_left_out_as_root_alone() {
        let has_none = |is_root| {
            let settings = Settings::new(Scripts::On);
            let said = capabilities(&settings, Path::new("chromium"), Path::new("profile"), is_root);
            let arguments = said["goog:chromeOptions"]["args"].as_array().unwrap().clone();
            arguments.contains(&json!(NO_SANDBOX))
        };
        assert!(has_none(true));
        assert!(!has_none(false));
    }
}
