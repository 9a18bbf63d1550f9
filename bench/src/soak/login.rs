use std::time::Instant;

use axum::body::Bytes;
use tokio::task::JoinSet;

use super::field::{Accepted, Field};
use super::tally::Reason;
use crate::client::{Answer, Connection, Jar, Unanswered, between};
use crate::message::escaped;
use crate::node::WITHOUT_REFERENCE;
use crate::portal::PAGE;
use crate::world::{BROKER_ORIGIN, LEVEL};

/// One citizen after the other, each with a browser of their own; the connections stay, as a balancer keeps them.
pub(super) struct Client {
    nodes: Vec<Connection>,
    broker: Connection,
}

/// A login up to the answer of the broker, which has not been posted yet.
pub(super) struct Prepared {
    bsn: String,
    jar: Jar,
    form: Bytes,
    /// The node where it began.
    node: usize,
    /// None once it was held up on purpose.
    begun: Option<Instant>,
}

/// What came of a post of an answer.
enum Posted {
    LetIn(Jar),
    Refused(Reason),
    Unanswered(Unanswered),
}

impl Client {
    pub(super) fn new(field: &Field) -> Self {
        Self { nodes: connections(field), broker: Connection::new(field.broker, "broker.example.nl") }
    }

    /// Logs somebody in, and does all that must not work with the same answer; returns whether they were let in.
    pub(super) async fn log_in(&mut self, field: &Field) -> bool {
        match self.prepare(field).await {
            Some(prepared) => self.finish(field, prepared).await,
            None => false,
        }
    }

    /// Goes as far as the answer of the broker; a login that comes to nothing is counted with its reason.
    pub(super) async fn prepare(&mut self, field: &Field) -> Option<Prepared> {
        field.with_tally(|tally| tally.started += 1);
        let prepared = self.until_answer(field).await;
        prepared.map_err(|reason| field.with_tally(|tally| tally.refuse(&reason))).ok()
    }

    async fn until_answer(&mut self, field: &Field) -> Result<Prepared, Reason> {
        let (begun, (node, _)) = (Instant::now(), field.turn());
        let (jar, request) = self.begin(field, node).await?;
        let broker = |answer: Result<Answer, Unanswered>| match answer {
            Ok(answer) if answer.status == 200 => Ok(answer.text()),
            Ok(answer) => Err(Reason::Unexplained(format!("the broker answers with status {}", answer.status))),
            Err(_) => Err(Reason::Unexplained("the broker does not answer".to_owned())),
        };
        let field_of = |page: &str, name: &str| -> Result<String, Reason> {
            let value = between(page, &format!("name=\"{name}\" value=\""), "\"");
            value.map(str::to_owned).ok_or_else(|| Reason::Unexplained(format!("a page of the broker without {name}")))
        };
        let page = broker(self.broker.get(&request, &Jar::default()).await)?;
        let bsn = field.numbers.next();
        let (handle, level) = (field_of(&page, "handle")?, saml_simulator::form_value(LEVEL));
        let form = Bytes::from(format!("handle={handle}&lang=nl&bsn={bsn}&loa={level}"));
        let page = broker(self.broker.post(LOG_IN, &Jar::default(), &form).await)?;
        let (message, relay_state) = (field_of(&page, "SAMLResponse")?, field_of(&page, "RelayState")?);
        let form = format!("SAMLResponse={}&RelayState={}", escaped(&message), escaped(&relay_state));
        Ok(Prepared { bsn, jar, form: Bytes::from(form), node, begun: Some(begun) })
    }

    /// Begins a login at a node, or at the next where nobody listens; returns the browser, and what it asks the broker.
    async fn begin(&mut self, field: &Field, node: usize) -> Result<(Jar, String), Reason> {
        let mut jar = Jar::default();
        for node in from(node, self.nodes.len()) {
            let Some(connection) = self.nodes.get_mut(node) else { continue };
            // Nothing is lost by asking another: a request that nobody answers to is forgotten.
            let Ok(answer) = connection.get(LOGIN, &jar).await else { continue };
            return match answer.location().and_then(|location| location.strip_prefix(BROKER_ORIGIN)) {
                Some(request) => {
                    jar.keep(&answer);
                    Ok((jar, request.to_owned()))
                }
                None => Err(reason(field, &answer).await),
            };
        }
        Err(Reason::Told("no_portal_answers".to_owned()))
    }

