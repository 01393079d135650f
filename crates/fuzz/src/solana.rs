//! Messages of Solana: what is read has one spelling, one signer, and effects that can be written.

use jinku_chain::{ChainCode, Codec, Signature, Unsigned};
use jinku_chain_solana::{Solana, Step, Transaction};
use jinku_words::{AccountId, Uint256};

use crate::chains::written;

const CHAIN: &str = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp";

/// Whose transaction it is, when its payer is believed.
fn account(found: &Transaction) -> AccountId {
    let text = format!("{CHAIN}:{}", bs58::encode(found.payer).into_string());
    text.parse()
        .unwrap_or_else(|e| panic!("a payer that no account names: {e}"))
}

/// Messages before their signature.
pub(crate) fn message(data: &[u8]) {
    let found = match Transaction::parse(data) {
        Ok(found) => found,
        Err(refusal) => {
            assert!(matches!(
                refusal.code,
                ChainCode::Malformed | ChainCode::Unsupported | ChainCode::Range
            ));
            return;
        }
    };
    assert_eq!(found.message().as_deref(), Ok(data));
    let unsigned = Unsigned {
        account: account(&found),
        bytes: data.to_vec(),
    };
    let effects = Solana
        .summarise(&unsigned)
        .unwrap_or_else(|e| panic!("read, and no effects: {e}"));
    written(&effects);
    assert!(effects.fee.most >= Uint256::from(5_000));
    assert!(
        effects
            .losses
            .iter()
            .all(|part| part.account == unsigned.account)
    );
    assert!(Solana.payloads(&unsigned).is_ok_and(|it| it.len() == 1));
    let moves = |step: &Step| matches!(step, Step::Transfer { .. } | Step::TransferToken { .. });
    assert_eq!(effects.losses.is_empty(), !found.steps.iter().any(moves));
}

/// Messages with their signature: what is opened is what was sent.
pub(crate) fn signed(data: &[u8]) {
    let Ok(chain) = CHAIN.parse() else {
        panic!("a chain is malformed")
    };
    let Ok(opened) = Solana.open(&chain, data) else {
        return;
    };
    let again = Solana.attach(&opened.unsigned, &[opened.signature]);
    assert!(again.is_ok_and(|it| it.bytes == data && it.id == opened.id));
    let other = Signature {
        recovery_id: Some(0),
        ..opened.signature
    };
    assert!(Solana.attach(&opened.unsigned, &[other]).is_err());
}
