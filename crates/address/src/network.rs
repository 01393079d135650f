//! The networks that jinku knows, by CAIP-2 id.

use crate::error::{AddressError, shown};
use crate::family::Family;

/// What an address must carry on one network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// CAIP-2 id in its canonical spelling.
    pub chain: String,
    /// The family.
    pub family: Family,
    /// Coin type of SLIP-44: the second level of the default path.
    pub coin_type: u32,
    /// Human-readable part of Bech32 addresses; empty where the family has none.
    pub hrp: &'static str,
    /// Base58Check versions of P2PKH and P2SH (Bitcoin only).
    pub versions: [u8; 2],
    /// True when coins of this network have no price.
    pub test: bool,
}

/// First 32 hex digits of the genesis hash, hrp, versions, test (CAIP-2 `bip122`; BIP-173; chainparams of Bitcoin Core).
const BITCOIN: [(&str, &str, [u8; 2], bool); 5] = [
    (
        "000000000019d6689c085ae165831e93",
        "bc",
        [0x00, 0x05],
        false,
    ),
    ("000000000933ea01ad0ee984209779ba", "tb", [0x6f, 0xc4], true),
    ("00000000da84f2bafbbc53dee25a72ae", "tb", [0x6f, 0xc4], true),
    ("00000008819873e925422c1ff0f99f7c", "tb", [0x6f, 0xc4], true),
    (
        "0f9188f13cb7b2c71f2a335e3a4fc328",
        "bcrt",
        [0x6f, 0xc4],
        true,
    ),
];

/// Chain id, hrp, coin type, test. Chains whose accounts hash keys as Ethereum does (Injective, Evmos) are left out.
const COSMOS: [(&str, &str, u32, bool); 19] = [
    ("cosmoshub-4", "cosmos", 118, false),
    ("osmosis-1", "osmo", 118, false),
    ("juno-1", "juno", 118, false),
    ("stargaze-1", "stars", 118, false),
    ("akashnet-2", "akash", 118, false),
    ("celestia", "celestia", 118, false),
    ("neutron-1", "neutron", 118, false),
    ("noble-1", "noble", 118, false),
    ("stride-1", "stride", 118, false),
    ("axelar-dojo-1", "axelar", 118, false),
    ("dydx-mainnet-1", "dydx", 118, false),
    ("kaiyo-1", "kujira", 118, false),
    ("secret-4", "secret", 529, false),
    ("hashed-6d4e837e169119f0", "kava", 459, false), // kava_2222-10: CAIP-2 takes no '_' and hashes such ids
    ("phoenix-1", "terra", 330, false),
    ("theta-testnet-001", "cosmos", 118, true),
    ("provider", "cosmos", 118, true),
    ("osmo-test-5", "osmo", 118, true),
    ("localcosmos-1", "wasm", 118, true),
];

/// First 32 characters of the genesis hash, test (CAIP-2 `solana`).
const SOLANA: [(&str, bool); 3] = [
    ("5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", false),
    ("EtWTRABZaYq6iMfeYKouRu166VU2xqa1", true),
    ("4uhcVJyU9pJkvQyS88uRDiswHXSCkY3z", true),
];

/// Chain id (last four bytes of the genesis block), input alias, test.
const TRON: [(&str, &str, bool); 3] = [
    ("728126428", "0x2b6653dc", false),
    ("2494104990", "0x94a9059e", true),
    ("3448148188", "0xcd8690dc", true),
];

const NEO_MAIN: u32 = 860_833_102;

/// The network of a CAIP-2 id, or an error that shows what such ids look like.
///
/// `eip155` and `neo` take any number (private networks included): their addresses do not depend on it.
pub fn network(chain: &str) -> Result<Network, AddressError> {
    let unknown = || AddressError::UnknownChain {
        chain: shown(chain),
    };
    let (space, reference) = chain.split_once(':').ok_or_else(unknown)?;
    match space {
        "eip155" => evm(reference),
        "bip122" => bitcoin(reference),
        "cosmos" => cosmos(reference),
        "solana" => solana(reference),
        "neo" => neo(reference),
        "tron" => tron(reference),
        _ => None,
    }
    .ok_or_else(unknown)
}

