//! Intents, plans, keys and signatures for the tests of this crate.
#![allow(dead_code, unreachable_pub)]

use jinku_address::{address_of_script, script_hash};
use jinku_chain::{ChainCode, ChainResult, Codec, Effects, Signature, ToSign, Unsigned};
use jinku_chain_bitcoin::{Bitcoin, Psbt, PsbtVersion, Transaction, TxIn, TxOut};
use jinku_secrets::Secret;
use jinku_sign::{k1, schnorr};
use jinku_words::intent::IntentKind;
use jinku_words::plan::{Curve, Payload, PlanInput, PlanOutput};
use jinku_words::{
    AccountId, BitcoinDetail, BitcoinInput, Bounds, Detail, Id, Intent, Plan, Uint256,
};

pub const MAIN: &str = "bip122:000000000019d6689c085ae165831e93";
pub const REGTEST: &str = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328";
pub const REPLACEABLE: u32 = 0xffff_fffd;

/// A kind of address that one key has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Wpkh,
    Nested,
    Taproot,
}

/// A key, and the address that it has on a chain.
#[derive(Clone, Debug)]
pub struct Owner {
    pub kind: Kind,
    pub account: AccountId,
    pub script: Vec<u8>,
    pub redeem: Option<Vec<u8>>,
    seed: u8,
}

impl Owner {
    pub fn new(chain: &str, kind: Kind, seed: u8) -> Self {
        let key = k1::public_key(&secret(seed)).expect("a key");
        let program = [&[0, 20][..], &script_hash(&key)].concat();
        let (script, redeem) = match kind {
            Kind::Wpkh => (program, None),
            Kind::Nested => (
                [&[0xa9, 20][..], &script_hash(&program), &[0x87]].concat(),
                Some(program),
            ),
            Kind::Taproot => {
                let inner = schnorr::public_key(&secret(seed)).expect("a key");
                let (output, _) = schnorr::tweak_public(&inner, None).expect("an output key");
                ([&[0x51, 32][..], &output].concat(), None)
            }
        };
        Self {
            kind,
            account: account(chain, &script),
            script,
            redeem,
            seed,
        }
    }

    /// Its signature, as the scheme of its address has it.
    pub fn sign(&self, digest: &[u8; 32]) -> Signature {
        let key = secret(self.seed);
        if self.kind == Kind::Taproot {
            let key = schnorr::tweak_secret(&key, None).expect("a tweaked key");
            return Signature {
                bytes: schnorr::sign(&key, digest, &[0; 32]).expect("a signature"),
                recovery_id: None,
            };
        }
        let made = k1::sign(&key, digest).expect("a signature");
        Signature {
            bytes: made.compact,
            recovery_id: Some(made.recovery_id),
        }
    }
}

fn secret(seed: u8) -> Secret<32> {
    Secret::init(|key| key.fill(seed))
}

pub fn account(chain: &str, script: &[u8]) -> AccountId {
    let address = address_of_script(chain, script)
        .expect("a chain")
        .expect("an address");
    format!("{chain}:{address}").parse().expect("an account")
}

pub fn id(tail: u128) -> Id {
    Id::from_parts(1_700_000_000_000, tail).expect("an id")
}

pub fn coin(chain: &str) -> String {
    format!("{chain}/slip44:{}", u8::from(chain != MAIN))
}

pub fn intent(owner: &Owner, to: &AccountId, amount: u64) -> Intent {
    Intent {
        id: id(1),
        deployment: id(2),
        kind: IntentKind::Transfer,
        vault: id(3),
        source: owner.account.clone(),
        destination: to.clone(),
        asset: coin(&owner.account.chain().to_string())
            .parse()
            .expect("an asset"),
        amount: Uint256::from(amount),
        bounds: Bounds {
            max_fee: Uint256::MAX,
            valid_until_ms: 1_700_000_600_000,
            replaceable: true,
        },
        initiator: "ed25519:7f4c".to_owned(),
        reason_commitment: None,
        idempotency_key: "order-4711".to_owned(),
        created_at_ms: 1_700_000_000_000,
    }
}

/// A transaction that pays so much to a script at output 1, from nowhere.
pub fn funding(script: &[u8], value: u64, salt: u32) -> Transaction {
    let output = |value, script: &[u8]| TxOut {
        value,
        script: script.to_vec(),
    };
    Transaction {
        version: 2,
        inputs: vec![TxIn {
            outpoint: jinku_chain_bitcoin::OutPoint {
                txid: [9; 32],
                number: salt,
            },
            script_sig: Vec::new(),
            sequence: u32::MAX,
            witness: vec![vec![1; 64]],
        }],
        outputs: vec![output(7, &[0x6a]), output(value, script)],
        lock_time: 0,
    }
}

