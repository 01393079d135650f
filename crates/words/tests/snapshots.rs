//! The words against `tests/snapshots/words`, the same files that the Python tests read.

mod common;

use common::{Done, hex, padded, rows, snapshot, text, unhex};
use jinku_words::digest::domain_digest;
use jinku_words::{
    AccountId, Amount, AssetId, ChainId, Code, Id, IdSource, Uint256, WordsError, account_id,
    canonical,
};
use serde_json::Value;

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

#[test]
fn codes_are_distinct() {
    let mut codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Code::ALL.len());
}
