//! What the machine must have, or may have, beside Rust.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::process::{on_path, say, succeeds};

/// Something that a part of the work needs from the system.
pub(crate) struct Prerequisite {
    name: &'static str,
    is_there: fn() -> bool,
    /// The Debian packages that bring it.
    packages: &'static [&'static str],
    /// What is left out without it; `None` where nothing can be built without it.
    left_out: Option<&'static str>,
}

/// What every build needs.
pub(crate) const BUILD: &[Prerequisite] = &[
    Prerequisite {
        name: "a C compiler",
        is_there: || on_path("cc") || std::env::var_os("CC").is_some(),
        packages: BUILD_PACKAGES,
        left_out: None,
    },
    Prerequisite {
        name: "pkg-config",
        is_there: || on_path("pkg-config") || openssl_is_named_by_hand(),
        packages: BUILD_PACKAGES,
        left_out: None,
    },
    Prerequisite {
        name: "OpenSSL's headers",
        is_there: || openssl_is_named_by_hand() || succeeds(Command::new("pkg-config").args(["--exists", "openssl"])),
        packages: BUILD_PACKAGES,
        left_out: None,
    },
];

/// What some tests compare our work with; each of them is skipped where its tool is missing.
pub(crate) const TEST: &[Prerequisite] = &[
    Prerequisite {
        name: "xmlsec1",
        is_there: || on_path("xmlsec1"),
        packages: &["xmlsec1"],
        left_out: Some("the comparison of our signatures with xmlsec1"),
    },
    Prerequisite {
        name: "xmllint",
        is_there: || on_path("xmllint"),
        packages: &["libxml2-utils"],
        left_out: Some("the comparison of our XML with xmllint"),
    },
    REDIS_SERVER,
    Prerequisite {
        name: "softhsm2",
        is_there: || on_path("softhsm2-util"),
        packages: &["softhsm2"],
        left_out: Some("signing with a key in SoftHSM"),
    },
    Prerequisite {
        name: "chromium with chromedriver",
        is_there: || on_path("chromium") && on_path("chromedriver"),
        packages: &["chromium", "chromium-driver"],
        left_out: Some("the walk through the demo with a real browser"),
    },
];

/// What the fuzz targets need to be compiled.
pub(crate) const FUZZ: &[Prerequisite] = &[
    Prerequisite {
        name: "a C++ compiler",
        is_there: || on_path("c++") || std::env::var_os("CXX").is_some(),
        packages: BUILD_PACKAGES,
        left_out: None,
    },
    Prerequisite {
        name: "libxml2's headers with libclang to read them",
        is_there: || succeeds(Command::new("pkg-config").args(["--exists", "libxml-2.0"])) && libclang_is_there(),
        packages: &["libxml2-dev", "libclang-dev"],
        left_out: None,
    },
];

/// What the feature `xmlsec` needs to be built.
pub(crate) const SECOND_OPINION: &[Prerequisite] = &[
    Prerequisite {
        name: "libxmlsec1's headers",
        is_there: || on_path("xmlsec1-config") && succeeds(Command::new("pkg-config").args(["--exists", "xmlsec1"])),
        packages: &["libxmlsec1-dev"],
        left_out: Some("the second opinion of libxmlsec1"),
    },
    Prerequisite {
        name: "libclang with its headers",
        is_there: libclang_is_there,
        packages: &["libclang-dev"],
        left_out: Some("the second opinion of libxmlsec1"),
    },
];

/// Returns the names of what is still missing of a group.
pub(crate) fn absent(group: &[Prerequisite]) -> Vec<&'static str> {
    group.iter().filter(|prerequisite| !(prerequisite.is_there)()).map(|prerequisite| prerequisite.name).collect()
}

/// What other implementations need to be built and measured beside ours; each is left out where it is missing.
pub(crate) const PEERS: &[Prerequisite] = &[
    Prerequisite {
        name: "libclang with its headers",
        is_there: libclang_is_there,
        packages: &["libclang-dev"],
        left_out: Some("the comparison with samael and xmlsec"),
    },
    Prerequisite {
        name: "libxmlsec1 with its headers",
        is_there: || on_path("xmlsec1-config"),
        packages: &["libxmlsec1-dev"],
        left_out: Some("the comparison with samael and xmlsec"),
    },
    Prerequisite {
        name: "python3-lasso",
        is_there: || succeeds(Command::new("/usr/bin/python3").args(["-c", "import lasso"])),
        packages: &["python3-lasso"],
        left_out: Some("the comparison with lasso"),
    },
    Prerequisite {
        name: "npm",
        is_there: || on_path("npm"),
        packages: &["npm"],
        left_out: Some("the comparison with node-saml"),
    },
];

