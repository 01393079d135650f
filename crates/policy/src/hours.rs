//! Days and hours.

use jinku_words::error::Result;
use jinku_words::shape::{Fields, value_error};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MINUTES_A_DAY: i64 = 1_440;

/// Days and hours at a fixed offset from UTC; past midnight when it ends before it begins.
#[derive(Clone, Debug)]
pub(crate) struct Hours {
    days: [bool; 7],
    from: i64,
    to: i64,
    offset: i64,
}

impl Hours {
    pub(crate) fn take(mut fields: Fields) -> Result<Self> {
        let place = "policy.rules.when.time";
        let mut days = [false; 7];
        let mut last = None;
        for name in fields.strings("days", DAYS.len())? {
            let at = DAYS.iter().position(|day| *day == name);
            let at = at.filter(|at| last.is_none_or(|last| *at > last));
            let Some(at) = at else {
                let expected = "mon to sun, in that order, each once";
                return Err(value_error(place, format!("{name:?}"), expected));
            };
            days[at] = true;
            last = Some(at);
        }
        let (from, to) = (fields.text("from")?, fields.text("to")?);
        let offset = fields.text("offset")?;
        fields.end()?;
        let signed = match offset.split_at_checked(1) {
            Some(("+", rest)) => clock(rest),
            Some(("-", rest)) if rest != "00:00" => clock(rest).map(|minutes| -minutes),
            _ => None,
        };
        match (
            clock(&from),
            clock(&to),
            signed.filter(|it| it.abs() <= 840),
        ) {
            (Some(from), Some(to), Some(offset))
                if from != to && from < MINUTES_A_DAY && last.is_some() =>
            {
                Ok(Self {
                    days,
                    from,
                    to,
                    offset,
                })
            }
            _ => {
                let found = format!("{from:?} to {to:?} at {offset:?}");
                let expected = "days, and from and to as HH:MM at +HH:MM or -HH:MM";
                Err(value_error(place, found, expected))
            }
        }
    }

    pub(crate) fn holds(&self, at_ms: u64) -> bool {
        let local = i64::try_from(at_ms / 60_000).unwrap_or(i64::MAX - 840) + self.offset;
        let minute = local.rem_euclid(MINUTES_A_DAY);
        // 1 January 1970 was a Thursday.
        let on = |days: i64| {
            let day = (local.div_euclid(MINUTES_A_DAY) + 3 + days).rem_euclid(7);
            usize::try_from(day).is_ok_and(|day| self.days[day])
        };
        if self.from < self.to {
            return on(0) && self.from <= minute && minute < self.to;
        }
        on(0) && minute >= self.from || on(-1) && minute < self.to
    }
}

/// Minutes of `HH:MM`, up to 24:00.
fn clock(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<i64>().ok())?
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= MINUTES_A_DAY).then_some(total)
}
