//! From intent and plan to bytes, and from the bytes back to the intent.

mod common;

use common::{CHAIN, OURS, THEIRS, TOKEN, detail, draft, intent, sign, signed};
use jinku_chain::{ChainCode, Codec, Signature};
use jinku_chain_evm::Evm;
use jinku_words::{AccessItem, EvmDetail, EvmType, Intent, Uint256};
use proptest::prelude::*;

fn number() -> impl Strategy<Value = Uint256> {
    prop_oneof![
        (1u64..=u64::MAX).prop_map(Uint256::from),
        any::<[u8; 32]>().prop_map(|mut bytes| {
            bytes[0] &= 0x7f;
            bytes[31] |= 1;
            Uint256::from_be_bytes(bytes)
        }),
        Just(Uint256::from(1)),
    ]
}

fn an_address() -> impl Strategy<Value = String> {
    any::<[u8; 20]>().prop_map(|mut bytes| {
        bytes[0] |= 1;
        format!("0x{}", hex::encode(bytes))
    })
}

fn an_intent() -> impl Strategy<Value = Intent> {
    let asset = prop_oneof![
        Just((0u8, "slip44:60".to_owned())),
        an_address().prop_map(|token| (1, format!("erc20:{token}"))),
        (an_address(), number()).prop_map(|(token, id)| (2, format!("erc721:{token}/{id}"))),
        (an_address(), number()).prop_map(|(token, id)| (3, format!("erc1155:{token}/{id}"))),
    ];
    let chain = prop_oneof![Just(1u64), Just(31_337), 1..=9_223_372_036_854_775_771u64];
    (chain, an_address(), asset, number()).prop_map(|(chain, to, (kind, asset), amount)| {
        let amount = if kind == 2 { Uint256::from(1) } else { amount };
        intent(&format!("eip155:{chain}"), &to, &asset, amount)
    })
}

