//! XChaCha20-Poly1305 with a random nonce, and the associated data that binds a ciphertext to its place.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use jinku_secrets::{Secret, os_random};
use zeroize::Zeroizing;

use crate::EnvelopeError;

/// Bytes of the nonce that leads a sealed text.
pub const NONCE_BYTES: usize = 24;
/// Bytes of the authentication tag that ends it.
pub const TAG_BYTES: usize = 16;
/// Bytes by which a sealed text is longer than its plaintext.
pub const OVERHEAD: usize = NONCE_BYTES + TAG_BYTES;

/// Returns associated data naming a record's place: format, vault, record and key version, none of which can run into
/// the next because each is led by its length (u32 big-endian); the version is u32 big-endian.
#[must_use]
pub fn aad(format: &str, vault: &str, record: &str, key_version: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(16 + format.len() + vault.len() + record.len());
    for field in [format, vault, record] {
        // A field beyond 4 GiB does not occur; saturating keeps this free of panics and still binds every byte.
        out.extend_from_slice(&u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(field.as_bytes());
    }
    out.extend_from_slice(&key_version.to_be_bytes());
    out
}

/// Returns `nonce ‖ ciphertext ‖ tag`; the 24-byte nonce is random, so a key may seal any number of texts.
///
/// # Errors
/// [`EnvelopeError::Random`] when the operating system gives no randomness.
pub fn seal(key: &Secret<32>, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
    seal_brief(key.expose(), aad, plaintext)
}

/// As [`seal`], for a key that lives within one call.
pub(crate) fn seal_brief(
    key: &[u8; 32],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, EnvelopeError> {
    let mut nonce = [0u8; NONCE_BYTES];
    os_random(&mut nonce)?;
    seal_with_nonce(key, &nonce, aad, plaintext)
}

fn seal_with_nonce(
    key: &[u8; 32],
    nonce: &[u8; NONCE_BYTES],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, EnvelopeError> {
    // Full capacity at once: a growing vector would leave plaintext in freed memory.
    let mut out = Zeroizing::new(Vec::with_capacity(plaintext.len() + OVERHEAD));
    out.extend_from_slice(nonce);
    out.extend_from_slice(plaintext);
    let cipher = XChaCha20Poly1305::new(key.into());
    let body = &mut out[NONCE_BYTES..];
    let tag = cipher
        .encrypt_inout_detached(&XNonce::from(*nonce), aad, body.into())
        .map_err(|_| EnvelopeError::TooLarge {
            found: plaintext.len(),
        })?;
    out.extend_from_slice(&tag);
    Ok(std::mem::take(&mut *out))
}

/// Returns the plaintext of what [`seal`] returned for the same key and associated data.
///
/// # Errors
/// [`EnvelopeError::Unsealable`] when key, place or any byte differs.
pub fn open(
    key: &Secret<32>,
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    open_brief(key.expose(), aad, sealed)
}

/// As [`open`], for a key that lives within one call.
pub(crate) fn open_brief(
    key: &[u8; 32],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    let (nonce, rest) = sealed
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(EnvelopeError::Unsealable)?;
    let (body, tag) = rest
        .split_last_chunk::<TAG_BYTES>()
        .ok_or(EnvelopeError::Unsealable)?;
    let mut plain = Zeroizing::new(body.to_vec());
    let cipher = XChaCha20Poly1305::new(key.into());
    cipher
        .decrypt_inout_detached(
            &XNonce::from(*nonce),
            aad,
            plain.as_mut_slice().into(),
            &Tag::from(*tag),
        )
        .map_err(|_| EnvelopeError::Unsealable)?;
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Secret<32> {
        Secret::init(|k| k.fill(byte))
    }

    /// draft-irtf-cfrg-xchacha-03, appendix A.3.1.
    #[test]
    fn the_published_vector_is_met() {
        let key = Secret::<32>::init(|k| k.iter_mut().zip(0x80u8..).for_each(|(k, b)| *k = b));
        let nonce: [u8; 24] = std::array::from_fn(|i| 0x40 + i as u8);
        let aad = crate::hex::decode("50515253c0c1c2c3c4c5c6c7").expect("hex");
        let plain = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
        let sealed = seal_with_nonce(key.expose(), &nonce, &aad, plain).expect("small");
        assert!(
            crate::hex::encode(&sealed[24..])
                .starts_with("bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb")
        );
        assert!(crate::hex::encode(&sealed).ends_with("c0875924c1c7987947deafd8780acf49"));
        assert_eq!(&*open(&key, &aad, &sealed).expect("ours"), plain);
    }

    #[test]
    fn any_flipped_bit_is_refused() {
        let place = aad("f", "v", "r", 1);
        let sealed = seal(&key(1), &place, b"seventeen bytes!!").expect("randomness");
        assert_eq!(sealed.len(), 17 + OVERHEAD);
        for bit in 0..sealed.len() * 8 {
            let mut bent = sealed.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            assert!(
                matches!(open(&key(1), &place, &bent), Err(EnvelopeError::Unsealable)),
                "bit {bit}"
            );
        }
        for cut in 0..sealed.len() {
            assert!(
                open(&key(1), &place, &sealed[..cut]).is_err(),
                "cut to {cut}"
            );
        }
        assert!(open(&key(2), &place, &sealed).is_err());
        assert_eq!(
            &*open(&key(1), &place, &sealed).expect("unchanged"),
            b"seventeen bytes!!"
        );
    }

    #[test]
    fn nonces_never_repeat() {
        let mut nonces: Vec<Vec<u8>> = (0..500)
            .map(|_| seal(&key(1), b"", b"").expect("randomness")[..24].to_vec())
            .collect();
        nonces.sort();
        nonces.dedup();
        assert_eq!(nonces.len(), 500);
    }

    #[test]
    fn places_do_not_run_into_each_other() {
        let places = [
            aad("ab", "c", "d", 1),
            aad("a", "bc", "d", 1),
            aad("a", "b", "cd", 1),
            aad("ab", "", "cd", 1),
            aad("ab", "c", "d", 2),
        ];
        for (i, a) in places.iter().enumerate() {
            assert!(places.iter().skip(i + 1).all(|b| a != b), "place {i}");
        }
    }
}
