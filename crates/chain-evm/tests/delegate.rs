//! Delegations (EIP-7702), from the intent to the authorisation, to the transaction that takes it along, and back.

mod common;

use common::{
    CHAIN, KEY, OURS, SPENDER, THEIRS, address, detail, draft, intent, plain, sign, signed,
};
use jinku_chain::{ChainCode, Codec, Signature, Unsigned};
use jinku_chain_evm::{Authorization, Evm, SignedAuthorization, Transaction, TxType};
use jinku_words::intent::IntentKind;
use jinku_words::{EvmDetail, EvmType, Intent, Plan, Uint256};
use proptest::prelude::*;

fn delegation(chain: &str, to: &str) -> Intent {
    Intent {
        kind: IntentKind::Delegate,
        ..intent(chain, to, "slip44:60", Uint256::ZERO)
    }
}

fn free() -> EvmDetail {
    EvmDetail {
        gas_limit: 0,
        max_fee_per_gas: Uint256::ZERO,
        ..detail(EvmType::Authorization)
    }
}

fn set_code(signature: Signature) -> EvmDetail {
    let parity = signature.recovery_id.expect("an id");
    EvmDetail {
        max_priority_fee_per_gas: Some(Uint256::from(1_000_000_000)),
        authorization: Some(format!("{}{parity:02x}", hex::encode(signature.bytes))),
        ..detail(EvmType::SetCode)
    }
}

/// The authorisation of an intent, and its signature by the key of [`OURS`].
fn authorised(intent: &Intent, nonce: u64) -> (Unsigned, Signature) {
    let plan = Evm
        .complete(intent, &draft(intent, nonce, free()))
        .expect("a plan");
    let checked = Evm.check(intent, &plan).expect("checked");
    assert_eq!(checked.effects.fee.most, Uint256::ZERO);
    let signature = signed(&checked.unsigned);
    (checked.unsigned, signature)
}

fn plan(intent: &Intent, nonce: u64, signature: Signature) -> Result<Plan, ChainCode> {
    Evm.complete(intent, &draft(intent, nonce, set_code(signature)))
        .map_err(|error| error.code)
}

/// Both made by eth-account 0.14.0 with the key 0x0101…01: nonce 7, 90,000 gas of 20 gwei, tip 1 gwei, to the zero address.
const TUPLE: &str = "f85a019433333333333333333333333333333333333333330801a0e48f7d4a1f90c70546e9ab95244ae44e4dd0432805ad28bce7\
                     6b434364666165a021217ab413d2d20aa07edab6a03ebc953a212d1ced65cf8148fcbc8ac17af3e3";
const DIGEST: &str = "6641f0ab5ed2de5fa1ca50243a3ac128a2f7bf4238d54665f16dccb27bfc2147";
const SENT: &str = "04f8ca0107843b9aca008504a817c80083015f909400000000000000000000000000000000000000008080c0f85cf85a01943333333\
                    3333333333333333333333333333333330801a0e48f7d4a1f90c70546e9ab95244ae44e4dd0432805ad28bce76b434364666165a021\
                    217ab413d2d20aa07edab6a03ebc953a212d1ced65cf8148fcbc8ac17af3e301a012cfd09a859ef6a91b43d5de842456245ad07c517\
                    d388d9060b32bb51ea96205a0131105d53582ce88748bf4ef8e0d92ee8b355346c3137d1881454f3c16fef246";
const ID: &str = "0x47ab4c088266e14b0cc1e89d35fc5fdfd3df02e72d4256bad9751a78f57fda6d";

