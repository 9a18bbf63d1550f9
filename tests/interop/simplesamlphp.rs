//! `SimpleSAMLphp` of Debian, in an Apache of its own.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;

use serde_json::json;

use crate::cases::{self, Case};
use crate::peer::{PATIENCE, Peer, Run, Running, write};

pub(crate) struct SimpleSamlPhp;

impl Peer for SimpleSamlPhp {
    fn name(&self) -> &'static str {
        "simplesamlphp"
    }

    fn cases(&self) -> Vec<Case> {
        cases::simplesamlphp()
    }

    fn start(&self, run: &Run) -> Running {
        let (plain, secure) = (free_port(), free_port());
        let folder = &run.folder;
        for (name, text) in FILES {
            write(folder, name, text);
        }
        for name in ["data", "log", "tmp"] {
            std::fs::create_dir(folder.join(name)).unwrap();
        }
        let urls = json!({
            "plain": format!("http://127.0.0.1:{plain}"),
            "secure": format!("https://127.0.0.1:{secure}"),
            "salt": folder.file_name().unwrap().to_string_lossy(),
        });
        write(folder, "interop.json", &run.described(urls).to_string());
        give_to_server(folder);

        let mut process = Command::new("sh")
            .args(["-c", UNTIL_INPUT_ENDS])
            // Apache ends all of its process group with itself.
            .process_group(0)
            .env("INTEROP_FOLDER", folder)
            .env("INTEROP_MODULES", MODULES)
            .env("INTEROP_PHP", php_module())
            .env("INTEROP_PLAIN_PORT", plain.to_string())
            .env("INTEROP_SECURE_PORT", secure.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("sh");
        let log = BufReader::new(process.stderr.take().unwrap());
        let metadata = format!("http://127.0.0.1:{plain}/simplesaml/saml2/idp/metadata.php");
        let running = Running { process, metadata };
        let (said, ready) = mpsc::channel();
        // Read to its end: a server whose log nobody reads stands still.
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                let _ = said.send(line);
            }
        });
        let mut lines = String::new();
        while let Ok(line) = ready.recv_timeout(PATIENCE) {
            if line.contains("resuming normal operations") {
                return running;
            }
            lines.push_str(&line);
            lines.push('\n');
        }
        panic!("apache2 did not start:\n{lines}");
    }
}

/// Lets the user that Apache serves as read and write the folder, where this is root, which it does not serve as.
fn give_to_server(folder: &Path) {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    if is_root {
        let status = Command::new("chown").args(["-R", "www-data:www-data"]).arg(folder).status();
        assert!(status.is_ok_and(|status| status.success()), "chown {}", folder.display());
    }
}

fn php_module() -> String {
    let modules = std::fs::read_dir(MODULES).expect("Apache's modules");
    let mut names = modules.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.find(|name| name.starts_with("libphp")).expect("PHP as a module of Apache")
}

/// Returns a port that nobody listens at.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// However this program ends, its end of the pipe is closed, and then Apache ends.
const UNTIL_INPUT_ENDS: &str = "\
apache2 -f \"$INTEROP_FOLDER/httpd.conf\" -DFOREGROUND &
trap : TERM
read -r _
kill $!
wait || wait";

const MODULES: &str = "/usr/lib/apache2/modules";
const FILES: &[(&str, &str)] = &[
    ("httpd.conf", include_str!("simplesamlphp/httpd.conf")),
    ("config/config.php", include_str!("simplesamlphp/config.php")),
    ("config/authsources.php", include_str!("simplesamlphp/authsources.php")),
    ("metadata/saml20-idp-hosted.php", include_str!("simplesamlphp/saml20-idp-hosted.php")),
    ("metadata/saml20-sp-remote.php", include_str!("simplesamlphp/saml20-sp-remote.php")),
];
