//! The projects that the guides make, as whoever copies them gets them: built outside of this workspace, and used.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use saml_tests::http::{Answer, exchange};
use saml_tests::{fixtures, read};

#[test]
fn the_agent_of_the_guide_decides_without_a_runtime() {
    let agent = build("my-agent", "saml-response/src/guide/agent.md", "saml-response/examples/validate.rs");
    let good = fixtures().join("responses/response-assertion-signed.xml");
    let changed = Path::new(env!("CARGO_TARGET_TMPDIR")).join("response-changed.xml");
    let text = String::from_utf8(read(&good)).unwrap();
    std::fs::write(&changed, text.replace("900026236", "123456782")).unwrap();
    let decide = |answer: &Path| {
        let output = Command::new(&agent).arg(answer).arg(fixtures().join("keys/broker-signing.crt.pem")).output();
        let output = output.unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };

    let (accepted, said) = decide(&good);
    let promised = block(&guide("saml-response/src/guide/agent.md"), "text");
    assert!(accepted && said.ends_with(&promised), "{said}");
    assert!(said.contains("passed      audience_restriction\n"), "{said}");
    let (accepted, said) = decide(&changed);
    assert!(!accepted && said.ends_with("failed      signature_digest_mismatch\n"), "{said}");
}

#[test]
fn a_citizen_logs_in_at_the_portal_of_the_guide_or_cancels() {
    let program = build("my-portal", "saml-axum/src/guide/portal.md", "saml-axum/examples/minimal_portal.rs");
    let portal = Portal::start(&program);
    let mut browser = Browser::default();
    assert!(browser.get(&format!("{}permits", portal.url)).body.contains("Log in with DigiD"));

    let login = browser.get(&format!("{}saml/login?level=substantial&return_to=/permits", portal.url));
    let handle = value(&login.body, "handle");
    let mut who_cancels = Browser::default();
    let begun = who_cancels.get(&format!("{}saml/login?return_to=/permits", portal.url));
    let cancel = format!("{}/broker/authn/simulator/authenticate/digid/cancel", origin(&who_cancels.at));
    let answer = who_cancels.post(&cancel, &[("handle", &value(&begun.body, "handle")), ("lang", "en")]);
    let fields = ["SAMLResponse", "RelayState"].map(|name| (name, value(&answer.body, name)));
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let page = who_cancels.post(&format!("{}saml/acs", portal.url), &fields);
    assert!(page.body.contains("You have cancelled logging in."), "{}", page.body);

    let loa = "loa3";
    let answer = browser.post(
        &format!("{}/broker/authn/simulator/authenticate/digid", origin(&browser.at)),
        &[("handle", &handle), ("lang", "en"), ("bsn", "900026236"), ("loa", loa)],
    );
    let fields = ["SAMLResponse", "RelayState"].map(|name| (name, value(&answer.body, name)));
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let page = browser.post(&format!("{}saml/acs", portal.url), &fields);

    assert!(page.body.contains("You are 90*****36, at level substantial."), "{}", page.body);
    assert!(browser.at.ends_with("/permits"));
    let mut another = Browser::default();
    let _ = another.post(&format!("{}saml/acs", portal.url), &fields);
    assert!(another.get(&format!("{}permits", portal.url)).body.contains("Log in with DigiD"));
}

/// Makes the project of a guide beside this one, and builds it with what is downloaded already.
///
/// `main` is included by the guide itself; `prose.rs` sees to the rest of what it says.
fn build(name: &str, guide_file: &str, main: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(folder.join("src")).unwrap();
    let manifest = block(&guide(guide_file), "toml");
    assert!(manifest.contains("\"../saml-sp/crates/"), "{manifest}");
    let crates = format!("\"{}/crates/", root().display());
    // A workspace of its own, as it is anywhere but below this one.
    let manifest = manifest.replace("\"../saml-sp/crates/", &crates) + "\n[workspace]\n";
    write(&folder.join("Cargo.toml"), manifest.as_bytes());
    write(&folder.join("src/main.rs"), &read(&root().join("crates").join(main)));
    // The versions that are tested here; cargo leaves out what the project does not use.
    std::fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();

    // Where this workspace builds, so that what both use is built once, and with its profile for the same reason.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["build", "--offline", "--quiet", "--target-dir"])
        .arg(target)
        .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    target.join("debug").join(name)
}

/// Writes a file where it is not the same already, so that nothing is built twice.
fn write(path: &Path, bytes: &[u8]) {
    if std::fs::read(path).ok().as_deref() != Some(bytes) {
        std::fs::write(path, bytes).unwrap();
    }
}

fn guide(path: &str) -> String {
    String::from_utf8(read(&root().join("crates").join(path))).unwrap()
}

/// Returns the one block of code in this language.
fn block(text: &str, language: &str) -> String {
    let start = format!("```{language}\n");
    let mut blocks = text.split(&start).skip(1);
    let block = blocks.next().unwrap().split("```").next().unwrap().to_owned();
    assert!(blocks.next().is_none(), "more than one block of {language}");
    block
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The portal of the guide, which runs until it is dropped.
struct Portal {
    process: Child,
    _output: BufReader<ChildStdout>,
    url: String,
}

impl Portal {
    fn start(program: &Path) -> Self {
        let mut process = Command::new(program).args(["0", "0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("Open ").expect("the line with the URL").to_owned();
        Self { process, _output: output, url }
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A browser as far as a login needs one: it keeps cookies, and follows redirects.
#[derive(Default)]
struct Browser {
    /// By host and port.
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    /// The URL of the page.
    at: String,
}

impl Browser {
    fn get(&mut self, url: &str) -> Answer {
        self.go("GET", url, "")
    }

    fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Answer {
        let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        self.go("POST", url, &pairs.join("&"))
    }

    fn go(&mut self, method: &str, url: &str, body: &str) -> Answer {
        let kept = self.cookies.entry(origin(url)).or_default();
        let cookie = kept.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Cookie", &cookie)];
        let answer = exchange(method, url, &headers, body);
        for (_, set) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, rest) = set.split_once('=').unwrap();
            kept.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
        }
        url.clone_into(&mut self.at);
        match answer.header("location") {
            Some(place) if place.starts_with('/') => self.get(&format!("{}{place}", origin(url))),
            Some(place) => self.get(place),
            None => answer,
        }
    }
}

fn origin(url: &str) -> String {
    url.split('/').take(3).collect::<Vec<_>>().join("/")
}

/// Returns what a hidden field of a page holds.
fn value(page: &str, name: &str) -> String {
    let tag = page.split('<').find(|tag| tag.starts_with("input") && tag.contains(&format!("name=\"{name}\"")));
    let value = tag.unwrap_or_else(|| panic!("no {name} in {page}")).split("value=\"").nth(1).unwrap();
    value.split('"').next().unwrap().replace("&#43;", "+").replace("&#x2b;", "+")
}
