use super::Parts;
use crate::deployment::{Deployment, PartnerProfile};
use crate::keys::PublishedKeys;
use crate::login::{AttributeNamesTable, RequestTravels, SectorCodeForm};
use crate::part_error::PartError;
use crate::portal::AnswerBinding;
use crate::state::Store;

impl Parts<'_> {
    /// Lists the values that cannot be together, in the order of the file. What is merely unwise is not among them.
    #[must_use]
    pub fn conflicts(&self) -> Vec<PartError> {
        let mut found = Conflicts { parts: self, found: Vec::new() };
        let deployment = self.deployment();
        found.portal(deployment);
        found.login(deployment);
        found.identity_provider(deployment);
        found.keys(deployment);
        found.back_channel(deployment);
        found.state(deployment);
        found.signicat(deployment);
        found.found
    }
}

struct Conflicts<'p> {
    parts: &'p Parts<'p>,
    found: Vec<PartError>,
}

impl Conflicts<'_> {
    fn refuse(&mut self, key: &str, code: &'static str, expected: &str, found: &str, mend: &'static str) {
        let (expected, found) = (expected.to_owned(), found.to_owned());
        self.found.push(PartError::Value { key: self.parts.key(key), code, expected, found, mend });
    }

    /// Refuses a key that says nothing to this profile: who wrote it thinks that it does.
    fn no_use(&mut self, is_there: bool, key: &str, profile: PartnerProfile) {
        if is_there {
            let expected = format!("no such key with the profile {}", profile.as_str());
            self.refuse(key, "config_no_use", &expected, "one", TAKE_OUT);
        }
    }

    fn portal(&mut self, deployment: &Deployment) {
        let (profile, portal) = (deployment.profile, &deployment.portal);
        let by_artifact_alone = matches!(profile, PartnerProfile::Digid | PartnerProfile::StSaml);
        if by_artifact_alone && portal.binding == Some(AnswerBinding::Post) {
            let expected = format!("artifact with the profile {}", profile.as_str());
            self.refuse("portal.binding", "config_answer_binding", &expected, "post", TAKE_OUT);
        }
        let takes_part = deployment.registration.as_ref().is_some_and(|registration| registration.single_sign_on);
        if profile == PartnerProfile::Digid && portal.single_logout && !takes_part {
            // DigiD SAML 3.7: endpoints for logout are for those who take part in single sign-on.
            let expected = "no single logout at DigiD without registration.single_sign_on";
            self.refuse("portal.single_logout", "config_single_logout", expected, "true", TAKE_OUT);
        }
    }

    fn login(&mut self, deployment: &Deployment) {
        let (profile, login) = (deployment.profile, &deployment.login);
        let is_broker = profile == PartnerProfile::SignicatBroker;
        let is_routed = profile == PartnerProfile::StSaml;
        self.no_use(!is_broker && !is_routed && !login.authorities.is_empty(), "login.authorities", profile);
        self.no_use(!is_broker && login.sector_code != SectorCodeForm::Required, "login.sector_code", profile);
        let renames = login.attribute_names != AttributeNamesTable::default();
        self.no_use(!is_broker && renames, "login.attribute_names", profile);
        self.no_use(!is_broker && !is_routed && login.representation, "login.representation", profile);
        self.no_use(!is_broker && !is_routed && !login.attributes.is_empty(), "login.attributes", profile);
        self.no_use(!is_routed && login.service.is_some(), "login.service", profile);
        self.no_use(!is_routed && login.service_name.is_some(), "login.service_name", profile);
        if is_routed && login.service.as_deref().is_none_or(|service| service.trim().is_empty()) {
            let expected = "the UUID of the service in the service catalogue";
            self.refuse("login.service", "config_no_service", expected, "none", "add it");
        }
        if is_routed && login.request_binding == Some(RequestTravels::Redirect) {
            let expected = "post with the profile st-saml";
            self.refuse("login.request_binding", "config_request_binding", expected, "redirect", TAKE_OUT);
        }
        let takes_part = deployment.registration.as_ref().is_some_and(|registration| registration.single_sign_on);
        if takes_part && login.force_authn {
            let expected = "false with registration.single_sign_on";
            let mend = "write force_authn = false, or take registration.single_sign_on out";
            self.refuse("login.force_authn", "config_single_sign_on", expected, "true", mend);
        }
    }

    fn identity_provider(&mut self, deployment: &Deployment) {
        let table = &deployment.identity_provider;
        if table.trust_keys.is_empty() {
            let expected = "a certificate that may sign the metadata";
            let mend = "name its file, got by another way than the metadata";
            self.refuse("identity_provider.trust_keys", "metadata_no_signing_key", expected, "none", mend);
        }
        if table.metadata_url.is_some() && table.roots.is_none() {
            let expected = "the roots that may vouch for the server of metadata_url";
            let mend = "name a file with the root certificates";
            self.refuse("identity_provider.roots", "config_no_roots", expected, "none", mend);
        }
    }

    fn keys(&mut self, deployment: &Deployment) {
        let keys = &deployment.keys;
        let with_one = keys.next.as_ref().filter(|next| next.publish != PublishedKeys::Both);
        if with_one.is_some_and(|next| next.both_until.is_some()) {
            let expected = "both_until with publish = \"both\" alone";
            self.refuse("keys.next.both_until", "config_both_until", expected, "one", TAKE_OUT);
        }
        if deployment.profile == PartnerProfile::StSaml && keys.decryption.is_empty() {
            // ST-SAML 1.0, EncryptedID: who logged in comes encrypted.
            let expected = "a key that identifiers are encrypted to, with the profile st-saml";
            self.refuse(
                "keys.decryption",
                "config_no_decryption_key",
                expected,
                "none",
                "add a key and its certificate",
            );
        }
    }

    fn back_channel(&mut self, deployment: &Deployment) {
        if self.parts.answer_binding() == AnswerBinding::Artifact && deployment.back_channel.is_none() {
            let expected = "the table, as answers come by artifact";
            self.refuse("back_channel", "config_no_back_channel", expected, "none", "add it with its roots");
        }
        let is_mutual = matches!(deployment.profile, PartnerProfile::Digid | PartnerProfile::StSaml);
        if is_mutual && deployment.back_channel.as_ref().is_some_and(|table| table.client.is_none()) {
            let expected = "our certificate of PKIoverheid, which the other side asks for";
            self.refuse("back_channel.client", "config_no_client", expected, "none", "add its key and certificate");
        }
    }

    fn state(&mut self, deployment: &Deployment) {
        let state = &deployment.state;
        let parts = [
            ("state.url", state.url.is_some()),
            ("state.sealing_keys", !state.sealing_keys.is_empty()),
            ("state.digest_key", state.digest_key.is_some()),
        ];
        let more = [
            ("state.roots", state.roots.is_some()),
            ("state.name", state.name.is_some()),
            ("state.replicas", state.replicas != 0),
        ];
        match state.store {
            Store::Redis => {
                for (key, _) in parts.into_iter().filter(|(_, is_there)| !is_there) {
                    let expected = "one with store = \"redis\"";
                    self.refuse(key, "config_redis", expected, "none", "add it, or take store = \"redis\" out");
                }
            }
            Store::Memory => {
                for (key, _) in parts.into_iter().chain(more).filter(|(_, is_there)| *is_there) {
                    // Who names a Redis would think that used assertions are known to all of several portals.
                    let expected = "none with store = \"memory\"";
                    self.refuse(key, "config_redis", expected, "one", "write store = \"redis\", or take it out");
                }
            }
        }
    }

    fn signicat(&mut self, deployment: &Deployment) {
        let is_broker = deployment.profile == PartnerProfile::SignicatBroker;
        self.no_use(!is_broker && deployment.signicat.is_some(), "signicat", deployment.profile);
        if is_broker && deployment.signicat.is_none() {
            let expected = "the table with what is set in the Signicat Dashboard";
            self.refuse("signicat", "config_no_signicat", expected, "none", "add it with its domain");
        }
    }
}

const TAKE_OUT: &str = "take the key out";
