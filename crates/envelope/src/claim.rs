//! Claim codes: what a user types once to fetch the wallet that was made for them.
//!
//! 26 characters of Crockford's base32 carry 130 random bits; two check characters (a Reed–Solomon code over GF(32))
//! tell any one or two wrong characters, and any two swapped ones, before anything is looked up. Blob key and look-up
//! id are two HKDF outputs of the code, so neither gives the other, and the code itself is stored nowhere. The code has
//! enough bits that no password hashing is needed.

use jinku_secrets::os_random;
use zeroize::Zeroizing;

use crate::aead::{open_brief, seal_brief};
use crate::subkeys::{expand_brief, info, purpose};
use crate::{EnvelopeError, aad, hex};

const FORMAT: &str = "jinku-claim/1";
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DATA: usize = 26;
const CHECK: usize = 2;
const TOTAL: usize = DATA + CHECK;
const GROUP: usize = 4;
/// Longest text that is read: the code with room for separators.
const MAX_TEXT: usize = 128;

/// A claim code: 28 values below 32, wiped when dropped. It lives for one call, so it takes no guarded page. No `Debug`.
pub struct ClaimCode(Zeroizing<Vec<u8>>);

impl ClaimCode {
    /// Returns a new code of 130 random bits.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn generate() -> Result<Self, EnvelopeError> {
        let mut symbols = Zeroizing::new(vec![0u8; TOTAL]);
        os_random(&mut symbols[..DATA])?;
        symbols.iter_mut().for_each(|s| *s &= 31);
        let (data, check) = symbols.split_at_mut(DATA);
        check.copy_from_slice(&check_symbols(data));
        Ok(Self(symbols))
    }

    /// Returns the code that a person typed: any case, `O` read as 0, `I` and `L` as 1, blanks and hyphens left out.
    ///
    /// # Errors
    /// [`EnvelopeError::ClaimCode`] saying how many characters were found, or at which place one is impossible, or that
    /// the check characters do not fit.
    pub fn parse(text: &[u8]) -> Result<Self, EnvelopeError> {
        let refused = |reason: String| EnvelopeError::ClaimCode { reason };
        if text.len() > MAX_TEXT {
            return Err(refused(format!(
                "it has {} bytes, a code has 28 characters",
                text.len()
            )));
        }
        let mut symbols = Zeroizing::new(Vec::with_capacity(MAX_TEXT));
        for byte in text {
            if matches!(byte, b'-' | b' ' | b'\t' | b'\r' | b'\n') {
                continue;
            }
            let symbol = symbol(*byte).ok_or_else(|| {
                refused(format!(
                    "character {} is none of 0-9 and A-Z without U",
                    symbols.len() + 1
                ))
            })?;
            symbols.push(symbol);
        }
        if symbols.len() != TOTAL {
            return Err(refused(format!(
                "it has {} characters, a code has 28",
                symbols.len()
            )));
        }
        if syndromes(&symbols) != [0, 0] {
            return Err(refused(
                "its check characters do not fit, at least one character is wrong".to_owned(),
            ));
        }
        Ok(Self(symbols))
    }

    /// Returns the code as it is handed out: seven groups of four, joined by hyphens.
    #[must_use]
    pub fn expose_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(TOTAL + TOTAL / GROUP));
        for (i, symbol) in self.0.iter().enumerate() {
            if i > 0 && i % GROUP == 0 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[usize::from(*symbol & 31)]));
        }
        text
    }

    /// Returns the 16 bytes under which the blob is found; they tell nothing about the code.
    #[must_use]
    pub fn lookup_id(&self) -> [u8; 16] {
        let full = self.output(purpose::CLAIM_LOOKUP);
        std::array::from_fn(|i| full[i])
    }

    /// Returns `plaintext` sealed so that this code alone opens it.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn seal(&self, plaintext: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        seal_brief(&self.output(purpose::CLAIM_BLOB), &self.place(), plaintext)
    }

    /// Returns what [`ClaimCode::seal`] sealed.
    ///
    /// # Errors
    /// [`EnvelopeError::Unsealable`] for a blob of another code or changed bytes.
    pub fn open(&self, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        open_brief(&self.output(purpose::CLAIM_BLOB), &self.place(), blob)
    }

    fn place(&self) -> Vec<u8> {
        aad(FORMAT, &hex::encode(&self.lookup_id()), "wallet", 1)
    }

    fn output(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        expand_brief(&self.0[..DATA], &[], &info(purpose, "1"))
    }
}

fn symbol(byte: u8) -> Option<u8> {
    let upper = match byte.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    ALPHABET
        .iter()
        .position(|c| *c == upper)
        .and_then(|i| u8::try_from(i).ok())
}

/// Product in GF(32), modulus x^5 + x^2 + 1; no branch or table depends on the operands.
fn product(a: u8, b: u8) -> u8 {
    let mut sum = 0u16;
    for i in 0..5 {
        sum ^= (u16::from(a) << i) & 0u16.wrapping_sub(u16::from(b >> i) & 1);
    }
    for i in (5..9).rev() {
        sum ^= (0b100101 << (i - 5)) & 0u16.wrapping_sub((sum >> i) & 1);
    }
    (sum & 31) as u8
}

