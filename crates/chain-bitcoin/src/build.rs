//! From an intent and a plan to the one transaction that serves them.

use jinku_address::{Format, validate};
use jinku_chain::{ChainCode, ChainError, ChainResult, Codec};
use jinku_words::intent::IntentKind;
use jinku_words::{AccountId, BitcoinDetail, BitcoinInput, Detail, Intent, Plan, Uint256};

use crate::codec::Bitcoin;
use crate::psbt::{Psbt, PsbtInput};
use crate::tx::{MAX_MONEY, OutPoint, Transaction, TxIn, TxOut};
use crate::weigh::dust;

/// The sequence that says that a transaction may be replaced (BIP-125).
const REPLACEABLE: u32 = 0xffff_fffd;
/// The version whose transactions may always be replaced (BIP-431).
const TRUC: u32 = 3;

impl Bitcoin {
    /// The transaction of an intent under a plan, with what it spends.
    pub(crate) fn made(&self, intent: &Intent, plan: &Plan) -> ChainResult<Psbt> {
        let payment = self.payment(intent)?;
        plan.check()
            .map_err(|error| ChainError::of_word(ChainCode::Plan, &error))?;
        let Some(Detail::Bitcoin(detail)) = &plan.detail else {
            return Err(of_plan("no detail", "that of a Bitcoin plan"));
        };
        may_be_replaced(intent, detail)?;
        let (mut inputs, mut about) = (Vec::new(), Vec::new());
        for (input, more) in plan.inputs.iter().zip(&detail.inputs) {
            inputs.push(TxIn {
                outpoint: outpoint(&input.outpoint)?,
                script_sig: Vec::new(),
                sequence: more.sequence,
                witness: Vec::new(),
            });
            about.push(spent(more, input.value)?);
        }
        let outputs = outputs(payment, plan, detail)?;
        Ok(Psbt {
            outputs: vec![Vec::new(); outputs.len()],
            inputs: about,
            xpubs: Vec::new(),
            transaction: Transaction {
                version: detail.version,
                inputs,
                outputs,
                lock_time: detail.lock_time,
            },
        })
    }

    /// What the intent pays.
    fn payment(&self, intent: &Intent) -> ChainResult<TxOut> {
        let refused = |what: &str, found: String, expected: &str| {
            let what = format!("no transaction of this chain serves the intent: {what}");
            Err(ChainError::new(ChainCode::Intent, what, found, expected))
        };
        let coin = self.fee_asset(intent.chain())?;
        if intent.kind != IntentKind::Transfer {
            let found = intent.kind.as_str().to_owned();
            return refused("the kind", found, "a transfer");
        }
        if intent.asset != coin {
            let found = intent.asset.to_string();
            return refused("the asset", found, "the chain's coin");
        }
        if intent.destination == intent.source {
            let expected = "another account: what comes back is change";
            return refused("the destination", intent.destination.to_string(), expected);
        }
        let (script, format) = script_of(&intent.destination, ChainCode::Intent)?;
        if matches!(format, Format::Witness { .. }) {
            let expected = "an address that rules explain: anybody may spend from this one";
            return refused("the destination", intent.destination.to_string(), expected);
        }
        let value = intent.amount.to_u64().filter(|value| *value <= MAX_MONEY);
        let Some(value) = value else {
            let expected = "at most 21 million coins";
            return refused("the amount", intent.amount.to_string(), expected);
        };
        let least = dust(&script);
        if value < least {
            let expected = format!("at least {least} satoshi, or no node passes it on");
            return refused("the amount", value.to_string(), &expected);
        }
        Ok(TxOut { value, script })
    }
}

