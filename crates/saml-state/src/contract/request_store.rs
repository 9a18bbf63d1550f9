//! The duties of a [`RequestStore`].

use std::sync::Arc;

use chrono::TimeDelta;

use super::{CONTENDERS, Contender, ROUNDS, second, set_back, winners};
use crate::{BrowserBinding, PendingRequest, RelayState, RequestId, RequestStore, ReturnPath, StoreError};

/// A request comes back as it was remembered.
pub async fn a_request_is_taken_as_it_was_remembered(store: &impl RequestStore) -> Result<(), StoreError> {
    let request = PendingRequest { requested_level: None, force_authn: false, ..request(1) };
    store.remember(&browser(1), request.clone(), second(0)).await?;

    assert_eq!(store.take(&browser(1), request.id.as_str(), second(1)).await?, Some(request));
    Ok(())
}

/// A request that was taken is gone, for `take` and `find`.
pub async fn a_request_is_taken_once(store: &impl RequestStore) -> Result<(), StoreError> {
    let request = request(1);
    let id = request.id.as_str();
    store.remember(&browser(1), request.clone(), second(0)).await?;

    assert!(store.take(&browser(1), id, second(1)).await?.is_some());
    assert_eq!(store.take(&browser(1), id, second(1)).await?, None);
    assert_eq!(store.find(&browser(1), id, second(1)).await?, None);
    Ok(())
}

/// Of 100 calls of `take` at the same time, one gets the request (ATT-113).
pub async fn one_of_100_parallel_takers_gets_the_request<S: RequestStore + 'static>(
    store: Arc<S>,
    in_parallel: impl AsyncFn(Vec<Contender>) -> Vec<Result<bool, StoreError>>,
) -> Result<(), StoreError> {
    for round in 0..ROUNDS {
        store.remember(&browser(round), request(round), second(0)).await?;
        let taker = |_| {
            let store = Arc::clone(&store);
            Contender::new(async move {
                let taken = store.take(&browser(round), request(round).id.as_str(), second(1)).await?;
                Ok(taken.is_some())
            })
        };

        assert_eq!(winners(in_parallel((0..CONTENDERS).map(taker).collect()).await)?, 1);
    }
    Ok(())
}

/// A request is found any number of times, and can still be taken.
pub async fn finding_does_not_take(store: &impl RequestStore) -> Result<(), StoreError> {
    let request = request(1);
    let id = request.id.as_str();
    store.remember(&browser(1), request.clone(), second(0)).await?;

    assert_eq!(store.find(&browser(1), id, second(1)).await?, Some(request.clone()));
    assert_eq!(store.find(&browser(1), id, second(1)).await?, Some(request.clone()));
    assert_eq!(store.take(&browser(1), id, second(1)).await?, Some(request.clone()));
    Ok(())
}

/// A request of one browser is not there for another, and its asking takes nothing away (ATT-111).
pub async fn another_browser_gets_nothing(store: &impl RequestStore) -> Result<(), StoreError> {
    let request = request(1);
    let id = request.id.as_str();
    store.remember(&browser(1), request.clone(), second(0)).await?;
    store.remember(&browser(2), self::request(2), second(0)).await?;

    for other in [browser(2), browser(3)] {
        assert_eq!(store.find(&other, id, second(1)).await?, None);
        assert_eq!(store.take(&other, id, second(1)).await?, None);
    }
    assert_eq!(store.take(&browser(1), id, second(1)).await?, Some(request.clone()));
    Ok(())
}

/// A request lives for 15 minutes and not a second more.
pub async fn a_request_ends_after_15_minutes(store: &impl RequestStore) -> Result<(), StoreError> {
    for number in [1, 2] {
        store.remember(&browser(1), request(number), second(0)).await?;
    }

    assert!(store.take(&browser(1), request(1).id.as_str(), second(15 * 60 - 1)).await?.is_some());
    assert_eq!(store.find(&browser(1), request(2).id.as_str(), second(15 * 60)).await?, None);
    assert_eq!(store.take(&browser(1), request(2).id.as_str(), second(15 * 60)).await?, None);
    Ok(())
}

/// A later request of the same browser does not prolong an earlier one.
pub async fn a_later_request_does_not_prolong_an_earlier_one(store: &impl RequestStore) -> Result<(), StoreError> {
    let later = PendingRequest { issued_at: second(600), ..request(2) };
    store.remember(&browser(1), request(1), second(0)).await?;
    store.remember(&browser(1), later.clone(), second(600)).await?;

    assert_eq!(store.find(&browser(1), request(1).id.as_str(), second(15 * 60)).await?, None);
    assert_eq!(store.take(&browser(1), request(1).id.as_str(), second(15 * 60)).await?, None);
    assert_eq!(store.take(&browser(1), later.id.as_str(), second(15 * 60)).await?, Some(later));
    Ok(())
}

