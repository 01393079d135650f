//! The fixed-base table and the batched sum `parent + tweak·G`.

use std::marker::PhantomData;
use std::sync::LazyLock;

use jinku_lanes::{Backend, PublicAdditions, PublicMultiple};

use crate::batch::Lanes;
use crate::field::{Field, below, limbs_from_be};
use crate::point::{Curve, K1, PublicPoint, R1};

/// Bits of a signed window.
const WINDOW: usize = 12;
const WINDOWS: usize = 256_usize.div_ceil(WINDOW);
/// Multiples kept of each window's base: 1 to 2^(WINDOW-1).
const MULTIPLES: usize = 1 << (WINDOW - 1);
/// Lanes that share one inversion.
const LANES: usize = 2048;

/// What became of one tweak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The sum is a finite point.
    Added,
    /// The tweak is zero: the coordinates are the parent's own. Valid by BIP-32 and SLIP-10.
    TweakZero,
    /// The tweak is not below the order. BIP-32: skip this index; SLIP-10: hash again.
    TweakTooLarge,
    /// The sum is the point at infinity. BIP-32: skip this index; SLIP-10: hash again.
    Infinity,
}

impl Outcome {
    /// Whether the coordinates are those of a child key.
    pub fn is_valid(self) -> bool {
        matches!(self, Outcome::Added | Outcome::TweakZero)
    }
}

/// The result for one tweak: big-endian affine coordinates, zero unless `outcome` is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicSum {
    /// Affine x.
    pub x: [u8; 32],
    /// Affine y.
    pub y: [u8; 32],
    /// What became of the tweak.
    pub outcome: Outcome,
}

impl PublicSum {
    /// A place that [`PublicTweakTable::add_public_tweaks`] fills.
    pub const EMPTY: Self = Self {
        x: [0; 32],
        y: [0; 32],
        outcome: Outcome::Infinity,
    };

    /// Compressed SEC1 encoding (SEC 1 section 2.3.3).
    pub fn compressed(&self) -> [u8; 33] {
        let mut out = [0u8; 33];
        out[0] = 2 | (self.y[31] & 1);
        out[1..].copy_from_slice(&self.x);
        out
    }
}

/// The points that tweaks are added to.
#[derive(Clone, Copy)]
pub enum Parents<'a, C: Curve> {
    /// One parent for every tweak.
    Same(&'a PublicPoint<C>),
    /// A parent for each tweak.
    Each(&'a [PublicPoint<C>]),
}

impl<C: Curve> Parents<'_, C> {
    fn get(&self, index: usize) -> Option<PublicPoint<C>> {
        match self {
            Parents::Same(point) => Some(**point),
            Parents::Each(points) => points.get(index).copied(),
        }
    }
}

/// Multiples of the base point for PUBLIC tweaks.
///
/// **Variable time.** Which cache lines are read, and how long it takes, depends on the tweak. A tweak of BIP-32's public
/// derivation follows from the extended public key alone and is no private key; a secret scalar must never come here.
pub struct PublicTweakTable<C: Curve> {
    multiples: Vec<PublicMultiple>,
    curve: PhantomData<C>,
}

/// A point as the table keeps it, one cache line.
fn entry<F: Field>(x: F, y: F) -> PublicMultiple {
    let ([a, b, c, d], [e, f, g, h]) = (x.words(), y.words());
    PublicMultiple([a, b, c, d, e, f, g, h])
}

/// The point of an entry.
#[inline(always)]
fn point<F: Field>(entry: &PublicMultiple) -> (F, F) {
    let [a, b, c, d, e, f, g, h] = entry.0;
    (F::from_words([a, b, c, d]), F::from_words([e, f, g, h]))
}

impl PublicTweakTable<K1> {
    /// The table of secp256k1, built at first use (some milliseconds, 3 MB).
    pub fn shared() -> &'static Self {
        static TABLE: LazyLock<PublicTweakTable<K1>> = LazyLock::new(PublicTweakTable::new);
        &TABLE
    }
}

impl PublicTweakTable<R1> {
    /// The table of P-256, built at first use (some milliseconds, 3 MB).
    pub fn shared() -> &'static Self {
        static TABLE: LazyLock<PublicTweakTable<R1>> = LazyLock::new(PublicTweakTable::new);
        &TABLE
    }
}

impl<C: Curve> Default for PublicTweakTable<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Curve> PublicTweakTable<C> {
    /// A fresh table; [`PublicTweakTable::shared`] is the usual way.
    pub fn new() -> Self {
        let mut multiples = Vec::with_capacity(WINDOWS * MULTIPLES);
        let mut lanes = Lanes::<C>::new(MULTIPLES);
        let generator = PublicPoint::<C>::generator();
        let mut base = (generator.x, generator.y);
        for _ in 0..WINDOWS {
            let start = multiples.len();
            multiples.push(entry(base.0, base.1));
            let mut known = 1;
            while known < MULTIPLES {
                // known·B + i·B for i = 1..=known; the last is a doubling.
                let (x, y) = point(&multiples[start + known - 1]);
                lanes.x[..known].fill(x);
                lanes.y[..known].fill(y);
                lanes.infinity[..known].fill(false);
                lanes.add(known, |i| Some(point(&multiples[start + i])));
                let sums = lanes.x.iter().zip(&lanes.y).take(known);
                multiples.extend(sums.map(|(x, y)| entry(*x, *y)));
                known *= 2;
            }
            let (x, y) = point(&multiples[start + MULTIPLES - 1]);
            (lanes.x[0], lanes.y[0], lanes.infinity[0]) = (x, y, false);
            lanes.add(1, |_| Some((x, y)));
            base = (lanes.x[0], lanes.y[0]);
        }
        Self {
            multiples,
            curve: PhantomData,
        }
    }

