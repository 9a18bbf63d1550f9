//! An answer that says the login did not succeed.

use saml_forge::{Failure, Outcome as Answered};
use saml_response::Verdict;
use saml_sp::Outcome;

use crate::portal::{accepted, answer, begin, browser, login, permits, portal, post, refused};

#[tokio::test]
async fn a_cancelled_login_goes_back_to_where_it_began_and_uses_the_request_up() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let cancelled = answer(&id, Answered::Failure(Failure::cancelled()));

    let received = post(&portal, &browser(1), &cancelled).await;
    assert_eq!(received.trace.records().last().map(|record| record.verdict), Some(Verdict::Failed));
    let refusal = refused(received, "status_authn_failed");
    assert_eq!((refusal.outcome(), refusal.return_to()), (Outcome::Cancelled, Some(&permits())));
    refused(post(&portal, &browser(1), &cancelled).await, "pending_request");
    refused(post(&portal, &browser(1), &answer(&id, login())).await, "pending_request");
}

#[tokio::test]
async fn any_other_failure_is_an_error_and_uses_the_request_up() {
    for (failure, code) in
        [(Failure::no_authn_context(), "status_no_authn_context"), (Failure::request_denied(), "status_request_denied")]
    {
        let portal = portal();
        let id = begin(&portal, &browser(1)).await;

        let refusal = refused(post(&portal, &browser(1), &answer(&id, Answered::Failure(failure))).await, code);
        assert_eq!((refusal.outcome(), refusal.return_to()), (Outcome::Failed, Some(&permits())));
        refused(post(&portal, &browser(1), &answer(&id, login())).await, "pending_request");
    }
}

#[tokio::test]
async fn a_failure_in_another_browser_uses_nothing_up() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    let cancelled = answer(&id, Answered::Failure(Failure::cancelled()));

    let refusal = refused(post(&portal, &browser(2), &cancelled).await, "pending_request");
    assert_eq!(refusal.outcome(), Outcome::NotOpen);
    accepted(post(&portal, &browser(1), &answer(&id, login())).await);
}

#[tokio::test]
async fn after_a_cancelled_login_another_may_begin() {
    let portal = portal();
    let id = begin(&portal, &browser(1)).await;
    refused(
        post(&portal, &browser(1), &answer(&id, Answered::Failure(Failure::cancelled()))).await,
        "status_authn_failed",
    );

    let id = begin(&portal, &browser(1)).await;
    accepted(post(&portal, &browser(1), &answer(&id, login())).await);
}
