//! The forms that texts may have; each is the regular expression of the same name in `jinku.core`, without an engine.

/// So many lower-case hex digits.
pub(crate) fn hex_lower(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// `0|[1-9][0-9]*` within a range.
pub(crate) fn count_in(text: &str, least: u64, most: u64) -> bool {
    is_figure(text)
        && text
            .parse::<u64>()
            .is_ok_and(|number| (least..=most).contains(&number))
}

/// `0|[1-9][0-9]*`.
fn is_figure(text: &str) -> bool {
    matches!(text.as_bytes(), [b'0'] | [b'1'..=b'9', ..])
        && text.bytes().all(|b| b.is_ascii_digit())
}

/// The number of a token: a figure of at most 78 digits.
pub(crate) fn is_token_number(text: &str) -> bool {
    text.len() <= 78 && is_figure(text)
}

/// One to `most` bytes in lower-case hex.
pub(crate) fn token_hex(text: &str, most: usize) -> bool {
    text.len().is_multiple_of(2)
        && (2..=2 * most).contains(&text.len())
        && hex_lower(text, text.len())
}

/// Base58 characters, so many.
pub(crate) fn any_base58(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() && !matches!(b, b'0' | b'O' | b'I' | b'l'))
}

/// Characters of a lower-case bech32 data part, so many.
pub(crate) fn any_bech32(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len())
        && text.bytes().all(
            |b| matches!(b, b'0' | b'2'..=b'9' | b'a' | b'c'..=b'h' | b'j'..=b'n' | b'p'..=b'z'),
        )
}

/// A Cosmos denom: `/`, `:` and `_` stand as %2F, %3A and %5F, nothing else does; 3 to 128 characters as written.
pub(crate) fn denom(text: &str) -> bool {
    if !(3..=128).contains(&text.len()) || !text.as_bytes()[0].is_ascii_alphabetic() {
        return false;
    }
    let mut units = 0usize;
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = match (first, tail) {
            (b'%', [b'2', b'F', tail @ ..] | [b'3', b'A', tail @ ..] | [b'5', b'F', tail @ ..]) => {
                tail
            }
            (b'-' | b'.', tail) => tail,
            (letter, tail) if letter.is_ascii_alphanumeric() => tail,
            _ => return false,
        };
        units += 1;
    }
    units >= 3
}

/// The name of a key: 1 to 128 of `a-z 0-9 . _ : -`, beginning with a letter or digit.
pub(crate) fn key_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (1..=128).contains(&text.len())
        && plain(text.as_bytes()[0])
        && text
            .bytes()
            .all(|b| plain(b) || matches!(b, b'.' | b'_' | b':' | b'-'))
}

/// A code: 1 to 4 words of `a-z 0-9 _` joined by dots, 1 to 32 characters each, beginning with a letter.
pub(crate) fn code(text: &str) -> bool {
    let word = |part: &str| {
        (1..=32).contains(&part.len())
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    text.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
        && text.split('.').count() <= 4
        && text.split('.').all(word)
}

/// An idempotency key: 1 to 128 printable ASCII characters without space.
pub(crate) fn idempotency_key(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'!'..=b'~'))
}

/// An outpoint: 64 lower-case hex digits, a colon and the output number.
pub(crate) fn outpoint(text: &str) -> bool {
    text.split_once(':')
        .is_some_and(|(txid, number)| hex_lower(txid, 64) && count_in(number, 0, 9_999_999_999))
}

/// A block hash in the chain's own spelling: 1 to 128 letters and digits.
pub(crate) fn anchor(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// A derivation path: `m` and 1 to 16 steps.
pub(crate) fn path(text: &str) -> bool {
    let Some(steps) = text.strip_prefix("m/") else {
        return false;
    };
    steps.split('/').count() <= 16
        && steps
            .split('/')
            .all(|step| count_in(step.strip_suffix('\'').unwrap_or(step), 0, 9_999_999_999))
}

/// `0x` and 40 lower-case hex digits.
pub(crate) fn evm_address(text: &str) -> bool {
    text.strip_prefix("0x")
        .is_some_and(|digits| hex_lower(digits, 40))
}

/// A letter and 33 base58 characters.
pub(crate) fn lettered(text: &str, letter: char) -> bool {
    text.strip_prefix(letter)
        .is_some_and(|rest| any_base58(rest, 33, 33))
}

/// Hex that begins with `0x` in lower case; other texts as they are.
pub(crate) fn lower_hex(text: &str) -> String {
    if text.starts_with("0x") {
        text.to_ascii_lowercase()
    } else {
        text.to_owned()
    }
}
