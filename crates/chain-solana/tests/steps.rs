//! What the instructions do, in whichever number, and which do not tell enough.

mod common;

use common::*;
use jinku_chain::{ChainCode, Effects};
use jinku_chain_solana::{Key, Step, Transaction, associated};
use jinku_words::{TokenProgram, Uint256};
use proptest::prelude::*;

const SPL: TokenProgram = TokenProgram::Token;
const SPL_2022: TokenProgram = TokenProgram::Token2022;

fn rows(parts: &[jinku_chain::Part]) -> Vec<(String, String, u64)> {
    let row = |part: &jinku_chain::Part| {
        let amount = part.amount.to_u64().expect("64 bits");
        (
            part.account.address().to_owned(),
            part.asset.reference().to_owned(),
            amount,
        )
    };
    parts.iter().map(row).collect()
}

fn row(owner: &Key, asset: &str, amount: u64) -> (String, String, u64) {
    (text(owner), asset.to_owned(), amount)
}

fn read(steps: Vec<Step>) -> Effects {
    effects(steps).expect("read")
}

#[test]
fn several_transfers_add_up() {
    let found = read(vec![
        transfer(&wallet(2), 5),
        create(&wallet(2), SPL),
        transfer_token(&wallet(2), SPL, 7),
        transfer(&wallet(2), 6),
        transfer_token(&wallet(2), SPL, 8),
    ]);
    let sorted = |mut rows: Vec<(String, String, u64)>| {
        rows.sort();
        rows
    };
    let of = |who: &Key| sorted(vec![row(who, "501", 11), row(who, &text(&TOKEN), 15)]);
    assert_eq!(sorted(rows(&found.losses)), of(&wallet(1)));
    assert_eq!(sorted(rows(&found.gains)), of(&wallet(2)));
    assert_eq!(found.fee.most, Uint256::from(5_000 + 2_039_280));
    assert!(found.grants.is_empty() && found.delegations.is_empty() && found.notes.is_empty());
}

#[test]
fn a_new_account_stands_in_the_effects_and_in_the_fee() {
    for (program, cost) in [(SPL, 2_039_280), (SPL_2022, 2_248_080)] {
        let found = read(vec![
            create(&wallet(2), program),
            create(&wallet(1), program),
        ]);
        assert_eq!(found.fee.most, Uint256::from(5_000 + 2 * cost));
        let mut owners: Vec<_> = found
            .creations
            .iter()
            .map(|it| it.owner.address().to_owned())
            .collect();
        let other_way = [1, 2].map(|seed| create(&wallet(seed), program));
        assert_eq!(read(other_way.to_vec()), found);
        owners.sort();
        let mut expected = vec![text(&wallet(1)), text(&wallet(2))];
        expected.sort();
        assert_eq!(owners, expected);
        assert!(found.losses.is_empty() && found.gains.is_empty());
    }
}

#[test]
fn a_memo_is_a_note_and_a_nonce_alone_does_nothing() {
    let all: String = (b' '..=b'~').map(char::from).collect();
    let unsigned = Step::Memo {
        text: all.clone(),
        signer: None,
    };
    let found = read(vec![memo("order 4711"), unsigned]);
    assert_eq!(found.notes, ["order 4711", &all]);
    for text in [
        "",
        "a\u{1b}[2J",
        "a\nb",
        "a\u{7f}",
        "\u{202e}cba",
        "\u{61c}a",
        "a\u{200b}",
        "a\u{3164}",
        "оrder",
        "金",
    ] {
        assert_eq!(
            refused(vec![memo(text)]),
            Some(ChainCode::Unsupported),
            "{text:?}"
        );
    }
    let found = read(vec![advance()]);
    assert_eq!(
        (found.losses, found.gains, found.fee.most),
        (vec![], vec![], 5_000.into())
    );
}

#[test]
fn the_price_of_compute_units_is_rounded_up() {
    let fee = |limit: u32, price: u64| {
        read(vec![Step::ComputeLimit(limit), Step::ComputePrice(price)])
            .fee
            .most
    };
    for (limit, price, expected) in [
        (1, 1, 5_001),
        (1, 0, 5_000),
        (200_000, 5, 5_001),
        (200_000, 6, 5_002),
        (1_400_000, 1_000_000, 1_405_000),
    ] {
        assert_eq!(
            fee(limit, price),
            Uint256::from(expected),
            "{limit} at {price}"
        );
    }
    let steps = |limit: u32, price: u64| vec![Step::ComputeLimit(limit), Step::ComputePrice(price)];
    for (limit, price) in [(0, 1), (1_400_001, 1), (1_400_000, u64::MAX)] {
        assert_eq!(
            refused(steps(limit, price)),
            Some(ChainCode::Range),
            "{limit} at {price}"
        );
    }
    let unsupported = [
        vec![Step::ComputePrice(1)],
        vec![Step::ComputeLimit(1), Step::ComputeLimit(1)],
        [steps(1, 1), vec![Step::ComputePrice(1)]].concat(),
    ];
    for steps in unsupported {
        let code = message(VERSIONS[0], steps).message().map_err(|it| it.code);
        assert_eq!(code, Err(ChainCode::Unsupported));
    }
}

