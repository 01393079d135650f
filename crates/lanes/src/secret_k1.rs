//! Multiples of the base point of secp256k1 in eight lanes of AVX-512 IFMA, for SECRET scalars.
//!
//! **Constant time**: no branch and no address depends on a scalar or on a point that follows from it. An odd scalar k' (k, or
//! n − k where k is even: then y changes its sign at the end) is 2^255 + Σ d·32^i over 51 windows with odd digits d from −31 to
//! 31, so no digit is zero and every window costs the same:
//!
//! - a digit's multiple is picked in registers (`vpermi2q`) after **all sixteen** of its window were loaded;
//! - signs and the refusal of impossible keys are masks, never branches;
//! - the addition is complete (no scalar has an exceptional case), and the one inversion is a power with a public exponent.
//!
//! What is not defended here: power or fault analysis (libsecp256k1 blinds against the first). Where the CPU lacks IFMA the caller
//! takes libsecp256k1.
//!
//! Sources: Joye and Tunstall, "Exponent Recoding and Regular Exponentiation Algorithms" (2009); Renes, Costello and Batina,
//! "Complete addition formulas for prime order elliptic curves" (2015), algorithm 8.

#[cfg(target_arch = "x86_64")]
mod ifma;
#[cfg(test)]
mod tests;

/// Affine x and y, 32 bytes big-endian each.
pub type Coordinates = [[u8; 32]; 2];

/// Bits of a window.
const WINDOW: usize = 5;
/// Windows below the leading term 2^255 = 32^51.
const WINDOWS: usize = 51;
/// Odd multiples kept of each window's base: 1, 3, … 31.
const MULTIPLES: usize = 16;

/// Multiples of the base point, 64 KiB, of which every use reads all. A value proves that the CPU has AVX-512 IFMA.
pub struct SecretBaseTable(ifma::Table);

impl SecretBaseTable {
    /// The table, or None where the CPU has no AVX-512 IFMA or `multiples` does not answer every scalar.
    ///
    /// `multiples` gives the base point's multiples by the 32-byte big-endian scalars it is handed. They are public.
    pub fn new(multiples: impl FnOnce(&[[u8; 32]]) -> Vec<Coordinates>) -> Option<Self> {
        ifma::Table::new(|| multiples(&scalars())).map(Self)
    }

    /// Each place of `out` holds its key's multiple of the base point, or zeros where the key is zero or not below the order.
    ///
    /// The slices have equal length (the shorter counts). Constant time in the keys; which places are zeros shows, as it must.
    pub fn multiply(&self, keys: &[[u8; 32]], out: &mut [Coordinates]) {
        let count = keys.len().min(out.len());
        let (keys, out) = (&keys[..count], &mut out[..count]);
        for (keys, out) in keys.chunks(GROUP).zip(out.chunks_mut(GROUP)) {
            self.0.multiply(keys, out);
        }
        crate::scrub_stack();
    }
}

/// Keys that share one inversion.
const GROUP: usize = 256;

/// The scalars whose multiples a table holds, window after window, and the leading one.
fn scalars() -> Vec<[u8; 32]> {
    let scalar = |odd: usize, shift: usize| {
        let mut bytes = [0u8; 32];
        for bit in (0..WINDOW).filter(|bit| odd >> bit & 1 == 1) {
            let at = shift + bit;
            bytes[31 - at / 8] |= 1 << (at % 8);
        }
        bytes
    };
    (0..WINDOWS * MULTIPLES)
        .map(|at| scalar(at % MULTIPLES * 2 + 1, at / MULTIPLES * WINDOW))
        .chain([scalar(1, WINDOWS * WINDOW)])
        .collect()
}

/// No CPU but x86-64 has the unit.
#[cfg(not(target_arch = "x86_64"))]
mod ifma {
    use super::Coordinates;

    pub(super) enum Table {}

    impl Table {
        pub(super) fn new(_: impl FnOnce() -> Vec<Coordinates>) -> Option<Self> {
            None
        }

        pub(super) fn multiply(&self, _: &[[u8; 32]], _: &mut [Coordinates]) {
            match *self {}
        }
    }
}
