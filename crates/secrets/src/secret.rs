//! The two handles: a fixed and a variable number of secret bytes.

use std::convert::Infallible;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::SecretError;
use crate::pages::Guarded;

/// Fills `buf` from the operating system's generator; on an error its contents are not to be used.
///
/// # Errors
/// [`SecretError::Random`] when the operating system refuses.
pub fn os_random(buf: &mut [u8]) -> Result<(), SecretError> {
    getrandom::fill(buf).map_err(|e| SecretError::Random(e.to_string()))
}

/// `N` secret bytes in guarded memory, wiped when dropped.
pub struct Secret<const N: usize>(Guarded);

impl<const N: usize> Secret<N> {
    /// Holds a copy of `z`, whose own bytes are wiped on return.
    #[must_use]
    pub fn from_array(z: Zeroizing<[u8; N]>) -> Self {
        Self::init(|to| to.copy_from_slice(&*z))
    }

    /// Holds `N` bytes from the operating system's generator, written straight into guarded memory.
    ///
    /// # Errors
    /// [`SecretError::Random`] when the operating system refuses.
    pub fn random() -> Result<Self, SecretError> {
        Self::try_init(|to| os_random(to))
    }

    /// Holds what `fill` writes into the guarded bytes, which start as zeros; nothing is kept when it fails.
    ///
    /// # Errors
    /// Those of `fill`.
    pub fn try_init<E>(fill: impl FnOnce(&mut [u8; N]) -> Result<(), E>) -> Result<Self, E> {
        Guarded::filled(N, |bytes| match bytes.first_chunk_mut::<N>() {
            Some(array) => fill(array),
            None => Ok(()), // not reached: the region has N bytes
        })
        .map(Self)
    }

    /// Holds what `fill` writes into the guarded bytes, which start as zeros.
    #[must_use]
    pub fn init(fill: impl FnOnce(&mut [u8; N])) -> Self {
        let done: Result<Self, Infallible> = Self::try_init(|to| {
            fill(to);
            Ok(())
        });
        match done {
            Ok(secret) => secret,
            Err(never) => match never {},
        }
    }

    /// Shows the bytes; what copies them has to wipe the copy.
    #[must_use]
    pub fn expose(&self) -> &[u8; N] {
        const { assert!(N > 0, "a secret has at least one byte") }
        match self.0.bytes().first_chunk::<N>() {
            Some(array) => array,
            None => unreachable!("the region has N bytes"),
        }
    }

    /// Compares in constant time.
    #[must_use]
    pub fn ct_eq(&self, other: &Self) -> bool {
        self.expose().ct_eq(other.expose()).into()
    }

    /// Returns a second handle with the same bytes on pages of its own. Named, so that no copy is made by accident.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self::init(|to| to.copy_from_slice(self.expose()))
    }
}

/// A variable number of secret bytes in guarded memory, wiped when dropped. The length is no secret.
pub struct SecretBytes(Guarded);

impl SecretBytes {
    /// Holds a copy of `z`, whose own bytes are wiped on return.
    #[must_use]
    pub fn from_vec(z: Zeroizing<Vec<u8>>) -> Self {
        Self::from_slice(&z)
    }

    /// Holds a copy of `bytes`; the caller wipes the original.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Self {
        let done: Result<Guarded, Infallible> = Guarded::filled(bytes.len(), |to| {
            to.copy_from_slice(bytes);
            Ok(())
        });
        match done {
            Ok(region) => Self(region),
            Err(never) => match never {},
        }
    }

    /// Shows the bytes; what copies them has to wipe the copy.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.bytes()
    }

    /// Returns the number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.bytes().len()
    }

    /// Says whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Compares in constant time for equal lengths; the lengths themselves are no secret.
    #[must_use]
    pub fn ct_eq(&self, other: &Self) -> bool {
        self.expose().ct_eq(other.expose()).into()
    }

    /// Returns a second handle with the same bytes on pages of its own.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self::from_slice(self.expose())
    }
}
