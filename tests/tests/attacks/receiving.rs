//! Entries about every message at once.

use saml_forge::Signed;
use saml_forge::attack::{self, Carrier};

use crate::world::{CITIZEN, World, genuine, good, tell};

#[test]
fn att_101_encrypted_id_swap() {
    // An encrypted identifier is not read yet: none is taken for an identifier, wherever it comes from.
    let xml = genuine(Signed::Response);
    let attack = attack::all().find(|attack| attack.id == "ATT-134").unwrap();
    let variants = attack.variants(good()).unwrap();
    let swapped = variants.iter().find(|variant| variant.name == "encrypted_id").unwrap();
    World::new().accepts(&xml);
    assert_eq!(World::new().judge(Carrier::Response, &swapped.message), Err("encrypted"));
    tell("ATT-101 encrypted_id_swap: encrypted");
}

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
    tell(&format!("ATT-211 panic_dos: {tried} broken messages, none of which breaks us or lets another in"));
}
