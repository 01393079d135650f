//! What transfers by calls do, and which calls are not read.

mod common;

use common::{
    CHAIN, OURS, SPENDER, THEIRS, TOKEN, call_of, called, data, effects, moved, name, place, word,
};
use jinku_chain::{ChainCode, Codec};
use jinku_chain_evm::Evm;
use jinku_words::Uint256;

#[test]
fn transfers_of_each_standard_are_read() {
    let erc20 = format!("{CHAIN}/erc20:{TOKEN}");
    let (from, to) = (place(OURS), place(THEIRS));
    for (call, asset, amount) in [
        (data(0xa905_9cbb, &[to, word(5)]), erc20.clone(), "5"),
        (
            data(0x23b8_72dd, &[from, to, word(5)]),
            erc20.clone(),
            "5 or eip155:1/erc721:0xdac17f958d2ee523a2206206994597c13d831ec7/5",
        ),
        (
            data(0x4284_2e0e, &[from, to, word(5)]),
            format!("{CHAIN}/erc721:{TOKEN}/5"),
            "1",
        ),
        (
            data(0xb88d_4fde, &[from, to, word(5), word(128), word(0)]),
            format!("{CHAIN}/erc721:{TOKEN}/5"),
            "1",
        ),
        (
            data(
                0xf242_432a,
                &[from, to, word(5), word(9), word(160), word(0)],
            ),
            format!("{CHAIN}/erc1155:{TOKEN}/5"),
            "9",
        ),
    ] {
        let found = effects(0, call).expect("read");
        let part = |account: &str| vec![format!("{} {asset} {amount}", name(account))];
        assert_eq!(moved(&found), (part(OURS), part(THEIRS)));
        assert!(found.grants.is_empty() && found.delegations.is_empty());
    }
}

#[test]
fn somebody_elses_tokens_are_theirs_and_coins_go_along() {
    let call = data(0x23b8_72dd, &[place(THEIRS), place(SPENDER), word(5)]);
    let found = effects(7, call).expect("read");
    assert_eq!(found.losses.len(), 2);
    assert_eq!(
        (&found.losses[0].account.to_string(), found.losses[0].amount),
        (&name(OURS), Uint256::from(7))
    );
    assert_eq!(found.losses[1].account.to_string(), name(THEIRS));
    assert_eq!(found.gains[0].account.to_string(), name(SPENDER));
    assert_eq!(
        found.gains[1].account.to_string(),
        name(TOKEN),
        "the coins stay at the contract"
    );
}

#[test]
fn a_batch_adds_up_and_has_one_layout() {
    let (from, to) = (place(OURS), place(THEIRS));
    let good = [
        from,
        to,
        word(160),
        word(160 + 128),
        word(160 + 256),
        word(3),
        word(1),
        word(2),
        word(1),
        word(3),
        word(10),
        word(20),
        word(30),
        word(0),
    ];
    let found = effects(0, data(0x2eb2_c2d6, &good)).expect("read");
    let amounts: Vec<_> = found.losses.iter().map(|part| part.amount).collect();
    assert_eq!(amounts, [Uint256::from(40), Uint256::from(20)]);
    assert_eq!(found.losses.len(), found.gains.len());
    for at in 0..good.len() {
        for bent in [word(4), word(161), word(u64::MAX), [0xff; 32]] {
            let mut words = good;
            words[at] = bent;
            match effects(0, data(0x2eb2_c2d6, &words)) {
                Ok(other) => assert_ne!(other, found, "word {at} has no effect"),
                Err(error) => assert!(
                    matches!(
                        error.code,
                        ChainCode::Malformed | ChainCode::Unsupported | ChainCode::Range
                    ),
                    "{error}"
                ),
            }
        }
    }
    let mut twice = good;
    (twice[10], twice[12]) = ([0xff; 32], [0xff; 32]);
    assert_eq!(
        effects(0, data(0x2eb2_c2d6, &twice)).map_err(|it| it.code),
        Err(ChainCode::Range)
    );
}

#[test]
fn the_effects_of_the_longest_batch_fit_into_a_document() {
    let batch = |count: usize| {
        let number = |it: usize| word(it as u64);
        let heads = [
            number(160),
            number(192 + 32 * count),
            number(224 + 64 * count),
        ];
        let token = |it: usize| {
            let mut word = [0xff; 32];
            word[31] = it as u8;
            word
        };
        let amounts = (0..count).map(|_| [0xff; 32]);
        let mut words = vec![place(OURS), place(THEIRS)];
        words.extend(
            heads
                .into_iter()
                .chain([number(count)])
                .chain((0..count).map(token)),
        );
        words.extend([number(count)].into_iter().chain(amounts).chain([word(0)]));
        effects(0, data(0x2eb2_c2d6, &words))
    };
    let longest = batch(64).expect("read");
    assert_eq!((longest.losses.len(), longest.gains.len()), (64, 64));
    assert!(longest.digest().is_ok());
    for count in [0, 65] {
        let refused = batch(count).map_err(|it| it.code);
        assert_eq!(refused, Err(ChainCode::Unsupported), "{count}");
    }
}

/// Whatever code is there would run, and no effect would name it.
#[test]
fn an_empty_call_goes_to_oneself_or_is_refused() {
    let code = |to: &str| {
        let read = Evm.summarise(&call_of(OURS, to, 0, Vec::new()));
        read.map(|it| (it.losses.len(), it.gains.len()))
            .map_err(|it| it.code)
    };
    assert_eq!(code(OURS), Ok((0, 0)));
    assert_eq!(code(THEIRS), Err(ChainCode::Unsupported));
    let zero = format!("0x{}", "00".repeat(20));
    assert_eq!(code(&zero), Err(ChainCode::Unsupported));
}

#[test]
fn calls_with_a_second_spelling_are_refused() {
    for (call, why) in [
        ("a9059cbb dirty 5", "bits above the address"),
        ("a9059cbb to", "an argument short"),
        ("a9059cbb to 5 0", "a word too many"),
        ("a22cb465 to 2", "a flag of 2"),
        ("d505accf from to 9 9 256 1 1", "v of 9 bits"),
        ("f242432a from to 5 9 192 0", "data elsewhere"),
        ("f242432a from to 5 9 160 0 0", "a word after the data"),
    ] {
        let error = effects(0, called(call)).expect_err(why);
        assert_eq!(error.code, ChainCode::Malformed, "{why}: {error}");
    }
    let long = [called("a9059cbb to 5"), vec![0]].concat();
    assert_eq!(
        effects(0, long).map_err(|it| it.code),
        Err(ChainCode::Malformed)
    );
}

#[test]
fn calls_that_are_not_read_in_full_are_refused_by_name() {
    for (call, why) in [
        ("f242432a from to 5 9 160 32", "data for the receiver"),
        ("b88d4fde from to 5 128 1 most", "data with a token"),
        (
            "2eb2c2d6 from to 160 192 224 0 0 1 most",
            "data with a batch",
        ),
        ("a9059cbb to 0", "a transfer of nothing"),
        ("f242432a from to 5 0 160 0", "no units"),
        (
            "2eb2c2d6 from to 160 224 288 1 7 1 0 0",
            "a batch of nothing",
        ),
        ("ac9650d8 32 0", "multicall"),
        ("87517c45 to to 1 1", "Permit2"),
        ("a9059c", "half a selector"),
        ("00000000", "an unknown function"),
    ] {
        let error = effects(0, called(call)).expect_err(why);
        assert_eq!(error.code, ChainCode::Unsupported, "{why}: {error}");
    }
}