/// The identity provider `SimpleSAMLphp`, in Apache with TLS.
pub(crate) const SIMPLESAMLPHP: &[Prerequisite] = &[
    Prerequisite {
        name: "SimpleSAMLphp",
        is_there: || Path::new("/usr/share/simplesamlphp/www").is_dir(),
        packages: SIMPLESAMLPHP_PACKAGES,
        left_out: Some("logging in at SimpleSAMLphp"),
    },
    Prerequisite {
        name: "Apache with PHP",
        is_there: || {
            let modules = std::fs::read_dir("/usr/lib/apache2/modules").into_iter().flatten().flatten();
            on_path("apache2")
                && modules.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with("libphp"))
        },
        packages: SIMPLESAMLPHP_PACKAGES,
        left_out: Some("logging in at SimpleSAMLphp"),
    },
    Prerequisite {
        name: "PHP with SQLite",
        is_there: || {
            let output = Command::new("php").arg("-m").output();
            output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("pdo_sqlite"))
        },
        packages: SIMPLESAMLPHP_PACKAGES,
        left_out: Some("logging in at SimpleSAMLphp"),
    },
    OPENSSL_PROGRAM,
];

/// What the identity provider made of pysaml2 runs in and signs with.
pub(crate) const PYSAML2: &[Prerequisite] = &[
    Prerequisite {
        name: "Python that makes environments",
        is_there: || succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"])),
        packages: &["python3-venv"],
        left_out: Some("logging in at pysaml2"),
    },
    Prerequisite {
        name: "xmlsec1",
        is_there: || on_path("xmlsec1"),
        packages: &["xmlsec1"],
        left_out: Some("logging in at pysaml2"),
    },
    OPENSSL_PROGRAM,
];

/// What samael needs to be built, which signs with libxmlsec1.
pub(crate) const SAMAEL: &[Prerequisite] = &[
    Prerequisite {
        name: "libxmlsec1's headers",
        is_there: || on_path("xmlsec1-config"),
        packages: &["libxmlsec1-dev"],
        left_out: Some("samael's messages through us, and ours through samael"),
    },
    Prerequisite {
        name: "libclang with its headers",
        is_there: libclang_is_there,
        packages: &["libclang-dev"],
        left_out: Some("samael's messages through us, and ours through samael"),
    },
];

/// What several portals share their state in.
pub(crate) const REDIS: &[Prerequisite] = &[REDIS_SERVER];

const REDIS_SERVER: Prerequisite = Prerequisite {
    name: "redis-server",
    is_there: || on_path("redis-server"),
    packages: &["redis-server"],
    left_out: Some("the stores on Redis"),
};

/// Other service providers, as modules of Apache.
pub(crate) const HTTP_PEERS: &[Prerequisite] = &[
    Prerequisite {
        name: "Shibboleth SP",
        is_there: || on_path("shibd") && apache_has("mod_shib.so"),
        packages: &["libapache2-mod-shib"],
        left_out: Some("the comparison with Shibboleth SP"),
    },
    Prerequisite {
        name: "mod_auth_mellon",
        is_there: || apache_has("mod_auth_mellon.so"),
        packages: &["libapache2-mod-auth-mellon"],
        left_out: Some("the comparison with mod_auth_mellon"),
    },
];

fn apache_has(module: &str) -> bool {
    on_path("apache2") && Path::new("/usr/lib/apache2/modules").join(module).is_file()
}

/// What makes the keys of the identity providers.
const OPENSSL_PROGRAM: Prerequisite = Prerequisite {
    name: "the program openssl",
    is_there: || on_path("openssl"),
    packages: &["openssl"],
    left_out: Some("logging in at other identity providers"),
};

/// What builds OpenSSL from source.
pub(crate) const VENDORED_OPENSSL: &[Prerequisite] = &[Prerequisite {
    name: "perl and make",
    is_there: || on_path("perl") && on_path("make"),
    packages: &["perl", "make"],
    left_out: None,
}];

/// What counts instructions.
pub(crate) const INSTRUCTIONS: &[Prerequisite] = &[Prerequisite {
    name: "valgrind",
    is_there: || on_path("valgrind"),
    packages: &["valgrind"],
    left_out: Some("the counts of instructions"),
}];

