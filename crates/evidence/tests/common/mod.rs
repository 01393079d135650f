//! A world in which everything holds: each test changes one thing and names the guard that refuses it.
#![allow(dead_code, unreachable_pub)]

use ed25519_dalek::{Signer, SigningKey};
use jinku_chain::Codec;
use jinku_chain_evm::Evm;
use jinku_evidence::{
    Appraised, Case, EvidenceCode, EvidenceError, EvidenceResult, Head, Own, PLANNED, Request,
    Rules, SignedBytes, Slots, appraise,
};
use jinku_proof::log::checkpoint::Checkpoint;
use jinku_proof::log::key::{Algorithm, VerifierKey};
use jinku_proof::log::note::{Note, SignatureLine};
use jinku_proof::log::receipt::Receipt;
use jinku_proof::log::trust::{Group, KeyKind, Role, TrustRoot, TrustedKey, Witness};
use jinku_proof::{Hash, consistency_proof, inclusion_path, leaf_hash, root};
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

fn note_key(name: &str, algorithm: Algorithm, seed: u8) -> VerifierKey {
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

/// Two approvals are wanted.
pub struct TwoAgree;

impl Rules for TwoAgree {
    fn judge(&self, case: &Case<'_>) -> EvidenceResult<()> {
        if case.approvers.len() >= 2 {
            return Ok(());
        }
        let found = case.approvers.len().to_string();
        Err(EvidenceError::new(
            EvidenceCode::Obligation,
            "too few approve",
            found,
            "2",
        ))
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

/// Everything that a request is made of, held by value, so that a test can change any of it.
#[derive(Clone)]
pub struct World {
    pub trust: TrustRoot,
    pub intent: Intent,
    pub plan: Plan,
    pub intent_by: u8,
    pub policy: Vec<u8>,
    /// Each approval and the seed of who signs it.
    pub approvals: Vec<(Approval, u8)>,
    /// The log; the entry of the plan is its last.
    pub entries: Vec<Vec<u8>>,
    pub at: usize,
    pub origin: String,
    pub log_by: u8,
    pub cosigned_by: Vec<(&'static str, u8)>,
    pub seen: Head,
    pub slots: Slots,
    pub now_ms: u64,
}

pub fn approval(intent: &Intent, approver: &str) -> Approval {
    let effects = Evm.asked(intent).expect("effects");
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

impl World {
    /// One in which the plan may be signed.
    pub fn new() -> Self {
        let intent = intent();
        let plan = plan(&intent, 4, 7, None);
        Self::of(intent, plan)
    }

    /// The same for another intent and plan.
    pub fn of(intent: Intent, plan: Plan) -> Self {
        let mut entries: Vec<Vec<u8>> = (0..5_u8).map(|n| vec![b'{', b'0' + n, b'}']).collect();
        entries.push(entry(&intent, &plan));
        Self {
            trust: trust(),
            intent_by: BO,
            policy: POLICY.to_vec(),
            approvals: vec![(approval(&intent, "cy"), CY), (approval(&intent, "di"), DI)],
            at: entries.len() - 1,
            entries,
            origin: ORIGIN.to_owned(),
            log_by: LOG,
            cosigned_by: vec![("w-east", EAST), ("w-west", WEST)],
            seen: Head::NONE,
            slots: Slots::default(),
            now_ms: NOW,
            intent,
            plan,
        }
    }

    fn leaves(&self) -> Vec<Hash> {
        self.entries.iter().map(|entry| leaf_hash(entry)).collect()
    }

    /// The head over the first entries.
    pub fn head(&self, size: usize) -> Head {
        Head {
            size: size as u64,
            root: root(&self.leaves()[..size]),
        }
    }

    fn receipt(&self) -> String {
        let leaves = self.leaves();
        let head = self.head(leaves.len());
        let text = Checkpoint::new(&self.origin, head.size, head.root)
            .expect("a head")
            .text();
        let line = |name: &str, algorithm, seed: u8| {
            let key = note_key(name, algorithm, seed);
            let message = key.message(&text, 1_700_000_000).expect("a checkpoint");
            SignatureLine::new(&key, 1_700_000_000, &person(seed).sign(&message).to_bytes())
        };
        let log = line(&self.origin, Algorithm::Ed25519, self.log_by);
        let others = self
            .cosigned_by
            .iter()
            .map(|(name, seed)| line(name, Algorithm::CosignatureV1, *seed));
        let note = Note::new(&text, std::iter::once(log).chain(others).collect()).expect("a note");
        let path = inclusion_path(&leaves, self.at).expect("inside");
        Receipt::new(self.at as u64, path, note, None)
            .expect("a receipt")
            .to_text()
    }

    /// What the signer says.
    pub fn ask(&self) -> EvidenceResult<Appraised> {
        self.ask_with(|_| ())
    }

    /// The same, with the bytes changed on the way.
    pub fn ask_with(&self, change: impl Fn(&mut Bytes)) -> EvidenceResult<Appraised> {
        let leaves = self.leaves();
        let extension = consistency_proof(&leaves, usize::try_from(self.seen.size).expect("small"));
        let digest = self.intent.digest().expect("an intent");
        let mut bytes = Bytes {
            intent: self.intent.to_canonical().expect("an intent"),
            intent_signature: person(self.intent_by).sign(&digest).to_bytes(),
            plan: self.plan.to_canonical().expect("a plan"),
            policy: self.policy.clone(),
            approvals: self.approvals.iter().map(signed).collect(),
            entry: self.entries[self.at].clone(),
            receipt: self.receipt().into_bytes(),
            extension: extension.unwrap_or_default(),
        };
        change(&mut bytes);
        let approvals: Vec<SignedBytes<'_>> = bytes
            .approvals
            .iter()
            .map(|(bytes, signature)| SignedBytes { bytes, signature })
            .collect();
        let codec: fn(&ChainId) -> Option<&'static dyn Codec> =
            |chain| (chain.family() == "evm").then_some(&Evm as &'static dyn Codec);
        let own = Own {
            trust: &self.trust,
            seen: self.seen,
            slots: &self.slots,
            codec,
            rules: &TwoAgree,
            now_ms: self.now_ms,
        };
        let request = Request {
            intent: SignedBytes {
                bytes: &bytes.intent,
                signature: &bytes.intent_signature,
            },
            plan: &bytes.plan,
            policy: &bytes.policy,
            approvals: &approvals,
            entry: &bytes.entry,
            receipt: &bytes.receipt,
            extension: &bytes.extension,
        };
        appraise(&own, &request)
    }

    /// The code of the guard that refuses.
    pub fn refusal(&self) -> &'static str {
        code(self.ask())
    }
}

/// What is sent.
pub struct Bytes {
    pub intent: Vec<u8>,
    pub intent_signature: [u8; 64],
    pub plan: Vec<u8>,
    pub policy: Vec<u8>,
    pub approvals: Vec<(Vec<u8>, [u8; 64])>,
    pub entry: Vec<u8>,
    pub receipt: Vec<u8>,
    pub extension: Vec<Hash>,
}

fn signed((approval, seed): &(Approval, u8)) -> (Vec<u8>, [u8; 64]) {
    let digest = approval.digest().expect("an approval");
    (
        approval.to_canonical().expect("an approval"),
        person(*seed).sign(&digest).to_bytes(),
    )
}

pub fn code(answer: EvidenceResult<Appraised>) -> &'static str {
    match answer {
        Ok(_) => "signed",
        Err(error) => leak(error.code.as_str()),
    }
}

fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}