/// A draft that spends so many outputs of one owner; the fee is what change leaves. Digests are not filled in.
pub fn draft(intent: &Intent, owner: &Owner, values: &[u64], change: &[u64]) -> Plan {
    let previous: Vec<Transaction> = (0u32..)
        .zip(values)
        .map(|(salt, value)| funding(&owner.script, *value, salt))
        .collect();
    let proven = owner.kind != Kind::Taproot;
    let spent: u64 = values.iter().sum();
    let amount = intent.amount.to_u64().expect("small");
    let fee = spent.saturating_sub(change.iter().sum::<u64>().saturating_add(amount));
    Plan {
        id: id(4),
        deployment: intent.deployment,
        intent_digest: hex::encode(intent.digest().expect("an intent")),
        chain: intent.chain().clone(),
        nonce: None,
        inputs: previous
            .iter()
            .zip(values)
            .map(|(made, value)| PlanInput {
                outpoint: format!("{}:1", made.id()),
                value: Uint256::from(*value),
            })
            .collect(),
        change: change
            .iter()
            .map(|value| PlanOutput {
                account: owner.account.clone(),
                value: Uint256::from(*value),
            })
            .collect(),
        fee: Uint256::from(fee),
        anchor: None,
        valid_until_height: None,
        payloads: vec![
            Payload {
                digest: "00".repeat(32),
                curve: Curve::Secp256k1,
                path: "m/84'/0'/0'/0/0".to_owned(),
            };
            values.len()
        ],
        detail: Some(Detail::Bitcoin(BitcoinDetail {
            version: 2,
            lock_time: 0,
            inputs: previous
                .iter()
                .map(|made| BitcoinInput {
                    account: owner.account.clone(),
                    sequence: REPLACEABLE,
                    redeem_script: owner.redeem.as_ref().map(hex::encode),
                    previous_transaction: proven.then(|| hex::encode(made.bare())),
                })
                .collect(),
            change_at: (1..=change.len()).collect(),
        })),
        replaces: None,
        created_at_ms: 1_700_000_000_001,
    }
}

/// A transfer of 10,000 to a stranger, not yet completed.
pub fn plain(kind: Kind, values: &[u64], change: &[u64]) -> (Owner, Intent, Plan) {
    let owner = Owner::new(MAIN, kind, 1);
    let to = Owner::new(MAIN, Kind::Wpkh, 2).account;
    let intent = intent(&owner, &to, 10_000);
    let plan = draft(&intent, &owner, values, change);
    (owner, intent, plan)
}

pub fn detail(plan: &mut Plan) -> &mut BitcoinDetail {
    match &mut plan.detail {
        Some(Detail::Bitcoin(detail)) => detail,
        other => panic!("no Bitcoin detail: {other:?}"),
    }
}

/// The signatures of one owner over all payloads.
pub fn signed(unsigned: &Unsigned, owner: &Owner) -> Vec<Signature> {
    let to_sign = Bitcoin.payloads(unsigned).expect("payloads");
    let sign = |it: &ToSign| owner.sign(&it.digest());
    to_sign.iter().map(sign).collect()
}

/// The same transaction after a change of its PSBT.
pub fn changed(unsigned: &Unsigned, change: impl FnOnce(&mut Psbt)) -> Unsigned {
    let (mut psbt, _) = Psbt::parse(&unsigned.bytes).expect("a PSBT");
    change(&mut psbt);
    Unsigned {
        account: unsigned.account.clone(),
        bytes: psbt.encoded(PsbtVersion::Zero),
    }
}

/// An owner, an intent of 10,000 satoshi to another's account, and what serves it.
pub fn made(kind: Kind, values: &[u64], change: &[u64]) -> (Owner, Intent, Unsigned) {
    let owner = Owner::new(MAIN, kind, 1);
    let to = Owner::new(MAIN, Kind::Wpkh, 2).account;
    let intent = intent(&owner, &to, 10_000);
    let plan = draft(&intent, &owner, values, change);
    let unsigned = Bitcoin.build(&intent, &plan).expect("built");
    (owner, intent, unsigned)
}

/// Why it was refused.
pub fn code(found: ChainResult<Effects>) -> ChainCode {
    found.expect_err("refused").code
}

/// What is read of a changed PSBT; payloads are told of it or refused for the same reason.
pub fn bent(unsigned: &Unsigned, change: impl FnOnce(&mut Psbt)) -> ChainResult<Effects> {
    let bent = changed(unsigned, change);
    let found = Bitcoin.summarise(&bent);
    let refused = found.as_ref().map(|_| ()).map_err(|error| error.code);
    let payloads = Bitcoin.payloads(&bent);
    assert_eq!(payloads.map(|_| ()).map_err(|error| error.code), refused);
    found
}
