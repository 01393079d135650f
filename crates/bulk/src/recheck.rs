//! The second, independent way from the master secret to an address.
//!
//! It shares no arithmetic and no encoder with the bulk path: HMAC by the `hmac` crate, private derivation all the way from the
//! master (BIP-32 CKDpriv, SLIP-10), points by libsecp256k1, `p256` and `ed25519-dalek`, Keccak by `sha3`, texts by `bs58` and
//! `bech32`. An address that both give is one whose key we hold.

use bech32::{Bech32, Hrp, segwit};
use hmac::{Hmac, KeyInit, Mac};
use jinku_address::{Family, Form, Kind, network};
use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::sec1::ToSec1Point;
use ripemd::Ripemd160;
use secp256k1::{Keypair, Scalar, SecretKey};
use sha2::{Digest, Sha256, Sha512};
use sha3::Keccak256;
use zeroize::{Zeroize, Zeroizing};

use crate::secret_lanes::SECP;

type Node = Zeroizing<[u8; 64]>;

fn hmac(key: &[u8], parts: &[&[u8]]) -> Option<Node> {
    let mut mac = <Hmac<Sha512> as KeyInit>::new_from_slice(key).ok()?;
    parts.iter().for_each(|part| mac.update(part));
    let mut digest = mac.finalize().into_bytes();
    let mut node = Zeroizing::new([0u8; 64]);
    node.copy_from_slice(&digest);
    digest.as_mut_slice().zeroize();
    Some(node)
}

fn half(node: &Node, at: usize) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0u8; 32]);
    out.copy_from_slice(&node[at..at + 32]);
    out
}

/// The arithmetic that derivation asks of a curve.
enum Group {
    K1,
    R1,
    Ed,
}

impl Group {
    fn of(family: Family) -> Self {
        match family {
            Family::Solana => Self::Ed,
            Family::Neo => Self::R1,
            _ => Self::K1,
        }
    }

    fn label(&self) -> &'static [u8] {
        match self {
            Self::K1 => b"Bitcoin seed",
            Self::R1 => b"Nist256p1 seed",
            Self::Ed => b"ed25519 seed",
        }
    }

    fn public(&self, secret: &[u8; 32]) -> Option<Vec<u8>> {
        match self {
            Self::K1 => {
                let mut key = SecretKey::from_byte_array(*secret).ok()?;
                let public = key.public_key(&SECP).serialize().to_vec();
                key.non_secure_erase();
                Some(public)
            }
            Self::R1 => {
                let key = p256::SecretKey::from_slice(secret).ok()?;
                Some(key.public_key().to_sec1_point(true).as_bytes().to_vec())
            }
            Self::Ed => Some(
                ed25519_dalek::SigningKey::from_bytes(secret)
                    .verifying_key()
                    .to_bytes()
                    .to_vec(),
            ),
        }
    }

    /// parent + left mod n, unless that is no key.
    fn sum(&self, parent: &[u8; 32], left: &[u8; 32]) -> Option<Zeroizing<[u8; 32]>> {
        match self {
            Self::Ed => Some(Zeroizing::new(*left)),
            Self::K1 => {
                let mut parent = SecretKey::from_byte_array(*parent).ok()?;
                let sum = Scalar::from_be_bytes(*left).ok().and_then(|mut tweak| {
                    let sum = parent.add_tweak(&tweak).ok();
                    tweak.non_secure_erase();
                    sum
                });
                parent.non_secure_erase();
                let mut child = sum?;
                let bytes = Zeroizing::new(child.secret_bytes());
                child.non_secure_erase();
                Some(bytes)
            }
            Self::R1 => {
                let scalar = |bytes: &[u8; 32]| {
                    Option::<p256::Scalar>::from(p256::Scalar::from_repr((*bytes).into()))
                };
                let sum = Zeroizing::new(scalar(parent)? + scalar(left)?);
                let mut bytes = sum.to_repr();
                let child = Zeroizing::new(bytes.into());
                bytes.as_mut_slice().zeroize();
                (*sum != p256::Scalar::ZERO).then_some(child)
            }
        }
    }

    /// The master node of a seed, or the node given.
    fn master(&self, root: &Root<'_>) -> Option<Node> {
        let seed = match root {
            Root::Node(node) => return Some(Zeroizing::new(**node)),
            Root::Seed(seed) => seed,
        };
        let mut node = hmac(self.label(), &[seed])?;
        while matches!(self, Self::R1) && self.public(&half(&node, 0)).is_none() {
            node = hmac(self.label(), &[&node[..]])?;
        }
        Some(node)
    }

    fn child(&self, node: &Node, number: u32) -> Option<Node> {
        let (secret, chain, number) = (half(node, 0), half(node, 32), number.to_be_bytes());
        let mut next = if number[0] & 0x80 != 0 {
            hmac(&chain[..], &[&[0], &secret[..], &number])?
        } else {
            hmac(&chain[..], &[&self.public(&secret)?, &number])?
        };
        loop {
            if let Some(child) = self.sum(&secret, &half(&next, 0)) {
                next[..32].copy_from_slice(&child[..]);
                return Some(next);
            }
            if !matches!(self, Self::R1) {
                return None;
            }
            next = hmac(&chain[..], &[&[1], &half(&next, 32)[..], &number])?;
        }
    }
}

