//! `saml forge run`: every attack against a service provider that runs.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use clap::Args;
use saml_forge::Signed;
use saml_forge::attack::Carrier;
use tokio::runtime::Runtime;

use crate::client::Reach;
use crate::failure::Failure;
use crate::forge::case::{Case, Selection, Twin, plan};
use crate::forge::judge::{Expected, Judge};
use crate::forge::list::EXAMPLE_REQUEST;
use crate::forge::message::{MessageArguments, Names, Template, signing_key};
use crate::forge::report::{Report, Tried, Verdict};
use crate::forge::target::{Login, Outcome, Success, Target};
use crate::output::{say, tell};

/// Post every attack to a running service provider, and report which of them it let in
///
/// Works with a service provider in any language. It must trust the certificate of --cert as that of the identity
/// provider --issuer. Good messages go first and last: a target that does not let these in proves nothing by refusing
/// the others. A target that lets in known users alone must know both NameIDs, of --name-id and of --forged-name-id:
/// where it does not know the second, it refuses forgeries for that reason, which proves nothing.
///
/// Exit status: 0 all refused, 1 something let in or not answered, 2 wrong usage or a good message refused.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// URL of the assertion consumer service to post to
    #[arg(long, value_name = "ACS_URL")]
    target: String,

    /// Says that the attacks are expected to be refused: what is let in makes the exit status 1
    #[arg(long, required = true)]
    expect_reject: bool,

    /// Allows a target that is not on this machine: attack only what is yours to test
    #[arg(long)]
    i_own_this_target: bool,

    /// Entity ID of the identity provider that the target trusts
    #[arg(long, value_name = "URI")]
    issuer: String,

    /// Private key (PEM) of that identity provider
    #[arg(long, value_name = "KEY.pem")]
    key: PathBuf,

    /// Certificate (PEM) of that key
    #[arg(long, value_name = "CERT.pem")]
    cert: PathBuf,

    /// Entity ID of the target, which is the audience
    #[arg(long, value_name = "URI", alias = "audience")]
    entity_id: String,

    /// The URL that the target knows its assertion consumer service by [default: that of --target]
    #[arg(long, value_name = "URL")]
    acs: Option<String>,

    /// Page of the target that begins a login; it is asked for a new request before each message
    #[arg(long, value_name = "URL", required_unless_present = "in_response_to", conflicts_with = "in_response_to")]
    login_url: Option<String>,

    /// The ID of a request that the target accepts any number of answers to
    #[arg(long, value_name = "ID")]
    in_response_to: Option<String>,

    /// RelayState to send with --in-response-to
    #[arg(long, value_name = "TEXT", requires = "in_response_to")]
    relay_state: Option<String>,

    /// Cookie to send with --in-response-to; may be repeated
    #[arg(long, value_name = "NAME=VALUE", requires = "in_response_to")]
    cookie: Vec<String>,

    /// Statuses of an answer that lets somebody in, such as 302,303
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    success_status: Vec<u16>,

    /// Text in the Location of an answer that lets somebody in
    #[arg(long, value_name = "TEXT")]
    success_location: Option<String>,

    /// Text in the body of an answer that lets somebody in
    #[arg(long, value_name = "TEXT")]
    success_body: Option<String>,

    /// Page that only who is logged in sees; it is asked for where the answer looks like a success
    #[arg(long, value_name = "URL", requires = "session_body")]
    session_url: Option<String>,

    /// Text on that page when somebody is logged in
    #[arg(long, value_name = "TEXT", requires = "session_url")]
    session_body: Option<String>,

    /// What a page shows of the one whom the attacker wants to be [default: --forged-name-id]
    #[arg(long, value_name = "TEXT")]
    forged_shown: Option<String>,

    #[command(flatten)]
    message: MessageArguments,

    #[command(flatten)]
    selection: Selection,

    /// HTTP requests in a second
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    rate: u32,

    /// Seconds to wait for an answer
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,

    /// Write the report as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// Write the report as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let runtime = Runtime::new().map_err(|error| Failure::new(format!("no runtime: {error}")))?;
    let report = runtime.block_on(Run::start(arguments))?;
    // First to who waits for it: a file that cannot be written must not cost the round.
    say(&report.table())?;
    for (path, content) in [(&arguments.junit, report.junit()?), (&arguments.json, report.json())] {
        if let Some(path) = path {
            std::fs::write(path, content).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
        }
    }
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// One round of attacks.
struct Run {
    template: Template,
    target: Target,
    /// The plain good messages that the target does not let in.
    refused_twins: Vec<Signed>,
}

