//! The one place where Rust refusals become Python exceptions: classes of `jinku.core.errors` with stable codes.

use std::fmt;

use jinku_address::AddressError;
use jinku_chain::ChainError;
use jinku_proof::ProofError;
use jinku_proof::log::error::{Kind, LogError};
use jinku_words::{Code, WordsError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Codes that only this module gives, beside those of [`jinku_words::Code`].
pub(crate) const CODES: [&str; 4] = [ADDRESS, ADDRESS_KEY, PROOF, BATCH_SIGNATURE];

/// The address is not valid on the chain: checksum, network, length or alphabet.
const ADDRESS: &str = "address.invalid";
/// The bytes are no public key of the family's curve.
const ADDRESS_KEY: &str = "address.key_invalid";
/// A Merkle proof does not lead to its root (exit 2 when the index lies outside the tree).
const PROOF: &str = "proof.invalid";
/// A batch statement is not signed by the pinned identity key.
const BATCH_SIGNATURE: &str = "batch.signature_invalid";

/// A refusal on its way to Python; boxed, so that results stay small.
pub(crate) struct Refusal(Box<Parts>);

struct Parts {
    class: &'static str,
    code: &'static str,
    what: String,
    found: Option<String>,
    expected: Option<String>,
    field: String,
}

impl Refusal {
    fn of(class: &'static str, code: &'static str, error: &impl fmt::Display) -> Self {
        let what = error.to_string();
        Self(Box::new(Parts {
            class,
            code,
            what,
            found: None,
            expected: None,
            field: String::new(),
        }))
    }

    /// An argument that cannot be meant.
    pub(crate) fn usage(what: &str, found: impl fmt::Display, expected: &str) -> Self {
        Self(Box::new(Parts {
            class: "UsageError",
            code: "usage.invalid",
            what: what.to_owned(),
            found: Some(found.to_string()),
            expected: Some(expected.to_owned()),
            field: String::new(),
        }))
    }
}

impl From<WordsError> for Refusal {
    fn from(error: WordsError) -> Self {
        let some = |text: String| (!text.is_empty()).then_some(text);
        Self(Box::new(Parts {
            class: "ParseError",
            code: error.code.as_str(),
            what: error.what,
            found: some(error.found),
            expected: some(error.expected),
            field: error.field,
        }))
    }
}

impl From<LogError> for Refusal {
    fn from(error: LogError) -> Self {
        let some = |text: String| (!text.is_empty()).then_some(text);
        let class = match error.code.kind() {
            Kind::Form => "ParseError",
            Kind::Truth => "IntegrityError",
            Kind::Usage => "UsageError",
        };
        Self(Box::new(Parts {
            class,
            code: error.code.as_str(),
            what: error.what,
            found: some(error.found),
            expected: some(error.expected),
            field: String::new(),
        }))
    }
}

impl From<ChainError> for Refusal {
    fn from(error: ChainError) -> Self {
        let some = |text: String| (!text.is_empty()).then_some(text);
        let class = match error.code.kind() {
            jinku_chain::Kind::Form => "ParseError",
            jinku_chain::Kind::Truth => "IntegrityError",
        };
        Self(Box::new(Parts {
            class,
            code: error.code.as_str(),
            what: error.what,
            found: some(error.found),
            expected: some(error.expected),
            field: String::new(),
        }))
    }
}

impl From<AddressError> for Refusal {
    fn from(error: AddressError) -> Self {
        let code = match &error {
            AddressError::UnknownChain { .. } | AddressError::UnknownFamily { .. } => {
                Code::ChainInvalid.as_str()
            }
            AddressError::KeyLength { .. } | AddressError::BadKey { .. } => ADDRESS_KEY,
            _ => ADDRESS,
        };
        Self::of("ParseError", code, &error)
    }
}

impl From<ProofError> for Refusal {
    fn from(error: ProofError) -> Self {
        match &error {
            ProofError::OutOfRange { .. }
            | ProofError::NumberTooLarge { .. }
            | ProofError::NotASubtree { .. } => Self::of("UsageError", PROOF, &error),
            ProofError::BadKey | ProofError::BadSignature => {
                Self::of("IntegrityError", BATCH_SIGNATURE, &error)
            }
            _ => Self::of("IntegrityError", PROOF, &error),
        }
    }
}

impl From<Refusal> for PyErr {
    fn from(refusal: Refusal) -> Self {
        Python::attach(|py| raised(py, &refusal.0).unwrap_or_else(|error| error))
    }
}

fn raised(py: Python<'_>, refusal: &Parts) -> PyResult<PyErr> {
    let class = py.import("jinku.core.errors")?.getattr(refusal.class)?;
    let named = PyDict::new(py);
    named.set_item("code", refusal.code)?;
    named.set_item("found", &refusal.found)?;
    named.set_item("expected", &refusal.expected)?;
    if !refusal.field.is_empty() {
        let fields = PyDict::new(py);
        fields.set_item("field", &refusal.field)?;
        named.set_item("fields", fields)?;
    }
    Ok(PyErr::from_value(
        class.call((&refusal.what,), Some(&named))?,
    ))
}
