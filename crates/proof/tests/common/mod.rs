//! Keys that sign, and small logs, for the tests of the log.
#![allow(dead_code)]

use ed25519_dalek::{Signer, SigningKey};
use jinku_proof::Hash;
use jinku_proof::log::checkpoint::Checkpoint;
use jinku_proof::log::key::{Algorithm, VerifierKey};
use jinku_proof::log::note::{Note, SignatureLine};

/// What tests return, so that `?` works on every refusal.
pub type Done = Result<(), Box<dyn std::error::Error>>;

enum Secret {
    Ed25519(SigningKey),
    MlDsa44(Box<ml_dsa::SigningKey<ml_dsa::MlDsa44>>),
}

/// A key that signs, made of one byte.
pub struct Key {
    /// Its public half.
    pub public: VerifierKey,
    secret: Secret,
}

impl Key {
    /// The key of a name, an algorithm and a seed.
    pub fn new(name: &str, algorithm: Algorithm, seed: u8) -> Self {
        let (public, secret) = if algorithm == Algorithm::MlDsa44 {
            let key = ml_dsa::SigningKey::from_seed(&ml_dsa::Seed::from([seed; 32]));
            let public = key.expanded_key().verifying_key().encode().to_vec();
            (public, Secret::MlDsa44(Box::new(key)))
        } else {
            let key = SigningKey::from_bytes(&[seed; 32]);
            (
                key.verifying_key().to_bytes().to_vec(),
                Secret::Ed25519(key),
            )
        };
        let public = VerifierKey::new(name, algorithm, &public).expect("a key of our own");
        Self { public, secret }
    }

    /// A raw signature.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
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
    pub fn line(&self, text: &str, timestamp: u64) -> SignatureLine {
        let message = self.public.message(text, timestamp).expect("a checkpoint");
        SignatureLine::new(&self.public, timestamp, &self.sign(&message))
    }
}

/// The three kinds of key under one name.
pub fn kinds(name: &str, seed: u8) -> [Key; 3] {
    [
        Algorithm::Ed25519,
        Algorithm::CosignatureV1,
        Algorithm::MlDsa44,
    ]
    .map(|a| Key::new(name, a, seed))
}

/// Leaf hashes of some numbers.
pub fn leaves(count: u64) -> Vec<Hash> {
    (0..count)
        .map(|i| jinku_proof::leaf_hash(&i.to_be_bytes()))
        .collect()
}

/// A signed checkpoint.
pub fn signed(origin: &str, size: u64, root: Hash, keys: &[&Key], timestamp: u64) -> Note {
    let text = Checkpoint::new(origin, size, root).expect("plain").text();
    let lines = keys.iter().map(|k| k.line(&text, timestamp)).collect();
    Note::new(&text, lines).expect("plain")
}
