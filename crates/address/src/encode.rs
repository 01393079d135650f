//! From public keys to addresses.

use p256::elliptic_curve::sec1::{FromSec1Point, ToSec1Point};
use ripemd::Ripemd160;
use secp256k1::{PublicKey, Scalar, Secp256k1, VerifyOnly, XOnlyPublicKey};
use sha2::{Digest, Sha256};
use sha3::Keccak256;
use std::sync::OnceLock;

use crate::bech32::{self, Variant};
use crate::error::AddressError;
use crate::family::{Family, Kind};
use crate::form::Form;
use crate::network::network;

/// First byte of a Tron address (mainnet and test networks).
pub(crate) const TRON_VERSION: u8 = 0x41;
/// Address version of Neo N3, which makes addresses begin with `N`.
pub(crate) const NEO_VERSION: u8 = 0x35;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// The address that a form gives to a public key.
///
/// secp256k1 and P-256 keys are SEC1, 33 or 65 bytes, and are checked to lie on the curve; Ed25519
/// keys have 32. A taproot form takes the internal key and tweaks it (BIP-86).
pub fn encode(form: &Form, public_key: &[u8]) -> Result<String, AddressError> {
    let family = form.family;
    if !family.kinds().contains(&form.kind) {
        return Err(AddressError::KindOfOtherFamily {
            kind: form.kind,
            family,
        });
    }
    match family {
        Family::Solana => {
            let found = public_key.len();
            let key = public_key
                .try_into()
                .map_err(|_| AddressError::KeyLength { family, found })?;
            Ok(encode_solana(key))
        }
        Family::Neo => Ok(encode_neo(&p256_key(public_key)?)),
        Family::Evm => Ok(encode_evm_xy(&xy(&secp_key(family, public_key)?))),
        Family::Tron => Ok(encode_tron_xy(&xy(&secp_key(family, public_key)?))),
        Family::Cosmos => {
            let hrp = network(&form.chain)?.hrp;
            Ok(encode_cosmos(
                &secp_key(family, public_key)?.serialize(),
                hrp,
            ))
        }
        Family::Bitcoin => {
            let hrp = network(&form.chain)?.hrp;
            let key = secp_key(family, public_key)?;
            if form.kind == Kind::P2tr {
                let (internal, _) = key.x_only_public_key();
                let output =
                    taproot_output(&internal.serialize()).ok_or(AddressError::BadKey { family })?;
                return Ok(encode_p2tr_output(&output, hrp));
            }
            Ok(encode_p2wpkh(&key.serialize(), hrp))
        }
    }
}

fn secp_key(family: Family, bytes: &[u8]) -> Result<PublicKey, AddressError> {
    if !matches!(bytes.len(), 33 | 65) {
        return Err(AddressError::KeyLength {
            family,
            found: bytes.len(),
        });
    }
    PublicKey::from_slice(bytes).map_err(|_| AddressError::BadKey { family })
}

fn p256_key(bytes: &[u8]) -> Result<[u8; 33], AddressError> {
    let family = Family::Neo;
    if !matches!(bytes.len(), 33 | 65) {
        return Err(AddressError::KeyLength {
            family,
            found: bytes.len(),
        });
    }
    let bad = AddressError::BadKey { family };
    let encoded = p256::Sec1Point::from_bytes(bytes).map_err(|_| bad.clone())?;
    let point: Option<p256::AffinePoint> = p256::AffinePoint::from_sec1_point(&encoded).into();
    point
        .and_then(|point| point.to_sec1_point(true).as_bytes().try_into().ok())
        .ok_or(bad)
}

fn xy(key: &PublicKey) -> [u8; 64] {
    let mut out = [0; 64];
    out.copy_from_slice(&key.serialize_uncompressed()[1..]);
    out
}

/// RIPEMD-160(SHA-256(data)).
pub(crate) fn hash160(data: &[u8]) -> [u8; 20] {
    Ripemd160::digest(Sha256::digest(data)).into()
}

/// Version byte and payload in Base58Check.
pub(crate) fn base58check(version: u8, hash: &[u8; 20]) -> String {
    let mut bytes = [0; 21];
    bytes[0] = version;
    bytes[1..].copy_from_slice(hash);
    bs58::encode(bytes).with_check().into_string()
}

/// The last 20 bytes of Keccak-256 over x ‖ y.
fn keccak_tail(xy: &[u8; 64]) -> [u8; 20] {
    tail(&Keccak256::digest(xy).into())
}

fn tail(digest: &[u8; 32]) -> [u8; 20] {
    let mut out = [0; 20];
    out.copy_from_slice(&digest[12..]);
    out
}

