use clap::ValueEnum;

/// The language of a picture or a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// Dutch
    Nl,
    /// English
    En,
}

impl Lang {
    /// Takes the text of this language.
    pub(crate) const fn pick<'t>(self, dutch: &'t str, english: &'t str) -> &'t str {
        match self {
            Self::Nl => dutch,
            Self::En => english,
        }
    }

    /// Returns what a certificate is for, as `saml_doctor::inventory` names it, in this language.
    pub(crate) fn role(self, role: &'static str) -> &'static str {
        let dutch = match role {
            "signing" => "ondertekenen",
            "signing, next" => "ondertekenen, volgende",
            "encryption" => "ontsleutelen",
            "TLS client" => "TLS-client",
            "PKIoverheid, at the broker" => "PKIoverheid, bij de broker",
            "signs metadata" => "ondertekent metadata",
            "authority" => "uitgever",
            "root of the back channel" => "stamcertificaat van het back channel",
            "root of Redis" => "stamcertificaat van Redis",
            _ => role,
        };
        self.pick(dutch, role)
    }
}
