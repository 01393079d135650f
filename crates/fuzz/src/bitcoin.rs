//! The parsers of Bitcoin: what is read is written back, and nothing comes from nowhere.

use jinku_address::address_of_script;
use jinku_chain::{ChainCode, Codec, Part, Signature, Unsigned};
use jinku_chain_bitcoin::{Bitcoin, Psbt, PsbtVersion, Transaction};
use jinku_words::{AccountId, Uint256};

use crate::chains::written;

const CHAIN: &str = "bip122:000000000019d6689c085ae165831e93";

/// Transactions as the network sends them: one spelling.
pub(crate) fn transaction(data: &[u8]) {
    if let Ok(found) = Transaction::parse(data) {
        assert_eq!(found.encoded(), data);
        let bare = Transaction::parse_bare(&found.bare());
        assert!(bare.is_ok_and(|bare| bare.txid() == found.txid()));
    }
}

/// PSBTs of both versions, and what they do for whoever the first input belongs to.
pub(crate) fn psbt(data: &[u8]) {
    let found = match Psbt::parse(data) {
        Ok((found, _)) => found,
        Err(refusal) => return expected(refusal.code),
    };
    for version in [PsbtVersion::Zero, PsbtVersion::Two] {
        let again = Psbt::parse(&found.encoded(version));
        assert_eq!(again, Ok((found.clone(), version)));
    }
    let spent = found.inputs.first().and_then(|it| it.spent.as_ref());
    let script = spent.map_or(&[0x6a][..], |it| &it.script);
    let address = address_of_script(CHAIN, script).ok().flatten();
    let address = address.unwrap_or("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4".to_owned());
    let Ok(account) = format!("{CHAIN}:{address}").parse::<AccountId>() else {
        panic!("an address that no account has: {address}")
    };
    let unsigned = Unsigned {
        account,
        bytes: data.to_vec(),
    };
    match Bitcoin.summarise(&unsigned) {
        Ok(effects) => {
            written(&effects);
            assert_eq!(sum(&effects.losses), sum(&effects.gains));
            assert!(effects.grants.is_empty() && effects.delegations.is_empty());
            let count = found.inputs.len();
            assert!(
                Bitcoin
                    .payloads(&unsigned)
                    .is_ok_and(|it| it.len() == count)
            );
            assert!(Bitcoin.most_virtual_bytes(&unsigned).is_ok());
            let forged = Signature {
                bytes: [1; 64],
                recovery_id: Some(0),
            };
            assert!(Bitcoin.attach(&unsigned, &vec![forged; count]).is_err());
        }
        Err(refusal) => expected(refusal.code),
    }
}

fn expected(code: ChainCode) {
    assert!(matches!(
        code,
        ChainCode::Malformed | ChainCode::Unsupported | ChainCode::Range
    ));
}

fn sum(parts: &[Part]) -> Option<Uint256> {
    let add = |sum: Uint256, part: &Part| sum.checked_add(part.amount);
    parts.iter().try_fold(Uint256::ZERO, add)
}
