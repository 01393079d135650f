//! Backends in safe Rust: one lane by the `sha2` crate, and `L` lanes in plain arrays (the reference that tests and Miri run).

use crate::engine::{Block, Engine, Sponge, State};

/// One lane, compressed by the `sha2` crate; the portable backend.
#[derive(Clone, Copy)]
pub(crate) struct Scalar;

impl Engine<1> for Scalar {
    fn compress(self, state: &mut State<1>, block: &Block<1>) {
        let mut flat = state.map(|w| w[0]);
        let mut bytes = [0u8; 128];
        for (out, word) in bytes.chunks_exact_mut(8).zip(block) {
            out.copy_from_slice(&word[0].to_be_bytes());
        }
        sha2::block_api::compress512(&mut flat, core::slice::from_ref(&bytes));
        *state = flat.map(|w| [w]);
        zeroize::Zeroize::zeroize(&mut bytes);
        zeroize::Zeroize::zeroize(&mut flat);
    }

    fn iterate(
        self,
        inner: &State<1>,
        outer: &State<1>,
        u: &mut State<1>,
        t: &mut State<1>,
        rounds: u32,
    ) {
        let (inner, outer) = (inner.map(|w| w[0]), outer.map(|w| w[0]));
        let mut block = [0u8; 128];
        block[64] = 0x80;
        block[120..].copy_from_slice(&crate::constants::PAD_BITS.to_be_bytes());
        let mut digest = u.map(|w| w[0]);
        for _ in 0..rounds {
            for start in [inner, outer] {
                for (out, word) in block.chunks_exact_mut(8).zip(&digest) {
                    out.copy_from_slice(&word.to_be_bytes());
                }
                digest = start;
                sha2::block_api::compress512(&mut digest, core::slice::from_ref(&block));
            }
            for (sum, word) in t.iter_mut().zip(&digest) {
                sum[0] ^= word;
            }
        }
        *u = digest.map(|w| [w]);
        zeroize::Zeroize::zeroize(&mut block);
        zeroize::Zeroize::zeroize(&mut digest);
    }

    fn permute(self, sponge: &mut Sponge<1>) {
        arrays::permute(sponge);
    }
}

/// `L` lanes in plain arrays.
#[cfg(test)]
#[derive(Clone, Copy)]
pub(crate) struct Wide<const L: usize>;

#[cfg(test)]
impl<const L: usize> Engine<L> for Wide<L> {
    fn compress(self, state: &mut State<L>, block: &Block<L>) {
        for lane in 0..L {
            let mut s = state.map(|w| [w[lane]]);
            arrays::compress(&mut s, &block.map(|w| [w[lane]]));
            for (out, word) in state.iter_mut().zip(s) {
                out[lane] = word[0];
            }
        }
    }

    fn iterate(
        self,
        inner: &State<L>,
        outer: &State<L>,
        u: &mut State<L>,
        t: &mut State<L>,
        rounds: u32,
    ) {
        for lane in 0..L {
            let (mut ul, mut tl) = (u.map(|w| [w[lane]]), t.map(|w| [w[lane]]));
            arrays::iterate(
                &inner.map(|w| [w[lane]]),
                &outer.map(|w| [w[lane]]),
                &mut ul,
                &mut tl,
                rounds,
            );
            for i in 0..8 {
                (u[i][lane], t[i][lane]) = (ul[i][0], tl[i][0]);
            }
        }
    }

    fn permute(self, sponge: &mut Sponge<L>) {
        for lane in 0..L {
            let mut s = sponge.map(|w| [w[lane]]);
            arrays::permute(&mut s);
            for (out, word) in sponge.iter_mut().zip(s) {
                out[lane] = word[0];
            }
        }
    }
}

/// The kernels over plain words; outside tests only the permutation is used.
#[cfg_attr(not(test), allow(dead_code))]
mod arrays {
    use crate::engine::{Block, Sponge, State};
    use crate::kernel::{define_keccak, define_lanes, define_sha512, operations};

    const L: usize = 1;
    type V = u64;

    operations! {
        add(a, b) = a.wrapping_add(b);
        xor(a, b) = a ^ b;
        xor3(a, b, c) = a ^ b ^ c;
        choose(e, f, g) = g ^ (e & (f ^ g));
        majority(a, b, c) = (a & b) | (c & (a | b));
        chi(a, b, c) = a ^ (!b & c);
    }

    fn rotate<const RIGHT: i32, const LEFT: i32>(a: V) -> V {
        (a >> RIGHT) | (a << LEFT)
    }
    fn shift<const RIGHT: i32>(a: V) -> V {
        a >> RIGHT
    }
    fn splat(x: u64) -> V {
        x
    }
    fn load_row(row: &[u64; L]) -> V {
        row[0]
    }
    fn store_row(vector: V, row: &mut [u64; L]) {
        row[0] = vector;
    }

    define_lanes!();
    define_sha512!();
    define_keccak!();
}
