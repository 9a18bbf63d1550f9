//! Chromium without a window, told what to do by WebDriver.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_tests::{http, not_run};
use serde_json::{Value, json};

/// Whether pages may run scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scripts {
    Off,
    On,
}

/// A browser with a profile of its own, gone when it is dropped.
pub(crate) struct Browser {
    driver: Child,
    _output: BufReader<ChildStdout>,
    session: String,
    profile: PathBuf,
}

impl Browser {
    /// Starts a browser; where there is none, says so and returns `None`.
    pub(crate) fn start(scripts: Scripts) -> Option<Self> {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let started = if Path::new(CHROMIUM).exists() { command.spawn().ok() } else { None };
        let Some(mut driver) = started else {
            not_run(1, "a login in a browser", "chromium and chromedriver are not both there");
            return None;
        };
        let mut output = BufReader::new(driver.stdout.take().unwrap());
        let port = loop {
            let mut line = String::new();
            assert!(output.read_line(&mut line).unwrap() > 0, "chromedriver said no port");
            if let Some((_, port)) = line.trim_end().trim_end_matches('.').rsplit_once(" on port ")
                && line.contains("successfully")
            {
                break port.to_owned();
            }
        };
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let profile = std::env::temp_dir().join(format!("saml-browser-{}-{number}", std::process::id()));
        let mut browser =
            Self { driver, _output: output, session: format!("http://127.0.0.1:{port}/session"), profile };
        let id =
            browser.command("POST", "", &json!({ "capabilities": { "alwaysMatch": browser.capabilities(scripts) } }));
        browser.session = format!("{}/{}", browser.session, id["sessionId"].as_str().unwrap());
        Some(browser)
    }

    pub(crate) fn open(&self, url: &str) {
        self.command("POST", "/url", &json!({ "url": url }));
    }

    /// Logs in as the test person that the broker proposes.
    pub(crate) fn log_in(&self, portal: &str) {
        self.open(portal);
        self.click("form.login button");
        self.wait_for("#bsn");
        self.click("form button:not(.secondary)");
        self.wait_for(".facts");
    }

    /// Goes back in the history, as the button of the browser does.
    pub(crate) fn back(&self) {
        self.command("POST", "/back", &json!({}));
    }

    /// Returns the tab that is shown.
    pub(crate) fn tab(&self) -> String {
        text(&self.command("GET", "/window", &Value::Null))
    }

    /// Opens a tab and shows it.
    pub(crate) fn new_tab(&self) -> String {
        let tab = text(&self.command("POST", "/window/new", &json!({ "type": "tab" }))["handle"]);
        self.show(&tab);
        tab
    }

    pub(crate) fn show(&self, tab: &str) {
        self.command("POST", "/window", &json!({ "handle": tab }));
    }

    /// Returns the cookies that pages of this site get, by name.
    pub(crate) fn cookies(&self) -> Vec<(String, String)> {
        let cookies = self.command("GET", "/cookie", &Value::Null);
        let mut pairs: Vec<_> =
            cookies.as_array().unwrap().iter().map(|cookie| (text(&cookie["name"]), text(&cookie["value"]))).collect();
        pairs.sort();
        pairs
    }

    pub(crate) fn url(&self) -> String {
        text(&self.command("GET", "/url", &Value::Null))
    }

    pub(crate) fn source(&self) -> String {
        text(&self.command("GET", "/source", &Value::Null))
    }

    /// Returns the text of the first element that `selector` finds, as it is seen.
    pub(crate) fn text(&self, selector: &str) -> String {
        text(&self.command("GET", &format!("/element/{}/text", self.find(selector)), &Value::Null))
    }

    /// Returns what stands in a field.
    pub(crate) fn value(&self, selector: &str) -> String {
        text(&self.command("GET", &format!("/element/{}/property/value", self.find(selector)), &Value::Null))
    }

    pub(crate) fn count(&self, selector: &str) -> usize {
        self.find_all(selector).len()
    }

    pub(crate) fn click(&self, selector: &str) {
        self.command("POST", &format!("/element/{}/click", self.find(selector)), &json!({}));
    }