    /// Posts the answer at another node than the login began at, now and then everywhere at once.
    pub(super) async fn finish(&mut self, field: &Field, prepared: Prepared) -> bool {
        let (sent, (_, turn)) = (Instant::now(), field.turn());
        let let_in = match turn % RACE_EVERY {
            0 => race(field, &prepared).await,
            _ => self.post_somewhere(field, &prepared).await,
        };
        let after = match let_in {
            Ok(after) => after,
            Err(reason) => {
                field.with_tally(|tally| tally.refuse(&reason));
                return false;
            }
        };
        field.with_tally(|tally| {
            tally.finished += 1;
            if let Some(begun) = prepared.begun {
                tally.logins.add(begun.elapsed());
                tally.posts.add(sent.elapsed());
            }
        });
        self.look(field, &prepared, &after).await;
        self.replay(field, &Accepted { form: prepared.form.clone(), jar: prepared.jar.clone() }).await;
        field.keep(Accepted { form: prepared.form, jar: prepared.jar });
        true
    }

    /// Posts the answer, as a person would again where the connection breaks.
    async fn post_somewhere(&mut self, field: &Field, prepared: &Prepared) -> Result<Jar, Reason> {
        let mut is_lost = false;
        for node in from(prepared.node + 1, self.nodes.len()) {
            let Some(connection) = self.nodes.get_mut(node) else { continue };
            match post(field, connection, node, &prepared.jar, &prepared.form).await {
                Posted::LetIn(after) => return Ok(after),
                // The portal that was killed may have used the answer up.
                Posted::Refused(Reason::Told(code)) if is_lost && code == WITHOUT_REFERENCE => break,
                Posted::Refused(reason) => return Err(reason),
                Posted::Unanswered(why) => is_lost |= why == Unanswered::Lost,
            }
        }
        let told = if is_lost { "portal_killed_meanwhile" } else { "no_portal_answers" };
        Err(Reason::Told(told.to_owned()))
    }

    /// Looks at a page of the node where the login began: it must show the number that logged in.
    async fn look(&mut self, field: &Field, prepared: &Prepared, after: &Jar) {
        let Some(connection) = self.nodes.get_mut(prepared.node) else { return };
        let (asked, answer) = (Instant::now(), connection.get(PAGE, after).await);
        let expected = field.secrets.shown(&prepared.bsn).unwrap_or_default();
        field.with_tally(|tally| match answer {
            Ok(answer) if answer.status == 200 => {
                let is_right = !expected.is_empty() && answer.text() == expected;
                tally.pages_right += u64::from(is_right);
                tally.pages_mixed_up += u64::from(!is_right);
                tally.let_in_while_down += u64::from(tally.was_down(asked, Instant::now()));
            }
            Ok(answer) if answer.status == 401 => tally.sessions_lost += 1,
            _ => tally.pages_unanswered += 1,
        });
    }

    /// Posts an answer that was accepted at every node again: with its cookies, and from a browser that began a login.
    pub(super) async fn replay(&mut self, field: &Field, accepted: &Accepted) {
        let fresh = self.begin(field, field.turn().0).await.map(|(jar, _)| jar).unwrap_or_default();
        for (node, connection) in self.nodes.iter_mut().enumerate() {
            for jar in [&accepted.jar, &fresh] {
                let posted = post(field, connection, node, jar, &accepted.form).await;
                field.with_tally(|tally| match posted {
                    Posted::LetIn(_) => tally.replays_accepted += 1,
                    Posted::Refused(reason) => tally.refuse_replay(&reason),
                    Posted::Unanswered(_) => tally.replays_unanswered += 1,
                });
            }
        }
    }

    /// Posts an answer at every node while the store is down; it stays good for later.
    pub(super) async fn post_while_down(&mut self, field: &Field, prepared: &mut Prepared) {
        prepared.begun = None;
        for (node, connection) in self.nodes.iter_mut().enumerate() {
            // Whom it lets in is counted there.
            post(field, connection, node, &prepared.jar, &prepared.form).await;
            field.with_tally(|tally| tally.posted_while_down += 1);
        }
    }
}

