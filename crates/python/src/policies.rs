//! Policies, for the property tests that hold `jinku.policy` and the signer's evaluator together. A question is canonical
//! JSON, as `jinku.policy.questions` writes it.

use std::collections::BTreeMap;

use jinku_policy::{Deeds, Facts, People, Person, Policy, Quote, Spent, Subject, Team, Told};
use jinku_words::canonical::{parse_exact, to_vec};
use jinku_words::error::Result;
use jinku_words::shape::{Fields, MAX_MS};
use jinku_words::{Approval, Intent, Verdict};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::errors::Refusal;

type Raised<T> = std::result::Result<T, Refusal>;
type Bytes<'py> = Bound<'py, PyBytes>;

/// The most items of a list in a question.
const MAX_ITEMS: usize = 100_000;

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The digest of a policy document.
#[pyfunction]
pub(crate) fn policy_digest<'py>(py: Python<'py>, document: &[u8]) -> Raised<Bytes<'py>> {
    let policy = Policy::from_canonical(document)?;
    Ok(PyBytes::new(py, &policy.digest()))
}

/// The verdict of a policy on a question.
#[pyfunction]
pub(crate) fn policy_verdict<'py>(
    py: Python<'py>,
    document: &[u8],
    question: &[u8],
) -> Raised<Bytes<'py>> {
    let policy = Policy::from_canonical(document)?;
    let mut fields = Fields::new(parse_exact(question)?, "question".to_owned())?;
    let intent = intent(&mut fields)?;
    let digest = hex(&intent.digest()?);
    let deeds = deeds(fields.fields("deeds")?)?;
    let (ledger, quotes) = (ledger(&mut fields)?, quotes(&mut fields)?);
    let (people, told) = (people(fields.fields("people")?)?, told(&mut fields)?);
    let at_ms = fields.small("at", MAX_MS)?;
    fields.end()?;
    let facts = Facts {
        intent: &intent,
        digest: &digest,
        deeds: &deeds,
        at_ms,
        ledger: &ledger,
        people: &people,
        quotes: &quotes,
        told: &told,
    };
    let verdict = jinku_policy::evaluate(&policy, &facts)?;
    Ok(PyBytes::new(py, &verdict.to_canonical()?))
}

/// What is missing before the obligations of a verdict are met: code and facts of each reason.
#[pyfunction]
#[allow(clippy::type_complexity)]
pub(crate) fn policy_missing(
    verdict: &[u8],
    approvals: Vec<PyBackedBytes>,
    question: &[u8],
) -> Raised<Vec<(String, String, Vec<(String, String)>)>> {
    let verdict = Verdict::from_canonical(verdict)?;
    let read = |data: &PyBackedBytes| Approval::from_canonical(data);
    let approvals = approvals.iter().map(read).collect::<Result<Vec<_>>>()?;
    let mut fields = Fields::new(parse_exact(question)?, "question".to_owned())?;
    let intent = intent(&mut fields)?;
    let digests = (
        fields.text("effects_digest")?,
        fields.text("policy_digest")?,
    );
    let people = people(fields.fields("people")?)?;
    let subject = Subject {
        intent: &intent,
        intent_digest: &hex(&intent.digest()?),
        effects_digest: &digests.0,
        policy_digest: &digests.1,
        recorded_ms: fields.small("recorded_at", MAX_MS)?,
        at_ms: fields.small("at", MAX_MS)?,
    };
    fields.end()?;
    let missing = jinku_policy::missing(&verdict.obligations, &approvals, &people, &subject);
    Ok(missing
        .into_iter()
        .map(|it| (it.code, it.text, it.facts))
        .collect())
}

fn intent(fields: &mut Fields) -> Result<Intent> {
    Intent::from_canonical(&to_vec(&fields.take("intent")?)?)
}

fn deeds(mut fields: Fields) -> Result<Deeds> {
    let deeds = Deeds {
        grants: fields.strings("grants", MAX_ITEMS)?,
        delegates: fields.flag("delegates")?,
        fee_asset: fields.word("fee_asset")?,
    };
    fields.end()?;
    Ok(deeds)
}

fn ledger(fields: &mut Fields) -> Result<Vec<Spent>> {
    fields.each("ledger", MAX_ITEMS, |item| {
        Ok(Spent {
            at_ms: item.small("at", MAX_MS)?,
            intent_digest: item.text("intent_digest")?,
            vault: item.word("vault")?,
            source: item.word("source")?,
            destination: item.word("destination")?,
            initiator: item.text("initiator")?,
            asset: item.word("asset")?,
            amount: item.word("amount")?,
            value: item.optional("value", Fields::word)?,
        })
    })
}

fn quotes(fields: &mut Fields) -> Result<Vec<Quote>> {
    fields.each("quotes", MAX_ITEMS, |item| {
        Ok(Quote {
            source: item.text("source")?,
            asset: item.word("asset")?,
            value: item.small("value", u64::MAX)?,
            exponent: item.small("exponent", 77)?,
            at_ms: item.small("at", MAX_MS)?,
        })
    })
}

fn people(mut fields: Fields) -> Result<People> {
    let keys = fields.each("keys", MAX_ITEMS, |item| {
        let not_after_ms = item.optional("not_after", |f, name| f.small(name, MAX_MS))?;
        let roles = item.strings("roles", MAX_ITEMS)?;
        Ok((
            item.text("name")?,
            Person {
                roles,
                not_after_ms,
            },
        ))
    })?;
    let groups = fields.each("groups", MAX_ITEMS, |item| {
        let (members, threshold) = (
            item.strings("members", MAX_ITEMS)?,
            item.count("threshold")?,
        );
        Ok((item.text("name")?, Team { members, threshold }))
    })?;
    fields.end()?;
    Ok(People {
        keys: keys.into_iter().collect(),
        groups: groups.into_iter().collect(),
    })
}

fn told(fields: &mut Fields) -> Result<Told> {
    let told = fields.each("told", MAX_ITEMS, |item| {
        Ok((item.text("fact")?, item.word("figure")?))
    })?;
    Ok(told.into_iter().collect::<BTreeMap<_, _>>())
}