impl Run {
    /// Plays the whole round: a form without a message first, then the good messages, the attacks, and a good one
    /// again.
    async fn start(arguments: &Arguments) -> Result<Report, Failure> {
        let attacks = arguments.selection.attacks()?;
        let template = template(arguments)?;
        let target = target(arguments, &template)?;
        let mut run = Self { template, target, refused_twins: Vec::new() };
        run.target.check().await?;

        let request = run.target.request().await.map_err(Failure::into_usage)?;
        let force_authn = request.force_authn || arguments.message.force_authn;
        let now = Utc::now();
        let judge = Judge::new(&run.template, EXAMPLE_REQUEST, force_authn, now + TimeDelta::seconds(2))?;
        // Which request is answered plays no part in what must come of a case.
        let good = run.template.good(EXAMPLE_REQUEST, now)?;
        if let Some(code) = judge.refuses(Carrier::Response, good.signed(Signed::Both).as_bytes()) {
            return Err(Failure::usage(format!(
                "our own validator refuses the good message under this --profile ({code}): check --profile, --name-id, \
                 --level and --authority"
            )));
        }
        let (cases, left_out) = plan(&attacks, &good, &judge, arguments.message.encrypt_to.is_some());

        let nothing = run.target.post_nothing(request).await;
        let nothing = nothing.map_err(|failure| Failure::usage(format!("{failure}: does the target run?")))?;
        if nothing.let_in {
            return Err(Failure::usage(
                "a form without any message looks like a success too: narrow it down with --success-location, \
                 --success-body or --session-url",
            ));
        }
        run.good_twins(&cases).await?;
        let tried = run.cases(cases).await?;
        if !run.twin(Signed::Both).await?.let_in {
            return Err(Failure::usage(
                "the good message was let in at the start and is not at the end, so that the refusals in between prove \
                 nothing: see whether the target still runs or has locked somebody out, and use --login-url where it takes \
                 one answer for each request",
            ));
        }
        Ok(Report { target: run.target.acs, tried, left_out, refused_twins: run.refused_twins })
    }

    /// Tries the good messages that differ in what is signed: the one with both signatures must be let in.
    async fn good_twins(&mut self, cases: &[Case]) -> Result<(), Failure> {
        let good = self.twin(Signed::Both).await?;
        if !good.let_in {
            return Err(Failure::usage(format!(
                "the good message is not let in (status {}{}): check that the target trusts --cert for --issuer, that \
                 --entity-id and --acs are its own, that --login-url or --in-response-to and the cookies fit, that it knows \
                 the NameID and takes the --level, and that --success-… and --session-… describe its answer",
                good.status,
                good.location.map(|location| format!(", Location {location}")).unwrap_or_default()
            )));
        }
        for signed in [Signed::Assertion, Signed::Response] {
            let needed = cases.iter().any(|case| case.twin == Twin::Plain(signed));
            if needed && !self.twin(signed).await?.let_in {
                self.refused_twins.push(signed);
            }
        }
        Ok(())
    }

    /// Sends a good message with such signatures.
    async fn twin(&self, signed: Signed) -> Result<Outcome, Failure> {
        let request = self.target.request().await.map_err(Failure::into_usage)?;
        let good = self.template.good(&request.id, Utc::now())?.signed(signed);
        let outcome = self.target.post(request, Carrier::Response, good.as_bytes()).await;
        outcome.map_err(|failure| Failure::usage(format!("the good message has no answer: {failure}")))
    }

    async fn cases(&self, cases: Vec<Case>) -> Result<Vec<Tried>, Failure> {
        let (count, mut told) = (cases.len(), Instant::now());
        tell(&format!("saml forge run: {count} messages to {}", self.target.acs));
        let mut tried = Vec::with_capacity(count);
        for case in cases {
            if told.elapsed() > BETWEEN_LINES {
                tell(&format!("saml forge run: {} of {count}, at {}", tried.len(), case.attack.id));
                told = Instant::now();
            }
            tried.push(self.case(case).await?);
        }
        Ok(tried)
    }

