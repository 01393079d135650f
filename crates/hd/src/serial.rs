//! The text forms of extended keys: BIP-32 and SLIP-132 (`xprv`, `ypub`, `zpub`, …).

use zeroize::Zeroizing;

use crate::key::{Curve, ExtendedKey, ExtendedPublic, KeyError};

/// Which Bitcoin network the version bytes of an extended key name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Network {
    /// `xpub`, `ypub`, `zpub`.
    Main,
    /// `tpub`, `upub`, `vpub`: testnet, signet, regtest.
    Test,
}

/// Which kind of address the version bytes of an extended key name (SLIP-132).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Script {
    /// `xpub`/`tpub`: BIP-32; any script (P2PKH, P2TR, other chains).
    Any,
    /// `ypub`/`upub`: P2WPKH in P2SH (BIP-49).
    NestedSegwit,
    /// `zpub`/`vpub`: P2WPKH (BIP-84).
    Segwit,
    /// `Ypub`/`Upub`: multi-signature P2WSH in P2SH.
    NestedMultisig,
    /// `Zpub`/`Vpub`: multi-signature P2WSH.
    SegwitMultisig,
}

/// What the version bytes of an extended key say besides private or public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    /// The network.
    pub network: Network,
    /// The address kind.
    pub script: Script,
}

impl Version {
    /// `xprv` and `xpub`.
    pub const MAIN: Self = Self {
        network: Network::Main,
        script: Script::Any,
    };
    /// `tprv` and `tpub`.
    pub const TEST: Self = Self {
        network: Network::Test,
        script: Script::Any,
    };

    /// The version bytes: BIP-32 "Serialization format", SLIP-132 "Registered HD version bytes".
    fn bytes(self, private: bool) -> [u8; 4] {
        TABLE
            .iter()
            .find(|row| row.0 == self.network && row.1 == self.script)
            .map_or(0, |row| if private { row.2 } else { row.3 })
            .to_be_bytes()
    }
}

/// Network, script, private version, public version.
const TABLE: [(Network, Script, u32, u32); 10] = [
    (Network::Main, Script::Any, 0x0488_ade4, 0x0488_b21e),
    (
        Network::Main,
        Script::NestedSegwit,
        0x049d_7878,
        0x049d_7cb2,
    ),
    (Network::Main, Script::Segwit, 0x04b2_430c, 0x04b2_4746),
    (
        Network::Main,
        Script::NestedMultisig,
        0x0295_b005,
        0x0295_b43f,
    ),
    (
        Network::Main,
        Script::SegwitMultisig,
        0x02aa_7a99,
        0x02aa_7ed3,
    ),
    (Network::Test, Script::Any, 0x0435_8394, 0x0435_87cf),
    (
        Network::Test,
        Script::NestedSegwit,
        0x044a_4e28,
        0x044a_5262,
    ),
    (Network::Test, Script::Segwit, 0x045f_18bc, 0x045f_1cf6),
    (
        Network::Test,
        Script::NestedMultisig,
        0x0242_85b5,
        0x0242_89ef,
    ),
    (
        Network::Test,
        Script::SegwitMultisig,
        0x0257_5048,
        0x0257_5483,
    ),
];

const PAYLOAD: usize = 78;

type Payload = Zeroizing<[u8; PAYLOAD]>;

/// Everything but the key itself, as the 78 bytes hold it.
struct Head {
    version: Version,
    depth: u8,
    parent: [u8; 4],
    child_number: u32,
    chain_code: Zeroizing<[u8; 32]>,
}

fn write(
    version: [u8; 4],
    depth: u8,
    parent: [u8; 4],
    number: u32,
    chain: &[u8; 32],
    key: &[u8; 33],
) -> Zeroizing<String> {
    let mut payload: Payload = Zeroizing::new([0; PAYLOAD]);
    payload[..4].copy_from_slice(&version);
    payload[4] = depth;
    payload[5..9].copy_from_slice(&parent);
    payload[9..13].copy_from_slice(&number.to_be_bytes());
    payload[13..45].copy_from_slice(chain);
    payload[45..].copy_from_slice(key);
    // Base58 of 82 bytes has at most 112 characters, so the buffer never grows.
    let mut text = Zeroizing::new(String::with_capacity(128));
    let done = bs58::encode(&payload[..]).with_check().onto(&mut *text);
    debug_assert!(done.is_ok());
    text
}

