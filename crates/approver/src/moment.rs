//! Times as people read them, and lengths of time as they write them.

const DAY_MS: u64 = 86_400_000;

/// `2026-11-22 08:55:00 UTC` of Unix milliseconds.
#[must_use]
pub(crate) fn utc(at_ms: u64) -> String {
    let (days, rest) = (at_ms / DAY_MS, at_ms % DAY_MS / 1000);
    let (year, month, day) = date(days);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

/// Year, month and day of a number of days since 1970, in the Gregorian calendar: 400 years have 146,097 days, counted from
/// 1 March, so that a leap day is a year's last.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

/// Milliseconds of `90m`, `24h` or `7d`.
#[must_use]
pub(crate) fn length_ms(text: &str) -> Option<u64> {
    let unit = match text.bytes().last()? {
        b'm' => 60_000,
        b'h' => 3_600_000,
        b'd' => DAY_MS,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    let plain =
        !digits.is_empty() && digits.len() <= 6 && digits.bytes().all(|b| b.is_ascii_digit());
    let number: u64 = digits.parse().ok().filter(|_| plain)?;
    number.checked_mul(unit).filter(|length| *length > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (at_ms, expected) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399_999, "2000-02-28 23:59:59 UTC"),
            (951_782_400_000, "2000-02-29 00:00:00 UTC"),
            (1_709_251_200_000, "2024-03-01 00:00:00 UTC"),
            (1_795_337_700_000, "2026-11-22 08:55:00 UTC"),
            (4_107_542_399_000, "2100-02-28 23:59:59 UTC"),
            (4_107_542_400_000, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(utc(at_ms), expected);
        }
        assert!(utc((1 << 53) - 1).starts_with("287396-"));
    }

    #[test]
    fn lengths_have_one_unit_and_are_not_nothing() {
        assert_eq!(length_ms("90m"), Some(5_400_000));
        assert_eq!(length_ms("24h"), Some(86_400_000));
        assert_eq!(length_ms("7d"), Some(604_800_000));
        for wrong in [
            "", "h", "24", "0h", "-1h", "+1h", "1.5h", "1w", "1h ", "1234567h", "库",
        ] {
            assert_eq!(length_ms(wrong), None, "{wrong}");
        }
    }
}
