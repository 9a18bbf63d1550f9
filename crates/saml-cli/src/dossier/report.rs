//! The dossier: the norms, each with what can be shown, and the evidence behind it.

use saml_doctor::{BUILT_IN, Finding, Outcome};
use saml_state::{PendingRequest, SessionId};

use super::canonical::digest;
use super::document::{Block, Document, Value};
use super::norms::{Chapter, NORMS, Norm};
use super::sheet::in_dutch;
use super::{CANONICAL, Evidence};
use crate::certificates::{Lang, svg};
use crate::failure::Failure;

pub(super) fn document(evidence: &Evidence<'_>) -> Result<Document, Failure> {
    let mut blocks = head(evidence);
    blocks.push(section("De 21 normen"));
    blocks.push(text(
        "Per norm staat hier wat deze software kan laten zien, en wat de organisatie zelf moet laten zien. De omschrijving is in \
         onze woorden; de tekst van de norm zelf staat in het normenkader. Bij normen met een ster kijkt de auditor ook of het \
         heel het jaar zo werkte. Deze software ziet alleen het moment waarop dit dossier is gemaakt.",
    ));
    for norm in &NORMS {
        blocks.extend(shown(norm, evidence));
    }
    for chapter in CHAPTERS {
        blocks.push(section(chapter.title()));
        blocks.extend(match chapter {
            Chapter::Configuration => configuration(evidence),
            Chapter::Algorithms => algorithms(evidence),
            Chapter::Certificates => certificates(evidence)?,
            Chapter::Web => web(evidence),
            Chapter::Components => components(evidence),
            Chapter::Attacks => attacks(evidence),
            Chapter::Doctor => doctor(evidence),
        });
    }
    let title = format!(
        "Dossier DigiD-assessment: {}, {}",
        evidence.deployment().portal.organisation,
        in_dutch(evidence.name())
    );
    Ok(Document { title, blocks })
}

fn head(evidence: &Evidence<'_>) -> Vec<Block> {
    vec![
        text(
            "Dit dossier is bewijs voor het ICT-beveiligingsassessment DigiD. Het is geen certificaat en geen oordeel: dat geeft \
             de auditor (RE). Het gaat alleen over het inloggen met SAML, niet over de rest van de applicatie.",
        ),
        Block::Facts(vec![
            ("Gemaakt op".to_owned(), known(evidence.at.format("%Y-%m-%d %H:%M UTC").to_string())),
            ("Omgeving".to_owned(), known(in_dutch(evidence.name()))),
            ("Organisatie".to_owned(), known(evidence.deployment().portal.organisation.clone())),
            ("Profiel".to_owned(), known(evidence.deployment().profile.as_str())),
            ("Versie van de software".to_owned(), known(format!("saml {}", env!("CARGO_PKG_VERSION")))),
            ("SHA-256 van de configuratie".to_owned(), known(digest(evidence.canonical.as_bytes()))),
        ]),
    ]
}

fn shown(norm: &Norm, evidence: &Evidence<'_>) -> [Block; 3] {
    let star = if norm.operating { " ★" } else { "" };
    let software = if norm.software.is_empty() {
        "Niets: dit ligt buiten deze software.".to_owned()
    } else {
        norm.software.to_owned()
    };
    let mut facts = vec![("Wat de software laat zien".to_owned(), known(software))];
    if !norm.evidence.is_empty() {
        let titles: Vec<&str> = norm.evidence.iter().map(|chapter| chapter.title()).collect();
        facts.push(("Bewijs in hoofdstuk".to_owned(), known(titles.join("; "))));
    }
    // Evidence that was not brought is no evidence.
    let missing = norm.evidence.iter().filter_map(|chapter| chapter.not_brought(evidence));
    facts.extend(missing.map(|task| ("Nog toe te voegen".to_owned(), Value::Missing(task.to_owned()))));
    facts.push(("Wat de organisatie zelf laat zien".to_owned(), known(norm.organisation)));
    [Block::Heading(format!("{}{star}", norm.code)), text(norm.about), Block::Facts(facts)]
}

