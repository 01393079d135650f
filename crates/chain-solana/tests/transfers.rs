//! From intent and plan to a signed transaction, and what is refused on the way.

mod common;

use common::*;
use jinku_chain::{ChainCode, Codec, Message, Signature};
use jinku_chain_solana::{Solana, Transaction};
use jinku_words::intent::IntentKind;
use jinku_words::{Detail, Intent, Plan, SolanaDetail, SolanaVersion, TokenProgram, Uint256};
use proptest::prelude::*;

/// The codes of a draft's refusals: when it is completed, and when it is built.
fn codes(intent: &Intent, plan: &Plan) -> (Option<ChainCode>, Option<ChainCode>) {
    let code = |error: jinku_chain::ChainError| error.code;
    (
        Solana.complete(intent, plan).err().map(code),
        Solana.build(intent, plan).err().map(code),
    )
}

fn served(intent: &Intent, detail: SolanaDetail) {
    let plan = Solana
        .complete(intent, &draft(intent, detail))
        .expect("a plan");
    let checked = Solana.check(intent, &plan).expect("it holds");
    let mut asked = Solana.asked(intent).expect("asked");
    assert_eq!(asked.fee.most, Uint256::MAX);
    asked.fee.most = plan.fee;
    assert_eq!(checked.effects, asked);

    let [to_sign] = &Solana.payloads(&checked.unsigned).expect("payloads")[..] else {
        panic!("one payload")
    };
    assert_eq!(
        to_sign.message,
        Message::Bytes(checked.unsigned.bytes.clone())
    );
    assert_eq!(hex::encode(to_sign.digest()), plan.payloads[0].digest);
    let signature = sign(1, &checked.unsigned.bytes);
    let sent = Solana
        .attach(&checked.unsigned, &[signature])
        .expect("signed");
    assert!(sent.bytes.len() <= 1_232);
    let opened = Solana.open(intent.chain(), &sent.bytes).expect("opened");
    assert_eq!(
        (&opened.unsigned, &opened.id, opened.signature),
        (&checked.unsigned, &sent.id, signature)
    );
    let id = bs58::encode(signature.bytes).into_string();
    assert_eq!(sent.id, id);

    let wrong = Signature {
        recovery_id: Some(0),
        ..signature
    };
    for signatures in [
        vec![],
        vec![sign(2, &checked.unsigned.bytes)],
        vec![signature; 2],
        vec![wrong],
    ] {
        let refused = Solana.attach(&checked.unsigned, &signatures);
        assert_eq!(
            refused.map_err(|error| error.code),
            Err(ChainCode::Signature)
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_built_says_exactly_what_was_asked_for(
        to in 1u8..60,
        amount in 1u64..,
        (version, program, durable) in (0usize..2, 0usize..3, any::<bool>()),
        (compute_limit, compute_price) in (1u32..=1_400_000, 0u64..1_000_000_000_000),
        (mint, nonce, decimals) in (any::<[u8; 32]>(), any::<[u8; 32]>(), any::<u8>()),
    ) {
        let program = PROGRAMS.get(program).copied();
        let mut detail = SolanaDetail { compute_limit, compute_price, ..detail(VERSIONS[version], program) };
        if let Some(token) = &mut detail.token {
            token.decimals = decimals;
        }
        detail.nonce_account = durable.then(|| text(&nonce));
        let asset = program.map_or(COIN.to_owned(), |_| of_token(&mint));
        served(&intent(&wallet(to), &asset, amount), detail);
    }
}

#[test]
fn intents_that_no_transaction_serves_are_refused() {
    let coin = detail(SolanaVersion::V0, None);
    let token = detail(SolanaVersion::V0, Some(TokenProgram::Token));
    let of = of_token(&TOKEN);
    let ours = intent(&wallet(2), COIN, 5);
    served(&ours, coin.clone());
    served(&intent(&wallet(2), &of, 5), token.clone());
    // Lamports may go to what a program derived, such as a vault of several owners.
    let vault =
        jinku_chain_solana::associated(&wallet(2), TokenProgram::Token, &TOKEN).expect("derived");
    served(&intent(&vault, COIN, 5), coin.clone());

    let mut incinerator = [0; 32];
    let burns = bs58::decode("1nc1nerator11111111111111111111111111111111");
    assert_eq!(burns.onto(&mut incinerator), Ok(32));
    let too_much = Intent {
        amount: Uint256::MAX,
        ..ours.clone()
    };
    let nothing = Intent {
        amount: Uint256::ZERO,
        ..ours.clone()
    };
    let rows = [
        (too_much, &coin, ChainCode::Intent),
        (nothing, &coin, ChainCode::Intent),
        (intent(&[0; 32], COIN, 5), &coin, ChainCode::Intent),
        (intent(&incinerator, COIN, 5), &coin, ChainCode::Intent),
        (intent(&wallet(2), COIN, 5), &token, ChainCode::Plan),
        (intent(&wallet(2), &of, 5), &coin, ChainCode::Plan),
        (intent(&TOKEN, &of, 5), &token, ChainCode::Intent),
        (intent(&vault, &of, 5), &token, ChainCode::Intent),
    ];
    for (intent, detail, code) in rows {
        assert_eq!(
            codes(&intent, &draft(&intent, detail.clone())),
            (Some(code), Some(code)),
            "{intent:?}"
        );
    }
    let short = Intent {
        destination: format!("{CHAIN}:{}", "1".repeat(33))
            .parse()
            .expect("an account by its form"),
        ..ours.clone()
    };
    let code = Some(ChainCode::Intent);
    assert_eq!(codes(&short, &draft(&short, coin.clone())), (code, code));
    let handed = Intent {
        kind: IntentKind::Delegate,
        ..ours.clone()
    };
    assert_eq!(codes(&handed, &draft(&ours, coin)).1, code);
}

#[test]
fn plans_that_contradict_intent_or_bytes_are_refused() {
    let ours = intent(&wallet(2), COIN, 5);
    let good = Solana
        .complete(&ours, &draft(&ours, detail(SolanaVersion::Legacy, None)))
        .expect("a plan");
    assert!(Solana.check(&ours, &good).is_ok());
    let refused = |change: &dyn Fn(&mut Plan, &mut Intent), code: ChainCode| {
        let (mut plan, mut intent) = (good.clone(), ours.clone());
        change(&mut plan, &mut intent);
        let found = Solana.check(&intent, &plan).map_err(|error| error.code);
        assert_eq!(found.err(), Some(code), "{plan:?}");
    };
    refused(
        &|plan, _| plan.payloads[0].digest = "11".repeat(32),
        ChainCode::Plan,
    );
    refused(
        &|plan, _| plan.anchor = Some(text(&[9; 32])),
        ChainCode::Plan,
    );
    refused(
        &|plan, _| plan.anchor = Some("1".repeat(33)),
        ChainCode::Plan,
    );
    refused(&|plan, _| plan.fee = Uint256::from(5_000), ChainCode::Plan);
    refused(&|plan, _| plan.detail = None, ChainCode::Plan);
    refused(
        &|_, intent| intent.amount = Uint256::from(6),
        ChainCode::Plan,
    );
    refused(
        &|_, intent| intent.destination = intent.source.clone(),
        ChainCode::Plan,
    );

    // The bound on the fee holds on the figure of the bytes.
    let mut bound = ours.clone();
    for (most, code) in [(6_501u64, None), (6_500, Some(ChainCode::Bounds))] {
        bound.bounds.max_fee = most.into();
        let plan = draft(&bound, detail(SolanaVersion::V0, None));
        assert_eq!(plan.fee, Uint256::from(6_501));
        assert_eq!(codes(&bound, &plan), (code, None));
    }
}

#[test]
fn a_durable_nonce_comes_first_and_has_an_account_of_its_own() {
    let ours = intent(&wallet(2), COIN, 5);
    let mut durable = detail(SolanaVersion::V0, None);
    durable.nonce_account = Some(text(&NONCE));
    let built = Solana
        .build(&ours, &draft(&ours, durable.clone()))
        .expect("built");
    let found = Transaction::parse(&built.bytes).expect("read");
    assert_eq!((found.steps[0].clone(), found.anchor), (advance(), ANCHOR));
    // Only what uses up the same nonce can replace.
    let mut replacing = draft(&ours, durable.clone());
    replacing.replaces = Some(id(9));
    assert_eq!(codes(&ours, &replacing), (None, None));
    let mut both = draft(&ours, detail(SolanaVersion::V0, None));
    both.replaces = Some(id(9));
    let code = Some(ChainCode::Plan);
    assert_eq!(codes(&ours, &both), (code, code));

    for other in [text(&wallet(1)), text(&[0; 32])] {
        durable.nonce_account = Some(other);
        let code = Some(ChainCode::Plan);
        assert_eq!(codes(&ours, &draft(&ours, durable.clone())), (code, code));
    }
}

#[test]
fn chains_of_other_families_are_refused() {
    let ours = intent(&wallet(2), COIN, 5);
    let plan = draft(&ours, detail(SolanaVersion::V0, None));
    let elsewhere = "eip155:1:0x6fac4d18c912343bf86fa7049364dd4e424ab9c0";
    let theirs = Intent {
        source: elsewhere.parse().expect("an account"),
        destination: elsewhere.parse().expect("an account"),
        asset: "eip155:1/slip44:60".parse().expect("an asset"),
        ..ours.clone()
    };
    assert_eq!(codes(&theirs, &plan).1, Some(ChainCode::OtherChain));
    let mut built = Solana.build(&ours, &plan).expect("built");
    built.account = elsewhere.parse().expect("an account");
    let code = Err(ChainCode::OtherChain);
    assert_eq!(Solana.summarise(&built).map_err(|error| error.code), code);
    let chain = "eip155:1".parse().expect("a chain");
    let sent = [&[1][..], &[7; 64], &built.bytes].concat();
    assert_eq!(
        Solana.open(&chain, &sent).map_err(|error| error.code),
        Err(ChainCode::OtherChain)
    );
    assert_eq!(
        Solana.fee_asset(&chain).map_err(|error| error.code),
        Err(ChainCode::OtherChain)
    );
    assert!(matches!(plan.detail, Some(Detail::Solana(_))));
}
