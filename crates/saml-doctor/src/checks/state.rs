//! Where pending requests, used assertions and sessions are kept.

use saml_config::{Secret, Store};

use crate::check::{Check, Seen};
use crate::step::Step;
use crate::subject::{Subject, some};
use crate::url::{is_loopback, scheme_and_host};

pub(crate) static STATE_STORE: Check = Check {
    code: "state_store",
    step: Step::Protocol,
    title: "State survives a restart, and is shared",
    why: "With the store in memory, a second process does not know what the first asked for, and a restart logs everybody out.",
    source: "Signicat, Go to production, step 3",
    look: |subject| {
        Some(match subject.deployment.state.store {
            Store::Memory if subject.is_production() => Seen::warning(
                "in memory",
                "set state.store = \"redis\"; keep memory for a portal of one process that may forget",
            ),
            Store::Memory => Seen::ok("in memory, which will do for tests"),
            _ => Seen::ok("on Redis"),
        })
    },
};

pub(crate) static REDIS_ENCRYPTED: Check = Check {
    code: "redis_encrypted",
    step: Step::Protocol,
    title: "The connection to Redis is encrypted",
    why: "The password of Redis, and who is logged in, go over that connection.",
    source: "DigiD assessment 3.0, U/WA.05",
    look: |subject| {
        let url = some!(redis(subject)?);
        if SOCKETS.iter().any(|scheme| url.starts_with(scheme)) {
            return Some(Seen::ok("a socket on this machine"));
        }
        let has_roots = subject.deployment.state.roots.is_some();
        Some(match scheme_and_host(&url) {
            Some(("redis", host)) if is_loopback(host) => Seen::ok("on this machine, or through a tunnel"),
            Some(("redis", host)) => Seen::problem(
                format!("plain TCP to {host}"),
                "let Redis speak TLS: write rediss://HOST:PORT in state.url, and name its root certificates in state.roots",
            ),
            Some(("rediss", host)) if has_roots => Seen::ok(format!("TLS to {host}")),
            Some(("rediss", _)) => Seen::problem(
                "rediss, and no roots that may vouch for Redis",
                "name the file with its root certificates in state.roots: nothing else is trusted there",
            ),
            _ => Seen::problem(
                "state.url has another form",
                "write it as rediss://HOST:PORT, redis+unix:///PATH, or redis://127.0.0.1:PORT",
            ),
        })
    },
};

/// Returns the URL of Redis without what it says before the host; `None` where there is no Redis.
fn redis(subject: &Subject<'_>) -> Option<Result<String, Seen>> {
    let state = &subject.deployment.state;
    if state.store != Store::Redis {
        return None;
    }
    let url = subject.secret("state.url", state.url.as_ref()?);
    let unread = |reason| Seen::not_looked_at(reason, "run this where the portal reads its secrets");
    Some(url.map(|url| without_user(&url)).map_err(unread))
}

fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.trim().split_once("://") else { return String::new() };
    // The last one: a password that was not escaped may have an @ or a / of its own.
    format!("{scheme}://{}", rest.rsplit('@').next().unwrap_or_default())
}

/// How URLs of sockets begin.
const SOCKETS: [&str; 2] = ["redis+unix://", "unix://"];

pub(crate) static SEALING_KEYS: Check = Check {
    code: "sealing_keys",
    step: Step::Protocol,
    title: "Values in Redis are sealed with keys of their own",
    why: "A session holds a BSN; whoever reads Redis, or its backup, must read nothing.",
    source: "DigiD assessment 3.0, U/WA.05",
    look: |subject| {
        let state = &subject.deployment.state;
        if state.store != Store::Redis {
            return None;
        }
        let mend = "make keys with `openssl rand -hex 32`, another for each purpose, and name their files in [*.state]";
        if let Err(error) = subject.parts.redis_settings() {
            let is_key = [".sealing_keys", ".digest_key"].iter().any(|name| error.key().contains(name));
            let other = format!("set {} right", error.key());
            return Some(Seen::problem(&error, if is_key { mend } else { other.as_str() }));
        }
        let texts =
            keys(subject).into_iter().filter_map(|(place, secret)| Some((place, subject.secret(place, secret).ok()?)));
        let texts: Vec<(&str, String)> = texts.map(|(place, text)| (place, text.to_ascii_lowercase())).collect();
        let judged = (0..).zip(&texts).map(|(position, (place, text))| {
            let is_one_digit = text.bytes().all(|byte| Some(&byte) == text.as_bytes().first());
            if is_one_digit {
                Seen::problem(format!("{place} is one digit over and over"), mend)
            } else if texts.iter().take(position).any(|(_, earlier)| earlier == text) {
                Seen::problem(format!("{place} is a key that is used already"), mend)
            } else {
                Seen::ok(format!("{} keys", texts.len()))
            }
        });
        Seen::worst(judged.collect())
    },
};

/// Lists the keys of the state with their place.
pub(crate) fn keys<'a>(subject: &Subject<'a>) -> Vec<(&'static str, &'a Secret)> {
    let state = &subject.deployment.state;
    let sealing = state.sealing_keys.iter().map(|key| ("state.sealing_keys", key));
    sealing.chain(state.digest_key.iter().map(|key| ("state.digest_key", key))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_left_out_of_a_url() {
        assert_eq!(without_user("rediss://u:p@ss@redis.example.nl:6380/0"), "rediss://redis.example.nl:6380/0");
        assert_eq!(without_user("redis://:p/s@redis.example.nl"), "redis://redis.example.nl");
        assert_eq!(without_user("redis://127.0.0.1:6379"), "redis://127.0.0.1:6379");
        assert_eq!(without_user("secret"), "");
    }
}
