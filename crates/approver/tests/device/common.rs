//! A deployment that asks, a device that answers, and the program between them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use ed25519_dalek::{Signer, SigningKey};
use jinku_approver::{Request, Told};
use jinku_proof::log::key::{Algorithm, VerifierKey};
use jinku_proof::log::trust::{
    AdminSignature, Fingerprint, KeyKind, Role, SignedTrustRoot, TrustRoot, TrustedKey,
};
use jinku_words::Intent;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_jinku-approver");
pub(crate) const PASSPHRASE: &str = "a passphrase of the tests";
pub(crate) const POLICY: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(crate) const DESTINATION: &str = "eip155:1:0x6fac4d18c912343bf86fa7049364dd4e424ab9c0";

pub(crate) type Done = Result<(), Box<dyn std::error::Error>>;

/// A folder that goes away with its test.
pub(crate) struct Place(pub(crate) PathBuf);

impl Place {
    pub(crate) fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("jinku-approver-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder of our own");
        Self(path)
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.0.join("device")
    }

    /// A file of these bytes.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).expect("a file of our own");
        path
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.expect("after 1970").as_millis()).expect("a time")
}

/// The program with these words; the passphrase stands on its standard input, as descriptor 0.
pub(crate) fn run(dir: &Path, words: &[&str], passphrase: &str) -> Output {
    let mut child = Command::new(PROGRAM)
        .args(words)
        .arg("--dir")
        .arg(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // It may end, or read nothing, before the passphrase is there.
    let _ = child
        .stdin
        .take()
        .expect("piped")
        .write_all(passphrase.as_bytes());
    child.wait_with_output().expect("it ends")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What it printed, when it ended well.
pub(crate) fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// A deployment: its admin, its initiator, and the approvers of its trust root.
pub(crate) struct Deployment {
    pub(crate) id: &'static str,
    pub(crate) version: u64,
    pub(crate) policy: Option<String>,
    pub(crate) approvers: Vec<(String, [u8; 32])>,
    pub(crate) desk: Vec<Role>,
}

impl Deployment {
    pub(crate) fn new(approver: [u8; 32]) -> Self {
        Self {
            id: "018bcfe5-6800-7000-8000-0000000000d1",
            version: 1,
            policy: Some(POLICY.to_owned()),
            approvers: vec![("anna".to_owned(), approver)],
            desk: vec![Role::Initiator],
        }
    }

    fn root(&self) -> TrustRoot {
        let trusted = |name: &str, public: [u8; 32], roles: Vec<Role>| TrustedKey {
            name: name.to_owned(),
            kind: KeyKind::Ed25519,
            public: public.to_vec(),
            roles,
            not_after_ms: None,
        };
        let public = |seed| key(seed).verifying_key().to_bytes();
        let mut keys = vec![
            trusted("boss", public(1), vec![Role::Admin]),
            trusted("desk", public(2), self.desk.clone()),
        ];
        for (name, public) in &self.approvers {
            keys.push(trusted(name, *public, vec![Role::Approver]));
        }
        keys.sort_by(|a, b| a.name.cmp(&b.name));
        let origin = "example.com/log";
        let log = VerifierKey::new(origin, Algorithm::Ed25519, &public(3)).expect("a key");
        TrustRoot {
            deployment: self.id.parse().expect("an id"),
            version: self.version,
            created_at_ms: 1_700_000_000_000 + self.version,
            not_after_ms: None,
            admin_threshold: 1,
            keys,
            groups: Vec::new(),
            policy_digest: self.policy.clone(),
            origin: origin.to_owned(),
            journal_keys: vec![log],
            witnesses: Vec::new(),
            quorum: 0,
        }
    }

    /// The trust root, signed by the admin with that seed (the right one has 1).
    pub(crate) fn signed_by(&self, seed: u8) -> Vec<u8> {
        let root = self.root();
        let signature = AdminSignature {
            public: key(seed).verifying_key().to_bytes(),
            signature: key(seed).sign(&root.digest().expect("a root")).to_bytes(),
        };
        let signed = SignedTrustRoot::new(root, vec![signature]).expect("a root");
        signed.to_bytes().expect("a root")
    }

    pub(crate) fn signed(&self) -> Vec<u8> {
        self.signed_by(1)
    }

    pub(crate) fn print(&self) -> Fingerprint {
        self.root().fingerprint().expect("a root")
    }

    /// An intent that is good for an hour.
    pub(crate) fn intent(&self) -> Intent {
        let bytes = br#"{"amount":"1500000000000000000","asset":"eip155:1/slip44:60","bounds":{"max_fee":"21000000000000000","replaceable":true,"valid_until":"1700000600000"},"created_at":"1700000000001","deployment":"018bcfe5-6800-7000-8000-0000000000d1","destination":"eip155:1:0x6fac4d18c912343bf86fa7049364dd4e424ab9c0","id":"018bcfe5-6801-7abc-8def-0123456789ab","idempotency_key":"order-4711/1","initiator":"desk","kind":"transfer","reason_commitment":null,"source":"eip155:1:0x9858effd232b4033e47d90003d41ec34ecaeda94","v":1,"vault":"018bcfe5-6800-7000-8000-0000000000a1"}"#;
        let mut intent = Intent::from_canonical(bytes).expect("an intent");
        intent.deployment = self.id.parse().expect("an id");
        intent.bounds.valid_until_ms = now_ms() + 3_600_000;
        intent
    }

    /// The request for an intent, signed by its initiator.
    pub(crate) fn request(&self, intent: Intent) -> Request {
        let signature = key(2).sign(&intent.digest().expect("an intent")).to_bytes();
        Request {
            intent,
            signature,
            policy_digest: POLICY.to_owned(),
            trust_root: self.print().hex,
            told: vec![Told {
                code: "policy.limit".to_owned(),
                text: "above the daily limit".to_owned(),
            }],
        }
    }
}

/// A device in a folder, and the deployment that knows it; nothing is pinned.
pub(crate) fn device(place: &Place) -> Deployment {
    let made = run(
        &place.dir(),
        &["init", "--name", "anna", "--json", "--passphrase-fd", "0"],
        PASSPHRASE,
    );
    let document: serde_json::Value = serde_json::from_str(&said(&made)).expect("JSON");
    let hex = document["public"].as_str().expect("a key");
    let mut public = [0; 32];
    for (byte, at) in public.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
    }
    Deployment::new(public)
}

/// The trust root of the deployment is pinned.
pub(crate) fn pin(place: &Place, deployment: &Deployment) -> Output {
    let file = place.file("root.json", &deployment.signed());
    let (file, digest) = (file.to_string_lossy().into_owned(), deployment.print().hex);
    run(
        &place.dir(),
        &["pin", &file, "--yes", "--digest", &digest],
        "",
    )
}

/// A device that has pinned its deployment's trust root.
pub(crate) fn pinned(place: &Place) -> Deployment {
    let deployment = device(place);
    said(&pin(place, &deployment));
    deployment
}

/// A command on a request that a script is sure of.
pub(crate) fn decide(place: &Place, verb: &str, request: &Request, more: &[&str]) -> Output {
    let file = place.file("request.json", &request.to_canonical().expect("a request"));
    let file = file.to_string_lossy().into_owned();
    let digest = Fingerprint::of(&request.intent.digest().expect("an intent")).hex;
    let words = [
        &[
            verb,
            &file,
            "--yes",
            "--digest",
            &digest,
            "--passphrase-fd",
            "0",
        ],
        more,
    ]
    .concat();
    run(&place.dir(), &words, PASSPHRASE)
}

/// Ends with that status and that code, and has signed nothing.
pub(crate) fn refuses(output: &Output, status: i32, code: &str) {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{said}");
    assert!(said.contains(code), "{code}: {said}");
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
}
