//! Notes, keys and their signatures: what is accepted, and beside it what is refused.

mod common;

use common::{Done, Key, kinds, signed};
use jinku_proof::log::error::LogCode;
use jinku_proof::log::key::{Algorithm, VerifierKey};
use jinku_proof::log::note::{MAX_SIGNATURES, Note, SignatureLine};

/// The example of Go's `golang.org/x/mod/sumdb/note` (BSD-3-Clause): a key, a text and its signature.
const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn the_example_of_go_is_verified_and_any_flipped_bit_is_not() -> Done {
    let key = VerifierKey::parse(GO_KEY)?;
    assert_eq!(
        (key.name(), key.algorithm(), key.to_string().as_str()),
        ("PeterNeumann", Algorithm::Ed25519, GO_KEY)
    );
    let note = Note::parse(GO_NOTE.as_bytes())?;
    assert_eq!(note.verify(std::slice::from_ref(&key))?.len(), 1);
    assert_eq!(note.to_text(), GO_NOTE);
    for bit in 0..GO_NOTE.len() * 8 {
        let mut bent = GO_NOTE.as_bytes().to_vec();
        bent[bit / 8] ^= 1 << (bit % 8);
        let verdict = Note::parse(&bent).and_then(|n| n.verify(std::slice::from_ref(&key)));
        assert!(verdict.is_err(), "bit {bit}");
    }
    Ok(())
}

#[test]
fn every_kind_of_key_signs_a_checkpoint_and_no_other_text() -> Done {
    for key in kinds("example.com/log", 7) {
        let note = signed("example.com/log", 5, [3; 32], &[&key], 1_700_000_000);
        let known = [key.public.clone()];
        let found = Note::parse(note.to_text().as_bytes())?.verify(&known)?;
        let timed = key.public.algorithm() != Algorithm::Ed25519;
        assert_eq!(found[0].timestamp, timed.then_some(1_700_000_000));
        let other = signed("example.com/log", 6, [3; 32], &[&key], 1_700_000_000);
        let moved = Note::new(other.text(), note.lines().to_vec())?;
        assert_eq!(
            moved.verify(&known).map_err(|e| e.code),
            Err(LogCode::NoteSignature)
        );
        assert_eq!(key.public, VerifierKey::parse(&key.public.to_string())?);
    }
    Ok(())
}

#[test]
fn any_flipped_bit_of_a_payload_is_refused() -> Done {
    for key in kinds("example.com/log", 7) {
        let note = signed("example.com/log", 5, [3; 32], &[&key], 1_700_000_000);
        let line = note.lines()[0].clone();
        // Every bit of the short ones; of an ML-DSA-44 line the time, and then every 97th bit.
        let step = if line.payload.len() > 100 { 97 } else { 1 };
        for bit in (0..64).chain((64..line.payload.len() * 8).step_by(step)) {
            let mut bent = line.clone();
            bent.payload[bit / 8] ^= 1 << (bit % 8);
            let verdict =
                Note::new(note.text(), vec![bent])?.verify(std::slice::from_ref(&key.public));
            assert_eq!(
                verdict.map_err(|e| e.code),
                Err(LogCode::NoteSignature),
                "bit {bit}"
            );
        }
        for length in [1, 8, line.payload.len() - 1, line.payload.len() + 1] {
            let mut cut = line.clone();
            cut.payload.resize(length, 0);
            assert!(
                Note::new(note.text(), vec![cut])?
                    .verify(std::slice::from_ref(&key.public))
                    .is_err(),
                "{length} bytes"
            );
        }
    }
    Ok(())
}

#[test]
fn strangers_are_passed_over_and_none_known_is_refused() -> Done {
    let (log, stranger) = (
        Key::new("log", Algorithm::Ed25519, 1),
        Key::new("log", Algorithm::Ed25519, 2),
    );
    let both = signed("log", 1, [0; 32], &[&stranger, &log], 0);
    assert_eq!(both.verify(std::slice::from_ref(&log.public))?.len(), 1);
    let alone = signed("log", 1, [0; 32], &[&stranger], 0);
    let refused = alone
        .verify(std::slice::from_ref(&log.public))
        .expect_err("no known key");
    assert_eq!(refused.code, LogCode::NoteUnsigned);
    assert!(refused.to_string().contains("log+"), "{refused}");
    // A line that names a known key and does not hold spoils the whole note.
    let mut forged = stranger.line(both.text(), 0);
    forged.key_id = log.public.id();
    let refused = both
        .with(forged)?
        .verify(std::slice::from_ref(&log.public))
        .map_err(|e| e.code);
    assert_eq!(refused, Err(LogCode::NoteSignature));
    Ok(())
}

#[test]
fn the_latest_time_of_a_cosigner_counts_once() -> Done {
    let witness = Key::new("w1", Algorithm::MlDsa44, 3);
    let note = signed("log", 1, [0; 32], &[&witness], 5);
    let again = note
        .clone()
        .with(witness.line(note.text(), 9))?
        .with(witness.line(note.text(), 7))?;
    let found = again.verify(std::slice::from_ref(&witness.public))?;
    assert_eq!((found.len(), found[0].timestamp), (1, Some(9)));
    assert_eq!(again.clone().with(again.lines()[0].clone())?, again);
    Ok(())
}

