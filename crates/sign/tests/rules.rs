//! What each scheme accepts and refuses, beyond the published vectors.

use jinku_secrets::{Secret, Zeroizing};
use jinku_sign::{SignError, ed25519, k1, r1, schnorr};

fn key(byte: u8) -> Secret<32> {
    Secret::from_array(Zeroizing::new([byte; 32]))
}

const K1_ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
const R1_ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

fn order(text: &str) -> [u8; 32] {
    std::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).expect("hex"))
}

/// n − s, the malleable twin.
fn twin(compact: &[u8; 64], order: &[u8; 32]) -> [u8; 64] {
    let (mut out, mut borrow) = (*compact, 0i16);
    for i in (0..32).rev() {
        let digit = i16::from(order[i]) - i16::from(compact[32 + i]) - borrow;
        borrow = i16::from(digit < 0);
        out[32 + i] = digit.rem_euclid(256) as u8;
    }
    out
}

#[test]
fn keys_out_of_range_are_refused() {
    for bad in [[0; 32], order(K1_ORDER), [0xff; 32]] {
        let bad = Secret::from_array(Zeroizing::new(bad));
        assert!(matches!(
            k1::sign(&bad, &[1; 32]),
            Err(SignError::SecretKey { .. })
        ));
        assert!(matches!(
            k1::public_key(&bad),
            Err(SignError::SecretKey { .. })
        ));
        assert!(matches!(
            schnorr::sign(&bad, &[1; 32], &[0; 32]),
            Err(SignError::SecretKey { .. })
        ));
        assert!(schnorr::tweak_secret(&bad, None).is_err());
    }
    for bad in [[0; 32], order(R1_ORDER), [0xff; 32]] {
        let bad = Secret::from_array(Zeroizing::new(bad));
        assert!(matches!(
            r1::sign(&bad, &[1; 32]),
            Err(SignError::SecretKey { .. })
        ));
        assert!(matches!(
            r1::public_key(&bad),
            Err(SignError::SecretKey { .. })
        ));
    }
}

#[test]
fn signatures_are_low_s_and_their_twins_treated_by_rule() {
    for i in 0..40u8 {
        let digest = [i; 32];
        let (public, made) = (
            k1::public_key(&key(3)).expect("key"),
            k1::sign(&key(3), &digest).expect("key"),
        );
        k1::verify(&public, &digest, &made.compact).expect("ours");
        let high = twin(&made.compact, &order(K1_ORDER));
        assert_eq!(
            k1::verify(&public, &digest, &high),
            Err(SignError::HighS),
            "digest {i}"
        );

        let (public, made) = (
            r1::public_key(&key(3)).expect("key"),
            r1::sign(&key(3), &digest).expect("key"),
        );
        r1::verify_low_s(&public, &digest, &made).expect("ours");
        let high = twin(&made, &order(R1_ORDER));
        r1::verify(&public, &digest, &high).expect("Neo accepts both");
        assert_eq!(
            r1::verify_low_s(&public, &digest, &high),
            Err(SignError::HighS),
            "digest {i}"
        );
    }
}

#[test]
fn recovery_finds_the_signer_and_nobody_with_another_id() {
    let digest = [5; 32];
    let made = k1::sign(&key(9), &digest).expect("key");
    assert_eq!(k1::recover(&digest, &made), k1::public_key(&key(9)));
    for recovery_id in (0..=255).filter(|id| *id != made.recovery_id) {
        let other = k1::recover(
            &digest,
            &k1::RecoverableSignature {
                recovery_id,
                ..made
            },
        );
        assert!(
            other.is_err() || other != k1::public_key(&key(9)),
            "id {recovery_id}"
        );
        if recovery_id > 3 {
            assert_eq!(other, Err(SignError::Recovery { found: recovery_id }));
        }
    }
}

#[test]
fn public_keys_have_one_spelling_of_each_form() {
    let digest = [5; 32];
    let made = k1::sign(&key(9), &digest).expect("key");
    let compressed = k1::public_key(&key(9)).expect("key");
    let mut hybrid = [0u8; 65];
    hybrid[0] = 6;
    hybrid[1..33].copy_from_slice(&compressed[1..]);
    for bad in [&compressed[..32], &[][..], &[5; 33], &hybrid] {
        let found = k1::verify(bad, &digest, &made.compact);
        assert!(
            matches!(found, Err(SignError::PublicKey { .. })),
            "{} bytes",
            bad.len()
        );
        assert!(matches!(
            r1::verify(bad, &digest, &made.compact),
            Err(SignError::PublicKey { .. })
        ));
    }
}

#[test]
fn every_scheme_refuses_another_message_key_or_signature() {
    let (digest, other) = ([5u8; 32], [6u8; 32]);
    let s = schnorr::sign(&key(9), &digest, &[1; 32]).expect("key");
    let x = schnorr::public_key(&key(9)).expect("key");
    schnorr::verify(&x, &digest, &s).expect("ours");
    assert_eq!(
        schnorr::verify(&x, &other, &s),
        Err(SignError::BadSignature)
    );
    let stranger = schnorr::public_key(&key(10)).expect("key");
    assert_eq!(
        schnorr::verify(&stranger, &digest, &s),
        Err(SignError::BadSignature)
    );
    assert!(matches!(
        schnorr::verify(&[0xff; 32], &digest, &s),
        Err(SignError::PublicKey { .. })
    ));

    let e = ed25519::sign(&key(9), b"message").expect("sound");
    let public = ed25519::public_key(&key(9));
    for bit in 0..512 {
        let mut bent = e;
        bent[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            ed25519::verify(&public, b"message", &bent),
            Err(SignError::BadSignature),
            "bit {bit}"
        );
    }
    let mut small_order = [0u8; 32];
    small_order[0] = 1;
    assert!(matches!(
        ed25519::verify(&small_order, b"message", &e),
        Err(SignError::PublicKey { .. })
    ));
}

#[test]
fn auxiliary_randomness_changes_the_signature_only() {
    let x = schnorr::public_key(&key(9)).expect("key");
    let (a, b) = (
        schnorr::sign(&key(9), &[5; 32], &[1; 32]),
        schnorr::sign(&key(9), &[5; 32], &[2; 32]),
    );
    assert_ne!(a, b);
    schnorr::verify(&x, &[5; 32], &a.expect("key")).expect("ours");
    schnorr::verify(&x, &[5; 32], &b.expect("key")).expect("ours");
}

#[test]
fn a_taproot_output_is_spent_by_the_tweaked_key_only() {
    for root in [None, Some([7u8; 32])] {
        let internal = schnorr::public_key(&key(4)).expect("key");
        let (output, _) = schnorr::tweak_public(&internal, root.as_ref()).expect("point");
        let spender = schnorr::tweak_secret(&key(4), root.as_ref()).expect("key");
        assert_eq!(schnorr::public_key(&spender), Ok(output));
        let signature = schnorr::sign(&spender, &[1; 32], &[0; 32]).expect("key");
        schnorr::verify(&output, &[1; 32], &signature).expect("the key path");
        let untweaked = schnorr::sign(&key(4), &[1; 32], &[0; 32]).expect("key");
        assert_eq!(
            schnorr::verify(&output, &[1; 32], &untweaked),
            Err(SignError::BadSignature)
        );
    }
}

#[test]
fn errors_say_what_to_do() {
    for error in [
        SignError::HighS,
        SignError::Fault,
        SignError::BadSignature,
        SignError::Recovery { found: 27 },
    ] {
        let text = error.to_string();
        assert!(text.contains(';') && text.len() > 40, "{text}");
    }
}
