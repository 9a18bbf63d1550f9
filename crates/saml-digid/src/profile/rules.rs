use super::{IdentifiedBy, Profile, ProfileName};

/// One rule of a profile, for people to read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// A stable word in snake case.
    pub name: &'static str,
    /// What is accepted, made of the value that is enforced.
    pub value: String,
    /// Where it comes from: the clause of a specification, or `ours` and why.
    pub clause: &'static str,
}

impl Profile {
    /// Returns every rule of this profile; all profiles have the same names in the same order.
    ///
    /// ```
    /// use saml_digid::{LevelOfAssurance, Profile};
    ///
    /// let profile = Profile::digid(LevelOfAssurance::Middle);
    /// let rule = profile.rules().into_iter().find(|rule| rule.name == "name_id").unwrap();
    /// assert_eq!(rule.value, "s00000000, a colon, nine digits");
    /// ```
    #[must_use]
    pub fn rules(&self) -> Vec<Rule> {
        let clauses = Clauses::of(self.name);
        let response = self.response();
        let encryption = if response.accepts_cbc_without_signature() {
            "AES-GCM, AES-CBC; danger: AES-CBC without a signature over it too"
        } else {
            "AES-GCM; AES-CBC where a signature covers it"
        };
        let formats = match self.name_id_formats {
            Some(formats) => format!("none, or {}", formats.join(" or ")),
            None => "any; the application tells them apart".to_owned(),
        };
        let (identity, service) = match &self.identified_by {
            IdentifiedBy::EncryptedIdentifiers { service } => {
                (format!("decrypted from {}", response.identifiers().join(", ")), service.as_str())
            }
            IdentifiedBy::NameId => ("the NameID".to_owned(), "not named"),
            IdentifiedBy::NameIdAndAttributes(names) => {
                let all = format!("the NameID; {}, {} and {} agree with it", names.nin, names.idp_id, names.acting_nin);
                (all, "not named")
            }
        };
        let cancelled = match response.cancellation() {
            Some(message) => format!("AuthnFailed with the message \"{message}\""),
            None => "AuthnFailed".to_owned(),
        };
        let representation = if self.representation { "allowed" } else { "refused" };
        let rule = |name, value: &dyn ToString, clause| Rule { name, value: value.to_string(), clause };
        vec![
            rule("algorithms", response.algorithms(), clauses.algorithms),
            rule("signatures", &response.signatures().describe(), clauses.signatures),
            rule("encryption", &encryption, "XML Encryption 1.1 5.2; SAML errata E93"),
            rule(
                "clock_skew",
                &format!("{} seconds", response.clock_skew().as_delta().num_seconds()),
                "SAML errata E92",
            ),
            rule("destination", &response.destination().describe(), clauses.destination),
            rule("cancelled", &cancelled, clauses.cancelled),
            rule("levels", response.levels(), clauses.levels),
            rule("authorities", response.authorities(), clauses.authorities),
            rule("attributes", response.attributes(), clauses.attributes),
            rule("identity", &identity, clauses.identity),
            rule("service", &service, clauses.service),
            rule("name_id", &self.name_id, clauses.name_id),
            rule("name_id_format", &formats, clauses.name_id_format),
            rule("representation", &representation, "ours: off unless it is switched on (DigiD Machtigen)"),
        ]
    }
}

/// Where the rules come from in which the profiles differ.
struct Clauses {
    algorithms: &'static str,
    signatures: &'static str,
    destination: &'static str,
    cancelled: &'static str,
    levels: &'static str,
    authorities: &'static str,
    attributes: &'static str,
    identity: &'static str,
    service: &'static str,
    name_id: &'static str,
    name_id_format: &'static str,
}

