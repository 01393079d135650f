//! Base58, Base58Check, Bech32 and hex of short fixed inputs, written into a buffer without other allocation.
//!
//! Public data. `jinku-address` writes the same texts one at a time; the tests hold both, and the `bs58` and `bech32` crates,
//! against each other.

use sha2::{Digest, Sha256};

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
/// 58^5, the largest power of 58 that divides 32-bit limbs without overflow.
const FIVE_DIGITS: u64 = 58 * 58 * 58 * 58 * 58;

/// One address: a length byte, then ASCII.
pub(crate) fn put(out: &mut Vec<u8>, text: &[u8]) {
    debug_assert!(text.len() < 256);
    out.push(text.len() as u8);
    out.extend_from_slice(text);
}

/// `bytes` (at most 32) in Base58 with its length byte.
pub(crate) fn put_base58(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut limbs = [0u32; 8];
    for (at, byte) in bytes.iter().rev().take(32).enumerate() {
        limbs[7 - at / 4] |= u32::from(*byte) << (8 * (at % 4));
    }
    let mut text = [0u8; 45];
    let mut end = text.len();
    let mut first = limbs.iter().take_while(|limb| **limb == 0).count();
    while first < limbs.len() {
        let mut rest = 0u64;
        for limb in &mut limbs[first..] {
            let value = rest << 32 | u64::from(*limb);
            *limb = (value / FIVE_DIGITS) as u32;
            rest = value % FIVE_DIGITS;
        }
        for _ in 0..5 {
            end -= 1;
            text[end] = BASE58[(rest % 58) as usize];
            rest /= 58;
        }
        first += usize::from(limbs[first] == 0);
        while first < limbs.len() && limbs[first] == 0 {
            first += 1;
        }
    }
    // Leading digits zero are an artefact of five at a time; leading zero bytes are digits of their own.
    let start = end
        + text[end..]
            .iter()
            .take_while(|digit| **digit == BASE58[0])
            .count();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    out.push((zeros + text.len() - start) as u8);
    out.extend(std::iter::repeat_n(BASE58[0], zeros));
    out.extend_from_slice(&text[start..]);
}

/// Version and hash in Base58Check with its length byte.
pub(crate) fn put_base58check(out: &mut Vec<u8>, version: u8, hash: &[u8; 20]) {
    let mut bytes = [0u8; 25];
    bytes[0] = version;
    bytes[1..21].copy_from_slice(hash);
    let check = Sha256::digest(Sha256::digest(&bytes[..21]));
    bytes[21..].copy_from_slice(&check[..4]);
    put_base58(out, &bytes);
}

/// The checksum step for each value of the top five bits (BIP-173).
const STEPS: [u32; 32] = {
    const GENERATOR: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    let mut table = [0u32; 32];
    let mut top = 0;
    while top < 32 {
        let mut bit = 0;
        while bit < 5 {
            if top >> bit & 1 == 1 {
                table[top] ^= GENERATOR[bit];
            }
            bit += 1;
        }
        top += 1;
    }
    table
};

/// A Bech32 writer for one human-readable part and checksum.
#[derive(Clone)]
pub(crate) struct Bech32 {
    prefix: Vec<u8>,
    state: u32,
    constant: u32,
    version: Option<u8>,
}

impl Bech32 {
    /// Without witness version (Cosmos).
    pub(crate) fn plain(hrp: &str) -> Self {
        let high = hrp.bytes().map(|byte| byte >> 5);
        let low = hrp.bytes().map(|byte| byte & 31);
        let state = high.chain([0]).chain(low).fold(1, step);
        let prefix = hrp.bytes().chain([b'1']).collect();
        Self {
            prefix,
            state,
            constant: 1,
            version: None,
        }
    }

    /// With a witness version: Bech32 for 0, Bech32m above (BIP-350).
    pub(crate) fn segwit(hrp: &str, version: u8) -> Self {
        let constant = if version == 0 { 1 } else { 0x2bc8_30a3 };
        Self {
            constant,
            version: Some(version),
            ..Self::plain(hrp)
        }
    }