/// A request whose `issued_at` is to come lives no longer than one that was made now.
pub async fn an_issue_time_to_come_does_not_prolong(store: &impl RequestStore) -> Result<(), StoreError> {
    let request = PendingRequest { issued_at: second(0) + TimeDelta::days(1), ..request(1) };
    store.remember(&browser(1), request.clone(), second(0)).await?;

    assert_eq!(store.take(&browser(1), request.id.as_str(), second(15 * 60)).await?, None);
    Ok(())
}

/// A request that ended does not come back when the clock goes back.
pub async fn a_clock_that_goes_back_revives_nothing(store: &impl RequestStore) -> Result<(), StoreError> {
    store.remember(&browser(1), request(1), second(0)).await?;

    assert_eq!(store.find(&browser(1), request(1).id.as_str(), second(15 * 60)).await?, None);
    assert_eq!(store.find(&browser(1), request(1).id.as_str(), set_back(15 * 60)).await?, None);
    assert_eq!(store.take(&browser(1), request(1).id.as_str(), set_back(15 * 60)).await?, None);
    Ok(())
}

/// A request that is 15 minutes old is refused.
pub async fn a_request_that_ended_is_refused(store: &impl RequestStore) -> Result<(), StoreError> {
    let refused = store.remember(&browser(1), request(1), second(15 * 60)).await;

    assert_eq!(refused, Err(StoreError::AlreadyEnded { end: second(15 * 60), now: second(15 * 60) }));
    Ok(())
}

/// The tabs of a browser do not disturb each other.
pub async fn a_browser_has_several_requests(store: &impl RequestStore) -> Result<(), StoreError> {
    for number in 0..10 {
        store.remember(&browser(1), request(number), second(0)).await?;
    }

    for number in [3, 0, 9, 1, 2, 8, 7, 4, 6, 5] {
        let request = request(number);
        assert_eq!(store.take(&browser(1), request.id.as_str(), second(1)).await?, Some(request));
    }
    Ok(())
}

/// The eleventh request of a browser drops its first, and nothing of another browser (ATT-117).
pub async fn the_eleventh_request_drops_the_first_of_its_browser(store: &impl RequestStore) -> Result<(), StoreError> {
    store.remember(&browser(2), request(100), second(0)).await?;
    for number in 0..11 {
        store.remember(&browser(1), request(number), second(0)).await?;
    }

    assert_eq!(store.find(&browser(1), request(0).id.as_str(), second(1)).await?, None);
    for number in 1..11 {
        assert_eq!(store.find(&browser(1), request(number).id.as_str(), second(1)).await?, Some(request(number)));
    }
    assert_eq!(store.find(&browser(2), request(100).id.as_str(), second(1)).await?, Some(request(100)));
    Ok(())
}

/// Requests that ended do not count among the ten of their browser.
pub async fn requests_that_ended_take_no_place(store: &impl RequestStore) -> Result<(), StoreError> {
    let (living, another) = (
        PendingRequest { issued_at: second(600), ..request(10) },
        PendingRequest { issued_at: second(15 * 60), ..request(11) },
    );
    store.remember(&browser(1), living.clone(), second(600)).await?;
    for number in 1..10 {
        store.remember(&browser(1), request(number), second(600)).await?;
    }
    store.remember(&browser(1), another.clone(), second(15 * 60)).await?;

    for request in [living, another] {
        assert_eq!(store.take(&browser(1), request.id.as_str(), second(15 * 60)).await?, Some(request));
    }
    Ok(())
}

/// A request ID that this browser has pending is refused, and the request that has it stays as it was.
pub async fn an_id_in_use_is_refused(store: &impl RequestStore) -> Result<(), StoreError> {
    let other = PendingRequest { identity_provider: "https://other.example/metadata".to_owned(), ..request(1) };
    store.remember(&browser(1), request(1), second(0)).await?;

    assert_eq!(store.remember(&browser(1), other, second(1)).await, Err(StoreError::Duplicate));
    assert_eq!(store.take(&browser(1), request(1).id.as_str(), second(1)).await?, Some(request(1)));
    Ok(())
}

