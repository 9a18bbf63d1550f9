//! Guides: from nothing to a login, what each partner asks for, and how a portal is kept running.
//!
//! | guide | for whom |
//! |---|---|
//! | [`portal`](mod@portal) | you build a web application with axum |
//! | [`saml_response::guide`] | you have a server of your own and want the validator alone |
//! | [`signicat`] | your portal logs in with DigiD through Signicat: from the sandbox to production |
//! | [`digid`] | your portal is connected to DigiD itself |
//! | [`st_saml`] | your portal is connected to Stelsel Toegang, DigiD CombiConnect or TVS |
//! | [`operate`] | you run a portal: from `saml init` to the renewal of a certificate |
//! | [`explain`] | a message is refused, and you want to know why |
//! | [`testing`] | you test your portal, or log in without a browser |
//! | [`forge`] | you want to know whether a service provider, in any language, refuses the known attacks |
//! | [`samael`] | you use samael now |
//!
//! All code in them is compiled and run by the tests of this project. The two projects that the first two guides make
//! are built and tried as they stand there.

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("guide/digid.md")]
pub mod digid {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("guide/explain.md")]
pub mod explain {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("guide/forge.md")]
pub mod forge {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("guide/operate.md")]
pub mod operate {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("guide/portal.md")]
#[doc = "# The program\n\n```no_run"]
#[doc = include_str!("../examples/minimal_portal.rs")]
#[doc = "```"]
pub mod portal {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("guide/samael.md")]
pub mod samael {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("guide/signicat.md")]
pub mod signicat {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("guide/st_saml.md")]
pub mod st_saml {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("guide/testing.md")]
pub mod testing {}
