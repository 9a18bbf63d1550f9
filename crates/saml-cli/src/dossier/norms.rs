//! The 21 norms of the DigiD assessment (norm set 3.0), in our words.

/// A norm, and who can show what of it.
pub(super) struct Norm {
    pub(super) code: &'static str,
    /// What it is about, in our words.
    pub(super) about: &'static str,
    /// Whether it is tested that it works all year long, too.
    pub(super) operating: bool,
    /// What this software does for it; empty where it can do nothing.
    pub(super) software: &'static str,
    /// The chapters of the dossier with evidence.
    pub(super) evidence: &'static [Chapter],
    /// What the organisation itself must show.
    pub(super) organisation: &'static str,
}

/// The chapters with evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chapter {
    Configuration,
    Algorithms,
    Certificates,
    Web,
    Components,
    Attacks,
    Doctor,
}

impl Chapter {
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Configuration => "Configuratie",
            Self::Algorithms => "Wat wordt geaccepteerd",
            Self::Certificates => "Certificaten",
            Self::Web => "Sessie, cookies en headers",
            Self::Components => "Onderdelen van de software",
            Self::Attacks => "Nagespeelde aanvallen",
            Self::Doctor => "Controle van de inrichting",
        }
    }
}

use Chapter::{Algorithms, Attacks, Certificates, Components, Configuration, Doctor, Web};