/// An ID that differs only in case or white space is another ID.
pub async fn ids_are_compared_byte_for_byte(store: &impl RequestStore) -> Result<(), StoreError> {
    let request = request(0xab);
    let id = request.id.as_str();
    store.remember(&browser(1), request.clone(), second(0)).await?;

    for other in
        [id.to_uppercase(), format!(" {id}"), format!("{id}\n"), format!("{id}\0"), "*".to_owned(), String::new()]
    {
        assert_eq!(store.find(&browser(1), &other, second(1)).await?, None, "{other:?}");
        assert_eq!(store.take(&browser(1), &other, second(1)).await?, None, "{other:?}");
    }
    assert_eq!(store.take(&browser(1), id, second(1)).await?, Some(request.clone()));
    Ok(())
}

/// An ID of any length is only that of no request: who asks by it has not been verified yet.
pub async fn an_oversize_id_is_of_no_request(store: &impl RequestStore) -> Result<(), StoreError> {
    store.remember(&browser(1), request(1), second(0)).await?;
    let oversize = request(1).id.as_str().repeat(25_000);

    assert_eq!(store.find(&browser(1), &oversize, second(1)).await?, None);
    assert_eq!(store.take(&browser(1), &oversize, second(1)).await?, None);
    assert_eq!(store.take(&browser(1), request(1).id.as_str(), second(1)).await?, Some(request(1)));
    Ok(())
}

/// A store that holds as many browsers as it may refuses another, and drops none until it ends.
///
/// For stores that are bounded; `capacity` is how many browsers this one may hold.
pub async fn a_full_store_refuses(store: &impl RequestStore, capacity: u8) -> Result<(), StoreError> {
    for number in 0..capacity {
        store.remember(&browser(number), request(number), second(0)).await?;
    }
    let refused = store.remember(&browser(capacity), request(capacity), second(1)).await;

    assert_eq!(refused, Err(StoreError::Full { capacity: usize::from(capacity) }));
    assert_eq!(store.find(&browser(capacity), request(capacity).id.as_str(), second(1)).await?, None);
    for number in 0..capacity {
        assert!(store.find(&browser(number), request(number).id.as_str(), second(1)).await?.is_some());
    }
    let later = PendingRequest { issued_at: second(15 * 60), ..request(capacity) };
    store.remember(&browser(capacity), later, second(15 * 60)).await
}

/// A request is still there, and one that was taken still gone, after everything that keeps them stopped and started
/// again.
///
/// For stores that outlive a process; `restarted` does that.
pub async fn requests_outlive_a_restart<S: RequestStore>(
    store: S,
    restarted: impl AsyncFnOnce(S) -> S,
) -> Result<(), StoreError> {
    let (kept, taken) = (request(1), request(2));
    store.remember(&browser(1), kept.clone(), second(0)).await?;
    store.remember(&browser(1), taken.clone(), second(0)).await?;
    assert!(store.take(&browser(1), taken.id.as_str(), second(1)).await?.is_some());

    let store = restarted(store).await;
    assert_eq!(store.take(&browser(1), taken.id.as_str(), second(2)).await?, None);
    assert_eq!(store.take(&browser(1), kept.id.as_str(), second(2)).await?, Some(kept));
    Ok(())
}

/// A store whose engine is down says so, and never that there is no such request or that one was remembered.
///
/// For stores on another machine; this one is down already.
pub async fn nothing_is_answered_while_the_engine_is_down(store: &impl RequestStore) -> Result<(), StoreError> {
    let down = StoreError::Unavailable;
    assert_eq!(store.remember(&browser(1), request(1), second(0)).await.as_ref(), Err(&down));
    assert_eq!(store.find(&browser(1), request(1).id.as_str(), second(0)).await.as_ref(), Err(&down));
    assert_eq!(store.take(&browser(1), request(1).id.as_str(), second(0)).await.as_ref(), Err(&down));
    Ok(())
}

fn browser(number: u8) -> BrowserBinding {
    BrowserBinding::from_random([number; 32])
}

fn request(number: u8) -> PendingRequest {
    PendingRequest {
        id: RequestId::from_random([number; 20]),
        issued_at: second(0),
        identity_provider: "https://idp.example/metadata".to_owned(),
        assertion_consumer_service: "https://sp.example/acs".to_owned(),
        requested_level: Some("urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract".to_owned()),
        force_authn: true,
        return_to: return_path(),
        relay_state: RelayState::from_random([number; 20]),
    }
}

#[expect(clippy::expect_used, reason = "the path is a constant")]
fn return_path() -> ReturnPath {
    ReturnPath::parse("/permits/42?tab=files").expect("a local path")
}
