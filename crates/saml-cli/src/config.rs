//! `--config`: what commands take from the one configuration file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use saml_config::{ConfigFile, Deployment, Level, Parts, environment_name};
use saml_digid::{Environment, LevelOfAssurance};
use saml_doctor::Subject;

use crate::failure::Failure;

/// The configuration file, where every setting may come from it.
#[derive(Clone, Debug, Args)]
pub(crate) struct ConfigArguments {
    /// The configuration file
    #[arg(long, value_name = "saml.toml")]
    pub(crate) config: Option<PathBuf>,

    /// The environment in the configuration file; may be left out where that has one only
    #[arg(long, value_enum, requires = "config")]
    pub(crate) environment: Option<EnvironmentArgument>,
}

/// The environments by their names on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EnvironmentArgument {
    /// Where test persons log in
    Preproduction,
    /// Where citizens log in
    Production,
}

/// A configuration file that was read, and the environment that is meant.
#[derive(Clone, Debug)]
pub(crate) struct Configured {
    deployment: Deployment,
    environment: Environment,
    base: PathBuf,
}

impl ConfigArguments {
    /// Reads the file that is named; `None` where none is.
    pub(crate) fn read(&self) -> Result<Option<Configured>, Failure> {
        self.config.as_deref().map(|path| Configured::read(path, self.environment)).transpose()
    }
}

impl Configured {
    /// Reads a file, and takes the environment that is named, or the only one.
    pub(crate) fn read(path: &Path, environment: Option<EnvironmentArgument>) -> Result<Self, Failure> {
        let shown = path.display();
        let file = read_file(path)?;
        let found: Vec<(Environment, &Deployment)> = file.deployments().collect();
        let (environment, deployment) = match (environment.map(Environment::from), found.as_slice()) {
            (Some(named), found) => *found.iter().find(|(known, _)| *known == named).ok_or_else(|| {
                let name = environment_name(named);
                Failure::usage(format!("{shown}: expected the table [{name}], found none: add it with saml init"))
            })?,
            (None, [only]) => *only,
            (None, []) => {
                return Err(Failure::usage(format!(
                    "{shown}: expected the table [preproduction] or [production], found neither: make it with saml init"
                )));
            }
            (None, _) => {
                return Err(Failure::usage(format!(
                    "{shown} has both environments: say which with --environment preproduction or production"
                )));
            }
        };
        Ok(Self { deployment: deployment.clone(), environment, base: folder(path).to_owned() })
    }

    pub(crate) fn parts(&self) -> Parts<'_> {
        Parts::new(&self.deployment, self.environment, &self.base)
    }

    /// Returns where a path of the file leads.
    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        self.base.join(path)
    }
}

/// Reads a configuration file.
pub(crate) fn read_file(path: &Path) -> Result<ConfigFile, Failure> {
    let unusable = |error: &dyn std::fmt::Display| Failure::usage(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| unusable(&error))?;
    ConfigFile::parse(&text).map_err(|error| unusable(&error))
}

/// Returns the folder that the paths of a configuration file are relative to.
pub(crate) fn folder(path: &Path) -> &Path {
    // The parent of a name alone is the empty path, which stands for the present directory.
    path.parent().unwrap_or_else(|| Path::new(""))
}

/// Takes the environments of a file that are meant: the one that is named, or all.
pub(crate) fn subjects<'c>(
    config: &'c ConfigFile,
    path: &'c Path,
    environment: Option<EnvironmentArgument>,
    at: DateTime<Utc>,
) -> Result<Vec<Subject<'c>>, Failure> {
    let environment = environment.map(Environment::from);
    let wanted = environment.map_or(vec![Environment::PreProduction, Environment::Production], |one| vec![one]);
    let found = wanted.into_iter().filter_map(|environment| Subject::new(config, environment, folder(path), at));
    let subjects: Vec<Subject<'_>> = found.collect();
    if subjects.is_empty() {
        let expected = environment.map_or("[preproduction] or [production]".to_owned(), |environment| {
            format!("[{}]", environment_name(environment))
        });
        return Err(Failure::usage(format!(
            "{}: expected the table {expected}, found none: add it with saml init",
            path.display()
        )));
    }
    Ok(subjects)
}

/// Puts the settings of the file that `saml explain --config` names where its own options are, each that is not given.
///
/// What an option cannot say, such as the names of attributes or the passphrase of a key, [`explain`](crate::explain)
/// takes from the file itself.
pub(crate) fn expand(arguments: Vec<OsString>) -> Result<Vec<OsString>, Failure> {
    let given = |option: &str| {
        let with_value = format!("{option}=");
        let is_it =
            |argument: &OsString| argument.to_str().is_some_and(|text| text == option || text.starts_with(&with_value));
        arguments.iter().position(is_it)
    };
    let value = |option: &str| {
        let place = given(option)?;
        let argument = arguments.get(place)?.to_str()?;
        let after = || arguments.get(place + 1).cloned();
        argument.split_once('=').map(|(_, value)| value.into()).or_else(after)
    };
    let is_explain = arguments.get(1).is_some_and(|command| command == "explain");
    let Some(path) = value("--config").filter(|_| is_explain) else { return Ok(arguments) };
    if let Some(option) =
        ["--profile", "--allow-authority", "--service"].into_iter().find(|option| given(option).is_some())
    {
        return Err(Failure::usage(format!("{option} is in the configuration file: leave it or --config out")));
    }
    // A name that is none is for the command to refuse.
    let environment = value("--environment");
    let environment = environment.as_deref().and_then(|name| name.to_str());
    let environment = environment.and_then(|name| EnvironmentArgument::from_str(name, false).ok());
    let configured = Configured::read(Path::new(&path), environment)?;
    let mut added: Vec<OsString> = Vec::new();
    for (option, values) in configured.options() {
        if given(option).is_none() {
            added.extend(values.into_iter().flat_map(|value| [option.into(), value]));
        }
    }
    let mut expanded = arguments;
    // Behind the name of the program and of the command.
    expanded.splice(2..2, added);
    Ok(expanded)
}

impl Configured {
    /// Returns the options of `saml explain` that say the same.
    fn options(&self) -> Vec<(&'static str, Vec<OsString>)> {
        let Deployment { profile, portal, login, identity_provider, .. } = &self.deployment;
        let level = LevelOfAssurance::from(Level::clone(&login.level)).name();
        vec![
            ("--profile", vec![profile.as_str().into()]),
            ("--metadata", vec![self.path(&identity_provider.metadata).into_os_string()]),
            ("--entity-id", vec![portal.entity_id().into()]),
            ("--acs", vec![portal.assertion_consumer_service().into()]),
            ("--level", vec![level.into()]),
            ("--service", login.service.iter().map(OsString::from).collect()),
        ]
    }
}

impl From<EnvironmentArgument> for Environment {
    fn from(environment: EnvironmentArgument) -> Self {
        match environment {
            EnvironmentArgument::Preproduction => Self::PreProduction,
            EnvironmentArgument::Production => Self::Production,
        }
    }
}

/// The name of the file, where a directory is named.
pub(crate) const CONFIG: &str = "saml.toml";
