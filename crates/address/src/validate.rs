//! Addresses as people type them: checked for checksum, network and length.

use crate::bech32::{self, Variant};
use crate::encode::{
    NEO_VERSION, TRON_VERSION, base58check, eip55, encode_neo_script_hash, encode_segwit,
};
use crate::error::AddressError;
use crate::family::Family;
use crate::network::{Network, network};

/// What a valid address is, as far as its text tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// EVM: account or contract, the text does not say which.
    Evm,
    /// Bitcoin pay to public key hash.
    P2pkh,
    /// Bitcoin pay to script hash.
    P2sh,
    /// Bitcoin segwit version 0, key.
    P2wpkh,
    /// Bitcoin segwit version 0, script.
    P2wsh,
    /// Bitcoin taproot.
    P2tr,
    /// Bitcoin segwit that no rule explains yet: valid, but spendable by anyone today.
    Witness {
        /// Witness version, 1 to 16.
        version: u8,
    },
    /// Cosmos: account, module or contract.
    Cosmos,
    /// Solana: 32 bytes; key, program or derived address (on or off the curve).
    Solana,
    /// Neo N3: script hash of a contract or of a signature script.
    Neo,
    /// Tron: account or contract.
    Tron,
}

impl Format {
    /// The name in lists and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Evm => "evm",
            Self::P2pkh => "p2pkh",
            Self::P2sh => "p2sh",
            Self::P2wpkh => "p2wpkh",
            Self::P2wsh => "p2wsh",
            Self::P2tr => "p2tr",
            Self::Witness { .. } => "witness",
            Self::Cosmos => "cosmos",
            Self::Solana => "solana",
            Self::Neo => "neo",
            Self::Tron => "tron",
        }
    }
}

/// A valid address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The family of the chain.
    pub family: Family,
    /// What it is.
    pub format: Format,
    /// Hash, program or key: 20 or 32 bytes, 2 to 40 for future segwit versions.
    pub payload: Vec<u8>,
    /// The one spelling in which it is stored and compared.
    pub canonical: String,
}

/// The address is valid on the chain (CAIP-2), or the error says what was found and expected.
pub fn validate(chain: &str, address: &str) -> Result<Parsed, AddressError> {
    let net = network(chain)?;
    let error = match parse(&net, address) {
        Ok(parsed) => return Ok(parsed),
        Err(error) => error,
    };
    let elsewhere = Family::ALL
        .into_iter()
        .filter(|family| *family != net.family)
        .find(|family| {
            network(family.main_chain()).is_ok_and(|other| parse(&other, address).is_ok())
        });
    match elsewhere {
        Some(found) => Err(AddressError::OtherFamily {
            found,
            expected: net.family,
        }),
        None => Err(error),
    }
}

fn parse(net: &Network, address: &str) -> Result<Parsed, AddressError> {
    let found = address.chars().count();
    if found == 0 || found > bech32::MAX_LENGTH {
        return Err(AddressError::Length {
            unit: "characters",
            found,
            expected: "1 to 90",
        });
    }
    match net.family {
        Family::Evm => evm(address),
        Family::Bitcoin => bitcoin(net, address),
        Family::Cosmos => cosmos(net, address),
        Family::Solana => solana(address),
        Family::Neo => neo(address),
        Family::Tron => tron(address),
    }
}

fn hex20(digits: &str, skipped: usize) -> Result<[u8; 20], AddressError> {
    let position = |at: usize| at + 1 + skipped;
    if let Some(at) = digits.chars().position(|c| !c.is_ascii_hexdigit()) {
        return Err(AddressError::Character {
            position: position(at),
            encoding: "hexadecimal",
        });
    }
    if digits.len() != 40 {
        let found = digits.len() + skipped;
        return Err(AddressError::Length {
            unit: "characters",
            found,
            expected: "42: 0x and 40 digits",
        });
    }
    let mut bytes = [0u8; 20];
    for (at, digit) in digits.chars().enumerate() {
        let value = digit
            .to_digit(16)
            .and_then(|value| u8::try_from(value).ok())
            .unwrap_or(0);
        bytes[at / 2] = bytes[at / 2] << 4 | value;
    }
    Ok(bytes)
}

