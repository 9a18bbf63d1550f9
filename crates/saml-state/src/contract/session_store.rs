//! The duties of a [`SessionStore`].

use std::sync::Arc;

use super::{CONTENDERS, Contender, ROUNDS, second, set_back, winners};
use crate::{KeyedDigest, SessionId, SessionStore, SessionSubject, StoreError};

/// A session is read under the ID that it got, and under no other.
pub async fn a_session_is_read_under_its_own_id(store: &impl SessionStore<String>) -> Result<(), StoreError> {
    let first = create(store, 1, THREE_HOURS).await?;
    let other = create(store, 2, THREE_HOURS).await?;

    assert_ne!(first, other);
    assert_eq!(store.read(&first, second(1)).await?.as_deref(), Some("session 1"));
    assert_eq!(store.read(&other, second(1)).await?.as_deref(), Some("session 2"));
    assert_eq!(store.read(&SessionId::from_random([3; 32]), second(1)).await?, None);
    Ok(())
}

/// A session that is not used for 15 minutes ends.
pub async fn an_idle_session_ends_after_15_minutes(store: &impl SessionStore<String>) -> Result<(), StoreError> {
    let id = create(store, 1, THREE_HOURS).await?;

    assert_eq!(store.read(&id, second(15 * 60)).await?, None);
    Ok(())
}

/// Each use of a session gives it 15 minutes more.
pub async fn use_keeps_a_session(store: &impl SessionStore<String>) -> Result<(), StoreError> {
    let id = create(store, 1, THREE_HOURS).await?;

    assert!(store.read(&id, second(15 * 60 - 1)).await?.is_some());
    assert!(store.read(&id, second(30 * 60 - 2)).await?.is_some());
    assert_eq!(store.read(&id, second(45 * 60 - 2)).await?, None);
    Ok(())
}

/// No use keeps a session past its absolute end.
pub async fn use_does_not_keep_a_session_past_its_absolute_end(
    store: &impl SessionStore<String>,
) -> Result<(), StoreError> {
    let id = create(store, 1, 20 * 60).await?;

    assert!(store.read(&id, second(10 * 60)).await?.is_some());
    assert!(store.read(&id, second(20 * 60 - 1)).await?.is_some());
    assert_eq!(store.read(&id, second(20 * 60)).await?, None);
    Ok(())
}

/// A session whose absolute end has come is not opened.
pub async fn a_session_that_ended_is_refused(store: &impl SessionStore<String>) -> Result<(), StoreError> {
    let refused = create(store, 1, 0).await;

    assert_eq!(refused, Err(StoreError::AlreadyEnded { end: second(0), now: second(0) }));
    assert_eq!(store.read(&SessionId::from_random([1; 32]), second(0)).await?, None);
    Ok(())
}

/// A clock that goes back neither revives a session nor prolongs one.
pub async fn a_clock_that_goes_back_revives_and_prolongs_nothing(
    store: &impl SessionStore<String>,
) -> Result<(), StoreError> {
    let ended = create(store, 1, 10 * 60).await?;
    let living = create(store, 2, THREE_HOURS).await?;

    assert_eq!(store.read(&ended, second(10 * 60)).await?, None);
    assert_eq!(store.read(&ended, set_back(10 * 60)).await?, None);
    assert!(store.read(&living, set_back(10 * 60)).await?.is_some());
    assert_eq!(store.read(&living, second(25 * 60)).await?, None);
    assert_eq!(store.read(&living, set_back(25 * 60)).await?, None);
    Ok(())
}

/// A session that was removed is gone.
pub async fn a_removed_session_is_gone(store: &impl SessionStore<String>) -> Result<(), StoreError> {
    let id = create(store, 1, THREE_HOURS).await?;
    let other = create(store, 2, THREE_HOURS).await?;

    assert_eq!(store.remove(&id, second(1)).await?.as_deref(), Some("session 1"));
    assert_eq!(store.read(&id, second(1)).await?, None);
    assert_eq!(store.remove(&id, second(1)).await?, None);
    assert!(store.read(&other, second(1)).await?.is_some());
    Ok(())
}

