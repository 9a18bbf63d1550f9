//! Single logout (SAML Core 3.7, SAML Profiles 4.4): the question, and the road of each message that comes in.
//!
//! [`LogoutQuestion`] and [`LogoutAnswer`] write the messages. What comes in goes the road of every message: a [`ReceivedLogout`] is parsed, an
//! [`AuthenticLogout`] was signed by the partner, and only then there is a [`LogoutOutcome`], or a [`LogoutDemand`].
//!
//! **Invariant:** what is unsigned is refused, by each binding. By HTTP-Redirect the signature is over the query, as it
//! came in; by HTTP-POST it is in the message, and what is read is what was hashed.
//!
//! **Invariant:** no NameID goes into a URL: a question is sent by HTTP-POST alone, since a NameID may be a BSN.
//!
//! **Absent on purpose:** ending sessions. Who asks ends his own before anything is sent, so that no answer, and no lack of
//! one, keeps anybody logged in.

mod authentic;
mod error;
mod message;
mod received;

pub use authentic::{AuthenticLogout, LogoutDemand, LogoutExpectation, LogoutOutcome};
pub use error::Error;
pub use message::{LogoutAnswer, LogoutQuestion, LogoutSubject};
pub use received::{LogoutKind, ReceivedLogout};
