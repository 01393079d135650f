//! Addresses of one form for a group of accounts.

use jinku_address::{Family, Form, Kind, network};
use jinku_curves::{PublicSum, taproot_outputs};
use jinku_lanes::{Backend, keccak256_many};
use ripemd::Ripemd160;
use sha2::{Digest, Sha256};

use crate::error::BulkError;
use crate::text::{Bech32, hex40, put, put_base58, put_base58check};

/// Public keys of a group, as their curve gives them.
pub(crate) enum Keys {
    /// secp256k1 or P-256.
    Points(Vec<PublicSum>),
    /// Ed25519.
    Ed25519(Vec<[u8; 32]>),
}

/// How one form writes its addresses.
#[derive(Clone)]
pub(crate) enum Encoder {
    Evm,
    Tron,
    Taproot(Bech32),
    /// HASH160 of the compressed key in Bech32: P2WPKH (BIP-141) and Cosmos (ADR-028).
    KeyHash(Bech32),
    Solana,
    Neo,
}

impl Encoder {
    /// The encoder of a form; its chain is known and its kind of that family.
    pub(crate) fn new(form: &Form) -> Result<Self, BulkError> {
        let network = network(&form.chain)?;
        if network.family != form.family || !form.family.kinds().contains(&form.kind) {
            let (kind, family) = (form.kind, network.family);
            return Err(jinku_address::AddressError::KindOfOtherFamily { kind, family }.into());
        }
        Ok(match (form.family, form.kind) {
            (Family::Evm, _) => Self::Evm,
            (Family::Tron, _) => Self::Tron,
            (Family::Bitcoin, Kind::P2tr) => Self::Taproot(Bech32::segwit(network.hrp, 1)),
            (Family::Bitcoin, _) => Self::KeyHash(Bech32::segwit(network.hrp, 0)),
            (Family::Cosmos, _) => Self::KeyHash(Bech32::plain(network.hrp)),
            (Family::Solana, _) => Self::Solana,
            (Family::Neo, _) => Self::Neo,
        })
    }

    /// The addresses of all keys are appended, a length byte before each. False where keys of another curve came.
    pub(crate) fn put_all(&self, backend: Backend, keys: &Keys, out: &mut Vec<u8>) -> bool {
        match (self, keys) {
            (Self::Evm, Keys::Points(points)) => put_evm(backend, points, out),
            (Self::Tron, Keys::Points(points)) => {
                for hash in account_hashes(backend, points) {
                    put_base58check(out, 0x41, &tail(&hash));
                }
            }
            (Self::Taproot(text), Keys::Points(points)) => {
                let mut outputs = vec![PublicSum::EMPTY; points.len()];
                taproot_outputs(backend, points, &mut outputs);
                outputs.iter().for_each(|output| text.put(out, &output.x));
            }
            (Self::KeyHash(text), Keys::Points(points)) => {
                points
                    .iter()
                    .for_each(|point| text.put(out, &hash160(&point.compressed())));
            }
            (Self::Neo, Keys::Points(points)) => {
                for point in points {
                    put_base58check(out, 0x35, &hash160(&neo_script(&point.compressed())));
                }
            }
            (Self::Solana, Keys::Ed25519(keys)) => keys.iter().for_each(|key| put_base58(out, key)),
            _ => return false,
        }
        true
    }
}

/// RIPEMD-160(SHA-256(data)).
fn hash160(data: &[u8]) -> [u8; 20] {
    Ripemd160::digest(Sha256::digest(data)).into()
}

/// The last twenty bytes.
fn tail(hash: &[u8; 32]) -> [u8; 20] {
    let mut out = [0u8; 20];
    out.copy_from_slice(&hash[12..]);
    out
}

/// Neo N3 verification script: PUSHDATA1 33 key SYSCALL System.Crypto.CheckSig.
fn neo_script(key: &[u8; 33]) -> [u8; 40] {
    let mut script = [0u8; 40];
    script[..2].copy_from_slice(&[0x0c, 0x21]);
    script[2..35].copy_from_slice(key);
    script[35..].copy_from_slice(&[0x41, 0x56, 0xe7, 0xb3, 0x27]);
    script
}

/// Keccak-256 of x ‖ y.
fn account_hashes(backend: Backend, points: &[PublicSum]) -> Vec<[u8; 32]> {
    let mut messages = vec![[0u8; 64]; points.len()];
    for (message, point) in messages.iter_mut().zip(points) {
        message[..32].copy_from_slice(&point.x);
        message[32..].copy_from_slice(&point.y);
    }
    let mut hashes = vec![[0u8; 32]; points.len()];
    keccak256_many(backend, &messages, &mut hashes);
    hashes
}

/// Addresses with the mixed case of EIP-55.
fn put_evm(backend: Backend, points: &[PublicSum], out: &mut Vec<u8>) {
    let mut hashes = account_hashes(backend, points);
    let digits: Vec<[u8; 40]> = hashes.iter().map(|hash| hex40(&hash[12..])).collect();
    keccak256_many(backend, &digits, &mut hashes);
    for (digits, hash) in digits.iter().zip(&hashes) {
        let mut text = [0u8; 42];
        text[..2].copy_from_slice(b"0x");
        for (at, digit) in digits.iter().enumerate() {
            // A letter's bit 0x20 is its lower case; digits have no letter bit 0x40.
            let high = hash[at / 2] >> (7 - 4 * (at % 2)) & 1;
            text[2 + at] = digit ^ (digit >> 1 & 0x20 & (high << 5));
        }
        put(out, &text);
    }
}