#[test]
fn authorisation_and_transaction_are_those_of_eth_account() {
    let intent = delegation(CHAIN, SPENDER);
    let (unsigned, signature) = authorised(&intent, 8);
    let to_sign = Evm.payloads(&unsigned).expect("payloads");
    assert_eq!(hex::encode(to_sign[0].digest()), DIGEST);
    let tuple = Evm.attach(&unsigned, &[signature]).expect("attached");
    assert_eq!(hex::encode(tuple.bytes), TUPLE);

    let checked = Evm
        .check(&intent, &plan(&intent, 7, signature).expect("a plan"))
        .expect("checked");
    let mut asked = Evm.asked(&intent).expect("effects");
    asked.fee.most = checked.effects.fee.most;
    assert_eq!(checked.effects, asked);
    let sent = Evm
        .attach(&checked.unsigned, &[signed(&checked.unsigned)])
        .expect("attached");
    assert_eq!(
        (hex::encode(&sent.bytes), sent.id.as_str()),
        (SENT.to_owned(), ID)
    );
    let opened = Evm.open(intent.chain(), &sent.bytes).expect("opened");
    assert_eq!(opened.unsigned, checked.unsigned);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_delegation_does_exactly_what_was_asked_for(
        chain in prop_oneof![Just(1u64), 1..=9_223_372_036_854_775_771u64],
        to in prop_oneof![Just([0u8; 20]), any::<[u8; 20]>().prop_map(|mut it| { it[0] |= 1; it })],
        nonce in prop_oneof![0..1000u64, Just(u64::MAX - 2), 0..u64::MAX - 2],
    ) {
        let intent = delegation(&format!("eip155:{chain}"), &format!("0x{}", hex::encode(to)));
        let (unsigned, signature) = authorised(&intent, nonce + 1);
        prop_assert!(Evm.attach(&unsigned, &[signature]).is_ok());
        let made = plan(&intent, nonce, signature).expect("a plan");
        let checked = Evm.check(&intent, &made).expect("checked");
        let mut asked = Evm.asked(&intent).expect("effects");
        asked.fee.most = made.fee;
        prop_assert_eq!(checked.effects, asked);
        // The same signature under any other nonce is somebody else's authorisation.
        prop_assert_eq!(plan(&intent, nonce ^ 1, signature).err(), Some(ChainCode::Effects));
    }
}

#[test]
fn a_plan_that_hands_over_something_else_is_refused() {
    let intent = delegation(CHAIN, SPENDER);
    let (unsigned, good) = authorised(&intent, 8);
    assert!(plan(&intent, 7, good).is_ok());
    let digest = Evm.payloads(&unsigned).expect("payloads")[0].digest();
    let bent = |bytes: [u8; 64], id: u8| Signature {
        bytes,
        recovery_id: Some(id),
    };
    for (signature, code, why) in [
        (sign(&digest, &[2; 32]), ChainCode::Effects, "another's"),
        (
            authorised(&intent, 9).1,
            ChainCode::Effects,
            "another nonce",
        ),
        (
            authorised(&delegation(CHAIN, THEIRS), 8).1,
            ChainCode::Effects,
            "other code",
        ),
        (
            authorised(&delegation("eip155:5", SPENDER), 8).1,
            ChainCode::Effects,
            "another chain",
        ),
        (bent(good.bytes, 2), ChainCode::Plan, "a parity of 2"),
        (bent([0; 64], 0), ChainCode::Signature, "zeros"),
        (
            bent([0xff; 64], 0),
            ChainCode::Signature,
            "beyond the order",
        ),
    ] {
        assert_eq!(plan(&intent, 7, signature).err(), Some(code), "{why}");
    }
    let last = authorised(&intent, u64::MAX - 1).1;
    assert!(plan(&intent, u64::MAX - 2, last).is_ok());
    assert_eq!(
        plan(&intent, u64::MAX - 1, last).err(),
        Some(ChainCode::Range),
        "its authorisation has no nonce"
    );
    let every = Authorization {
        chain_id: 0,
        delegate: address(SPENDER),
        nonce: 8,
    };
    let effects = Evm
        .summarise(&Unsigned {
            bytes: every.unsigned(),
            ..unsigned
        })
        .expect("read");
    assert!(effects.delegations[0].every_chain);
    let error = effects.within(&Evm.asked(&intent).expect("effects"));
    assert_eq!(error.map_err(|it| it.code), Err(ChainCode::Effects));
}

#[test]
fn types_serve_the_kind_they_are_for() {
    let code = |intent: &Intent, detail| {
        let built = Evm.build(intent, &draft(intent, 7, detail));
        built.err().map(|error| error.code)
    };
    let (transfer, hands_over) = (
        intent(CHAIN, SPENDER, "slip44:60", Uint256::from(1)),
        delegation(CHAIN, SPENDER),
    );
    let (_, signature) = authorised(&hands_over, 8);
    for kind in [EvmType::Legacy, EvmType::AccessList, EvmType::DynamicFee] {
        assert_eq!(code(&transfer, detail(kind)), None);
        assert_eq!(code(&hands_over, detail(kind)), Some(ChainCode::Plan));
    }
    for detail in [free(), set_code(signature)] {
        assert_eq!(code(&hands_over, detail.clone()), None);
        assert_eq!(code(&transfer, detail), Some(ChainCode::Plan));
    }
    let zero = format!("0x{}", "00".repeat(20));
    assert_eq!(code(&delegation(CHAIN, &zero), free()), None, "taken back");
    for to in ["0x0000000000000000000000000000000000000004", OURS] {
        let refused = code(&delegation(CHAIN, to), free());
        assert_eq!(refused, Some(ChainCode::Intent), "{to}");
    }
    let mut dear = delegation(CHAIN, SPENDER);
    dear.amount = Uint256::from(1);
    assert_eq!(
        Evm.asked(&dear).map_err(|it| it.code),
        Err(ChainCode::Intent)
    );
}