    /// Each `out` holds `parent + tweak·G` and what became of the tweak. **Variable time: PUBLIC tweaks only.**
    ///
    /// `backend` Avx512 takes vector lanes where the CPU has IFMA and the curve is secp256k1; all others the scalar way.
    /// `tweaks` are 32-byte big-endian scalars. Where `parents`, `tweaks` and `out` differ in length the shortest counts. All
    /// cases are exact: equal and opposite points, infinity on the way, tweak 0, 1, n − 1 and beyond.
    pub fn add_public_tweaks(
        &self,
        backend: Backend,
        parents: Parents<'_, C>,
        tweaks: &[[u8; 32]],
        out: &mut [PublicSum],
    ) {
        let mut work = Work::new(tweaks.len().min(LANES));
        for (group, (tweaks, out)) in tweaks.chunks(LANES).zip(out.chunks_mut(LANES)).enumerate() {
            let count = tweaks.len().min(out.len());
            work.load(parents, group * LANES, &tweaks[..count]);
            self.run(backend, &mut work, count);
            work.store(&mut out[..count]);
        }
    }

    fn run(&self, backend: Backend, work: &mut Work<C>, count: usize) {
        if backend == Backend::Avx512 && work.in_vectors(&self.multiples, count) {
            return;
        }
        let digits = &work.digits;
        for window in 0..WINDOWS {
            let multiples = &self.multiples[window * MULTIPLES..(window + 1) * MULTIPLES];
            let row = &digits[window * LANES..window * LANES + count];
            work.lanes.add(count, |lane| {
                let digit = row[lane];
                let at = usize::from(digit.unsigned_abs()).wrapping_sub(1);
                let (x, y) = point::<C::F>(multiples.get(at)?);
                Some((x, if digit < 0 { y.neg() } else { y }))
            });
        }
    }
}

/// Buffers of one group of lanes.
struct Work<C: Curve> {
    lanes: Lanes<C>,
    digits: Vec<i16>,
    outcome: Vec<Outcome>,
}

impl<C: Curve> Work<C> {
    fn new(count: usize) -> Self {
        Self {
            lanes: Lanes::new(count),
            digits: vec![0; WINDOWS * LANES],
            outcome: vec![Outcome::Added; count],
        }
    }

    /// All windows were added in vector lanes; false, and nothing changed, where this CPU or an exceptional case forbids it.
    fn in_vectors(&mut self, table: &[PublicMultiple], count: usize) -> bool {
        let words = |coordinates: &[C::F]| -> Vec<[u64; 4]> {
            coordinates[..count].iter().map(|f| f.words()).collect()
        };
        let (mut x, mut y) = (words(&self.lanes.x), words(&self.lanes.y));
        let work = PublicAdditions {
            table,
            multiples: MULTIPLES,
            digits: &self.digits,
            stride: LANES,
        };
        let done = C::F::add_in_vectors(&work, &mut x, &mut y);
        if done {
            for (lane, (x, y)) in x.into_iter().zip(y).enumerate() {
                (self.lanes.x[lane], self.lanes.y[lane]) =
                    (C::F::from_words(x), C::F::from_words(y));
            }
        }
        done
    }

    fn load(&mut self, parents: Parents<'_, C>, first: usize, tweaks: &[[u8; 32]]) {
        for (lane, tweak) in tweaks.iter().enumerate() {
            let scalar = limbs_from_be(tweak);
            self.outcome[lane] = match parents.get(first + lane) {
                None => Outcome::Infinity,
                Some(parent) => {
                    (self.lanes.x[lane], self.lanes.y[lane]) = (parent.x, parent.y);
                    match () {
                        () if !below(&scalar, &C::ORDER) => Outcome::TweakTooLarge,
                        () if scalar == [0; 4] => Outcome::TweakZero,
                        () => Outcome::Added,
                    }
                }
            };
            let usable = self.outcome[lane].is_valid();
            self.lanes.infinity[lane] = !usable;
            self.recode(lane, if usable { scalar } else { [0; 4] });
        }
    }

    /// The lane's signed digits, |digit| ≤ 2^(WINDOW-1), least significant window first.
    fn recode(&mut self, lane: usize, scalar: [u64; 4]) {
        let mut carry = 0;
        for window in 0..WINDOWS {
            let bit = window * WINDOW;
            let low = scalar[bit / 64] >> (bit % 64);
            let high = match scalar.get(bit / 64 + 1) {
                Some(next) if bit % 64 + WINDOW > 64 => next << (64 - bit % 64),
                _ => 0,
            };
            let value = ((low | high) & ((1 << WINDOW) - 1)) as i32 + carry;
            carry = i32::from(value > MULTIPLES as i32);
            self.digits[window * LANES + lane] = (value - (carry << WINDOW)) as i16;
        }
    }

    fn store(&self, out: &mut [PublicSum]) {
        for (lane, sum) in out.iter_mut().enumerate() {
            let outcome = self.outcome[lane];
            *sum = match (outcome.is_valid(), self.lanes.infinity[lane]) {
                (false, _) => PublicSum {
                    outcome,
                    ..PublicSum::EMPTY
                },
                (true, true) => PublicSum::EMPTY,
                (true, false) => PublicSum {
                    x: self.lanes.x[lane].to_be(),
                    y: self.lanes.y[lane].to_be(),
                    outcome,
                },
            };
        }
    }
}
