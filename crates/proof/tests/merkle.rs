//! RFC 6962/9162 vectors of transparency-dev/merkle (Apache-2.0), and trees of our own against the definition.

use jinku_proof::{
    EMPTY_ROOT, Hash, ProofError, consistency_proof, inclusion_path, leaf_hash, node_hash, root,
    verify_consistency, verify_inclusion, verify_subtree_consistency, verify_subtree_inclusion,
};
use jinku_testkit::vectors;
use serde_json::Value;

fn base64(text: &str) -> Vec<u8> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => u32::from(c - b'A'),
        b'a'..=b'z' => u32::from(c - b'a') + 26,
        b'0'..=b'9' => u32::from(c - b'0') + 52,
        b'+' => 62,
        b'/' => 63,
        _ => panic!("not base64: {text}"),
    };
    let mut out = Vec::new();
    for chunk in text.trim_end_matches('=').as_bytes().chunks(4) {
        let bits =
            chunk.iter().fold(0u32, |acc, c| acc << 6 | value(*c)) << (6 * (4 - chunk.len()));
        out.extend_from_slice(&bits.to_be_bytes()[1..chunk.len()]);
    }
    out
}

/// A hash that is not 32 bytes long cannot be expressed in our types; such a case counts as refused.
fn hash(v: &Value) -> Option<Hash> {
    base64(v.as_str().unwrap_or("")).try_into().ok()
}

/// A root, some of which are short texts in the vectors: equal ones stay equal, others never are.
fn root_of(v: &Value) -> Option<Hash> {
    let bytes = base64(v.as_str()?);
    Some(
        bytes
            .as_slice()
            .try_into()
            .unwrap_or_else(|_| leaf_hash(&bytes)),
    )
}

fn hashes(v: &Value) -> Option<Vec<Hash>> {
    v.as_array()
        .map_or(Some(Vec::new()), |a| a.iter().map(hash).collect())
}

fn run(name: &str, least: usize, check: impl Fn(&Value) -> Option<Result<(), ProofError>>) {
    let (mut accepted, mut refused) = (0, 0);
    for case in vectors(&format!("merkle/{name}"))
        .as_array()
        .expect("a list")
    {
        let ours = check(case).is_some_and(|r| r.is_ok());
        let want = !case["wantErr"].as_bool().expect("wantErr");
        assert_eq!(ours, want, "{}: {}", case["file"], case["desc"]);
        if want { accepted += 1 } else { refused += 1 }
    }
    assert!(
        accepted >= 3 && refused >= least,
        "{name}: only {accepted} accepted and {refused} refused"
    );
}

#[test]
fn inclusion_vectors() {
    run("inclusion.json", 8, |c| {
        let (i, n) = (c["leafIdx"].as_u64()?, c["treeSize"].as_u64()?);
        Some(verify_inclusion(
            &hash(&c["leafHash"])?,
            i,
            n,
            &hashes(&c["proof"])?,
            &root_of(&c["root"])?,
        ))
    });
}

#[test]
fn consistency_vectors() {
    run("consistency.json", 8, |c| {
        let (m, n) = (c["size1"].as_u64()?, c["size2"].as_u64()?);
        Some(verify_consistency(
            m,
            n,
            &hashes(&c["proof"])?,
            &root_of(&c["root1"])?,
            &root_of(&c["root2"])?,
        ))
    });
}

#[test]
fn subtree_inclusion_vectors() {
    run("subtreeinclusion.json", 8, |c| {
        let (i, start, end) = (
            c["leafIdx"].as_u64()?,
            c["start"].as_u64()?,
            c["end"].as_u64()?,
        );
        Some(verify_subtree_inclusion(
            &hash(&c["leafHash"])?,
            i,
            start,
            end,
            &hashes(&c["proof"])?,
            &root_of(&c["root"])?,
        ))
    });
}

#[test]
fn subtree_consistency_vectors() {
    run("subtreeconsistency.json", 8, |c| {
        let (start, end, n) = (
            c["start"].as_u64()?,
            c["end"].as_u64()?,
            c["size"].as_u64()?,
        );
        let (root1, root2) = (root_of(&c["root1"])?, root_of(&c["root2"])?);
        Some(verify_subtree_consistency(
            start,
            end,
            n,
            &hashes(&c["proof"])?,
            &root1,
            &root2,
        ))
    });
}

/// The tree as RFC 6962 section 2.1 writes it down, split by split.
fn definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_ROOT,
        [one] => *one,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&definition(left), &definition(right))
        }
    }
}

fn leaves(n: usize) -> Vec<Hash> {
    (0..n as u64).map(|i| leaf_hash(&i.to_be_bytes())).collect()
}

#[test]
fn every_path_of_every_small_tree_verifies_and_no_other_does() {
    for n in 1..=33usize {
        let all = leaves(n);
        let top = root(&all);
        assert_eq!(top, definition(&all), "root of {n}");
        for i in 0..n {
            let path = inclusion_path(&all, i).expect("a leaf of the tree");
            verify_inclusion(&all[i], i as u64, n as u64, &path, &top).expect("our own path");
            let other = all[(i + 1) % n];
            if n > 1 {
                assert!(
                    verify_inclusion(&other, i as u64, n as u64, &path, &top).is_err(),
                    "foreign leaf at {i} of {n}"
                );
                let wrong = (i as u64 + 1) % n as u64;
                assert!(
                    verify_inclusion(&all[i], wrong, n as u64, &path, &top).is_err(),
                    "wrong place {i} of {n}"
                );
            }
            let mut long = path.clone();
            long.push(top);
            let refused = verify_inclusion(&all[i], i as u64, n as u64, &long, &top);
            assert!(
                matches!(refused, Err(ProofError::Length { .. })),
                "an extra hash at {i} of {n}"
            );
        }
        assert!(inclusion_path(&all, n).is_err());
    }
}

#[test]
fn every_prefix_of_every_small_tree_is_consistent_and_no_other_root_is() {
    for n in 1..=33usize {
        let all = leaves(n);
        let top = root(&all);
        for m in 1..=n {
            let proof = consistency_proof(&all, m).expect("a prefix");
            let earlier = root(&all[..m]);
            verify_consistency(m as u64, n as u64, &proof, &earlier, &top).expect("our own proof");
            let mut forged = earlier;
            forged[7] ^= 1;
            assert!(
                verify_consistency(m as u64, n as u64, &proof, &forged, &top).is_err(),
                "forged {m} of {n}"
            );
            let mut long = proof.clone();
            long.push(top);
            assert!(
                verify_consistency(m as u64, n as u64, &long, &earlier, &top).is_err(),
                "extra hash {m} of {n}"
            );
        }
        assert!(consistency_proof(&all, 0).is_err() && consistency_proof(&all, n + 1).is_err());
        assert!(
            verify_consistency(0, n as u64, &[], &EMPTY_ROOT, &top).is_err(),
            "from an empty tree"
        );
    }
}

#[test]
fn the_empty_root_is_the_hash_of_nothing() {
    assert_eq!(root(&[]), EMPTY_ROOT);
    assert_ne!(leaf_hash(&[]), EMPTY_ROOT);
    assert!(verify_inclusion(&leaf_hash(&[]), 0, 0, &[], &EMPTY_ROOT).is_err());
}

#[test]
fn a_refusal_says_what_was_found_and_expected() {
    let all = leaves(8);
    let text = verify_inclusion(&all[0], 0, 8, &[], &root(&all))
        .expect_err("no hashes")
        .to_string();
    assert!(
        text.contains("0 hashes") && text.contains("needs 3"),
        "{text}"
    );
}