impl Clauses {
    const fn of(profile: ProfileName) -> Self {
        match profile {
            ProfileName::Digid => Self {
                algorithms: "DigiD SAML 3.7: RSA-SHA256 on the back channel",
                signatures: "DigiD SAML 3.7: our metadata says WantAssertionsSigned",
                destination: "DigiD SAML 3.7: the Response has none on the back channel",
                cancelled: "DigiD SAML 3.7: a cancelled login is told from a failed one by nothing",
                levels: "DigiD SAML 3.7: the four classes, in that order",
                authorities: "DigiD SAML 3.7: DigiD is no broker",
                attributes: "DigiD SAML 3.7: DigiD sends no attributes",
                identity: "DigiD SAML 3.7: NameID",
                service: "DigiD SAML 3.7: a connection is one service",
                name_id: "DigiD SAML 3.7: sectorcode:number; another sector cancels the login",
                name_id_format: "DigiD SAML 3.7: no Format on the wire",
            },
            ProfileName::SignicatBroker => Self {
                algorithms: "Signicat eID Hub: RSA keys",
                signatures: "Signicat eID Hub: which of the two follows the metadata that was registered",
                destination: "SAML Bindings 3.5.5.2",
                cancelled: "Signicat eID Hub: AuthnFailed",
                levels: "Signicat eID Hub: the vocabulary follows the contract, both are read",
                authorities: "SAML Core 2.7.2.2: the broker names who authenticated",
                attributes: "Signicat eID Hub: response attribute mappings",
                identity: "Signicat eID Hub: DigiD attribute reference",
                service: "Signicat eID Hub: a connection is one service",
                name_id: "Signicat eID Hub: \"Strip sector code from nameID\" may be on or off",
                name_id_format: "SAML Core 8.3.8: a transient identifier is of one login only",
            },
            ProfileName::StSaml => Self {
                algorithms: "ST-SAML 1.0, cryptographic algorithms: RSA, no SHA-1",
                signatures: "ST-SAML 1.0, Assertion: signed",
                destination: "ST-SAML 1.0, Response: Destination is mandatory",
                cancelled: "ST-SAML 1.0, status codes",
                levels: "ST-SAML 1.0, levels of assurance: the registered minimum or higher",
                authorities: "ST-SAML 1.0, AuthenticatingAuthority: the authentication and mandate services involved",
                attributes: "ST-SAML 1.0, AttributeStatement; nothing in Advice is used",
                identity: "ST-SAML 1.0, ActingSubjectID and LegalSubjectID",
                service: "ST-SAML 1.0, ServiceUUID",
                name_id: "ST-SAML 1.0, EncryptedID: a legacy-BSN has no sector code",
                name_id_format: "ST-SAML 1.0, Subject: transient, for one login and its logout",
            },
            ProfileName::WebSso => Self {
                algorithms: "ours: no SHA-1, RSA of 2048 bits and more",
                signatures: "SAML Profiles 4.1.3.5",
                destination: "SAML Bindings 3.5.5.2",
                cancelled: "SAML Core 3.2.2.2",
                levels: "SAML Core 3.3.2.2.1",
                authorities: "SAML Core 2.7.2.2",
                attributes: "SAML Core 2.7.3",
                identity: "SAML Profiles 4.1.4.2",
                service: "ours: plain SAML has no such name",
                name_id: "SAML Core 8.3",
                name_id_format: "SAML Core 8.3",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Environment, LevelOfAssurance, SIMULATOR};

    fn value(profile: &Profile, name: &str) -> Option<String> {
        profile.rules().into_iter().find(|rule| rule.name == name).map(|rule| rule.value)
    }

    #[test]
    fn what_is_shown_follows_what_is_enforced() {
        let low = Profile::digid(LevelOfAssurance::Basic);
        let high = Profile::digid(LevelOfAssurance::High);
        assert!(value(&low, "levels").is_some_and(|levels| levels.contains("MobileTwoFactorContract (20)")));
        assert!(value(&high, "levels").is_some_and(|levels| !levels.contains("MobileTwoFactorContract")));
        assert_eq!(value(&low, "representation").as_deref(), Some("refused"));
        assert_eq!(value(&low.with_representation(), "representation").as_deref(), Some("allowed"));

        let web_sso = Profile::web_sso();
        assert_eq!(value(&web_sso, "encryption").as_deref(), Some("AES-GCM; AES-CBC where a signature covers it"));
        let danger = value(&web_sso.danger_accept_cbc_without_signature(), "encryption");
        assert!(danger.is_some_and(|encryption| encryption.contains("danger")));

        let named = [SIMULATOR.to_owned()];
        let broker = Profile::signicat_broker(Environment::PreProduction, LevelOfAssurance::Basic, named);
        assert_eq!(broker.ok().and_then(|broker| value(&broker, "authorities")).as_deref(), Some("one of: simulator"));
    }

    #[test]
    fn all_profiles_have_the_same_rules_with_a_clause_each() {
        let names = |profile: &Profile| profile.rules().iter().map(|rule| rule.name).collect::<Vec<_>>();
        let (digid, web_sso) = (Profile::digid(LevelOfAssurance::Basic), Profile::web_sso());
        assert_eq!(names(&digid), names(&web_sso));
        let authorities = [Environment::PreProduction.digid_ad().to_owned()];
        let st_saml = Profile::st_saml(Environment::PreProduction, LevelOfAssurance::Basic, "uuid", authorities);
        assert_eq!(st_saml.as_ref().map(names), Ok(names(&digid)));
        assert!(st_saml.is_ok_and(|st_saml| st_saml.rules().iter().all(|rule| !rule.clause.is_empty())));
        assert!(digid.rules().iter().chain(&web_sso.rules()).all(|rule| !rule.clause.is_empty()));
    }
}