/// Refuse a transaction that says that it may be replaced, by a sequence (BIP-125) or by its version (BIP-431), where the
/// intent forbids it.
fn may_be_replaced(intent: &Intent, detail: &BitcoinDetail) -> ChainResult<()> {
    let lowest = detail.inputs.iter().map(|it| it.sequence).min();
    let says_so = lowest.is_some_and(|it| it <= REPLACEABLE) || detail.version == TRUC;
    if intent.bounds.replaceable || !says_so {
        return Ok(());
    }
    let found = format!("version {}, sequence {lowest:?}", detail.version);
    let expected = "version 1 or 2 and higher sequences: the intent forbids replacement";
    Err(of_plan(&found, expected))
}

/// Payment and change, each at its place.
fn outputs(payment: TxOut, plan: &Plan, detail: &BitcoinDetail) -> ChainResult<Vec<TxOut>> {
    let mut made = Vec::with_capacity(plan.change.len() + 1);
    for change in &plan.change {
        let (script, _) = script_of(&change.account, ChainCode::Plan)?;
        let value = satoshi(change.value)?;
        let least = dust(&script);
        if value < least {
            let found = format!("change of {value}");
            return Err(of_plan(&found, &format!("at least {least} satoshi")));
        }
        made.push(TxOut { value, script });
    }
    // The payment's place is the first that no change takes.
    let places = detail.change_at.iter();
    let at = places.enumerate().take_while(|(at, place)| at == *place);
    let at = at.count();
    made.insert(at, payment);
    Ok(made)
}

/// What a PSBT says of an input of the plan.
fn spent(about: &BitcoinInput, value: Uint256) -> ChainResult<PsbtInput> {
    let (script, format) = script_of(&about.account, ChainCode::Plan)?;
    let wrapped = about.redeem_script.is_some();
    if !matches!(
        (format, wrapped),
        (Format::P2wpkh | Format::P2tr, false) | (Format::P2sh, true)
    ) {
        let found = format!("{} {}", format.name(), about.account);
        let expected = "p2wpkh, p2tr, or p2sh with its redeem script";
        return Err(of_plan(&found, expected));
    }
    let some = |text: &Option<String>| text.as_deref().map(unhex).transpose();
    let value = satoshi(value)?;
    Ok(PsbtInput {
        previous: some(&about.previous_transaction)?,
        spent: Some(TxOut { value, script }),
        hash_type: None,
        redeem_script: some(&about.redeem_script)?,
        hints: Vec::new(),
    })
}

fn of_plan(found: &str, expected: &str) -> ChainError {
    let what = "a plan does not serve its intent";
    ChainError::new(ChainCode::Plan, what, found, expected)
}

fn satoshi(value: Uint256) -> ChainResult<u64> {
    let small = value.to_u64().filter(|value| *value <= MAX_MONEY);
    small.ok_or_else(|| of_plan(&value.to_string(), "at most 21 million coins"))
}

/// The output script of an account.
fn script_of(account: &AccountId, code: ChainCode) -> ChainResult<(Vec<u8>, Format)> {
    let wrong = |found: String, expected: &str| {
        ChainError::new(code, "an address is not understood", found, expected)
    };
    let found = validate(&account.chain().to_string(), account.address())
        .map_err(|error| wrong(account.to_string(), &error.to_string()))?;
    let script = found.output_script();
    let script = script.ok_or_else(|| wrong(account.to_string(), "an address of Bitcoin"))?;
    Ok((script, found.format))
}

/// `txid:number`; texts show a txid backwards.
fn outpoint(text: &str) -> ChainResult<OutPoint> {
    let wrong = || of_plan(text, "txid:number, the number of 32 bits");
    let (txid, number) = text.split_once(':').ok_or_else(wrong)?;
    let mut txid: [u8; 32] = unhex(txid)?.try_into().map_err(|_| wrong())?;
    txid.reverse();
    let number: u32 = number.parse().map_err(|_| wrong())?;
    if number == u32::MAX {
        return Err(wrong());
    }
    Ok(OutPoint { txid, number })
}

fn unhex(digits: &str) -> ChainResult<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let wrong = || of_plan(digits, "lower-case hex digits");
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else {
        return Err(wrong());
    };
    let bytes = pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    bytes.collect::<Option<_>>().ok_or_else(wrong)
}
