//! What the fuzz targets share: a world to judge messages in, a reader to compare ours with, a signer of whatever the
//! fuzzer writes, and edits of a message that bytes choose.

mod edits;
mod second_reader;
mod sign_anew;
mod world;

pub use edits::Edits;
pub use second_reader::{Seen, second_reader};
pub use sign_anew::{SignedAnew, sign_anew};
pub use world::{
    ASSERTION_CONSUMER_SERVICE, CITIZEN, FORGED, ISSUER, REQUEST_ID, SERVICE_PROVIDER, decryption_keys,
    forged_messages, genuine, good_message, identity_provider_key, judge, service_provider_key,
};
