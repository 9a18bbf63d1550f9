//! All checks, by their subjects.

mod account;
mod addresses;
mod back_channel;
mod certificates;
mod configuration;
mod dashboard;
mod environments;
mod login;
mod logs;
mod metadata;
mod online;
mod pages;
mod people;
mod renewal;
mod secrets;
mod state;

use crate::check::Check;
pub use renewal::{NOTICE, order_by, working_days_before};

/// Every check.
pub static CHECKS: &[&Check] = &[
    &people::AGREEMENTS,
    &people::PREPRODUCTION_APPROVED,
    &account::PRODUCTION_ACCOUNT,
    &account::DOMAIN_CUSTOM,
    &account::LETS_ENCRYPT_DOT_NL,
    &account::CONSUMER_SERVICE_DOT_NL,
    &account::PUBLIC_HOST,
    &account::DNSSEC,
    &online::TLS_CERTIFICATE,
    &online::TLS_ISSUER,
    &certificates::PKIO_READABLE,
    &certificates::PKIO_CHAIN,
    &certificates::PKIO_OIN,
    &certificates::PKIO_USAGE,
    &certificates::PKIO_KEY_SIZE,
    &environments::CERTIFICATES_DIFFER,
    &people::CERTIFICATE_UPLOADED,
    &dashboard::DIGID_ACTIVE,
    &dashboard::SCOPING,
    &dashboard::SCOPING_VALUE,
    &dashboard::SECTOR_CODE,
    &dashboard::ATTRIBUTE_FILTER,
    &dashboard::ATTRIBUTE_MAPPINGS,
    &metadata::PARTNER_METADATA,
    &metadata::PARTNER_ROLE,
    &metadata::PARTNER_ENTITY_ID,
    &metadata::PARTNER_OF_ENVIRONMENT,
    &environments::PARTNERS_DIFFER,
    &metadata::PARTNER_VALID,
    &metadata::PARTNER_FRESH,
    &online::PARTNER_METADATA_CURRENT,
    &metadata::PARTNER_ENDPOINTS,
    &metadata::GET_METADATA,
    &metadata::LOGIUS_METADATA_ROLE,
    &metadata::LOGIUS_METADATA_CERTIFICATE,
    &metadata::LOGIUS_METADATA_FORM,
    &people::REGISTRATION_DATA,
    &people::REQUEST_FORM,
    &configuration::CONFIGURATION,
    &addresses::CONSUMER_SERVICE_HTTPS,
    &addresses::CONSUMER_SERVICE_HOST,
    &addresses::CONSUMER_SERVICE_REGISTERED,
    &addresses::ENTITY_ID_REGISTERED,
    &addresses::REGISTERED_CURRENT,
    &online::OWN_METADATA_CURRENT,
    &environments::ENTITY_IDS_DIFFER,
    &certificates::KEY_PAIRS,
    &login::LEVEL_FLOOR,
    &login::FORCE_AUTHN,
    &login::SINGLE_SIGN_ON,
    &login::AUTHORITIES,
    &login::AUTHORITIES_OF_ENVIRONMENT,
    &login::SERVICE,
    &login::LANGUAGE,
    &back_channel::ANSWER_BINDING,
    &back_channel::BACK_CHANNEL,
    &back_channel::BACK_CHANNEL_ROOTS,
    &state::STATE_STORE,
    &state::REDIS_ENCRYPTED,
    &state::SEALING_KEYS,
    &environments::STATE_DIFFERS,
    &secrets::SECRETS_READABLE,
    &secrets::PRIVATE_FILES,
    &online::TLS_VERSION,
    &online::HTTP_REDIRECT,
    &online::HSTS,
    &online::CLOCK,
    &online::UNSOLICITED_REFUSED,
    &people::ACTIVATION_FORM,
    &pages::SESSION_IDLE,
    &pages::ERROR_TEXT,
    &online::ERROR_TEXT_SHOWN,
    &pages::ORGANISATION_NAME,
    &online::ORGANISATION_ON_PAGE,
    &people::APPROVAL,
    &online::SECURITY_HEADERS,
    &logs::LOGS_FREE_OF_BSN,
    &people::AUDIT,
    &renewal::PKIO_EXPIRY,
    &certificates::PKIO_GENERATION,
    &renewal::OWN_EXPIRY,
    &renewal::NEXT_KEY,
    &renewal::PARTNER_KEY_EXPIRY,
    &online::TLS_EXPIRY,
    &people::TELL_LOGIUS,
];

/// What the other crates always do, whatever the configuration says; no check, as none of it can be switched off.
pub const BUILT_IN: &[&str] = &[
    "An answer without a request of this very browser is refused, and a request is answered once (saml-sp).",
    "A session ends after 15 minutes without use (saml-state).",
    "RSA-SHA256 or better, keys of 2048 bits or more, from metadata or configuration alone (saml-xml-security).",
    "Whoever logs in at a lower level than was asked is refused (saml-response).",
    "A production profile with the simulator, or with DigiD's preproduction, cannot be made (saml-digid).",
    "A BSN passes the eleven-test, and is written to no log, URL or cookie (saml-name-id).",
];
