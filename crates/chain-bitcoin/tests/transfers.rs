//! From intent and plan to bytes, and from the bytes back to the intent.

mod common;

use common::{
    Kind, MAIN, Owner, REGTEST, REPLACEABLE, account, detail, draft, intent, plain, signed,
};
use jinku_chain::{ChainCode, Codec, Message, Unsigned};
use jinku_chain_bitcoin::{Bitcoin, Psbt, PsbtVersion, Transaction};
use jinku_words::intent::IntentKind;
use jinku_words::plan::Curve;
use jinku_words::{AccountId, Intent, Plan, Uint256};
use proptest::prelude::*;

fn a_kind() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Wpkh), Just(Kind::Nested), Just(Kind::Taproot)]
}

/// A destination of every form, of hashes that nobody has.
fn a_destination(chain: &'static str) -> impl Strategy<Value = AccountId> {
    (0u8..5, any::<[u8; 32]>()).prop_map(move |(form, hash)| {
        let script = match form {
            0 => [&[0x76, 0xa9, 20], &hash[..20], &[0x88, 0xac]].concat(),
            1 => [&[0xa9, 20], &hash[..20], &[0x87]].concat(),
            2 => [&[0, 20], &hash[..20]].concat(),
            3 => [&[0, 32], &hash[..]].concat(),
            _ => [&[0x51, 32], &hash[..]].concat(),
        };
        account(chain, &script)
    })
}