fn plain(chain: String, family: Family, coin_type: u32, test: bool) -> Network {
    Network {
        chain,
        family,
        coin_type,
        hrp: "",
        versions: [0; 2],
        test,
    }
}

/// A decimal number without sign or leading zero.
fn number<T: std::str::FromStr + ToString>(text: &str) -> Option<T> {
    text.parse::<T>()
        .ok()
        .filter(|value| value.to_string() == text)
}

fn evm(reference: &str) -> Option<Network> {
    const TESTS: [u64; 6] = [31337, 1337, 11_155_111, 17_000, 560_048, 84_532];
    let id = number::<u64>(reference).filter(|id| *id > 0)?;
    Some(plain(
        format!("eip155:{id}"),
        Family::Evm,
        60,
        TESTS.contains(&id),
    ))
}

fn bitcoin(reference: &str) -> Option<Network> {
    let (id, hrp, versions, test) = BITCOIN.into_iter().find(|row| row.0 == reference)?;
    let base = plain(
        format!("bip122:{id}"),
        Family::Bitcoin,
        u32::from(test),
        test,
    );
    Some(Network {
        hrp,
        versions,
        ..base
    })
}

fn cosmos(reference: &str) -> Option<Network> {
    let (id, hrp, coin, test) = COSMOS.into_iter().find(|row| row.0 == reference)?;
    Some(Network {
        hrp,
        ..plain(format!("cosmos:{id}"), Family::Cosmos, coin, test)
    })
}

fn solana(reference: &str) -> Option<Network> {
    let (id, test) = SOLANA.into_iter().find(|row| row.0 == reference)?;
    Some(plain(format!("solana:{id}"), Family::Solana, 501, test))
}

fn neo(reference: &str) -> Option<Network> {
    let magic = number::<u32>(reference)?;
    Some(plain(
        format!("neo:{magic}"),
        Family::Neo,
        888,
        magic != NEO_MAIN,
    ))
}

fn tron(reference: &str) -> Option<Network> {
    let (id, _, test) = TRON
        .into_iter()
        .find(|row| row.0 == reference || row.1 == reference)?;
    Some(plain(format!("tron:{id}"), Family::Tron, 195, test))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_every_listed_chain() {
        for family in Family::ALL {
            let known = network(family.main_chain()).unwrap();
            assert_eq!(
                (known.family, known.test, known.chain.as_str()),
                (family, false, family.main_chain())
            );
        }
        for (id, alias, _) in TRON {
            let short = u32::from_str_radix(&alias[2..], 16).unwrap();
            assert_eq!(short.to_string(), id, "the alias is the same number");
            assert_eq!(
                network(&format!("tron:{alias}")),
                network(&format!("tron:{id}"))
            );
        }
        assert!(network("neo:894710606").unwrap().test && network("neo:56753").is_ok());
        assert_eq!(network("cosmos:osmosis-1").unwrap().hrp, "osmo");
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for chain in [
            "",
            ":",
            "eip155",
            "eip155:",
            "eip155:0",
            "eip155:01",
            "eip155:+1",
            "eip155:-1",
            "eip155:1 ",
            "eip155:99999999999999999999",
            "EIP155:1",
            "bip122:000000000019d6689c085ae165831e94",
            "bip122:",
            "cosmos:atlantis-1",
            "solana:x",
            "neo:4294967296",
            "neo:0860833102",
            "tron:1",
            "tron:0x2B6653DC",
            "ton:1",
        ] {
            assert!(
                matches!(network(chain), Err(AddressError::UnknownChain { .. })),
                "{chain}"
            );
        }
        let long = network(&"x".repeat(10_000)).unwrap_err().to_string();
        assert!(long.len() < 400, "errors do not grow with their input");
    }
}
