//! Taproot outputs of internal keys without scripts, in batches (BIP-341, BIP-86).

use jinku_lanes::Backend;
use sha2::{Digest, Sha256};

use crate::point::{K1, PublicPoint};
use crate::table::{Outcome, Parents, PublicSum, PublicTweakTable};

/// Each `out` holds the output key of its internal key: `lift_x(x) + TapTweak(x)·G` (BIP-341 `taproot_tweak_pubkey` with an empty
/// tree, as BIP-86 derives). The x of the result is what the address shows.
///
/// An internal key whose outcome is not valid passes on its outcome; a tweak not below the order, which BIP-341 lets fail, is
/// reported as [`Outcome::TweakTooLarge`]. `keys` and `out` have equal length (the shorter counts). Public values only.
pub fn taproot_outputs(backend: Backend, keys: &[PublicSum], out: &mut [PublicSum]) {
    let count = keys.len().min(out.len());
    let (keys, out) = (&keys[..count], &mut out[..count]);
    let tag = Sha256::digest(b"TapTweak");
    let prefix = Sha256::new().chain_update(tag).chain_update(tag);
    let mut internal = Vec::with_capacity(count);
    let mut tweaks = Vec::with_capacity(count);
    for key in keys {
        internal.push(lift_even(key).unwrap_or_else(PublicPoint::generator));
        tweaks.push(<[u8; 32]>::from(
            prefix.clone().chain_update(key.x).finalize(),
        ));
    }
    PublicTweakTable::<K1>::shared().add_public_tweaks(
        backend,
        Parents::Each(&internal),
        &tweaks,
        out,
    );
    for (key, sum) in keys.iter().zip(out) {
        if !key.outcome.is_valid() {
            *sum = PublicSum {
                outcome: key.outcome,
                ..PublicSum::EMPTY
            };
        } else if sum.outcome == Outcome::TweakZero {
            sum.outcome = Outcome::Added;
        }
    }
}

/// The point with this x and even y.
fn lift_even(key: &PublicSum) -> Option<PublicPoint<K1>> {
    if !key.outcome.is_valid() {
        return None;
    }
    let point = PublicPoint::from_xy(&key.x, &key.y).ok()?;
    Some(if key.y[31] & 1 == 1 {
        point.negate()
    } else {
        point
    })
}
