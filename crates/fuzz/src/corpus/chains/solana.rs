//! Seeds of Solana messages: each instruction that is read, in both versions, and a signed transfer.

use jinku_chain_solana::{Key, Step, Transaction, associated};
use jinku_words::{SolanaVersion, TokenProgram};

use super::super::{Seeds, with_nasty};

const PAYER: Key = [7; 32];
const OTHER: Key = [9; 32];
const MINT: Key = [3; 32];

/// Creation and transfer of a token; none when no account can be derived.
fn token(program: TokenProgram) -> Option<Vec<Step>> {
    let created = Step::create(PAYER, OTHER, MINT, program).ok()?;
    let moved = Step::TransferToken {
        program,
        source: associated(&PAYER, program, &MINT).ok()?,
        mint: MINT,
        destination: associated(&OTHER, program, &MINT).ok()?,
        authority: PAYER,
        amount: 1_000_007,
        decimals: 6,
    };
    Some(vec![created, moved])
}

fn steps() -> Vec<Vec<Step>> {
    let nonce = Step::AdvanceNonce {
        account: OTHER,
        authority: PAYER,
    };
    let transfer = Step::Transfer {
        from: PAYER,
        to: OTHER,
        lamports: 300,
    };
    let memo = |signer| Step::Memo {
        text: "order 4711".to_owned(),
        signer,
    };
    let budget = vec![Step::ComputeLimit(60_000), Step::ComputePrice(25_001)];
    let mut all = vec![
        vec![nonce, transfer.clone()],
        [budget, vec![transfer.clone(), memo(None)]].concat(),
        vec![transfer, memo(Some(PAYER))],
    ];
    all.extend(
        [TokenProgram::Token, TokenProgram::Token2022]
            .into_iter()
            .filter_map(token),
    );
    all
}

pub(crate) fn messages() -> Seeds {
    let versions = [SolanaVersion::Legacy, SolanaVersion::V0];
    let of = |version| {
        steps().into_iter().filter_map(move |steps| {
            let made = Transaction {
                version,
                payer: PAYER,
                anchor: [5; 32],
                steps,
            };
            made.message().ok()
        })
    };
    with_nasty(versions.into_iter().flat_map(of).collect())
}

/// The published transfer (solana-web3.js, MIT), and the others under a signature that is none.
pub(crate) fn signed() -> Seeds {
    let published = "015b84ad01da5efd121b4fcf721ba77f11cab7cc0c45f319cea574b640b9a8eea8c18c56536bfcef50285b2c06a0542be33faaffb984f2522e7cd97f9318fe9d0d010001031398f62c6d1a457c51ba6a4b5f3dbd2f69fca93216218dc8997e416bd17d93cafd439fccb66727f289c5c6de3bc4a8fe5dd5d77770bc8ff15c3eeedcb14af3fc0000000000000000000000000000000000000000000000000000000000000000c49ae77603782054f17a9decea43b444eba0edb12c6f1d31c6e0e4a84bf052eb01020200010c020000003100000000000000";
    let under = |message: Vec<u8>| [vec![1], vec![9; 64], message].concat();
    let mut all: Seeds = messages().into_iter().map(under).collect();
    all.extend(hex::decode(published));
    with_nasty(all)
}
