use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use saml_digid::ProfileName;
use saml_state::{BrowserBinding, PendingRequest, SessionId};

use crate::language::Language;

/// The cookies of the portal: their names, and what they are marked with.
///
/// The scheme of the configured base URL decides (ATT-173). By `https` each name begins with `__Host-`, which no other
/// host can set. By plain `http`, for a portal on the machine itself, browsers refuse that prefix and `Secure`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cookies {
    secure: bool,
    answers: Answers,
}

/// How answers to a login come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answers {
    /// In a form that another site lets the browser post, or in a redirect.
    ByPost,
    /// In a redirect alone, as an artifact.
    ByRedirect,
}

impl Answers {
    /// DigiD SAML 3.7 and ST-SAML 1.0 know no answer but the artifact in the query of a redirect; whatever else asks
    /// may be answered by POST.
    pub(crate) const fn of(profile: ProfileName) -> Self {
        match profile {
            ProfileName::Digid | ProfileName::StSaml => Self::ByRedirect,
            _ => Self::ByPost,
        }
    }
}

impl Cookies {
    pub(crate) const fn new(secure: bool, answers: Answers) -> Self {
        Self { secure, answers }
    }

    /// Returns what ties pending requests to this browser.
    pub(crate) fn browser(self, headers: &HeaderMap) -> Option<BrowserBinding> {
        self.read(headers, BROWSER).and_then(|value| BrowserBinding::parse(value).ok())
    }

    /// Returns the session that this browser holds.
    pub(crate) fn session(self, headers: &HeaderMap) -> Option<SessionId> {
        self.read(headers, SESSION).and_then(|value| SessionId::parse(value).ok())
    }

    /// Returns what ties the logout that is under way to this browser.
    pub(crate) fn logout(self, headers: &HeaderMap) -> Option<BrowserBinding> {
        self.read(headers, LOGOUT).and_then(|value| BrowserBinding::parse(value).ok())
    }

    /// Returns the language that the login began in.
    pub(crate) fn language(self, headers: &HeaderMap) -> Language {
        self.read(headers, LANGUAGE).and_then(Language::from_code).unwrap_or_default()
    }

    /// Returns the cookie that an answer must come back with, as long as a request can be pending.
    pub(crate) fn set_browser(self, browser: &BrowserBinding) -> HeaderValue {
        self.set_for_answer(BROWSER, &browser.expose(), self.answers)
    }

    /// Returns the cookie anew, where a store has changed what the browser is to carry in it.
    pub(crate) fn renew_browser(self, headers: &HeaderMap, browser: &BrowserBinding) -> Option<HeaderValue> {
        let changed = self.read(headers, BROWSER) != Some(browser.expose().as_str());
        changed.then(|| self.set_browser(browser))
    }

    pub(crate) fn set_language(self, language: Language) -> HeaderValue {
        self.set_for_answer(LANGUAGE, language.code(), self.answers)
    }

    /// Returns the cookie that the answer to a logout must come back with; that may be posted, whatever answers to a
    /// login are.
    pub(crate) fn set_logout(self, logout: &BrowserBinding) -> HeaderValue {
        self.set_for_answer(LOGOUT, &logout.expose(), Answers::ByPost)
    }

    /// Returns the session cookie. `Lax` keeps it from the forms of other sites (CSRF); how long it is good for, the
    /// store decides.
    pub(crate) fn set_session(self, session: &SessionId) -> HeaderValue {
        self.header(SESSION, &session.expose(), "SameSite=Lax")
    }

    pub(crate) fn clear_session(self) -> HeaderValue {
        self.header(SESSION, "", "SameSite=Lax; Max-Age=0")
    }

    pub(crate) fn clear_logout(self) -> HeaderValue {
        self.header(LOGOUT, "", "Max-Age=0")
    }

    fn set_for_answer(self, name: &str, value: &str, answers: Answers) -> HeaderValue {
        // With a POST from another site a browser sends neither Lax nor unmarked cookies (ATT-172); with a redirect it
        // sends Lax. None needs Secure; without it, Lax does where the identity provider is on the same host.
        let is_none = self.secure && answers == Answers::ByPost;
        let same_site = if is_none { "SameSite=None" } else { "SameSite=Lax" };
        let seconds = PendingRequest::LIFETIME.num_seconds();
        self.header(name, value, &format!("{same_site}; Max-Age={seconds}"))
    }

    #[expect(
        clippy::expect_used,
        reason = "names, what a BrowserBinding or SessionId exposes, and attributes are visible ASCII"
    )]
    fn header(self, name: &str, value: &str, attributes: &str) -> HeaderValue {
        let (prefix, secure) = if self.secure { (HOST_PREFIX, "; Secure") } else { ("", "") };
        let cookie = format!("{prefix}{name}={value}; Path=/; HttpOnly{secure}; {attributes}");
        let mut header = HeaderValue::try_from(cookie).expect("a cookie is visible ASCII");
        header.set_sensitive(true);
        header
    }

    /// Returns the value of the one cookie `name`; of two, nobody can say which is ours.
    fn read<'h>(self, headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
        let prefix = if self.secure { HOST_PREFIX } else { "" };
        // By bytes: what others put into cookies of theirs, by another encoding say, does not hide ours.
        let pairs = headers.get_all(COOKIE).iter().flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
        let mut values = pairs
            .filter_map(|pair| std::str::from_utf8(pair).ok())
            .filter_map(|pair| pair.trim().strip_prefix(prefix)?.strip_prefix(name)?.strip_prefix('='));
        values.next().filter(|_| values.next().is_none())
    }
}