#[test]
fn a_token_moves_between_accounts_whose_owners_the_bytes_name() {
    let moved = |program| transfer_token(&wallet(2), program, 7);
    assert_eq!(refused(vec![create(&wallet(2), SPL), moved(SPL)]), None);
    let from_elsewhere = match moved(SPL) {
        Step::TransferToken {
            program,
            mint,
            destination,
            authority,
            amount,
            decimals,
            ..
        } => Step::TransferToken {
            source: associated(&wallet(3), SPL, &TOKEN).expect("derived"),
            program,
            mint,
            destination,
            authority,
            amount,
            decimals,
        },
        other => other,
    };
    let rows = [
        ("no owner", vec![moved(SPL)]),
        (
            "the owner only afterwards",
            vec![moved(SPL), create(&wallet(2), SPL)],
        ),
        (
            "another's account",
            vec![create(&wallet(3), SPL), moved(SPL)],
        ),
        (
            "of the other program",
            vec![create(&wallet(2), SPL_2022), moved(SPL)],
        ),
        (
            "from another's account",
            vec![create(&wallet(2), SPL), from_elsewhere],
        ),
        (
            "nothing",
            vec![create(&wallet(2), SPL), transfer_token(&wallet(2), SPL, 0)],
        ),
    ];
    for (why, steps) in rows {
        assert_eq!(refused(steps), Some(ChainCode::Unsupported), "{why}");
    }
}

#[test]
fn signatures_of_others_and_late_nonces_are_refused() {
    let theirs = [
        Step::Transfer {
            from: wallet(2),
            to: wallet(1),
            lamports: 5,
        },
        Step::AdvanceNonce {
            account: NONCE,
            authority: wallet(2),
        },
        Step::create(wallet(2), wallet(1), TOKEN, SPL).expect("derived"),
        Step::Memo {
            text: "x".to_owned(),
            signer: Some(wallet(2)),
        },
    ];
    for step in theirs {
        assert_eq!(
            refused(vec![step.clone()]),
            Some(ChainCode::Unsupported),
            "{step:?}"
        );
    }
    assert_eq!(
        refused(vec![transfer(&wallet(2), 5), advance()]),
        Some(ChainCode::Unsupported)
    );
    assert_eq!(
        refused(vec![advance(), advance()]),
        Some(ChainCode::Unsupported)
    );
    assert_eq!(refused(vec![advance(), transfer(&wallet(2), 5)]), None);
}

fn any_step() -> impl Strategy<Value = Step> {
    let program = || (0usize..2).prop_map(|at| PROGRAMS[at]);
    prop_oneof![
        (1u8..5, 1u64..).prop_map(|(to, lamports)| transfer(&wallet(to), lamports)),
        (1u8..5, program()).prop_map(|(to, program)| create(&wallet(to), program)),
        (1u8..5, program(), 1u64..).prop_map(|(to, program, amount)| transfer_token(
            &wallet(to),
            program,
            amount
        )),
        "[ -~]{1,20}".prop_map(|text| memo(&text)),
        "[ -~]{1,20}".prop_map(|text| Step::Memo { text, signer: None }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_steps_are_read_as_they_were_written(
        (version, durable, budget) in (0usize..2, any::<bool>(), any::<bool>()),
        (limit, price) in (1u32..=1_400_000, any::<u32>()),
        moves in proptest::collection::vec(any_step(), 0..7),
    ) {
        let mut steps = if durable { vec![advance()] } else { Vec::new() };
        if budget {
            steps.extend([Step::ComputeLimit(limit), Step::ComputePrice(price.into())]);
        }
        // A token goes to whom an instruction before it names.
        for step in moves {
            if let Step::TransferToken { program, .. } = step {
                steps.extend((1..5).map(|to| create(&wallet(to), program)));
            }
            steps.push(step);
        }
        let made = message(VERSIONS[version], steps);
        let Ok(bytes) = made.message() else {
            return Ok(()); // too long
        };
        prop_assert_eq!(Transaction::parse(&bytes), Ok(made));
    }
}
