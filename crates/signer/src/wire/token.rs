//! The capability token of a request or of an unlock: bytes that stand for a right, so they are kept like a key.

use jinku_secrets::{Zeroizing, os_random};
use subtle::{Choice, ConstantTimeEq};

use crate::refusal::{Outcome, Refusal};

/// Bytes of a capability token.
pub const TOKEN_LEN: usize = 32;

/// A capability token. It stands on the heap, so that moving it leaves no copy behind, and is wiped when dropped.
///
/// It cannot be printed, copied by accident or compared in variable time:
///
/// ```compile_fail,E0277
/// let token = jinku_signer::wire::Token::from_bytes(&[0; 32]);
/// println!("{token:?}");
/// ```
/// ```compile_fail,E0599
/// let token = jinku_signer::wire::Token::from_bytes(&[0; 32]);
/// let _ = token.clone();
/// ```
/// ```compile_fail,E0382
/// let token = jinku_signer::wire::Token::from_bytes(&[0; 32]);
/// let (_one, _two) = (token, token);
/// ```
/// ```compile_fail,E0369
/// let token = jinku_signer::wire::Token::from_bytes(&[0; 32]);
/// let _ = token == token;
/// ```
pub struct Token(Box<Zeroizing<[u8; TOKEN_LEN]>>);

impl Token {
    /// The token that a frame carries.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; TOKEN_LEN]) -> Self {
        let mut token = Self(Box::default());
        token.0.copy_from_slice(bytes);
        token
    }

    /// A new token, of the operating system's randomness.
    ///
    /// # Errors
    /// `signer.random`.
    pub(crate) fn random() -> Outcome<Self> {
        let mut token = Self(Box::default());
        os_random(&mut token.0[..])
            .map_err(|error| Refusal::later("signer.random", error.to_string()))?;
        Ok(token)
    }

    /// A second holder of the same bytes: the caller gets one, the table of live tokens the other.
    #[must_use]
    pub(crate) fn duplicate(&self) -> Self {
        Self::from_bytes(&self.0)
    }

    /// Shows the bytes, for the answer to unlock.
    #[must_use]
    pub(crate) fn expose(&self) -> &[u8; TOKEN_LEN] {
        &self.0
    }

    /// Compares in constant time.
    #[must_use]
    pub(crate) fn ct_eq(&self, other: &Self) -> Choice {
        self.0.as_slice().ct_eq(other.0.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_compare_by_their_bytes_and_are_not_told_apart_by_place() {
        let one = Token::random().expect("randomness");
        assert!(bool::from(one.ct_eq(&one.duplicate())));
        for bit in 0..8 * TOKEN_LEN {
            let mut bytes = *one.expose();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(!bool::from(one.ct_eq(&Token::from_bytes(&bytes))));
        }
        assert!(!bool::from(
            one.ct_eq(&Token::random().expect("randomness"))
        ));
    }

    #[test]
    fn a_dropped_token_is_wiped() {
        // The field's type wipes; this pins the type, and that nothing took the bytes out of it.
        fn bytes(token: &mut Token) -> &mut Zeroizing<[u8; TOKEN_LEN]> {
            &mut token.0
        }
        let mut token = Token::from_bytes(&[7; TOKEN_LEN]);
        assert_eq!(bytes(&mut token)[..], [7; TOKEN_LEN]);
        zeroize::Zeroize::zeroize(bytes(&mut token));
        assert_eq!(token.expose(), &[0; TOKEN_LEN]);
    }
}
