//! Messages in their one encoding: keys in the order in which Solana's own tools put them, each with the least role that
//! the instructions need.

use std::collections::BTreeMap;

use jinku_chain::{ChainCode, ChainError, ChainResult};
use jinku_words::detail::solana::{MAX_COMPUTE, fee_of};
use jinku_words::{SolanaVersion, TokenProgram};

use crate::key::{Key, associated, text};
use crate::step::{Meta, Step};
use crate::wire::{Envelope, MAX_BYTES, SIGNATURES, malformed, put_length, unsupported};

/// A message of one signer, understood in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The form of the message.
    pub version: SolanaVersion,
    /// Who pays and signs.
    pub payer: Key,
    /// A recent block's hash, or what a nonce account holds.
    pub anchor: Key,
    /// What it does, in this order.
    pub steps: Vec<Step>,
}

/// Keys with their roles: who signs, and what changes.
struct Keys {
    ordered: Vec<Key>,
    signers: usize,
    read_signers: usize,
    read_others: usize,
}

impl Transaction {
    /// The message of exactly these bytes, as [`Transaction::message`] writes them.
    ///
    /// # Errors
    /// `tx.malformed`, `tx.unsupported`, `tx.range`.
    pub fn parse(bytes: &[u8]) -> ChainResult<Self> {
        let Envelope {
            version,
            payer,
            anchor,
            instructions,
        } = Envelope::parse(bytes)?;
        let steps = instructions
            .iter()
            .map(Step::of)
            .collect::<ChainResult<_>>()?;
        let found = Self {
            version,
            payer,
            anchor,
            steps,
        };
        found.check()?;
        if found.written() != bytes {
            return Err(malformed(
                "they are not written as what they say is",
                "another order, role or account, or bytes behind the end",
                "each key once, in order, with no role to spare, and accounts as they derive",
            ));
        }
        Ok(found)
    }

    /// The bytes that are signed.
    ///
    /// # Errors
    /// `tx.unsupported`, `tx.range`, as for [`Transaction::parse`].
    pub fn message(&self) -> ChainResult<Vec<u8>> {
        self.check()?;
        let bytes = self.written();
        if bytes.len() + SIGNATURES > MAX_BYTES {
            let found = format!("{} bytes", bytes.len() + SIGNATURES);
            return Err(range("its size", &found, &format!("at most {MAX_BYTES}")));
        }
        Ok(bytes)
    }

    fn written(&self) -> Vec<u8> {
        let rows: Vec<_> = self.steps.iter().map(Step::written).collect();
        let keys = Keys::of(self.payer, &rows);
        // Parsed messages have at most 256 keys, and built ones no more than eight.
        let index = |key: &Key| {
            keys.ordered
                .iter()
                .position(|it| it == key)
                .unwrap_or_default() as u8
        };
        let mut out = Vec::with_capacity(512);
        if self.version == SolanaVersion::V0 {
            out.push(0x80);
        }
        out.extend([keys.signers, keys.read_signers, keys.read_others].map(|count| count as u8));
        put_length(&mut out, keys.ordered.len());
        out.extend_from_slice(keys.ordered.as_flattened());
        out.extend_from_slice(&self.anchor);
        put_length(&mut out, rows.len());
        for (program, accounts, data) in &rows {
            out.push(index(program));
            put_length(&mut out, accounts.len());
            out.extend(accounts.iter().map(|meta| index(&meta.key)));
            put_length(&mut out, data.len());
            out.extend_from_slice(data);
        }
        if self.version == SolanaVersion::V0 {
            put_length(&mut out, 0);
        }
        out
    }