/// An authorisation of the key's account to [`SPENDER`].
fn item(key: [u8; 32], nonce: u64) -> SignedAuthorization {
    let authorization = Authorization {
        chain_id: 1,
        delegate: address(SPENDER),
        nonce,
    };
    let digest = <sha3::Keccak256 as sha3::Digest>::digest(authorization.unsigned()).into();
    let made = sign(&digest, &key);
    SignedAuthorization {
        authorization,
        parity: made.recovery_id.expect("an id"),
        signature: made.bytes,
    }
}

#[test]
fn lists_that_do_not_decide_alone_are_refused() {
    let code = |change: &dyn Fn(&mut Transaction)| {
        let mut tx = Transaction {
            kind: TxType::SetCode,
            authorizations: vec![item(KEY, 8)],
            ..plain()
        };
        change(&mut tx);
        let account = format!("{CHAIN}:{OURS}").parse().expect("an account");
        let read = Evm.summarise(&Unsigned {
            account,
            bytes: tx.unsigned(),
        });
        read.err().map(|error| error.code)
    };
    let refused = Some(ChainCode::Unsupported);
    assert_eq!(code(&|_| {}), None);
    assert_eq!(code(&|tx| tx.authorizations.push(item([2; 32], 0))), None);
    let twice = |tx: &mut Transaction| {
        tx.authorizations = vec![item([2; 32], 0), item([2; 32], 1)];
    };
    assert_eq!(code(&twice), refused);
    assert_eq!(
        code(&|tx| tx.to = address(OURS)),
        refused,
        "runs what it sets"
    );
    for nonce in [7, 9, u64::MAX - 1] {
        let other = code(&|tx| tx.authorizations = vec![item(KEY, nonce)]);
        assert_eq!(other, refused, "good at another time: {nonce}");
    }
    let many = |count: u8| {
        move |tx: &mut Transaction| {
            tx.authorizations = (2..2 + count).map(|key| item([key; 32], 0)).collect();
        }
    };
    assert_eq!(code(&many(16)), None);
    assert_eq!(code(&many(17)), Some(ChainCode::Range));
    let high = |tx: &mut Transaction| tx.authorizations[0].signature[32] = 0xff;
    assert_eq!(code(&high), Some(ChainCode::Signature));
    let late = |tx: &mut Transaction| tx.authorizations[0].authorization.nonce = u64::MAX;
    assert_eq!(code(&late), Some(ChainCode::Range));
}

#[test]
fn an_authorisation_has_one_spelling() {
    let (good, _) = authorised(&delegation(CHAIN, SPENDER), 8);
    let was = Evm.payloads(&good).expect("payloads");
    let read = |bytes: Vec<u8>| {
        Evm.payloads(&Unsigned {
            bytes,
            account: good.account.clone(),
        })
    };
    for at in 0..good.bytes.len() {
        assert!(read(good.bytes[..at].to_vec()).is_err(), "cut to {at}");
        for bit in 0..8 {
            let mut bent = good.bytes.clone();
            bent[at] ^= 1 << bit;
            assert_ne!(read(bent), Ok(was.clone()), "bit {bit} of byte {at}");
        }
    }
    assert!(read([&good.bytes[..], &[0]].concat()).is_err());
    for (chain_id, nonce, code) in [
        (5, 8, ChainCode::OtherChain),
        (9_223_372_036_854_775_772, 8, ChainCode::Range),
        (1, u64::MAX, ChainCode::Range),
    ] {
        let other = Authorization {
            chain_id,
            delegate: address(SPENDER),
            nonce,
        };
        assert_eq!(read(other.unsigned()).map_err(|it| it.code), Err(code));
    }
}
