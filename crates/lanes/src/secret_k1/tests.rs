//! The lanes against libsecp256k1, at edges and on random keys.

use proptest::prelude::*;
use secp256k1::{PublicKey, Secp256k1, SecretKey};

use super::*;

/// The answer of libsecp256k1, zeros where it refuses the key.
fn reference(key: &[u8; 32]) -> Coordinates {
    let Ok(secret) = SecretKey::from_byte_array(*key) else {
        return [[0; 32]; 2];
    };
    let point = PublicKey::from_secret_key(&Secp256k1::signing_only(), &secret);
    let bytes = point.serialize_uncompressed();
    core::array::from_fn(|i| core::array::from_fn(|at| bytes[1 + 32 * i + at]))
}

fn table() -> Option<SecretBaseTable> {
    SecretBaseTable::new(|scalars| scalars.iter().map(reference).collect())
}

fn assert_equal(table: &SecretBaseTable, keys: &[[u8; 32]]) {
    let mut out = vec![[[7u8; 32]; 2]; keys.len()];
    table.multiply(keys, &mut out);
    for (key, point) in keys.iter().zip(&out) {
        assert_eq!(*point, reference(key), "{}", hex::encode(key));
    }
}

fn key(text: &str) -> [u8; 32] {
    hex::decode(text)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .expect("64 hex digits")
}

/// key + small, wrapping at 2^256.
fn plus(mut key: [u8; 32], small: i8) -> [u8; 32] {
    let mut carry = i16::from(small);
    for byte in key.iter_mut().rev() {
        let sum = i16::from(*byte) + carry;
        (*byte, carry) = (sum as u8, sum >> 8);
    }
    key
}

fn edges() -> Vec<[u8; 32]> {
    let order = key("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    let half = key("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");
    // The key at which the last of the incomplete additions would double: n - 31 * 2^251.
    let doubling = key("07fffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    let lambda = key("5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72");
    let mut bases = vec![[0; 32], order, half, doubling, lambda];
    for pattern in [0x1f, 0x55, 0xaa, 0xff, 0x84, 0x7b, 0x01, 0x80] {
        bases.push([pattern; 32]);
    }
    for bit in 0..256 {
        let mut power = [0; 32];
        power[31 - bit / 8] = 1 << (bit % 8);
        bases.push(power);
    }
    // One window of ones, and all but one window of ones.
    for window in 0..WINDOWS {
        let mut ones = [0; 32];
        for bit in (0..WINDOW).map(|bit| window * WINDOW + 1 + bit) {
            ones[31 - bit / 8] |= 1 << (bit % 8);
        }
        bases.extend([ones, ones.map(|byte| !byte)]);
    }
    let around = |base| (-3..=3).map(move |small| plus(base, small));
    bases.into_iter().flat_map(around).collect()
}

#[test]
fn edges_equal_libsecp256k1_and_keys_that_are_none_give_zeros() {
    let Some(table) = table() else { return };
    let keys = edges();
    let none = keys.iter().filter(|key| reference(key) == [[0; 32]; 2]);
    assert!(none.count() >= 8, "zero, the order and what lies above");
    assert_equal(&table, &keys);
}

#[test]
fn every_digit_of_every_window_equals_libsecp256k1() {
    let Some(table) = table() else { return };
    let mut keys = Vec::new();
    for window in 0..WINDOWS {
        for value in 0..32u8 {
            let mut key = [0x11; 32];
            for bit in 0..WINDOW {
                let at = window * WINDOW + 1 + bit;
                key[31 - at / 8] &= !(1 << (at % 8));
                key[31 - at / 8] |= (value >> bit & 1) << (at % 8);
            }
            keys.push(key);
        }
    }
    assert_equal(&table, &keys);
}

#[test]
fn any_number_of_keys_is_served_and_spare_places_are_left() {
    let Some(table) = table() else { return };
    for count in [0, 1, 7, 8, 9, 255, 256, 257, 300] {
        let keys: Vec<[u8; 32]> = (1..=count as u32)
            .map(|at| core::array::from_fn(|i| (at.wrapping_mul(0x9e37_79b9) >> (i % 4 * 8)) as u8))
            .collect();
        assert_equal(&table, &keys);
        let mut out = vec![[[7u8; 32]; 2]; count + 1];
        table.multiply(&keys, &mut out);
        assert_eq!(out[count], [[7; 32]; 2]);
    }
}

#[test]
fn a_table_of_another_size_is_refused() {
    assert!(SecretBaseTable::new(|_| Vec::new()).is_none());
    let short = |scalars: &[[u8; 32]]| scalars[1..].iter().map(reference).collect();
    assert!(SecretBaseTable::new(short).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn random_keys_equal_libsecp256k1(keys in proptest::collection::vec(any::<[u8; 32]>(), 1..80)) {
        if let Some(table) = table() {
            assert_equal(&table, &keys);
        }
    }
}
