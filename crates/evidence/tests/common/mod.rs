//! A world in which everything holds: each test changes one thing and names the guard that refuses it.
#![allow(dead_code, unreachable_pub, unused_imports)]

mod documents;

pub use documents::*;
use ed25519_dalek::Signer;
use jinku_chain::Codec;
use jinku_evidence::{
    Appraised, Case, EvidenceCode, EvidenceError, EvidenceResult, Head, Own, Request, Rules,
    SignedBytes, Slots, appraise,
};
use jinku_proof::log::checkpoint::Checkpoint;
use jinku_proof::log::key::Algorithm;
use jinku_proof::log::note::{Note, SignatureLine};
use jinku_proof::log::receipt::Receipt;
use jinku_proof::log::trust::TrustRoot;
use jinku_proof::{Hash, consistency_proof, inclusion_path, leaf_hash, root};
use jinku_words::{Approval, ChainId, Intent, Plan};

/// So many approvals are wanted.
#[derive(Clone)]
pub struct SoManyAgree(pub usize);

impl Rules for SoManyAgree {
    fn judge(&self, case: &Case<'_>) -> EvidenceResult<()> {
        if case.approvers.len() >= self.0 {
            return Ok(());
        }
        let found = case.approvers.len().to_string();
        Err(EvidenceError::new(
            EvidenceCode::Obligation,
            "too few approve",
            found,
            self.0.to_string(),
        ))
    }
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
    /// Unix seconds, of each.
    pub cosigned_at: [u64; 2],
    pub codec: fn(&ChainId) -> Option<&'static dyn Codec>,
    pub networks: Vec<ChainId>,
    pub seen: Head,
    pub slots: Slots,
    pub rules: SoManyAgree,
    pub now_ms: u64,
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
            cosigned_at: [NOW / 1_000; 2],
            codec,
            networks: vec![intent.chain().clone()],
            seen: Head::NONE,
            slots: Slots::default(),
            rules: SoManyAgree(2),
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
        let line = |name: &str, algorithm, seed: u8, at| {
            let key = note_key(name, algorithm, seed);
            let message = key.message(&text, at).expect("a checkpoint");
            SignatureLine::new(&key, at, &person(seed).sign(&message).to_bytes())
        };
        let log = line(&self.origin, Algorithm::Ed25519, self.log_by, 0);
        let others = self
            .cosigned_by
            .iter()
            .zip(self.cosigned_at)
            .map(|((name, seed), at)| line(name, Algorithm::CosignatureV1, *seed, at));
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
        let mut bytes = self.bytes();
        change(&mut bytes);
        appraise(&self.own(), &bytes.request(&bytes.approvals()))
    }

    /// What the signer knows by itself.
    pub fn own(&self) -> Own<'_> {
        Own {
            trust: &self.trust,
            networks: &self.networks,
            vouched: None,
            seen: self.seen,
            slots: &self.slots,
            codec: self.codec,
            rules: &self.rules,
            now_ms: self.now_ms,
        }
    }

    /// What is sent, each document signed by its author.
    pub fn bytes(&self) -> Bytes {
        let leaves = self.leaves();
        let extension = consistency_proof(&leaves, usize::try_from(self.seen.size).expect("small"));
        let digest = self.intent.digest().expect("an intent");
        Bytes {
            intent: self.intent.to_canonical().expect("an intent"),
            intent_signature: person(self.intent_by).sign(&digest).to_bytes(),
            plan: self.plan.to_canonical().expect("a plan"),
            policy: self.policy.clone(),
            approvals: self.approvals.iter().map(signed).collect(),
            entry: self.entries[self.at].clone(),
            receipt: self.receipt().into_bytes(),
            extension: extension.unwrap_or_default(),
        }
    }

    /// The plan's entry, the log's last, says something else in one field.
    pub fn write_entry(&mut self, field: &str, value: &str) {
        let mut entry: serde_json::Value = serde_json::from_slice(&self.entries[5]).expect("JSON");
        entry[field] = value.into();
        self.entries[5] = entry.to_string().into_bytes();
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

impl Bytes {
    /// The approvals, borrowed.
    pub fn approvals(&self) -> Vec<SignedBytes<'_>> {
        let given = self.approvals.iter();
        given
            .map(|(bytes, signature)| SignedBytes { bytes, signature })
            .collect()
    }

    /// The whole, borrowed.
    pub fn request<'a>(&'a self, approvals: &'a [SignedBytes<'a>]) -> Request<'a> {
        Request {
            intent: SignedBytes {
                bytes: &self.intent,
                signature: &self.intent_signature,
            },
            plan: &self.plan,
            policy: &self.policy,
            approvals,
            entry: &self.entry,
            receipt: &self.receipt,
            extension: &self.extension,
        }
    }
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
