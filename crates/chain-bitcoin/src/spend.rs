//! A transaction together with what it spends: all of it known, or it is not read.

use std::collections::{BTreeMap, HashSet};

use jinku_address::{address_of_script, script_hash};
use jinku_chain::{ChainCode, ChainError, ChainResult, Effects, Fee, Part};
use jinku_words::{AccountId, AssetId, ChainId, Uint256};

use crate::bytes::{hex, malformed, unsupported};
use crate::psbt::{Psbt, PsbtInput};
use crate::sighash::{ALL, DEFAULT, Shared};
use crate::tx::{Transaction, TxIn, TxOut, in_range};

/// How an input is unlocked by one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// P2WPKH: the hash of the key.
    Key([u8; 20]),
    /// P2SH over P2WPKH: the hash of the key.
    Wrapped([u8; 20]),
    /// P2TR: the output key.
    Taproot([u8; 32]),
}

/// A transaction and what it spends.
pub(crate) struct Spend {
    pub(crate) transaction: Transaction,
    pub(crate) spent: Vec<TxOut>,
    pub(crate) locks: Vec<Lock>,
    /// Whose each input is.
    pub(crate) owners: Vec<AccountId>,
}

impl Spend {
    /// What a PSBT spends for the account that pays its fee.
    pub(crate) fn of(psbt: Psbt, payer: &AccountId) -> ChainResult<Self> {
        let Psbt {
            transaction,
            inputs,
            ..
        } = psbt;
        if transaction.inputs.is_empty() || transaction.outputs.is_empty() {
            let expected = "at least one of each";
            return Err(malformed("no input or no output", "none", expected));
        }
        if !(1..=3).contains(&transaction.version) {
            let found = transaction.version.to_string();
            return Err(unsupported("the version of a transaction", found, "1 to 3"));
        }
        let different: HashSet<_> = transaction.inputs.iter().map(|it| it.outpoint).collect();
        if different.len() != transaction.inputs.len() {
            return Err(malformed("an output is spent twice", "", "each once"));
        }
        let mut found = Self {
            spent: Vec::new(),
            locks: Vec::new(),
            owners: Vec::new(),
            transaction,
        };
        let mut proven = 0;
        for (about, input) in inputs.iter().zip(&found.transaction.inputs) {
            relative_lock(found.transaction.version, input.sequence)?;
            let (spent, by_previous) = spent_by(about, input)?;
            proven += usize::from(by_previous);
            let lock = lock_of(about, &spent)?;
            hash_type(about, lock)?;
            found.owners.push(account_of(payer.chain(), &spent)?);
            found.locks.push(lock);
            found.spent.push(spent);
        }
        found.check_proven(payer, proven)?;
        Ok(found)
    }

    /// Refuse inputs whose values nothing proves. SegWit v0 signs the value of its own input alone, so somebody who lies about
    /// two of them in turn could put together signatures that pay a fee nobody was shown (BIP-341, rationale). The values
    /// stand where there is one input only, where all previous transactions are here, or where the payer signs by
    /// taproot: that signature is over every value, and no other signer could replace it.
    fn check_proven(&self, payer: &AccountId, proven: usize) -> ChainResult<()> {
        let count = self.locks.len();
        let mut ours = self.locks.iter().zip(&self.owners);
        let taproot = ours.any(|(lock, it)| matches!(lock, Lock::Taproot(_)) && it == payer);
        if count == 1 || proven == count || taproot {
            return Ok(());
        }
        let found = format!("{proven} previous transactions for {count} inputs");
        let expected = "every previous transaction: SegWit v0 signs its own input's value only";
        Err(unsupported(
            "what the inputs are worth is not proven",
            found,
            expected,
        ))
    }

    /// What each input's key signs.
    pub(crate) fn digests(&self) -> Vec<[u8; 32]> {
        let shared = Shared::new(&self.transaction, &self.spent);
        let digest = |(at, lock): (usize, &Lock)| match lock {
            Lock::Key(hash) | Lock::Wrapped(hash) => shared.segwit(at, hash),
            Lock::Taproot(_) => shared.taproot(at, DEFAULT),
        };
        self.locks.iter().enumerate().map(digest).collect()
    }

    /// What is left for the miner.
    pub(crate) fn fee(&self) -> ChainResult<u64> {
        let (paid, got) = (total(&self.spent)?, total(&self.transaction.outputs)?);
        paid.checked_sub(got).ok_or_else(|| {
            let (found, expected) = (got.to_string(), format!("at most {paid}"));
            ChainError::new(ChainCode::Range, "outputs exceed inputs", found, expected)
        })
    }

