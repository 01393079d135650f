//! Keys that sign, and small logs, for the tests of the log.
#![allow(dead_code)]

use ed25519_dalek::{Signer, SigningKey};
use jinku_proof::Hash;
use jinku_proof::log::checkpoint::Checkpoint;
use jinku_proof::log::key::{Algorithm, VerifierKey};
use jinku_proof::log::note::{Note, SignatureLine};
use jinku_proof::log::receipt::Receipt;
use jinku_proof::log::trust::{
    AdminSignature, Group, KeyKind, Role, SignedTrustRoot, TrustRoot, TrustedKey, Witness,
};

/// What tests return, so that `?` works on every refusal.
pub(crate) type Done = Result<(), Box<dyn std::error::Error>>;

enum Secret {
    Ed25519(Box<SigningKey>),
    MlDsa44(Box<ml_dsa::SigningKey<ml_dsa::MlDsa44>>),
}

/// A key that signs, made of one byte.
pub(crate) struct Key {
    /// Its public half.
    pub(crate) public: VerifierKey,
    secret: Secret,
}

impl Key {
    /// The key of a name, an algorithm and a seed.
    pub(crate) fn new(name: &str, algorithm: Algorithm, seed: u8) -> Self {
        let (public, secret) = if algorithm == Algorithm::MlDsa44 {
            let key = ml_dsa::SigningKey::from_seed(&ml_dsa::Seed::from([seed; 32]));
            let public = key.expanded_key().verifying_key().encode().to_vec();
            (public, Secret::MlDsa44(Box::new(key)))
        } else {
            let key = SigningKey::from_bytes(&[seed; 32]);
            (
                key.verifying_key().to_bytes().to_vec(),
                Secret::Ed25519(Box::new(key)),
            )
        };
        let public = VerifierKey::new(name, algorithm, &public).expect("a key of our own");
        Self { public, secret }
    }

    /// A raw signature.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.secret {
            Secret::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
            Secret::MlDsa44(key) => key
                .expanded_key()
                .sign_deterministic(message, &[])
                .expect("a short context")
                .encode()
                .to_vec(),
        }
    }

    /// A signature line over a text.
    pub(crate) fn line(&self, text: &str, timestamp: u64) -> SignatureLine {
        let message = self.public.message(text, timestamp).expect("a checkpoint");
        SignatureLine::new(&self.public, timestamp, &self.sign(&message))
    }
}

/// The three kinds of key under one name.
pub(crate) fn kinds(name: &str, seed: u8) -> [Key; 3] {
    [
        Algorithm::Ed25519,
        Algorithm::CosignatureV1,
        Algorithm::MlDsa44,
    ]
    .map(|a| Key::new(name, a, seed))
}

/// Leaf hashes of some numbers.
pub(crate) fn leaves(count: u64) -> Vec<Hash> {
    (0..count)
        .map(|i| jinku_proof::leaf_hash(&i.to_be_bytes()))
        .collect()
}

/// A signed checkpoint.
pub(crate) fn signed(origin: &str, size: u64, root: Hash, keys: &[&Key], timestamp: u64) -> Note {
    let text = Checkpoint::new(origin, size, root).expect("plain").text();
    let lines = keys.iter().map(|k| k.line(&text, timestamp)).collect();
    Note::new(&text, lines).expect("plain")
}

/// A log of `count` entries with both its keys, and what proves one of them.
pub(crate) struct Log {
    /// The log's Ed25519 and ML-DSA-44 keys.
    pub(crate) keys: [Key; 2],
    /// Leaf hashes.
    pub(crate) leaves: Vec<Hash>,
}

impl Log {
    /// A log whose entries are the numbers, as 8 bytes.
    pub(crate) fn new(count: u64) -> Self {
        let keys =
            [Algorithm::Ed25519, Algorithm::MlDsa44].map(|a| Key::new("example.com/log", a, 1));
        Self {
            keys,
            leaves: leaves(count),
        }
    }

    /// The newest checkpoint, signed by the log and cosigned by these.
    pub(crate) fn note(&self, cosigners: &[&Key]) -> Note {
        let keys: Vec<&Key> = self.keys.iter().chain(cosigners.iter().copied()).collect();
        signed(
            "example.com/log",
            self.leaves.len() as u64,
            jinku_proof::root(&self.leaves),
            &keys,
            1_700_000_000,
        )
    }

    /// A receipt of an entry under that checkpoint.
    pub(crate) fn receipt(&self, index: u64, cosigners: &[&Key]) -> Receipt {
        let path = jinku_proof::inclusion_path(&self.leaves, index as usize).expect("inside");
        Receipt::new(index, path, self.note(cosigners), None).expect("plain")
    }
}

/// Names and seeds of the witnesses of [`trust_root`]: two from outside, one of our own.
pub(crate) const WITNESSES: [(&str, u8, bool); 3] = [
    ("w-east", 31, true),
    ("w-self", 32, false),
    ("w-west", 33, true),
];

/// The keys of a witness: one Ed25519, one ML-DSA-44.
pub(crate) fn witness(name: &str, seed: u8) -> [Key; 2] {
    [
        Key::new(name, Algorithm::CosignatureV1, seed),
        Key::new(name, Algorithm::MlDsa44, seed),
    ]
}

/// The Ed25519 key of an admin or approver.
pub(crate) fn person(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// A root with two admins (41, 42) of whom `threshold` sign, one approver (43), and the witnesses above.
pub(crate) fn trust_root(log: &Log, threshold: u64, quorum: u64) -> TrustRoot {
    let key = |name: &str, seed: u8, roles: &[Role]| TrustedKey {
        name: name.to_owned(),
        kind: KeyKind::Ed25519,
        public: person(seed).verifying_key().to_bytes().to_vec(),
        roles: roles.to_vec(),
        not_after_ms: None,
    };
    let sorted = |keys: &[Key]| {
        let mut keys: Vec<VerifierKey> = keys.iter().map(|k| k.public.clone()).collect();
        keys.sort_by_key(ToString::to_string);
        keys
    };
    TrustRoot {
        deployment: "018bcfe5-6800-7000-8000-000000000000"
            .parse()
            .expect("an id"),
        version: 1,
        created_at_ms: 1_700_000_000_000,
        not_after_ms: None,
        admin_threshold: threshold,
        keys: vec![
            key("ada", 41, &[Role::Admin]),
            key("bo", 42, &[Role::Admin, Role::Initiator]),
            key("cy", 43, &[Role::Approver]),
        ],
        groups: vec![Group {
            name: "desk".into(),
            members: vec!["cy".into()],
            threshold: 1,
        }],
        policy_digest: None,
        origin: "example.com/log".into(),
        journal_keys: sorted(&log.keys),
        witnesses: WITNESSES
            .iter()
            .map(|(name, seed, outside)| Witness {
                name: (*name).into(),
                keys: sorted(&witness(name, *seed)),
                outside: *outside,
            })
            .collect(),
        quorum,
    }
}

/// The root signed by these seeds.
pub(crate) fn signed_root(root: TrustRoot, seeds: &[u8]) -> SignedTrustRoot {
    let digest = root.digest().expect("a good root");
    let signatures = seeds
        .iter()
        .map(|seed| AdminSignature {
            public: person(*seed).verifying_key().to_bytes(),
            signature: person(*seed).sign(&digest).to_bytes(),
        })
        .collect();
    SignedTrustRoot::new(root, signatures).expect("a good root")
}