pub(super) static NORMS: [Norm; 21] = [
    Norm {
        code: "B.01",
        about: "Er is beleid voor informatiebeveiliging dat over webapplicaties gaat.",
        operating: false,
        software: "",
        evidence: &[],
        organisation: "Het vastgestelde beleid, met wie er verantwoordelijk is.",
    },
    Norm {
        code: "B.05",
        about: "Er zijn afspraken met leveranciers.",
        operating: false,
        software: "Een lijst van alle onderdelen waar de software uit bestaat.",
        evidence: &[Components],
        organisation: "De contracten, en de verklaringen van leveranciers (zoals een TPM van de broker en de hoster).",
    },
    Norm {
        code: "U/TV.01",
        about: "Toegang van beheerders en gebruikers wordt beheerd.",
        operating: true,
        software: "Alleen inloggen van burgers. Deze software heeft geen accounts of schermen voor beheerders.",
        evidence: &[],
        organisation: "Wie er beheerder is, hoe rechten worden gegeven en ingetrokken, en de controle daarvan.",
    },
    Norm {
        code: "U/WA.02",
        about: "Het beheer van de webapplicatie is geregeld, in procedures en in techniek.",
        operating: true,
        software: "Alle instellingen staan in één bestand. De hash laat zien of er iets is veranderd.",
        evidence: &[Configuration, Doctor],
        organisation: "De procedures voor beheer, en dat ze worden gevolgd.",
    },
    Norm {
        code: "U/WA.03",
        about: "Invoer wordt beperkt en gecontroleerd.",
        operating: false,
        software: "Elk SAML-bericht heeft een maximum aan grootte en diepte. DTD's worden geweigerd. Alleen wat de handtekening dekt, wordt gelezen.",
        evidence: &[Algorithms, Attacks],
        organisation: "De controle van invoer in de rest van de applicatie.",
    },
    Norm {
        code: "U/WA.04",
        about: "Uitvoer wordt beperkt en veilig gemaakt.",
        operating: false,
        software: "De inlogpagina's maken alle tekst veilig voor HTML, en hebben een Content-Security-Policy zonder uitzonderingen.",
        evidence: &[Web],
        organisation: "De uitvoer van de rest van de applicatie.",
    },
    Norm {
        code: "U/WA.05",
        about: "Gegevens blijven geheim en ongewijzigd.",
        operating: false,
        software: "Handtekeningen en versleuteling volgens de lijst. Het BSN komt niet in logs, foutmeldingen, URL's of cookies.",
        evidence: &[Algorithms, Certificates, Configuration],
        organisation: "De inrichting van TLS, het bewaren van sleutels, en de versleuteling van opgeslagen gegevens.",
    },
    Norm {
        code: "U/PW.02",
        about: "De webserver gebruikt alleen de protocollen en methoden die nodig zijn.",
        operating: false,
        software: "Elke route neemt alleen zijn eigen methode aan (GET of POST). Met https wordt HSTS meegestuurd.",
        evidence: &[Web],
        organisation: "De inrichting van de webserver of proxy ervoor, en TLS.",
    },
    Norm {
        code: "U/PW.03",
        about: "De webserver is veilig ingesteld.",
        operating: false,
        software: "De headers en cookies zoals dit portaal ze echt verstuurt.",
        evidence: &[Web],
        organisation: "De headers van de andere pagina's, en de instellingen van de webserver.",
    },
    Norm {
        code: "U/PW.05",
        about: "Beheer gaat alleen over veilige protocollen.",
        operating: false,
        software: "",
        evidence: &[],
        organisation: "Hoe beheerders bij de systemen komen.",
    },
    Norm {
        code: "U/PW.07",
        about: "Het platform is zo kaal en veilig mogelijk ingericht (hardening).",
        operating: false,
        software: "Het programma dat met cargo xtask dist is gemaakt, heeft van het systeem alleen de C-bibliotheek nodig.",
        evidence: &[Components],
        organisation: "De inrichting van het besturingssysteem.",
    },
    Norm {
        code: "U/NW.03",
        about: "Het netwerk is in zones verdeeld.",
        operating: false,
        software: "",
        evidence: &[],
        organisation: "Een tekening van het netwerk, met de zones.",
    },
    Norm {
        code: "U/NW.04",
        about: "Het netwerk wordt beschermd, en aanvallen worden gezien.",
        operating: false,
        software: "",
        evidence: &[],
        organisation: "De firewall en de detectie van aanvallen.",
    },
    Norm {
        code: "U/NW.05",
        about: "Beheer en productie zijn gescheiden in het netwerk.",
        operating: false,
        software: "",
        evidence: &[],
        organisation: "De scheiding in het netwerk.",
    },
    Norm {
        code: "U/NW.06",
        about: "De onderdelen van het netwerk zijn veilig ingericht (hardening).",
        operating: false,
        software: "",
        evidence: &[],
        organisation: "De inrichting van de netwerkapparatuur.",
    },
    Norm {
        code: "C.03",
        about: "Er wordt gezocht naar kwetsbaarheden.",
        operating: false,
        software: "De lijst van onderdelen, om naast meldingen van kwetsbaarheden te leggen.",
        evidence: &[Components, Attacks],
        organisation: "De scans zelf, en wat met de uitkomst is gedaan.",
    },
    Norm {
        code: "C.04",
        about: "Er worden penetratietesten gedaan.",
        operating: false,
        software: "Bekende aanvallen op SAML, nagespeeld op het portaal. Dat is geen penetratietest.",
        evidence: &[Attacks],
        organisation: "Het rapport van de penetratietest, door iemand van buiten.",
    },
    Norm {
        code: "C.06",
        about: "Er is logging, en aanvallen worden gesignaleerd.",
        operating: false,
        software: "Elke geweigerde login staat met een vaste code en een kenmerk in het log, zonder BSN.",
        evidence: &[Doctor],
        organisation: "Waar de logs blijven, hoe lang, en welke meldingen eruit komen.",
    },
    Norm {
        code: "C.07",
        about: "Logs worden bekeken en geanalyseerd.",
        operating: true,
        software: "",
        evidence: &[],
        organisation: "Wie de logs bekijkt, hoe vaak, en wat daaruit kwam.",
    },
    Norm {
        code: "C.08",
        about: "Wijzigingen gaan volgens een vaste werkwijze.",
        operating: true,
        software: "De hash van de configuratie. Vergelijk die met het vorige dossier: is hij anders, dan is er iets gewijzigd.",
        evidence: &[Configuration],
        organisation: "De werkwijze, en van elke wijziging het verzoek, de test en de goedkeuring.",
    },
    Norm {
        code: "C.09",
        about: "Patches worden op tijd geïnstalleerd.",
        operating: true,
        software: "De versie van de software en van elk onderdeel.",
        evidence: &[Components],
        organisation: "Dat patches op tijd zijn geïnstalleerd, het hele jaar.",
    },
];
