//! Why nothing is signed: a closed set of codes, each naming the guard that said no.

use std::fmt;

use jinku_chain::ChainError;
use jinku_proof::log::error::LogError;
use jinku_words::WordsError;

/// Which guard refused. The text of a code never changes once released.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EvidenceCode {
    /// A document is not the one encoding of what it should be.
    Document,
    /// An intent is of another deployment.
    Deployment,
    /// An intent is of a network that this signer does not sign for, or cannot tell from another that it does.
    Network,
    /// Nobody who may ask signed the intent.
    Initiator,
    /// An intent, plan or approval is outside its time.
    Time,
    /// The policy is not the one that the trust root names.
    Policy,
    /// An approval is of something else, of nobody who may approve, or its signature does not hold.
    Approval,
    /// An approver said no.
    Rejected,
    /// What the policy asks for is not met.
    Obligation,
    /// The entry in the journal is not that of this plan.
    Entry,
    /// The journal that was shown is older than, or another than, the one seen before.
    Head,
    /// A nonce or an output is another plan's.
    SlotTaken,
    /// Another intent was signed under this idempotency key of the initiator.
    AskedTwice,
    /// The intent has another plan, and both could land.
    SecondPlan,
    /// The log or the trust root refused; its own code.
    Log(&'static str),
    /// The codec of the chain refused; its own code.
    Chain(&'static str),
}

impl EvidenceCode {
    /// Every code of this crate's own.
    pub const ALL: [Self; 14] = [
        Self::Document,
        Self::Deployment,
        Self::Network,
        Self::Initiator,
        Self::Time,
        Self::Policy,
        Self::Approval,
        Self::Rejected,
        Self::Obligation,
        Self::Entry,
        Self::Head,
        Self::SlotTaken,
        Self::AskedTwice,
        Self::SecondPlan,
    ];

    /// The stable text of the code.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Document => "evidence.document",
            Self::Deployment => "evidence.deployment",
            Self::Network => "evidence.network",
            Self::Initiator => "evidence.initiator",
            Self::Time => "evidence.time",
            Self::Policy => "evidence.policy",
            Self::Approval => "evidence.approval",
            Self::Rejected => "evidence.rejected",
            Self::Obligation => "evidence.obligation",
            Self::Entry => "evidence.entry_of_plan",
            Self::Head => "evidence.head",
            Self::SlotTaken => "slot.taken",
            Self::AskedTwice => "slot.asked_twice",
            Self::SecondPlan => "slot.second_plan",
            Self::Log(code) | Self::Chain(code) => code,
        }
    }
}

/// A refusal: code, what failed, what was found and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceError {
    /// The guard.
    pub code: EvidenceCode,
    /// What failed, in a few words.
    pub what: String,
    /// What was found; may be empty.
    pub found: String,
    /// What was expected; may be empty.
    pub expected: String,
}

/// What the functions of this crate return.
pub type EvidenceResult<T> = Result<T, EvidenceError>;

impl EvidenceError {
    /// A refusal with all its parts; `found` is cut at 120 characters.
    pub fn new(
        code: EvidenceCode,
        what: impl Into<String>,
        found: impl AsRef<str>,
        expected: impl Into<String>,
    ) -> Self {
        Self {
            code,
            what: what.into(),
            found: found.as_ref().chars().take(120).collect(),
            expected: expected.into(),
        }
    }
}

impl fmt::Display for EvidenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        let mut joint = ": ";
        if !self.found.is_empty() {
            write!(f, "{joint}found {}", self.found)?;
            joint = ", ";
        }
        if !self.expected.is_empty() {
            write!(f, "{joint}expected {}", self.expected)?;
        }
        Ok(())
    }
}

impl std::error::Error for EvidenceError {}

impl From<WordsError> for EvidenceError {
    fn from(error: WordsError) -> Self {
        Self::new(
            EvidenceCode::Document,
            error.what,
            error.found,
            error.expected,
        )
    }
}

impl From<LogError> for EvidenceError {
    fn from(error: LogError) -> Self {
        Self::new(
            EvidenceCode::Log(error.code.as_str()),
            error.what,
            error.found,
            error.expected,
        )
    }
}

impl From<ChainError> for EvidenceError {
    fn from(error: ChainError) -> Self {
        Self::new(
            EvidenceCode::Chain(error.code.as_str()),
            error.what,
            error.found,
            error.expected,
        )
    }
}

#[cfg(test)]
mod tests {
    use jinku_chain::ChainCode;
    use jinku_proof::log::error::LogCode;

    use super::*;

    #[test]
    fn codes_are_distinct_and_an_error_says_all_it_knows() {
        let own = EvidenceCode::ALL;
        let mut texts: Vec<_> = own.iter().map(EvidenceCode::as_str).collect();
        texts.extend(LogCode::ALL.iter().map(|code| code.as_str()));
        texts.extend(ChainCode::ALL.iter().map(|code| code.as_str()));
        texts.sort_unstable();
        texts.dedup();
        let others = LogCode::ALL.len() + ChainCode::ALL.len();
        assert_eq!(texts.len(), own.len() + others, "also from those carried");
        let error = EvidenceError::new(EvidenceCode::Head, "it failed", "x".repeat(500), "y");
        let text = format!("it failed: found {}, expected y", "x".repeat(120));
        assert_eq!(error.to_string(), text);
        let bare = EvidenceError::new(EvidenceCode::Head, "it failed", "", "y");
        assert_eq!(bare.to_string(), "it failed: expected y");
    }
}
