//! Rules: when they match, and what then has to be met.

use jinku_words::Uint256;
use jinku_words::error::Result;
use jinku_words::shape::{CODE, Fields, KEY_NAME, value_error};
use jinku_words::verdict::Outcome;

use crate::book::{Book, Names};
use crate::facts::{Facts, Spent};
use crate::when::{When, ascending};

/// The most teams of one obligation, and limits of one rule.
const MAX_PARTS: usize = 8;
/// The longest hold and window: 366 days.
const MAX_HOURS: u64 = 366 * 24;
const MAX_SECONDS: u64 = MAX_HOURS * 3_600;

/// What a rule does when it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Forbid,
    Permit,
    Require,
}

/// How many of which group of the trust root have to approve.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quorum {
    /// The group.
    pub group: String,
    /// How many of it.
    pub count: u64,
}

/// What a limit adds up over: everything that has these in common with the intent.
const DIMENSIONS: [Names; 5] = [
    Names::Asset,
    Names::Destination,
    Names::Initiator,
    Names::Source,
    Names::Vault,
];

/// So much and so often in a window that slides.
#[derive(Clone, Debug)]
pub(crate) struct Cap {
    pub(crate) per: Vec<Names>,
    pub(crate) window_seconds: u64,
    pub(crate) amount: Option<Uint256>,
    pub(crate) count: Option<u64>,
    pub(crate) value: Option<Uint256>,
    /// What passing it leads to, if waiting helps.
    pub(crate) over: Outcome,
}

impl Cap {
    fn take(item: &mut Fields) -> Result<Self> {
        let place = "policy.rules.then.limits";
        let names = item.strings("per", DIMENSIONS.len())?;
        if !names.is_empty() {
            ascending(&names, place)?;
        }
        let dimension = |name: &String| {
            let known = DIMENSIONS.into_iter().find(|it| it.column() == name);
            let expected = "asset, destination, initiator, source, vault";
            known.ok_or_else(|| value_error(place, format!("{name:?}"), expected))
        };
        let over = item.text("over")?;
        let outcomes = [Outcome::Deny, Outcome::Hold, Outcome::Throttle];
        let found = outcomes.into_iter().find(|it| it.as_str() == over);
        let cap = Self {
            per: names.iter().map(dimension).collect::<Result<_>>()?,
            window_seconds: within(item, "window_seconds", MAX_SECONDS)?,
            amount: item.maybe("amount", Fields::word)?,
            count: item.maybe("count", |f, name| within(f, name, 1_000_000))?,
            value: item.maybe("value", Fields::word)?,
            over: found
                .ok_or_else(|| value_error(place, format!("{over:?}"), "deny, hold, throttle"))?,
        };
        if cap.amount.is_none() && (cap.count.is_none() || cap.value.is_some()) {
            let expected = "a count or an amount; an amount beside a value";
            return Err(value_error(place, "nothing that binds", expected));
        }
        Ok(cap)
    }

    /// Whether something signed or reserved adds to the intent: not its own, nor what left the window.
    pub(crate) fn counts(&self, facts: &Facts<'_>, spent: &Spent) -> bool {
        let intent = facts.intent;
        let gone = spent.at_ms.saturating_add(self.window_seconds * 1_000) <= facts.at_ms;
        !gone
            && spent.intent_digest != facts.digest
            && self.per.iter().all(|names| match names {
                Names::Asset => spent.asset == intent.asset,
                Names::Destination => spent.destination == intent.destination,
                Names::Initiator => spent.initiator == intent.initiator,
                Names::Source => spent.source == intent.source,
                _ => spent.vault == intent.vault,
            })
    }
}

/// How much may lie at the destination afterwards.
#[derive(Clone, Debug)]
pub(crate) struct Ceiling {
    pub(crate) most: Uint256,
    pub(crate) need_percent: Option<u64>,
}

/// What has to be met.
#[derive(Clone, Debug, Default)]
pub(crate) struct Then {
    pub(crate) approvals: Vec<Quorum>,
    pub(crate) hold_hours: u64,
    pub(crate) limits: Vec<Cap>,
    pub(crate) ceiling: Option<Ceiling>,
}

