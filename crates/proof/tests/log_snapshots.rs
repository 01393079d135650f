//! The frozen bytes of `tests/snapshots/journal`, which a script without our code wrote: read, checked, written back.

use jinku_proof::Hash;
use jinku_proof::log::checkpoint::Checkpoint;
use jinku_proof::log::evidence::check;
use jinku_proof::log::key::VerifierKey;
use jinku_proof::log::note::Note;
use jinku_proof::log::policy::Policy;
use jinku_proof::log::receipt::Receipt;
use jinku_proof::log::submission::Submission;
use jinku_proof::log::trust::SignedTrustRoot;
use serde_json::Value;

type Done = Result<(), Box<dyn std::error::Error>>;

fn file(name: &str) -> Vec<u8> {
    let path = format!(
        "{}/../../tests/snapshots/journal/{name}",
        env!("CARGO_MANIFEST_DIR")
    );
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn facts() -> Value {
    serde_json::from_slice(&file("facts.json")).expect("JSON")
}

fn hash(value: &Value) -> Hash {
    let text = value.as_str().expect("a digest");
    std::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).expect("hex"))
}

#[test]
fn the_note_is_signed_by_all_its_keys_and_written_back() -> Done {
    let (facts, bytes) = (facts(), file("checkpoint.note"));
    let note = Note::parse(&bytes)?;
    assert_eq!(note.to_text().as_bytes(), bytes);
    let head = Checkpoint::parse(note.text())?;
    assert_eq!(
        (Some(head.size), head.root),
        (facts["size"].as_u64(), hash(&facts["root"]))
    );
    for (whose, count) in [("log", 2), ("witnesses", 4)] {
        let texts: Vec<&str> = facts["vkeys"][whose]
            .as_array()
            .ok_or("keys")?
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let keys = texts
            .iter()
            .map(|text| VerifierKey::parse(text))
            .collect::<Result<Vec<_>, _>>()?;
        assert!(
            keys.iter()
                .zip(&texts)
                .all(|(key, text)| key.to_string() == *text)
        );
        // One of the five keys of witnesses did not sign.
        assert_eq!(note.verify(&keys)?.len(), count);
    }
    Ok(())
}

#[test]
fn receipt_submission_and_policy_are_read_checked_and_written_back() -> Done {
    let facts = facts();
    let receipt = Receipt::parse(&file("receipt.tlog-proof"))?;
    assert_eq!(receipt.to_text().as_bytes(), file("receipt.tlog-proof"));
    receipt.check_inclusion(facts["entry"].as_str().ok_or("an entry")?.as_bytes())?;
    let sent = Submission::parse(&file("add-checkpoint.txt"))?;
    assert_eq!(sent.to_text().as_bytes(), file("add-checkpoint.txt"));
    let old = facts["old_size"].as_u64().ok_or("a size")?;
    let old = Checkpoint::new(&sent.checkpoint.origin, old, hash(&facts["old_root"]))?;
    assert_eq!(
        (sent.old, sent.checkpoint.check_extends(&old, &sent.proof)),
        (old.size, Ok(()))
    );
    let met = Policy::parse(&file("witness-policy.txt"))?.check(&receipt.note)?;
    assert_eq!(met.witnesses, [0, 1, 3]);
    Ok(())
}

#[test]
fn the_trust_root_is_read_checked_written_back_and_followed() -> Done {
    let facts = facts();
    let (one, two) = (
        SignedTrustRoot::parse(&file("trust-root-1.json"))?,
        SignedTrustRoot::parse(&file("trust-root-2.json"))?,
    );
    assert_eq!(
        (one.to_bytes()?, two.to_bytes()?),
        (file("trust-root-1.json"), file("trust-root-2.json"))
    );
    let expected = &facts["trust_root"];
    assert_eq!(
        (one.digest(), two.digest()),
        (hash(&expected["digest"]), hash(&expected["digest_2"]))
    );
    assert_eq!(
        Some(one.root().fingerprint()?.words.as_str()),
        expected["words"].as_str()
    );
    let now = 1_800_000_000_000;
    one.check_first(now)?;
    one.check_next(&two, now)?;
    assert!(two.check_next(&one, now).is_err() && one.check_next(&one, now).is_err());
    let receipt = Receipt::parse(&file("receipt.tlog-proof"))?;
    let found = check(
        one.root(),
        facts["entry"].as_str().ok_or("an entry")?.as_bytes(),
        &receipt,
    )?;
    let names: Vec<&str> = found.cosigned.iter().map(|c| c.witness.as_str()).collect();
    assert_eq!(
        (names, found.dev, Some(found.index)),
        (vec!["east", "own", "west"], false, facts["index"].as_u64())
    );
    assert!(
        found
            .cosigned
            .iter()
            .all(|c| Some(c.timestamp) == facts["time"].as_u64())
    );
    Ok(())
}
