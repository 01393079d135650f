//! Witness policies: the specification's example, thresholds, and each rule that a file may break.

mod common;

use common::{Done, Key, Log};
use jinku_proof::log::error::LogCode;
use jinku_proof::log::key::Algorithm;
use jinku_proof::log::policy::Policy;

const NAMES: [&str; 6] = ["X1", "X2", "X3", "Y1", "Y2", "Y3"];

fn keys() -> Vec<Key> {
    (10u8..)
        .zip(NAMES)
        .map(|(seed, name)| Key::new(name, Algorithm::CosignatureV1, seed))
        .collect()
}

/// The example of tlog-policy, with keys of our own.
fn example(log: &Log) -> String {
    let mut text = format!(
        "# an example\nlog {} https://log.example/\n\n",
        log.keys[0].public
    );
    for (key, name) in keys().iter().zip(NAMES) {
        text.push_str(&format!("witness {name} \t{}\n", key.public));
    }
    text + "group X-witnesses 2 X1 X2 X3\n  group Y-witnesses any Y1 Y2 Y3\ngroup X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
}

#[test]
fn the_example_is_met_by_exactly_the_sets_that_it_names() -> Done {
    let (log, keys) = (Log::new(3), keys());
    let policy = Policy::parse(example(&log).as_bytes())?;
    assert_eq!((policy.logs().len(), policy.witnesses().len()), (1, 6));
    assert_eq!(
        policy.logs()[0].url.as_deref(),
        Some(b"https://log.example/".as_slice())
    );
    for set in 0u32..64 {
        let chosen: Vec<usize> = (0..6).filter(|i| set >> i & 1 == 1).collect();
        let cosigners: Vec<&Key> = chosen.iter().map(|i| &keys[*i]).collect();
        let expected = (set & 7).count_ones() >= 2 && set >> 3 != 0;
        match policy.check(&log.note(&cosigners)) {
            Ok(met) => assert_eq!(
                (expected, met.witnesses, met.checkpoint.size),
                (true, chosen, 3)
            ),
            Err(error) => assert_eq!(
                (expected, error.code),
                (false, LogCode::PolicyUnmet),
                "{set:b}: {error}"
            ),
        }
    }
    Ok(())
}

#[test]
fn a_log_that_is_not_listed_or_a_forged_line_is_refused() -> Done {
    let (log, other) = (
        Log::new(3),
        Key::new("example.com/other", Algorithm::Ed25519, 99),
    );
    let none = Policy::parse(format!("log {}\nquorum none\n", log.keys[0].public).as_bytes())?;
    assert_eq!(none.check(&log.note(&[]))?.witnesses, Vec::<usize>::new());
    let foreign = Policy::parse(format!("log {}\nquorum none\n", other.public).as_bytes())?;
    assert_eq!(
        foreign.check(&log.note(&[])).map_err(|e| e.code),
        Err(LogCode::NoteUnsigned)
    );
    let policy = Policy::parse(example(&log).as_bytes())?;
    let mut forged = keys()[0].line(log.note(&[]).text(), 7);
    forged.payload[20] ^= 1;
    assert_eq!(
        policy
            .check(&log.note(&[]).with(forged)?)
            .map_err(|e| e.code),
        Err(LogCode::NoteSignature)
    );
    Ok(())
}

#[test]
fn policies_out_of_form_are_refused_by_their_line() {
    let (log, keys) = (Log::new(3), keys());
    let good = example(&log);
    let key = &keys[0].public;
    let same = Key::new("another-name", Algorithm::CosignatureV1, 10).public;
    for (bad, says) in [
        (String::new(), "not ended"),
        ("\n".to_owned(), "no quorum"),
        ("quorum none".to_owned(), "not ended"),
        ("quorum none\r\n".to_owned(), "control character"),
        ("quorum none\nquorum none\n".to_owned(), "line 2"),
        ("quorum nobody\n".to_owned(), "not defined above"),
        ("quorum\n".to_owned(), "not understood"),
        ("quorum a b\n".to_owned(), "not understood"),
        ("unknown x\nquorum none\n".to_owned(), "line 1"),
        (format!("witness none {key}\nquorum none\n"), "taken"),
        (
            format!("witness W {key}\nwitness W {}\nquorum W\n", keys[1].public),
            "taken",
        ),
        // One key under two names is one witness.
        (
            format!("witness W {key}\nwitness V {same}\nquorum W\n"),
            "stands twice",
        ),
        (format!("log {key}\nquorum none\n"), "algorithm"),
        (
            format!("witness W {}\nquorum none\n", log.keys[0].public),
            "algorithm",
        ),
        (
            format!(
                "log {}\nlog {}\nquorum none\n",
                log.keys[0].public, log.keys[0].public
            ),
            "stands twice",
        ),
        (good.replace("2 X1 X2 X3", "4 X1 X2 X3"), "threshold"),
        (good.replace("2 X1 X2 X3", "0 X1 X2 X3"), "threshold"),
        (good.replace("2 X1 X2 X3", "02 X1 X2 X3"), "threshold"),
        (good.replace("2 X1 X2 X3", "2 X1 X2 X2"), "already"),
        (
            good.replace("2 X1 X2 X3", "2 X1 X2 Z9"),
            "not defined above",
        ),
        (good.replace("any Y1", "any X1"), "already"),
        (good.replace("any Y1 Y2 Y3", "any"), "not understood"),
        (good.replace("any Y1", "any none Y1"), "not defined above"),
        (good.replace("any Y1", "any X-and-Y"), "not defined above"),
        ("log nonsense\nquorum none\n".to_owned(), "out of form"),
    ] {
        let refused = Policy::parse(bad.as_bytes()).expect_err(&bad);
        assert!(refused.to_string().contains(says), "{bad:?}: {refused}");
    }
    // Names are opaque bytes; comments may hold any.
    assert!(
        Policy::parse(format!("# \u{fc}\nwitness \u{212a} {key}\nquorum \u{212a}\n").as_bytes())
            .is_ok()
    );
    assert!(Policy::parse(&[b"# \xff\nquorum none\n".as_slice()].concat()).is_ok());
}
