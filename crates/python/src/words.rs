//! Canonical bytes, digests, ids and names: the Rust definition of the words, for comparison and for speed.

use jinku_chain::ChainCode;
use jinku_proof::log::error::LogCode;
use jinku_words::{
    AccountId, Approval, AssetId, ChainId, Code, Id, Intent, Plan, Uint256, Verdict, account_id,
    canonical, digest,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::errors::{CODES, Refusal};

type Raised<T> = Result<T, Refusal>;

/// The canonical bytes of any JSON text that keeps the restrictions.
#[pyfunction(name = "canonical")]
pub(crate) fn canonical_bytes<'py>(py: Python<'py>, text: &[u8]) -> Raised<Bound<'py, PyBytes>> {
    Ok(PyBytes::new(py, &canonical::canonicalize(text)?))
}

/// Nothing, when the bytes are canonical.
#[pyfunction]
pub(crate) fn check_canonical(data: &[u8]) -> Raised<()> {
    canonical::parse_exact(data)?;
    Ok(())
}

/// `SHA256(tag 00 data)`.
#[pyfunction]
pub(crate) fn domain_digest<'py>(
    py: Python<'py>,
    tag: &str,
    data: &[u8],
) -> Raised<Bound<'py, PyBytes>> {
    if !tag.is_ascii() || tag.as_bytes().contains(&0) {
        return Err(Refusal::usage(
            "a tag is malformed",
            format!("{tag:?}"),
            "ASCII without NUL",
        ));
    }
    Ok(PyBytes::new(py, &digest::domain_digest(tag, data)))
}

/// The digest of a governed document: `kind` is intent, intent-body, plan, verdict or approval.
#[pyfunction]
pub(crate) fn document_digest<'py>(
    py: Python<'py>,
    kind: &str,
    data: &[u8],
) -> Raised<Bound<'py, PyBytes>> {
    let digest = match kind {
        "intent" => Intent::from_canonical(data)?.digest()?,
        "intent-body" => Intent::from_canonical(data)?.body_digest()?,
        "plan" => Plan::from_canonical(data)?.digest()?,
        "verdict" => Verdict::from_canonical(data)?.digest()?,
        "approval" => Approval::from_canonical(data)?.digest()?,
        _ => {
            let expected = "intent, intent-body, plan, verdict or approval";
            return Err(Refusal::usage(
                "a kind of document is unknown",
                format!("{kind:?}"),
                expected,
            ));
        }
    };
    Ok(PyBytes::new(py, &digest))
}

/// The one text form of a word: `kind` is id, figure, chain, account or asset.
#[pyfunction]
pub(crate) fn word(kind: &str, text: &str) -> Raised<String> {
    let written = match kind {
        "id" => text.parse::<Id>().map(|id| id.to_string()),
        "figure" => text.parse::<Uint256>().map(|figure| figure.to_string()),
        "chain" => ChainId::parse(text).map(|chain| chain.to_string()),
        "account" => AccountId::parse(text).map(|account| account.to_string()),
        "asset" => AssetId::parse(text).map(|asset| asset.to_string()),
        _ => {
            let expected = "id, figure, chain, account or asset";
            return Err(Refusal::usage(
                "a kind of word is unknown",
                format!("{kind:?}"),
                expected,
            ));
        }
    };
    Ok(written?)
}

/// The largest time that fits 48 bits.
const MAX_MS: u64 = (1 << 48) - 1;

pub(crate) fn check_ms(ts_ms: u64) -> Raised<()> {
    if ts_ms > MAX_MS {
        return Err(Refusal::usage(
            "an id's time is out of range",
            ts_ms,
            "at most 48 bits of milliseconds",
        ));
    }
    Ok(())
}

/// The ids of `count` accounts from index `start` may be made: the last index fits 64 bits.
pub(crate) fn check_range(start: u64, count: usize) -> Raised<()> {
    let count = u64::try_from(count).ok();
    if count.is_none_or(|count| start.checked_add(count).is_none()) {
        return Err(Refusal::usage(
            "a range of accounts is out of range",
            format!("start {start}"),
            "below 2^64",
        ));
    }
    Ok(())
}

/// The 16 bytes of the id of one account.
#[pyfunction(name = "account_id")]
pub(crate) fn one_account_id<'py>(
    py: Python<'py>,
    job: [u8; 16],
    ts_ms: u64,
    index: u64,
) -> Raised<Bound<'py, PyBytes>> {
    check_ms(ts_ms)?;
    Ok(PyBytes::new(py, account_id(&job, ts_ms, index).as_bytes()))
}

/// The 16 bytes of the ids of `count` accounts from index `start`.
#[pyfunction]
pub(crate) fn account_ids<'py>(
    py: Python<'py>,
    job: [u8; 16],
    ts_ms: u64,
    start: u64,
    count: usize,
) -> PyResult<Bound<'py, PyList>> {
    check_ms(ts_ms)?;
    check_range(start, count)?;
    let ids: Vec<Id> = py.detach(|| {
        (start..)
            .take(count)
            .map(|index| account_id(&job, ts_ms, index))
            .collect()
    });
    PyList::new(py, ids.iter().map(|id| PyBytes::new(py, id.as_bytes())))
}

/// Every code that this module may raise.
pub(crate) fn all_codes() -> Vec<&'static str> {
    Code::ALL
        .iter()
        .map(|code| code.as_str())
        .chain(CODES)
        .chain(LogCode::ALL.iter().map(|code| code.as_str()))
        .chain(ChainCode::ALL.iter().map(|code| code.as_str()))
        .collect()
}

/// Hashes that come from Python: exactly 32 bytes each.
pub(crate) fn hash32(bytes: &[u8], what: &str) -> Raised<[u8; 32]> {
    bytes
        .try_into()
        .map_err(|_| Refusal::usage(what, format!("{} bytes", bytes.len()), "32 bytes"))
}
