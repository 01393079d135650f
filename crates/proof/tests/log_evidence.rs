//! Receipts, and what makes one evidence under a trust root: each part in turn is good, then at fault and named.

mod common;

use common::{Done, Key, Log, signed, trust_root, witness};
use jinku_proof::log::error::LogCode;
use jinku_proof::log::evidence::{check, check_checkpoint};
use jinku_proof::log::key::Algorithm;
use jinku_proof::log::note::Note;
use jinku_proof::log::receipt::{HEADER, Receipt};

fn entry(index: u64) -> Vec<u8> {
    index.to_be_bytes().to_vec()
}

#[test]
fn a_receipt_is_read_back_byte_for_byte() -> Done {
    let log = Log::new(13);
    let plain = log.receipt(5, &[]);
    let extra = Receipt::new(
        5,
        plain.path.clone(),
        plain.note.clone(),
        Some(b"context".to_vec()),
    )?;
    for receipt in [plain, extra] {
        let text = receipt.to_text();
        assert!(text.starts_with(&format!("{HEADER}\n")));
        assert_eq!(Receipt::parse(text.as_bytes())?, receipt);
        receipt.check_inclusion(&entry(5))?;
        assert_eq!(
            receipt.check_inclusion(&entry(6)).map_err(|e| e.code),
            Err(LogCode::EvidenceInclusion)
        );
    }
    Ok(())
}

#[test]
fn receipts_out_of_form_are_refused() {
    let good = Log::new(13).receipt(5, &[]).to_text();
    let swap = |from: &str, to: &str| good.replacen(from, to, 1);
    for bad in [
        String::new(),
        HEADER.to_owned(),
        swap("@v1", "@v2"),
        swap("index 5", "index 05"),
        swap("index 5", "index -5"),
        swap("index 5", "index 13"),
        swap("index 5\n", ""),
        swap("index 5", "extra \nindex 5"),
        swap("index 5", "extra Zh==\nindex 5"),
        swap("index 5", "index 5\nAAAA"),
        swap("index 5\n", "index 5\n\n"),
        swap("\n\nexample", "\nexample"),
        swap("\n", "\r\n"),
        format!("{good}\n"),
        good.trim_end().to_owned(),
        swap(
            "index 5",
            &format!(
                "index 5{}",
                "\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".repeat(64)
            ),
        ),
    ] {
        assert!(
            Receipt::parse(bad.as_bytes()).is_err(),
            "{:?}",
            &bad[..bad.len().min(90)]
        );
    }
    assert!(Receipt::parse(&[0xff; 64]).is_err());
    assert!(Receipt::parse(good.as_bytes()).is_ok());
}

#[test]
fn evidence_holds_with_enough_outside_witnesses_and_says_whose() -> Done {
    let log = Log::new(13);
    let [east, own, west] = common::WITNESSES.map(|(name, seed, _)| witness(name, seed));
    let receipt = log.receipt(5, &[&east[0], &east[1], &own[0], &west[1]]);
    let found = check(&trust_root(&log, 1, 2), &entry(5), &receipt)?;
    assert_eq!(
        (found.index, found.size, found.root, found.dev),
        (5, 13, jinku_proof::root(&log.leaves), false)
    );
    let names: Vec<(&str, bool)> = found
        .cosigned
        .iter()
        .map(|c| (c.witness.as_str(), c.outside))
        .collect();
    assert_eq!(
        names,
        [("w-east", true), ("w-self", false), ("w-west", true)]
    );
    // Both keys of one witness, and a witness of our own, are one short of two.
    let short = log.receipt(5, &[&east[0], &east[1], &own[0], &own[1]]);
    let refused = check(&trust_root(&log, 1, 2), &entry(5), &short).expect_err("one from outside");
    assert_eq!(refused.code, LogCode::EvidenceWitnesses);
    assert_eq!(
        (refused.found.as_str(), refused.expected.as_str()),
        ("1 [w-east]", "2 or more")
    );
    // No quorum: it holds, and says that it is worth little.
    assert!(check(&trust_root(&log, 1, 0), &entry(5), &log.receipt(5, &[]))?.dev);
    Ok(())
}

