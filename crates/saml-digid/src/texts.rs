//! What the user reads when a login does not succeed.
//!
//! The Dutch error texts are Logius' own, to the letter: a tester compares them (checklist T6 and L10). The wording of
//! the cancel text is free (checklist T7).

/// The error text of the present checklist (item L10).
pub const ERROR_NL: &str = "Inloggen bij deze organisatie is niet gelukt. Probeert u het later nog een keer. Lukt het nog steeds niet? Log in bij Mijn DigiD. Zo controleert u of uw DigiD goed werkt. Mogelijk is er een storing bij de organisatie waar u inlogt.";

/// The error text of checklist 7.0 (item T6), for connections that were approved with it.
pub const ERROR_CHECKLIST_7_NL: &str = "Er is een fout opgetreden in de communicatie met DigiD. Probeert u het later nogmaals. Indien deze fout blijft aanhouden, kijk dan op de website https://www.digid.nl voor de laatste informatie.";

/// The error text in English, a translation of [`ERROR_NL`].
pub const ERROR_EN: &str = "Logging in at this organisation did not succeed. Please try again later. Still no success? Log in to My DigiD. That way you check whether your DigiD works. There may be a problem at the organisation where you log in.";

/// The `StatusMessage` of a cancelled login, to the letter (ST-SAML, status codes). It is compared, not shown.
pub(crate) const STELSEL_TOEGANG_CANCELLED: &str = "Authentication cancelled";

/// The text after the user cancelled.
pub const CANCELLED_NL: &str = "U heeft het inloggen met DigiD geannuleerd.";

/// The text after the user cancelled, in English.
pub const CANCELLED_EN: &str = "You have cancelled logging in with DigiD.";
