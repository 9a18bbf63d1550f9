use axum::Router;
use axum::http::{Method, StatusCode};
use chrono::TimeDelta;

use crate::answers::{Fields, login};
use crate::browser::Browser;
use crate::portal::{portal, wait};

#[tokio::test]
async fn logging_out_ends_the_session() {
    let (portal, mut browser) = logged_in().await;
    let session = browser.cookies["__Host-saml-session"].clone();

    let answer = browser.post(&portal, "/saml/logout", &Fields::none()).await;

    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"));
    assert!(!browser.cookies.contains_key("__Host-saml-session"));
    browser.cookies.insert("__Host-saml-session".to_owned(), session);
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_form_of_another_site_logs_nobody_out() {
    let (portal, mut browser) = logged_in().await;
    let session = browser.cookies.remove("__Host-saml-session").unwrap();

    let answer = browser.post(&portal, "/saml/logout", &Fields::none()).await;

    assert!(!answer.headers.contains_key("set-cookie"));
    browser.cookies.insert("__Host-saml-session".to_owned(), session);
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_link_logs_nobody_out() {
    let (portal, mut browser) = logged_in().await;

    assert_eq!(browser.get(&portal, "/saml/logout").await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_ends_after_a_quarter_of_an_hour_without_use() {
    let (portal, mut browser) = logged_in().await;

    wait(TimeDelta::seconds(15 * 60 - 1));
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::OK);
    wait(TimeDelta::seconds(15 * 60 - 1));
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::OK);
    wait(TimeDelta::minutes(15));
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_ends_after_eight_hours_of_use() {
    let (portal, mut browser) = logged_in().await;

    for _ in 0..47 {
        wait(TimeDelta::minutes(10));
        assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::OK);
    }
    wait(TimeDelta::minutes(10));
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn each_login_has_a_session_of_its_own_and_ends_the_one_before() {
    let (portal, mut browser) = logged_in().await;
    let first = browser.cookies["__Host-saml-session"].clone();

    let id = browser.begin(&portal, "/saml/login").await;
    browser.post(&portal, "/saml/acs", &login(&id)).await;

    let second = browser.cookies.insert("__Host-saml-session".to_owned(), first.clone()).unwrap();
    assert_ne!(first, second);
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_that_somebody_else_chose_is_not_taken_over() {
    let (portal, mut browser) = (portal(), Browser::default());
    browser.cookies.insert("__Host-saml-session".to_owned(), "5a".repeat(32));
    let id = browser.begin(&portal, "/saml/login").await;

    browser.post(&portal, "/saml/acs", &login(&id)).await;

    assert_ne!(browser.cookies["__Host-saml-session"], "5a".repeat(32));
    browser.cookies.insert("__Host-saml-session".to_owned(), "5a".repeat(32));
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn who_is_not_logged_in_is_sent_to_the_start_page_and_may_change_nothing() {
    let (portal, mut browser) = (portal(), Browser::default());

    assert_eq!(browser.get(&portal, "/permits").await.location(), "/");
    let post = browser.send(&portal, Method::POST, "/permits", None, String::new()).await;
    assert_eq!(post.status, StatusCode::UNAUTHORIZED);
}

async fn logged_in() -> (Router, Browser) {
    let (portal, mut browser) = (portal(), Browser::default());
    let id = browser.begin(&portal, "/saml/login?return_to=/permits").await;
    browser.post(&portal, "/saml/acs", &login(&id)).await;
    assert_eq!(browser.get(&portal, "/permits").await.status, StatusCode::OK);
    (portal, browser)
}
