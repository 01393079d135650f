//! How a PSBT is written: one way for each version.

use super::map::put_pair;
use super::{MAGIC, Pair, Psbt, PsbtInput, PsbtVersion};
use crate::bytes::put_count;

impl Psbt {
    /// Its one encoding of a version: fields in the order of their keys, nothing that can be left out but a lock time of 0.
    /// Others may refuse version 2 for a transaction of version 1: BIP-370 tells creators to make none.
    #[must_use]
    pub fn encoded(&self, version: PsbtVersion) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let two = version == PsbtVersion::Two;
        if !two {
            put_pair(&mut out, &[0x00], &self.transaction.bare());
        }
        self.xpubs
            .iter()
            .for_each(|(key, value)| put_pair(&mut out, key, value));
        if two {
            let count = |number: usize| {
                let mut bytes = Vec::new();
                put_count(&mut bytes, number);
                bytes
            };
            put_pair(&mut out, &[0x02], &self.transaction.version.to_le_bytes());
            put_pair(&mut out, &[0x03], &self.transaction.lock_time.to_le_bytes());
            put_pair(&mut out, &[0x04], &count(self.inputs.len()));
            put_pair(&mut out, &[0x05], &count(self.outputs.len()));
            put_pair(&mut out, &[0xfb], &2u32.to_le_bytes());
        }
        out.push(0);
        for (about, input) in self.inputs.iter().zip(&self.transaction.inputs) {
            let mut pairs = about.pairs();
            if two {
                pairs.push((vec![0x0e], input.outpoint.txid.to_vec()));
                pairs.push((vec![0x0f], input.outpoint.number.to_le_bytes().to_vec()));
                pairs.push((vec![0x10], input.sequence.to_le_bytes().to_vec()));
            }
            put_map(&mut out, pairs);
        }
        for (hints, output) in self.outputs.iter().zip(&self.transaction.outputs) {
            let mut pairs = hints.clone();
            if two {
                pairs.push((vec![0x03], output.value.to_le_bytes().to_vec()));
                pairs.push((vec![0x04], output.script.clone()));
            }
            put_map(&mut out, pairs);
        }
        out
    }
}

impl PsbtInput {
    fn pairs(&self) -> Vec<Pair> {
        let spent = self.spent.as_ref().map(|it| {
            let mut bytes = Vec::new();
            it.put(&mut bytes);
            bytes
        });
        let fields = [
            (0x00, self.previous.clone()),
            (0x01, spent),
            (0x03, self.hash_type.map(|it| it.to_le_bytes().to_vec())),
            (0x04, self.redeem_script.clone()),
        ];
        let known = fields.into_iter();
        let known = known.filter_map(|(key, value)| Some((vec![key], value?)));
        known.chain(self.hints.iter().cloned()).collect()
    }
}

fn put_map(out: &mut Vec<u8>, mut pairs: Vec<Pair>) {
    pairs.sort();
    pairs
        .iter()
        .for_each(|(key, value)| put_pair(out, key, value));
    out.push(0);
}
