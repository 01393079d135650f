//! Partially signed transactions before their first signature: version 0 (BIP-174) and version 2 (BIP-370).
//!
//! A closed part of them is read: the transaction, what its inputs spend, and hints to keys (which nothing here trusts).
//! Every other field is refused by name, signatures among them, since what they do is not read.

use jinku_chain::ChainResult;

use crate::bytes::{Reader, malformed, unsupported};
use crate::tx::{OutPoint, Transaction, TxIn, TxOut};

mod map;
mod write;

use map::{Map, Scope};

const MAGIC: [u8; 5] = *b"psbt\xff";
/// What a version 2 input has where it names no sequence.
const FINAL: u32 = u32::MAX;

/// Which encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PsbtVersion {
    /// BIP-174: the transaction stands in one field.
    Zero,
    /// BIP-370: its parts stand at inputs and outputs.
    Two,
}

/// Key and value of a field, as they stand.
pub type Pair = (Vec<u8>, Vec<u8>);

/// What a PSBT says of an input beside the transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PsbtInput {
    /// The whole transaction that made the output.
    pub previous: Option<Vec<u8>>,
    /// The output.
    pub spent: Option<TxOut>,
    /// The hash type that is asked for.
    pub hash_type: Option<u32>,
    /// The script whose hash a P2SH output names.
    pub redeem_script: Option<Vec<u8>>,
    /// Key paths and internal keys.
    pub hints: Vec<Pair>,
}

/// A PSBT without signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Psbt {
    /// The transaction; its scripts' inputs and witnesses are empty.
    pub transaction: Transaction,
    /// One for each input.
    pub inputs: Vec<PsbtInput>,
    /// The hints of each output: scripts and key paths.
    pub outputs: Vec<Vec<Pair>>,
    /// Extended keys.
    pub xpubs: Vec<Pair>,
}

impl Psbt {
    /// The PSBT of these bytes, and of which version they are.
    ///
    /// # Errors
    /// `tx.malformed`, `tx.range`, and `tx.unsupported` for a field that is not read.
    pub fn parse(bytes: &[u8]) -> ChainResult<(Self, PsbtVersion)> {
        let mut reader = Reader::new(bytes);
        if reader.take(MAGIC.len())? != MAGIC {
            return Err(malformed("bytes are no PSBT", "", "psbt and ff in front"));
        }
        let mut global = Map::take(&mut reader, Scope::Global)?;
        let version = match global.word(0xfb)? {
            None | Some(0) => PsbtVersion::Zero,
            Some(2) => PsbtVersion::Two,
            Some(other) => {
                return Err(unsupported(
                    "the version of a PSBT",
                    other.to_string(),
                    "0 or 2",
                ));
            }
        };
        let made = match version {
            PsbtVersion::Zero => Self::take_zero(global, &mut reader)?,
            PsbtVersion::Two => Self::take_two(global, &mut reader)?,
        };
        reader.end()?;
        Ok((made, version))
    }

    fn take_zero(mut global: Map<'_>, reader: &mut Reader<'_>) -> ChainResult<Self> {
        let transaction = Transaction::parse_bare(global.needed(0x00, "the transaction")?)?;
        if let Some(input) = transaction
            .inputs
            .iter()
            .find(|it| !it.script_sig.is_empty())
        {
            let found = format!("{} bytes", input.script_sig.len());
            return Err(malformed(
                "an input of the transaction is signed",
                found,
                "none is",
            ));
        }
        let mut found = Self {
            xpubs: global.hints()?,
            inputs: Vec::new(),
            outputs: Vec::new(),
            transaction,
        };
        for _ in 0..found.transaction.inputs.len() {
            let mut map = Map::take(reader, Scope::Input)?;
            let input = &found.transaction.inputs[found.inputs.len()];
            let about = PsbtInput::take(&mut map)?.with(map, input)?;
            found.inputs.push(about);
        }
        for _ in 0..found.transaction.outputs.len() {
            found
                .outputs
                .push(Map::take(reader, Scope::Output)?.hints()?);
        }
        Ok(found)
    }

