//! What keys sign: all of the transaction, by SegWit v0 (BIP-143) and by taproot's key path (BIP-341).

use sha2::{Digest, Sha256};

use crate::tx::{Transaction, TxIn, TxOut};

/// The one hash type of SegWit v0 here: everything is signed.
pub(crate) const ALL: u8 = 1;
/// The one of taproot: everything is signed, and the signature has no byte for it.
pub(crate) const DEFAULT: u8 = 0;

/// The hashes that all inputs share, so that many inputs take no quadratic time. SegWit v0 hashes them once more.
pub(crate) struct Shared<'a> {
    transaction: &'a Transaction,
    spent: &'a [TxOut],
    prevouts: [u8; 32],
    sequences: [u8; 32],
    outputs: [u8; 32],
    amounts: [u8; 32],
    scripts: [u8; 32],
}

impl<'a> Shared<'a> {
    /// Of a transaction and the outputs that it spends, one for each input.
    pub(crate) fn new(transaction: &'a Transaction, spent: &'a [TxOut]) -> Self {
        let over = |put: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = Vec::new();
            put(&mut bytes);
            <[u8; 32]>::from(Sha256::digest(&bytes))
        };
        let script = |it: &TxOut, out: &mut Vec<u8>| crate::bytes::put_string(out, &it.script);
        let (inputs, outputs) = (&transaction.inputs, &transaction.outputs);
        Self {
            transaction,
            spent,
            prevouts: over(&|out| inputs.iter().for_each(|it| it.outpoint.put(out))),
            sequences: over(&|out| {
                inputs
                    .iter()
                    .for_each(|it| out.extend_from_slice(&it.sequence.to_le_bytes()));
            }),
            outputs: over(&|out| outputs.iter().for_each(|it| it.put(out))),
            amounts: over(&|out| {
                spent
                    .iter()
                    .for_each(|it| out.extend_from_slice(&it.value.to_le_bytes()));
            }),
            scripts: over(&|out| spent.iter().for_each(|it| script(it, out))),
        }
    }

    /// What the key of a P2WPKH program signs, bare or wrapped; its input's own value is the only one that it signs.
    pub(crate) fn segwit(&self, at: usize, key_hash: &[u8; 20]) -> [u8; 32] {
        let twice = |hash: &[u8; 32]| Sha256::digest(hash);
        let (input, spent) = self.at(at);
        let mut outpoint = Vec::with_capacity(36);
        input.outpoint.put(&mut outpoint);
        let first = Sha256::new()
            .chain_update(self.transaction.version.to_le_bytes())
            .chain_update(twice(&self.prevouts))
            .chain_update(twice(&self.sequences))
            .chain_update(outpoint)
            .chain_update([0x19, 0x76, 0xa9, 0x14])
            .chain_update(key_hash)
            .chain_update([0x88, 0xac])
            .chain_update(spent.value.to_le_bytes())
            .chain_update(input.sequence.to_le_bytes())
            .chain_update(twice(&self.outputs))
            .chain_update(self.transaction.lock_time.to_le_bytes())
            .chain_update(u32::from(ALL).to_le_bytes())
            .finalize();
        Sha256::digest(first).into()
    }

    /// What the output key signs by the key path, without annex; every input's value and script are signed.
    pub(crate) fn taproot(&self, at: usize, hash_type: u8) -> [u8; 32] {
        let tag = Sha256::digest(b"TapSighash");
        let index = u32::try_from(at).unwrap_or(u32::MAX);
        Sha256::new()
            .chain_update(tag)
            .chain_update(tag)
            .chain_update([0, hash_type])
            .chain_update(self.transaction.version.to_le_bytes())
            .chain_update(self.transaction.lock_time.to_le_bytes())
            .chain_update(self.prevouts)
            .chain_update(self.amounts)
            .chain_update(self.scripts)
            .chain_update(self.sequences)
            .chain_update(self.outputs)
            .chain_update([0])
            .chain_update(index.to_le_bytes())
            .finalize()
            .into()
    }

    fn at(&self, at: usize) -> (&TxIn, &TxOut) {
        (&self.transaction.inputs[at], &self.spent[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jinku_testkit::vectors;
    use serde_json::Value;

    fn bytes(text: &str) -> Vec<u8> {
        hex::decode(text).expect("hex")
    }

    fn text<'a>(value: &'a Value, key: &str) -> &'a str {
        value[key].as_str().unwrap_or_else(|| panic!("no {key}"))
    }

    /// BIP-143, "Native P2WPKH" (public domain). Its first input is a P2PK, which nothing but the hash looks at.
    #[test]
    fn segwit_digest_is_that_of_bip_143() {
        let transaction = Transaction::parse(&bytes(
            "0100000002fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f0000000000eeffffffef51e1b804cc89d182d2\
             79655c3aa89e815b1b309fe287d9b2b55d57b90ec68a0100000000ffffffff02202cb206000000001976a9148280b37df378db99f66f85c9\
             5a783a76ac7a6d5988ac9093510d000000001976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa815988ac11000000",
        ))
        .expect("a transaction");
        let spent = [
            (625_000_000, "2103c9ac"),
            (600_000_000, "00141d0f172a0ecb48aee1be1f2687d2963ae33f71a1"),
        ];
        let spent = spent.map(|(value, script)| TxOut {
            value,
            script: bytes(script),
        });
        let key_hash = spent[1].script[2..].try_into().expect("20 bytes");
        let digest = Shared::new(&transaction, &spent).segwit(1, &key_hash);
        let expected = "c37af31116d1b27caf68aae9e3ac82f1477929014d5b917657d0eb49478cb670";
        assert_eq!(hex::encode(digest), expected);
        let mut dearer = spent.clone();
        dearer[0].value += 1;
        let same = Shared::new(&transaction, &dearer).segwit(1, &key_hash);
        assert_eq!(same, digest, "another input's value is not signed");
        dearer[1].value += 1;
        assert_ne!(
            Shared::new(&transaction, &dearer).segwit(1, &key_hash),
            digest
        );
    }

    /// BIP-341's wallet vectors: of the seven hash types the two that sign everything, and what all share.
    #[test]
    fn taproot_digests_are_those_of_bip_341() {
        let all = vectors("bitcoin/bip341_wallet-test-vectors.json");
        let Some(case) = all["keyPathSpending"].get(0) else {
            panic!("no key path spending")
        };
        let bare = bytes(text(&case["given"], "rawUnsignedTx"));
        let transaction = Transaction::parse(&bare).expect("a transaction");
        assert_eq!(transaction.bare(), bare);
        let spent: Vec<TxOut> = case["given"]["utxosSpent"]
            .as_array()
            .expect("outputs")
            .iter()
            .map(|it| TxOut {
                value: it["amountSats"].as_u64().expect("satoshi"),
                script: bytes(text(it, "scriptPubKey")),
            })
            .collect();
        let shared = Shared::new(&transaction, &spent);
        let parts = [
            ("hashPrevouts", shared.prevouts),
            ("hashSequences", shared.sequences),
            ("hashOutputs", shared.outputs),
            ("hashAmounts", shared.amounts),
            ("hashScriptPubkeys", shared.scripts),
        ];
        for (name, hash) in parts {
            assert_eq!(
                hex::encode(hash),
                text(&case["intermediary"], name),
                "{name}"
            );
        }
        let mut read = 0;
        for input in case["inputSpending"].as_array().expect("inputs") {
            let hash_type = input["given"]["hashType"].as_u64().expect("a type");
            let at = input["given"]["txinIndex"].as_u64().expect("a number");
            let Some(hash_type @ (DEFAULT | ALL)) = u8::try_from(hash_type).ok() else {
                continue;
            };
            let at = usize::try_from(at).expect("small");
            let digest = shared.taproot(at, hash_type);
            assert_eq!(
                hex::encode(digest),
                text(&input["intermediary"], "sigHash"),
                "{at}"
            );
            let mut other = spent.clone();
            other[2].value += 1;
            let other = Shared::new(&transaction, &other).taproot(at, hash_type);
            assert_ne!(other, digest, "every input's value is signed");
            read += 1;
        }
        assert_eq!(read, 2);
    }
}
