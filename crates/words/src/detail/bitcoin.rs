//! The detail of a Bitcoin plan: what `inputs` and `change` leave open of the one transaction.

use serde_json::{Value, json};

use crate::caip::AccountId;
use crate::error::Result;
use crate::plan::{Curve, MAX_PARTS, Plan};
use crate::shape::{Fields, HEX_BYTES, KEY_PROGRAM, value_error};

/// The sequence numbers that a plan may have: replaceable (BIP-125), with a lock time, and neither. None of them locks
/// relative to the spent output (BIP-68).
pub const SEQUENCES: [u32; 3] = [0xffff_fffd, 0xffff_fffe, 0xffff_ffff];

/// What an input carries beside its outpoint and value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BitcoinInput {
    /// Whose output it spends; the address says which script.
    pub account: AccountId,
    /// One of [`SEQUENCES`].
    pub sequence: u32,
    /// The witness program of a key that a P2SH address wraps (BIP-141), 44 hex digits; its hash is all that the address says.
    pub redeem_script: Option<String>,
    /// The transaction that made the output, in hex. SegWit v0 signs only an input's own value, so what another input is
    /// worth has to be proven by it.
    pub previous_transaction: Option<String>,
}

/// What a Bitcoin transaction carries beside outpoints, payment and change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BitcoinDetail {
    /// The transaction's version, 1 to 3.
    pub version: u32,
    /// The height or time before which it is not valid.
    pub lock_time: u32,
    /// One for each input of the plan, in its order.
    pub inputs: Vec<BitcoinInput>,
    /// At which outputs the change stands, one for each, ascending; the payment takes the place that is left.
    pub change_at: Vec<usize>,
}

impl BitcoinDetail {
    pub(crate) fn take(mut fields: Fields) -> Result<Self> {
        let word = u64::from(u32::MAX);
        let detail = Self {
            version: narrow(fields.small("version", word)?),
            lock_time: narrow(fields.small("lock_time", word)?),
            inputs: fields.each("inputs", MAX_PARTS, |item| {
                Ok(BitcoinInput {
                    account: item.word("account")?,
                    sequence: narrow(item.small("sequence", word)?),
                    redeem_script: item.optional("redeem_script", Fields::text)?,
                    previous_transaction: item.optional("previous_transaction", Fields::text)?,
                })
            })?,
            change_at: fields
                .strings("change_at", MAX_PARTS)?
                .iter()
                .map(|text| position(text))
                .collect::<Result<_>>()?,
        };
        fields.end()?;
        Ok(detail)
    }

    pub(crate) fn to_value(&self) -> Value {
        let input = |item: &BitcoinInput| {
            json!({
                "account": item.account.to_string(),
                "previous_transaction": item.previous_transaction,
                "redeem_script": item.redeem_script,
                "sequence": item.sequence.to_string(),
            })
        };
        json!({
            "change_at": self.change_at.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "inputs": self.inputs.iter().map(input).collect::<Vec<_>>(),
            "lock_time": self.lock_time.to_string(),
            "version": self.version.to_string(),
        })
    }

    /// Refuse parts of the plan that contradict it.
    pub(crate) fn check_plan(&self, plan: &Plan) -> Result<()> {
        self.check_figures()?;
        self.check_inputs(plan)?;
        self.check_change(plan.change.len())?;
        let strays = [
            ("plan.nonce", plan.nonce.is_some()),
            ("plan.anchor", plan.anchor.is_some()),
            ("plan.valid_until_height", plan.valid_until_height.is_some()),
        ];
        if let Some((place, _)) = strays.into_iter().find(|(_, stray)| *stray) {
            return Err(value_error(place, "a value", "none in a Bitcoin plan"));
        }
        let ours = |curve: Curve| curve == Curve::Secp256k1;
        let signed = plan.payloads.len() == plan.inputs.len();
        if !signed || !plan.payloads.iter().all(|item| ours(item.curve)) {
            let found = format!("{} payloads", plan.payloads.len());
            let expected = "one on secp256k1 for each input of a Bitcoin plan";
            return Err(value_error("plan.payloads", found, expected));
        }
        Ok(())
    }

    fn check_figures(&self) -> Result<()> {
        if !(1..=3).contains(&self.version) {
            let found = self.version.to_string();
            return Err(value_error("plan.detail.version", found, "1 to 3"));
        }
        let last = SEQUENCES[2];
        if self.lock_time != 0 && self.inputs.iter().all(|item| item.sequence == last) {
            let expected = format!("0 where every sequence is {last}, which switches it off");
            return Err(value_error(
                "plan.detail.lock_time",
                self.lock_time.to_string(),
                expected,
            ));
        }
        Ok(())
    }

    fn check_inputs(&self, plan: &Plan) -> Result<()> {
        let place = "plan.detail.inputs";
        if self.inputs.is_empty() || self.inputs.len() != plan.inputs.len() {
            let found = format!("{} items", self.inputs.len());
            let expected = format!(
                "as many as plan.inputs, {}, and at least 1",
                plan.inputs.len()
            );
            return Err(value_error(place, found, expected));
        }
        for item in &self.inputs {
            if *item.account.chain() != plan.chain {
                let found = item.account.to_string();
                let place = "plan.detail.inputs.account";
                return Err(value_error(
                    place,
                    found,
                    format!("an account on {}", plan.chain),
                ));
            }
            if !SEQUENCES.contains(&item.sequence) {
                let expected = SEQUENCES.map(|it| it.to_string()).join(", ");
                let place = "plan.detail.inputs.sequence";
                return Err(value_error(place, item.sequence.to_string(), expected));
            }
            if let Some(script) = &item.redeem_script {
                KEY_PROGRAM.check(script, "plan.detail.inputs.redeem_script")?;
            }
            if let Some(previous) = &item.previous_transaction {
                HEX_BYTES.check(previous, "plan.detail.inputs.previous_transaction")?;
            }
        }
        Ok(())
    }

    fn check_change(&self, count: usize) -> Result<()> {
        let ascending = self.change_at.windows(2).all(|pair| pair[0] < pair[1]);
        let within = self.change_at.last().is_none_or(|last| *last <= count);
        if self.change_at.len() == count && ascending && within {
            return Ok(());
        }
        let found = format!("{:?}", self.change_at);
        let expected = format!("{count} different places of 0 to {count}, ascending");
        Err(value_error("plan.detail.change_at", found, expected))
    }
}

/// A figure that was bounded when it was read.
fn narrow(figure: u64) -> u32 {
    u32::try_from(figure).unwrap_or(u32::MAX)
}

fn position(text: &str) -> Result<usize> {
    let canonical = |place: &usize| place.to_string() == text;
    let place = text.parse().ok().filter(canonical);
    place.ok_or_else(|| {
        let expected = "a decimal number";
        value_error("plan.detail.change_at", format!("{text:?}"), expected)
    })
}