    /// Refuse what contradicts itself, and what says too little to name its effects.
    fn check(&self) -> ChainResult<()> {
        let mut named = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            match step {
                Step::AdvanceNonce { .. } if at != 0 => {
                    return Err(unsupported(
                        "a durable nonce but at first",
                        &format!("instruction {at}"),
                    ));
                }
                Step::ComputeLimit(limit) if !(1..=MAX_COMPUTE).contains(limit) => {
                    return Err(range(
                        "its compute units",
                        &limit.to_string(),
                        &format!("1 to {MAX_COMPUTE}"),
                    ));
                }
                Step::Transfer {
                    lamports: amount, ..
                }
                | Step::TransferToken { amount, .. }
                    if *amount == 0 =>
                {
                    return Err(unsupported("a transfer of nothing", "0"));
                }
                Step::CreateAccount {
                    account,
                    program,
                    mint,
                    ..
                } => named.push((*account, *program, *mint)),
                _ => {}
            }
            self.check_token(step, &named)?;
        }
        self.most_fee().map(|_| ())
    }

    /// A token moves from the payer's own account to one whose owner an instruction before has named.
    fn check_token(&self, step: &Step, named: &[(Key, TokenProgram, Key)]) -> ChainResult<()> {
        let Step::TransferToken {
            program,
            source,
            mint,
            destination,
            ..
        } = step
        else {
            return Ok(());
        };
        if associated(&self.payer, *program, mint)? != *source {
            let what = "a transfer from an account that is not derived from the payer";
            return Err(unsupported(what, &text(source)));
        }
        if !named.contains(&(*destination, *program, *mint)) {
            let what = "a transfer to a token account whose owner no instruction before it names";
            return Err(unsupported(what, &text(destination)));
        }
        Ok(())
    }

    /// Whose token account it is, as an instruction says.
    pub(crate) fn owner_of(&self, wanted: &Key) -> Option<&Key> {
        self.steps.iter().find_map(|step| match step {
            Step::CreateAccount { account, owner, .. } if account == wanted => Some(owner),
            _ => None,
        })
    }

    /// The most that it pays: its signature, its compute units, and each token account that it may make.
    ///
    /// # Errors
    /// `tx.range` beyond 64 bits, `tx.unsupported` where limit or price stand twice, or a price without a limit.
    pub fn most_fee(&self) -> ChainResult<u64> {
        let (mut limit, mut price, mut accounts) = (None, None, 0u64);
        let twice = || unsupported("a compute limit or price that stands twice", "a second one");
        let beyond = || range("its fee", "more", "at most 2^64 - 1");
        for step in &self.steps {
            match step {
                Step::ComputeLimit(_) if limit.is_some() => return Err(twice()),
                Step::ComputePrice(_) if price.is_some() => return Err(twice()),
                Step::ComputeLimit(units) => limit = Some(*units),
                Step::ComputePrice(lamports) => price = Some(*lamports),
                Step::CreateAccount { program, .. } => {
                    accounts = accounts
                        .checked_add(program.account_cost())
                        .ok_or_else(beyond)?;
                }
                _ => {}
            }
        }
        if limit.is_none() && price.is_some() {
            return Err(unsupported(
                "a price of compute units without their limit",
                "no limit",
            ));
        }
        fee_of(1, limit.unwrap_or_default(), price.unwrap_or_default())
            .and_then(|fee| fee.checked_add(accounts))
            .ok_or_else(beyond)
    }
}

impl Keys {
    /// The payer first; then who signs and changes, who only signs, what only changes, the rest; each part in the order of
    /// the bytes.
    fn of(payer: Key, rows: &[(Key, Vec<Meta>, Vec<u8>)]) -> Self {
        let mut roles: BTreeMap<Key, (bool, bool)> = BTreeMap::new();
        for (program, accounts, _) in rows {
            roles.entry(*program).or_default();
            for meta in accounts {
                let role = roles.entry(meta.key).or_default();
                *role = (role.0 || meta.signs, role.1 || meta.writes);
            }
        }
        roles.remove(&payer);
        let part = |wanted: (bool, bool)| {
            let found = roles.iter().filter(move |(_, role)| **role == wanted);
            found.map(|(key, _)| *key).collect::<Vec<_>>()
        };
        let [both, signing, changing, others] =
            [(true, true), (true, false), (false, true), (false, false)].map(part);
        Self {
            signers: 1 + both.len() + signing.len(),
            read_signers: signing.len(),
            read_others: others.len(),
            ordered: [vec![payer], both, signing, changing, others].concat(),
        }
    }
}

pub(crate) fn range(what: &str, found: &str, expected: &str) -> ChainError {
    let what = format!("a figure of the message is out of range: {what}");
    ChainError::new(ChainCode::Range, what, found, expected)
}
