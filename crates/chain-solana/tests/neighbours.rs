//! Instructions beside those that are read, put into the place of one that is: each is refused.

mod common;

use common::*;
use jinku_chain::ChainCode;
use jinku_chain_solana::{Step, Transaction, associated};
use jinku_words::TokenProgram;

const SPL: TokenProgram = TokenProgram::Token;
const SPL_2022: TokenProgram = TokenProgram::Token2022;

/// What is said to the message in which `to` stands for the last `from`.
fn swapped(steps: &[Step], from: &[u8], to: &[u8]) -> Result<Transaction, (ChainCode, String)> {
    let made = message(VERSIONS[1], steps.to_vec());
    let bytes = made.message().expect("a message");
    let at = bytes
        .windows(from.len())
        .rposition(|it| it == from)
        .expect("there");
    let other = [&bytes[..at], to, &bytes[at + from.len()..]].concat();
    Transaction::parse(&other).map_err(|error| (error.code, error.what))
}

fn token(program: TokenProgram) -> Vec<Step> {
    vec![
        create(&wallet(2), program),
        transfer_token(&wallet(2), program, 7),
    ]
}

/// Approvals, new owners, closed accounts and burnt tokens are among them.
#[test]
fn every_other_instruction_of_a_read_program_is_refused() {
    // The data with its length before it, and which of its bytes is turned over.
    let rows: [(Vec<Step>, &[u8], usize); 7] = [
        (token(SPL), &[10, 12, 7, 0], 1),
        (token(SPL_2022), &[19, 26, 1, 7], 1),
        (token(SPL_2022), &[19, 26, 1, 7], 2),
        (vec![create(&wallet(2), SPL)], &[1, 1, 0], 1),
        (vec![Step::ComputeLimit(9)], &[5, 2, 9, 0], 1),
        (vec![advance()], &[4, 4, 0, 0, 0], 1),
        (vec![transfer(&wallet(2), 5)], &[12, 2, 0, 0, 0, 5], 1),
    ];
    for (steps, from, at) in rows {
        for byte in 0..=u8::MAX {
            let mut to = from.to_vec();
            to[at] = byte;
            let code = swapped(&steps, from, &to).err().map(|(code, _)| code);
            let expected = (byte != from[at]).then_some(ChainCode::Unsupported);
            assert_eq!(code, expected, "{byte} in {from:?}");
        }
    }
}

#[test]
fn other_forms_of_the_read_instructions_are_refused() {
    let amount = [7, 0, 0, 0, 0, 0, 0, 0];
    let with_fee = [&[19, 26, 1][..], &amount, &[6], &[0; 8]].concat();
    let refused = |steps: &[Step], from: &[u8], to: &[&[u8]]| {
        let (code, what) = swapped(steps, from, &to.concat()).expect_err("read");
        assert_eq!(code, ChainCode::Unsupported, "{what}");
        what
    };
    let (ours, theirs) = (token(SPL_2022), token(SPL));
    let what = refused(&ours, &with_fee, &[&[10, 12], &amount, &[6]]);
    assert!(what.contains("fee of the mint"), "{what}");
    let what = refused(&ours, &with_fee, &[&[9, 3], &amount]);
    assert!(what.contains("fee of the mint"), "{what}");
    for fee in [[1, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 1]] {
        refused(&ours, &with_fee, &[&[19, 26, 1], &amount, &[6], &fee]);
    }
    let checked = [&[10, 12][..], &amount, &[6]].concat();
    refused(&theirs, &checked, &[&[9, 3], &amount]);
    refused(&theirs, &checked, &[&[11, 12], &amount, &[6, 0]]);
    refused(&theirs, &checked, &[&with_fee]);
    // A plain creation, which other tools write with no data.
    refused(&ours[..1], &[1, 1, 0], &[&[0, 0]]);
    // Limit and price with bytes to spare, and the nonce's withdrawal.
    let budget = [Step::ComputeLimit(9), Step::ComputePrice(5)];
    refused(&budget[..1], &[5, 2, 9, 0, 0, 0], &[&[6, 2, 9, 0, 0, 0, 0]]);
    refused(&budget, &[9, 3, 5, 0, 0, 0], &[&[5, 3, 5, 0, 0, 0]]);
    refused(
        &[advance()],
        &[4, 4, 0, 0, 0],
        &[&[12, 5, 0, 0, 0], &[1; 8]],
    );
    refused(&[advance()], &[4, 4, 0, 0, 0], &[&[5, 4, 0, 0, 0, 0]]);
}

#[test]
fn other_programs_and_several_signers_are_refused() {
    let key = |text| bs58::decode(text).into_vec().expect("a key");
    let token = key("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
    let program = key("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");
    let (made, note) = ([create(&wallet(2), SPL)], [memo("x")]);
    let rows: [(&[Step], &[u8], &[u8]); 3] = [
        (&made, &token, &[9; 32]),
        (&note, &program, &[9; 32]),
        (&note, &[1, 1, 0, 1, b'x'], &[1, 2, 0, 0, 1, b'x']),
    ];
    for (steps, from, to) in rows {
        let code = swapped(steps, from, to).map_err(|(code, _)| code);
        assert_eq!(code, Err(ChainCode::Unsupported), "{to:02x?}");
    }
}

/// What an instruction names although it follows from the rest has to be what follows.
#[test]
fn accounts_that_do_not_follow_are_refused() {
    let of = |owner: u8, program| associated(&wallet(owner), program, &TOKEN).expect("derived");
    let sysvar = bs58::decode("SysvarRecentB1ockHashes11111111111111111111");
    let sysvar = sysvar.into_vec().expect("a key");
    let other_sysvar = [&sysvar[..31], &[1]].concat();
    let made = [create(&wallet(2), SPL)];
    let rows: [(&[Step], &[u8], &[u8]); 5] = [
        (&made, &wallet(2), &wallet(3)),
        (&made, &of(2, SPL), &of(3, SPL)),
        (&made, &of(2, SPL), &of(2, SPL_2022)),
        (&made, &[0; 32], &[1; 32]),
        (&[advance()], &sysvar, &other_sysvar),
    ];
    for (steps, from, to) in rows {
        let code = swapped(steps, from, to).map_err(|(code, _)| code);
        assert_eq!(code, Err(ChainCode::Malformed), "{to:02x?}");
    }
}
