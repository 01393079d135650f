//! What a witness remembers, and that it does not start when it cannot.

mod common;

use common::{Done, Log, ORIGIN, Place, made, started};
use jinku_witness::folder::Folder;
use jinku_witness::{LogFile, Witness};
use sha2::{Digest, Sha256};

const NOW: u64 = 1_800_000_000;

fn hash(origin: &str) -> String {
    Sha256::digest(origin)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

fn refusal(found: Result<Witness, jinku_witness::WitnessError>) -> jinku_witness::WitnessError {
    found.err().unwrap_or_else(|| panic!("it was accepted"))
}

#[test]
fn a_witness_that_cannot_trust_its_memory_does_not_start() -> Done {
    let (place, log) = (Place::new("memory"), Log::new(ORIGIN, 1, 0));
    made(&place, &[&log]);
    let _ = started(&place.dir())?.add_checkpoint(log.body(0, 5).as_bytes(), NOW);
    let path = place.dir().join("logs").join(hash(ORIGIN));
    let good = std::fs::read(&path)?;
    let text = String::from_utf8(good.clone())?;
    let ours = text
        .lines()
        .filter(|l| l.starts_with("— w.example"))
        .map(|l| format!("{l}\n"))
        .collect::<String>();
    for bad in [
        text.replacen("\n5\n", "\n4\n", 1),
        text.replace(&ours, ""),
        text[..text.len() - 3].to_owned(),
        text.replacen("log/1", "log/2", 1),
        String::new(),
    ] {
        std::fs::write(&path, bad)?;
        let refused = refusal(started(&place.dir()));
        assert_eq!(refused.exit, 5, "{refused}");
        assert!(refused.message.contains(&hash(ORIGIN)), "{refused}");
    }
    std::fs::write(&path, &good)?;
    let renamed = path.with_file_name(hash("example.com/elsewhere"));
    std::fs::rename(&path, &renamed)?;
    assert_eq!(refusal(started(&place.dir())).exit, 5);
    std::fs::rename(&renamed, &path)?;
    let witness = started(&place.dir())?;
    // The folder is held, and a known log is not added again, which would forget its head.
    assert!(Folder::open(&place.dir()).is_err_and(|e| e.message.contains("another jinku-witness")));
    drop(witness);
    let folder = Folder::open(&place.dir())?;
    assert!(LogFile::new(vec![log.key.clone()])?.add(&folder).is_err());
    assert!(LogFile::new(vec![]).is_err());
    assert!(LogFile::new(vec![log.key.clone(), Log::new("example.com/two", 3, 3).key]).is_err());
    assert!(LogFile::new(vec![log.key.clone(), log.key.clone()]).is_err());
    Ok(())
}

#[test]
fn files_are_closed_to_others_and_hold_no_key_in_the_clear() -> Done {
    use std::os::unix::fs::MetadataExt;
    let (place, log) = (Place::new("modes"), Log::new(ORIGIN, 1, 0));
    made(&place, &[&log]);
    let witness = started(&place.dir())?;
    let _ = witness.add_checkpoint(log.body(0, 5).as_bytes(), NOW);
    for path in [
        place.dir().join("witness.vault"),
        place.dir().join("logs").join(hash(ORIGIN)),
        place.dir().join("lock"),
    ] {
        assert_eq!(
            std::fs::metadata(&path)?.mode() & 0o777,
            0o600,
            "{}",
            path.display()
        );
    }
    drop(witness);
    let wrong = Folder::open(&place.dir()).and_then(|folder| {
        jinku_witness::WitnessKeys::open(&folder, &jinku_envelope::Unlock::Passphrase(b"another"))
            .map(|_| ())
    });
    assert!(wrong.is_err_and(|e| e.exit == 1));
    std::fs::set_permissions(
        place.dir(),
        std::os::unix::fs::PermissionsExt::from_mode(0o750),
    )?;
    assert!(Folder::open(&place.dir()).is_err_and(|e| e.found.contains("750")));
    Ok(())
}