/// The 78 bytes of an extended key, taken apart and checked (BIP-32, test vector 5 shows what must fail).
fn read(text: &str, private: bool) -> Result<(Head, Zeroizing<[u8; 33]>), KeyError> {
    let payload = decode(text)?;
    let found = [payload[0], payload[1], payload[2], payload[3]];
    let version = u32::from_be_bytes(found);
    let row = TABLE
        .iter()
        .find(|row| row.2 == version || row.3 == version)
        .ok_or(KeyError::UnknownVersion { found })?;
    match (row.2 == version, private) {
        (true, false) => return Err(KeyError::IsPrivate),
        (false, true) => return Err(KeyError::IsPublic),
        _ => {}
    }
    let head = Head {
        version: Version {
            network: row.0,
            script: row.1,
        },
        depth: payload[4],
        parent: [payload[5], payload[6], payload[7], payload[8]],
        child_number: u32::from_be_bytes([payload[9], payload[10], payload[11], payload[12]]),
        chain_code: part(&payload, 13),
    };
    if head.depth == 0 && (head.parent != [0; 4] || head.child_number != 0) {
        return Err(KeyError::MasterWithParent);
    }
    let prefix = payload[45];
    if private != (prefix == 0) || (!private && !matches!(prefix, 2 | 3)) {
        return Err(KeyError::BadPrefix { found: prefix });
    }
    Ok((head, part(&payload, 45)))
}

fn part<const N: usize>(payload: &Payload, from: usize) -> Zeroizing<[u8; N]> {
    let mut out = Zeroizing::new([0; N]);
    out.copy_from_slice(&payload[from..from + N]);
    out
}

fn decode(text: &str) -> Result<Payload, KeyError> {
    let mut bytes = Zeroizing::new([0u8; 128]);
    let text = text.trim();
    if text.len() > 128 {
        return Err(KeyError::NotBase58Check);
    }
    let found = bs58::decode(text)
        .with_check(None)
        .onto(&mut bytes[..])
        .map_err(|_| KeyError::NotBase58Check)?;
    if found != PAYLOAD {
        return Err(KeyError::Length { found });
    }
    let mut payload = Zeroizing::new([0; PAYLOAD]);
    payload.copy_from_slice(&bytes[..PAYLOAD]);
    Ok(payload)
}

impl ExtendedKey {
    /// The key as `xprv…` text: a secret in the clear, for exports and tests.
    pub fn to_xprv(&self) -> Result<Zeroizing<String>, KeyError> {
        self.to_xprv_as(Version::MAIN)
    }

    /// The key as text with the given version (`tprv…`, `zprv…`): a secret in the clear.
    pub fn to_xprv_as(&self, version: Version) -> Result<Zeroizing<String>, KeyError> {
        if self.curve != Curve::Secp256k1 {
            return Err(KeyError::NoTextForm { curve: self.curve });
        }
        let mut key = Zeroizing::new([0u8; 33]);
        key[1..].copy_from_slice(&self.secret[..]);
        let head = version.bytes(true);
        Ok(write(
            head,
            self.depth,
            self.parent,
            self.child_number,
            &self.chain_code,
            &key,
        ))
    }

    /// The key is read from `xprv…`, `yprv…`, `zprv…`, `tprv…` text.
    pub fn from_xprv(text: &str) -> Result<Self, KeyError> {
        Self::from_xprv_versioned(text).map(|(key, _)| key)
    }

    /// The key is read together with the network and address kind that its version names.
    pub fn from_xprv_versioned(text: &str) -> Result<(Self, Version), KeyError> {
        let (head, key) = read(text, true)?;
        let mut secret = Zeroizing::new([0u8; 32]);
        secret.copy_from_slice(&key[1..]);
        if !Curve::Secp256k1.is_secret(&secret) {
            return Err(KeyError::BadSecret);
        }
        let key = Self {
            curve: Curve::Secp256k1,
            secret,
            chain_code: head.chain_code,
            depth: head.depth,
            parent: head.parent,
            child_number: head.child_number,
        };
        Ok((key, head.version))
    }
}

impl ExtendedPublic {
    /// The key as `xpub…` text.
    pub fn to_xpub(&self) -> Result<Zeroizing<String>, KeyError> {
        self.to_xpub_as(Version::MAIN)
    }

    /// The key as text with the given version (`tpub…`, `ypub…`, `zpub…`).
    pub fn to_xpub_as(&self, version: Version) -> Result<Zeroizing<String>, KeyError> {
        if self.curve != Curve::Secp256k1 {
            return Err(KeyError::NoTextForm { curve: self.curve });
        }
        let head = version.bytes(false);
        Ok(write(
            head,
            self.depth,
            self.parent,
            self.child_number,
            &self.chain_code,
            &self.key,
        ))
    }

    /// The key is read from `xpub…`, `ypub…`, `zpub…`, `tpub…` text.
    pub fn from_xpub(text: &str) -> Result<Self, KeyError> {
        Self::from_xpub_versioned(text).map(|(key, _)| key)
    }

    /// The key is read together with the network and address kind that its version names.
    pub fn from_xpub_versioned(text: &str) -> Result<(Self, Version), KeyError> {
        let (head, key) = read(text, false)?;
        if !Curve::Secp256k1.is_public(&key) {
            return Err(KeyError::BadPublic);
        }
        let key = Self {
            key: *key,
            chain_code: *head.chain_code,
            depth: head.depth,
            parent: head.parent,
            child_number: head.child_number,
            curve: Curve::Secp256k1,
        };
        Ok((key, head.version))
    }
}