#[test]
fn a_key_is_bound_to_its_name_and_algorithm() -> Done {
    let key = Key::new("w1", Algorithm::MlDsa44, 3);
    let note = signed("log", 1, [0; 32], &[&key], 5);
    // The same ML-DSA key under another name: the message holds the name, so the signature can't move.
    let renamed = VerifierKey::new("w2", Algorithm::MlDsa44, key.public.public())?;
    let mut line = note.lines()[0].clone();
    (line.name, line.key_id) = ("w2".to_owned(), renamed.id());
    assert!(
        Note::new(note.text(), vec![line])?
            .verify(&[renamed])
            .is_err()
    );
    // An Ed25519 key as log key and as cosigner has two ids, and neither's line is the other's.
    let [plain, cosigner, _] = kinds("w1", 4);
    assert_ne!(plain.public.id(), cosigner.public.id());
    let note = signed("log", 1, [0; 32], &[&plain], 5);
    assert!(note.verify(std::slice::from_ref(&cosigner.public)).is_err());
    Ok(())
}

#[test]
fn vkeys_out_of_form_are_refused_by_name() {
    let good = Key::new("example.com/log", Algorithm::Ed25519, 7)
        .public
        .to_string();
    let (name, rest) = good.split_once('+').expect("a vkey");
    let (id, key) = rest.split_once('+').expect("a vkey");
    let ml = Key::new("m", Algorithm::MlDsa44, 7).public.to_string();
    for bad in [
        String::new(),
        "a+b".to_owned(),
        format!("+{id}+{key}"),
        format!("a b+{id}+{key}"),
        format!("{name}+{}+{key}", id.to_uppercase()),
        format!("{name}+00000000+{key}"),
        format!("other+{id}+{key}"),
        format!("{name}+{id}+{key}="),
        format!("{name}+{id}+"),
        format!("{name}+{id}+AgAA"),
        format!("{name}+{id}+{}", &key[..40]),
        // A point of small order.
        format!("{name}+{id}+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ml[..ml.len() - 4].to_owned(),
        format!("{good}\n"),
    ] {
        let refused = VerifierKey::parse(&bad).expect_err(&bad);
        assert_eq!(refused.code, LogCode::KeyMalformed, "{bad:?}: {refused}");
    }
    assert!(VerifierKey::parse(&good).is_ok() && VerifierKey::parse(&ml).is_ok());
    assert!(VerifierKey::new("n", Algorithm::Ed25519, &[7; 31]).is_err());
    assert!(VerifierKey::new(&"n".repeat(256), Algorithm::Ed25519, &[7; 32]).is_err());
}

#[test]
fn notes_out_of_form_are_refused() -> Done {
    let good = signed(
        "log",
        1,
        [0; 32],
        &[&Key::new("log", Algorithm::Ed25519, 1)],
        0,
    )
    .to_text();
    let line = good.lines().last().expect("a line").to_owned();
    for bad in [
        String::new(),
        "\n\n".to_owned(),
        "text\n\n".to_owned(),
        format!("text\n{line}\n"),
        format!("text\n\n{line}"),
        format!("text\n\n{line}\n\n"),
        format!("te\txt\n\n{line}\n"),
        format!("te\rxt\n\n{line}\n"),
        format!("text\n\n- log {}\n", &line[8..]),
        format!("text\n\n{line} \n"),
        format!("text\n\n{line}\nnot a line\n"),
        "text\n\n— log AAAAAA==\n".to_owned(),
        "text\n\n— log AAAA\n".to_owned(),
        "text\n\n—  AAAAAAA=\n".to_owned(),
        "text\n\n— lo+g AAAAAAA=\n".to_owned(),
        format!("text\n\n{}", format!("{line}\n").repeat(MAX_SIGNATURES + 1)),
        format!("{}\n\n{line}\n", "x".repeat(1_000_000)),
    ] {
        let refused = Note::parse(bad.as_bytes()).expect_err(&bad[..bad.len().min(80)]);
        assert_eq!(refused.code, LogCode::NoteMalformed, "{refused}");
    }
    assert!(Note::parse(b"te\xffxt\n\n- log AAAAAAA=\n").is_err());
    assert!(Note::parse(good.as_bytes()).is_ok());
    assert!(
        Note::parse(format!("text\n\n{}", format!("{line}\n").repeat(MAX_SIGNATURES)).as_bytes())
            .is_ok()
    );
    // A text may hold blank lines: the last one parts it from the signatures.
    let inner = Note::parse(format!("a\n\nb\n\n{line}\n").as_bytes())?;
    assert_eq!(inner.text(), "a\n\nb\n");
    assert!(Note::new("no newline", inner.lines().to_vec()).is_err());
    assert!(Note::new("text\n", Vec::new()).is_err());
    assert!(SignatureLine::parse(&format!("{line}\n")).is_err());
    Ok(())
}
