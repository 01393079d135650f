//! From an instruction to what it is: a closed list, by program and the first bytes of the data.

use jinku_chain::{ChainError, ChainResult};
use jinku_words::TokenProgram;

use crate::key::{ASSOCIATED, COMPUTE_BUDGET, Key, MEMO, SYSTEM, TOKEN, TOKEN_2022, text};
use crate::step::Step;
use crate::wire::{Raw, unsupported};

impl Step {
    /// The instruction that these bytes are. Roles, and accounts that follow from the rest, are compared when the message
    /// is written again.
    pub(crate) fn of(raw: &Raw) -> ChainResult<Self> {
        match raw.program {
            SYSTEM => system(raw),
            COMPUTE_BUDGET => compute(raw),
            ASSOCIATED => creation(raw),
            TOKEN => token(raw, TokenProgram::Token),
            TOKEN_2022 => token(raw, TokenProgram::Token2022),
            MEMO => memo(raw),
            other => Err(unsupported("a call of another program", &text(&other))),
        }
    }
}

/// Exactly so many accounts.
fn accounts<const N: usize>(raw: &Raw) -> ChainResult<&[Key; N]> {
    raw.accounts[..].try_into().map_err(|_| {
        let what = format!(
            "an instruction of {} with other accounts",
            text(&raw.program)
        );
        unsupported(&what, &format!("{} instead of {N}", raw.accounts.len()))
    })
}

fn other(raw: &Raw) -> ChainError {
    let start: String = raw
        .data
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let what = format!("another instruction of {}", text(&raw.program));
    unsupported(&what, &start)
}

fn system(raw: &Raw) -> ChainResult<Step> {
    match &raw.data[..] {
        [2, 0, 0, 0, lamports @ ..] if lamports.len() == 8 => {
            let [from, to] = *accounts(raw)?;
            let lamports = number(lamports);
            Ok(Step::Transfer { from, to, lamports })
        }
        [4, 0, 0, 0] => {
            let [account, _, authority] = *accounts(raw)?;
            Ok(Step::AdvanceNonce { account, authority })
        }
        _ => Err(other(raw)),
    }
}

fn compute(raw: &Raw) -> ChainResult<Step> {
    let [] = *accounts(raw)?;
    match raw.data[..] {
        [2, a, b, c, d] => Ok(Step::ComputeLimit(u32::from_le_bytes([a, b, c, d]))),
        [3, ref price @ ..] if price.len() == 8 => Ok(Step::ComputePrice(number(price))),
        _ => Err(other(raw)),
    }
}

/// Only the idempotent form: a plain creation fails where the account is there.
fn creation(raw: &Raw) -> ChainResult<Step> {
    if raw.data != [1] {
        return Err(other(raw));
    }
    let [payer, _, owner, mint, _, keeper] = *accounts(raw)?;
    let program = match keeper {
        TOKEN => TokenProgram::Token,
        TOKEN_2022 => TokenProgram::Token2022,
        other => return Err(unsupported("a token of another program", &text(&other))),
    };
    Step::create(payer, owner, mint, program)
}

fn token(raw: &Raw, program: TokenProgram) -> ChainResult<Step> {
    let (amount, decimals) = match (program, &raw.data[..]) {
        (TokenProgram::Token, [12, rest @ ..]) if rest.len() == 9 => (number(&rest[..8]), rest[8]),
        (TokenProgram::Token2022, [26, 1, rest @ .., 0, 0, 0, 0, 0, 0, 0, 0])
            if rest.len() == 9 =>
        {
            (number(&rest[..8]), rest[8])
        }
        (TokenProgram::Token2022, [3 | 12, ..]) => {
            let what = "a transfer of Token-2022 that does not rule out a fee of the mint";
            return Err(unsupported(what, "Transfer or TransferChecked"));
        }
        _ => return Err(other(raw)),
    };
    let [source, mint, destination, authority] = *accounts(raw)?;
    Ok(Step::TransferToken {
        program,
        source,
        mint,
        destination,
        authority,
        amount,
        decimals,
    })
}

/// Printable ASCII alone: in other letters two texts can look the same, or one move the cursor of who reads it.
fn memo(raw: &Raw) -> ChainResult<Step> {
    let signer = match raw.accounts[..] {
        [] => None,
        [signer] => Some(signer),
        _ => {
            return Err(unsupported(
                "a memo of several signers",
                &raw.accounts.len().to_string(),
            ));
        }
    };
    let text = String::from_utf8_lossy(&raw.data).into_owned();
    if text.is_empty() || !raw.data.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return Err(unsupported(
            "a memo that is no plain text",
            &format!("{} bytes", raw.data.len()),
        ));
    }
    Ok(Step::Memo { text, signer })
}

/// Up to eight bytes, the lowest first.
fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}
