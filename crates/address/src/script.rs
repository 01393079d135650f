//! Bitcoin output scripts and the addresses that stand for them (BIP-16, 141, 341).

use crate::encode::{base58check, encode_segwit};
use crate::error::AddressError;
use crate::family::Family;
use crate::network::{Network, network};
use crate::validate::{Format, Parsed};

impl Parsed {
    /// The output script of a Bitcoin address; none of another family's.
    pub fn output_script(&self) -> Option<Vec<u8>> {
        let hash = &self.payload[..];
        let witness = |opcode: u8| {
            let length = u8::try_from(hash.len()).unwrap_or(u8::MAX);
            [&[opcode, length], hash].concat()
        };
        match self.format {
            Format::P2pkh => Some([&[0x76, 0xa9, 20], hash, &[0x88, 0xac]].concat()),
            Format::P2sh => Some([&[0xa9, 20], hash, &[0x87]].concat()),
            Format::P2wpkh | Format::P2wsh => Some(witness(0)),
            Format::P2tr => Some(witness(0x51)),
            Format::Witness { version } => Some(witness(0x50 + version)),
            _ => None,
        }
    }
}

/// The address of an output script on a Bitcoin network, where it is of a form that rules explain today: P2PKH, P2SH, P2WPKH,
/// P2WSH or P2TR. None for every other script.
///
/// # Errors
/// `AddressError::UnknownChain`, and `AddressError::OtherFamily` for a chain that is not Bitcoin's.
pub fn address_of_script(chain: &str, script: &[u8]) -> Result<Option<String>, AddressError> {
    let Network {
        family,
        hrp,
        versions: [key, wrapped],
        ..
    } = network(chain)?;
    if family != Family::Bitcoin {
        return Err(AddressError::OtherFamily {
            found: family,
            expected: Family::Bitcoin,
        });
    }
    let hashed = |version: u8, hash: &[u8]| {
        let hash: Option<&[u8; 20]> = hash.try_into().ok();
        hash.map(|hash| base58check(version, hash))
    };
    Ok(match script {
        [0x76, 0xa9, 20, hash @ .., 0x88, 0xac] => hashed(key, hash),
        [0xa9, 20, hash @ .., 0x87] => hashed(wrapped, hash),
        [0, 20, hash @ ..] if hash.len() == 20 => Some(encode_segwit(hrp, 0, hash)),
        [0, 32, hash @ ..] if hash.len() == 32 => Some(encode_segwit(hrp, 0, hash)),
        [0x51, 32, output @ ..] if output.len() == 32 => Some(encode_segwit(hrp, 1, output)),
        _ => None,
    })
}
