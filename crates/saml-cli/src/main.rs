//! The command `saml`.
fn main() {}