fn a_detail() -> impl Strategy<Value = EvmDetail> {
    let access = prop::collection::vec(
        (an_address(), prop::collection::vec(any::<[u8; 32]>(), 0..3)),
        0..3,
    );
    (
        0usize..3,
        21_000u64..=u64::MAX,
        any::<u64>(),
        any::<u64>(),
        access,
    )
        .prop_map(|(kind, gas_limit, fee, tip, access)| {
            let kind = [EvmType::Legacy, EvmType::AccessList, EvmType::DynamicFee][kind];
            let item = |(address, keys): (String, Vec<[u8; 32]>)| AccessItem {
                address,
                storage_keys: keys.iter().map(hex::encode).collect(),
            };
            EvmDetail {
                kind,
                gas_limit,
                max_fee_per_gas: Uint256::from(fee),
                max_priority_fee_per_gas: (kind == EvmType::DynamicFee)
                    .then(|| Uint256::from(tip.min(fee))),
                access_list: match kind {
                    EvmType::Legacy => Vec::new(),
                    _ => access.into_iter().map(item).collect(),
                },
                authorization: None,
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_built_does_exactly_what_was_asked_for(
        intent in an_intent(),
        detail in a_detail(),
        nonce in 0..u64::MAX,
    ) {
        let plan = Evm.complete(&intent, &draft(&intent, nonce, detail)).expect("a plan");
        let checked = Evm.check(&intent, &plan).expect("a checked plan");
        let mut asked = Evm.asked(&intent).expect("effects");
        prop_assert!(checked.effects.within(&asked).is_ok());
        asked.fee.most = plan.fee;
        prop_assert_eq!(&checked.effects, &asked);
        prop_assert_eq!(checked.effects.digest(), asked.digest());
        let to_sign = Evm.payloads(&checked.unsigned).expect("payloads");
        prop_assert_eq!(hex::encode(to_sign[0].digest()), plan.payloads[0].digest.as_str());

        let signature = signed(&checked.unsigned);
        let sent = Evm.attach(&checked.unsigned, &[signature]).expect("attached");
        let opened = Evm.open(intent.chain(), &sent.bytes).expect("opened");
        prop_assert_eq!(opened.unsigned, checked.unsigned);
        prop_assert_eq!((opened.id, opened.signature), (sent.id, signature));
    }
}

fn ether(amount: u64) -> Intent {
    intent(CHAIN, THEIRS, "slip44:60", Uint256::from(amount))
}

#[test]
fn an_intent_that_loses_money_by_its_form_is_refused() {
    let erc20 = format!("erc20:{TOKEN}");
    let refused = |to: &str, asset: &str, amount: u64, why: &str| {
        let intent = intent(CHAIN, to, asset, Uint256::from(amount));
        let error = Evm
            .build(&intent, &draft(&intent, 0, detail(EvmType::DynamicFee)))
            .expect_err(why);
        assert_eq!(error.code, ChainCode::Intent, "{why}: {error}");
        assert!(
            !error.expected.is_empty() && !error.found.is_empty(),
            "{error}"
        );
    };
    let zero = format!("0x{}", "00".repeat(20));
    refused(&zero, "slip44:60", 1, "coins to the zero address");
    refused(&zero, &erc20, 1, "tokens to the zero address");
    refused(
        "0x0000000000000000000000000000000000000100",
        "slip44:60",
        1,
        "a precompile",
    );
    refused(TOKEN, &erc20, 1, "a token to its own contract");
    refused(THEIRS, "slip44:60", 0, "no coin");
    refused(THEIRS, &erc20, 0, "no token");
    refused(THEIRS, "slip44:966", 1, "another name of the coin");
    refused(THEIRS, &format!("erc721:{TOKEN}"), 1, "a whole collection");
    refused(
        THEIRS,
        &format!("erc721:{TOKEN}/5"),
        2,
        "two of what is one of a kind",
    );
    refused(THEIRS, &format!("erc1155:{TOKEN}"), 1, "units of no token");
}

#[test]
fn a_plan_that_is_not_the_intents_is_refused() {
    let intent = ether(5);
    let good = Evm
        .complete(&intent, &draft(&intent, 1, detail(EvmType::DynamicFee)))
        .expect("a plan");
    assert!(Evm.check(&intent, &good).is_ok());
    let mut other_intent = intent.clone();
    other_intent.amount = Uint256::from(6);
    let mut dear = intent.clone();
    dear.bounds.max_fee = Uint256::from(1_799_999_999_999_999);
    let mut firm = intent.clone();
    firm.bounds.replaceable = false;
    let refused = |code: ChainCode, intent: &Intent, change: &dyn Fn(&mut jinku_words::Plan)| {
        let mut plan = good.clone();
        plan.intent_digest = hex::encode(intent.digest().expect("a digest"));
        change(&mut plan);
        let error = Evm.check(intent, &plan).expect_err("refused");
        assert_eq!(error.code, code, "{error}");
    };
    let stays = |plan: &mut jinku_words::Plan| plan.intent_digest = good.intent_digest.clone();
    refused(ChainCode::Plan, &other_intent, &stays); // swapped plan
    refused(ChainCode::Plan, &other_intent, &|_| {}); // and with the digest mended: the payload tells
    refused(ChainCode::Bounds, &dear, &|_| {});
    refused(ChainCode::Plan, &firm, &|plan| {
        plan.replaces = Some(common::id(9))
    });
    refused(ChainCode::Plan, &intent, &|plan| {
        plan.deployment = common::id(9)
    });
    refused(ChainCode::Plan, &intent, &|plan| {
        plan.chain = "eip155:5".parse().expect("a chain")
    });
    refused(ChainCode::Plan, &intent, &|plan| plan.nonce = Some(2));
    refused(ChainCode::Plan, &intent, &|plan| {
        plan.fee = Uint256::from(1)
    });
    refused(ChainCode::Plan, &intent, &|plan| {
        plan.created_at_ms = 1_700_000_600_001
    });
    refused(ChainCode::Plan, &intent, &|plan| {
        plan.payloads[0].digest = "11".repeat(32)
    });
    let mut bitcoin = good.clone();
    bitcoin.detail = None;
    assert_eq!(
        Evm.build(&intent, &bitcoin).map_err(|error| error.code),
        Err(ChainCode::Plan)
    );
}

#[test]
fn value_and_fee_that_no_balance_holds_are_refused() {
    let intent = intent(CHAIN, THEIRS, "slip44:60", Uint256::MAX);
    let error = Evm
        .build(&intent, &draft(&intent, 0, detail(EvmType::Legacy)))
        .expect_err("too much");
    assert_eq!(error.code, ChainCode::Range);
}

#[test]
fn an_access_list_before_types_is_not_dropped() {
    let intent = intent(CHAIN, THEIRS, "slip44:60", Uint256::from(1));
    let mut listed = detail(EvmType::Legacy);
    listed.access_list.push(AccessItem {
        address: OURS.to_owned(),
        storage_keys: Vec::new(),
    });
    let built = Evm.build(&intent, &draft(&intent, 1, listed));
    assert_eq!(built.map_err(|it| it.code), Err(ChainCode::Malformed));
}

#[test]
fn only_the_accounts_own_low_signature_is_attached() {
    let intent = ether(5);
    let unsigned = Evm
        .build(&intent, &draft(&intent, 1, detail(EvmType::Legacy)))
        .expect("built");
    let good = signed(&unsigned);
    assert!(Evm.attach(&unsigned, &[good]).is_ok());
    let refused = |signatures: &[Signature], why: &str| {
        let error = Evm.attach(&unsigned, signatures).expect_err(why);
        assert_eq!(error.code, ChainCode::Signature, "{why}: {error}");
    };
    let parity = good.recovery_id.expect("an id");
    refused(&[], "none");
    refused(&[good, good], "two");
    refused(
        &[Signature {
            recovery_id: None,
            ..good
        }],
        "no id",
    );
    refused(
        &[Signature {
            recovery_id: Some(parity ^ 1),
            ..good
        }],
        "the other id",
    );
    refused(
        &[Signature {
            recovery_id: Some(2),
            ..good
        }],
        "an id above 1",
    );
    let beyond = Signature {
        recovery_id: Some(2),
        ..good
    };
    let error = Evm.attach(&unsigned, &[beyond]).expect_err("above 1");
    assert_eq!(error.found, "recovery id 2", "before it is recovered");
    refused(
        &[Signature {
            bytes: [0; 64],
            ..good
        }],
        "zeros",
    );
    refused(
        &[Signature {
            bytes: [0xff; 64],
            ..good
        }],
        "beyond the order",
    );
    let digest = Evm.payloads(&unsigned).expect("a payload")[0].digest();
    refused(&[sign(&digest, &[2; 32])], "another key");
    refused(&[sign(&[3; 32], &common::KEY)], "another message");
    refused(&[high(good)], "a high s");
    assert_eq!(format!("{CHAIN}:{OURS}"), unsigned.account.to_string());
}

/// The twin with `n - s` and the other parity, which verifies where nobody looks.
fn high(low: Signature) -> Signature {
    const ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    let order: [u8; 32] = hex::decode(ORDER)
        .expect("hex")
        .try_into()
        .expect("32 bytes");
    let (_, s) = low.bytes.split_at(32);
    let s = Uint256::from_be_bytes(s.try_into().expect("32 bytes"));
    let twin = Uint256::from_be_bytes(order)
        .checked_sub(s)
        .expect("below the order");
    let mut bytes = low.bytes;
    bytes[32..].copy_from_slice(&twin.to_be_bytes());
    Signature {
        bytes,
        recovery_id: low.recovery_id.map(|id| id ^ 1),
    }
}
