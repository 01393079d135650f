//! The policy of a deployment: a closed table of rules in canonical JSON, and what it says of an intent.
//!
//! Pure: no clock, no disk, no network. The signer evaluates with this code, and `jinku.policy` is the same in Python;
//! property tests compare their bytes. Forbid wins, no permit denies, the obligations of all rules that match bind,
//! a sum beyond 256 bits denies, and what the coordinator tells can only tighten.
//!
//! ```
//! use jinku_policy::Policy;
//! let text = br#"{"assets":[],"book":[],"destinations":[],"initiators":[],"name":"none","reference":null,"rules":[],"v":1,"vaults":[]}"#;
//! let policy = Policy::from_canonical(text)?; // it permits nothing
//! assert_eq!(policy.digest(), jinku_words::digest::domain_digest("jinku/policy/1", text));
//! assert!(Policy::from_canonical(b"{}").is_err());
//! # Ok::<(), jinku_words::WordsError>(())
//! ```

mod book;
mod decide;
mod facts;
mod hours;
mod met;
mod range;
mod rule;
mod when;

pub use decide::evaluate;
pub use facts::{Deeds, Facts, People, Person, Quote, Reference, Spent, Team, Told};
pub use met::{Subject, missing};
pub use rule::Quorum;

use jinku_words::canonical::parse_exact;
use jinku_words::digest::domain_digest;
use jinku_words::error::Result;
use jinku_words::shape::{CODE, Fields, value_error};

/// The tag of the digest that the trust root names.
const TAG: &str = "jinku/policy/1";
/// The most rules.
const MAX_RULES: usize = 1_000;

/// A policy document, read in full.
#[derive(Clone, Debug)]
pub struct Policy {
    name: String,
    digest: [u8; 32],
    pub(crate) book: book::Book,
    pub(crate) reference: Option<Reference>,
    pub(crate) rules: Vec<rule::Rule>,
}

impl Policy {
    /// The policy of exactly these bytes, at most 1 MiB.
    ///
    /// # Errors
    /// A [`jinku_words::WordsError`] that names the field.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self> {
        let mut fields = Fields::new(parse_exact(bytes)?, "policy".to_owned())?;
        fields.version(1)?;
        let name = fields.text("name")?;
        CODE.check(&name, "policy.name")?;
        let book = book::Book::take(&mut fields)?;
        let reference = fields.optional("reference", Fields::fields)?;
        let reference = reference.map(take_reference).transpose()?;
        let rules = fields.each("rules", MAX_RULES, |item| rule::Rule::take(item, &book))?;
        fields.end()?;
        let mut names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(value_error("policy.rules.name", twice[0], "each name once"));
        }
        if let Some(rule) = rules
            .iter()
            .find(|rule| reference.is_none() && rule.needs_prices())
        {
            let expected = "a reference currency for values";
            return Err(value_error("policy.reference", &rule.name, expected));
        }
        Ok(Self {
            name,
            digest: domain_digest(TAG, bytes),
            book,
            reference,
            rules,
        })
    }

    /// Its name, for people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the trust root and approvals name.
    #[must_use]
    pub const fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// How far back the ledger of a decision has to reach.
    #[must_use]
    pub fn longest_window_seconds(&self) -> u64 {
        let limits = self.rules.iter().flat_map(|rule| &rule.then.limits);
        limits
            .map(|limit| limit.window_seconds)
            .max()
            .unwrap_or_default()
    }
}

fn take_reference(mut fields: Fields) -> Result<Reference> {
    let reference = Reference {
        currency: fields.text("currency")?,
        quorum: fields.count("quorum")?,
        max_age_seconds: fields.count("max_age_seconds")?,
    };
    fields.end()?;
    CODE.check(&reference.currency, "policy.reference.currency")?;
    let bounds = [(reference.quorum, 32), (reference.max_age_seconds, 86_400)];
    if let Some((found, most)) = bounds.iter().find(|(it, most)| !(1..=*most).contains(it)) {
        let expected = format!("1 to {most}");
        return Err(value_error("policy.reference", found.to_string(), expected));
    }
    Ok(reference)
}
