//! Wallet import format: Bitcoin (compressed, uncompressed, test networks) and Neo.

use jinku_hd::Network;
use zeroize::Zeroizing;

use crate::error::{ImportError, text};

const FORMAT: &str = "WIF";
const MAIN: u8 = 0x80;
const TEST: u8 = 0xef;

/// A private key as WIF holds it. The curve is not in the text: Bitcoin and Neo write the same bytes.
pub struct Wif {
    /// 32-byte big-endian scalar.
    pub secret: Zeroizing<[u8; 32]>,
    /// True when the key stands for a compressed public key; always so for Neo.
    pub compressed: bool,
    /// `Main` for Bitcoin mainnet and Neo.
    pub network: Network,
}

/// The key is read: Base58Check of `80`/`ef`, 32 bytes and, when compressed, `01`.
///
/// That the scalar lies below the curve's order is checked where the curve is known.
pub fn parse(data: &[u8]) -> Result<Wif, ImportError> {
    let text = text(FORMAT, data, 128)?;
    let mut bytes = Zeroizing::new([0u8; 128]);
    let found = bs58::decode(text)
        .with_check(None)
        .onto(&mut bytes[..])
        .map_err(|_| ImportError::Checksum { format: FORMAT })?;
    let compressed = match (found, bytes[33]) {
        (33, _) => false,
        (34, 1) => true,
        (34, _) => {
            return Err(ImportError::Field {
                format: FORMAT,
                field: "last byte",
                expected: "01",
            });
        }
        _ => {
            return Err(ImportError::Count {
                format: FORMAT,
                found,
                expected: "33 or 34 bytes",
            });
        }
    };
    let network = match bytes[0] {
        MAIN => Network::Main,
        TEST => Network::Test,
        _ => {
            return Err(ImportError::Field {
                format: FORMAT,
                field: "version",
                expected: "0x80 or 0xef",
            });
        }
    };
    let mut secret = Zeroizing::new([0u8; 32]);
    secret.copy_from_slice(&bytes[1..33]);
    Ok(Wif {
        secret,
        compressed,
        network,
    })
}

/// The text of a key: a secret in the clear, for exports.
pub fn encode(secret: &[u8; 32], compressed: bool, network: Network) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([1u8; 34]);
    bytes[0] = if network == Network::Main { MAIN } else { TEST };
    bytes[1..33].copy_from_slice(secret);
    let length = if compressed { 34 } else { 33 };
    // Base58 of 38 bytes has at most 52 characters, so the buffer never grows.
    let mut text = Zeroizing::new(String::with_capacity(64));
    let done = bs58::encode(&bytes[..length]).with_check().onto(&mut *text);
    debug_assert!(done.is_ok());
    text
}
