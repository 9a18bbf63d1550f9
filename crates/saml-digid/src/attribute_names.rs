/// The names under which a broker sends what it says of a citizen.
///
/// "Response attribute mappings" in the broker's dashboard can rename each of them, so they are configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeNames {
    /// The nine digits of the BSN: of the person represented, where somebody acts for another.
    pub nin: String,
    /// The identifier as DigiD sent it, sector code and all.
    pub idp_id: String,
    /// The BSN of the person at the keyboard, where somebody acts for another.
    pub acting_nin: String,
}

impl Default for AttributeNames {
    /// Returns the names of the Signicat eID Hub: `nin`, `idpId` and `actingNin`.
    fn default() -> Self {
        Self { nin: "nin".to_owned(), idp_id: "idpId".to_owned(), acting_nin: "actingNin".to_owned() }
    }
}
