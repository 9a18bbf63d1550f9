use std::collections::BTreeMap;

use super::CSS;

/// Returns the colours of the blocks `:root { … }`, which are for a light screen and for a dark one in turn: those that
/// all pages have, then those of this one.
fn colours(which: usize) -> BTreeMap<&'static str, [f64; 3]> {
    let blocks = CSS.split(":root {").skip(1).map(|rest| rest.split('}').next().unwrap());
    let blocks = blocks.skip(which).step_by(2);
    let declarations =
        blocks.flat_map(|block| block.split(';')).filter_map(|declaration| declaration.trim().split_once(": #"));
    let channel = |hex: &str, at: usize| f64::from(u8::from_str_radix(hex.get(at..at + 2).unwrap(), 16).unwrap());
    declarations.map(|(name, hex)| (name, [0, 2, 4].map(|at| channel(hex, at)))).collect()
}

/// Relative luminance and contrast as WCAG 2.2 defines them.
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let luminance = |colour: [f64; 3]| {
        let [red, green, blue] = colour.map(|channel| {
            let part = channel / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn contrast_is_that_of_wcag() {
    assert!((contrast([0.0; 3], [255.0; 3]) - 21.0).abs() < 1e-9);
    assert!((contrast([119.0; 3], [255.0; 3]) - 4.478).abs() < 1e-3);
}

#[test]
fn text_is_readable_on_every_shade_by_day_and_by_night() {
    for which in [0, 1] {
        let colours = colours(which);
        let shades =
            ["assertion", "response", "both", "none", "none-hatch", "signature", "broken", "note", "paper", "ground"];
        let texts = shades.map(|shade| ("--ink", format!("--{shade}")));
        let others = [
            ("--quiet", "--ground"),
            ("--good", "--ground"),
            ("--bad", "--ground"),
            ("--bad", "--note"),
            ("--link", "--paper"),
            ("--mark-ink", "--good"),
            ("--mark-ink", "--bad"),
        ];
        let others = others.map(|(text, ground)| (text, ground.to_owned()));
        for (text, ground) in texts.into_iter().chain(others) {
            let ratio = contrast(colours[text], colours[ground.as_str()]);
            println!("{which} {text} on {ground}: {ratio:.2}");
            assert!(ratio >= 4.5, "{text} on {ground} in scheme {which} has a contrast of {ratio:.2}");
        }
        // What is no text, but tells parts apart: 3 to 1 (WCAG 2.2, 1.4.11).
        for shade in ["assertion", "response", "both", "none", "signature", "broken"] {
            let ratio = contrast(colours[format!("--{shade}-edge").as_str()], colours[format!("--{shade}").as_str()]);
            assert!(ratio >= 3.0, "the edge of {shade} in scheme {which} has a contrast of {ratio:.2}");
        }
    }
}
