//! What a plan consumes, in the words of its chain and in no others.

mod common;

use common::{OURS, intent, plan};
use jinku_evidence::Slot;
use jinku_words::intent::IntentKind;
use jinku_words::plan::PlanInput;
use jinku_words::{BitcoinDetail, BitcoinInput, Detail, EvmType, Intent, Plan, Uint256};

const TXID: &str = "1111111111111111111111111111111111111111111111111111111111111111";

fn on(source: &str, destination: &str, asset: &str) -> Intent {
    Intent {
        source: source.parse().expect("an account"),
        destination: destination.parse().expect("an account"),
        asset: asset.parse().expect("an asset"),
        ..intent()
    }
}

/// A plan of another family, as far as the words know it.
fn of(intent: &Intent, nonce: Option<u64>, outputs: &[u32]) -> Plan {
    let input = |number: &u32| PlanInput {
        outpoint: format!("{TXID}:{number}"),
        value: Uint256::from(1),
    };
    Plan {
        chain: intent.chain().clone(),
        detail: None,
        nonce,
        inputs: outputs.iter().map(input).collect(),
        ..plan(&common::intent(), 4, 7, None)
    }
}

#[test]
fn an_evm_plan_consumes_its_nonce() {
    let intent = intent();
    let slot = Slot::of(&intent, &plan(&intent, 4, 7, None)).expect("a slot");
    assert_eq!(slot.keys, [format!("{OURS}/nonce/7")]);
    assert!(!slot.precursor);
    assert_eq!(slot.request, "bo/order-4711");
    assert_eq!(slot.intent_digest, intent.digest().expect("a digest"));
    assert_eq!((slot.intent, slot.plan), (common::id(1), common::id(4)));
}

#[test]
fn an_authorisation_consumes_its_own_nonce_and_its_transaction_both() {
    let intent = Intent {
        kind: IntentKind::Delegate,
        amount: Uint256::ZERO,
        ..intent()
    };
    let with = |kind: EvmType, nonce| {
        let mut made = plan(&common::intent(), 4, nonce, None);
        if let Some(Detail::Evm(evm)) = &mut made.detail {
            evm.kind = kind;
            if kind == EvmType::Authorization {
                evm.gas_limit = 0;
                evm.max_fee_per_gas = Uint256::ZERO;
                evm.max_priority_fee_per_gas = None;
                made.fee = Uint256::ZERO;
            } else {
                evm.authorization = Some("11".repeat(65));
            }
        }
        Slot::of(&intent, &made).expect("a slot")
    };
    let first = with(EvmType::Authorization, 8);
    assert_eq!(first.keys, [format!("{OURS}/nonce/8")]);
    assert!(first.precursor);
    let whole = with(EvmType::SetCode, 7);
    let both = [7, 8].map(|nonce| format!("{OURS}/nonce/{nonce}"));
    assert_eq!(whole.keys, both);
    assert!(!whole.precursor);
}

#[test]
fn a_bitcoin_plan_consumes_its_inputs() {
    let chain = "bip122:000000000019d6689c085ae165831e93";
    let intent = on(
        &format!("{chain}:bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"),
        &format!("{chain}:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
        &format!("{chain}/slip44:0"),
    );
    let mut plan = of(&intent, None, &[0, 5]);
    let input = BitcoinInput {
        account: intent.source.clone(),
        sequence: u32::MAX - 2,
        redeem_script: None,
        previous_transaction: None,
    };
    plan.detail = Some(Detail::Bitcoin(BitcoinDetail {
        version: 2,
        lock_time: 0,
        inputs: vec![input; 2],
        change_at: Vec::new(),
    }));
    plan.payloads = vec![plan.payloads[0].clone(); 2];
    let slot = Slot::of(&intent, &plan).expect("a slot");
    let both = [0, 5].map(|number| format!("{chain}/{TXID}:{number}"));
    assert_eq!(slot.keys, both);
}

#[test]
fn a_plan_of_a_family_that_is_not_listed_consumes_nothing_whatever_it_says() {
    let account = |letter: &str| format!("neo:860833102:N{}", letter.repeat(33));
    let intent = on(
        &account("a"),
        &account("b"),
        "neo:860833102/nep17:0xd2a4cff31913016155e38e474a2c06d08be276cf",
    );
    // Else a second plan that "consumes the same nonce" could land beside the first.
    for plan in [of(&intent, Some(7), &[]), of(&intent, None, &[0])] {
        let slot = Slot::of(&intent, &plan).expect("a slot");
        assert_eq!(slot.keys, Vec::<String>::new());
        assert_eq!(slot.request, "bo/order-4711");
    }
}
