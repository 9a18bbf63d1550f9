//! Entries about every message at once.

use saml_forge::attack::{self, Carrier};
use saml_tests::say;

use crate::world::{CITIZEN, World, good};

#[test]
fn att_211_panic_dos() {
    let world = World::new();
    let mut tried = 0;
    for attack in attack::all() {
        let Some(variant) = attack.variants(good()).unwrap().into_iter().find(|variant| variant.message.len() < 40_000)
        else {
            continue;
        };
        let message = variant.message;
        for part in 1..24 {
            let cut = message.len() * part / 24;
            if attack.carrier == Carrier::Redirect && std::str::from_utf8(&message[..cut]).is_err() {
                continue;
            }
            assert_ne!(world.judge(attack.carrier, &message[..cut]).as_deref(), Ok("123456782"), "{}", attack.id);
            let mut changed = message.clone();
            changed[cut] ^= 1 << (part % 7);
            if let Ok(citizen) = world.judge(attack.carrier, &changed) {
                assert_eq!(citizen, CITIZEN, "{}", attack.id);
            }
            tried += 2;
        }
    }
    say(&format!("ATT-211 panic_dos: {tried} broken messages, none of which breaks us or lets another in"));
}
