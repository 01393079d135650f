//! The words against `tests/snapshots/words`, the same files that the Python tests read.

use std::fs;
use std::path::Path;

use jinku_words::digest::domain_digest;
use jinku_words::{
    AccountId, Amount, Approval, AssetId, ChainId, Code, Id, IdSource, Intent, Plan, Uint256,
    Verdict, WordsError, account_id, canonical,
};
use serde_json::Value;

type Done = Result<(), Box<dyn std::error::Error>>;

fn snapshot(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/snapshots/words")
        .join(format!("{name}.json"));
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn rows<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    let rows = value[name]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    assert!(!rows.is_empty(), "the snapshot has no {name}");
    rows
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} is no text in {row}"))
}

/// The text of a row, `@PAD:<number>@` written out.
fn padded(row: &Value) -> String {
    let text = text(row, "text");
    match text
        .split_once("@PAD:")
        .and_then(|(head, rest)| Some((head, rest.split_once('@')?)))
    {
        Some((head, (count, tail))) => format!(
            "{head}{}{tail}",
            "x".repeat(count.parse().expect("a count"))
        ),
        None => text.to_owned(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&text[i..i + 2], 16).expect("hex"))
        .collect()
}

#[test]
fn canonical_bytes_are_those_of_the_snapshot() -> Done {
    let all = snapshot("canonical");
    for row in rows(&all, "valid") {
        let expected = text(row, "canonical");
        let bytes = canonical::canonicalize(text(row, "text").as_bytes())?;
        assert_eq!(String::from_utf8(bytes)?, expected);
        let value = canonical::parse_exact(expected.as_bytes())?;
        assert_eq!(canonical::to_vec(&value)?, expected.as_bytes());
        if text(row, "text") != expected {
            let refused =
                canonical::parse_exact(text(row, "text").as_bytes()).map_err(|error| error.code);
            assert_eq!(refused, Err(Code::JsonNotCanonical), "{row}");
        }
    }
    for row in rows(&all, "invalid") {
        let code = canonical::parse(padded(row).as_bytes()).map_err(|error| error.code.as_str());
        assert_eq!(code, Err(text(row, "code")), "{row}");
    }
    for row in rows(&all, "invalid_hex") {
        let code = canonical::parse(&unhex(text(row, "hex"))).map_err(|error| error.code.as_str());
        assert_eq!(code, Err(text(row, "code")), "{row}");
    }
    assert_eq!(
        canonical::to_vec(&1.5).map_err(|error| error.code),
        Err(Code::JsonNumber)
    );
    assert_eq!(
        canonical::to_vec(&u64::MAX).map_err(|error| error.code),
        Err(Code::JsonNumber)
    );
    Ok(())
}

#[test]
fn ids_are_those_of_the_snapshot() -> Done {
    let all = snapshot("ids");
    for row in rows(&all, "valid") {
        let id: Id = text(row, "text").parse()?;
        assert_eq!(hex(id.as_bytes()), text(row, "hex"));
        assert_eq!(Some(id.time_ms()), row["time_ms"].as_u64());
        assert_eq!(id.to_string(), text(row, "text"));
        assert_eq!(Id::from_parts(id.time_ms(), id.tail())?, id);
    }
    for row in rows(&all, "invalid") {
        let refused = row
            .as_str()
            .expect("a text")
            .parse::<Id>()
            .map_err(|error| error.code);
        assert_eq!(refused, Err(Code::IdInvalid), "{row}");
    }
    for row in rows(&all, "account_ids") {
        let job: Id = text(row, "job").parse()?;
        let ts_ms = row["ts_ms"].as_u64().expect("milliseconds");
        let id = account_id(job.as_bytes(), ts_ms, text(row, "index").parse()?);
        assert_eq!(id.to_string(), text(row, "id"));
        assert_eq!(Id::from_bytes(*id.as_bytes())?.time_ms(), ts_ms);
    }
    let mut source = IdSource::new();
    for row in rows(&all, "source") {
        let random: [u8; 10] = unhex(text(row, "random")).try_into().expect("10 bytes");
        let id = source.next(row["now_ms"].as_u64().expect("milliseconds"), &random)?;
        assert_eq!(id.to_string(), text(row, "id"));
    }
    assert!(IdSource::new().next(1 << 48, &[0; 10]).is_err());
    Ok(())
}

