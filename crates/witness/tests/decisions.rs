//! What a witness answers, status by status, and what it keeps.

mod common;

use common::{Done, Log, ORIGIN, Place, made, started};
use jinku_proof::log::note::{Note, SignatureLine};
use jinku_proof::log::submission::Submission;
use sha2::{Digest, Sha256};

const NOW: u64 = 1_800_000_000;

fn hash(origin: &str) -> String {
    Sha256::digest(origin)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// The note with the lines of an answer.
fn cosigned(note: &Note, body: &str) -> Note {
    body.lines().fold(note.clone(), |note, line| {
        SignatureLine::parse(line)
            .and_then(|line| note.with(line))
            .expect("a signature line")
    })
}

#[test]
fn a_growing_log_is_cosigned_with_both_keys_and_served() -> Done {
    let (place, log) = (Place::new("grows"), Log::new(ORIGIN, 1, 0));
    let keys = made(&place, &[&log]);
    let witness = started(&place.dir())?;
    assert_eq!(witness.checkpoint(&hash(ORIGIN)).status, 404);
    for (old, size) in [(0, 0), (0, 3), (3, 3), (3, 8), (8, 21)] {
        let answer = witness.add_checkpoint(log.body(old, size).as_bytes(), NOW + size);
        assert_eq!(
            (answer.status, answer.body.lines().count()),
            (200, 2),
            "{old} to {size}: {}",
            answer.body
        );
        let found = cosigned(&log.note(size), &answer.body).verify(&keys)?;
        assert_eq!(
            found.iter().map(|s| s.timestamp).collect::<Vec<_>>(),
            [Some(NOW + size); 2]
        );
        // What monitors read is the log's line and both of ours.
        let served = Note::parse(witness.checkpoint(&hash(ORIGIN)).body.as_bytes())?;
        assert_eq!(
            (served.text(), served.lines().len()),
            (log.note(size).text(), 3)
        );
        assert_eq!(served.verify(&keys)?.len(), 2);
    }
    let status = witness.status().body;
    assert!(
        status.contains("jinku_witness_answers_total{status=\"200\"} 5\n"),
        "{status}"
    );
    assert!(
        status.contains("jinku_witness_tree_size{origin=\"example.com/log\"} 21\n"),
        "{status}"
    );
    assert!(
        status.contains("jinku_witness_split_views_total 0\n"),
        "{status}"
    );
    Ok(())
}

/// What is wrong, the body, and the status that it gets from a witness that cosigned size 5.
type Refused = (&'static str, String, u16);

fn refused_bodies(log: &Log) -> Result<Vec<Refused>, Box<dyn std::error::Error>> {
    let (forger, stranger, fork) = (
        Log::new(ORIGIN, 2, 0),
        Log::new("example.com/other", 1, 0),
        Log::new(ORIGIN, 1, 9),
    );
    let moved = |text: &str| text.replacen("old 5", "old 9", 1);
    let bent = {
        let mut note = log.note(8).lines()[0].clone();
        note.payload[0] ^= 1;
        let note = Note::new(log.note(8).text(), vec![note])?;
        Submission::new(5, vec![], note)?.to_text()
    };
    let rootless = log.sign(&format!("{ORIGIN}\n8\n{}\n", "A".repeat(43) + "="));
    Ok(vec![
        ("no submission", "old\n".to_owned(), 400),
        ("no newline", log.body(5, 8).trim_end().to_owned(), 400),
        (
            "an extension line",
            log.body(5, 8).replacen("\n8\n", "\n8\nx\n", 1),
            400,
        ),
        ("old above the size", moved(&log.body(5, 8)), 400),
        ("an unknown log", stranger.body(0, 8), 404),
        ("another key", forger.body(5, 8), 403),
        ("a forged line", bent, 403),
        ("another old size", log.body(3, 8), 409),
        ("the first again", log.body(0, 8), 409),
        (
            "no proof",
            Submission::new(5, vec![], log.note(8))?.to_text(),
            422,
        ),
        (
            "a proof where none may be",
            Submission::new(5, vec![[0; 32]], log.note(5))?.to_text(),
            422,
        ),
        ("another history", fork.body(5, 8), 422),
        (
            "another root",
            Submission::new(5, vec![[0; 32]], rootless)?.to_text(),
            422,
        ),
    ])
}

#[test]
fn every_refusal_has_its_status_and_changes_nothing() -> Done {
    let (place, log) = (Place::new("refuses"), Log::new(ORIGIN, 1, 0));
    made(&place, &[&log]);
    let witness = started(&place.dir())?;
    assert_eq!(
        witness
            .add_checkpoint(log.body(0, 5).as_bytes(), NOW)
            .status,
        200
    );
    let before = witness.checkpoint(&hash(ORIGIN));
    for (what, body, status) in refused_bodies(&log)? {
        let answer = witness.add_checkpoint(body.as_bytes(), NOW);
        assert_eq!(answer.status, status, "{what}: {}", answer.body);
        if status == 409 {
            assert_eq!(
                (answer.kind, answer.body.as_str()),
                ("text/x.tlog.size", "5\n"),
                "{what}"
            );
        }
        assert_eq!(witness.checkpoint(&hash(ORIGIN)), before, "{what}");
    }
    assert_eq!(witness.splits(), 0);
    assert_eq!(
        witness
            .add_checkpoint(log.body(5, 8).as_bytes(), NOW)
            .status,
        200
    );
    Ok(())
}

#[test]
fn an_empty_tree_has_the_root_of_nothing() -> Done {
    let (place, log) = (Place::new("empty"), Log::new(ORIGIN, 1, 0));
    made(&place, &[&log]);
    let witness = started(&place.dir())?;
    let note = log.sign(&format!("{ORIGIN}\n0\n{}\n", "A".repeat(43) + "="));
    let body = Submission::new(0, vec![], note)?.to_text();
    assert_eq!(witness.add_checkpoint(body.as_bytes(), NOW).status, 422);
    assert_eq!(
        witness
            .add_checkpoint(log.body(0, 0).as_bytes(), NOW)
            .status,
        200
    );
    Ok(())
}

#[test]
fn two_heads_of_one_size_are_refused_kept_and_counted_once() -> Done {
    let (place, log, fork) = (
        Place::new("split"),
        Log::new(ORIGIN, 1, 0),
        Log::new(ORIGIN, 1, 9),
    );
    made(&place, &[&log]);
    let witness = started(&place.dir())?;
    assert_eq!(
        witness
            .add_checkpoint(log.body(0, 5).as_bytes(), NOW)
            .status,
        200
    );
    // Whatever old size the liar names, both heads are signed, so they are evidence.
    for (old, status) in [(5, 422), (5, 422), (0, 409)] {
        assert_eq!(
            witness
                .add_checkpoint(fork.body(old, 5).as_bytes(), NOW)
                .status,
            status
        );
        assert_eq!(witness.splits(), 1);
    }
    let kept: Vec<_> = std::fs::read_dir(place.dir().join("splits"))?.collect::<Result<_, _>>()?;
    let text = std::fs::read_to_string(kept[0].path())?;
    assert_eq!(kept.len(), 1);
    for note in [log.note(5), fork.note(5)] {
        assert!(text.contains(note.text()) && text.contains(&note.lines()[0].text()));
    }
    assert!(
        witness
            .status()
            .body
            .contains("jinku_witness_split_views_total 1\n")
    );
    // A forger without the key makes no evidence; the true log goes on; a restart has not forgotten.
    assert_eq!(
        witness
            .add_checkpoint(Log::new(ORIGIN, 2, 7).body(5, 5).as_bytes(), NOW)
            .status,
        403
    );
    assert_eq!(
        witness
            .add_checkpoint(log.body(5, 6).as_bytes(), NOW)
            .status,
        200
    );
    drop(witness);
    assert_eq!(started(&place.dir())?.splits(), 1);
    Ok(())
}

#[test]
fn a_restart_remembers_and_a_clock_set_back_states_no_earlier_time() -> Done {
    let (place, log, other) = (
        Place::new("restart"),
        Log::new(ORIGIN, 1, 0),
        Log::new("example.com/two", 3, 3),
    );
    let keys = made(&place, &[&log, &other]);
    let answer = started(&place.dir())?.add_checkpoint(log.body(0, 5).as_bytes(), NOW);
    assert_eq!(answer.status, 200);
    let witness = started(&place.dir())?;
    assert_eq!(
        witness.add_checkpoint(log.body(0, 7).as_bytes(), NOW).body,
        "5\n"
    );
    let answer = witness.add_checkpoint(log.body(5, 7).as_bytes(), NOW - 1000);
    let found = cosigned(&log.note(7), &answer.body).verify(&keys)?;
    assert!(found.iter().all(|s| s.timestamp == Some(NOW)));
    // Logs do not disturb each other.
    assert_eq!(
        witness
            .add_checkpoint(other.body(0, 1).as_bytes(), NOW)
            .status,
        200
    );
    Ok(())
}
