//! RFC 9180 base mode, single shot, suite DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305.
//!
//! A published standard with vectors and many implementations, so an auditor can open with other software; written
//! here because the crates that offer it bring a second generation of the curve and cipher crates into the signer.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce, Tag};
use curve25519_dalek::MontgomeryPoint;
use hkdf::Hkdf;
use jinku_secrets::os_random;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::EnvelopeError;

/// `"KEM" ‖ kem_id` (section 4.1).
const KEM_SUITE: &[u8] = b"KEM\x00\x20";
/// `"HPKE" ‖ kem_id ‖ kdf_id ‖ aead_id` (section 5.1).
const SUITE: &[u8] = b"HPKE\x00\x20\x00\x01\x00\x03";
const VERSION: &[u8] = b"HPKE-v1";
/// Bytes of the encapsulated key.
pub(crate) const ENC: usize = 32;
const TAG: usize = 16;

type Zeroed<const N: usize> = Zeroizing<[u8; N]>;

/// Returns the public key of a private key.
pub(crate) fn public_key(private: &[u8; 32]) -> [u8; 32] {
    MontgomeryPoint::mul_base_clamped(*private).0
}

/// Returns `enc ‖ ciphertext ‖ tag` that only the private key of `public` opens, for the same info and associated data.
///
/// # Errors
/// [`EnvelopeError::BadPublicKey`] for a point of small order, or no randomness.
pub(crate) fn seal(
    public: &[u8; 32],
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, EnvelopeError> {
    let mut ephemeral = Zeroizing::new([0u8; 32]);
    os_random(&mut *ephemeral)?;
    seal_with(&ephemeral, public, info, aad, plaintext)
}

fn seal_with(
    ephemeral: &[u8; 32],
    public: &[u8; 32],
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, EnvelopeError> {
    let enc = public_key(ephemeral);
    let (key, nonce) = schedule(&*shared(ephemeral, public, &enc, public)?, info);
    let mut out = Zeroizing::new(Vec::with_capacity(ENC + plaintext.len() + TAG));
    out.extend_from_slice(&enc);
    out.extend_from_slice(plaintext);
    let body = &mut out[ENC..];
    let tag = ChaCha20Poly1305::new((&*key).into())
        .encrypt_inout_detached(&Nonce::from(*nonce), aad, body.into())
        .map_err(|_| EnvelopeError::TooLarge {
            found: plaintext.len(),
        })?;
    out.extend_from_slice(&tag);
    Ok(std::mem::take(&mut *out))
}

/// Returns the plaintext of what [`seal`] made for this private key.
///
/// # Errors
/// [`EnvelopeError::Unsealable`] when key, info, associated data or any byte differs.
pub(crate) fn open(
    private: &[u8; 32],
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    let (enc, rest) = sealed
        .split_first_chunk::<ENC>()
        .ok_or(EnvelopeError::Unsealable)?;
    let (body, tag) = rest
        .split_last_chunk::<TAG>()
        .ok_or(EnvelopeError::Unsealable)?;
    let shared =
        shared(private, enc, enc, &public_key(private)).map_err(|_| EnvelopeError::Unsealable)?;
    let (key, nonce) = schedule(&*shared, info);
    let mut plain = Zeroizing::new(body.to_vec());
    ChaCha20Poly1305::new((&*key).into())
        .decrypt_inout_detached(
            &Nonce::from(*nonce),
            aad,
            plain.as_mut_slice().into(),
            &Tag::from(*tag),
        )
        .map_err(|_| EnvelopeError::Unsealable)?;
    Ok(plain)
}

/// Returns the KEM's shared secret (section 4.1), refusing an all-zero Diffie-Hellman output (section 7.1.4).
fn shared(
    own: &[u8; 32],
    their: &[u8; 32],
    enc: &[u8; 32],
    recipient: &[u8; 32],
) -> Result<Zeroed<32>, EnvelopeError> {
    let dh = Zeroizing::new(MontgomeryPoint(*their).mul_clamped(*own).0);
    if dh.iter().fold(0, |all, b| all | b) == 0 {
        return Err(EnvelopeError::BadPublicKey);
    }
    let prk = extract(KEM_SUITE, &[], b"eae_prk", &*dh);
    let context = [enc.as_slice(), recipient].concat();
    Ok(expand(KEM_SUITE, &prk, b"shared_secret", &context))
}

/// Returns key and nonce of the first message (section 5.1, mode_base).
fn schedule(shared: &[u8], info: &[u8]) -> (Zeroed<32>, Zeroed<12>) {
    let psk_id = extract_hash(b"psk_id_hash", b"");
    let info = extract_hash(b"info_hash", info);
    let context = [&[0u8][..], &psk_id, &info].concat();
    let secret = extract(SUITE, shared, b"secret", b"");
    (
        expand(SUITE, &secret, b"key", &context),
        expand(SUITE, &secret, b"base_nonce", &context),
    )
}

fn labelled(suite: &[u8], label: &[u8], input: &[u8]) -> Zeroizing<Vec<u8>> {
    // `concat` allocates once, so no unwiped piece is left behind.
    Zeroizing::new([VERSION, suite, label, input].concat())
}

fn extract(suite: &[u8], salt: &[u8], label: &[u8], ikm: &[u8]) -> Hkdf<Sha256> {
    Hkdf::new(Some(salt), &labelled(suite, label, ikm))
}

fn extract_hash(label: &[u8], input: &[u8]) -> [u8; 32] {
    Hkdf::<Sha256>::extract(None, &labelled(SUITE, label, input))
        .0
        .into()
}

fn expand<const N: usize>(
    suite: &[u8],
    prk: &Hkdf<Sha256>,
    label: &[u8],
    info: &[u8],
) -> Zeroed<N> {
    let mut out = Zeroizing::new([0u8; N]);
    // N is 12 or 32: it fits two bytes, and HKDF refuses only more than 255 blocks.
    let length = [(N >> 8) as u8, (N & 255) as u8];
    let input = [&length[..], VERSION, suite, label, info].concat();
    prk.expand(&input, &mut *out)
        .unwrap_or_else(|_| unreachable!("at most one block"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex;

    fn secret(text: &str) -> [u8; 32] {
        hex::decode_array(text).expect("hex")
    }

    /// RFC 9180 appendices A.2.1 and A.2.1.1, sequence number 0.
    #[test]
    fn the_rfcs_vector_is_met_both_ways() {
        let recipient = secret("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb");
        let ephemeral = secret("f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600");
        let public = public_key(&recipient);
        assert_eq!(
            hex::encode(&public),
            "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a"
        );
        let info = b"Ode on a Grecian Urn";
        let sealed = seal_with(
            &ephemeral,
            &public,
            info,
            b"Count-0",
            b"Beauty is truth, truth beauty",
        )
        .expect("sound");
        assert_eq!(
            hex::encode(&sealed),
            "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a\
             1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"
        );
        assert_eq!(
            &*open(&recipient, info, b"Count-0", &sealed).expect("ours"),
            b"Beauty is truth, truth beauty"
        );
        assert!(open(&recipient, info, b"Count-1", &sealed).is_err());
        assert!(open(&recipient, b"Ode", b"Count-0", &sealed).is_err());
        assert!(open(&ephemeral, info, b"Count-0", &sealed).is_err());
    }

    #[test]
    fn points_of_small_order_are_refused() {
        let private = [0x42; 32];
        let mut one = [0u8; 32];
        one[0] = 1;
        let order8 = "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800";
        for point in [[0; 32], one, hex::decode_array(order8).expect("hex")] {
            assert!(matches!(
                seal(&point, b"", b"", b"x"),
                Err(EnvelopeError::BadPublicKey)
            ));
            let mut forged = point.to_vec();
            forged.extend_from_slice(&[0; 48]);
            assert!(matches!(
                open(&private, b"", b"", &forged),
                Err(EnvelopeError::Unsealable)
            ));
        }
    }

    #[test]
    fn any_flipped_bit_is_refused() {
        let private = [0x42; 32];
        let sealed = seal(&public_key(&private), b"i", b"a", b"evidence").expect("sound");
        for bit in (0..sealed.len() * 8).filter(|b| *b != 255) {
            let mut bent = sealed.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&private, b"i", b"a", &bent).is_err(), "bit {bit}");
        }
        for cut in 0..sealed.len() {
            assert!(open(&private, b"i", b"a", &sealed[..cut]).is_err());
        }
    }
}