    /// `data` (at most 40 bytes) with its length byte.
    pub(crate) fn put(&self, out: &mut Vec<u8>, data: &[u8]) {
        let mut text = [0u8; 72];
        let (mut used, mut state) = (0, self.state);
        let mut push = |value: u8| {
            state = step(state, value);
            text[used] = BECH32[usize::from(value)];
            used += 1;
        };
        if let Some(version) = self.version {
            push(version);
        }
        let (mut window, mut bits) = (0u32, 0);
        for byte in data {
            window = window << 8 | u32::from(*byte);
            bits += 8;
            while bits >= 5 {
                bits -= 5;
                push((window >> bits & 31) as u8);
            }
            window &= 0xff;
        }
        if bits > 0 {
            push((window << (5 - bits) & 31) as u8);
        }
        let checksum = (0..6).fold(state, |state, _| step(state, 0)) ^ self.constant;
        for place in (0..6).rev() {
            text[used] = BECH32[(checksum >> (5 * place) & 31) as usize];
            used += 1;
        }
        out.push((self.prefix.len() + used) as u8);
        out.extend_from_slice(&self.prefix);
        out.extend_from_slice(&text[..used]);
    }
}

#[inline]
fn step(state: u32, value: u8) -> u32 {
    (state & 0x01ff_ffff) << 5 ^ u32::from(value) ^ STEPS[(state >> 25) as usize]
}

/// Twenty bytes as forty lower-case hex digits.
pub(crate) fn hex40(bytes: &[u8]) -> [u8; 40] {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut digits = [0u8; 40];
    for (pair, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        *pair = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(put: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        put(&mut out);
        assert_eq!(usize::from(out[0]), out.len() - 1);
        String::from_utf8(out.split_off(1)).expect("ASCII")
    }

    #[test]
    fn base58_keeps_every_leading_zero() {
        for bytes in [
            &[][..],
            &[0],
            &[0; 32],
            &[0, 0, 1],
            &[0xff; 32],
            &[0, 0xff],
            &[58],
            &[0, 0, 0, 0, 1, 0, 0, 0, 0],
        ] {
            assert_eq!(
                written(|out| put_base58(out, bytes)),
                bs58::encode(bytes).into_string()
            );
        }
    }

    proptest! {
        #[test]
        fn base58_equals_the_crate(bytes in prop::collection::vec(any::<u8>(), 0..=32), zeros in 0usize..9) {
            let mut bytes = bytes;
            bytes.iter_mut().take(zeros).for_each(|byte| *byte = 0);
            prop_assert_eq!(written(|out| put_base58(out, &bytes)), bs58::encode(&bytes).into_string());
        }

        #[test]
        fn base58check_equals_the_crate(version: u8, hash: [u8; 20]) {
            let whole: Vec<u8> = [&[version][..], &hash].concat();
            let expected = bs58::encode(whole).with_check().into_string();
            prop_assert_eq!(written(|out| put_base58check(out, version, &hash)), expected);
        }

        #[test]
        fn bech32_equals_the_crate(hash: [u8; 20], key: [u8; 32], which in 0usize..4) {
            let name = ["bc", "tb", "bcrt", "cosmos"][which];
            let hrp = bech32::Hrp::parse(name).expect("hrp");
            let plain = bech32::encode::<bech32::Bech32>(hrp, &hash).expect("short");
            prop_assert_eq!(written(|out| Bech32::plain(name).put(out, &hash)), plain);
            let v0 = bech32::segwit::encode_v0(hrp, &hash).expect("short");
            prop_assert_eq!(written(|out| Bech32::segwit(name, 0).put(out, &hash)), v0);
            let v1 = bech32::segwit::encode_v1(hrp, &key).expect("short");
            prop_assert_eq!(written(|out| Bech32::segwit(name, 1).put(out, &key)), v1);
        }

        #[test]
        fn hex_equals_the_crate(bytes: [u8; 20]) {
            prop_assert_eq!(hex40(&bytes).to_vec(), hex::encode(bytes).into_bytes());
        }
    }
}
