//! `saml demo`: a portal and a broker on this machine.

mod back_channel;
mod configured;
pub(crate) mod listen;
mod once;
pub(crate) mod pages;
mod parties;

use std::fmt::Debug;
use std::io;
use std::process::ExitCode;

use axum::serve::Listener;
use clap::Args;
use saml_axum::Language;
use saml_digid::LevelOfAssurance;
use saml_protocol::Binding;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tracing_subscriber::filter::LevelFilter;

use back_channel::BackChannelEnds;
use listen::{base_url, listen};
use parties::{BrokerKind, Parties, Setup};

use crate::config::ConfigArguments;
use crate::failure::Failure;
use crate::output::{say, tell};
use crate::values::{language, level};

/// Start a portal and a broker on this machine, and log in
///
/// The portal is a web application that logs citizens in; the broker plays Signicat with DigiD behind it. Both listen
/// on this machine only, with keys made at the start, and forget everything at the end: Ctrl-C.
///
/// With --config it starts the broker alone, as the partner of a portal that runs by that file (saml portal): it knows
/// the portal's metadata, and writes its own, and the certificate that signs it, to where the file looks for them. It
/// overwrites no file but those that it wrote itself, answers by HTTP-POST, and is never the partner of a production.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,

    /// Port of the portal; 0 picks a free one [default: 8080, with --once 0]
    #[arg(long, value_name = "PORT", conflicts_with = "config")]
    portal_port: Option<u16>,

    /// Port of the broker; 0 picks a free one [default: 8081, with --once 0]
    #[arg(long, value_name = "PORT")]
    broker_port: Option<u16>,

    /// Port where tests say what the next login does, on this machine only; 0 picks a free one [default: none]
    #[arg(long, value_name = "PORT", conflicts_with = "once")]
    control_port: Option<u16>,

    /// Log in once over HTTP without a browser, log out again, print who that was as one line of JSON, and end
    #[arg(long)]
    once: bool,

    /// What the broker is
    #[arg(long, value_name = "PROFILE", value_enum, default_value_t = BrokerKind::SignicatBroker, conflicts_with = "config")]
    profile: BrokerKind,

    /// How the broker answers: post, or artifact over mutual TLS [default: artifact, with signicat-broker post]
    #[arg(long, value_name = "BINDING", conflicts_with = "config", value_parser = binding)]
    binding: Option<Binding>,

    /// Level of assurance to ask for: basic, middle, substantial or high
    #[arg(long, value_name = "LEVEL", default_value = "substantial", conflicts_with = "config", value_parser = level)]
    level: LevelOfAssurance,

    /// Language of the pages: nl or en
    #[arg(long, value_name = "LANGUAGE", default_value = "nl", value_parser = language)]
    lang: Language,
}

/// Runs the command: 0 at its end, 1 when the login fails, 2 for a port that cannot be had.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let ended = match Runtime::new() {
        Ok(runtime) => runtime.block_on(async {
            match arguments.config.read()? {
                Some(configured) => configured::start(arguments, &configured).await,
                None => start(arguments).await,
            }
        }),
        Err(error) => Err(Failure::new(format!("no runtime: {error}"))),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell(&format!("saml demo: {failure}"));
            failure.exit_code()
        }
    }
}

/// Starts the portal and the broker, and logs in or waits for Ctrl-C.
async fn start(arguments: &Arguments) -> Result<(), Failure> {
    let port = |given: Option<u16>, usual| given.unwrap_or(if arguments.once { 0 } else { usual });
    let portal = listen(port(arguments.portal_port, PORTAL_PORT), "--portal-port").await?;
    let broker = listen(port(arguments.broker_port, BROKER_PORT), "--broker-port").await?;
    let control = match arguments.control_port {
        Some(port) => Some(listen(port, "--control-port").await?),
        None => None,
    };
    let (portal_url, broker_url) = (base_url(&portal)?, base_url(&broker)?);
    let ends = match arguments.binding()? {
        Binding::HttpArtifact => Some(BackChannelEnds::make(listen(0, "--binding post").await?)?),
        _ => None,
    };
    let (portal_end, broker_end) = ends.map(|ends| (ends.portal, ends.broker)).unzip();
    let setup = Setup {
        portal_url: &portal_url,
        broker_url: &broker_url,
        broker: arguments.profile,
        level: arguments.level,
        language: arguments.lang,
    };
    let parties = Parties::introduce(&setup, portal_end)?;

    log(arguments.once);
    let mut servers = JoinSet::new();
    serve(&mut servers, portal, parties.portal);
    serve(&mut servers, broker, parties.broker.browser);
    if let Some(listener) = broker_end {
        serve(&mut servers, listener, parties.broker.back_channel);
    }
    let control_url = control.as_ref().map(base_url).transpose()?;
    if let Some(listener) = control {
        serve(&mut servers, listener, parties.broker.control);
    }
    if arguments.once {
        let line = once::log_in(&portal_url, arguments.level, arguments.lang, true).await?;
        return say(&line);
    }
    say(&format!("Portal: {portal_url}/"))?;
    say(&format!("Broker: {broker_url}/ (plays {})", plays(arguments.profile)))?;
    if let Some(url) = control_url {
        say(&format!("Control: {url}/next-login"))?;
    }
    say("Open the portal in a browser. Ctrl-C ends both.")?;
    tokio::select! {
        ended = tokio::signal::ctrl_c() => ended.map_err(Failure::new),
        _ = servers.join_next() => Err(Failure::new("a server ended by itself")),
    }
}

/// What an operator would read goes to stderr; stdout has what the user needs. Of one login, only why it is refused.
fn log(once: bool) {
    let level = if once { LevelFilter::WARN } else { LevelFilter::INFO };
    tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr).with_target(false).init();
}

impl Arguments {
    /// Returns how the broker answers; only the one of Signicat has a choice.
    fn binding(&self) -> Result<Binding, Failure> {
        match (self.profile, self.binding) {
            (BrokerKind::SignicatBroker, binding) => Ok(binding.unwrap_or(Binding::HttpPost)),
            (_, Some(Binding::HttpPost)) => Err(Failure::usage(
                "this profile answers by artifact alone: leave --binding out, or choose --profile signicat-broker",
            )),
            _ => Ok(Binding::HttpArtifact),
        }
    }
}

const fn plays(broker: BrokerKind) -> &'static str {
    match broker {
        BrokerKind::Digid => "DigiD",
        BrokerKind::StSaml => "Stelsel Toegang with DigiD behind it",
        BrokerKind::SignicatBroker => "Signicat with DigiD behind it",
    }
}

fn serve<L: Listener<Addr: Debug>>(servers: &mut JoinSet<io::Result<()>>, listener: L, router: axum::Router) {
    servers.spawn(async { axum::serve(listener, router).await });
}

fn binding(name: &str) -> Result<Binding, String> {
    match name {
        "post" => Ok(Binding::HttpPost),
        "artifact" => Ok(Binding::HttpArtifact),
        _ => Err("expected post or artifact".to_owned()),
    }
}

const PORTAL_PORT: u16 = 8080;
const BROKER_PORT: u16 = 8081;

const EXAMPLE: &str = "\
Examples:
  saml demo                                    then open http://127.0.0.1:8080/
  saml demo --portal-port 0 --broker-port 0    on two free ports
  saml demo --once --level high                without a browser
  saml demo --control-port 8082                tests say there what the next login does
  saml demo --config saml.toml                 the broker alone, for saml portal --config saml.toml
  saml demo --once --profile digid             DigiD itself, by artifact over mutual TLS";
