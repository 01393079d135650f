//! Transactions, in the one encoding that the network has for them (BIP-144).

use jinku_chain::{ChainCode, ChainError, ChainResult};
use sha2::{Digest, Sha256};

use crate::bytes::{Reader, hex, malformed, put_count, put_string};

/// All the coins that there will ever be, in satoshi.
pub const MAX_MONEY: u64 = 21_000_000 * 100_000_000;

/// Which output of which transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutPoint {
    /// The transaction's id in the order of its bytes; texts show them backwards.
    pub txid: [u8; 32],
    /// The output's number.
    pub number: u32,
}

/// What is spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxIn {
    /// The output.
    pub outpoint: OutPoint,
    /// Its script's input; empty but for a wrapped witness program.
    pub script_sig: Vec<u8>,
    /// Replacement and locks (BIP-68, BIP-125).
    pub sequence: u32,
    /// The witness, item by item; empty before it is signed.
    pub witness: Vec<Vec<u8>>,
}

/// What is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxOut {
    /// In satoshi.
    pub value: u64,
    /// Who may spend it.
    pub script: Vec<u8>,
}

/// A transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The version.
    pub version: u32,
    /// What is spent.
    pub inputs: Vec<TxIn>,
    /// What is made.
    pub outputs: Vec<TxOut>,
    /// The height or time before which it is not valid.
    pub lock_time: u32,
}

impl TxOut {
    pub(crate) fn take(reader: &mut Reader<'_>) -> ChainResult<Self> {
        let value = in_range(reader.u64()?)?;
        let script = reader.string()?.to_vec();
        Ok(Self { value, script })
    }

    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.value.to_le_bytes());
        put_string(out, &self.script);
    }
}

impl OutPoint {
    pub(crate) fn take(reader: &mut Reader<'_>) -> ChainResult<Self> {
        Ok(Self {
            txid: reader.fixed()?,
            number: reader.u32()?,
        })
    }

    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.txid);
        out.extend_from_slice(&self.number.to_le_bytes());
    }
}

impl Transaction {
    /// A transaction as the network sends it, with witnesses or without.
    ///
    /// # Errors
    /// `tx.malformed`, `tx.range`.
    pub fn parse(bytes: &[u8]) -> ChainResult<Self> {
        // No input and one output, as the marker would read otherwise, is no transaction.
        let [_, _, _, _, 0, 1, ..] = bytes else {
            return Self::parse_bare(bytes);
        };
        let mut reader = Reader::new(bytes);
        let version = reader.u32()?;
        reader.take(2)?;
        let (mut inputs, outputs) = Self::take_lists(&mut reader)?;
        for input in &mut inputs {
            input.witness = reader.each(|item| Ok(item.string()?.to_vec()))?;
        }
        if inputs.iter().all(|input| input.witness.is_empty()) {
            let expected = "the encoding without witnesses";
            return Err(malformed("no input has a witness", "the marker", expected));
        }
        let lock_time = reader.u32()?;
        reader.end()?;
        Ok(Self {
            version,
            inputs,
            outputs,
            lock_time,
        })
    }

    /// A transaction without witnesses, whatever its fifth byte may look like (BIP-174).
    ///
    /// # Errors
    /// `tx.malformed`, `tx.range`.
    pub fn parse_bare(bytes: &[u8]) -> ChainResult<Self> {
        let mut reader = Reader::new(bytes);
        let version = reader.u32()?;
        let (inputs, outputs) = Self::take_lists(&mut reader)?;
        let lock_time = reader.u32()?;
        reader.end()?;
        Ok(Self {
            version,
            inputs,
            outputs,
            lock_time,
        })
    }

    fn take_lists(reader: &mut Reader<'_>) -> ChainResult<(Vec<TxIn>, Vec<TxOut>)> {
        let inputs = reader.each(|item| {
            Ok(TxIn {
                outpoint: OutPoint::take(item)?,
                script_sig: item.string()?.to_vec(),
                sequence: item.u32()?,
                witness: Vec::new(),
            })
        })?;
        Ok((inputs, reader.each(TxOut::take)?))
    }

    /// As the network sends it.
    #[must_use]
    pub fn encoded(&self) -> Vec<u8> {
        self.encode(self.inputs.iter().any(|input| !input.witness.is_empty()))
    }

    /// Without witnesses.
    #[must_use]
    pub fn bare(&self) -> Vec<u8> {
        self.encode(false)
    }

    fn encode(&self, witness: bool) -> Vec<u8> {
        let mut out = self.version.to_le_bytes().to_vec();
        if witness {
            out.extend_from_slice(&[0, 1]);
        }
        put_count(&mut out, self.inputs.len());
        for input in &self.inputs {
            input.outpoint.put(&mut out);
            put_string(&mut out, &input.script_sig);
            out.extend_from_slice(&input.sequence.to_le_bytes());
        }
        put_count(&mut out, self.outputs.len());
        self.outputs.iter().for_each(|output| output.put(&mut out));
        if witness {
            for input in &self.inputs {
                put_count(&mut out, input.witness.len());
                input.witness.iter().for_each(|it| put_string(&mut out, it));
            }
        }
        out.extend_from_slice(&self.lock_time.to_le_bytes());
        out
    }

    /// Its id in the order of its bytes: witnesses are no part of it.
    #[must_use]
    pub fn txid(&self) -> [u8; 32] {
        Sha256::digest(Sha256::digest(self.bare())).into()
    }

    /// Its id as texts show it.
    #[must_use]
    pub fn id(&self) -> String {
        let mut txid = self.txid();
        txid.reverse();
        hex(&txid)
    }
}

/// Refuse more satoshi than there are.
pub(crate) fn in_range(value: u64) -> ChainResult<u64> {
    if value <= MAX_MONEY {
        return Ok(value);
    }
    let what = "a value is out of range";
    let expected = format!("at most {MAX_MONEY} satoshi");
    Err(ChainError::new(
        ChainCode::Range,
        what,
        value.to_string(),
        expected,
    ))
}
