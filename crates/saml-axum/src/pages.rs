//! The few pages that the SAML routes show; everything else is the application's.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};
use saml_bindings::PostForm;
use saml_sp::LogoutOutcome;

use crate::events::Began;
use crate::incident::Reference;
use crate::language::Language;
use crate::settings::Settings;

/// Returns the page with the fixed error text (Logius T6), and nothing of what went wrong (ATT-174).
pub(crate) fn failed(settings: &Settings, reference: &Reference, language: Language) -> Response {
    render(&Notice {
        language,
        organisation: &settings.organisation,
        title: language.pick("Inloggen is niet gelukt", "Logging in did not succeed"),
        paragraphs: &[settings.error_text(language)],
        reference: Some(&reference.0),
        english: &[],
        start_page: settings.start_page.as_str(),
    })
}

/// Returns the page for an answer that finishes no login in this browser: another asked for it (ATT-111), it took too
/// long, or it was finished before.
///
/// Nothing is known of the language here, so it is in both.
pub(crate) fn not_open(settings: &Settings) -> Response {
    render(&Notice {
        language: Language::Dutch,
        organisation: &settings.organisation,
        title: "Ga verder in de browser waar u bent begonnen",
        paragraphs: &[
            "U bent in een andere browser begonnen met inloggen, het duurde te lang, of u bent hiermee al een keer ingelogd.",
            "Ga terug naar de browser waar u bent begonnen. Lukt dat niet? Begin dan opnieuw met inloggen.",
        ],
        reference: None,
        english: &[
            "Continue in the browser where you started. You started logging in with another browser, it took too long, or you \
             have logged in with this before.",
            "Go back to the browser where you started. If that does not work, start logging in again.",
        ],
        start_page: settings.start_page.as_str(),
    })
}

/// Returns the page for a link to log in that asks for something that does not exist.
pub(crate) fn bad_request(settings: &Settings) -> Response {
    let page = render(&Notice {
        language: Language::Dutch,
        organisation: &settings.organisation,
        title: "Deze link klopt niet",
        paragraphs: &["Ga naar de startpagina en probeer opnieuw in te loggen."],
        reference: None,
        english: &["This link is not right. Go to the start page and try to log in again."],
        start_page: settings.start_page.as_str(),
    });
    (StatusCode::BAD_REQUEST, page).into_response()
}

/// Returns the page for a session that may still be open.
pub(crate) fn not_logged_out(settings: &Settings, reference: &Reference) -> Response {
    render(&Notice {
        language: Language::Dutch,
        organisation: &settings.organisation,
        title: "Uitloggen is niet gelukt",
        paragraphs: &["Sluit alle vensters van uw browser. Na 15 minuten bent u vanzelf uitgelogd."],
        reference: Some(&reference.0),
        english: &[
            "Logging out did not succeed. Close all windows of your browser. You are logged out after 15 minutes.",
        ],
        start_page: settings.start_page.as_str(),
    })
}

/// Returns the page that tells how a logout went: everywhere, or perhaps not (ATT-179).
pub(crate) fn logged_out(settings: &Settings, outcome: LogoutOutcome) -> Response {
    let (paragraph, english) = match outcome {
        LogoutOutcome::Complete => ("U bent overal uitgelogd.", "You have logged out everywhere."),
        LogoutOutcome::Partial => (
            "U bent hier uitgelogd. Bij DigiD of bij een andere organisatie bent u misschien nog ingelogd. Sluit alle vensters \
             van uw browser.",
            "You have logged out here. You may still be logged in at DigiD or at another organisation. Close all windows of \
             your browser.",
        ),
        LogoutOutcome::Failed => (
            "U bent hier uitgelogd. Bij DigiD bent u misschien nog ingelogd. Sluit alle vensters van uw browser.",
            "You have logged out here. You may still be logged in at DigiD. Close all windows of your browser.",
        ),
    };
    render(&Notice {
        language: Language::Dutch,
        organisation: &settings.organisation,
        title: "Uitgelogd",
        paragraphs: &[paragraph],
        reference: None,
        english: &[english],
        start_page: settings.start_page.as_str(),
    })
}

/// Returns the page for a logout message that was not taken: nobody can say what it was about.
pub(crate) fn logout_refused(settings: &Settings, reference: &Reference) -> Response {
    render(&Notice {
        language: Language::Dutch,
        organisation: &settings.organisation,
        title: "Wij weten niet of u bent uitgelogd",
        paragraphs: &["Sluit alle vensters van uw browser. Na 15 minuten bent u hier vanzelf uitgelogd."],
        reference: Some(&reference.0),
        english: &[
            "We do not know whether you have logged out. Close all windows of your browser. You are logged out here after 15 \
             minutes.",
        ],
        start_page: settings.start_page.as_str(),
    })
}

/// Returns the page that posts a request to log in by itself, or with its button where scripts do not run.
pub(crate) fn post_login(settings: &Settings, form: &PostForm, language: Language) -> Response {
    let title = language.pick("Inloggen", "Log in");
    let text = language.pick(
        "U gaat verder naar de inlogpagina. Gebeurt er niets? Kies dan Doorgaan.",
        "You are on your way to the login page. If nothing happens, choose Continue.",
    );
    render(&Post { language, organisation: &settings.organisation, title, text, form })
}

/// Returns the page that posts a logout message by itself, or with its button where scripts do not run.
pub(crate) fn post_logout(settings: &Settings, form: &PostForm, language: Language, began: Began) -> Response {
    let title = language.pick("Uitloggen", "Log out");
    let text = match began {
        Began::Here => language.pick(
            "U bent hier uitgelogd. U gaat verder om ook bij DigiD uit te loggen. Gebeurt er niets? Kies dan Doorgaan.",
            "You have logged out here. You are on your way to log out at DigiD as well. If nothing happens, choose \
             Continue.",
        ),
        // Whether a session of this browser has ended, the store may not have been able to say.
        Began::IdentityProvider => language.pick(
            "U gaat verder met uitloggen. Gebeurt er niets? Kies dan Doorgaan.",
            "You are on your way to log out. If nothing happens, choose Continue.",
        ),
    };
    render(&Post { language, organisation: &settings.organisation, title, text, form })
}

pub(crate) async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../assets/style.css"))
}

pub(crate) async fn script() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("../assets/post.js"))
}

#[derive(Template)]
#[template(path = "notice.html")]
struct Notice<'a> {
    language: Language,
    organisation: &'a str,
    title: &'a str,
    paragraphs: &'a [&'a str],
    reference: Option<&'a str>,
    /// The same in English, on a page in both languages.
    english: &'a [&'a str],
    start_page: &'a str,
}

#[derive(Template)]
#[template(path = "post.html")]
struct Post<'a> {
    language: Language,
    organisation: &'a str,
    title: &'a str,
    text: &'a str,
    form: &'a PostForm,
}

fn render(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
