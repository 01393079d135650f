//! The bytes of a batch: equal to canonical JSON built by a general serialiser, frozen, and signed.

use ed25519_dalek::{Signer, SigningKey};
use jinku_proof::{
    BatchStatement, MAX_SAFE_INTEGER, ProofError, StatementForm, batch_leaf, batch_leaf_bytes,
    leaf_hash, verify_statement,
};
use serde_json::json;

const ACCOUNT: &str = "0192f0c1-2b3c-7def-8123-456789abcdef";

/// `serde_json` orders object keys by byte and writes strings as RFC 8785 does, which is canonical for these values.
fn canonical(v: &serde_json::Value) -> String {
    serde_json::to_string(v).expect("JSON")
}

#[test]
fn leaf_bytes_are_the_agreed_ones() {
    let mut out = Vec::new();
    let evm = (
        "eip155:1",
        "eoa",
        "m/44'/60'/0'/0/7",
        "0x9858EfFD232B4033E47d90003D41EC34EcaEda94",
    );
    batch_leaf_bytes(&mut out, ACCOUNT, 7, &[evm]);
    assert_eq!(
        String::from_utf8(out).expect("UTF-8"),
        "{\"account\":\"0192f0c1-2b3c-7def-8123-456789abcdef\",\"addresses\":[{\"address\":\
         \"0x9858EfFD232B4033E47d90003D41EC34EcaEda94\",\"chain\":\"eip155:1\",\"kind\":\"eoa\",\"path\":\
         \"m/44'/60'/0'/0/7\"}],\"index\":7,\"v\":1}"
    );
}

#[test]
fn leaf_bytes_equal_a_general_serialiser_even_for_odd_text() {
    let odd = [
        "",
        "plain",
        "quote\" back\\slash",
        "line\nfeed\ttab\r\u{8}\u{c}",
        "\u{0}\u{1f}\u{7f}",
        "金库 🜚 é",
        "</script>",
    ];
    for (i, text) in odd.iter().enumerate() {
        let rows = [
            (*text, "p2tr", "m/86'/0'/0'/0/1", *text),
            (
                "bip122:000000000019d6689c085ae165831e93",
                *text,
                *text,
                "bc1p",
            ),
        ];
        for index in [
            0,
            1,
            9,
            10,
            1_000_000,
            u64::from(u32::MAX),
            MAX_SAFE_INTEGER,
        ] {
            let mut ours = Vec::new();
            batch_leaf_bytes(&mut ours, text, index, &rows);
            let list: Vec<_> = rows
                .iter()
                .map(|(c, k, p, a)| json!({"chain": c, "kind": k, "path": p, "address": a}))
                .collect();
            let theirs =
                canonical(&json!({"account": text, "addresses": list, "index": index, "v": 1}));
            assert_eq!(
                String::from_utf8(ours.clone()).expect("UTF-8"),
                theirs,
                "case {i}"
            );
            assert_eq!(batch_leaf(text, index, &rows), leaf_hash(&ours));
        }
    }
}

#[test]
fn leaves_differ_when_any_field_does() {
    let base = batch_leaf(ACCOUNT, 7, &[("c", "k", "p", "a")]);
    let others = [
        batch_leaf("other", 7, &[("c", "k", "p", "a")]),
        batch_leaf(ACCOUNT, 8, &[("c", "k", "p", "a")]),
        batch_leaf(ACCOUNT, 7, &[("k", "c", "p", "a")]),
        batch_leaf(ACCOUNT, 7, &[("c", "k", "a", "p")]),
        batch_leaf(ACCOUNT, 7, &[("c", "k", "p", "a"), ("c", "k", "p", "a")]),
        batch_leaf(ACCOUNT, 7, &[]),
    ];
    assert!(others.iter().all(|o| *o != base));
}

const FORMS: &[StatementForm<'_>] = &[StatementForm {
    chain: "eip155:1",
    family: "evm",
    kind: "eoa",
    path: "m/44'/60'/0'/0/{i}",
}];

fn statement() -> BatchStatement<'static> {
    BatchStatement {
        count: 1000,
        deployment: "0192f0c1-0000-7000-8000-000000000001",
        forms: FORMS,
        job: "0192f0c1-0000-7000-8000-000000000002",
        mode: "custodial",
        root: [0xab; 32],
        start: 5000,
        created_at_ms: 1_764_000_000_123,
        vault: "0192f0c1-0000-7000-8000-000000000003",
    }
}

#[test]
fn statement_bytes_equal_a_general_serialiser() {
    let s = statement();
    let theirs = canonical(&json!({
        "count": 1000, "deployment": s.deployment, "job": s.job, "mode": "custodial", "root": "ab".repeat(32), "start": 5000,
        "forms": [{"chain": "eip155:1", "family": "evm", "kind": "eoa", "path": "m/44'/60'/0'/0/{i}"}],
        "ts": "1764000000123", "v": 1, "vault": s.vault,
    }));
    assert_eq!(
        String::from_utf8(s.to_bytes().expect("in range")).expect("UTF-8"),
        theirs
    );
    let huge = BatchStatement {
        start: MAX_SAFE_INTEGER + 1,
        ..s
    };
    assert_eq!(
        huge.to_bytes(),
        Err(ProofError::NumberTooLarge {
            field: "start",
            found: 1 << 53
        })
    );
}

#[test]
fn only_the_identity_key_makes_a_statement_good() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let identity = key.verifying_key().to_bytes();
    let s = statement();
    let bytes = s.to_bytes().expect("in range");
    let signature = key.sign(&s.digest().expect("in range")).to_bytes();
    verify_statement(&identity, &bytes, &signature).expect("our own signature");

    let mut other = bytes.clone();
    other[10] ^= 1;
    assert_eq!(
        verify_statement(&identity, &other, &signature),
        Err(ProofError::BadSignature)
    );
    let mut bent = signature;
    bent[40] ^= 1;
    assert_eq!(
        verify_statement(&identity, &bytes, &bent),
        Err(ProofError::BadSignature)
    );
    let stranger = SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes();
    assert_eq!(
        verify_statement(&stranger, &bytes, &signature),
        Err(ProofError::BadSignature)
    );
    let undomained = key.sign(&bytes).to_bytes();
    assert_eq!(
        verify_statement(&identity, &bytes, &undomained),
        Err(ProofError::BadSignature)
    );
    let mut identity_point = [0u8; 32];
    identity_point[0] = 1;
    assert_eq!(
        verify_statement(&identity_point, &bytes, &signature),
        Err(ProofError::BadKey)
    );
}

#[test]
fn the_tag_is_frozen() {
    use sha2::{Digest, Sha256};
    let s = statement();
    let mut preimage = b"jinku/batch/1\0".to_vec();
    preimage.extend(s.to_bytes().expect("in range"));
    assert_eq!(s.digest(), Ok(Sha256::digest(preimage).into()));
}
