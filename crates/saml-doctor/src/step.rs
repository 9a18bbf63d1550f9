/// The steps to production, in their order (Signicat, "Go to production").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Before all: the preproduction connection is approved.
    Preproduction,
    /// 1: the account and its domain.
    Account,
    /// 2: the certificate of PKIoverheid.
    Certificate,
    /// 3: DigiD and its settings in the Dashboard.
    Settings,
    /// 4: metadata, of the partner and for Logius.
    Metadata,
    /// 5: the request form.
    Request,
    /// 6: the protocol between the portal and its partner.
    Protocol,
    /// 7: the change form that activates.
    Activation,
    /// 8: the approval by Logius after tests.
    Approval,
    /// 9: the security assessment.
    Audit,
    /// 10: renewal of certificates.
    Renewal,
}

impl Step {
    /// All steps, in their order.
    pub const ALL: [Self; 11] = [
        Self::Preproduction,
        Self::Account,
        Self::Certificate,
        Self::Settings,
        Self::Metadata,
        Self::Request,
        Self::Protocol,
        Self::Activation,
        Self::Approval,
        Self::Audit,
        Self::Renewal,
    ];

    /// Returns the number of the step; 0 for what comes before all.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Returns what the step is about.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Preproduction => "Before all: preproduction",
            Self::Account => "Account and domain",
            Self::Certificate => "Certificate of PKIoverheid",
            Self::Settings => "DigiD and its settings at the broker",
            Self::Metadata => "Metadata of the partner, and for Logius",
            Self::Request => "Request form (Aanvraagformulier)",
            Self::Protocol => "Protocol between portal and partner",
            Self::Activation => "Change form (Wijzigingsformulier)",
            Self::Approval => "Tests and approval by Logius",
            Self::Audit => "Security assessment",
            Self::Renewal => "Renewal of certificates",
        }
    }
}
