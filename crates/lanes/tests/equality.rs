//! Every backend of this CPU against the one-lane crates, and against published vectors.

use hmac::{Hmac, KeyInit, Mac};
use jinku_lanes::{
    HmacKey, available, hmac_sha512_keyed, hmac_sha512_many, keccak256_many, pbkdf2_hmac_sha512,
};
use proptest::prelude::*;
use sha2::Sha512;
use sha3::{Digest, Keccak256};

fn one_lane_hmac(key: &[u8], message: &[u8]) -> [u8; 64] {
    let mut mac = <Hmac<Sha512> as KeyInit>::new_from_slice(key).expect("any length is a key");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

fn one_lane_pbkdf2(password: &[u8], salt: &[u8], rounds: u32) -> [u8; 64] {
    pbkdf2::pbkdf2_hmac_array::<Sha512, 64>(password, salt, rounds)
}

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text).expect("hex")
}

/// RFC 4231 sections 4.2 to 4.8 without the truncated case: key, data, HMAC-SHA-512.
fn rfc4231() -> Vec<(Vec<u8>, Vec<u8>, &'static str)> {
    vec![
        (
            vec![0x0b; 20],
            b"Hi There".to_vec(),
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde\
             daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
        ),
        (
            b"Jefe".to_vec(),
            b"what do ya want for nothing?".to_vec(),
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
             9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
        (
            vec![0xaa; 20],
            vec![0xdd; 50],
            "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39\
             bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
        ),
        (
            (1..=25).collect(),
            vec![0xcd; 50],
            "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db\
             a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd",
        ),
        (
            vec![0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352\
             6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
        ),
        (
            vec![0xaa; 131],
            b"This is a test using a larger than block-size key and a larger than block-size data. \
              The key needs to be hashed before being used by the HMAC algorithm."
                .to_vec(),
            "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944\
             b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58",
        ),
    ]
}

#[test]
fn hmac_gives_rfc_4231() {
    for (key, data, expected) in rfc4231() {
        let mut out = [0u8; 64];
        HmacKey::new(&key).hmac(&data, &mut out);
        assert_eq!(hex::encode(out), expected);
    }
    let (key, data, expected) = rfc4231().remove(2);
    let message: [u8; 50] = data.try_into().expect("50 bytes");
    for backend in available() {
        let mut out = [[0u8; 64]; 11];
        hmac_sha512_many(backend, &HmacKey::new(&key), &[message; 11], &mut out);
        assert!(
            out.iter().all(|mac| hex::encode(mac) == expected),
            "{backend}"
        );
    }
}

#[test]
fn pbkdf2_gives_published_vectors() {
    // The SHA-512 answers to the inputs of RFC 6070, as widely published.
    let cases: [(&[u8], &[u8], u32, &str); 3] = [
        (
            b"password",
            b"salt",
            1,
            "867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5d513554e1c8cf252\
             c02d470a285a0501bad999bfe943c08f050235d7d68b1da55e63f73b60a57fce",
        ),
        (
            b"password",
            b"salt",
            2,
            "e1d9c16aa681708a45f5c7c4e215ceb66e011a2e9f0040713f18aefdb866d53c\
             f76cab2868a39b9f7840edce4fef5a82be67335c77a6068e04112754f27ccf4e",
        ),
        (
            b"password",
            b"salt",
            4096,
            "d197b1b33db0143e018b12f3d1d1479e6cdebdcc97c5c0f87f6902e072f457b5\
             143f30602641b3d55cd335988cb36b84376060ecd532e039b742a239434af2d5",
        ),
    ];
    for backend in available() {
        for (password, salt, rounds, expected) in cases {
            let mut out = [[0u8; 64]; 3];
            pbkdf2_hmac_sha512(backend, &[(password, salt); 3], rounds, &mut out);
            assert!(
                out.iter().all(|key| key[..] == unhex(expected)),
                "{backend} {rounds}"
            );
        }
    }
}

#[test]
fn bip39_seed_of_the_zero_entropy() {
    let words = format!("{}art", "abandon ".repeat(23));
    let expected = "408b285c123836004f4b8842c89324c1f01382450c0d439af345ba7fc49acf70\
                    5489c6fc77dbd4e3dc1dd8cc6bc9f043db8ada1e243c4a0eafb290d399480840";
    for backend in available() {
        let mut out = [[0u8; 64]; 1];
        pbkdf2_hmac_sha512(backend, &[(words.as_bytes(), b"mnemonic")], 2048, &mut out);
        assert_eq!(out[0][..], unhex(expected), "{backend}");
    }
}

#[test]
fn empty_batches_and_short_outputs_touch_nothing_else() {
    for backend in available() {
        pbkdf2_hmac_sha512(backend, &[], 2048, &mut []);
        let mut out = [[7u8; 64]; 3];
        pbkdf2_hmac_sha512(backend, &[(b"", b"")], 1, &mut out);
        assert_eq!(out[0], one_lane_pbkdf2(b"", b"", 1));
        assert_eq!(out[1..], [[7u8; 64]; 2]);
    }
}

fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..=max)
}

