//! A Redis that must not be used is refused when the portal starts, with the reason; and who may not come in does not.

use std::time::Duration;

use saml_state::contract::{replay_cache, request_store, session_store};
use saml_state::{Inserted, StoreError};
use saml_state_redis::{Error, RedisSettings, RedisStore};

use crate::server::{DURABLE, Server, insert, settings};

async fn refused(settings: RedisSettings) -> &'static str {
    RedisStore::connect(settings).await.unwrap_err().code()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_evicts_is_refused() {
    let evicting = [DURABLE, &["--maxmemory-policy", "allkeys-lru"]].concat();
    let Some(server) = Server::start(&evicting).await else { return };
    assert!(matches!(
        RedisStore::connect(server.settings()).await,
        Err(Error::Eviction { found }) if found == "allkeys-lru"
    ));
    // No switch accepts that.
    assert_eq!(refused(server.settings().danger_accept_loss_at_restart()).await, "redis_eviction");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_loses_what_it_acknowledged_is_refused() {
    let not_durable = async |server: &Server, expected: [&str; 3]| {
        let Err(Error::NotDurable { setting, expected: wanted, found }) = RedisStore::connect(server.settings()).await
        else {
            panic!("a Redis that is refused");
        };
        assert_eq!([setting, wanted, &found], expected);
    };
    let Some(server) = Server::start(&["--appendonly", "no"]).await else { return };
    not_durable(&server, ["appendonly", "yes", "no"]).await;
    assert_eq!(refused(server.settings().danger_accept_loss_of_the_last_second()).await, "redis_not_durable");
    assert!(RedisStore::connect(server.settings().danger_accept_loss_at_restart()).await.is_ok());

    let server = Server::start(&["--appendonly", "yes", "--appendfsync", "everysec"]).await.unwrap();
    not_durable(&server, ["appendfsync", "always", "everysec"]).await;
    assert!(RedisStore::connect(server.settings().danger_accept_loss_of_the_last_second()).await.is_ok());
    server.told::<String>("CONFIG SET appendfsync no").await;
    assert_eq!(refused(server.settings().danger_accept_loss_of_the_last_second()).await, "redis_not_durable");

    server.told::<String>("CONFIG SET appendfsync always").await;
    assert!(RedisStore::connect(server.settings().danger_accept_loss_of_the_last_second()).await.is_ok());
    server.told::<String>("CONFIG SET no-appendfsync-on-rewrite yes").await;
    not_durable(&server, ["no-appendfsync-on-rewrite", "no", "yes"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_refused_and_said_to_be_wrong() {
    let protected = [DURABLE, &["--requirepass", "correct horse"]].concat();
    let Some(server) = Server::start(&protected).await else { return };
    let with = |user: &str| settings(&server.tcp_url().replace("//", &format!("//{user}")));
    assert_eq!(refused(with("")).await, "redis_authentication");
    assert_eq!(refused(with(":wrong@")).await, "redis_authentication");
    assert_eq!(refused(with("nobody:correct%20horse@")).await, "redis_authentication");
    let error = RedisStore::connect(with(":battery-staple@")).await.unwrap_err();
    let told = format!("{error} {error:?} {:?}", with(":battery-staple@"));
    assert!(!told.contains("battery"), "{told}");

    let store = RedisStore::connect(with(":correct%20horse@")).await.unwrap();
    assert_eq!(insert(&store, 1).await, Ok(Inserted::First));
}

/// What the documentation of the crate says that a user needs.
const RIGHTS: &str = "~{saml}:* resetchannels -@all +evalsha +script|load +exists +info +config|get +wait +time +get +set \
                      +del +pexpire +pttl +hget +hset +hdel +hmget +hgetall +sadd +srem +smembers";

#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_the_documented_rights_can_do_everything_and_one_without_is_told_so() {
    let Some(server) = Server::durable().await else { return };
    let portal = || settings(&server.tcp_url().replace("//", "//portal:secret@"));
    server.told::<String>(&format!("ACL SETUSER portal on >secret {RIGHTS}")).await;
    let emptied = async || {
        server.emptied().await;
        RedisStore::connect(portal()).await.unwrap()
    };
    replay_cache::a_key_is_first_once(&emptied().await).await.unwrap();
    request_store::the_eleventh_request_drops_the_first_of_its_browser(&emptied().await).await.unwrap();
    request_store::a_request_is_taken_once(&emptied().await).await.unwrap();
    session_store::a_logout_ends_the_sessions_that_it_names(&emptied().await).await.unwrap();
    session_store::a_removed_session_is_gone(&emptied().await).await.unwrap();
    // To be waited for is a right too; there is nobody to wait for here.
    let waiting = RedisStore::connect(portal().with_replicas(1).with_timeout(Duration::from_secs(2))).await.unwrap();
    assert_eq!(insert(&waiting, 1).await, Err(StoreError::Unavailable));
    assert_eq!(insert(&waiting, 1).await, Ok(Inserted::Replayed));

    assert_eq!(refused(portal().with_name("another")).await, "redis_permission");
    server.told::<String>("ACL SETUSER portal -config|get").await;
    assert_eq!(refused(portal()).await, "redis_permission");
    server.told::<String>("ACL SETUSER portal off").await;
    assert_eq!(refused(portal()).await, "redis_authentication");
}

#[tokio::test]
async fn a_way_in_the_clear_over_a_network_is_refused() {
    // Addresses that belong to nobody (RFC 5737), so that nobody is asked.
    assert_eq!(refused(settings("redis://192.0.2.1:6379")).await, "redis_not_encrypted");
    let accepted = settings("redis://192.0.2.1:6379").danger_accept_plain_tcp().with_timeout(Duration::from_millis(50));
    assert_eq!(refused(accepted).await, "redis_connect");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_makes_no_hash_tag_is_refused() {
    let Some(server) = Server::durable().await else { return };
    for name in ["", "}", "{saml}", "saml}"] {
        let error = RedisStore::connect(server.settings().with_name(name)).await.unwrap_err();
        assert_eq!(error.code(), "redis_name", "{name}");
        assert!(error.to_string().ends_with("set another with with_name"), "{error}");
    }
    assert!(RedisStore::connect(server.settings().with_name("saml")).await.is_ok());
}
