/// A session that can be written down for a store that seals it, and read again.
///
/// It is a trait of its own, so that what holds a BSN need not be serializable for everything else.
pub trait KeptSession: Send + Sized {
    /// Returns the session as bytes. They go into the seal and nowhere else.
    fn to_bytes(&self) -> Vec<u8>;

    /// Reads what [`to_bytes`](Self::to_bytes) wrote; `None` for anything else, as after a change of its form.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

impl KeptSession for String {
    fn to_bytes(&self) -> Vec<u8> {
        self.clone().into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        String::from_utf8(bytes.to_vec()).ok()
    }
}