/// EIP-55: checked when upper and lower case are mixed; one case only carries no checksum.
fn evm(address: &str) -> Result<Parsed, AddressError> {
    let digits = address
        .strip_prefix("0x")
        .ok_or_else(|| AddressError::Network {
            found: "no 0x in front".into(),
            expected: "0x and 40 hexadecimal digits".into(),
        })?;
    let bytes = hex20(digits, 2)?;
    let canonical = eip55(&bytes);
    let upper = digits.bytes().any(|byte| byte.is_ascii_uppercase());
    let lower = digits.bytes().any(|byte| byte.is_ascii_lowercase());
    if upper && lower && canonical != address {
        return Err(AddressError::Checksum {
            encoding: "EIP-55 (upper and lower case)",
        });
    }
    Ok(Parsed {
        family: Family::Evm,
        format: Format::Evm,
        payload: bytes.to_vec(),
        canonical,
    })
}

fn base58(address: &str, buffer: &mut [u8], check: bool) -> Result<usize, AddressError> {
    use bs58::decode::Error;
    let decoder = bs58::decode(address);
    let decoder = if check {
        decoder.with_check(None)
    } else {
        decoder
    };
    decoder.onto(buffer).map_err(|error| match error {
        Error::InvalidCharacter { index, .. } | Error::NonAsciiCharacter { index } => {
            AddressError::Character {
                position: index + 1,
                encoding: "Base58",
            }
        }
        Error::BufferTooSmall => AddressError::Length {
            unit: "characters",
            found: address.len(),
            expected: "at most 44",
        },
        _ => AddressError::Checksum {
            encoding: "Base58Check",
        },
    })
}

/// Version byte and 20-byte payload of a Base58Check address.
fn versioned(address: &str) -> Result<(u8, [u8; 20]), AddressError> {
    let mut buffer = [0u8; 64];
    let found = base58(address, &mut buffer, true)?;
    if found != 21 {
        return Err(AddressError::Length {
            unit: "bytes",
            found,
            expected: "21",
        });
    }
    let mut payload = [0; 20];
    payload.copy_from_slice(&buffer[1..21]);
    Ok((buffer[0], payload))
}

fn bitcoin(net: &Network, address: &str) -> Result<Parsed, AddressError> {
    // Base58 of 25 bytes has at most 35 characters; the known prefixes tell the rest apart.
    let lower = address.to_ascii_lowercase();
    if ["bc1", "tb1", "bcrt1"]
        .iter()
        .any(|prefix| lower.starts_with(prefix))
    {
        return witness(net, address);
    }
    let (version, payload) = versioned(address)?;
    let [key, script] = net.versions;
    let format = match version {
        v if v == key => Format::P2pkh,
        v if v == script => Format::P2sh,
        v => {
            return Err(AddressError::Network {
                found: format!("version {v:#04x}{}", bitcoin_version(v)),
                expected: format!("{key:#04x} or {script:#04x}"),
            });
        }
    };
    let canonical = base58check(version, &payload);
    Ok(Parsed {
        family: Family::Bitcoin,
        format,
        payload: payload.to_vec(),
        canonical,
    })
}

fn bitcoin_version(version: u8) -> &'static str {
    match version {
        0x00 | 0x05 => " (Bitcoin mainnet)",
        0x6f | 0xc4 => " (a Bitcoin test network)",
        0x80 | 0xef => " (a private key in WIF: show it to nobody)",
        _ => "",
    }
}

