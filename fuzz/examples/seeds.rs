//! Writes the messages of the forge as seeds below DIR, one folder for each carrier:
//! `cargo run --manifest-path fuzz/Cargo.toml --example seeds -- DIR`.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::PathBuf;

use saml_forge::attack::{self, Carrier};
use saml_fuzz::good_message;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("expected a directory to write to")?);
    let mut twins = BTreeSet::new();
    for attack in attack::all() {
        let carrier = folder.join(match attack.carrier {
            Carrier::Form => "form",
            Carrier::LogoutRequest | Carrier::LogoutResponse => "logout",
            Carrier::Metadata => "metadata",
            Carrier::Redirect => "redirect",
            Carrier::Response => "response",
            Carrier::Soap => "soap",
            _ => continue,
        });
        std::fs::create_dir_all(&carrier)?;
        for (number, variant) in attack.variants(good_message())?.into_iter().enumerate() {
            std::fs::write(carrier.join(format!("{}-{number}", attack.id)), &variant.message)?;
            if twins.insert(variant.twin.clone()) {
                std::fs::write(carrier.join(format!("{}-{number}-twin", attack.id)), &variant.twin)?;
            }
        }
    }
    Ok(())
}
