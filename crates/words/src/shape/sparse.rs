//! Reading tables of which most columns say nothing: what is absent means "any", and null is refused.

use super::Fields;
use crate::error::Result;

impl Fields {
    /// What `read` takes, or None when there is no such field.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn maybe<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Self, &str) -> Result<T>,
    ) -> Result<Option<T>> {
        if !self.rest.contains_key(name) {
            return Ok(None);
        }
        read(self, name).map(Some)
    }
}