/// BIP-173 and BIP-350, "Segwit address format".
fn witness(net: &Network, address: &str) -> Result<Parsed, AddressError> {
    let (hrp, values, variant) = bech32::decode(address)?;
    if hrp != net.hrp {
        return Err(AddressError::Network {
            found: format!("prefix \"{hrp}\""),
            expected: format!("\"{}\"", net.hrp),
        });
    }
    let wrong = |problem| AddressError::Witness { problem };
    let (version, program) = values
        .split_first()
        .ok_or_else(|| wrong("it has no witness version"))?;
    let program = bech32::to_bytes(program).ok_or_else(|| wrong("its padding is not zero"))?;
    let version = *version;
    if version > 16 {
        return Err(wrong("the witness version is above 16"));
    }
    if !(2..=40).contains(&program.len()) {
        return Err(wrong(
            "the witness program has fewer than 2 or more than 40 bytes",
        ));
    }
    let format = match (version, program.len()) {
        (0, 20) => Format::P2wpkh,
        (0, 32) => Format::P2wsh,
        (0, _) => return Err(wrong("a version 0 program has 20 or 32 bytes")),
        (1, 32) => Format::P2tr,
        _ => Format::Witness { version },
    };
    match (version, variant) {
        (0, Variant::Bech32) | (1.., Variant::Bech32m) => {}
        (0, _) => return Err(wrong("version 0 takes the Bech32 checksum, not Bech32m")),
        _ => {
            return Err(wrong(
                "version 1 and above take the Bech32m checksum, not Bech32",
            ));
        }
    }
    let canonical = encode_segwit(net.hrp, version, &program);
    Ok(Parsed {
        family: Family::Bitcoin,
        format,
        payload: program,
        canonical,
    })
}

/// ADR-028: 20 bytes for keys, 32 for modules and contracts.
fn cosmos(net: &Network, address: &str) -> Result<Parsed, AddressError> {
    let (hrp, values, variant) = bech32::decode(address)?;
    if hrp != net.hrp {
        return Err(AddressError::Network {
            found: format!("prefix \"{hrp}\""),
            expected: format!("\"{}\"", net.hrp),
        });
    }
    if variant != Variant::Bech32 {
        return Err(AddressError::Checksum {
            encoding: "Bech32 (found Bech32m)",
        });
    }
    let payload = bech32::to_bytes(&values).ok_or(AddressError::Checksum { encoding: "Bech32" })?;
    if !matches!(payload.len(), 20 | 32) {
        return Err(AddressError::Length {
            unit: "bytes",
            found: payload.len(),
            expected: "20 or 32",
        });
    }
    let canonical = bech32::encode(net.hrp, bech32::to_base32(&payload), Variant::Bech32);
    Ok(Parsed {
        family: Family::Cosmos,
        format: Format::Cosmos,
        payload,
        canonical,
    })
}

fn solana(address: &str) -> Result<Parsed, AddressError> {
    let mut buffer = [0u8; 64];
    let found = base58(address, &mut buffer, false)?;
    if found != 32 {
        return Err(AddressError::Length {
            unit: "bytes",
            found,
            expected: "32",
        });
    }
    let canonical = bs58::encode(&buffer[..32]).into_string();
    Ok(Parsed {
        family: Family::Solana,
        format: Format::Solana,
        payload: buffer[..32].to_vec(),
        canonical,
    })
}

fn neo(address: &str) -> Result<Parsed, AddressError> {
    let (version, payload) = versioned(address)?;
    if version != NEO_VERSION {
        let legacy = if version == 0x17 { " (Neo Legacy)" } else { "" };
        return Err(AddressError::Network {
            found: format!("version {version:#04x}{legacy}"),
            expected: format!("{NEO_VERSION:#04x} (Neo N3)"),
        });
    }
    let canonical = encode_neo_script_hash(&payload);
    Ok(Parsed {
        family: Family::Neo,
        format: Format::Neo,
        payload: payload.to_vec(),
        canonical,
    })
}

/// Base58Check, or the 42 hexadecimal digits `41…` that Tron's own interfaces give.
fn tron(address: &str) -> Result<Parsed, AddressError> {
    let is_hex = address.len() == 42 && address.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (version, payload) = match (is_hex, address.strip_prefix("41")) {
        (true, Some(digits)) => (TRON_VERSION, hex20(digits, 2)?),
        _ => versioned(address)?,
    };
    if version != TRON_VERSION {
        return Err(AddressError::Network {
            found: format!("version {version:#04x}"),
            expected: format!("{TRON_VERSION:#04x} (Tron)"),
        });
    }
    let canonical = base58check(TRON_VERSION, &payload);
    Ok(Parsed {
        family: Family::Tron,
        format: Format::Tron,
        payload: payload.to_vec(),
        canonical,
    })
}
