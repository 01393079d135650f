//! The one DER encoding of an ECDSA signature over a 256-bit curve (X.690 section 8 to 10, as BIP-66 wants it).

use crate::SignError;

/// Longest encoding: 2 + 2·(2 + 33).
pub const MAX_BYTES: usize = 72;

/// Returns the DER encoding of `r ‖ s`.
#[must_use]
pub fn encode(compact: &[u8; 64]) -> Vec<u8> {
    let mut body = Vec::with_capacity(MAX_BYTES);
    for half in compact.chunks(32) {
        let lead = half.iter().take_while(|b| **b == 0).count().min(31);
        let digits = &half[lead..];
        let pad = usize::from(digits[0] >= 0x80);
        body.extend_from_slice(&[2, (digits.len() + pad) as u8]);
        body.extend(std::iter::repeat_n(0, pad));
        body.extend_from_slice(digits);
    }
    let mut out = vec![0x30, body.len() as u8];
    out.append(&mut body);
    out
}

/// Returns `r ‖ s` of an encoding that [`encode`] could have made; every other spelling is refused.
///
/// # Errors
/// [`SignError::Encoding`] with the rule that is broken. Whether r and s are in range is for the verification to say.
pub fn decode(der: &[u8]) -> Result<[u8; 64], SignError> {
    let rule = |rule| SignError::Encoding { rule };
    let [0x30, length, body @ ..] = der else {
        return Err(rule("a DER sequence is expected"));
    };
    if usize::from(*length) != body.len() || *length >= 0x80 {
        return Err(rule(
            "the length of the sequence is not that of its contents",
        ));
    }
    let mut compact = [0u8; 64];
    let rest = integer(body, &mut compact[..32])?;
    let rest = integer(rest, &mut compact[32..])?;
    if !rest.is_empty() {
        return Err(rule("bytes follow the second integer"));
    }
    Ok(compact)
}

/// Reads one positive integer of at most 32 bytes, right-aligned into `out`; returns what follows it.
fn integer<'a>(bytes: &'a [u8], out: &mut [u8]) -> Result<&'a [u8], SignError> {
    let rule = |rule| SignError::Encoding { rule };
    let [2, length, rest @ ..] = bytes else {
        return Err(rule("a DER integer is expected"));
    };
    let (digits, rest) = rest
        .split_at_checked(usize::from(*length))
        .ok_or(rule("an integer is cut off"))?;
    let digits = match digits {
        [] => return Err(rule("an integer has no bytes")),
        [0x80..=0xff, ..] => return Err(rule("an integer is negative")),
        [0, next @ ..] => match next {
            [] => next, // zero itself; verification refuses it
            [0x80..=0xff, ..] => next,
            _ => return Err(rule("an integer has a needless leading zero")),
        },
        _ => digits,
    };
    let start = out
        .len()
        .checked_sub(digits.len())
        .ok_or(rule("an integer is longer than 32 bytes"))?;
    out[start..].copy_from_slice(digits);
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_decodes_and_has_no_second_spelling() {
        let mut compact = [0u8; 64];
        for (r0, s0, s31) in [
            (0xffu8, 0x7f, 1u8),
            (0, 0x80, 0),
            (1, 0, 0xff),
            (0x80, 0x80, 0x80),
        ] {
            compact[0] = r0;
            compact[31] = 7;
            compact[32] = s0;
            compact[63] = s31 | 1;
            let der = encode(&compact);
            assert!(der.len() <= MAX_BYTES);
            assert_eq!(decode(&der), Ok(compact));
            for i in 0..der.len() {
                assert!(decode(&der[..i]).is_err(), "cut to {i}");
                for value in 0..=255u8 {
                    let mut bent = der.clone();
                    bent[i] = value;
                    if let Ok(other) = decode(&bent) {
                        assert_eq!(
                            encode(&other),
                            bent,
                            "byte {i} as {value:02x} is a second spelling"
                        );
                    }
                }
            }
            let long = [der.as_slice(), &[0]].concat();
            assert!(decode(&long).is_err());
        }
        assert!(decode(&[]).is_err());
    }
}
