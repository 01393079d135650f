//! Bulk results against the one-at-a-time crates, the independent re-check and published addresses.

mod slow;

use jinku_address::{Family, Form};
use jinku_bulk::{BulkError, Root, Tree};
use jinku_hd::bip39::Mnemonic;
use jinku_hd::key::{Curve, ExtendedKey};
use jinku_lanes::available;
use proptest::prelude::*;
use slow::{JOB, TS, all_forms, leaves, slowly, texts};

#[test]
fn every_form_equals_one_at_a_time_and_the_recheck() {
    let seed = [0x5au8; 64];
    let forms = all_forms();
    for backend in available() {
        let tree = Tree::new(&seed, &forms).expect("tree").on(backend);
        let batch = tree.derive(&JOB, TS, 5, 9).expect("batch");
        for (form, column) in forms.iter().zip(&batch.columns) {
            let expected: Vec<String> = (5..14).map(|index| slowly(&seed, form, index)).collect();
            assert_eq!(
                texts(column),
                expected,
                "{} {} on {backend}",
                form.chain,
                form.path
            );
        }
        let again = tree.recheck(11).expect("account");
        let sixth: Vec<String> = batch
            .columns
            .iter()
            .map(|column| texts(column).remove(6))
            .collect();
        assert_eq!(again, sixth);
        assert_eq!(
            tree.recheck_many(&[11, 11]).expect("accounts"),
            [again.clone(), again]
        );
    }
}