/// A session that ended by itself is not returned when it is removed.
pub async fn removing_a_session_that_ended_returns_nothing(
    store: &impl SessionStore<String>,
) -> Result<(), StoreError> {
    let id = create(store, 1, THREE_HOURS).await?;

    assert_eq!(store.remove(&id, second(15 * 60)).await?, None);
    Ok(())
}

/// Of 100 removals of a session at the same time, one gets it.
pub async fn one_of_100_parallel_removals_gets_the_session<S: SessionStore<String> + 'static>(
    store: Arc<S>,
    in_parallel: impl AsyncFn(Vec<Contender>) -> Vec<Result<bool, StoreError>>,
) -> Result<(), StoreError> {
    for round in 0..ROUNDS {
        let id = create(&*store, round, THREE_HOURS).await?;
        let remover = |_| {
            let (store, id) = (Arc::clone(&store), id.clone());
            Contender::new(async move { Ok(store.remove(&id, second(1)).await?.is_some()) })
        };

        assert_eq!(winners(in_parallel((0..CONTENDERS).map(remover).collect()).await)?, 1);
    }
    Ok(())
}

/// A logout ends the sessions of the name that have one of its session indexes, and no other.
pub async fn a_logout_ends_the_sessions_that_it_names(store: &impl SessionStore<String>) -> Result<(), StoreError> {
    let meant = [create_of(store, 1, NAME, Some(INDEX)).await?, create_of(store, 2, NAME, Some(OTHER_INDEX)).await?];
    let others = [
        create_of(store, 3, NAME, Some(digest(9))).await?,
        create_of(store, 4, NAME, None).await?,
        create_of(store, 5, OTHER_NAME, Some(INDEX)).await?,
        // An index that is the same as another's name, and a session that nothing is known of.
        create_of(store, 6, INDEX, Some(NAME)).await?,
        create(store, 7, THREE_HOURS).await?,
    ];

    assert_eq!(store.remove_of_subject(&NAME, &[INDEX, OTHER_INDEX], second(1)).await?, 2);
    for id in &meant {
        assert_eq!(store.read(id, second(1)).await?, None);
    }
    for id in &others {
        assert!(store.read(id, second(1)).await?.is_some());
    }
    assert_eq!(store.remove_of_subject(&NAME, &[INDEX, OTHER_INDEX], second(1)).await?, 0);
    Ok(())
}

/// A logout that names no session index ends all sessions of the name, and of nobody else (ATT-176).
pub async fn a_logout_without_session_index_ends_all_of_that_name_alone(
    store: &impl SessionStore<String>,
) -> Result<(), StoreError> {
    let meant = [create_of(store, 1, NAME, Some(INDEX)).await?, create_of(store, 2, NAME, None).await?];
    let others = [create_of(store, 3, OTHER_NAME, Some(INDEX)).await?, create(store, 4, THREE_HOURS).await?];

    assert_eq!(store.remove_of_subject(&NAME, &[], second(1)).await?, 2);
    for id in &meant {
        assert_eq!(store.read(id, second(1)).await?, None);
    }
    for id in &others {
        assert!(store.read(id, second(1)).await?.is_some());
    }
    Ok(())
}

/// A session that ended by itself, or was removed, is not counted.
pub async fn a_logout_counts_living_sessions_alone(store: &impl SessionStore<String>) -> Result<(), StoreError> {
    create_of(store, 1, NAME, None).await?;
    let removed = create_of(store, 2, NAME, None).await?;
    store.remove(&removed, second(1)).await?;

    assert_eq!(store.remove_of_subject(&NAME, &[], second(15 * 60)).await?, 0);
    Ok(())
}

/// A session of a megabyte is read as it was.
pub async fn a_large_session_is_read_whole(store: &impl SessionStore<String>) -> Result<(), StoreError> {
    let session: String = (0..200_000).map(|number| format!("{number:05x}")).collect();
    let id = store.create([1; 32], session.clone(), None, second(THREE_HOURS), second(0)).await?;

    assert!(store.read(&id, second(1)).await? == Some(session), "a session that is not the same");
    Ok(())
}