/// Installs with apt what is missing where it may; otherwise says in one line what to install.
///
/// Never fails: what cannot go on without it fails by itself, with its own message.
pub(crate) fn ensure(groups: &[&[Prerequisite]]) {
    let missing = || groups.iter().copied().flatten().filter(|prerequisite| !(prerequisite.is_there)());
    let mut lists = package_lists(missing());
    if lists.is_empty() {
        return;
    }
    if let Some(apt) = Apt::find() {
        say("looking for missing packages: apt-get update");
        apt.run(&["update"]);
        for packages in lists.drain(..) {
            say(&format!("installing {}", packages.join(" ")));
            apt.run(&[&["install", "-y", "--no-install-recommends"], packages].concat());
        }
    }
    for prerequisite in missing() {
        say(&prerequisite.absence());
    }
}

impl Prerequisite {
    fn absence(&self) -> String {
        let Self { name, packages, .. } = self;
        let packages = packages.join(" ");
        match self.left_out {
            None => format!("missing: {name}; on Debian: apt-get install {packages}"),
            Some(left_out) => {
                format!("not run: {left_out}, because {name} is missing; on Debian: apt-get install {packages}")
            }
        }
    }
}

/// Lists the packages to install, each list once: one that cannot be had must not stop the others.
fn package_lists<'a>(missing: impl Iterator<Item = &'a Prerequisite>) -> Vec<&'static [&'static str]> {
    let mut lists: Vec<&'static [&'static str]> = Vec::new();
    for prerequisite in missing {
        if !lists.contains(&prerequisite.packages) {
            lists.push(prerequisite.packages);
        }
    }
    lists
}

/// apt-get, where this user may run it without being asked for a password.
struct Apt {
    with_sudo: bool,
}

impl Apt {
    fn find() -> Option<Self> {
        if !on_path("apt-get") {
            return None;
        }
        let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
        if is_root {
            return Some(Self { with_sudo: false });
        }
        succeeds(Command::new("sudo").args(["-n", "true"])).then_some(Self { with_sudo: true })
    }

    fn run(&self, arguments: &[&str]) {
        let mut command = if self.with_sudo {
            let mut command = Command::new("sudo");
            command.args(["-n", "env"]);
            command
        } else {
            Command::new("env")
        };
        command
            .args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(std::io::stderr());
        if !command.status().is_ok_and(|status| status.success()) {
            say(&format!("apt-get {} did not succeed", arguments.join(" ")));
        }
    }
}

/// Tells whether the builder has named an OpenSSL by the variables that the crate `openssl-sys` reads.
fn openssl_is_named_by_hand() -> bool {
    ["OPENSSL_DIR", "OPENSSL_LIB_DIR"].iter().any(|name| std::env::var_os(name).is_some())
}

/// Tells whether the builder has named a libclang, or one lies where Debian puts it with its own headers, without which
/// it cannot read those of C.
fn libclang_is_there() -> bool {
    if std::env::var_os("LIBCLANG_PATH").is_some() {
        return true;
    }
    let installations = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    installations.filter(|entry| entry.file_name().to_string_lossy().starts_with("llvm-")).any(|entry| {
        let library = entry.path().join("lib");
        library.join("libclang.so").exists() && library.join("clang").is_dir()
    })
}

const BUILD_PACKAGES: &[&str] = &["build-essential", "pkg-config", "libssl-dev"];

const SIMPLESAMLPHP_PACKAGES: &[&str] = &[
    "simplesamlphp",
    "apache2",
    "libapache2-mod-php",
    "php-cli",
    "php-curl",
    "php-mbstring",
    "php-sqlite3",
    "php-xml",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_that_several_things_come_with_are_installed_once() {
        let lists = package_lists(BUILD.iter().chain(FUZZ));
        assert_eq!(lists, [BUILD_PACKAGES, &["libxml2-dev", "libclang-dev"]]);
    }

    #[test]
    fn packages_of_optional_tools_are_installed_apart_from_each_other() {
        let lists = package_lists(TEST.iter());
        assert_eq!(lists.len(), TEST.len());
        assert!(lists.contains(&["chromium", "chromium-driver"].as_slice()));
    }

    #[test]
    fn what_is_missing_is_said_in_one_line_with_its_package() {
        let lines: Vec<String> = BUILD.iter().chain(TEST).map(Prerequisite::absence).collect();
        assert!(lines.iter().all(|line| !line.contains('\n')));
        assert!(lines.contains(
            &"missing: OpenSSL's headers; on Debian: apt-get install build-essential pkg-config libssl-dev".to_owned()
        ));
        assert!(
            lines.contains(
                &"not run: the comparison of our signatures with xmlsec1, because xmlsec1 is missing; \
              on Debian: apt-get install xmlsec1"
                    .to_owned()
            )
        );
    }
}
