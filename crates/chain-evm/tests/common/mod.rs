//! Intents, plans and signatures for the tests of this crate.
#![allow(dead_code, unreachable_pub)]

use jinku_chain::{ChainResult, Codec, Effects, Signature, Unsigned};
use jinku_chain_evm::{Evm, Transaction};
use jinku_words::intent::IntentKind;
use jinku_words::plan::{Curve, Payload};
use jinku_words::{Bounds, Detail, EvmDetail, EvmType, Id, Intent, Plan, Uint256};
use secp256k1::{Message, Secp256k1, SecretKey};

pub const CHAIN: &str = "eip155:1";
pub const TOKEN: &str = "0xdac17f958d2ee523a2206206994597c13d831ec7";
/// The account of the secret key 0x0101…01.
pub const OURS: &str = "0x1a642f0e3c3af545e7acbd38b07251b3990914f1";
pub const THEIRS: &str = "0x6fac4d18c912343bf86fa7049364dd4e424ab9c0";
pub const KEY: [u8; 32] = [1; 32];

pub fn id(tail: u128) -> Id {
    Id::from_parts(1_700_000_000_000, tail).expect("an id")
}

pub fn intent(chain: &str, to: &str, asset: &str, amount: Uint256) -> Intent {
    let name = |address: &str| format!("{chain}:{address}").parse().expect("an account");
    Intent {
        id: id(1),
        deployment: id(2),
        kind: IntentKind::Transfer,
        vault: id(3),
        source: name(OURS),
        destination: name(to),
        asset: format!("{chain}/{asset}").parse().expect("an asset"),
        amount,
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

pub fn detail(kind: EvmType) -> EvmDetail {
    EvmDetail {
        kind,
        gas_limit: 90_000,
        max_fee_per_gas: Uint256::from(20_000_000_000),
        max_priority_fee_per_gas: (kind == EvmType::DynamicFee)
            .then(|| Uint256::from(1_000_000_000)),
        access_list: Vec::new(),
        authorization: None,
    }
}

/// A draft: its payload's digest is not filled in.
pub fn draft(intent: &Intent, nonce: u64, detail: EvmDetail) -> Plan {
    let digest = intent.digest().expect("an intent");
    Plan {
        id: id(4),
        deployment: intent.deployment,
        intent_digest: hex::encode(digest),
        chain: intent.chain().clone(),
        nonce: Some(nonce),
        inputs: Vec::new(),
        change: Vec::new(),
        fee: detail.max_fee().expect("a fee"),
        anchor: None,
        valid_until_height: None,
        payloads: vec![Payload {
            digest: "00".repeat(32),
            curve: Curve::Secp256k1,
            path: "m/44'/60'/0'/0/0".to_owned(),
        }],
        detail: Some(Detail::Evm(detail)),
        replaces: None,
        created_at_ms: 1_700_000_000_001,
    }
}

pub fn sign(digest: &[u8; 32], key: &[u8; 32]) -> Signature {
    let key = SecretKey::from_byte_array(*key).expect("a key");
    let made = Secp256k1::new().sign_ecdsa_recoverable(Message::from_digest(*digest), &key);
    let (id, bytes) = made.serialize_compact();
    Signature {
        bytes,
        recovery_id: u8::try_from(i32::from(id)).ok(),
    }
}

/// The first payload of a transaction, signed by the key of [`OURS`].
pub fn signed(unsigned: &Unsigned) -> Signature {
    let to_sign = Evm.payloads(unsigned).expect("a payload");
    sign(&to_sign[0].digest(), &KEY)
}

/// A call of a contract as somebody's transaction.
pub fn call_of(from: &str, to: &str, value: u64, data: Vec<u8>) -> Unsigned {
    let made = Transaction {
        data,
        value: Uint256::from(value),
        to: address(to),
        ..plain()
    };
    Unsigned {
        account: format!("{CHAIN}:{from}").parse().expect("an account"),
        bytes: made.unsigned(),
    }
}

pub fn address(text: &str) -> [u8; 20] {
    hex::decode(&text[2..])
        .expect("hex")
        .try_into()
        .expect("20 bytes")
}

/// A transfer of one wei.
pub fn plain() -> Transaction {
    Transaction {
        kind: jinku_chain_evm::TxType::DynamicFee,
        chain_id: 1,
        nonce: 7,
        tip: Uint256::from(1),
        max_fee: Uint256::from(2),
        gas_limit: 21_000,
        to: address(THEIRS),
        value: Uint256::from(1),
        data: Vec::new(),
        access_list: Vec::new(),
        authorizations: Vec::new(),
    }
}

pub const SPENDER: &str = "0x3333333333333333333333333333333333333333";

pub fn word(number: u64) -> [u8; 32] {
    Uint256::from(number).to_be_bytes()
}

pub fn place(text: &str) -> [u8; 32] {
    let mut word = [0; 32];
    word[12..].copy_from_slice(&address(text));
    word
}

pub fn data(selector: u32, words: &[[u8; 32]]) -> Vec<u8> {
    [&selector.to_be_bytes()[..], words.as_flattened()].concat()
}

pub fn effects(value: u64, data: Vec<u8>) -> ChainResult<Effects> {
    Evm.summarise(&call_of(OURS, TOKEN, value, data))
}

pub fn name(address: &str) -> String {
    format!("{CHAIN}:{address}")
}

/// Losses and gains as texts: account, asset, amount, other reading.
pub fn moved(effects: &Effects) -> (Vec<String>, Vec<String>) {
    let text = |part: &jinku_chain::Part| {
        let other = part
            .or_else
            .as_ref()
            .map_or(String::new(), |it| format!(" or {it}"));
        format!("{} {} {}{other}", part.account, part.asset, part.amount)
    };
    (
        effects.losses.iter().map(text).collect(),
        effects.gains.iter().map(text).collect(),
    )
}

/// A call as a text: the selector in hex, then `from`, `to`, `spender`, `most` (all bits), `dirty` (an address with a bit
/// above it) and numbers, a word each.
pub fn called(text: &str) -> Vec<u8> {
    let mut words = text.split(' ');
    let selector = hex::decode(words.next().unwrap_or_default()).expect("hex");
    let word = |text| match text {
        "from" => place(OURS),
        "to" => place(THEIRS),
        "spender" => place(SPENDER),
        "most" => [0xff; 32],
        "dirty" => [[1; 12].as_slice(), &address(THEIRS)]
            .concat()
            .try_into()
            .expect("a word"),
        number => word(number.parse().expect("a number")),
    };
    [selector, words.flat_map(word).collect()].concat()
}