/// An ID in use is refused, and the session that has it stays as it was.
pub async fn an_id_in_use_is_refused(store: &impl SessionStore<String>) -> Result<(), StoreError> {
    let id = create(store, 1, THREE_HOURS).await?;
    let refused = store.create([1; 32], "another".to_owned(), None, second(THREE_HOURS), second(1)).await;

    assert_eq!(refused, Err(StoreError::Duplicate));
    assert_eq!(store.read(&id, second(1)).await?.as_deref(), Some("session 1"));
    Ok(())
}

/// A store that holds as many sessions as it may refuses another, and drops none until it ends.
///
/// For stores that are bounded; `capacity` is how many sessions this one may hold.
pub async fn a_full_store_refuses(store: &impl SessionStore<String>, capacity: u8) -> Result<(), StoreError> {
    let mut ids = Vec::new();
    for number in 0..capacity {
        ids.push(create(store, number, THREE_HOURS).await?);
    }

    assert_eq!(create(store, capacity, THREE_HOURS).await, Err(StoreError::Full { capacity: usize::from(capacity) }));
    for id in &ids {
        assert!(store.read(id, second(0)).await?.is_some());
    }
    store.create([capacity; 32], "later".to_owned(), None, second(THREE_HOURS), second(15 * 60)).await.map(drop)
}

/// A session is still there, and one that was removed still gone, after everything that keeps them stopped and started
/// again.
///
/// For stores that outlive a process; `restarted` does that.
pub async fn sessions_outlive_a_restart<S: SessionStore<String>>(
    store: S,
    restarted: impl AsyncFnOnce(S) -> S,
) -> Result<(), StoreError> {
    let (kept, removed) = (create(&store, 1, THREE_HOURS).await?, create(&store, 2, THREE_HOURS).await?);
    assert!(store.remove(&removed, second(1)).await?.is_some());

    let store = restarted(store).await;
    assert_eq!(store.read(&removed, second(2)).await?, None);
    assert_eq!(store.read(&kept, second(2)).await?.as_deref(), Some("session 1"));
    Ok(())
}

/// A store whose engine is down says so, and never that a session ended or that there is none.
///
/// For stores on another machine; this one is down already.
pub async fn nothing_is_answered_while_the_engine_is_down(store: &impl SessionStore<String>) -> Result<(), StoreError> {
    let (down, id) = (StoreError::Unavailable, SessionId::from_random([1; 32]));
    assert_eq!(create(store, 1, THREE_HOURS).await.as_ref(), Err(&down));
    assert_eq!(store.read(&id, second(0)).await.as_ref(), Err(&down));
    assert_eq!(store.remove(&id, second(0)).await.as_ref(), Err(&down));
    assert_eq!(store.remove_of_subject(&KeyedDigest::from_bytes([1; 32]), &[], second(0)).await.as_ref(), Err(&down));
    Ok(())
}

async fn create(store: &impl SessionStore<String>, number: u8, absolute_end: i64) -> Result<SessionId, StoreError> {
    store.create([number; 32], format!("session {number}"), None, second(absolute_end), second(0)).await
}

async fn create_of(
    store: &impl SessionStore<String>,
    number: u8,
    name: KeyedDigest,
    session_index: Option<KeyedDigest>,
) -> Result<SessionId, StoreError> {
    let subject = Some(SessionSubject { name, session_index });
    store.create([number; 32], format!("session {number}"), subject, second(THREE_HOURS), second(0)).await
}

const fn digest(byte: u8) -> KeyedDigest {
    KeyedDigest::from_bytes([byte; 32])
}

const NAME: KeyedDigest = digest(1);
const OTHER_NAME: KeyedDigest = digest(2);
const INDEX: KeyedDigest = digest(3);
const OTHER_INDEX: KeyedDigest = digest(4);
const THREE_HOURS: i64 = 3 * 60 * 60;
