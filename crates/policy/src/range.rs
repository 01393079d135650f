//! Figures between bounds, and the three answers.

use jinku_words::Uint256;
use jinku_words::error::Result;
use jinku_words::shape::{Fields, value_error};

use crate::facts::Interval;

/// What a column answers; the order is that of "and".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    No,
    Unknown,
    Yes,
}

impl Answer {
    pub(crate) fn sure(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// At least and at most, both inclusive.
#[derive(Clone, Debug, Default)]
pub(crate) struct Range {
    pub(crate) least: Uint256,
    pub(crate) most: Option<Uint256>,
}

impl Range {
    /// Reads an object with `least`, `most` or both.
    pub(crate) fn take(mut fields: Fields, place: &str) -> Result<Self> {
        let range = Self::members(&mut fields, place)?;
        fields.end()?;
        Ok(range)
    }

    pub(crate) fn members(fields: &mut Fields, place: &str) -> Result<Self> {
        let least: Option<Uint256> = fields.maybe("least", Fields::word)?;
        let most: Option<Uint256> = fields.maybe("most", Fields::word)?;
        let empty = least.is_none() && most.is_none();
        if empty || most.is_some_and(|most| least.is_some_and(|least| least > most)) {
            let expected = "least, most or both, least not above most";
            return Err(value_error(place, "no range", expected));
        }
        Ok(Self {
            least: least.unwrap_or_default(),
            most,
        })
    }

    pub(crate) fn holds(&self, figure: Uint256) -> bool {
        figure >= self.least && self.most.is_none_or(|most| figure <= most)
    }

    /// Yes when the whole interval lies inside, no when none of it does.
    pub(crate) fn test(&self, figure: Interval) -> Answer {
        let Some((low, high)) = figure else {
            return Answer::Unknown;
        };
        if self.holds(low) && self.holds(high) {
            return Answer::Yes;
        }
        let apart = high < self.least || self.most.is_some_and(|most| low > most);
        if apart { Answer::No } else { Answer::Unknown }
    }

    /// The same of `part / whole` in hundredths of a per cent.
    pub(crate) fn test_share(&self, part: Interval, whole: Interval) -> Answer {
        let (Some((part_low, part_high)), Some((whole_low, whole_high))) = (part, whole) else {
            return Answer::Unknown;
        };
        let scaled = |figure: Uint256| figure.checked_mul(10_000);
        let times = |figure: Uint256, share: Uint256| figure.checked_mul(share.to_u64()?);
        // None where a product leaves 256 bits: then nothing is sure.
        let sure = || {
            let above = scaled(part_low)? >= times(whole_high, self.least)?;
            let under = match self.most {
                Some(most) => scaled(part_high)? <= times(whole_low, most)?,
                None => true,
            };
            let far_under = scaled(part_high)? < times(whole_low, self.least)?;
            let far_above = match self.most {
                Some(most) => scaled(part_low)? > times(whole_high, most)?,
                None => false,
            };
            Some((above && under, far_under || far_above))
        };
        match sure() {
            Some((true, _)) => Answer::Yes,
            Some((_, true)) => Answer::No,
            _ => Answer::Unknown,
        }
    }
}
