//! A log that signs, and a witness in a folder of its own.
#![allow(dead_code)]

pub(crate) mod program;

use std::path::{Path, PathBuf};

use ed25519_dalek::{Signer, SigningKey};
use jinku_envelope::{KdfParams, Unlock};
use jinku_proof::Hash;
use jinku_proof::log::checkpoint::Checkpoint;
use jinku_proof::log::key::{Algorithm, VerifierKey};
use jinku_proof::log::note::{Note, SignatureLine};
use jinku_proof::log::submission::Submission;
use jinku_witness::folder::Folder;
use jinku_witness::{LogFile, Witness, WitnessKeys};

pub(crate) const ORIGIN: &str = "example.com/log";
pub(crate) const PASSPHRASE: &[u8] = b"a passphrase of the tests";

pub(crate) type Done = Result<(), Box<dyn std::error::Error>>;

/// A folder that goes away with its test.
pub(crate) struct Place(pub(crate) PathBuf);

impl Place {
    pub(crate) fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("jinku-witness-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder of our own");
        Self(path)
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.0.join("witness")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A log with one Ed25519 key; `salt` makes its leaves, so that two salts are two histories.
pub(crate) struct Log {
    pub(crate) key: VerifierKey,
    secret: SigningKey,
    salt: u8,
}

impl Log {
    pub(crate) fn new(origin: &str, seed: u8, salt: u8) -> Self {
        let secret = SigningKey::from_bytes(&[seed; 32]);
        let key = VerifierKey::new(
            origin,
            Algorithm::Ed25519,
            secret.verifying_key().as_bytes(),
        )
        .expect("a key");
        Self { key, secret, salt }
    }

    fn leaves(&self, size: u64) -> Vec<Hash> {
        (0..size)
            .map(|i| jinku_proof::leaf_hash(&[&[self.salt], i.to_be_bytes().as_slice()].concat()))
            .collect()
    }

    pub(crate) fn note(&self, size: u64) -> Note {
        let text = Checkpoint::new(self.key.name(), size, jinku_proof::root(&self.leaves(size)))
            .expect("plain")
            .text();
        self.sign(&text)
    }

    pub(crate) fn sign(&self, text: &str) -> Note {
        let signature = self.secret.sign(text.as_bytes()).to_bytes();
        Note::new(text, vec![SignatureLine::new(&self.key, 0, &signature)]).expect("plain")
    }

    /// A submission from one size to another, with its proof.
    pub(crate) fn body(&self, old: u64, size: u64) -> String {
        let leaves = self.leaves(size);
        let proof = match old {
            0 => Vec::new(),
            old if old >= size => Vec::new(),
            old => jinku_proof::consistency_proof(&leaves, old as usize).expect("inside"),
        };
        Submission::new(old, proof, self.note(size))
            .expect("plain")
            .to_text()
    }
}

/// A new witness in the place that knows these logs.
pub(crate) fn made(place: &Place, logs: &[&Log]) -> [VerifierKey; 2] {
    let folder = Folder::create(&place.dir()).expect("a new folder");
    let kdf = KdfParams {
        m_kib: KdfParams::MIN_NEW_M_KIB,
        t: 1,
        p: 1,
    };
    let keys = WitnessKeys::create(
        &folder,
        "w.example/w1",
        &Unlock::Passphrase(PASSPHRASE),
        kdf,
        1_800_000_000_000,
    );
    for log in logs {
        LogFile::new(vec![log.key.clone()])
            .and_then(|l| l.add(&folder))
            .expect("a new log");
    }
    keys.expect("new keys").public().clone()
}

/// The witness of the place, started as after a crash.
pub(crate) fn started(dir: &Path) -> Result<Witness, jinku_witness::WitnessError> {
    let folder = Folder::open(dir)?;
    let keys = WitnessKeys::open(&folder, &Unlock::Passphrase(PASSPHRASE))?;
    Witness::start(folder, keys)
}