/// Posts the answer at every node twice at the same moment: one of them may let in.
async fn race(field: &Field, prepared: &Prepared) -> Result<Jar, Reason> {
    let mut posts = JoinSet::new();
    for (node, mut connection) in connections(field).into_iter().chain(connections(field)).enumerate() {
        let (jar, form, sent) = (prepared.jar.clone(), prepared.form.clone(), Instant::now());
        posts.spawn(async move { (node, sent, connection.post(CONSUMER, &jar, &form).await) });
    }
    let (mut after, mut told, mut later) = (None, None, None);
    while let Some(Ok((node, sent, answer))) = posts.join_next().await {
        let posted = judge(field, node % field.nodes.len(), sent, &prepared.jar, answer).await;
        field.with_tally(|tally| match posted {
            Posted::LetIn(jar) if after.is_none() => after = Some(jar),
            Posted::LetIn(_) => tally.replays_accepted += 1,
            // Why the login came to nothing, if it does, is what anything but a second post says.
            Posted::Refused(Reason::Told(code)) if ONLY_LATER.contains(&code.as_str()) => {
                tally.refuse_replay(&Reason::Told(code.clone()));
                later = Some(Reason::Told(code));
            }
            Posted::Refused(reason) => told = Some(reason),
            Posted::Unanswered(Unanswered::Lost) => told = Some(Reason::Told("portal_killed_meanwhile".to_owned())),
            Posted::Unanswered(Unanswered::NotConnected) => tally.replays_unanswered += 1,
        });
    }
    field.with_tally(|tally| tally.races += 1);
    after.ok_or_else(|| told.or(later).unwrap_or_else(|| Reason::Told("no_portal_answers".to_owned())))
}

async fn post(field: &Field, connection: &mut Connection, node: usize, jar: &Jar, form: &Bytes) -> Posted {
    let sent = Instant::now();
    let answer = connection.post(CONSUMER, jar, form).await;
    judge(field, node, sent, jar, answer).await
}

/// Tells what an answer of a portal means. Somebody is let in who is sent on with a session.
async fn judge(field: &Field, node: usize, sent: Instant, jar: &Jar, answer: Result<Answer, Unanswered>) -> Posted {
    let answer = match answer {
        Ok(answer) => answer,
        Err(unanswered) => return Posted::Unanswered(unanswered),
    };
    let mut after = jar.clone();
    after.keep(&answer);
    if after.has(SESSION) {
        field.let_in(node, sent);
        return Posted::LetIn(after);
    }
    Posted::Refused(reason(field, &answer).await)
}

/// Finds out why a portal refuses: by the reference on its page, or by the page itself.
async fn reason(field: &Field, answer: &Answer) -> Reason {
    // No login is open for it in this browser, which is told at the place that it is sent to.
    if answer.location().is_some_and(|location| location.starts_with(CONTINUE)) {
        return Reason::Told(WITHOUT_REFERENCE.to_owned());
    }
    let page = answer.text();
    let page_of = || format!("status {}", answer.status);
    match between(&page, "<code>", "</code>") {
        Some(reference) => field.log.code(reference).await.map_or_else(|| Reason::Unexplained(page_of()), Reason::Told),
        None if answer.status == 403 && page.contains(OTHER_BROWSER) => Reason::Told(WITHOUT_REFERENCE.to_owned()),
        None => Reason::Unexplained(page_of()),
    }
}

fn connections(field: &Field) -> Vec<Connection> {
    field.nodes.iter().map(|node| Connection::new(node.address, "portal.example.nl")).collect()
}

/// Goes round all places once.
fn from(first: usize, count: usize) -> impl Iterator<Item = usize> {
    (first..first + count).map(move |place| place % count)
}

const RACE_EVERY: usize = 8;
const LOGIN: &str = "/saml/login?level=substantial&return_to=/session";
const CONSUMER: &str = "/saml/acs";
const LOG_IN: &str = "/broker/authn/simulator/authenticate/digid";
const CONTINUE: &str = "/saml/continue?request=";
const SESSION: &str = "__Host-saml-session";
const OTHER_BROWSER: &str = "Ga verder in de browser waar u bent begonnen";
/// What a second post of an answer is refused with.
const ONLY_LATER: [&str; 3] = ["assertion_replayed", "pending_request", "request_once"];
