/// Whether pages may run scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scripts {
    /// They may not.
    Off,
    /// They may, as in most browsers.
    On,
}

/// What a browser is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether pages may run scripts.
    pub scripts: Scripts,
    /// The only hosts that the browser reaches, beside this machine; `None` for one that reaches whatever the machine
    /// does.
    pub hosts: Option<Vec<String>>,
    /// Whether certificates that nobody vouches for will do: for servers on this machine alone.
    pub danger_any_certificate: bool,
}

impl Settings {
    /// A browser that reaches whatever the machine does.
    #[must_use]
    pub const fn new(scripts: Scripts) -> Self {
        Self { scripts, hosts: None, danger_any_certificate: false }
    }

    /// Returns the rule by which names become addresses, where there is one.
    pub(crate) fn resolver_rules(&self) -> Option<String> {
        let hosts = self.hosts.as_ref()?;
        let excluded = LOOPBACK.iter().copied().chain(hosts.iter().map(String::as_str));
        let excluded: String = excluded.map(|host| format!(", EXCLUDE {host}")).collect();
        Some(format!("--host-resolver-rules=MAP * ~NOTFOUND{excluded}"))
    }
}

/// The names of this machine.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beyond_those_given_have_no_address() {
        let settings = Settings { hosts: Some(vec!["portal.example".to_owned()]), ..Settings::new(Scripts::On) };
        assert_eq!(
            settings.resolver_rules().as_deref(),
            Some(
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE [::1], EXCLUDE localhost, \
                 EXCLUDE portal.example"
            )
        );
        assert_eq!(Settings::new(Scripts::On).resolver_rules(), None);
    }
}