#[test]
fn each_part_at_fault_is_named() -> Done {
    let log = Log::new(13);
    let [east, _, west] = common::WITNESSES.map(|(name, seed, _)| witness(name, seed));
    let trust = trust_root(&log, 1, 2);
    let good = log.receipt(5, &[&east[0], &west[0]]);
    let code = |entry: &[u8], receipt: &Receipt| {
        check(&trust, entry, receipt)
            .map(|v| v.index)
            .map_err(|e| e.code)
    };
    assert_eq!(code(&entry(5), &good), Ok(5));
    assert_eq!(code(&entry(6), &good), Err(LogCode::EvidenceInclusion));
    assert_eq!(code(&[], &good), Err(LogCode::EvidenceEntry));
    assert_eq!(code(&[0; 65_536], &good), Err(LogCode::EvidenceEntry));
    let moved = Receipt {
        index: 6,
        ..good.clone()
    };
    assert_eq!(code(&entry(5), &moved), Err(LogCode::EvidenceInclusion));
    Ok(())
}

#[test]
fn a_checkpoint_at_fault_is_named() -> Done {
    let log = Log::new(13);
    let [east, _, west] = common::WITNESSES.map(|(name, seed, _)| witness(name, seed));
    let trust = trust_root(&log, 1, 2);
    let good = log.receipt(5, &[&east[0], &west[0]]);
    let code = |entry: &[u8], receipt: &Receipt| {
        check(&trust, entry, receipt)
            .map(|v| v.index)
            .map_err(|e| e.code)
    };
    let with = |note: Note| Receipt {
        checkpoint: jinku_proof::log::checkpoint::Checkpoint::parse(note.text()).expect("plain"),
        note,
        ..good.clone()
    };
    // Another log's checkpoint, even one with the same keys' bytes.
    let root = good.checkpoint.root;
    let other = ["example.com/other"].map(|name| Key::new(name, Algorithm::Ed25519, 1));
    assert_eq!(
        code(
            &entry(5),
            &with(signed("example.com/other", 13, root, &[&other[0]], 7))
        ),
        Err(LogCode::EvidenceOrigin)
    );
    // Only one of the two pinned keys signed; a forged line of one.
    let half = signed(
        "example.com/log",
        13,
        root,
        &[&log.keys[0], &east[0], &west[0]],
        7,
    );
    assert_eq!(code(&entry(5), &with(half)), Err(LogCode::EvidenceLog));
    let forge = |place: usize| {
        let mut lines = good.note.lines().to_vec();
        let last = lines[place].payload.len() - 1;
        lines[place].payload[last] ^= 1;
        Note::new(good.note.text(), lines).expect("well formed")
    };
    assert_eq!(code(&entry(5), &with(forge(0))), Err(LogCode::EvidenceLog));
    assert_eq!(code(&entry(5), &with(forge(1))), Err(LogCode::EvidenceLog));
    assert_eq!(
        code(&entry(5), &with(forge(2))),
        Err(LogCode::EvidenceWitnesses)
    );
    // A cosignature that states no time is no statement about the largest tree.
    let timeless = signed(
        "example.com/log",
        13,
        root,
        &[&log.keys[0], &log.keys[1], &east[1], &west[1]],
        0,
    );
    assert_eq!(
        code(&entry(5), &with(timeless)),
        Err(LogCode::EvidenceWitnesses)
    );
    let strange = Note::new("no checkpoint\n", good.note.lines().to_vec())?;
    assert_eq!(
        check_checkpoint(&trust, &strange)
            .map(|c| c.dev)
            .map_err(|e| e.code),
        Err(LogCode::CheckpointMalformed)
    );
    Ok(())
}
