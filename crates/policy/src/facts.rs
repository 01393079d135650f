//! What a decision rests on, by whom it is believed: known by the signer itself, sourced (signed by who is pinned in the
//! trust root), told by the coordinator. The last can only tighten, which [`crate::Policy`] sees to.

use std::collections::BTreeMap;

use jinku_chain::{Effects, Limit};
use jinku_words::{AccountId, AssetId, Id, Intent, Uint256};

/// What of a transaction's effects the table asks for beside the intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deeds {
    /// How far the grants reach, in the words of Effects.
    pub grants: Vec<String>,
    /// Whether an account hands itself over to code.
    pub delegates: bool,
    /// What fees are paid in.
    pub fee_asset: AssetId,
}

impl Deeds {
    /// Those of effects.
    #[must_use]
    pub fn of(effects: &Effects) -> Self {
        let word = |limit: &Limit| match limit {
            Limit::UpTo(_) => "up_to",
            Limit::RaisedBy(_) => "raised_by",
            Limit::LoweredBy(_) => "lowered_by",
            Limit::All => "all",
            Limit::Nothing => "nothing",
        };
        let grants = effects.grants.iter();
        Self {
            grants: grants.map(|grant| word(&grant.limit).to_owned()).collect(),
            delegates: !effects.delegations.is_empty(),
            fee_asset: effects.fee.asset.clone(),
        }
    }
}

/// What was signed or reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// When, in Unix milliseconds.
    pub at_ms: u64,
    /// Digest of its intent, 64 hex digits.
    pub intent_digest: String,
    /// Its vault.
    pub vault: Id,
    /// From where.
    pub source: AccountId,
    /// To where.
    pub destination: AccountId,
    /// Who asked.
    pub initiator: String,
    /// Which asset.
    pub asset: AssetId,
    /// How much.
    pub amount: Uint256,
    /// What that was worth then, in the reference currency, if there were prices.
    pub value: Option<Uint256>,
}

/// `10^exponent` smallest units of an asset cost `value` smallest units of the reference currency. Its signature was
/// verified by whoever hands it in; whether its source may speak, and is fresh, is looked at here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The name of the source's key.
    pub source: String,
    /// The asset.
    pub asset: AssetId,
    /// The price.
    pub value: u64,
    /// Of how much, as a power of ten, at most 77.
    pub exponent: u64,
    /// Unix milliseconds.
    pub at_ms: u64,
}

/// A key of the trust root, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// `admin`, `approver`, `initiator`, `source`.
    pub roles: Vec<String>,
    /// Unix milliseconds after which it counts no more.
    pub not_after_ms: Option<u64>,
}

/// A group of the trust root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Names of keys.
    pub members: Vec<String>,
    /// The fewest who speak for it.
    pub threshold: u64,
}

/// Keys and groups of the trust root, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// The keys.
    pub keys: BTreeMap<String, Person>,
    /// The groups.
    pub groups: BTreeMap<String, Team>,
}

impl People {
    /// Holds when this key may do that at that time.
    #[must_use]
    pub fn may(&self, name: &str, role: &str, at_ms: u64) -> bool {
        self.keys.get(name).is_some_and(|key| {
            key.roles.iter().any(|it| it == role) && key.not_after_ms.is_none_or(|end| at_ms <= end)
        })
    }
}

/// Figures that the coordinator tells: `risk`, `balance`, `need`, and what else a policy names.
pub type Told = BTreeMap<String, Uint256>;

/// What is decided on, and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The intent.
    pub intent: &'a Intent,
    /// Its digest, 64 hex digits.
    pub digest: &'a str,
    /// What it does.
    pub deeds: &'a Deeds,
    /// Unix milliseconds by the evaluator's own clock.
    pub at_ms: u64,
    /// Everything of the longest window.
    pub ledger: &'a [Spent],
    /// The trust root's.
    pub people: &'a People,
    /// Sourced.
    pub quotes: &'a [Quote],
    /// Told.
    pub told: &'a Told,
}

/// The lowest and highest that a figure can be.
pub(crate) type Interval = Option<(Uint256, Uint256)>;

/// How a reference currency gets its prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its name.
    pub currency: String,
    /// How many sources have to agree that there is a price.
    pub quorum: u64,
    /// How old a price may be.
    pub max_age_seconds: u64,
}

impl Reference {
    /// What an amount is worth by the fresh quotes, or None when fewer sources than the quorum speak. What does not fit 256
    /// bits may be anything.
    pub(crate) fn value(&self, facts: &Facts<'_>, asset: &AssetId, amount: Uint256) -> Interval {
        let fresh = |quote: &&Quote| {
            let age = facts.at_ms.checked_sub(quote.at_ms);
            quote.asset == *asset
                && age.is_some_and(|age| age <= self.max_age_seconds.saturating_mul(1_000))
                && facts.people.may(&quote.source, "source", facts.at_ms)
        };
        let quotes: Vec<&Quote> = facts.quotes.iter().filter(fresh).collect();
        let mut sources: Vec<&str> = quotes.iter().map(|quote| quote.source.as_str()).collect();
        sources.sort_unstable();
        sources.dedup();
        if (sources.len() as u64) < self.quorum {
            return None;
        }
        let worth = |quote: &Quote| {
            let product = amount.checked_mul(quote.value)?;
            let (mut floor, mut rest) = (product, false);
            // Beyond 77 divisions nothing is left of 256 bits.
            for _ in 0..quote.exponent.min(78) {
                let (quotient, digit) = floor.checked_div(10)?;
                (floor, rest) = (quotient, rest || digit != 0);
            }
            Some((floor, floor.checked_add(u64::from(rest).into())?))
        };
        let any = (Uint256::ZERO, Uint256::MAX);
        quotes
            .into_iter()
            .map(|quote| worth(quote).unwrap_or(any))
            .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }
}
