//! Shibboleth SP and mod_auth_mellon on Apache, as Debian brings them, with the keys and names of our portal.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::target::Target;
use crate::Result;
use crate::redis_server::free_port;
use crate::world::{ACS, PORTAL_ORIGIN, World};

/// Another implementation, as a module of Apache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    Mellon,
    Shibboleth,
}

impl Peer {
    pub(super) const ALL: [Self; 2] = [Self::Shibboleth, Self::Mellon];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Mellon => "mod_auth_mellon",
            Self::Shibboleth => "shibboleth-sp",
        }
    }

    const fn module(self) -> &'static str {
        match self {
            Self::Mellon => "mod_auth_mellon.so",
            Self::Shibboleth => "mod_shib.so",
        }
    }

    /// Starts it in the folder of the run, and waits until it listens.
    pub(super) async fn start(self, world: &World) -> Result<Target> {
        let (folder, port) = (world.directory(), free_port()?);
        if !Path::new(MODULES).join(self.module()).is_file() {
            return Err(format!("{} is not installed", self.module()).into());
        }
        let (name, port_text, folder_text) = (self.name(), port.to_string(), folder.display().to_string());
        let fill = |text: &str, name: &str| {
            text.replace("{folder}", &folder_text)
                .replace("{modules}", MODULES)
                .replace("{name}", name)
                .replace("{port}", &port_text)
        };
        let write = |file: &str, text: &str, name: &str| std::fs::write(folder.join(file), fill(text, name));
        std::fs::create_dir_all(folder.join("pages/secure"))?;
        write("pages/secure/index.txt", "in\n", name)?;
        let own = match self {
            Self::Mellon => {
                let metadata = world.portal_metadata()?.replace(ACS, &format!("{PORTAL_ORIGIN}{MELLON_CONSUMER}"));
                std::fs::write(folder.join("mellon-metadata.xml"), metadata)?;
                include_str!("../../http/mellon.conf")
            }
            Self::Shibboleth => {
                write("shibboleth2.xml", include_str!("../../http/shibboleth2.xml"), name)?;
                for name in ["shibd", "native"] {
                    write(&format!("{name}.logger"), include_str!("../../http/logger"), name)?;
                }
                include_str!("../../http/shibboleth.conf")
            }
        };
        let configuration = format!("httpd-{name}.conf");
        write(&configuration, &[include_str!("../../http/httpd.conf"), own].concat(), name)?;
        let is_root = give_to_server(folder)?;

        let mut processes = Vec::new();
        if self == Self::Shibboleth {
            let mut command = vec!["shibd", "-f", "-F"];
            if is_root {
                command.extend(["-u", "www-data", "-g", "www-data"]);
            }
            let (settings, pid) = (format!("{folder_text}/shibboleth2.xml"), format!("{folder_text}/shibd.pid"));
            command.extend(["-c", &settings, "-p", &pid]);
            processes.push(Process::start(&command)?);
            let socket = folder.join("shibd.sock");
            until("shibd", || UnixStream::connect(&socket).is_ok()).await?;
        }
        let configuration = format!("{folder_text}/{configuration}");
        processes.push(Process::start(&["apache2", "-f", &configuration, "-DFOREGROUND"])?);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        until("apache2", || TcpStream::connect(address).is_ok()).await?;
        Ok(match self {
            Self::Mellon => Target::peer(name, address, MELLON_CONSUMER, MELLON_COOKIE, processes),
            Self::Shibboleth => Target::peer(name, address, "/saml/acs", "_shibsession_", processes),
        })
    }
}

/// A server that ends with this value, and with this program: it ends with its standard input.
pub(super) struct Process(Child);

impl Process {
    /// Returns the ID of its group.
    pub(super) fn id(&self) -> u32 {
        self.0.id()
    }

    fn start(command: &[&str]) -> Result<Self> {
        let started = Command::new("sh")
            .args(["-c", UNTIL_INPUT_ENDS, "sh"])
            .args(command)
            // Apache ends all of its process group with itself.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Ok(Self(started?))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut input) = self.0.stdin.take() {
            // Where nobody reads, it has ended already.
            let _ = writeln!(input);
        }
        let _ = self.0.wait();
    }
}

/// Lets the user that the servers run as read and write the folder, where this is root, which they do not run as.
fn give_to_server(folder: &Path) -> Result<bool> {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    if is_root && !Command::new("chown").args(["-R", "www-data:www-data"]).arg(folder).status()?.success() {
        return Err("the folder of the run cannot be given to www-data".into());
    }
    Ok(is_root)
}

async fn until(what: &str, is_ready: impl Fn() -> bool) -> Result<()> {
    let since = Instant::now();
    while !is_ready() {
        if since.elapsed() > PATIENCE {
            return Err(format!("{what} does not listen after {} s", PATIENCE.as_secs()).into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

const UNTIL_INPUT_ENDS: &str = "\
\"$@\" &
trap : TERM
read -r _
kill $!
wait || wait";
const MODULES: &str = "/usr/lib/apache2/modules";
const MELLON_CONSUMER: &str = "/saml/postResponse";
const MELLON_COOKIE: &str = "mellon-cookie";
const PATIENCE: Duration = Duration::from_secs(30);