    /// Tries one message, and says what came of it.
    async fn case(&self, case: Case) -> Result<Tried, Failure> {
        let twin_let_in = match case.twin {
            Twin::Plain(signed) => !self.refused_twins.contains(&signed),
            Twin::Own => self.send(&case, true).await?.is_ok_and(|outcome| outcome.let_in),
        };
        let sent = self.send(&case, false).await?;
        let verdict = match &sent {
            Err(failure) => Verdict::Error(failure.to_string()),
            Ok(outcome) if outcome.as_forged => Verdict::LetIn { as_forged: true },
            Ok(outcome) if outcome.let_in && case.expected == Expected::Harmless => Verdict::Harmless,
            Ok(outcome) if outcome.let_in => Verdict::LetIn { as_forged: false },
            Ok(_) if twin_let_in => Verdict::Refused,
            Ok(_) => Verdict::RefusedWithTwin,
        };
        let outcome = sent.ok();
        Ok(Tried {
            attack: case.attack,
            variant: case.variant,
            expected: case.expected,
            verdict,
            status: outcome.as_ref().map(|outcome| outcome.status),
            location: outcome.and_then(|outcome| outcome.location),
        })
    }

    /// Makes the message of a case, or its good twin, for a new request, and sends it; the inner error is no answer.
    async fn send(&self, case: &Case, twin: bool) -> Result<Result<Outcome, Failure>, Failure> {
        let request = match self.target.request().await {
            Ok(request) => request,
            Err(failure) => return Ok(Err(failure)),
        };
        let good = self.template.good(&request.id, Utc::now())?;
        let variant = case.attack.variant(&good, case.index).map_err(Failure::new)?;
        let variant = variant.ok_or_else(|| Failure::new(format!("{} has lost a variant", case.attack.id)))?;
        let message = if twin { variant.twin } else { variant.message };
        Ok(self.target.post(request, case.attack.carrier, &message).await)
    }
}

/// Reads with which keys and names messages are made.
fn template(arguments: &Arguments) -> Result<Template, Failure> {
    let names = Names {
        issuer: arguments.issuer.clone(),
        entity_id: arguments.entity_id.clone(),
        acs: arguments.acs.clone().unwrap_or_else(|| arguments.target.clone()),
    };
    let key = signing_key(&arguments.key, &arguments.cert)?;
    Template::of_our_own(&arguments.message, names, Some(key), Utc::now())
}

/// Reads where they go, and what an answer looks like that lets somebody in.
fn target(arguments: &Arguments, template: &Template) -> Result<Target, Failure> {
    let session = arguments.session_url.clone().zip(arguments.session_body.clone());
    let says = [&arguments.success_location, &arguments.success_body];
    if arguments.success_status.is_empty() && says.iter().all(|said| said.is_none()) && session.is_none() {
        return Err(Failure::usage(
            "expected what an answer looks like that lets somebody in, found nothing: give --success-status, \
             --success-location, --success-body or --session-url",
        ));
    }
    let login = match (&arguments.login_url, &arguments.in_response_to) {
        (Some(url), _) => Login::Url(url.clone()),
        (None, request_id) => Login::Given {
            request_id: request_id.clone().unwrap_or_default(),
            relay_state: arguments.relay_state.clone(),
            cookies: arguments.cookie.clone(),
        },
    };
    let forged = arguments.forged_shown.as_ref().unwrap_or(&template.forged_name_id);
    let success = Success {
        statuses: arguments.success_status.clone(),
        location: arguments.success_location.clone(),
        body: arguments.success_body.clone(),
        session,
        forged: forged.clone(),
    };
    let reach = if arguments.i_own_this_target { Reach::Anywhere } else { Reach::Loopback };
    let patience = Duration::from_secs(arguments.timeout);
    Ok(Target::new(arguments.target.clone(), login, success, reach, patience, arguments.rate))
}

/// How often it is said how far it is.
const BETWEEN_LINES: Duration = Duration::from_secs(2);

const EXAMPLE: &str = "\
Example:
  saml forge run --target http://127.0.0.1:8080/saml/acs --expect-reject \\
    --entity-id http://127.0.0.1:8080/saml/metadata --issuer https://idp.example.nl/saml \\
    --key idp.key.pem --cert idp.crt.pem --profile web-sso \\
    --login-url http://127.0.0.1:8080/saml/login --success-status 302,303 \\
    --session-url http://127.0.0.1:8080/account --session-body 'Log out' --junit report.xml

Every message is judged by our own validator too, under --profile: what that accepts, the target may accept, as long as
whoever is logged in is the one of the good message. --session-url shows whether that is so.";