/// Twenty bytes in the mixed case of EIP-55.
pub(crate) fn eip55(bytes: &[u8; 20]) -> String {
    let mut digits = [0u8; 40];
    for (at, byte) in bytes.iter().enumerate() {
        digits[2 * at] = HEX[usize::from(byte >> 4)];
        digits[2 * at + 1] = HEX[usize::from(byte & 15)];
    }
    let digest = Keccak256::digest(digits);
    for (at, digit) in digits.iter_mut().enumerate() {
        let nibble = digest[at / 2] >> (4 - 4 * (at % 2)) & 15;
        if nibble >= 8 {
            digit.make_ascii_uppercase();
        }
    }
    let mut text = String::with_capacity(42);
    text.push_str("0x");
    text.extend(digits.iter().map(|digit| char::from(*digit)));
    text
}

/// EVM address with the checksum of EIP-55, from the point's x ‖ y.
pub(crate) fn encode_evm_xy(xy: &[u8; 64]) -> String {
    eip55(&keccak_tail(xy))
}

/// Tron address (Base58Check, version 0x41), from the point's x ‖ y.
pub fn encode_tron_xy(xy: &[u8; 64]) -> String {
    base58check(TRON_VERSION, &keccak_tail(xy))
}

fn segwit(hrp: &str, version: u8, program: &[u8]) -> String {
    let variant = if version == 0 {
        Variant::Bech32
    } else {
        Variant::Bech32m
    };
    bech32::encode(
        hrp,
        std::iter::once(version).chain(bech32::to_base32(program)),
        variant,
    )
}

/// Segwit address of any version, for the canonical spelling of a parsed one.
pub(crate) fn encode_segwit(hrp: &str, version: u8, program: &[u8]) -> String {
    segwit(hrp, version, program)
}

/// P2WPKH address (BIP-173) of a compressed key.
pub fn encode_p2wpkh(key: &[u8; 33], hrp: &str) -> String {
    segwit(hrp, 0, &hash160(key))
}

/// The script `0 <HASH160 of the key>` that a P2SH-P2WPKH address wraps (BIP-141).
pub fn witness_script_of_key(key: &[u8; 33]) -> [u8; 22] {
    let mut script = [0u8; 22];
    script[1] = 20;
    script[2..].copy_from_slice(&hash160(key));
    script
}

/// P2TR address (BIP-350) of an output key, which is already tweaked.
pub fn encode_p2tr_output(x_only: &[u8; 32], hrp: &str) -> String {
    segwit(hrp, 1, x_only)
}

/// P2PKH address of a key of 33 or 65 bytes; `version` is 0x00 on mainnet, 0x6f elsewhere.
pub fn encode_p2pkh(key: &[u8], version: u8) -> String {
    base58check(version, &hash160(key))
}

/// P2SH address of a redeem script; `version` is 0x05 on mainnet, 0xc4 elsewhere.
pub fn encode_p2sh(script: &[u8], version: u8) -> String {
    base58check(version, &hash160(script))
}

/// The output key of an internal key without scripts (BIP-86, BIP-341 `taproot_tweak_pubkey`).
///
/// None when the bytes are no x coordinate of the curve, or (never seen) the tweak is out of range.
pub fn taproot_output(internal: &[u8; 32]) -> Option<[u8; 32]> {
    static CONTEXT: OnceLock<Secp256k1<VerifyOnly>> = OnceLock::new();
    let tag = Sha256::digest(b"TapTweak");
    let tweak = Sha256::new()
        .chain_update(tag)
        .chain_update(tag)
        .chain_update(internal)
        .finalize();
    let key = XOnlyPublicKey::from_byte_array(*internal).ok()?;
    let tweak = Scalar::from_be_bytes(tweak.into()).ok()?;
    let context = CONTEXT.get_or_init(Secp256k1::verification_only);
    key.add_tweak(context, &tweak)
        .ok()
        .map(|(output, _)| output.serialize())
}

/// Cosmos address (ADR-028: HASH160 of the compressed key, Bech32).
pub fn encode_cosmos(key: &[u8; 33], hrp: &str) -> String {
    bech32::encode(hrp, bech32::to_base32(&hash160(key)), Variant::Bech32)
}

/// Solana address: the key itself in Base58.
pub(crate) fn encode_solana(key: &[u8; 32]) -> String {
    bs58::encode(key).into_string()
}

/// The hash of any Neo N3 verification script, in byte order of the VM.
pub fn script_hash(script: &[u8]) -> [u8; 20] {
    hash160(script)
}

/// The script hash of a single-signature contract (Neo N3: `PUSHDATA1 33 key SYSCALL System.Crypto.CheckSig`).
pub fn neo_script_hash(key: &[u8; 33]) -> [u8; 20] {
    let mut script = [0u8; 40];
    script[..2].copy_from_slice(&[0x0c, 0x21]);
    script[2..35].copy_from_slice(key);
    script[35..].copy_from_slice(&[0x41, 0x56, 0xe7, 0xb3, 0x27]);
    hash160(&script)
}

/// Neo N3 address of a compressed P-256 key.
pub fn encode_neo(key: &[u8; 33]) -> String {
    encode_neo_script_hash(&neo_script_hash(key))
}

/// Neo N3 address of a script hash (in byte order of the VM, not the reversed one that is shown).
pub fn encode_neo_script_hash(hash: &[u8; 20]) -> String {
    base58check(NEO_VERSION, hash)
}
