//! The questions of the checklists, in our words.

/// A question, and where it comes from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Check {
    /// How `--only` and programs name it.
    pub(crate) id: &'static str,
    /// The same item in other checklists, or what it is in Logius' practice.
    pub(crate) also: &'static str,
    pub(crate) question: &'static str,
}

/// How a check ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ok,
    /// A tester would write it down.
    Deviation,
    /// A person must look.
    Human,
}

/// What came of a check.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) check: &'static Check,
    pub(crate) outcome: Outcome,
    /// Sentences.
    pub(crate) seen: Vec<String>,
    pub(crate) pictures: Vec<Picture>,
}

/// What the browser showed.
pub(crate) struct Picture {
    /// The name of the file beside the report.
    pub(crate) file: String,
    pub(crate) caption: String,
    pub(crate) png: Vec<u8>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({})", self.file)
    }
}

impl Outcome {
    pub(crate) const ALL: [Self; 3] = [Self::Ok, Self::Deviation, Self::Human];

    /// Returns the word in the report, which is Dutch.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Deviation => "afwijking",
            Self::Human => "mens",
        }
    }
}

impl Finding {
    /// A finding that is good until something else is seen.
    pub(crate) const fn new(check: &'static Check) -> Self {
        Self { check, outcome: Outcome::Ok, seen: Vec::new(), pictures: Vec::new() }
    }

    /// Notes what is as it should be.
    pub(crate) fn saw(&mut self, sentence: impl Into<String>) {
        self.seen.push(sentence.into());
    }

    /// Notes what a tester would write down.
    pub(crate) fn deviates(&mut self, sentence: impl Into<String>) {
        self.outcome = Outcome::Deviation;
        self.seen.push(sentence.into());
    }

    /// Notes what a person must look at.
    pub(crate) fn needs_human(&mut self, sentence: impl Into<String>) {
        if self.outcome == Outcome::Ok {
            self.outcome = Outcome::Human;
        }
        self.seen.push(sentence.into());
    }

    /// Notes `good` when `holds`, else `bad`, which a tester would write down.
    pub(crate) fn expect(&mut self, holds: bool, good: impl Into<String>, bad: impl Into<String>) {
        if holds { self.saw(good) } else { self.deviates(bad) }
    }
}

pub(crate) const C1: Check =
    Check { id: "C1", also: "", question: "Staat er geen testtekst, en niets dat nog in aanbouw is?" };
pub(crate) const C2: Check = Check {
    id: "C2",
    also: "",
    question: "Staat bij de inlogknop de naam van de organisatie die het BSN mag gebruiken, en niet van haar leverancier?",
};
pub(crate) const C3: Check = Check {
    id: "C3",
    also: "",
    question: "Gaan links met uitleg over DigiD naar https://www.digid.nl zelf, en niet naar een pagina daaronder?",
};
pub(crate) const D1: Check =
    Check { id: "D1", also: "", question: "Is aan de beveiligingsrichtlijnen voor DigiD voldaan?" };
pub(crate) const D2: Check = Check {
    id: "D2",
    also: "",
    question: "Geeft een login alleen toegang in die ene sessie, en moet u na het sluiten van de browser opnieuw inloggen?",
};
pub(crate) const T2: Check =
    Check { id: "T2", also: "", question: "Is het portaal bereikbaar over https, op een .nl-domein met DNSSEC?" };
pub(crate) const T6: Check = Check {
    id: "T6",
    also: "TVS L10",
    question: "Komt bij een fout de letterlijke fouttekst in beeld, is de sessie voorbij en moet u opnieuw inloggen?",
};
pub(crate) const LEVEL: Check = Check {
    id: "TVS-T6",
    also: "praktijk: de tester kiest een lager niveau",
    question: "Wordt een login op een lager niveau dan gevraagd geweigerd, met de fouttekst en zonder sessie?",
};
pub(crate) const T7: Check = Check {
    id: "T7",
    also: "TVS T3",
    question: "Bent u na annuleren in hetzelfde venster terug op de pagina waar u begon, met een melding die bij de volgende login weg is?",
};
pub(crate) const T13: Check = Check {
    id: "T13",
    also: "",
    question: "Is uitloggen op elke pagina van de sessie te zien, en is er na uitloggen niets meer te zien, ook niet met de knop Terug?",
};
pub(crate) const T14: Check =
    Check { id: "T14", also: "", question: "Is de sessie na hoogstens 15 minuten niets doen voorbij?" };
pub(crate) const FRAME: Check = Check {
    id: "KADER",
    also: "geen Logius-nummer",
    question: "Is het adres van DigiD te zien bij het inloggen, en komt het portaal in geen kader van een ander?",
};
pub(crate) const SCRIPTLESS: Check =
    Check { id: "SCRIPT", also: "geen Logius-nummer", question: "Werkt inloggen en uitloggen zonder JavaScript?" };
pub(crate) const KEYBOARD: Check = Check {
    id: "TOETSEN",
    also: "geen Logius-nummer",
    question: "Werkt inloggen en uitloggen met alleen het toetsenbord?",
};

/// All checks, in the order of the report.
pub(crate) const ALL: [&Check; 14] =
    [&C1, &C2, &C3, &D1, &D2, &T2, &T6, &LEVEL, &T7, &T13, &T14, &FRAME, &SCRIPTLESS, &KEYBOARD];
