//! The round functions of SHA-512 and Keccak-f\[1600\] and all that is built of them, written once over abstract vector operations.
//!
//! A backend module defines `L` lanes, a vector type `V` of as many words, `load_row` and `store_row`, and the operations `add`,
//! `xor`, `xor3`, `choose`, `majority`, `chi`, `rotate`, `shift` and `splat` (most of them by [`operations!`]); then it invokes
//! [`define_lanes!`], [`define_sha512!`] and [`define_keccak!`] with the attribute (a `target_feature`) that its functions need, and
//! [`define_engine!`] with the type that proves that the CPU has it. What may touch memory through raw pointers stays in the backend
//! module's rows.
//!
//! Source: FIPS 180-4 sections 4.1.3, 5.3.5 and 6.4; FIPS 202 section 3.2.

/// One round (FIPS 180-4 section 6.4.2 step 3), with the working variables renamed by the caller instead of moved. A macro,
/// since the compiler does not reliably inline functions into those that need a CPU feature.
macro_rules! round {
    ($a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident, $w:ident, $t:expr, $i:expr) => {
        let sum1 = xor3(
            rotate::<14, 50>($e),
            rotate::<18, 46>($e),
            rotate::<41, 23>($e),
        );
        let k_plus_w = add($w[$i], splat(crate::constants::K[$t + $i]));
        let t1 = add(add(add($h, k_plus_w), choose($e, $f, $g)), sum1);
        let sum0 = xor3(
            rotate::<28, 36>($a),
            rotate::<34, 30>($a),
            rotate::<39, 25>($a),
        );
        let t2 = add(sum0, majority($a, $b, $c));
        $d = add($d, t1);
        $h = add(t1, t2);
    };
}

/// Sixteen rounds from round `t` on.
macro_rules! sixteen_rounds {
    ($a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident, $w:ident, $t:expr) => {
        crate::kernel::round!($a $b $c $d $e $f $g $h, $w, $t, 0);
        crate::kernel::round!($h $a $b $c $d $e $f $g, $w, $t, 1);
        crate::kernel::round!($g $h $a $b $c $d $e $f, $w, $t, 2);
        crate::kernel::round!($f $g $h $a $b $c $d $e, $w, $t, 3);
        crate::kernel::round!($e $f $g $h $a $b $c $d, $w, $t, 4);
        crate::kernel::round!($d $e $f $g $h $a $b $c, $w, $t, 5);
        crate::kernel::round!($c $d $e $f $g $h $a $b, $w, $t, 6);
        crate::kernel::round!($b $c $d $e $f $g $h $a, $w, $t, 7);
        crate::kernel::round!($a $b $c $d $e $f $g $h, $w, $t, 8);
        crate::kernel::round!($h $a $b $c $d $e $f $g, $w, $t, 9);
        crate::kernel::round!($g $h $a $b $c $d $e $f, $w, $t, 10);
        crate::kernel::round!($f $g $h $a $b $c $d $e, $w, $t, 11);
        crate::kernel::round!($e $f $g $h $a $b $c $d, $w, $t, 12);
        crate::kernel::round!($d $e $f $g $h $a $b $c, $w, $t, 13);
        crate::kernel::round!($c $d $e $f $g $h $a $b, $w, $t, 14);
        crate::kernel::round!($b $c $d $e $f $g $h $a, $w, $t, 15);
    };
}

/// The whole schedule moved on by sixteen rounds (FIPS 180-4 section 6.4.2 step 1).
macro_rules! expand {
    ($w:ident, $($i:literal)*) => { $(
        let (x, y) = ($w[($i + 1) & 15], $w[($i + 14) & 15]);
        let sigma0 = xor3(rotate::<1, 63>(x), rotate::<8, 56>(x), shift::<7>(x));
        let sigma1 = xor3(rotate::<19, 45>(y), rotate::<61, 3>(y), shift::<6>(y));
        $w[$i] = add(add($w[$i], $w[($i + 9) & 15]), add(sigma0, sigma1));
    )* };
}

