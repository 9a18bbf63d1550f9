//! The texts that a tester of Logius compares, to the letter.

use saml_digid::texts;

#[test]
fn the_error_text_is_that_of_checklist_item_l10() {
    assert_eq!(
        texts::ERROR_NL,
        "Inloggen bij deze organisatie is niet gelukt. Probeert u het later nog een keer. Lukt het nog steeds niet? Log in bij Mijn DigiD. Zo controleert u of uw DigiD goed werkt. Mogelijk is er een storing bij de organisatie waar u inlogt."
    );
}

#[test]
fn the_older_error_text_is_that_of_checklist_7_item_t6() {
    assert_eq!(
        texts::ERROR_CHECKLIST_7_NL,
        "Er is een fout opgetreden in de communicatie met DigiD. Probeert u het later nogmaals. Indien deze fout blijft aanhouden, kijk dan op de website https://www.digid.nl voor de laatste informatie."
    );
}

#[test]
fn the_user_reads_that_the_login_was_cancelled() {
    assert_eq!(texts::CANCELLED_NL, "U heeft het inloggen met DigiD geannuleerd.");
}

#[test]
fn every_text_is_one_line_of_plain_text() {
    for text in
        [texts::ERROR_NL, texts::ERROR_CHECKLIST_7_NL, texts::ERROR_EN, texts::CANCELLED_NL, texts::CANCELLED_EN]
    {
        assert!(text.ends_with('.') && text == text.trim());
        assert!(!text.contains(['<', '>', '&', '\n', '\u{a0}']), "{text}");
    }
}
