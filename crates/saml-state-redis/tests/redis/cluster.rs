//! A Redis Cluster: the one node that has the keys is found, and found again when another takes over.

use saml_state::contract::{replay_cache, request_store, session_store};
use saml_state::{Inserted, RequestStore, SessionStore, StoreError};
use saml_state_redis::{RedisSettings, RedisStore};

use crate::server::{DURABLE, FREE, Server, browser, insert, request, second, settings, until};

async fn node() -> Option<Server> {
    let node = ["--cluster-enabled", "yes", "--cluster-port", FREE];
    Server::start(&[DURABLE, &node].concat()).await
}

/// Starts a cluster of three masters, and a replica of the one that has our keys, which come first.
async fn cluster() -> Option<[Server; 4]> {
    let mut nodes = [node().await?, node().await?, node().await?, node().await?];
    for (number, slots) in ["0 5460", "5461 10922", "10923 16383"].iter().enumerate() {
        nodes[number].told::<String>(&format!("CLUSTER ADDSLOTSRANGE {slots}")).await;
    }
    for node in &nodes[1..] {
        let (port, bus) = (node.port("--port"), node.port("--cluster-port"));
        nodes[0].told::<String>(&format!("CLUSTER MEET 127.0.0.1 {port} {bus}")).await;
    }
    are_well(&nodes).await;
    let slot: usize = nodes[0].told("CLUSTER KEYSLOT {saml}").await;
    nodes.swap(0, slot / 5461);
    let [owner, .., replica] = &nodes;
    let owner: String = owner.told("CLUSTER MYID").await;
    replica.told::<String>(&format!("CLUSTER REPLICATE {owner}")).await;
    let follows = async || replica.told::<String>("INFO replication").await.contains("master_link_status:up");
    until("a replica that follows", follows).await;
    are_well(&nodes).await;
    Some(nodes)
}

async fn are_well(nodes: &[Server]) {
    for node in nodes {
        let is_well = async || {
            let info: String = node.told("CLUSTER INFO").await;
            info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:4")
        };
        until("a cluster that is well", is_well).await;
    }
}

async fn is_master(node: &Server) -> bool {
    node.told::<String>("INFO replication").await.contains("role:master")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_keeps_the_contract_whichever_node_is_asked() {
    let Some(nodes) = cluster().await else { return };
    let emptied = async |node: &Server| {
        nodes[0].told::<String>("FLUSHALL").await;
        RedisStore::connect(settings(&node.tcp_url())).await.unwrap()
    };
    for node in &nodes {
        replay_cache::a_key_is_first_once(&emptied(node).await).await.unwrap();
        request_store::a_request_is_taken_once(&emptied(node).await).await.unwrap();
        // Those that find and remove many by one call.
        request_store::the_eleventh_request_drops_the_first_of_its_browser(&emptied(node).await).await.unwrap();
        session_store::a_logout_ends_the_sessions_that_it_names(&emptied(node).await).await.unwrap();
        session_store::a_removed_session_is_gone(&emptied(node).await).await.unwrap();
    }

    let store = emptied(&nodes[1]).await;
    store.remember(&browser(1), request(1), second(0)).await.unwrap();
    let subject =
        saml_state::SessionSubject { name: saml_state::KeyedDigest::from_bytes([1; 32]), session_index: None };
    store.create([1; 32], "session".to_owned(), Some(subject), second(3600), second(0)).await.unwrap();
    assert_eq!(insert(&store, 1).await, Ok(Inserted::First));
    let keys: Vec<String> = nodes[0].told("KEYS *").await;
    assert_eq!(keys.len(), 5, "the clock, an assertion, a browser, a session and its subject: {keys:?}");
    for key in keys {
        let slots = [format!("CLUSTER KEYSLOT {key}"), "CLUSTER KEYSLOT {saml}".to_owned()];
        assert_eq!(nodes[1].told::<u16>(&slots[0]).await, nodes[1].told::<u16>(&slots[1]).await, "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_follows_to_the_node_that_takes_over() {
    let Some(mut nodes) = cluster().await else { return };
    let [owner, other, _, replica] = &nodes;
    let all = |nodes: &[&Server]| -> RedisSettings {
        let first = settings(&nodes[0].tcp_url()).with_replicas(1);
        nodes[1..].iter().fold(first, |settings, node| settings.with_node(&node.tcp_url()))
    };
    let store = RedisStore::connect(all(&[owner, other, replica])).await.unwrap();
    assert_eq!(insert(&store, 1).await, Ok(Inserted::First));

    // By agreement: the first call after it is sent on, as nobody ran it, and no login is lost.
    assert_eq!(replica.told::<String>("CLUSTER FAILOVER").await, "OK");
    until("a replica that takes over", async || is_master(replica).await && !is_master(owner).await).await;
    assert_eq!(insert(&store, 1).await, Ok(Inserted::Replayed));
    let link = async || owner.told::<String>("INFO replication").await.contains("master_link_status:up");
    until("the former master follows", link).await;
    assert_eq!(insert(&store, 2).await, Ok(Inserted::First));

    // By accident, with the replica sent forward so that nobody has to wait until the others miss its master: whoever
    // comes meanwhile is refused, and what was acknowledged is known to the next one.
    nodes[3].kill();
    assert_eq!(insert(&store, 3).await, Err(StoreError::Unavailable));
    assert_eq!(nodes[0].told::<String>("CLUSTER FAILOVER TAKEOVER").await, "OK");
    let is_back = async || insert(&store, 2).await.is_ok();
    until("a store that follows", is_back).await;
    assert!(is_master(&nodes[0]).await);
    for number in [1, 2] {
        assert_eq!(insert(&store, number).await, Ok(Inserted::Replayed), "{number}");
    }
}