/// α = x, which generates the 31 nonzero elements, and α².
const ROOTS: [u8; 2] = [2, 4];

/// The code polynomial's values at the two roots: zero for a code word.
fn syndromes(symbols: &[u8]) -> [u8; 2] {
    ROOTS.map(|root| symbols.iter().fold(0, |sum, s| product(sum, root) ^ s))
}

/// The two symbols that make data a code word: with data·x² at the roots known, two linear equations are left.
fn check_symbols(data: &[u8]) -> [u8; 2] {
    // c(α) = d1 + α·h + l = 0 and c(α²) = d2 + α²·h + l = 0, so h = (d1 + d2) / (α + α²), and 1 / (α + α²) = 1 / 6.
    let [d1, d2] = ROOTS.map(|root| {
        data.iter()
            .chain(&[0, 0])
            .fold(0, |sum, s| product(sum, root) ^ s)
    });
    let high = product(d1 ^ d2, INVERSE_OF_SIX);
    [high, d1 ^ product(ROOTS[0], high)]
}

/// 6 · 14 = 1 in this field; a test says so.
const INVERSE_OF_SIX: u8 = 14;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_a_field() {
        let mut power = 1;
        let mut seen = [false; 32];
        for _ in 0..31 {
            assert!(!seen[usize::from(power)]);
            seen[usize::from(power)] = true;
            power = product(power, 2);
        }
        assert_eq!(power, 1, "x generates all 31");
        assert_eq!(product(6, INVERSE_OF_SIX), 1);
        for a in 0..32 {
            for b in 0..32 {
                assert_eq!(product(a, b), product(b, a));
                assert_eq!(product(a, b) == 0, a == 0 || b == 0);
            }
        }
    }

    #[test]
    fn a_code_reads_back_however_it_is_typed() {
        let code = ClaimCode::generate().expect("randomness");
        let text = code.expose_text();
        assert_eq!(text.len(), 34);
        assert!(text.split('-').all(|g| g.len() == 4) && text.split('-').count() == 7);
        let sloppy = text
            .to_lowercase()
            .replace('-', " ")
            .replace('0', "o")
            .replace('1', "l");
        let read = ClaimCode::parse(format!("{sloppy}\n").as_bytes()).expect("the same code");
        assert_eq!(*read.0, *code.0);
        assert_eq!(read.lookup_id(), code.lookup_id());
    }

    #[test]
    fn one_or_two_wrong_characters_are_always_told() {
        let code = ClaimCode::generate().expect("randomness");
        let right = code.0.as_slice();
        for i in 0..TOTAL {
            for add in 1..32u8 {
                let mut one = right.to_vec();
                one[i] ^= add;
                assert_ne!(syndromes(&one), [0, 0], "place {i}");
                for j in i + 1..TOTAL {
                    let mut two = one.clone();
                    two[j] ^= add.rotate_left(1) & 31 | 1;
                    assert_ne!(syndromes(&two), [0, 0], "places {i} and {j}");
                }
            }
        }
        for i in 0..TOTAL - 1 {
            let mut swapped = right.to_vec();
            swapped.swap(i, i + 1);
            assert_eq!(syndromes(&swapped) == [0, 0], right[i] == right[i + 1]);
        }
    }

    #[test]
    fn a_wrong_code_says_what_is_wrong_and_not_what_was_typed() {
        let text = ClaimCode::generate().expect("randomness").expose_text();
        let short = ClaimCode::parse(&text.as_bytes()[..30])
            .err()
            .expect("short")
            .to_string();
        assert!(
            short.contains("24 characters") || short.contains("25 characters"),
            "{short}"
        );
        let mut odd = text.as_bytes().to_vec();
        odd[5] = b'U';
        let odd = ClaimCode::parse(&odd).err().expect("odd").to_string();
        assert!(odd.contains("character 5"), "{odd}");
        let mut typo = text.as_bytes().to_vec();
        typo[0] = if typo[0] == b'7' { b'8' } else { b'7' };
        let typo = ClaimCode::parse(&typo).err().expect("typo").to_string();
        assert!(
            typo.contains("check characters") && !typo.contains(&text[5..9]),
            "{typo}"
        );
        assert!(ClaimCode::parse(b"").is_err() && ClaimCode::parse(&[b'0'; 129]).is_err());
    }

    #[test]
    fn only_the_code_opens_its_blob() {
        let (code, other) = (
            ClaimCode::generate().expect("randomness"),
            ClaimCode::generate().expect("randomness"),
        );
        let blob = code.seal(b"abandon ability able").expect("randomness");
        assert_eq!(&*code.open(&blob).expect("ours"), b"abandon ability able");
        assert!(other.open(&blob).is_err());
        assert_ne!(code.lookup_id(), other.lookup_id());
        let key = code.output(purpose::CLAIM_BLOB);
        assert!(
            !key.starts_with(&code.lookup_id()),
            "the look-up id is no part of the key"
        );
        assert!(blob.windows(16).all(|w| w != code.lookup_id()));
    }
}
