/// What one login asks for beside the settings.
///
/// ```
/// use saml_authn_request::LoginOptions;
///
/// let options = LoginOptions::default().with_level("urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI");
/// assert_ne!(options, LoginOptions::default());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginOptions {
    pub(crate) level: Option<String>,
    pub(crate) language: Option<String>,
}

impl LoginOptions {
    /// Asks for this level at least, an `AuthnContextClassRef`, instead of the one of the settings.
    #[must_use]
    pub fn with_level(mut self, class_ref: &str) -> Self {
        self.level = Some(class_ref.to_owned());
        self
    }

    /// Asks for pages in this language, such as `nl`, instead of the one of the settings.
    #[must_use]
    pub fn with_language(mut self, language: &str) -> Self {
        self.language = Some(language.to_owned());
        self
    }
}