impl Chapter {
    /// Says what to bring where the chapter has nothing to show.
    fn not_brought(self, evidence: &Evidence<'_>) -> Option<&'static str> {
        match self {
            Self::Components if evidence.sbom.is_none() => Some(NO_SBOM),
            Self::Attacks if evidence.attacks.is_none() => Some(NO_ATTACKS),
            Self::Web if evidence.probed.is_err() => Some("het portaal kon niet worden gemaakt; zie het hoofdstuk"),
            _ => None,
        }
    }
}

fn configuration(evidence: &Evidence<'_>) -> Vec<Block> {
    let lines = evidence.canonical.lines().map(str::to_owned).collect();
    vec![
        text(format!(
            "De instellingen van deze omgeving, elke instelling op een regel, in vaste volgorde. Regels die beginnen met holds \
             zeggen wat geldt, ook als het bestand er niets over zegt. Geheimen staan hier niet in. De hash is de SHA-256 van \
             het bestand {CANONICAL}: {}",
            digest(evidence.canonical.as_bytes())
        )),
        Block::List(lines),
    ]
}

fn algorithms(evidence: &Evidence<'_>) -> Vec<Block> {
    match evidence.parts.profile() {
        Err(error) => vec![text(format!("Niet te zeggen: {error}"))],
        Ok(profile) => {
            let rows = profile.rules().into_iter();
            let rows = rows.map(|rule| vec![rule.name.to_owned(), rule.value, rule.clause.to_owned()]).collect();
            vec![
                text(
                    "De regels waaraan elk antwoord wordt getoetst, zoals de software ze gebruikt (saml profile show). Wat er niet in staat, wordt geweigerd.",
                ),
                Block::Table { head: vec!["Regel", "Wat wordt geaccepteerd", "Bron"], rows },
                text("Altijd, wat de configuratie ook zegt:"),
                Block::List(BUILT_IN.iter().map(|line| (*line).to_owned()).collect()),
            ]
        }
    }
}

fn certificates(evidence: &Evidence<'_>) -> Result<Vec<Block>, Failure> {
    let rows = evidence.looked.rows.iter().map(|row| {
        let entry = &row.entry;
        let role = Lang::Nl.role(entry.role).to_owned();
        match &entry.facts {
            Err(reason) => {
                vec![entry.place.clone(), role, format!("niet te lezen: {reason}"), String::new(), String::new()]
            }
            Ok(facts) => vec![
                entry.place.clone(),
                role,
                format!("{}; uitgever {}; serienummer {}", facts.subject, facts.issuer, facts.serial),
                format!(
                    "{} – {} ({} dagen)",
                    facts.not_before.format("%Y-%m-%d"),
                    facts.not_after.format("%Y-%m-%d"),
                    row.days_left(evidence.at).unwrap_or_default()
                ),
                facts.sha256.clone(),
            ],
        }
    });
    Ok(vec![
        Block::Picture(svg(std::slice::from_ref(&evidence.looked), Lang::Nl)?),
        Block::Table { head: vec!["Plaats", "Voor", "Certificaat", "Geldig", "SHA-256"], rows: rows.collect() },
    ])
}

fn web(evidence: &Evidence<'_>) -> Vec<Block> {
    let minutes = |time: chrono::TimeDelta| format!("{} minuten", time.num_minutes());
    let mut facts = vec![
        ("Een sessie eindigt zonder gebruik na".to_owned(), known(minutes(SessionId::IDLE))),
        ("Een begonnen login vervalt na".to_owned(), known(minutes(PendingRequest::LIFETIME))),
        (
            "Opnieuw inloggen verplicht (ForceAuthn)".to_owned(),
            known(if evidence.deployment().login.force_authn { "ja" } else { "nee" }),
        ),
    ];
    if let Some(own) = evidence.deployment().application.session_idle_minutes {
        facts.push(("De eigen sessie van de applicatie eindigt na".to_owned(), known(format!("{own} minuten"))));
    }
    let mut blocks = vec![Block::Facts(facts)];
    match &evidence.probed {
        Err(reason) => blocks.push(text(format!(
            "De headers en cookies zijn niet bekeken, want met deze configuratie start het portaal nog niet: {reason}"
        ))),
        Ok(probed) => {
            let rows = probed.headers.iter().map(|(name, value)| vec![name.clone(), value.clone()]).collect();
            blocks.push(text(
                "Het portaal is met deze configuratie gestart in het geheugen, en heeft zelf deze headers en cookies gegeven. Een \
                 webserver ervoor kan ze nog veranderen: kijk dat na met saml doctor --online.",
            ));
            blocks.push(Block::Table { head: vec!["Header", "Waarde"], rows });
            blocks.push(Block::List(probed.cookies.clone()));
        }
    }
    blocks
}

fn components(evidence: &Evidence<'_>) -> Vec<Block> {
    let Some(sbom) = &evidence.sbom else { return vec![text(format!("Niet bijgevoegd: {NO_SBOM}"))] };
    let without = match sbom.without_licence.as_slice() {
        [] => "geen".to_owned(),
        some => some.join(", "),
    };
    vec![Block::Facts(vec![
        ("Bestand".to_owned(), known(format!("{}, CycloneDX {}", sbom.file, sbom.version))),
        ("SHA-256 van dat bestand".to_owned(), known(sbom.sha256.clone())),
        ("Van".to_owned(), Value::or_missing(sbom.of.clone(), "het bestand zegt niet van welk programma het is")),
        ("Aantal onderdelen".to_owned(), known(sbom.components.to_string())),
        ("Onderdelen zonder licentie".to_owned(), known(without)),
    ])]
}

fn attacks(evidence: &Evidence<'_>) -> Vec<Block> {
    let Some(attacks) = &evidence.attacks else { return vec![text(format!("Niet bijgevoegd: {NO_ATTACKS}"))] };
    let mut blocks = vec![Block::Facts(vec![
        ("Bestand".to_owned(), known(attacks.file.clone())),
        ("SHA-256 van dat bestand".to_owned(), known(attacks.sha256.clone())),
        ("Doorstaan".to_owned(), known(attacks.refused.to_string())),
        ("Ten onrechte binnengelaten".to_owned(), known(attacks.let_in.len().to_string())),
        ("Geen antwoord".to_owned(), known(attacks.errors.to_string())),
        ("Niet geprobeerd, of zegt niets".to_owned(), known(attacks.skipped.to_string())),
    ])];
    if !attacks.let_in.is_empty() {
        blocks.push(text("Binnengelaten. Zoek dit eerst uit:"));
        blocks.push(Block::List(attacks.let_in.clone()));
    }
    blocks.push(text(
        "Het rapport zegt niet op welk systeem en wanneer de aanvallen zijn nagespeeld: leg dat erbij vast. Een doorstane \
         aanval zegt alleen iets over deze aanval.",
    ));
    blocks
}

fn doctor(evidence: &Evidence<'_>) -> Vec<Block> {
    let report = &evidence.doctor;
    let counts = [
        ("In orde", Outcome::Ok),
        ("Probleem", Outcome::Problem),
        ("Waarschuwing", Outcome::Warning),
        ("Alleen door een mens te doen", Outcome::Human),
        ("Niet bekeken", Outcome::NotLookedAt),
    ];
    let facts = counts.map(|(name, outcome)| (name.to_owned(), known(report.count(outcome).to_string())));
    let word = |outcome| match outcome {
        Outcome::Problem => "probleem",
        Outcome::Warning => "waarschuwing",
        Outcome::Human => "mens",
        Outcome::NotLookedAt => "niet bekeken",
        Outcome::Ok => "in orde",
    };
    let row = |finding: &Finding| {
        vec![
            word(finding.outcome).to_owned(),
            finding.check.code.to_owned(),
            format!("{}: {}", finding.check.title, finding.found),
        ]
    };
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.outcome));
    vec![
        text(
            "De uitkomst van saml doctor voor deze omgeving, zonder vragen over het netwerk. De teksten zijn van het programma en staan in het Engels.",
        ),
        Block::Facts(facts.into()),
        Block::Table {
            head: vec!["Uitkomst", "Code", "Wat is bekeken, en gevonden"],
            rows: findings.into_iter().map(row).collect(),
        },
    ]
}

fn section(title: &str) -> Block {
    Block::Section(title.to_owned())
}

fn text(text: impl Into<String>) -> Block {
    Block::Text(text.into())
}

fn known(value: impl Into<String>) -> Value {
    Value::Known(value.into())
}

const CHAPTERS: [Chapter; 7] = [
    Chapter::Configuration,
    Chapter::Algorithms,
    Chapter::Certificates,
    Chapter::Web,
    Chapter::Components,
    Chapter::Attacks,
    Chapter::Doctor,
];

const NO_SBOM: &str = "de lijst van onderdelen (CycloneDX), met --sbom";
const NO_ATTACKS: &str = "het rapport van saml forge run, met --attacks";
