//! The documents of that world: who is trusted, what is asked, planned, written down and approved.

use ed25519_dalek::SigningKey;
use jinku_chain::Codec;
use jinku_chain_evm::Evm;
use jinku_chain_solana::Solana;
use jinku_evidence::PLANNED;
use jinku_proof::log::key::{Algorithm, VerifierKey};
use jinku_proof::log::trust::{Group, KeyKind, Role, TrustRoot, TrustedKey, Witness};
use jinku_words::approval::Decision;
use jinku_words::canonical::canonicalize;
use jinku_words::digest::domain_digest;
use jinku_words::intent::IntentKind;
use jinku_words::plan::{Curve, Payload};
use jinku_words::{
    Approval, Bounds, ChainId, Detail, EvmDetail, EvmType, Id, Intent, Plan, Uint256,
};

pub const NOW: u64 = 1_700_000_000_000;
pub const ORIGIN: &str = "example.com/log";
pub const OURS: &str = "eip155:1:0x1a642f0e3c3af545e7acbd38b07251b3990914f1";
pub const THEIRS: &str = "eip155:1:0x6fac4d18c912343bf86fa7049364dd4e424ab9c0";
pub const THIEF: &str = "eip155:1:0x3333333333333333333333333333333333333333";
pub const POLICY: &[u8] = br#"{"v":1}"#;

pub fn id(tail: u128) -> Id {
    Id::from_parts(NOW, tail).expect("an id")
}

pub fn person(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// The seeds of bo, who asks, of cy and di, who approve, of the log, and of two witnesses from outside.
pub const BO: u8 = 42;
pub const CY: u8 = 43;
pub const DI: u8 = 44;
pub const LOG: u8 = 1;
pub const EAST: u8 = 31;
pub const WEST: u8 = 33;

fn key(name: &str, seed: u8, roles: &[Role]) -> TrustedKey {
    TrustedKey {
        name: name.to_owned(),
        kind: KeyKind::Ed25519,
        public: person(seed).verifying_key().to_bytes().to_vec(),
        roles: roles.to_vec(),
        not_after_ms: None,
    }
}

pub fn note_key(name: &str, algorithm: Algorithm, seed: u8) -> VerifierKey {
    VerifierKey::new(name, algorithm, person(seed).verifying_key().as_bytes()).expect("a key")
}

fn witness(name: &str, seed: u8) -> Witness {
    Witness {
        name: name.to_owned(),
        keys: vec![note_key(name, Algorithm::CosignatureV1, seed)],
        outside: true,
    }
}

pub fn trust() -> TrustRoot {
    TrustRoot {
        deployment: id(2),
        version: 1,
        created_at_ms: NOW - 1_000_000,
        not_after_ms: None,
        admin_threshold: 1,
        keys: vec![
            key("ada", 41, &[Role::Admin]),
            key("bo", BO, &[Role::Initiator]),
            key("cy", CY, &[Role::Approver]),
            key("di", DI, &[Role::Approver]),
        ],
        groups: vec![Group {
            name: "desk".into(),
            members: vec!["cy".into(), "di".into()],
            threshold: 2,
        }],
        policy_digest: Some(hex::encode(domain_digest("jinku/policy/1", POLICY))),
        origin: ORIGIN.into(),
        journal_keys: vec![note_key(ORIGIN, Algorithm::Ed25519, LOG)],
        witnesses: vec![witness("w-east", EAST), witness("w-west", WEST)],
        quorum: 2,
    }
}

pub fn intent() -> Intent {
    Intent {
        id: id(1),
        deployment: id(2),
        kind: IntentKind::Transfer,
        vault: id(3),
        source: OURS.parse().expect("an account"),
        destination: THEIRS.parse().expect("an account"),
        asset: "eip155:1/slip44:60".parse().expect("an asset"),
        amount: Uint256::from(1_000),
        bounds: Bounds {
            max_fee: Uint256::from(10_000_000_000_000_000),
            valid_until_ms: NOW + 600_000,
            replaceable: true,
        },
        initiator: "bo".to_owned(),
        reason_commitment: None,
        idempotency_key: "order-4711".to_owned(),
        created_at_ms: NOW - 1_000,
    }
}

/// The plan of an intent, complete.
pub fn plan(intent: &Intent, tail: u128, nonce: u64, replaces: Option<Id>) -> Plan {
    let fee = Uint256::from(20_000_000_000 + u64::try_from(tail).expect("small"));
    let detail = EvmDetail {
        kind: EvmType::DynamicFee,
        gas_limit: 21_000,
        max_fee_per_gas: fee,
        max_priority_fee_per_gas: Some(Uint256::from(1_000_000_000)),
        access_list: Vec::new(),
        authorization: None,
    };
    let draft = Plan {
        id: id(tail),
        deployment: intent.deployment,
        intent_digest: hex::encode(intent.digest().expect("an intent")),
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
        replaces,
        created_at_ms: NOW - 500,
    };
    Evm.complete(intent, &draft).expect("a plan")
}

pub fn entry(intent: &Intent, plan: &Plan) -> Vec<u8> {
    let text = format!(
        r#"{{"intent_digest":"{}","kind":"{PLANNED}","plan_digest":"{}","subject":"{}","ts":"{NOW}","v":1}}"#,
        hex::encode(intent.digest().expect("an intent")),
        hex::encode(plan.digest().expect("a plan")),
        intent.id,
    );
    canonicalize(text.as_bytes()).expect("json")
}

/// The codecs of the signer.
pub fn codec(chain: &ChainId) -> Option<&'static dyn Codec> {
    match chain.family() {
        "evm" => Some(&Evm),
        "solana" => Some(&Solana),
        _ => None,
    }
}

pub fn approval(intent: &Intent, approver: &str) -> Approval {
    let codec = codec(intent.chain()).expect("a codec");
    let effects = codec.asked(intent).expect("effects");
    Approval {
        deployment: intent.deployment,
        intent_digest: hex::encode(intent.digest().expect("an intent")),
        effects_digest: hex::encode(effects.digest().expect("effects")),
        bounds: intent.bounds.clone(),
        policy_digest: hex::encode(domain_digest("jinku/policy/1", POLICY)),
        decision: Decision::Approve,
        not_after_ms: NOW + 60_000,
        approver: approver.to_owned(),
    }
}
