//! The age v1 format (age-encryption.org/v1, C2SP `age.md`), encryption to one X25519 recipient.
//!
//! Why not the `age` crate: it brings 110 crates of translation, async and post-quantum code into the process that holds
//! the keys; it is the test oracle instead. The signer never decrypts age files, so no parser stands here.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use curve25519_dalek::montgomery::MontgomeryPoint;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use jinku_address::bech32;
use jinku_secrets::{Zeroizing, os_random};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::refusal::{Outcome, Refusal};

/// Most bytes of one chunk of the payload; longer plaintexts are refused, ours are a few hundred bytes.
const CHUNK: usize = 64 << 10;

/// A recipient: an X25519 public key.
pub(crate) struct Recipient([u8; 32]);

impl Recipient {
    /// The recipient that `age1…` names.
    ///
    /// # Errors
    /// `age.recipient` for anything that is no X25519 recipient.
    pub(crate) fn parse(text: &str) -> Outcome<Self> {
        let bad = |why: &str| {
            let shown: String = text.chars().take(12).collect();
            Refusal::new(
                "age.recipient",
                format!(
                    "{shown}… is no age recipient: {why}; expected age1 and 58 more characters"
                ),
            )
        };
        let (prefix, bytes) = decode(text).ok_or_else(|| bad("its checksum does not hold"))?;
        if prefix != "age" {
            return Err(bad("it begins otherwise"));
        }
        let key: [u8; 32] = bytes.try_into().map_err(|_| bad("it has not 32 bytes"))?;
        Ok(Self(key))
    }

    /// `plaintext` as a binary age file that this recipient opens.
    ///
    /// # Errors
    /// `age.recipient` for a point of small order, `age.too_long`, `signer.random`.
    pub(crate) fn encrypt(&self, plaintext: &[u8]) -> Outcome<Vec<u8>> {
        if plaintext.len() > CHUNK {
            return Err(Refusal::new(
                "age.too_long",
                format!("found {} bytes, expected at most {CHUNK}", plaintext.len()),
            ));
        }
        let mut file_key = Zeroizing::new([0; 16]);
        let mut nonce = [0; 16];
        random(&mut file_key[..])?;
        random(&mut nonce)?;
        let mut out = self.header(&file_key)?;
        out.extend_from_slice(&nonce);
        let key = derived(&file_key[..], &nonce, b"payload");
        let mut last = [0; 12]; // chunk counter 0, then 01: the final chunk
        last[11] = 1;
        out.extend_from_slice(&sealed(&key, last, plaintext)?);
        Ok(out)
    }

    fn header(&self, file_key: &[u8; 16]) -> Outcome<Vec<u8>> {
        let mut scalar = Zeroizing::new([0; 32]);
        random(&mut scalar[..])?;
        let share = MontgomeryPoint::mul_base_clamped(*scalar).to_bytes();
        let shared = Zeroizing::new(MontgomeryPoint(self.0).mul_clamped(*scalar).to_bytes());
        if bool::from(shared[..].ct_eq(&[0; 32])) {
            return Err(Refusal::new(
                "age.recipient",
                "the age recipient is a point of small order; nobody holds its key",
            ));
        }
        let salt = [share, self.0].concat();
        let body = sealed(
            &derived(&shared[..], &salt, b"age-encryption.org/v1/X25519"),
            [0; 12],
            file_key,
        )?;
        let mut header = format!(
            "age-encryption.org/v1\n-> X25519 {}\n{}\n---",
            base64(&share),
            base64(&body)
        );
        let mac_key = derived(file_key, &[], b"header");
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&mac_key[..])
            .map_err(|_| internal())?;
        mac.update(header.as_bytes());
        header.push(' ');
        header.push_str(&base64(&mac.finalize().into_bytes()));
        header.push('\n');
        Ok(header.into_bytes())
    }
}

