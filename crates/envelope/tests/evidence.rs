//! Evidence: only the auditor opens it, only for its subject, and only if it is what was committed to.

use jinku_envelope::claim::ClaimCode;
use jinku_envelope::evidence::{EvidenceKey, Sealed, open, seal};
use jinku_envelope::{EnvelopeError, KdfParams};

const KDF: KdfParams = KdfParams {
    m_kib: KdfParams::MIN_NEW_M_KIB,
    t: 1,
    p: 1,
};
const TEXT: &[u8] = br#"{"ip":"203.0.113.7","kyc":"K-1"}"#;

#[test]
fn the_auditor_opens_what_anybody_sealed() {
    let key = EvidenceKey::create(b"auditor's words", KDF).expect("sound");
    let read = EvidenceKey::parse(&key.to_bytes().expect("sound")).expect("whole");
    assert_eq!(read, key);
    let sealed = seal(read.public(), "chunk-7", TEXT).expect("sound");
    let private = read.unlock(b"auditor's words").expect("right");
    assert_eq!(&*open(&private, "chunk-7", &sealed).expect("ours"), TEXT);
    assert!(matches!(
        read.unlock(b"another"),
        Err(EnvelopeError::WrongSecret { .. })
    ));
}

#[test]
fn equal_evidence_looks_different_each_time() {
    let key = EvidenceKey::create(b"words", KDF).expect("sound");
    let (a, b) = (
        seal(key.public(), "s", TEXT).expect("sound"),
        seal(key.public(), "s", TEXT).expect("sound"),
    );
    assert!(
        a.commitment != b.commitment
            && a.ciphertext != b.ciphertext
            && a.sealed_key != b.sealed_key
    );
    assert!(a.ciphertext.windows(5).all(|w| w != b"203.0"));
}

#[test]
fn nothing_opens_for_another_subject_key_or_after_a_change() {
    let key = EvidenceKey::create(b"words", KDF).expect("sound");
    let private = key.unlock(b"words").expect("right");
    let sealed = seal(key.public(), "s", TEXT).expect("sound");
    let other = EvidenceKey::create(b"words", KDF)
        .expect("sound")
        .unlock(b"words")
        .expect("right");
    assert!(matches!(
        open(&private, "t", &sealed),
        Err(EnvelopeError::Unsealable)
    ));
    assert!(matches!(
        open(&other, "s", &sealed),
        Err(EnvelopeError::Unsealable)
    ));
    let mut bent = sealed.clone();
    bent.commitment[0] ^= 1;
    assert!(matches!(
        open(&private, "s", &bent),
        Err(EnvelopeError::Commitment)
    ));
    let mut bent = sealed.clone();
    bent.ciphertext[30] ^= 1;
    assert!(matches!(
        open(&private, "s", &bent),
        Err(EnvelopeError::Unsealable)
    ));
    // A piece with another piece's key: both are genuine, together they are not.
    let second = seal(key.public(), "s", b"other").expect("sound");
    let mixed = Sealed {
        ciphertext: second.ciphertext,
        ..sealed
    };
    assert!(matches!(
        open(&private, "s", &mixed),
        Err(EnvelopeError::Unsealable)
    ));
}

#[test]
fn broken_key_files_and_keys_are_named() {
    let key = EvidenceKey::create(b"words", KDF).expect("sound");
    let bytes = key.to_bytes().expect("sound");
    assert!(matches!(
        EvidenceKey::parse(&bytes[..bytes.len() - 1]),
        Err(EnvelopeError::Truncated { .. })
    ));
    let mut bent = bytes.clone();
    bent[20] ^= 1;
    assert!(matches!(
        EvidenceKey::parse(&bent),
        Err(EnvelopeError::Damaged { .. })
    ));
    assert!(matches!(
        seal(&[0; 32], "s", TEXT),
        Err(EnvelopeError::BadPublicKey)
    ));
    assert!(matches!(
        EvidenceKey::create(b"", KDF),
        Err(EnvelopeError::EmptyPassphrase)
    ));
}

const FROZEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/sealed-1.txt");

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&text[i..i + 2], 16).expect("hex"))
        .collect()
}

/// Evidence and a claim blob that this release sealed once; every later release has to open them.
#[test]
fn the_frozen_pieces_still_open() {
    let text = std::fs::read_to_string(FROZEN).expect("the frozen pieces");
    let lines: Vec<&str> = text.lines().collect();
    let [key, ciphertext, sealed_key, commitment, code, lookup, blob] = lines[..] else {
        panic!("{} lines, expected 7", lines.len());
    };
    let private = EvidenceKey::parse(&unhex(key))
        .expect("whole")
        .unlock(b"auditor's words")
        .expect("right");
    let commitment = unhex(commitment).try_into().expect("32 bytes");
    let sealed = Sealed {
        ciphertext: unhex(ciphertext),
        sealed_key: unhex(sealed_key),
        commitment,
    };
    assert_eq!(&*open(&private, "chunk-7", &sealed).expect("ours"), TEXT);
    let code = ClaimCode::parse(code.as_bytes()).expect("a code");
    assert_eq!(hex(&code.lookup_id()), lookup);
    assert_eq!(
        &*code.open(&unhex(blob)).expect("ours"),
        b"abandon ability able"
    );
}

/// Writes the frozen pieces; run by hand, once for each new format.
#[test]
#[ignore = "writes tests/data/sealed-1.txt"]
fn freeze() {
    let key = EvidenceKey::create(b"auditor's words", KDF).expect("sound");
    let sealed = seal(key.public(), "chunk-7", TEXT).expect("sound");
    let code = ClaimCode::generate().expect("randomness");
    let blob = code.seal(b"abandon ability able").expect("randomness");
    let lines = [
        hex(&key.to_bytes().expect("sound")),
        hex(&sealed.ciphertext),
        hex(&sealed.sealed_key),
        hex(&sealed.commitment),
        code.expose_text().to_string(),
        hex(&code.lookup_id()),
        hex(&blob),
    ];
    std::fs::write(FROZEN, lines.join("\n") + "\n").expect("written");
}
