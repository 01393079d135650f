//! One entry point a parser for fuzzers: none may panic, whatever the bytes.

use crate::bip39::{Language, Mnemonic};
use crate::key::{ExtendedKey, ExtendedPublic};
use crate::path::Path;

/// Phrases, in a detected and in a named language (which one, the length decides).
pub fn mnemonic(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(mnemonic) = Mnemonic::parse(&text) {
        let again = Mnemonic::parse_in(mnemonic.language(), &mnemonic.phrase());
        assert!(again.is_ok_and(|again| again.entropy() == mnemonic.entropy()));
    }
    let language = Language::ALL[data.len() % Language::ALL.len()];
    let _ = Mnemonic::parse_in(language, &text);
}

/// Derivation paths; what parses is written and read back unchanged.
pub fn path(data: &[u8]) {
    if let Ok(path) = Path::parse(&String::from_utf8_lossy(data)) {
        assert_eq!(Path::parse(&path.to_string()), Ok(path));
    }
}

/// Extended keys; what parses is written and read back unchanged.
pub fn extended_key(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok((key, version)) = ExtendedPublic::from_xpub_versioned(&text) {
        assert!(
            key.to_xpub_as(version)
                .is_ok_and(|again| *again == text.trim())
        );
    }
    if let Ok((key, version)) = ExtendedKey::from_xprv_versioned(&text) {
        assert!(
            key.to_xprv_as(version)
                .is_ok_and(|again| *again == text.trim())
        );
    }
}

/// The target is run on each seed and on mutations of it: a small fuzzer that needs no nightly compiler.
///
/// Deterministic: a panic is met again by the next run. `JINKU_FUZZ_ROUNDS` sets the mutations a seed (default 2,000).
pub fn campaign(target: fn(&[u8]), seeds: &[&[u8]]) {
    let rounds = std::env::var("JINKU_FUZZ_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(2000u32);
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    for seed in seeds {
        target(seed);
        let mut data = seed.to_vec();
        for round in 0..rounds {
            if round % 16 == 0 {
                data = seed.to_vec();
            }
            mutate(&mut data, seeds, &mut state);
            target(&data);
        }
    }
}

/// xorshift64*: enough to choose places.
fn random(state: &mut u64, below: usize) -> usize {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    let value = state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
    usize::try_from(value).unwrap_or(0) % below.max(1)
}

/// One change: a bit, a byte, a cut, a repeat, or a piece of another seed.
fn mutate(data: &mut Vec<u8>, seeds: &[&[u8]], state: &mut u64) {
    const BYTES: &[u8] = b"\0\x01\x7f\x80\xff 019azAZ'/*<>;[]{}(),:\"-+.#\xef\xbb\xbf\xe3\x80";
    let at = random(state, data.len());
    match random(state, 6) {
        0 if !data.is_empty() => data[at] ^= 1 << random(state, 8),
        1 if !data.is_empty() => data[at] = BYTES[random(state, BYTES.len())],
        2 => data.insert(at, BYTES[random(state, BYTES.len())]),
        3 => data.truncate(at),
        4 if data.len() < 2048 => {
            let end = at + random(state, data.len() - at);
            data.extend_from_within(at..end);
        }
        _ => {
            let other = seeds[random(state, seeds.len())];
            let from = random(state, other.len());
            data.truncate(at);
            data.extend_from_slice(&other[from..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases() {
        let seeds: Vec<String> = Language::ALL
            .into_iter()
            .step_by(3)
            .filter_map(|language| Mnemonic::from_entropy(&[0x5a; 16], language).ok())
            .map(|made| made.phrase().to_string())
            .collect();
        let seeds: Vec<&[u8]> = seeds.iter().map(String::as_bytes).collect();
        campaign(mnemonic, &seeds);
    }

    #[test]
    fn paths() {
        campaign(path, &[b"m", b"m/44'/60'/0'/0/0", b"m/2147483647h/0H/1"]);
    }

    #[test]
    fn extended_keys() {
        let key = ExtendedKey::from_seed(crate::key::Curve::Secp256k1, &[1; 32])
            .ok()
            .unwrap();
        let (private, public) = (
            key.to_xprv().unwrap(),
            key.public().ok().unwrap().to_xpub().unwrap(),
        );
        campaign(extended_key, &[private.as_bytes(), public.as_bytes()]);
    }
}
