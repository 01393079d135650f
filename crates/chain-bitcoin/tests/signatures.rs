//! Which signatures are attached.

mod common;

use common::{Kind, MAIN, Owner, plain, signed};
use jinku_chain::{ChainCode, Codec, Signature};
use jinku_chain_bitcoin::Bitcoin;
use jinku_words::Uint256;

#[test]
fn only_the_inputs_own_signatures_are_attached() {
    for kind in [Kind::Wpkh, Kind::Nested, Kind::Taproot] {
        let (owner, intent, draft) = plain(kind, &[20_000, 30_000], &[39_000]);
        let unsigned = Bitcoin.build(&intent, &draft).expect("built");
        let good = signed(&unsigned, &owner);
        assert!(Bitcoin.attach(&unsigned, &good).is_ok());
        let refused = |signatures: &[Signature], why: &str| {
            let error = Bitcoin.attach(&unsigned, signatures).expect_err(why);
            assert_eq!(error.code, ChainCode::Signature, "{kind:?}, {why}: {error}");
        };
        let [first, second] = [good[0], good[1]];
        refused(&[], "none");
        refused(&[first], "one");
        refused(&[first, second, second], "three");
        refused(&[second, first], "each other's");
        refused(&[first, first], "the first's twice");
        let with = |bytes, recovery_id| [first, Signature { bytes, recovery_id }];
        refused(&with([0; 64], second.recovery_id), "zeros");
        refused(&with([0xff; 64], second.recovery_id), "beyond the order");
        let mut bent = second.bytes;
        bent[40] ^= 1;
        refused(&with(bent, second.recovery_id), "a bit");
        let stranger = signed(&unsigned, &Owner::new(MAIN, kind, 9));
        refused(&[first, stranger[1]], "another key's");
        match second.recovery_id {
            None => refused(&with(second.bytes, Some(0)), "a recovery id"),
            Some(id) => {
                refused(&with(second.bytes, None), "no recovery id");
                refused(&with(second.bytes, Some(id ^ 1)), "the other id");
                refused(&with(second.bytes, Some(4)), "an id above 3");
                refused(&with(high(second.bytes), Some(id ^ 1)), "a high s");
            }
        }
    }
}

#[test]
fn no_bit_of_what_was_signed_can_change() {
    for kind in [Kind::Wpkh, Kind::Nested, Kind::Taproot] {
        let (owner, intent, draft) = plain(kind, &[20_000, 30_000], &[39_000]);
        let unsigned = Bitcoin.build(&intent, &draft).expect("built");
        let signatures = signed(&unsigned, &owner);
        for at in 0..unsigned.bytes.len() * 8 {
            let mut bent = unsigned.clone();
            bent.bytes[at / 8] ^= 1 << (at % 8);
            let attached = Bitcoin.attach(&bent, &signatures);
            assert!(attached.is_err(), "{kind:?}, bit {at}");
        }
    }
}

/// The twin with `n - s`, which verifies where nobody looks.
fn high(low: [u8; 64]) -> [u8; 64] {
    const ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    let order: [u8; 32] = hex::decode(ORDER)
        .expect("hex")
        .try_into()
        .expect("32 bytes");
    let (_, s) = low.split_at(32);
    let s = Uint256::from_be_bytes(s.try_into().expect("32 bytes"));
    let twin = Uint256::from_be_bytes(order)
        .checked_sub(s)
        .expect("below the order");
    let mut bytes = low;
    bytes[32..].copy_from_slice(&twin.to_be_bytes());
    bytes
}