const HOST_PREFIX: &str = "__Host-";
const BROWSER: &str = "saml-browser";
const LANGUAGE: &str = "saml-language";
const LOGOUT: &str = "saml-logout";
const SESSION: &str = "saml-session";

#[cfg(test)]
mod tests {
    use super::*;

    const HTTPS: Cookies = Cookies::new(true, Answers::ByPost);
    const LOOPBACK: Cookies = Cookies::new(false, Answers::ByPost);

    fn headers(cookies: &[&str]) -> HeaderMap {
        cookies.iter().map(|cookie| (COOKIE, HeaderValue::from_str(cookie).unwrap())).collect()
    }

    #[test]
    fn by_https_the_answer_of_another_site_brings_the_cookie_and_no_other_host_can_set_it() {
        let browser = BrowserBinding::from_random([7; 32]);
        let expected = "; Path=/; HttpOnly; Secure; SameSite=None; Max-Age=900";
        assert_eq!(HTTPS.set_browser(&browser), format!("__Host-saml-browser={}{expected}", "07".repeat(32)));
        assert_eq!(HTTPS.set_language(Language::English), format!("__Host-saml-language=en{expected}"));
    }

    #[test]
    fn where_answers_come_by_redirect_alone_no_form_of_another_site_brings_the_cookie() {
        let browser = BrowserBinding::from_random([7; 32]);
        let cookies = Cookies::new(true, Answers::of(ProfileName::Digid));
        let (value, expected) = ("07".repeat(32), "; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=900");
        assert_eq!(cookies.set_browser(&browser), format!("__Host-saml-browser={value}{expected}"));
        assert_eq!(cookies.set_language(Language::Dutch), format!("__Host-saml-language=nl{expected}"));
        let by_post = "; Path=/; HttpOnly; Secure; SameSite=None; Max-Age=900";
        assert_eq!(cookies.set_logout(&browser), format!("__Host-saml-logout={value}{by_post}"));
        assert_eq!(Answers::of(ProfileName::StSaml), Answers::ByRedirect);
        assert_eq!(Answers::of(ProfileName::SignicatBroker), Answers::ByPost);
        assert_eq!(Answers::of(ProfileName::WebSso), Answers::ByPost);
    }

    #[test]
    fn the_largest_cookie_is_one_that_every_browser_takes() {
        let browser = BrowserBinding::from_random([7; 32]);
        browser.carry(&"a".repeat(BrowserBinding::CARRIED_LIMIT)).unwrap();
        assert!(HTTPS.set_browser(&browser).len() <= 4096);
    }

    #[test]
    fn the_cookie_is_set_anew_only_when_it_changed() {
        let browser = BrowserBinding::from_random([7; 32]);
        let sent = headers(&[&format!("__Host-saml-browser={}", browser.expose())]);
        assert_eq!(HTTPS.renew_browser(&sent, &browser), None);
        browser.carry("abc").unwrap();
        assert_eq!(HTTPS.renew_browser(&sent, &browser), Some(HTTPS.set_browser(&browser)));
    }

    #[test]
    fn by_http_on_the_machine_itself_the_cookie_is_one_that_browsers_take() {
        let browser = BrowserBinding::from_random([7; 32]);
        let expected = format!("saml-browser={}; Path=/; HttpOnly; SameSite=Lax; Max-Age=900", "07".repeat(32));
        assert_eq!(LOOPBACK.set_browser(&browser), expected);
    }

    #[test]
    fn the_session_is_kept_from_forms_of_other_sites() {
        let session = SessionId::from_random([9; 32]);
        let value = "09".repeat(32);
        assert_eq!(
            HTTPS.set_session(&session),
            format!("__Host-saml-session={value}; Path=/; HttpOnly; Secure; SameSite=Lax")
        );
        assert_eq!(LOOPBACK.set_session(&session), format!("saml-session={value}; Path=/; HttpOnly; SameSite=Lax"));
        assert_eq!(LOOPBACK.clear_session(), "saml-session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }

    #[test]
    fn a_cookie_is_read_among_others() {
        let value = "5a".repeat(32);
        let found = HTTPS.session(&headers(&["a=b", &format!("c=d;__Host-saml-session={value} ; e=f")]));
        assert_eq!(found.map(|id| id.expose()), Some(value));
    }

    #[test]
    fn a_cookie_is_read_beside_one_that_is_not_ascii() {
        let value = "5a".repeat(32);
        for other in ["naam=Zo\u{eb}".as_bytes(), b"naam=Zo\xEB"] {
            let all = [other, b"; __Host-saml-session=", value.as_bytes()].concat();
            let headers: HeaderMap = [(COOKIE, HeaderValue::from_bytes(&all).unwrap())].into_iter().collect();
            assert_eq!(HTTPS.session(&headers).map(|id| id.expose()), Some(value.clone()));
        }
    }

    #[test]
    fn a_cookie_that_stands_twice_is_not_read() {
        let (one, two) = ("5a".repeat(32), "5b".repeat(32));
        assert_eq!(HTTPS.session(&headers(&[&format!("__Host-saml-session={one}; __Host-saml-session={two}")])), None);
    }

    #[test]
    fn by_https_a_cookie_without_the_prefix_is_not_read() {
        assert_eq!(HTTPS.session(&headers(&[&format!("saml-session={}", "5a".repeat(32))])), None);
    }

    #[test]
    fn a_secret_is_not_shown_by_debug() {
        let header = HTTPS.set_session(&SessionId::from_random([9; 32]));
        assert_eq!(format!("{header:?}"), "Sensitive");
    }
}
