//! The bytes of a key file: exactly 32, random, made by Jinku.
//!
//! Where a key file lies and who can read it is for the program that opens it to check, on the opened descriptor
//! (`src/jinku/ops/keyfile.py`): the signer is handed bytes behind a descriptor, and a pipe has neither place nor owner.

use jinku_secrets::Secret;

use crate::EnvelopeError;

/// Size of a key file.
pub const BYTES: usize = 32;
/// Random bytes have fewer distinct values than this once in about 10^15 files; typed text nearly always has.
const LEAST_DISTINCT: usize = 16;

fn refused(rule: impl Into<String>) -> EnvelopeError {
    EnvelopeError::KeyFile { rule: rule.into() }
}

/// Returns the key when the bytes can be a key file's.
///
/// # Errors
/// [`EnvelopeError::KeyFile`] for another number of bytes, and for bytes that are not random.
pub fn key(bytes: &[u8]) -> Result<Secret<BYTES>, EnvelopeError> {
    let Ok(array) = <&[u8; BYTES]>::try_from(bytes) else {
        return Err(refused(format!(
            "it holds {} bytes, a key file has exactly {BYTES}",
            bytes.len()
        )));
    };
    let mut seen = [false; 256];
    array.iter().for_each(|b| seen[usize::from(*b)] = true);
    if seen.iter().filter(|s| **s).count() < LEAST_DISTINCT {
        return Err(refused("its bytes are not random"));
    }
    Ok(Secret::init(|to| to.copy_from_slice(array)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_bytes_are_a_key_and_others_are_refused_by_name() {
        let bytes = Secret::<32>::random().expect("randomness");
        assert!(key(bytes.expose()).expect("a key").ct_eq(&bytes));
        for (bytes, word) in [
            (vec![1u8; 31], "31 bytes"),
            (vec![], "0 bytes"),
            (vec![1; 33], "33 bytes"),
            (vec![7; 32], "not random"),
            (b"passwordpasswordpasswordpassword".to_vec(), "not random"),
        ] {
            let found = key(&bytes).err().expect("a broken rule");
            assert!(
                matches!(found, EnvelopeError::KeyFile { .. }) && found.to_string().contains(word),
                "{word}: {found}"
            );
        }
    }
}