/// Functions from vectors to a vector.
macro_rules! operations {
    ($(#[$attr:meta])*) => {};
    ($(#[$attr:meta])* $name:ident($($arg:ident),+) = $body:expr; $($more:tt)*) => {
        $(#[$attr])*
        #[inline]
        pub(super) fn $name($($arg: V),+) -> V {
            $body
        }
        crate::kernel::operations! { $(#[$attr])* $($more)* }
    };
}

/// Rows of words to vectors and back.
macro_rules! define_lanes {
    ($(#[$attr:meta])*) => {
        $(#[$attr])*
        #[inline]
        fn load<const N: usize>(words: &[[u64; L]; N]) -> [V; N] {
            // Loops, not closures: those would be compiled without the feature.
            let mut vectors = [splat(0); N];
            for (vector, row) in vectors.iter_mut().zip(words) {
                *vector = load_row(row);
            }
            vectors
        }

        $(#[$attr])*
        #[inline]
        fn store<const N: usize>(vectors: &[V; N], words: &mut [[u64; L]; N]) {
            for (vector, row) in vectors.iter().zip(words) {
                store_row(*vector, row);
            }
        }
    };
}

/// `Engine` by the functions of the module, which are compiled for a CPU feature.
macro_rules! define_engine {
    ($engine:ty) => {
        impl crate::engine::Engine<L> for $engine {
            fn compress(self, state: &mut State<L>, block: &Block<L>) {
                // SAFETY: `self` proves that the CPU has the feature.
                unsafe { compress(state, block) }
            }

            fn iterate(
                self,
                inner: &State<L>,
                outer: &State<L>,
                u: &mut State<L>,
                t: &mut State<L>,
                rounds: u32,
            ) {
                // SAFETY: `self` proves that the CPU has the feature.
                unsafe { iterate(inner, outer, u, t, rounds) }
            }

            fn permute(self, sponge: &mut Sponge<L>) {
                // SAFETY: `self` proves that the CPU has the feature.
                unsafe { permute(sponge) }
            }
        }
    };
}

macro_rules! define_sha512 {
    ($(#[$attr:meta])*) => {
        /// The SHA-512 compression of one block a lane (FIPS 180-4 section 6.4.2).
        $(#[$attr])*
        #[inline]
        fn compress_vectors(state: &[V; 8], mut w: [V; 16]) -> [V; 8] {
            let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
            crate::kernel::sixteen_rounds!(a b c d e f g h, w, 0);
            for t in [16, 32, 48, 64] {
                crate::kernel::expand!(w, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
                crate::kernel::sixteen_rounds!(a b c d e f g h, w, t);
            }
            [
                add(a, state[0]), add(b, state[1]), add(c, state[2]), add(d, state[3]),
                add(e, state[4]), add(f, state[5]), add(g, state[6]), add(h, state[7]),
            ]
        }

        /// Message block that holds one 64-byte digest a lane, padded behind one key block.
        $(#[$attr])*
        #[inline]
        fn digest_block(d: &[V; 8]) -> [V; 16] {
            let zero = splat(0);
            let (mark, bits) = (splat(crate::constants::PAD_MARK), splat(crate::constants::PAD_BITS));
            [d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], mark, zero, zero, zero, zero, zero, zero, bits]
        }

        /// `rounds` further PBKDF2 iterations: `u` becomes HMAC(u), `t` gathers their exclusive or (RFC 8018 section 5.2).
        $(#[$attr])*
        fn iterate_vectors(inner: &[V; 8], outer: &[V; 8], u: &mut [V; 8], t: &mut [V; 8], rounds: u32) {
            for _ in 0..rounds {
                let digest = compress_vectors(inner, digest_block(u));
                *u = compress_vectors(outer, digest_block(&digest));
                for i in 0..8 {
                    t[i] = xor(t[i], u[i]);
                }
            }
        }

        $(#[$attr])*
        pub(super) fn compress(state: &mut State<L>, block: &Block<L>) {
            let done = compress_vectors(&load(state), load(block));
            store(&done, state);
        }

        $(#[$attr])*
        pub(super) fn iterate(inner: &State<L>, outer: &State<L>, u: &mut State<L>, t: &mut State<L>, rounds: u32) {
            let (mut uv, mut tv) = (load(u), load(t));
            iterate_vectors(&load(inner), &load(outer), &mut uv, &mut tv, rounds);
            store(&uv, u);
            store(&tv, t);
        }
    };
}

macro_rules! define_keccak {
    ($(#[$attr:meta])*) => {
        /// The permutation Keccak-f\[1600\] on every lane (FIPS 202 section 3.3).
        $(#[$attr])*
        fn permute_vectors(a: &mut [V; 25]) {
            for rc in crate::constants::RC {
                let c0 = xor3(xor3(a[0], a[5], a[10]), a[15], a[20]);
                let c1 = xor3(xor3(a[1], a[6], a[11]), a[16], a[21]);
                let c2 = xor3(xor3(a[2], a[7], a[12]), a[17], a[22]);
                let c3 = xor3(xor3(a[3], a[8], a[13]), a[18], a[23]);
                let c4 = xor3(xor3(a[4], a[9], a[14]), a[19], a[24]);
                let (r0, r1, r2) = (rotate::<63, 1>(c0), rotate::<63, 1>(c1), rotate::<63, 1>(c2));
                let (r3, r4) = (rotate::<63, 1>(c3), rotate::<63, 1>(c4));
                // b is a after theta, rho and pi, in the order that chi reads.
                let b0 = xor3(a[0], c4, r1);
                let b1 = rotate::<20, 44>(xor3(a[6], c0, r2));
                let b2 = rotate::<21, 43>(xor3(a[12], c1, r3));
                let b3 = rotate::<43, 21>(xor3(a[18], c2, r4));
                let b4 = rotate::<50, 14>(xor3(a[24], c3, r0));
                let b5 = rotate::<36, 28>(xor3(a[3], c2, r4));
                let b6 = rotate::<44, 20>(xor3(a[9], c3, r0));
                let b7 = rotate::<61, 3>(xor3(a[10], c4, r1));
                let b8 = rotate::<19, 45>(xor3(a[16], c0, r2));
                let b9 = rotate::<3, 61>(xor3(a[22], c1, r3));
                let b10 = rotate::<63, 1>(xor3(a[1], c0, r2));
                let b11 = rotate::<58, 6>(xor3(a[7], c1, r3));
                let b12 = rotate::<39, 25>(xor3(a[13], c2, r4));
                let b13 = rotate::<56, 8>(xor3(a[19], c3, r0));
                let b14 = rotate::<46, 18>(xor3(a[20], c4, r1));
                let b15 = rotate::<37, 27>(xor3(a[4], c3, r0));
                let b16 = rotate::<28, 36>(xor3(a[5], c4, r1));
                let b17 = rotate::<54, 10>(xor3(a[11], c0, r2));
                let b18 = rotate::<49, 15>(xor3(a[17], c1, r3));
                let b19 = rotate::<8, 56>(xor3(a[23], c2, r4));
                let b20 = rotate::<2, 62>(xor3(a[2], c1, r3));
                let b21 = rotate::<9, 55>(xor3(a[8], c2, r4));
                let b22 = rotate::<25, 39>(xor3(a[14], c3, r0));
                let b23 = rotate::<23, 41>(xor3(a[15], c4, r1));
                let b24 = rotate::<62, 2>(xor3(a[21], c0, r2));
                a[0] = xor(chi(b0, b1, b2), splat(rc));
                (a[1], a[2], a[3], a[4]) = (chi(b1, b2, b3), chi(b2, b3, b4), chi(b3, b4, b0), chi(b4, b0, b1));
                (a[5], a[6], a[7]) = (chi(b5, b6, b7), chi(b6, b7, b8), chi(b7, b8, b9));
                (a[8], a[9]) = (chi(b8, b9, b5), chi(b9, b5, b6));
                (a[10], a[11], a[12]) = (chi(b10, b11, b12), chi(b11, b12, b13), chi(b12, b13, b14));
                (a[13], a[14]) = (chi(b13, b14, b10), chi(b14, b10, b11));
                (a[15], a[16], a[17]) = (chi(b15, b16, b17), chi(b16, b17, b18), chi(b17, b18, b19));
                (a[18], a[19]) = (chi(b18, b19, b15), chi(b19, b15, b16));
                (a[20], a[21], a[22]) = (chi(b20, b21, b22), chi(b21, b22, b23), chi(b22, b23, b24));
                (a[23], a[24]) = (chi(b23, b24, b20), chi(b24, b20, b21));
            }
        }

        $(#[$attr])*
        pub(super) fn permute(sponge: &mut Sponge<L>) {
            let mut vectors = load(sponge);
            permute_vectors(&mut vectors);
            store(&vectors, sponge);
        }
    };
}

pub(crate) use {
    define_engine, define_keccak, define_lanes, define_sha512, expand, operations, round,
    sixteen_rounds,
};
