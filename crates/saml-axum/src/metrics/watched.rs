use std::sync::{Arc, PoisonError, RwLock};

use crate::validity::Validity;

/// What a portal uses now, as it was last told; asked whenever the numbers are, so that none of them goes stale.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watched(Arc<RwLock<Option<Validity>>>);

impl Watched {
    pub(crate) fn set(&self, validity: &Validity) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(validity.clone());
    }

    pub(crate) fn get(&self) -> Option<Validity> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