    /// Clicks twice, as fast as the browser takes it.
    pub(crate) fn double_click(&self, selector: &str) {
        let place =
            json!({ "type": "pointerMove", "duration": 0, "x": 0, "y": 0, "origin": { ELEMENT: self.find(selector) } });
        let (down, up) = (json!({ "type": "pointerDown", "button": 0 }), json!({ "type": "pointerUp", "button": 0 }));
        let pointer = json!({ "type": "pointer", "id": "mouse", "actions": [place, down, up, down, up] });
        self.command("POST", "/actions", &json!({ "actions": [pointer] }));
    }

    /// Presses and releases a key.
    pub(crate) fn press(&self, key: &str) {
        let actions = [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })];
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.command("POST", "/actions", &json!({ "actions": [keyboard] }));
    }

    /// Returns the text of what has the focus.
    pub(crate) fn focused(&self) -> String {
        let element = text(&self.command("GET", "/element/active", &Value::Null)[ELEMENT]);
        text(&self.command("GET", &format!("/element/{element}/text"), &Value::Null))
    }

    /// Returns a property of the style that the first element has in effect.
    pub(crate) fn style(&self, selector: &str, property: &str) -> String {
        text(&self.command("GET", &format!("/element/{}/css/{property}", self.find(selector)), &Value::Null))
    }

    /// Waits until the page that is loading has an element.
    pub(crate) fn wait_for(&self, selector: &str) {
        let end = Instant::now() + PATIENCE;
        while self.count(selector) == 0 {
            assert!(Instant::now() < end, "no {selector} at {}:\n{}", self.url(), self.source());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn forget_cookies(&self) {
        self.tool("Network.clearBrowserCookies", &json!({}));
    }

    /// Lets pages know that the user likes them dark.
    pub(crate) fn in_the_dark(&self) {
        let dark = json!([{ "name": "prefers-color-scheme", "value": "dark" }]);
        self.tool("Emulation.setEmulatedMedia", &json!({ "features": dark }));
    }

    /// Makes the window as large as that of a phone.
    pub(crate) fn on_a_phone(&self) {
        let phone = json!({ "width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true });
        self.tool("Emulation.setDeviceMetricsOverride", &phone);
    }

    /// Tells whether the page is wider than the window.
    pub(crate) fn scrolls_sideways(&self) -> bool {
        let layout = self.tool("Page.getLayoutMetrics", &json!({}));
        layout["cssContentSize"]["width"].as_f64() > layout["cssLayoutViewport"]["clientWidth"].as_f64()
    }

    /// Leaves a picture of the window in `target/screenshots`.
    pub(crate) fn screenshot(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let picture = STANDARD.decode(text(&self.command("GET", "/screenshot", &Value::Null))).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    }

    fn capabilities(&self, scripts: Scripts) -> Value {
        let profile = format!("--user-data-dir={}", self.profile.display());
        let mut arguments = ARGUMENTS.to_vec();
        arguments.push(&profile);
        let mut options = json!({ "binary": CHROMIUM, "args": arguments });
        if scripts == Scripts::Off {
            options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
        }
        json!({ "goog:chromeOptions": options })
    }

    fn find(&self, selector: &str) -> String {
        let found = self.find_all(selector);
        found.into_iter().next().unwrap_or_else(|| panic!("no {selector} at {}:\n{}", self.url(), self.source()))
    }

    fn find_all(&self, selector: &str) -> Vec<String> {
        let found = self.command("POST", "/elements", &json!({ "using": "css selector", "value": selector }));
        found.as_array().unwrap().iter().map(|element| text(&element[ELEMENT])).collect()
    }

    /// Sends a command of the Chrome DevTools Protocol.
    fn tool(&self, command: &str, parameters: &Value) -> Value {
        self.command("POST", "/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// Sends a WebDriver command below the session.
    fn command(&self, method: &str, path: &str, parameters: &Value) -> Value {
        let body = if parameters.is_null() { String::new() } else { parameters.to_string() };
        let answer = http::send(method, &format!("{}{path}", self.session), "application/json", &body);
        let mut said: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(answer.status, 200, "{method} {path}: {}", said["value"]["message"]);
        said["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends Chromium itself. Where the driver is gone, there is nobody to ask.
        let address = self.session.trim_start_matches("http://").split('/').next().unwrap_or_default();
        if TcpStream::connect(address).is_ok() {
            let _ = http::send("DELETE", &self.session, "application/json", "");
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

const CHROMIUM: &str = "/usr/bin/chromium";
/// The name that WebDriver gives to the reference of an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Long enough for a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);

const ARGUMENTS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1100,900",
];