#[test]
fn figures_are_those_of_the_snapshot() -> Done {
    let all = snapshot("amounts");
    for row in rows(&all, "figures") {
        let figure: Uint256 = text(row, "text").parse()?;
        assert_eq!(hex(&figure.to_be_bytes()), text(row, "hex"));
        assert_eq!(Uint256::from_be_bytes(figure.to_be_bytes()), figure);
        assert_eq!(figure.to_string(), text(row, "text"));
    }
    for row in rows(&all, "invalid") {
        let refused = row
            .as_str()
            .expect("a text")
            .parse::<Uint256>()
            .map_err(|error| error.code);
        assert_eq!(refused, Err(Code::AmountInvalid), "{row}");
    }
    let asset: AssetId = "eip155:1/slip44:60".parse()?;
    let other: AssetId = "eip155:10/slip44:60".parse()?;
    for row in rows(&all, "arithmetic") {
        let (a, b): (Uint256, Uint256) = (text(row, "a").parse()?, text(row, "b").parse()?);
        assert_eq!(
            a.checked_add(b).map(|sum| sum.to_string()).as_deref(),
            row["sum"].as_str()
        );
        assert_eq!(
            a.checked_sub(b).map(|rest| rest.to_string()).as_deref(),
            row["difference"].as_str()
        );
        assert_eq!(a >= b, row["difference"].is_string());
        let (left, right) = (
            Amount {
                asset: asset.clone(),
                value: a,
            },
            Amount {
                asset: asset.clone(),
                value: b,
            },
        );
        assert_eq!(left.plus(&right).is_ok(), row["sum"].is_string());
        assert!(
            left.minus(&Amount {
                asset: other.clone(),
                value: Uint256::ZERO
            })
            .is_err()
        );
    }
    Ok(())
}

fn caip<T>(part: &Value, parse: fn(&str) -> Result<T, WordsError>)
where
    T: std::fmt::Display + std::str::FromStr<Err = WordsError> + std::fmt::Debug,
{
    for row in rows(part, "valid") {
        let (written, expected) = (text(row, "text"), text(row, "parsed"));
        assert_eq!(
            parse(written).map(|name| name.to_string()).as_deref(),
            Ok(expected)
        );
        assert_eq!(
            expected
                .parse::<T>()
                .map(|name| name.to_string())
                .as_deref(),
            Ok(expected)
        );
        assert_eq!(written.parse::<T>().is_ok(), written == expected, "{row}");
    }
    for row in rows(part, "invalid") {
        let refused = parse(text(row, "text"))
            .map(|name| name.to_string())
            .map_err(|error| error.code.as_str());
        assert_eq!(refused, Err(text(row, "code")), "{row}");
        assert!(text(row, "text").parse::<T>().is_err(), "{row}");
    }
}

#[test]
fn names_are_those_of_the_snapshot() {
    let all = snapshot("caip");
    caip(&all["chains"], ChainId::parse);
    caip(&all["accounts"], AccountId::parse);
    caip(&all["assets"], AssetId::parse);
}

#[test]
fn digests_are_those_of_the_snapshot() {
    for row in snapshot("digests").as_array().expect("rows") {
        assert_eq!(
            hex(&domain_digest(
                text(row, "tag"),
                text(row, "text").as_bytes()
            )),
            text(row, "digest")
        );
    }
}

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
    assert_eq!(Verdict::combine(&[mild.clone()])?.outcome, mild.outcome);
    assert!(Verdict::combine(&[]).is_err());
    Ok(())
}

#[test]
fn approvals_are_those_of_the_snapshot() {
    documents("approval", |bytes| {
        Approval::from_canonical(bytes).and_then(|it| Ok((it.to_canonical()?, it.digest()?)))
    });
}

#[test]
fn codes_are_distinct() {
    let mut codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Code::ALL.len());
}
