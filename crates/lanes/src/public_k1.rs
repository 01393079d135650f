//! Batched affine additions on secp256k1 in eight lanes of AVX-512 IFMA, for PUBLIC points and digits only.
//!
//! `jinku-curves` owns the mathematics and the exceptional cases; this is its inner loop where the CPU has 52-bit multiply-add.
//! **Variable time**: which table lines are read depends on the digits.

/// A table entry: the words of x, then of y, least significant first; one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct PublicMultiple(pub [u64; 8]);

/// The work of [`add_public_multiples`].
pub struct PublicAdditions<'a> {
    /// Multiples 1, 2, … of each window's base, window after window.
    pub table: &'a [PublicMultiple],
    /// Multiples kept of each window.
    pub multiples: usize,
    /// Signed digits, window after window, `stride` apart; |digit| ≤ `multiples`.
    pub digits: &'a [i16],
    /// Lanes between the digits of two windows.
    pub stride: usize,
}

/// Each lane's point has moved on by its digits' multiples, or nothing was touched and the answer is false.
///
/// False where the CPU has no AVX-512 IFMA, where the lengths do not fit each other, and where a lane meets an exceptional
/// addition (equal or opposite points): the caller then takes its general way. Coordinates are any 256-bit residues. `invert`
/// replaces eight residues, none of them zero modulo p, by their inverses.
pub fn add_public_multiples(
    work: &PublicAdditions<'_>,
    x: &mut [[u64; 4]],
    y: &mut [[u64; 4]],
    invert: &dyn Fn(&mut [[u64; 4]; 8]),
) -> bool {
    let windows = work.digits.len().checked_div(work.stride).unwrap_or(0);
    let fits = x.len() == y.len()
        && !x.is_empty()
        && x.len() <= work.stride
        && work.digits.len() == windows * work.stride
        && work.multiples > 0
        && work.table.len() == windows * work.multiples
        && work
            .digits
            .iter()
            .all(|digit| usize::from(digit.unsigned_abs()) <= work.multiples);
    if !fits {
        return false;
    }
    #[cfg(target_arch = "x86_64")]
    if crate::field_k1::available() {
        return ifma::run(work, x, y, invert);
    }
    let _ = invert;
    false
}

#[cfg(target_arch = "x86_64")]
mod ifma;
#[cfg(test)]
mod tests;
