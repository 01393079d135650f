//! The tables against libsecp256k1 and the `p256` crate, and every exceptional case.

mod oracle;

use jinku_curves::{K1, NotOnCurve, Outcome, Parents, PublicPoint, PublicSum, R1, taproot_outputs};
use jinku_lanes::{Backend, available, backend};
use oracle::{Oracle, complement, minus, plus, secp, small};
use p256::elliptic_curve::sec1::ToSec1Point;
use proptest::prelude::*;
use secp256k1::{PublicKey, Scalar, XOnlyPublicKey};

fn point<C: Oracle>(scalar: &[u8; 32]) -> PublicPoint<C> {
    PublicPoint::from_compressed(&C::multiple(scalar)).expect("point")
}

fn add<C: Oracle>(parents: Parents<'_, C>, tweaks: &[[u8; 32]]) -> Vec<PublicSum> {
    let on = |backend| {
        let mut out = vec![PublicSum::EMPTY; tweaks.len()];
        C::table().add_public_tweaks(backend, parents, tweaks, &mut out);
        out
    };
    let scalar = on(Backend::Portable);
    for backend in available() {
        assert_eq!(on(backend), scalar, "{backend}");
    }
    scalar
}

fn exceptional_cases<C: Oracle>() {
    let t = [0x35u8; 32];
    let n = C::N;
    let parent = point::<C>(&t);
    let tweaks = [
        small(0),
        small(1),
        t,
        complement(n, t),
        minus(n, 1),
        n,
        plus(n, 1),
        [0xff; 32],
        small(2),
    ];
    let sums = add(Parents::Same(&parent), &tweaks);
    let outcomes: Vec<Outcome> = sums.iter().map(|sum| sum.outcome).collect();
    use Outcome::{Added, Infinity, TweakTooLarge, TweakZero};
    let expected = [
        TweakZero,
        Added,
        Added,
        Infinity,
        Added,
        TweakTooLarge,
        TweakTooLarge,
        TweakTooLarge,
        Added,
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(sums[0].compressed(), C::multiple(&t));
    for (tweak, sum) in tweaks.iter().zip(&sums).skip(1) {
        let compressed = sum.outcome.is_valid().then(|| sum.compressed());
        assert_eq!(compressed, C::sum(&C::multiple(&t), tweak), "{tweak:02x?}");
        assert!(sum.outcome.is_valid() || (sum.x, sum.y) == ([0; 32], [0; 32]));
    }
}

#[test]
fn exceptional_cases_are_exact_and_reported() {
    exceptional_cases::<K1>();
    exceptional_cases::<R1>();
}

/// Parents that meet the partial sums: infinity and doubling in the middle of the windows.
fn meets_partial_sums<C: Oracle>() {
    let mut tweak = [0u8; 32];
    for byte in [31, 29, 20, 3] {
        tweak[byte] = 1;
    }
    for low in [[31usize].as_slice(), &[31, 29], &[31, 29, 20]] {
        let mut partial = [0u8; 32];
        low.iter().for_each(|byte| partial[*byte] = 1);
        for scalar in [partial, complement(C::N, partial)] {
            let sum = add(Parents::Same(&point::<C>(&scalar)), &[tweak])[0];
            assert_eq!(
                Some(sum.compressed()),
                C::sum(&C::multiple(&scalar), &tweak)
            );
        }
    }
}

#[test]
fn infinity_and_doubling_on_the_way_are_exact() {
    meets_partial_sums::<K1>();
    meets_partial_sums::<R1>();
}

/// Every digit at its extremes.
fn window_edges<C: Oracle>() {
    let parent = point::<C>(&[0x11; 32]);
    let mut tweaks = Vec::new();
    for shift in 0..252 {
        for pattern in [1u32, 0x7ff, 0x800, 0x801, 0xfff] {
            let mut tweak = [0u8; 32];
            for bit in 0..12 {
                let at = shift + bit;
                if pattern >> bit & 1 == 1 && at < 255 {
                    tweak[31 - at / 8] |= 1 << (at % 8);
                }
            }
            tweaks.push(tweak);
        }
    }
    for (tweak, sum) in tweaks.iter().zip(add(Parents::Same(&parent), &tweaks)) {
        assert_eq!(
            Some(sum.compressed()),
            C::sum(&C::multiple(&[0x11; 32]), tweak),
            "{tweak:02x?}"
        );
    }
}

#[test]
fn window_edges_are_exact() {
    window_edges::<K1>();
    window_edges::<R1>();
}

#[test]
fn bytes_off_the_curve_are_refused() {
    for prefix in [0, 1, 4, 5] {
        let mut bytes = K1::multiple(&small(1));
        bytes[0] = prefix;
        assert_eq!(
            PublicPoint::<K1>::from_compressed(&bytes).err(),
            Some(NotOnCurve)
        );
    }
    let (x, y) = PublicPoint::<R1>::generator().to_xy();
    assert!(PublicPoint::<R1>::from_xy(&x, &y).is_ok());
    assert_eq!(
        PublicPoint::<R1>::from_xy(&x, &plus(y, 1)).err(),
        Some(NotOnCurve)
    );
    assert_eq!(PublicPoint::<K1>::from_xy(&x, &y).err(), Some(NotOnCurve));
    assert_eq!(
        PublicPoint::<K1>::from_xy(&[0xff; 32], &y).err(),
        Some(NotOnCurve)
    );
    assert!(NotOnCurve.to_string().contains("33-byte"));
}

#[test]
fn an_invalid_internal_key_stays_invalid_under_taproot() {
    let invalid = PublicSum {
        outcome: Outcome::TweakTooLarge,
        ..PublicSum::EMPTY
    };
    let good = add(Parents::Same(&PublicPoint::<K1>::generator()), &[small(5)])[0];
    let mut out = [PublicSum::EMPTY; 3];
    taproot_outputs(backend(), &[invalid, good, PublicSum::EMPTY], &mut out);
    let outcomes = out.map(|sum| sum.outcome);
    assert_eq!(
        outcomes,
        [Outcome::TweakTooLarge, Outcome::Added, Outcome::Infinity]
    );
}

fn scalar() -> impl Strategy<Value = [u8; 32]> {
    prop_oneof![
        4 => any::<[u8; 32]>(),
        1 => (0usize..32, any::<u8>()).prop_map(|(at, value)| { let mut s = [0u8; 32]; s[at] = value; s }),
        1 => (0usize..32, any::<u8>()).prop_map(|(at, value)| { let mut s = [0xff; 32]; s[at] = value; s }),
    ]
}

fn key() -> impl Strategy<Value = [u8; 32]> {
    any::<[u8; 32]>().prop_filter("below both orders and not zero", |k| {
        k[0] != 0xff && *k != [0; 32]
    })
}

fn equals_oracle<C: Oracle>(rows: &[([u8; 32], [u8; 32])]) -> Result<(), TestCaseError> {
    let tweaks: Vec<[u8; 32]> = rows.iter().map(|r| r.1).collect();
    let parents: Vec<PublicPoint<C>> = rows.iter().map(|r| point(&r.0)).collect();
    let each = add(Parents::Each(&parents), &tweaks);
    let same = add(Parents::Same(&parents[0]), &tweaks);
    for (i, (parent, tweak)) in rows.iter().enumerate() {
        for (sum, parent) in [(each[i], parent), (same[i], &rows[0].0)] {
            let compressed = sum.outcome.is_valid().then(|| sum.compressed());
            prop_assert_eq!(compressed, C::sum(&C::multiple(parent), tweak));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn points_are_read_as_the_libraries_read_them(prefix in 0u8..5, x in scalar()) {
        let mut bytes = [0u8; 33];
        bytes[0] = prefix;
        bytes[1..].copy_from_slice(&x);
        let k1 = PublicKey::from_slice(&bytes).ok().map(|key| key.serialize_uncompressed());
        let ours = PublicPoint::<K1>::from_compressed(&bytes).ok().map(|point| point.to_xy());
        prop_assert_eq!(ours.map(|(x, y)| [x, y].concat()), k1.map(|text| text[1..].to_vec()));
        let r1 = p256::PublicKey::from_sec1_bytes(&bytes).ok().map(|key| key.to_sec1_point(false));
        let ours = PublicPoint::<R1>::from_compressed(&bytes).ok().map(|point| point.to_xy());
        prop_assert_eq!(ours.map(|(x, y)| [x, y].concat()), r1.map(|text| text.as_bytes()[1..].to_vec()));
    }

    #[test]
    fn sums_equal_libsecp256k1(rows in prop::collection::vec((key(), scalar()), 1..40)) {
        equals_oracle::<K1>(&rows)?;
    }

    #[test]
    fn sums_equal_p256(rows in prop::collection::vec((key(), scalar()), 1..20)) {
        equals_oracle::<R1>(&rows)?;
    }

    #[test]
    fn outputs_equal_libsecp256k1_taproot(keys in prop::collection::vec(key(), 1..20)) {
        let sums = add(Parents::Same(&PublicPoint::<K1>::generator()), &keys);
        let mut out = vec![PublicSum::EMPTY; sums.len()];
        taproot_outputs(backend(), &sums, &mut out);
        for (sum, output) in sums.iter().zip(&out) {
            use sha2::{Digest, Sha256};
            let tag = Sha256::digest(b"TapTweak");
            let tweak: [u8; 32] = Sha256::new().chain_update(tag).chain_update(tag).chain_update(sum.x).finalize().into();
            let internal = XOnlyPublicKey::from_byte_array(sum.x).expect("point");
            let (expected, _) = internal.add_tweak(&secp(), &Scalar::from_be_bytes(tweak).expect("below n")).expect("finite");
            prop_assert_eq!(output.x, expected.serialize());
        }
    }
}

#[test]
fn random_parents_and_tweaks_agree_in_thousands() {
    // Enough lanes that window digits take every value; the scalar way is the oracle, spot-checked by libsecp256k1.
    let digest = |i: u32| -> [u8; 32] {
        use sha2::{Digest, Sha256};
        Sha256::digest(i.to_be_bytes()).into()
    };
    let parent = point::<K1>(&digest(7));
    let tweaks: Vec<[u8; 32]> = (0..5000).map(digest).collect();
    let sums = add(Parents::Same(&parent), &tweaks);
    for at in (0..5000).step_by(97) {
        assert_eq!(
            Some(sums[at].compressed()),
            K1::sum(&K1::multiple(&digest(7)), &tweaks[at])
        );
    }
}

#[test]
fn more_lanes_than_one_group_keep_their_order() {
    let parent = PublicPoint::<K1>::generator();
    let tweaks: Vec<[u8; 32]> = (0..2200u32)
        .map(|i| {
            let mut t = [0u8; 32];
            t[28..].copy_from_slice(&i.to_be_bytes());
            t
        })
        .collect();
    let sums = add(Parents::Same(&parent), &tweaks);
    for at in [0, 1, 7, 8, 2047, 2048, 2049, 2199] {
        assert_eq!(
            Some(sums[at].compressed()),
            K1::sum(&K1::multiple(&small(1)), &tweaks[at]),
            "{at}"
        );
    }
}
