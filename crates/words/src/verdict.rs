//! A Verdict: what one room says of an intent. Many verdicts make one: the strictest wins, every reason is kept.

use serde_json::{Map, Value, json};

use crate::digest::{VERDICT, domain_digest};
use crate::error::{Code, Result, WordsError};
use crate::shape::{CODE, document_bytes, read_document, value_error};

/// How many reasons or obligations one verdict may have.
pub const MAX_REASONS: usize = 256;
/// The longest text of a reason, in characters.
pub const MAX_TEXT: usize = 1_000;

/// What may happen, from the mildest to the strictest; the order is the derived one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Go on.
    Allow,
    /// Go on when the obligations are met.
    RequireApproval,
    /// Not now; later by itself.
    Throttle,
    /// Not until a person looked at it.
    Hold,
    /// Never.
    Deny,
}

impl Outcome {
    const ALL: [Self; 5] = [
        Self::Allow,
        Self::RequireApproval,
        Self::Throttle,
        Self::Hold,
        Self::Deny,
    ];

    /// The word in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::RequireApproval => "require_approval",
            Self::Throttle => "throttle",
            Self::Hold => "hold",
            Self::Deny => "deny",
        }
    }
}

/// Names and texts; figures stand as decimal strings.
pub type Facts = Vec<(String, String)>;

/// Why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// A stable code.
    pub code: String,
    /// A sentence for people.
    pub text: String,
    /// What it rests on.
    pub facts: Facts,
}

/// What must be met before the intent may go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obligation {
    /// A stable code.
    pub code: String,
    /// Its particulars.
    pub facts: Facts,
}

/// What a room decided. A reason is needed for everything but allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Who says so.
    pub room: String,
    /// What may happen.
    pub outcome: Outcome,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What must be met.
    pub obligations: Vec<Obligation>,
}

impl Verdict {
    /// Refuse malformed codes, too many parts, and a refusal without a reason.
    ///
    /// # Errors
    /// `document.value`, with the field.
    pub fn check(&self) -> Result<()> {
        CODE.check(&self.room, "verdict.room")?;
        let counts = [
            ("reasons", self.reasons.len()),
            ("obligations", self.obligations.len()),
        ];
        if let Some((place, count)) = counts.into_iter().find(|(_, count)| *count > MAX_REASONS) {
            let place = format!("verdict.{place}");
            return Err(value_error(
                &place,
                format!("{count} items"),
                format!("at most {MAX_REASONS}"),
            ));
        }
        if self.outcome != Outcome::Allow && self.reasons.is_empty() {
            let expected = "at least 1 unless the outcome is allow";
            return Err(value_error("verdict.reasons", "0 items", expected));
        }
        for reason in &self.reasons {
            CODE.check(&reason.code, "verdict.reasons.code")?;
            let length = reason.text.chars().count();
            if length > MAX_TEXT {
                let (found, expected) = (
                    format!("{length} characters"),
                    format!("at most {MAX_TEXT}"),
                );
                return Err(value_error("verdict.reasons.text", found, expected));
            }
            check_facts(&reason.facts, "verdict.reasons.facts")?;
        }
        self.obligations.iter().try_for_each(|item| {
            CODE.check(&item.code, "verdict.obligations.code")?;
            check_facts(&item.facts, "verdict.obligations.facts")
        })
    }

    /// The canonical bytes.
    ///
    /// # Errors
    /// As [`Verdict::check`].
    pub fn to_canonical(&self) -> Result<Vec<u8>> {
        self.check()?;
        let reason =
            |r: &Reason| json!({"code": r.code, "text": r.text, "facts": facts_value(&r.facts)});
        let obligation = |o: &Obligation| json!({"code": o.code, "facts": facts_value(&o.facts)});
        let document = json!({
            "room": self.room,
            "outcome": self.outcome.as_str(),
            "reasons": self.reasons.iter().map(reason).collect::<Vec<_>>(),
            "obligations": self.obligations.iter().map(obligation).collect::<Vec<_>>(),
        });
        document_bytes(&document, "verdict")
    }

    /// The verdict of exactly these bytes; an unknown field, a missing one, or another spelling is refused.
    ///
    /// # Errors
    /// A [`WordsError`] that names the field.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self> {
        let mut fields = read_document(bytes, "verdict")?;
        let verdict = Self {
            outcome: outcome_of(&fields.text("outcome")?)?,
            room: fields.text("room")?,
            reasons: fields.each("reasons", MAX_REASONS, |item| {
                let (code, text) = (item.text("code")?, item.text("text")?);
                Ok(Reason {
                    code,
                    text,
                    facts: item.fields("facts")?.texts()?,
                })
            })?,
            obligations: fields.each("obligations", MAX_REASONS, |item| {
                Ok(Obligation {
                    code: item.text("code")?,
                    facts: item.fields("facts")?.texts()?,
                })
            })?,
        };
        verdict.check()?;
        fields.end()?;
        Ok(verdict)
    }

    /// The digest that names this verdict.
    ///
    /// # Errors
    /// As [`Verdict::check`].
    pub fn digest(&self) -> Result<[u8; 32]> {
        Ok(domain_digest(VERDICT, &self.to_canonical()?))
    }

    /// The one verdict of many: the strictest outcome, every reason, every obligation once, in the order handed in.
    ///
    /// # Errors
    /// `document.value` when there is none: silence permits nothing.
    pub fn combine(verdicts: &[Self]) -> Result<Self> {
        let Some(outcome) = verdicts.iter().map(|verdict| verdict.outcome).max() else {
            let what = "there is no verdict to combine";
            return Err(WordsError::new(
                Code::DocumentValue,
                what,
                "none",
                "at least one",
            ));
        };
        let mut obligations: Vec<Obligation> = Vec::new();
        for item in verdicts.iter().flat_map(|verdict| &verdict.obligations) {
            if !obligations.contains(item) {
                obligations.push(item.clone());
            }
        }
        let reasons = verdicts
            .iter()
            .flat_map(|verdict| verdict.reasons.iter().cloned())
            .collect();
        Ok(Self {
            room: "combined".to_owned(),
            outcome,
            reasons,
            obligations,
        })
    }
}

fn outcome_of(text: &str) -> Result<Outcome> {
    Outcome::ALL
        .into_iter()
        .find(|outcome| outcome.as_str() == text)
        .ok_or_else(|| {
            let expected = Outcome::ALL.map(Outcome::as_str).join(", ");
            value_error("verdict.outcome", format!("{text:?}"), expected)
        })
}

fn check_facts(facts: &Facts, place: &str) -> Result<()> {
    facts
        .iter()
        .try_for_each(|(name, _)| CODE.check(name, &format!("{place}.{name}")))
}

fn facts_value(facts: &Facts) -> Value {
    Value::Object(
        facts
            .iter()
            .map(|(name, text)| (name.clone(), Value::String(text.clone())))
            .collect::<Map<_, _>>(),
    )
}
