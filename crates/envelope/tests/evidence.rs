//! Evidence: only the auditor opens it, only for its subject, and only if it is what was committed to.

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