/// An age file as text, as C2SP `age.md` has it ("ASCII armor").
#[must_use]
pub(crate) fn armored(file: &[u8]) -> String {
    let mut text = base64(file);
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    let mut out = String::from("-----BEGIN AGE ENCRYPTED FILE-----\n");
    for line in text.as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out.push_str("-----END AGE ENCRYPTED FILE-----\n");
    out
}

fn decode(text: &str) -> Option<(String, Vec<u8>)> {
    let (prefix, values, variant) = bech32::decode(text).ok()?;
    let bytes = bech32::to_bytes(&values)?;
    (variant == bech32::Variant::Bech32).then_some((prefix, bytes))
}

fn internal() -> Refusal {
    Refusal::new("signer.internal", "a cipher refused its key")
}

fn random(to: &mut [u8]) -> Outcome<()> {
    os_random(to).map_err(|error| Refusal::later("signer.random", error.to_string()))
}

fn derived(ikm: &[u8], salt: &[u8], info: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    // HKDF refuses only more than 255 blocks; this is one.
    Hkdf::<Sha256>::new(Some(salt), ikm)
        .expand(info, &mut out[..])
        .unwrap_or_else(|_| unreachable!("one block"));
    out
}

fn sealed(key: &[u8; 32], nonce: [u8; 12], plaintext: &[u8]) -> Outcome<Vec<u8>> {
    let mut body = Zeroizing::new(Vec::with_capacity(plaintext.len() + 16));
    body.extend_from_slice(plaintext);
    let tag = ChaCha20Poly1305::new(key.into()).encrypt_inout_detached(
        &Nonce::from(nonce),
        b"",
        body.as_mut_slice().into(),
    );
    body.extend_from_slice(&tag.map_err(|_| internal())?);
    Ok(std::mem::take(&mut *body))
}

/// Base64 without padding (RFC 4648, section 4). Only ciphertext and public values pass here.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word = group
            .iter()
            .fold(0u32, |word, byte| word << 8 | u32::from(*byte))
            << (8 * (3 - group.len()));
        for place in 0..=group.len() {
            out.push(char::from(
                ALPHABET[(word >> (18 - 6 * place)) as usize & 63],
            ));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::str::FromStr;

    #[test]
    fn another_implementation_opens_what_is_sealed() {
        let identity = age::x25519::Identity::generate();
        let ours = Recipient::parse(&identity.to_public().to_string()).expect("a recipient");
        for length in [0usize, 1, 100, CHUNK] {
            let plain = vec![7u8; length];
            let file = ours.encrypt(&plain).expect("sealed");
            let mut opened = Vec::new();
            let reader = age::Decryptor::new(&file[..])
                .expect("a header")
                .decrypt(std::iter::once(&identity as _));
            reader
                .expect("our key")
                .read_to_end(&mut opened)
                .expect("whole");
            assert_eq!(opened, plain);
            let stranger = age::x25519::Identity::generate();
            let refused = age::Decryptor::new(&file[..])
                .expect("a header")
                .decrypt(std::iter::once(&stranger as _));
            assert!(refused.is_err());
        }
    }

    #[test]
    fn what_is_no_recipient_is_refused() {
        let good = age::x25519::Identity::generate().to_public().to_string();
        let mut bent = good.clone();
        let last = bent.pop().expect("a character");
        bent.push(if last == 'q' { 'p' } else { 'q' });
        for bad in [
            "",
            "age1",
            "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
            &bent,
            &good[..30],
        ] {
            assert_eq!(
                Recipient::parse(bad).err().expect("refused").code,
                "age.recipient",
                "{bad}"
            );
        }
        assert!(age::x25519::Recipient::from_str(&good).is_ok() && Recipient::parse(&good).is_ok());
        assert_eq!(
            Recipient([0; 32]).encrypt(b"x").unwrap_err().code,
            "age.recipient"
        );
    }

    #[test]
    fn base64_meets_rfc_4648_section_10() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
        assert!(armored(b"fooba").contains("Zm9vYmE=\n"));
    }
}