impl Then {
    fn take(mut fields: Fields) -> Result<Self> {
        let place = "policy.rules.then.approvals";
        let approvals = fields.maybe("approvals", |f, name| {
            f.each(name, MAX_PARTS, |item| {
                let group = item.text("group")?;
                KEY_NAME.check(&group, place)?;
                let count = within(item, "count", 32)?;
                Ok(Quorum { group, count })
            })
        })?;
        if let Some(teams) = &approvals {
            let groups: Vec<String> = teams.iter().map(|team| team.group.clone()).collect();
            ascending(&groups, place)?;
        }
        let ceiling = fields.maybe("ceiling", Fields::fields)?.map(|mut item| {
            let ceiling = Ceiling {
                most: item.word("most")?,
                need_percent: item.maybe("need_percent", |f, name| within(f, name, 100_000))?,
            };
            item.end()?;
            Ok(ceiling)
        });
        let hold_hours = fields.maybe("hold_hours", |f, name| within(f, name, MAX_HOURS))?;
        let limits = fields.maybe("limits", |f, name| f.each(name, MAX_PARTS, Cap::take))?;
        fields.end()?;
        if limits.as_ref().is_some_and(Vec::is_empty) {
            let place = "policy.rules.then.limits";
            return Err(value_error(place, "0 items", "at least one"));
        }
        Ok(Self {
            approvals: approvals.unwrap_or_default(),
            hold_hours: hold_hours.unwrap_or_default(),
            limits: limits.unwrap_or_default(),
            ceiling: ceiling.transpose()?,
        })
    }

    fn is_empty(&self) -> bool {
        self.approvals.is_empty()
            && self.hold_hours == 0
            && self.limits.is_empty()
            && self.ceiling.is_none()
    }

    fn needs_asset(&self) -> bool {
        self.ceiling.is_some() || self.limits.iter().any(|limit| limit.amount.is_some())
    }
}

/// One row of the table.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) effect: Effect,
    pub(crate) when: When,
    pub(crate) then: Then,
}

impl Rule {
    pub(crate) fn take(item: &mut Fields, book: &Book) -> Result<Self> {
        let effect = match item.text("effect")?.as_str() {
            "forbid" => Effect::Forbid,
            "permit" => Effect::Permit,
            "require" => Effect::Require,
            other => {
                let expected = "forbid, permit, require";
                return Err(value_error(
                    "policy.rules.effect",
                    format!("{other:?}"),
                    expected,
                ));
            }
        };
        let name = item.text("name")?;
        CODE.check(&name, "policy.rules.name")?;
        let then = Then::take(item.fields("then")?)?;
        let when = When::take(item.fields("when")?, book)?;
        let rule = Self {
            name,
            effect,
            when,
            then,
        };
        rule.check()?;
        Ok(rule)
    }

    /// Whether it speaks of the reference currency.
    pub(crate) fn needs_prices(&self) -> bool {
        self.when.needs_value() || self.then.limits.iter().any(|limit| limit.value.is_some())
    }

    /// Refuses what a rule of this effect cannot mean.
    fn check(&self) -> Result<()> {
        let refused = |column: &str, expected: &str| {
            Err(value_error(
                &format!("policy.rules.{column}"),
                &self.name,
                expected,
            ))
        };
        match self.effect {
            Effect::Permit if self.when.is_told() => {
                return refused("when.told", "no told fact in a permit: it may only tighten");
            }
            Effect::Permit if !self.when.names(Names::Kind) => {
                return refused("when.kind", "the kinds of intent in a permit");
            }
            Effect::Forbid if !self.then.is_empty() => {
                return refused("then", "nothing in a forbid");
            }
            Effect::Require if self.then.is_empty() => {
                return refused("then", "something in a require");
            }
            _ => {}
        }
        if self.then.needs_asset() && !self.when.names(Names::Asset) {
            return refused(
                "when.asset",
                "an asset beside a figure in its smallest unit",
            );
        }
        Ok(())
    }
}

/// A whole number of 1 to `most`.
fn within(fields: &mut Fields, name: &str, most: u64) -> Result<u64> {
    let count = fields.count(name)?;
    if (1..=most).contains(&count) {
        return Ok(count);
    }
    Err(value_error(name, count.to_string(), format!("1 to {most}")))
}
