//! Mending checksums, so that mutations reach the code behind them.

use bech32::{Bech32, Bech32m, Hrp};
use jinku_hd::bip39::{Language, Mnemonic};
use sha2::{Digest, Sha256};

use crate::mutate::{Random, mutate};

/// The outer form of a target's inputs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrap {
    /// None: bytes are mutated as they stand.
    None,
    /// Base58Check: the payload is mutated, the checksum made anew.
    Base58Check,
    /// Bech32 or Bech32m: the data is mutated, the checksum made anew.
    Bech32,
    /// Canonical JSON with a trailing SHA-256.
    Frame,
    /// A BIP-39 phrase of fresh entropy in some language.
    Words,
}

/// Returns a mutation of `input` whose checksum holds, or `None` when the input has not this form.
#[must_use]
pub fn mended(
    wrap: Wrap,
    random: &mut Random,
    input: &[u8],
    others: &[Vec<u8>],
) -> Option<Vec<u8>> {
    match wrap {
        Wrap::None => None,
        Wrap::Base58Check => {
            let payload = bs58::decode(input).with_check(None).into_vec().ok()?;
            Some(
                bs58::encode(mutate(random, &payload, &[]))
                    .with_check()
                    .into_vec(),
            )
        }
        Wrap::Bech32 => {
            let (hrp, data) = bech32::decode(std::str::from_utf8(input).ok()?).ok()?;
            let data = mutate(random, &data, &[]);
            let hrp = if random.below(8) == 0 {
                Hrp::parse("osmo").ok()?
            } else {
                hrp
            };
            let text = if random.below(2) == 0 {
                bech32::encode::<Bech32>(hrp, &data)
            } else {
                bech32::encode::<Bech32m>(hrp, &data)
            };
            text.ok().map(String::into_bytes)
        }
        Wrap::Frame => {
            let end = input.windows(8).rposition(|w| w == b"\nsha256:")?;
            Some(framed(&mutate(random, &input[..end], others)))
        }
        Wrap::Words => {
            let entropy: Vec<u8> = (0..16 + 4 * random.below(5))
                .map(|_| random.bits() as u8)
                .collect();
            let language = Language::ALL[random.below(Language::ALL.len())];
            let phrase = Mnemonic::from_entropy(&entropy, language).ok()?.phrase();
            Some(if random.below(2) == 0 {
                phrase.as_bytes().to_vec()
            } else {
                mutate(random, phrase.as_bytes(), others)
            })
        }
    }
}

/// Returns the input itself under the checksum of that form, where any bytes can be so dressed.
#[must_use]
pub fn wrapped(wrap: Wrap, input: &[u8]) -> Option<Vec<u8>> {
    match wrap {
        Wrap::None | Wrap::Words => None,
        // Base58 is quadratic, and no key or address is longer.
        Wrap::Base58Check if input.len() > 256 => None,
        Wrap::Base58Check => Some(bs58::encode(input).with_check().into_vec()),
        Wrap::Bech32 => {
            let hrp = Hrp::parse("bc").ok()?;
            bech32::encode::<Bech32m>(hrp, input)
                .ok()
                .map(String::into_bytes)
        }
        Wrap::Frame => Some(framed(input)),
    }
}

/// The body with its SHA-256 behind it.
fn framed(body: &[u8]) -> Vec<u8> {
    let sum = hex::encode(Sha256::digest(body));
    [body, b"\nsha256:", sum.as_bytes(), b"\n"].concat()
}
