//! Affine addition in many lanes that share one inversion (Montgomery's trick), with every exceptional case.

use crate::field::{Field, invert_all};
use crate::point::Curve;

/// Running products kept apart, so that their multiplications overlap in the CPU.
const CHAINS: usize = 4;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    /// Different x: the usual slope.
    Chord,
    /// Equal points: the tangent.
    Tangent,
    /// The sum is the point at infinity.
    Cancel,
    /// The lane stood at infinity and takes the addend.
    Take,
    /// No addend.
    Keep,
}

/// Accumulators of many lanes.
pub(crate) struct Lanes<C: Curve> {
    pub(crate) x: Vec<C::F>,
    pub(crate) y: Vec<C::F>,
    pub(crate) infinity: Vec<bool>,
    addend: Vec<(C::F, C::F)>,
    divisor: Vec<C::F>,
    prefix: Vec<C::F>,
    case: Vec<Case>,
}

impl<C: Curve> Lanes<C> {
    /// Room for `count` lanes, all at infinity.
    pub(crate) fn new(count: usize) -> Self {
        let zero = C::F::ZERO;
        Self {
            x: vec![zero; count],
            y: vec![zero; count],
            infinity: vec![true; count],
            addend: vec![(zero, zero); count],
            divisor: vec![zero; count],
            prefix: vec![zero; count],
            case: vec![Case::Keep; count],
        }
    }

    /// Lanes `0..count` have moved on by their addend, where they have one.
    pub(crate) fn add<A: Fn(usize) -> Option<(C::F, C::F)>>(&mut self, count: usize, addend: A) {
        let mut running = [C::F::ONE; CHAINS];
        for lane in 0..count {
            let divisor = self.prepare(lane, addend(lane));
            let chain = &mut running[lane % CHAINS];
            self.prefix[lane] = *chain;
            *chain = chain.mul(divisor);
            self.divisor[lane] = divisor;
        }
        invert_all(&mut running);
        let mut inverse = running;
        for lane in (0..count).rev() {
            let chain = &mut inverse[lane % CHAINS];
            let quotient = chain.mul(self.prefix[lane]);
            *chain = chain.mul(self.divisor[lane]);
            self.finish(lane, quotient);
        }
    }

    /// The lane's case is known and its slope's divisor returned, never zero.
    #[inline(always)]
    fn prepare(&mut self, lane: usize, addend: Option<(C::F, C::F)>) -> C::F {
        let Some((x, y)) = addend else {
            self.case[lane] = Case::Keep;
            return C::F::ONE;
        };
        self.addend[lane] = (x, y);
        if self.infinity[lane] {
            self.case[lane] = Case::Take;
            return C::F::ONE;
        }
        let divisor = x.sub(self.x[lane]);
        if !divisor.is_zero() {
            self.case[lane] = Case::Chord;
            return divisor;
        }
        // The order is odd, so y is never zero and the tangent's divisor neither.
        if y.sub(self.y[lane]).is_zero() {
            self.case[lane] = Case::Tangent;
            return y.add(y);
        }
        self.case[lane] = Case::Cancel;
        C::F::ONE
    }

    #[inline(always)]
    fn finish(&mut self, lane: usize, inverse: C::F) {
        let (x1, y1) = (self.x[lane], self.y[lane]);
        let (x2, y2) = self.addend[lane];
        let slope = match self.case[lane] {
            Case::Chord => y2.sub(y1).mul(inverse),
            Case::Tangent => {
                let square = x1.square();
                let three = square.add(square).add(square);
                let a = if C::A_IS_MINUS_THREE {
                    C::F::ONE.add(C::F::ONE).add(C::F::ONE).neg()
                } else {
                    C::F::ZERO
                };
                three.add(a).mul(inverse)
            }
            Case::Cancel => {
                self.infinity[lane] = true;
                return;
            }
            Case::Take => {
                (self.x[lane], self.y[lane]) = (x2, y2);
                self.infinity[lane] = false;
                return;
            }
            Case::Keep => return,
        };
        let x3 = slope.square().sub(x1).sub(x2);
        self.x[lane] = x3;
        self.y[lane] = slope.mul(x1.sub(x3)).sub(y1);
    }
}