/// Where derivation starts.
pub(crate) enum Root<'a> {
    /// A BIP-39 or other seed.
    Seed(&'a [u8]),
    /// A master key and chain code.
    Node(&'a [u8; 64]),
}

/// The address of a form for one account, by the independent way; None where that account has no key there.
pub(crate) fn address(root: &Root<'_>, form: &Form, index: u32) -> Option<String> {
    let group = Group::of(form.family);
    let mut node = group.master(root)?;
    for component in form.path.strip_prefix("m/")?.split('/') {
        let (body, hardened) = component
            .strip_suffix('\'')
            .map_or((component, 0), |body| (body, 1u32 << 31));
        let number = if body == "{i}" {
            index
        } else {
            body.parse().ok()?
        };
        node = group.child(&node, number | hardened)?;
    }
    text(form, &half(&node, 0), &group)
}

fn text(form: &Form, secret: &[u8; 32], group: &Group) -> Option<String> {
    let public = group.public(secret)?;
    let hash = || Ripemd160::digest(Sha256::digest(&public));
    let hrp = || Hrp::parse(network(&form.chain).ok()?.hrp).ok();
    let checked = |version: u8, payload: &[u8]| {
        let whole: Vec<u8> = [&[version], payload].concat();
        bs58::encode(whole).with_check().into_string()
    };
    match (form.family, form.kind) {
        (Family::Evm, _) => Some(eip55(&keccak_tail(secret)?)),
        (Family::Tron, _) => Some(checked(0x41, &keccak_tail(secret)?)),
        (Family::Bitcoin, Kind::P2tr) => {
            let mut pair = Keypair::from_seckey_byte_array(&SECP, *secret).ok()?;
            let tag = Sha256::digest(b"TapTweak");
            let internal = pair.x_only_public_key().0.serialize();
            let tweak = Sha256::new()
                .chain_update(tag)
                .chain_update(tag)
                .chain_update(internal)
                .finalize();
            let tweaked = Scalar::from_be_bytes(tweak.into())
                .ok()
                .and_then(|t| pair.add_xonly_tweak(&SECP, &t).ok());
            pair.non_secure_erase();
            let mut tweaked = tweaked?;
            let output = tweaked.x_only_public_key().0.serialize();
            tweaked.non_secure_erase();
            segwit::encode_v1(hrp()?, &output).ok()
        }
        (Family::Bitcoin, _) => segwit::encode_v0(hrp()?, &hash()).ok(),
        (Family::Cosmos, _) => bech32::encode::<Bech32>(hrp()?, &hash()).ok(),
        (Family::Solana, _) => Some(bs58::encode(&public).into_string()),
        (Family::Neo, _) => {
            let script = [&[0x0c, 0x21], &public[..], &[0x41, 0x56, 0xe7, 0xb3, 0x27]].concat();
            Some(checked(0x35, &Ripemd160::digest(Sha256::digest(script))))
        }
    }
}

fn keccak_tail(secret: &[u8; 32]) -> Option<[u8; 20]> {
    let mut key = SecretKey::from_byte_array(*secret).ok()?;
    let public = key.public_key(&SECP).serialize_uncompressed();
    key.non_secure_erase();
    Keccak256::digest(&public[1..])[12..].try_into().ok()
}

fn eip55(bytes: &[u8; 20]) -> String {
    let lower: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let digest = Keccak256::digest(&lower);
    let mixed = lower.chars().enumerate().map(|(at, digit)| {
        let nibble = if at % 2 == 0 {
            digest[at / 2] >> 4
        } else {
            digest[at / 2] & 15
        };
        if nibble > 7 {
            digit.to_ascii_uppercase()
        } else {
            digit
        }
    });
    "0x".chars().chain(mixed).collect()
}