#[test]
fn published_addresses_come_out() {
    // Hardhat's and Anvil's first accounts; BIP-84 and BIP-86 test vectors; the Neo N3 key.
    let junk = Mnemonic::parse("test test test test test test test test test test test junk")
        .expect("valid");
    let evm = Form::defaults(&[Family::Evm]);
    let batch = Tree::new(&junk.seed(""), &evm)
        .and_then(|tree| tree.derive(&JOB, TS, 0, 2))
        .expect("batch");
    let expected = [
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
        "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    ];
    assert_eq!(texts(&batch.columns[0]), expected);
    let about = format!("{}about", "abandon ".repeat(11));
    let about = Mnemonic::parse(&about).expect("valid");
    let bitcoin = Form::defaults(&[Family::Bitcoin]);
    let batch = Tree::new(&about.seed(""), &bitcoin)
        .and_then(|tree| tree.derive(&JOB, TS, 0, 2))
        .expect("batch");
    assert_eq!(
        texts(&batch.columns[0]),
        [
            "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr",
            "bc1p4qhjn9zdvkux4e44uhx8tc55attvtyu358kutcqkudyccelu0was9fqzwh",
        ]
    );
    assert_eq!(
        texts(&batch.columns[1]),
        [
            "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu",
            "bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g"
        ]
    );
}

#[test]
fn roots_are_those_of_jinku_proof_at_every_group_edge() {
    let forms = Form::defaults(&[Family::Evm, Family::Cosmos]);
    let tree = Tree::new(&[9; 64], &forms).expect("tree");
    for (start, count) in [
        (0, 1),
        (0, 255),
        (0, 256),
        (5, 257),
        (0, 2047),
        (0, 2048),
        (7, 2049),
        (99_999, 4097),
        (3, 20_001),
        (1_000_000_000, 3),
    ] {
        let batch = tree.derive(&JOB, TS, start, count).expect("batch");
        let leaves = leaves(&forms, &batch.columns, start, false);
        assert_eq!(leaves.len(), count as usize);
        assert_eq!(batch.root, jinku_proof::root(&leaves), "{start} {count}");
        let other_job = tree.derive(&[0x43; 16], TS, start, count).expect("batch");
        assert!(other_job.columns == batch.columns && other_job.root != batch.root);
    }
}

#[test]
fn a_selection_of_forms_is_derived_in_its_order() {
    let forms = Form::defaults(&Family::ALL);
    let tree = Tree::new(&[1; 64], &forms).expect("tree");
    let all = tree.derive(&JOB, TS, 3, 5).expect("batch");
    let some = tree.derive_forms(&[6, 0], &JOB, TS, 3, 5).expect("batch");
    assert_eq!(
        some.columns,
        [all.columns[6].clone(), all.columns[0].clone()]
    );
    let picked = [forms[6].clone(), forms[0].clone()];
    assert_eq!(
        some.root,
        jinku_proof::root(&leaves(&picked, &some.columns, 3, false))
    );
    let none = tree.derive_forms(&[], &JOB, TS, 3, 5);
    assert_eq!(none, Err(BulkError::NoForms));
    let beyond = tree.derive_forms(&[7], &JOB, TS, 3, 5);
    assert_eq!(beyond, Err(BulkError::NoSuchForm { position: 7 }));
}

#[test]
fn ranges_end_at_the_last_child_number() {
    let forms = Form::defaults(&[Family::Evm, Family::Solana]);
    let tree = Tree::new(&[1; 64], &forms).expect("tree");
    let last = (1u64 << 31) - 1;
    let batch = tree.derive(&JOB, TS, last - 1, 2).expect("the last two");
    assert_eq!(
        texts(&batch.columns[1])[1],
        slowly(&[1; 64], &forms[1], last)
    );
    for (start, count) in [
        (0, 0),
        (last, 2),
        (last + 1, 1),
        (u64::MAX, 1),
        (1, u32::MAX),
    ] {
        let refused = tree.derive(&JOB, TS, start, count);
        assert_eq!(
            refused,
            Err(BulkError::Range {
                start,
                count: u64::from(count)
            })
        );
    }
    assert!(tree.recheck(last).is_ok() && tree.recheck(last + 1).is_err());
}

#[test]
fn a_master_key_serves_the_forms_of_its_curve() {
    let seed = [3u8; 64];
    let key = ExtendedKey::from_seed(Curve::Secp256k1, &seed).expect("key");
    let k1 = Form::defaults(&[Family::Evm, Family::Bitcoin, Family::Cosmos, Family::Tron]);
    let from_key = Tree::from_root(&Root::Master(&key), &k1).expect("tree");
    let from_seed = Tree::new(&seed, &k1).expect("tree");
    let batch = from_key.derive(&JOB, TS, 0, 3).expect("batch");
    assert_eq!(batch, from_seed.derive(&JOB, TS, 0, 3).expect("batch"));
    assert_eq!(from_key.fingerprint(), from_seed.fingerprint());
    assert_eq!(
        from_key.recheck(1).expect("account")[0],
        texts(&batch.columns[0])[1]
    );
    let refused = Tree::from_root(&Root::Master(&key), &Form::defaults(&[Family::Neo]));
    assert!(matches!(refused.err(), Some(BulkError::OtherCurve { .. })));
    assert_eq!(Tree::new(&seed, &[]).err(), Some(BulkError::NoForms));
    let mut wrong = Form::defaults(&[Family::Evm]);
    wrong[0].kind = jinku_address::Kind::P2tr;
    assert!(matches!(
        Tree::new(&seed, &wrong).err(),
        Some(BulkError::Form(_))
    ));
    wrong[0].chain = "eip155:zero".to_owned();
    assert!(matches!(
        Tree::new(&seed, &wrong).err(),
        Some(BulkError::Form(_))
    ));
    assert!(matches!(
        Tree::from_root(&Root::Seed(&[1; 8]), &k1).err(),
        Some(BulkError::Key(_))
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_account_equals_its_recheck(seed in prop::collection::vec(any::<u8>(), 64..=64), start in 0u64..(1 << 31) - 40, count in 1u32..40) {
        let forms = Form::defaults(&Family::ALL);
        let seed: [u8; 64] = seed.try_into().expect("64 bytes");
        let tree = Tree::new(&seed, &forms).expect("tree");
        let batch = tree.derive(&JOB, TS, start, count).expect("batch");
        let at = count as usize / 2;
        let account: Vec<String> = batch.columns.iter().map(|column| texts(column).remove(at)).collect();
        prop_assert_eq!(account, tree.recheck(start + at as u64).expect("account"));
    }
}
