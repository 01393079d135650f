//! Chain families and the kinds of address that each has.

use std::fmt;

/// A chain family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// Ethereum and its like (CAIP-2 `eip155`).
    Evm,
    /// Bitcoin (CAIP-2 `bip122`).
    Bitcoin,
    /// Cosmos SDK chains (CAIP-2 `cosmos`).
    Cosmos,
    /// Solana (CAIP-2 `solana`).
    Solana,
    /// Neo N3 (CAIP-2 `neo`).
    Neo,
    /// Tron (CAIP-2 `tron`).
    Tron,
}

/// A kind of address that jinku derives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An account held by one key (EVM, Tron).
    Eoa,
    /// Taproot with a key path only (BIP-86).
    P2tr,
    /// Native segwit (BIP-84).
    P2wpkh,
    /// A Cosmos base account.
    Base,
    /// A Solana system account.
    Wallet,
    /// A Neo N3 single-signature contract.
    SingleSig,
}

impl Family {
    /// All six.
    pub const ALL: [Self; 6] = [
        Self::Evm,
        Self::Bitcoin,
        Self::Cosmos,
        Self::Solana,
        Self::Neo,
        Self::Tron,
    ];

    /// The name that `Display` writes and `FromStr` reads.
    pub fn name(self) -> &'static str {
        match self {
            Self::Evm => "evm",
            Self::Bitcoin => "bitcoin",
            Self::Cosmos => "cosmos",
            Self::Solana => "solana",
            Self::Neo => "neo",
            Self::Tron => "tron",
        }
    }

    /// The CAIP-2 id of the family's main network.
    pub fn main_chain(self) -> &'static str {
        match self {
            Self::Evm => "eip155:1",
            Self::Bitcoin => "bip122:000000000019d6689c085ae165831e93",
            Self::Cosmos => "cosmos:cosmoshub-4",
            Self::Solana => "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
            Self::Neo => "neo:860833102",
            Self::Tron => "tron:728126428",
        }
    }

    /// The kinds that the family has, the default ones in their order.
    pub fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Evm | Self::Tron => &[Kind::Eoa],
            Self::Bitcoin => &[Kind::P2tr, Kind::P2wpkh],
            Self::Cosmos => &[Kind::Base],
            Self::Solana => &[Kind::Wallet],
            Self::Neo => &[Kind::SingleSig],
        }
    }
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Eoa,
        Self::P2tr,
        Self::P2wpkh,
        Self::Base,
        Self::Wallet,
        Self::SingleSig,
    ];

    /// The name that `Display` writes and `FromStr` reads.
    pub fn name(self) -> &'static str {
        match self {
            Self::Eoa => "eoa",
            Self::P2tr => "p2tr",
            Self::P2wpkh => "p2wpkh",
            Self::Base => "base",
            Self::Wallet => "wallet",
            Self::SingleSig => "single-sig",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
