//! The parsers of transactions: what is read has one spelling, and its effects are written.

use jinku_chain::{ChainCode, Codec, Effects, Signature, Unsigned};
use jinku_chain_evm::{Evm, Transaction, TxType, TypedData};
use jinku_words::{AccountId, ChainId, Uint256, canonical};

fn account() -> Option<AccountId> {
    "eip155:1:0x1a642f0e3c3af545e7acbd38b07251b3990914f1"
        .parse()
        .ok()
}

/// Transactions before their signature.
pub(crate) fn evm_unsigned(data: &[u8]) {
    summarised(data);
    let Ok(found) = Transaction::parse_unsigned(data) else {
        return;
    };
    assert_eq!(found.unsigned(), data);
    let sent = found.signed(1, &[1; 64]);
    assert_eq!(
        Transaction::parse_signed(&sent),
        Ok((found.clone(), 1, [1; 64]))
    );
}

/// Transactions with their signature: whoever is recovered, attaching it again gives the same bytes.
pub(crate) fn evm_signed(data: &[u8]) {
    if let Ok((found, parity, signature)) = Transaction::parse_signed(data) {
        assert_eq!(found.signed(parity, &signature), data);
        let Ok(chain) = format!("eip155:{}", found.chain_id).parse::<ChainId>() else {
            panic!("a chain id that no chain has")
        };
        if let Ok(opened) = Evm.open(&chain, data) {
            let again = Evm.attach(&opened.unsigned, &[opened.signature]);
            assert!(again.is_ok_and(|it| it.bytes == data && it.id == opened.id));
            let high = Signature {
                recovery_id: Some(2),
                ..opened.signature
            };
            assert!(Evm.attach(&opened.unsigned, &[high]).is_err());
        }
    }
}

/// Calls of a contract.
pub(crate) fn evm_call(data: &[u8]) {
    let Some((value, data)) = data.split_first() else {
        return;
    };
    let call = Transaction {
        kind: TxType::DynamicFee,
        chain_id: 1,
        nonce: 0,
        tip: 1.into(),
        max_fee: 2.into(),
        gas_limit: 90_000,
        to: [0x22; 20],
        value: u64::from(*value % 2).into(),
        data: data.to_vec(),
        access_list: Vec::new(),
        authorizations: Vec::new(),
    };
    summarised(&call.unsigned());
}

/// Effects of any family: a canonical document, and no more than they are.
pub(crate) fn written(effects: &Effects) {
    let text = effects
        .to_canonical()
        .unwrap_or_else(|e| panic!("read and not written: {e}"));
    assert!(canonical::parse_exact(&text).is_ok());
    assert!(effects.within(effects).is_ok());
}

/// What is read is written as a canonical document; what is not is refused by one of four codes.
fn summarised(data: &[u8]) {
    let Some(account) = account() else {
        panic!("an account is malformed")
    };
    let unsigned = Unsigned {
        account,
        bytes: data.to_vec(),
    };
    match Evm.summarise(&unsigned) {
        Ok(effects) => {
            written(&effects);
            assert!(Evm.payloads(&unsigned).is_ok_and(|it| it.len() == 1));
            let nothing = effects.losses.is_empty() && effects.gains.is_empty();
            let costs = effects.fee.most != Uint256::ZERO;
            assert!(!matches!(data, [5 | b'{', ..]) || nothing && !costs);
        }
        Err(refusal) => assert!(matches!(
            refusal.code,
            ChainCode::Malformed
                | ChainCode::Unsupported
                | ChainCode::Range
                | ChainCode::OtherChain
                | ChainCode::Signature
                | ChainCode::Message
        )),
    }
}

/// Typed data: what is read has a digest that the order of its members does not change.
pub(crate) fn typed_data(data: &[u8]) {
    summarised(data);
    match TypedData::parse(data) {
        Ok(found) => {
            let text = canonical::canonicalize(data)
                .unwrap_or_else(|e| panic!("read, and no canonical JSON: {e}"));
            assert_eq!(TypedData::parse(&text), Ok(found));
        }
        Err(refusal) => assert_eq!(refusal.code, ChainCode::Message),
    }
}
