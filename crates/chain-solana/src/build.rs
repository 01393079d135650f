//! From an intent and a plan to the one transaction that serves them.

use jinku_chain::{ChainCode, ChainError, ChainResult};
use jinku_words::intent::IntentKind;
use jinku_words::{Detail, Intent, Plan, SolanaToken};

use crate::codec::{Solana, on_solana};
use crate::key::{KNOWN, Key, associated, key_of, on_curve};
use crate::step::Step;
use crate::tx::Transaction;

impl Solana {
    /// What serves an intent under a plan.
    pub(crate) fn transaction(&self, intent: &Intent, plan: &Plan) -> ChainResult<Transaction> {
        on_solana(intent.chain())?;
        let (Some(Detail::Solana(detail)), Some(anchor)) = (&plan.detail, &plan.anchor) else {
            return Err(of_plan("no detail or no anchor", "those of a Solana plan"));
        };
        // Two block hashes do not exclude each other: both transactions could land.
        if plan.replaces.is_some() && detail.nonce_account.is_none() {
            let expected = "a durable nonce, which only one of both can use";
            return Err(of_plan("a replacement under a block's hash", expected));
        }
        let payer = key_of(intent.source.address(), ChainCode::Intent)?;
        let mut steps = Vec::with_capacity(5);
        if let Some(nonce) = &detail.nonce_account {
            let account = key_of(nonce, ChainCode::Plan)?;
            if account == payer || KNOWN.contains(&account) {
                return Err(of_plan(nonce, "a nonce account of its own"));
            }
            steps.push(Step::AdvanceNonce {
                account,
                authority: payer,
            });
        }
        steps.push(Step::ComputeLimit(detail.compute_limit));
        if detail.compute_price > 0 {
            steps.push(Step::ComputePrice(detail.compute_price));
        }
        steps.extend(moves(intent, payer, detail.token)?);
        Ok(Transaction {
            version: detail.version,
            payer,
            anchor: key_of(anchor, ChainCode::Plan)?,
            steps,
        })
    }
}

/// The instructions that move the asset.
fn moves(intent: &Intent, payer: Key, token: Option<SolanaToken>) -> ChainResult<Vec<Step>> {
    let refused = |what: &str, found: String, expected: &str| {
        let what = format!("no transaction of this chain serves the intent: {what}");
        Err(ChainError::new(ChainCode::Intent, what, found, expected))
    };
    if intent.kind != IntentKind::Transfer {
        return refused("the kind", intent.kind.as_str().to_owned(), "a transfer");
    }
    let amount = intent.amount.to_u64().unwrap_or_default();
    if amount == 0 {
        return refused("the amount", intent.amount.to_string(), "1 to 2^64 - 1");
    }
    let to = key_of(intent.destination.address(), ChainCode::Intent)?;
    let destination = || intent.destination.to_string();
    if KNOWN.contains(&to) {
        return refused(
            "the destination",
            destination(),
            "an account, not a program",
        );
    }
    match (intent.asset.namespace(), token) {
        ("slip44", None) => Ok(vec![Step::Transfer {
            from: payer,
            to,
            lamports: amount,
        }]),
        ("token", Some(SolanaToken { program, decimals })) => {
            let mint = key_of(intent.asset.reference(), ChainCode::Intent)?;
            if mint == to {
                return refused("the destination", destination(), "not the token itself");
            }
            if !on_curve(&to) {
                let expected = "a wallet; this is derived by a program, as token accounts are";
                return refused("the destination", destination(), expected);
            }
            Ok(vec![
                Step::create(payer, to, mint, program)?,
                Step::TransferToken {
                    program,
                    source: associated(&payer, program, &mint)?,
                    mint,
                    destination: associated(&to, program, &mint)?,
                    authority: payer,
                    amount,
                    decimals,
                },
            ])
        }
        _ => Err(of_plan(
            "a token without its asset, or the reverse",
            "program and decimals for a token alone",
        )),
    }
}

fn of_plan(found: &str, expected: &str) -> ChainError {
    let what = "a plan does not serve its intent";
    ChainError::new(ChainCode::Plan, what, found, expected)
}
