//! The governed documents against `tests/snapshots/words`.

mod common;

use common::{Done, hex, padded, rows, snapshot, text};
use jinku_words::{Approval, Intent, Plan, Verdict, WordsError};

/// Canonical bytes and digest of a document that is read and written again.
type Rewritten = Result<(Vec<u8>, [u8; 32]), WordsError>;

fn documents(name: &str, rewrite: fn(&[u8]) -> Rewritten) {
    let all = snapshot(name);
    for row in rows(&all, "valid") {
        let expected = text(row, "canonical");
        let (bytes, digest) =
            rewrite(expected.as_bytes()).unwrap_or_else(|error| panic!("{error}: {row}"));
        assert_eq!(String::from_utf8_lossy(&bytes), expected);
        assert_eq!(hex(&digest), text(row, "digest"));
    }
    for row in rows(&all, "invalid") {
        let error = rewrite(padded(row).as_bytes()).expect_err(text(row, "why"));
        assert_eq!(
            (error.code.as_str(), error.field.as_str()),
            (text(row, "code"), text(row, "field")),
            "{row}"
        );
        assert!(error.to_string().len() > 10, "{error}");
    }
}

#[test]
fn intents_are_those_of_the_snapshot() -> Done {
    documents("intent", |bytes| {
        Intent::from_canonical(bytes).and_then(|it| Ok((it.to_canonical()?, it.digest()?)))
    });
    for row in rows(&snapshot("intent"), "valid") {
        let intent = Intent::from_canonical(text(row, "canonical").as_bytes())?;
        assert_eq!(hex(&intent.body_digest()?), text(row, "body_digest"));
    }
    Ok(())
}

#[test]
fn plans_are_those_of_the_snapshot() -> Done {
    documents("plan", |bytes| {
        Plan::from_canonical(bytes).and_then(|it| Ok((it.to_canonical()?, it.digest()?)))
    });
    let all = snapshot("plan");
    let mut plan = Plan::from_canonical(text(&rows(&all, "valid")[0], "canonical").as_bytes())?;
    plan.payloads = vec![plan.payloads[0].clone(); 257];
    assert_eq!(
        plan.to_canonical().map_err(|error| error.field),
        Err("plan.payloads".to_owned())
    );
    Ok(())
}

#[test]
fn verdicts_are_those_of_the_snapshot() -> Done {
    documents("verdict", |bytes| {
        Verdict::from_canonical(bytes).and_then(|it| Ok((it.to_canonical()?, it.digest()?)))
    });
    let all = snapshot("verdict");
    let strict = Verdict::from_canonical(text(&rows(&all, "valid")[0], "canonical").as_bytes())?;
    let mild = Verdict::from_canonical(text(&rows(&all, "valid")[1], "canonical").as_bytes())?;
    let both = Verdict::combine(&[mild.clone(), strict.clone(), strict.clone()])?;
    assert_eq!(
        (both.outcome, both.reasons.len(), both.obligations.len()),
        (strict.outcome, 2, 1)
    );
    assert_eq!(
        Verdict::combine(std::slice::from_ref(&mild))?.outcome,
        mild.outcome
    );
    assert!(Verdict::combine(&[]).is_err());
    Ok(())
}

#[test]
fn approvals_are_those_of_the_snapshot() {
    documents("approval", |bytes| {
        Approval::from_canonical(bytes).and_then(|it| Ok((it.to_canonical()?, it.digest()?)))
    });
}
