//! What a transaction weighs once it is signed (BIP-141), and which outputs are too small to be passed on.

use jinku_chain::{ChainCode, ChainError, ChainResult, Unsigned};

use crate::codec::{Bitcoin, parsed};
use crate::spend::{Lock, Spend};

/// The rate at which Bitcoin Core's relay policy measures dust, in satoshi a byte (`DUST_RELAY_TX_FEE`).
const DUST_RATE: u64 = 3;

/// The least value that an output of this script may have: below it, spending it would cost more than it is worth.
pub(crate) fn dust(script: &[u8]) -> u64 {
    let output = 9 + script.len() as u64;
    let witness = matches!(script, [0 | 0x51..=0x60, 2..=40, ..]);
    let input = if witness { 67 } else { 148 };
    DUST_RATE * (output + input)
}

impl Bitcoin {
    /// The most virtual bytes that a transaction has once it is signed: what a fee rate is over.
    ///
    /// # Errors
    /// Those of [`jinku_chain::Codec::summarise`].
    pub fn most_virtual_bytes(&self, unsigned: &Unsigned) -> ChainResult<u64> {
        Ok(most_weight(&parsed(unsigned)?.0).div_ceil(4))
    }

    /// Holds when a transaction may take the place of another in the memory pools (BIP-125, rules 2 to 4, without new
    /// unconfirmed inputs, which bytes do not show): it spends one output that the other spends, at least, and pays more:
    /// the other's fee and one satoshi for each of its own virtual bytes, at a higher rate. Where several came before it, it has
    /// to hold for each of them: two that share no input can both be mined.
    ///
    /// # Errors
    /// `tx.plan` when it does not, and those of [`jinku_chain::Codec::summarise`].
    pub fn replaces(&self, old: &Unsigned, new: &Unsigned) -> ChainResult<()> {
        let (before, after) = (parsed(old)?.0, parsed(new)?.0);
        let spends = |at: &Spend| -> Vec<_> {
            let inputs = at.transaction.inputs.iter();
            inputs.map(|input| input.outpoint).collect()
        };
        let taken = spends(&before);
        let refused = |found: String, expected: String| {
            let what = "a transaction does not replace another";
            Err(ChainError::new(ChainCode::Plan, what, found, expected))
        };
        if !spends(&after).iter().any(|it| taken.contains(it)) {
            return refused(
                "no output that the other spends".into(),
                "at least one".into(),
            );
        }
        let (weight, light) = (most_weight(&after), most_weight(&before));
        let (fee, paid) = (after.fee()?, before.fee()?);
        let least = paid.saturating_add(weight.div_ceil(4));
        if fee < least {
            return refused(format!("a fee of {fee}"), format!("at least {least}"));
        }
        if u128::from(fee) * u128::from(light) <= u128::from(paid) * u128::from(weight) {
            let expected = format!("a higher rate than {paid} for {light} weight units");
            return refused(format!("{fee} for {weight}"), expected);
        }
        Ok(())
    }
}

/// Weight with the largest low-s signatures.
fn most_weight(spend: &Spend) -> u64 {
    let bare = spend.transaction.bare().len() as u64 * 4;
    let signed = |lock: &Lock| match lock {
        // Count, DER signature of 71 bytes and its hash type, key, each after its length.
        Lock::Key(_) => 1 + 73 + 34,
        // The same, and the program in the script's input, which weighs four times.
        Lock::Wrapped(_) => 1 + 73 + 34 + 4 * 23,
        Lock::Taproot(_) => 1 + 65,
    };
    bare + 2 + spend.locks.iter().map(signed).sum::<u64>()
}