    fn take_two(mut global: Map<'_>, reader: &mut Reader<'_>) -> ChainResult<Self> {
        let version = global.word(0x02)?;
        let version = version.ok_or_else(|| missing("the transaction's version"))?;
        let lock_time = global.word(0x03)?.unwrap_or(0);
        let inputs = global.count(0x04, "the number of inputs")?;
        let outputs = global.count(0x05, "the number of outputs")?;
        match global.get(0x06) {
            None | Some([0]) => {}
            Some(&[flags]) => {
                let (found, expected) = (format!("{flags:#04x}"), "one that nobody modifies");
                return Err(unsupported("a PSBT that is still made", found, expected));
            }
            Some(_) => return Err(malformed("flags are not one byte", "", "")),
        }
        let mut found = Self {
            xpubs: global.hints()?,
            inputs: Vec::new(),
            outputs: Vec::new(),
            transaction: Transaction {
                version,
                lock_time,
                inputs: Vec::new(),
                outputs: Vec::new(),
            },
        };
        for _ in 0..inputs {
            let mut map = Map::take(reader, Scope::Input)?;
            let input = TxIn {
                outpoint: OutPoint {
                    txid: map.fixed(0x0e)?.ok_or_else(|| missing("a previous txid"))?,
                    number: map.word(0x0f)?.ok_or_else(|| missing("an output number"))?,
                },
                script_sig: Vec::new(),
                sequence: map.word(0x10)?.unwrap_or(FINAL),
                witness: Vec::new(),
            };
            found
                .inputs
                .push(PsbtInput::take(&mut map)?.with(map, &input)?);
            found.transaction.inputs.push(input);
        }
        for _ in 0..outputs {
            let mut map = Map::take(reader, Scope::Output)?;
            let amount = map.fixed(0x03)?.ok_or_else(|| missing("an amount"))?;
            let value = crate::tx::in_range(u64::from_le_bytes(amount))?;
            let script = map.needed(0x04, "the script of an output")?.to_vec();
            found.transaction.outputs.push(TxOut { value, script });
            found.outputs.push(map.hints()?);
        }
        Ok(found)
    }
}

impl PsbtInput {
    fn take(map: &mut Map<'_>) -> ChainResult<Self> {
        let spent = map.get(0x01).map(|bytes| {
            let mut reader = Reader::new(bytes);
            let spent = TxOut::take(&mut reader)?;
            reader.end().map(|()| spent)
        });
        Ok(Self {
            previous: map.get(0x00).map(<[u8]>::to_vec),
            spent: spent.transpose()?,
            hash_type: map.word(0x03)?,
            redeem_script: map.get(0x04).map(<[u8]>::to_vec),
            hints: Vec::new(),
        })
    }

    /// With the hints that are left, when what it spends is what its previous transaction made.
    fn with(self, map: Map<'_>, input: &TxIn) -> ChainResult<Self> {
        self.made_by_previous(input)?;
        Ok(Self {
            hints: map.hints()?,
            ..self
        })
    }

    /// What the previous transaction made for the input, where it is here; the spent output beside it has to be the same.
    pub(crate) fn made_by_previous(&self, input: &TxIn) -> ChainResult<Option<TxOut>> {
        let Some(previous) = &self.previous else {
            return Ok(None);
        };
        let previous = Transaction::parse(previous)?;
        if previous.txid() != input.outpoint.txid {
            let what = "a previous transaction is another than the one that is spent";
            return Err(malformed(what, previous.id(), "that of the outpoint"));
        }
        let number = usize::try_from(input.outpoint.number).ok();
        let made = number.and_then(|number| previous.outputs.get(number));
        let made = made.ok_or_else(|| {
            let found = input.outpoint.number.to_string();
            let expected = format!("below {}", previous.outputs.len());
            malformed("a previous transaction lacks the output", found, expected)
        })?;
        match &self.spent {
            Some(spent) if spent != made => {
                let what = "a spent output is not that of its previous transaction";
                let expected = made.value.to_string();
                Err(malformed(what, spent.value.to_string(), expected))
            }
            _ => Ok(Some(made.clone())),
        }
    }
}

fn missing(what: &str) -> jinku_chain::ChainError {
    malformed("a PSBT lacks a field", "nothing", what)
}