prop_compose! {
    /// Chain, owner, destination, amount, values of the inputs, change with its places, sequence, lock time and version.
    fn a_case()(
        chain in prop_oneof![Just(MAIN), Just(REGTEST)],
    )(
        kind in a_kind(),
        seed in 1u8..200,
        to in a_destination(chain),
        values in prop::collection::vec(100_000u64..1_000_000_000, 1..6),
        parts in (546u64..50_000, prop::collection::vec(546u64..10_000, 0..4)),
        place in 0usize..4,
        figures in (0usize..3, 0u32..900_000, 1u32..=3),
        chain in Just(chain),
    ) -> (Owner, Intent, Plan) {
        let owner = Owner::new(chain, kind, seed);
        let (amount, change) = parts;
        let intent = intent(&owner, &to, amount);
        let mut plan = draft(&intent, &owner, &values, &change);
        let more = detail(&mut plan);
        let payment = place.min(change.len());
        more.change_at = (0..=change.len()).filter(|at| *at != payment).collect();
        let sequence = [REPLACEABLE, 0xffff_fffe, 0xffff_ffff][figures.0];
        more.inputs.iter_mut().for_each(|it| it.sequence = sequence);
        more.lock_time = if figures.0 == 2 { 0 } else { figures.1 };
        more.version = figures.2;
        (owner, intent, plan)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_built_does_exactly_what_was_asked_for((owner, intent, draft) in a_case()) {
        let plan = Bitcoin.complete(&intent, &draft).expect("a plan");
        let plan = Plan::from_canonical(&plan.to_canonical().expect("bytes")).expect("read again");
        let checked = Bitcoin.check(&intent, &plan).expect("a checked plan");
        let mut asked = Bitcoin.asked(&intent).expect("effects");
        prop_assert!(checked.effects.within(&asked).is_ok());
        asked.fee.most = plan.fee;
        prop_assert_eq!(&checked.effects, &asked);
        prop_assert_eq!(checked.effects.digest(), asked.digest());

        let to_sign = Bitcoin.payloads(&checked.unsigned).expect("payloads");
        prop_assert_eq!(to_sign.len(), plan.inputs.len());
        for (it, payload) in to_sign.iter().zip(&plan.payloads) {
            prop_assert_eq!(&it.account, &intent.source);
            prop_assert!(it.curve == Curve::Secp256k1 && matches!(it.message, Message::Digest(_)));
            prop_assert_eq!(hex::encode(it.digest()), payload.digest.as_str());
        }

        let sent = Bitcoin.attach(&checked.unsigned, &signed(&checked.unsigned, &owner)).expect("attached");
        let found = Transaction::parse(&sent.bytes).expect("a transaction");
        prop_assert_eq!(found.encoded(), sent.bytes);
        prop_assert_eq!(found.id(), sent.id);
        let weight = 3 * found.bare().len() + found.encoded().len();
        let most = Bitcoin.most_virtual_bytes(&checked.unsigned).expect("a size");
        prop_assert!(weight as u64 <= 4 * most);
        prop_assert!(weight as u64 + 4 * (plan.inputs.len() as u64 + 1) * 2 >= 4 * most, "the estimate is close");

        // Version 2 of the same PSBT is the same transaction.
        let (psbt, version) = Psbt::parse(&checked.unsigned.bytes).expect("a PSBT");
        prop_assert_eq!(version, PsbtVersion::Zero);
        prop_assert_eq!(&psbt.encoded(PsbtVersion::Zero), &checked.unsigned.bytes);
        let two = Unsigned { account: intent.source.clone(), bytes: psbt.encoded(PsbtVersion::Two) };
        prop_assert_eq!(Psbt::parse(&two.bytes), Ok((psbt, PsbtVersion::Two)));
        prop_assert_eq!(Bitcoin.summarise(&two), Ok(checked.effects));
        prop_assert_eq!(Bitcoin.payloads(&two), Ok(to_sign));
    }

    #[test]
    fn no_byte_can_change_without_a_refusal_or_another_meaning((owner, intent, draft) in a_case(), at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let unsigned = Bitcoin.build(&intent, &draft).expect("built");
        let mut bytes = unsigned.bytes.clone();
        bytes[at.index(unsigned.bytes.len())] ^= 1 << bit;
        let bent = Unsigned { account: unsigned.account.clone(), bytes };
        let signatures = signed(&unsigned, &owner);
        if let Ok(sent) = Bitcoin.attach(&bent, &signatures) {
            // What the signatures still hold for is the same transaction: bits of proofs and hints only.
            prop_assert_eq!(sent, Bitcoin.attach(&unsigned, &signatures).expect("attached"));
            prop_assert_eq!(Bitcoin.summarise(&bent), Bitcoin.summarise(&unsigned));
        }
    }
}

#[test]
fn an_intent_that_loses_money_by_its_form_is_refused() {
    let owner = Owner::new(MAIN, Kind::Taproot, 1);
    let to = Owner::new(MAIN, Kind::Taproot, 2).account;
    let good = intent(&owner, &to, 330);
    assert!(
        Bitcoin
            .build(&good, &draft(&good, &owner, &[5000], &[]))
            .is_ok()
    );
    let refused = |change: &dyn Fn(&mut Intent), code: ChainCode, why: &str| {
        let mut bad = good.clone();
        change(&mut bad);
        let error = Bitcoin
            .build(&bad, &draft(&good, &owner, &[5000], &[]))
            .expect_err(why);
        assert_eq!(error.code, code, "{why}: {error}");
        assert!(
            !error.expected.is_empty() && !error.found.is_empty(),
            "{error}"
        );
    };
    let name =
        |address: &str| -> AccountId { format!("{MAIN}:{address}").parse().expect("an account") };
    let code = ChainCode::Intent;
    refused(&|it| it.kind = IntentKind::Delegate, code, "another kind");
    refused(&|it| it.destination = it.source.clone(), code, "to itself");
    refused(&|it| it.amount = Uint256::from(329), code, "dust");
    refused(&|it| it.amount = Uint256::ZERO, code, "nothing");
    refused(&|it| it.amount = Uint256::MAX, code, "more than there is");
    let other = "bip122:000000000019d6689c085ae165831e93/slip44:1";
    refused(
        &|it| it.asset = other.parse().expect("an asset"),
        code,
        "another coin",
    );
    let future = name("bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y");
    refused(
        &|it| it.destination = future.clone(),
        code,
        "a program that no rule explains",
    );
    let anchor = name("bc1pfeessrawgf");
    refused(
        &|it| it.destination = anchor.clone(),
        code,
        "an output for everybody",
    );
    let mistyped = name("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5");
    refused(&|it| it.destination = mistyped.clone(), code, "a checksum");
    let elsewhere = name("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx");
    refused(
        &|it| it.destination = elsewhere.clone(),
        code,
        "another network",
    );
}

#[test]
fn dust_is_measured_as_nodes_do() {
    for (script, least) in [
        (
            [&[0x76u8, 0xa9, 20][..], &[5; 20], &[0x88, 0xac]].concat(),
            546,
        ),
        ([&[0xa9u8, 20][..], &[5; 20], &[0x87]].concat(), 540),
        ([&[0u8, 20][..], &[5; 20]].concat(), 294),
        ([&[0u8, 32][..], &[5; 32]].concat(), 330),
        ([&[0x51u8, 32][..], &[5; 32]].concat(), 330),
    ] {
        let owner = Owner::new(MAIN, Kind::Wpkh, 1);
        let to = account(MAIN, &script);
        for (amount, holds) in [(least, true), (least - 1, false)] {
            let intent = intent(&owner, &to, amount);
            let built = Bitcoin.build(&intent, &draft(&intent, &owner, &[5000], &[]));
            assert_eq!(built.is_ok(), holds, "{amount} to {to}");
        }
    }
}

#[test]
fn a_plan_that_is_not_the_intents_is_refused() {
    let (owner, intent, draft) = plain(Kind::Wpkh, &[20_000, 30_000], &[39_000]);
    let good = Bitcoin.complete(&intent, &draft).expect("a plan");
    assert!(Bitcoin.check(&intent, &good).is_ok());
    let refused = |code: ChainCode, change: &dyn Fn(&mut Plan)| {
        let mut plan = good.clone();
        change(&mut plan);
        let error = Bitcoin.check(&intent, &plan).expect_err("refused");
        assert_eq!(error.code, code, "{error}");
        error.to_string()
    };
    let thief = Owner::new(MAIN, Kind::Wpkh, 3);
    let plan = ChainCode::Plan;
    refused(ChainCode::Effects, &|it| {
        it.change[0].account = thief.account.clone()
    });
    refused(plan, &|it| it.change[0].value = Uint256::from(38_000));
    refused(plan, &|it| it.fee = Uint256::from(999));
    refused(plan, &|it| it.payloads[1].digest = "11".repeat(32));
    refused(ChainCode::Malformed, &|it| it.inputs.swap(0, 1));
    refused(plan, &|it| {
        it.inputs[0].outpoint = format!("{}:4294967295", "11".repeat(32))
    });
    refused(plan, &|it| {
        it.inputs[0].outpoint = format!("{}:4294967296", "11".repeat(32))
    });
    refused(plan, &|it| detail(it).lock_time = 1);
    refused(plan, &|it| detail(it).version = 1);
    refused(plan, &|it| detail(it).change_at = vec![0]);
    refused(plan, &|it| it.change[0].value = Uint256::MAX);
    refused(plan, &|it| it.inputs[0].value = Uint256::MAX);
    refused(plan, &|it| it.detail = None);
    refused(ChainCode::Malformed, &|it| {
        it.inputs[0].value = Uint256::from(20_001)
    });
    refused(ChainCode::Unsupported, &|it| {
        detail(it).inputs[1].previous_transaction = None;
    });
    let mut lacking = good.clone();
    detail(&mut lacking).inputs.pop();
    let built = Bitcoin.build(&intent, &lacking).map_err(|error| error.code);
    assert_eq!(built, Err(plan), "build checks the form of the plan");
    let redeem = format!("0014{}", "00".repeat(20));
    let told = refused(plan, &|it| {
        detail(it).inputs[0].redeem_script = Some(redeem.clone())
    });
    assert!(told.contains("p2wpkh"), "{told}");

    let mut dear = intent.clone();
    dear.bounds.max_fee = Uint256::from(999);
    let mut other = good.clone();
    other.intent_digest = hex::encode(dear.digest().expect("a digest"));
    let error = Bitcoin.check(&dear, &other).expect_err("too dear");
    assert_eq!(error.code, ChainCode::Bounds);
    assert_eq!(owner.account, intent.source);
}