    /// Everything that it does. What comes back to the payer is change; what comes back to anybody else stands on both
    /// sides, so that no foreign input hides behind an output of the same value.
    pub(crate) fn effects(&self, payer: &AccountId, coin: AssetId) -> ChainResult<Effects> {
        let fee = self.fee()?;
        let (mut losses, mut gains) = (BTreeMap::new(), BTreeMap::new());
        for (spent, owner) in self.spent.iter().zip(&self.owners) {
            *losses.entry(owner.clone()).or_insert(0) += spent.value;
        }
        for output in &self.transaction.outputs {
            *gains.entry(account_of(payer.chain(), output)?).or_insert(0) += output.value;
        }
        let paid = losses.remove(payer).unwrap_or(0);
        let back = gains.remove(payer).unwrap_or(0);
        let lost = paid.checked_sub(back).and_then(|it| it.checked_sub(fee));
        let lost = lost.ok_or_else(|| {
            let what = "the fee is not paid by the account";
            let found = format!("{paid} in, {back} back, fee {fee}");
            unsupported(what, found, format!("inputs of {payer} that cover it"))
        })?;
        losses.insert(payer.clone(), lost);
        let fee = Fee {
            account: payer.clone(),
            asset: coin.clone(),
            most: fee.into(),
        };
        let mut effects = Effects::new(payer.chain().clone(), fee);
        // Sorted by account, as parts are, which have one asset here.
        let parts = |sums: BTreeMap<AccountId, u64>| {
            let part = |(account, sum): (AccountId, u64)| Part {
                account,
                asset: coin.clone(),
                or_else: None,
                amount: Uint256::from(sum),
            };
            let some = sums.into_iter().filter(|(_, sum)| *sum != 0);
            some.map(part).collect()
        };
        effects.losses = parts(losses);
        effects.gains = parts(gains);
        Ok(effects)
    }
}

/// The sum, within all the coins there are.
fn total(parts: &[TxOut]) -> ChainResult<u64> {
    let add = |sum: u64, part: &TxOut| in_range(sum.saturating_add(part.value));
    parts.iter().try_fold(0, add)
}

/// Refuse a lock relative to the age of what is spent (BIP-68).
fn relative_lock(version: u32, sequence: u32) -> ChainResult<()> {
    if version < 2 || sequence >> 31 == 1 {
        return Ok(());
    }
    let what = "an input is locked by the age of what it spends";
    Err(unsupported(what, sequence.to_string(), "no relative lock"))
}

/// The output that an input spends, and whether the transaction that made it is here.
fn spent_by(about: &PsbtInput, input: &TxIn) -> ChainResult<(TxOut, bool)> {
    let spent = about.made_by_previous(input)?.or(about.spent.clone());
    let spent = spent.ok_or_else(|| {
        let expected = "its value and script";
        unsupported("a spent output is not known", "nothing", expected)
    })?;
    Ok((spent, about.previous.is_some()))
}

fn lock_of(about: &PsbtInput, spent: &TxOut) -> ChainResult<Lock> {
    let redeem = about.redeem_script.as_deref();
    match (&spent.script[..], redeem) {
        ([0, 20, hash @ ..], None) => sized(hash).map(Lock::Key),
        ([0x51, 32, output @ ..], None) => sized(output).map(Lock::Taproot),
        ([0xa9, 20, hash @ .., 0x87], Some(redeem)) => {
            let [0, 20, key @ ..] = redeem else {
                let expected = "the witness program of one key";
                return Err(unsupported("a wrapped script", hex(redeem), expected));
            };
            if hash != script_hash(redeem) {
                let what = "a redeem script is not the one whose hash is spent";
                return Err(malformed(
                    what,
                    hex(redeem),
                    format!("one of hash {}", hex(hash)),
                ));
            }
            sized(key).map(Lock::Wrapped)
        }
        (script, _) => {
            let expected = "P2WPKH, P2TR, or P2WPKH in P2SH with its redeem script";
            Err(unsupported(
                "a spent output of another kind",
                hex(script),
                expected,
            ))
        }
    }
}

fn sized<const N: usize>(program: &[u8]) -> ChainResult<[u8; N]> {
    program.try_into().map_err(|_| {
        let expected = format!("{N} bytes");
        unsupported("the program of a spent output", hex(program), expected)
    })
}

/// Refuse a signature over less than everything.
fn hash_type(about: &PsbtInput, lock: Lock) -> ChainResult<()> {
    let only = match lock {
        Lock::Key(_) | Lock::Wrapped(_) => u32::from(ALL),
        Lock::Taproot(_) => u32::from(DEFAULT),
    };
    match about.hash_type {
        Some(other) if other != only => {
            let (found, expected) = (format!("{other:#04x}"), format!("{only:#04x}"));
            Err(unsupported("a hash type", found, expected))
        }
        _ => Ok(()),
    }
}

/// Whose an output is.
fn account_of(chain: &ChainId, output: &TxOut) -> ChainResult<AccountId> {
    let elsewhere = |error: jinku_address::AddressError| {
        let (what, found) = ("a chain is not Bitcoin's", error.to_string());
        ChainError::new(ChainCode::OtherChain, what, found, "a bip122 chain")
    };
    let script = &output.script;
    // It would be in no sum, so nobody would see whose it is.
    if output.value == 0 && script.first() != Some(&0x6a) {
        let expected = "at least 1 satoshi";
        return Err(unsupported("an output of nothing", hex(script), expected));
    }
    let address = address_of_script(&chain.to_string(), script).map_err(elsewhere)?;
    let address = address.ok_or_else(|| {
        let what = match script.first() {
            Some(0x6a) => "an output carries data (OP_RETURN), which no effect shows",
            _ => "an output has no address",
        };
        unsupported(what, hex(script), "P2PKH, P2SH, P2WPKH, P2WSH or P2TR")
    })?;
    AccountId::new(chain.clone(), &address)
        .map_err(|error| ChainError::of_word(ChainCode::OtherChain, &error))
}
