//! The forms that an account's addresses take, and the names of their families and kinds, read.

use std::str::FromStr;

use crate::error::{AddressError, shown};
use crate::family::{Family, Kind};
use crate::network::network;

impl FromStr for Family {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let found = Self::ALL.into_iter().find(|family| family.name() == text);
        found.ok_or_else(|| AddressError::UnknownFamily { found: shown(text) })
    }
}

impl FromStr for Kind {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == text);
        found.ok_or_else(|| AddressError::UnknownKind { found: shown(text) })
    }
}

/// The place of the account number in a path template.
pub(crate) const INDEX: &str = "{i}";

/// One address of every account: on which chain, of which kind, at which path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Form {
    /// CAIP-2 id, in its canonical spelling.
    pub chain: String,
    /// The chain's family.
    pub family: Family,
    /// The kind of address.
    pub kind: Kind,
    /// Path template with `{i}` for the account number, e.g. `m/44'/60'/0'/0/{i}`.
    pub path: String,
}

impl Form {
    /// A checked form is made: the chain known, the kind of its family, `{i}` once in the path.
    pub fn new(chain: &str, kind: Kind, path: &str) -> Result<Self, AddressError> {
        let known = network(chain)?;
        if !known.family.kinds().contains(&kind) {
            return Err(AddressError::KindOfOtherFamily {
                kind,
                family: known.family,
            });
        }
        match path.matches(INDEX).count() {
            1 => Ok(Self {
                chain: known.chain,
                family: known.family,
                kind,
                path: path.to_owned(),
            }),
            found => Err(AddressError::Template { found }),
        }
    }

    /// The default forms of the families' main networks, in the order given: seven for all six.
    pub fn defaults(families: &[Family]) -> Vec<Self> {
        families
            .iter()
            .filter_map(|family| Self::for_chain(family.main_chain()).ok())
            .flatten()
            .collect()
    }

    /// The default forms of one chain (two for Bitcoin: taproot, then segwit).
    pub fn for_chain(chain: &str) -> Result<Vec<Self>, AddressError> {
        Self::made(chain, false)
    }

    /// As [`Form::for_chain`], with a hardened account level of its own for every account.
    pub fn hardened_for_chain(chain: &str) -> Result<Vec<Self>, AddressError> {
        Self::made(chain, true)
    }

    /// As [`Form::defaults`], with a hardened account level of its own for every account.
    pub fn hardened_defaults(families: &[Family]) -> Vec<Self> {
        families
            .iter()
            .filter_map(|family| Self::hardened_for_chain(family.main_chain()).ok())
            .flatten()
            .collect()
    }

    fn made(chain: &str, hardened: bool) -> Result<Vec<Self>, AddressError> {
        let known = network(chain)?;
        let form = |kind: &Kind| Self {
            chain: known.chain.clone(),
            family: known.family,
            kind: *kind,
            path: template(*kind, known.coin_type, hardened),
        };
        Ok(known.family.kinds().iter().map(form).collect())
    }

    /// The path of account number `index`.
    pub fn path_at(&self, index: u64) -> String {
        self.path.replacen(INDEX, &index.to_string(), 1)
    }
}

/// Default path: BIP-44 (BIP-84 and BIP-86 for Bitcoin) under the coin type of SLIP-44.
fn template(kind: Kind, coin: u32, hardened: bool) -> String {
    let purpose = match kind {
        Kind::P2tr => 86,
        Kind::P2wpkh => 84,
        _ => 44,
    };
    match (kind, hardened) {
        (Kind::Wallet, _) => format!("m/44'/{coin}'/{INDEX}'/0'"),
        (_, true) => format!("m/{purpose}'/{coin}'/{INDEX}'/0/0"),
        (_, false) => format!("m/{purpose}'/{coin}'/0'/0/{INDEX}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_contract() {
        let got: Vec<String> = Form::defaults(&Family::ALL)
            .iter()
            .map(|form| format!("{} {} {} {}", form.family, form.chain, form.kind, form.path))
            .collect();
        let want = [
            "evm eip155:1 eoa m/44'/60'/0'/0/{i}",
            "bitcoin bip122:000000000019d6689c085ae165831e93 p2tr m/86'/0'/0'/0/{i}",
            "bitcoin bip122:000000000019d6689c085ae165831e93 p2wpkh m/84'/0'/0'/0/{i}",
            "cosmos cosmos:cosmoshub-4 base m/44'/118'/0'/0/{i}",
            "solana solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp wallet m/44'/501'/{i}'/0'",
            "neo neo:860833102 single-sig m/44'/888'/0'/0/{i}",
            "tron tron:728126428 eoa m/44'/195'/0'/0/{i}",
        ];
        assert_eq!(got, want);
    }

    #[test]
    fn hardened_accounts_have_a_level_of_their_own() {
        let paths: Vec<String> = Form::hardened_defaults(&Family::ALL)
            .iter()
            .map(|f| f.path_at(7))
            .collect();
        let want = [
            "m/44'/60'/7'/0/0",
            "m/86'/0'/7'/0/0",
            "m/84'/0'/7'/0/0",
            "m/44'/118'/7'/0/0",
            "m/44'/501'/7'/0'",
            "m/44'/888'/7'/0/0",
            "m/44'/195'/7'/0/0",
        ];
        assert_eq!(paths, want);
    }

    #[test]
    fn test_networks_use_coin_type_one() {
        let forms = Form::for_chain("bip122:0f9188f13cb7b2c71f2a335e3a4fc328").unwrap();
        assert_eq!(forms[0].path, "m/86'/1'/0'/0/{i}");
        let forms = Form::for_chain("eip155:11155111").unwrap();
        assert_eq!(
            (forms[0].path.as_str(), forms[0].chain.as_str()),
            ("m/44'/60'/0'/0/{i}", "eip155:11155111")
        );
    }

    #[test]
    fn an_alias_is_written_in_its_canonical_spelling() {
        assert_eq!(
            Form::for_chain("tron:0x2b6653dc").unwrap()[0].chain,
            "tron:728126428"
        );
    }

    #[test]
    fn wrong_forms_are_refused() {
        let new = |chain, kind, path| Form::new(chain, kind, path).unwrap_err();
        assert!(Form::new("eip155:1", Kind::Eoa, "m/44'/60'/{i}'/1/2").is_ok());
        assert!(matches!(
            new("eip155:x", Kind::Eoa, "m/{i}"),
            AddressError::UnknownChain { .. }
        ));
        assert_eq!(
            new("eip155:1", Kind::P2tr, "m/{i}"),
            AddressError::KindOfOtherFamily {
                kind: Kind::P2tr,
                family: Family::Evm
            }
        );
        assert_eq!(
            new("eip155:1", Kind::Eoa, "m/0"),
            AddressError::Template { found: 0 }
        );
        assert_eq!(
            new("eip155:1", Kind::Eoa, "m/{i}/{i}"),
            AddressError::Template { found: 2 }
        );
        for family in Family::ALL {
            assert_eq!(family.name().parse(), Ok(family));
        }
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        assert!("dogecoin".parse::<Family>().is_err() && "p2pk".parse::<Kind>().is_err());
    }
}