/// Lengths on and beside the edges of the 128-byte block, and any others.
fn password() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        bytes(300),
        prop::sample::select(vec![
            0usize, 1, 63, 64, 107, 108, 111, 112, 127, 128, 129, 255, 256
        ])
        .prop_flat_map(|n| prop::collection::vec(any::<u8>(), n..=n)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pbkdf2_equals_one_lane(items in prop::collection::vec((password(), password()), 0..20), rounds in 0u32..9) {
        let borrowed: Vec<(&[u8], &[u8])> = items.iter().map(|(p, s)| (p.as_slice(), s.as_slice())).collect();
        for backend in available() {
            let mut out = vec![[0u8; 64]; items.len()];
            pbkdf2_hmac_sha512(backend, &borrowed, rounds, &mut out);
            for ((password, salt), key) in borrowed.iter().zip(&out) {
                prop_assert_eq!(*key, one_lane_pbkdf2(password, salt, rounds.max(1)), "{}", backend);
            }
        }
    }

    #[test]
    fn hmac_equals_one_lane(key in password(), message in password()) {
        let mut out = [0u8; 64];
        HmacKey::new(&key).hmac(&message, &mut out);
        prop_assert_eq!(out, one_lane_hmac(&key, &message));
    }

    #[test]
    fn shared_and_own_keys_equal_one_lane(
        key in password(),
        rows in prop::collection::vec((any::<[u8; 32]>(), any::<[u8; 32]>(), any::<[u8; 5]>()), 0..20),
    ) {
        let keys: Vec<[u8; 32]> = rows.iter().map(|r| r.0).collect();
        let messages: Vec<[u8; 37]> = rows.iter().map(|r| {
            let mut m = [0u8; 37];
            m[..32].copy_from_slice(&r.1);
            m[32..].copy_from_slice(&r.2);
            m
        }).collect();
        for backend in available() {
            let (mut shared, mut own) = (vec![[0u8; 64]; rows.len()], vec![[0u8; 64]; rows.len()]);
            hmac_sha512_many(backend, &HmacKey::new(&key), &messages, &mut shared);
            hmac_sha512_keyed(backend, &keys, &messages, &mut own);
            for (i, message) in messages.iter().enumerate() {
                prop_assert_eq!(shared[i], one_lane_hmac(&key, message), "{}", backend);
                prop_assert_eq!(own[i], one_lane_hmac(&keys[i], message), "{}", backend);
            }
        }
    }

    #[test]
    fn keccak_equals_one_lane(messages in prop::collection::vec((any::<[u8; 32]>(), any::<[u8; 32]>()), 0..20)) {
        let long: Vec<[u8; 64]> = messages.iter().map(|(a, b)| {
            let mut m = [0u8; 64];
            m[..32].copy_from_slice(a);
            m[32..].copy_from_slice(b);
            m
        }).collect();
        let short: Vec<[u8; 40]> = long.iter().map(|m| core::array::from_fn(|i| m[i])).collect();
        for backend in available() {
            let (mut a, mut b) = (vec![[0u8; 32]; long.len()], vec![[0u8; 32]; long.len()]);
            keccak256_many(backend, &long, &mut a);
            keccak256_many(backend, &short, &mut b);
            for i in 0..long.len() {
                prop_assert_eq!(a[i], <[u8; 32]>::from(Keccak256::digest(long[i])), "{}", backend);
                prop_assert_eq!(b[i], <[u8; 32]>::from(Keccak256::digest(short[i])), "{}", backend);
            }
        }
    }
}
