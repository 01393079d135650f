//! The limits of use that a vault was made with, as far as they bind a signature: its header has them, and its data key
//! vouches for the header. Nobody changes them.

use jinku_address::{Family, Form};
use jinku_policy::Spent;
use jinku_words::canonical::parse_exact;
use jinku_words::error::Result;
use jinku_words::intent::IntentKind;
use jinku_words::shape::{Fields, value_error};
use jinku_words::{AssetId, ChainId, Intent, Uint256};

use crate::refusal::{Outcome, Refusal};

/// The most rules of one vault, and chains.
const MAX_ITEMS: usize = 256;
/// The longest window: 366 days.
const MAX_SECONDS: u64 = 366 * 24 * 3_600;

/// So often and so much in a window that slides.
#[derive(Debug, PartialEq, Eq)]
struct Cap {
    /// All assets when there is none; then only the count binds.
    asset: Option<AssetId>,
    window_seconds: u64,
    count: Option<u64>,
    amount: Option<Uint256>,
}

/// What binds the vault.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    chains: Vec<ChainId>,
    caps: Vec<Cap>,
}

impl Cap {
    fn take(item: &mut Fields) -> Result<Self> {
        let place = "limits.velocity";
        let cap = Self {
            asset: item.maybe("asset", Fields::word)?,
            window_seconds: item.count("window_seconds")?,
            count: item.maybe("count", Fields::count)?,
            amount: item.maybe("amount", Fields::word)?,
        };
        if !(1..=MAX_SECONDS).contains(&cap.window_seconds) {
            let found = cap.window_seconds.to_string();
            return Err(value_error(
                place,
                found,
                format!("1 to {MAX_SECONDS} seconds"),
            ));
        }
        if cap.count.is_none() && cap.amount.is_none() {
            return Err(value_error(
                place,
                "nothing that binds",
                "a count or an amount",
            ));
        }
        if cap.amount.is_some() && cap.asset.is_none() {
            return Err(value_error(
                place,
                "an amount of everything",
                "an asset beside it",
            ));
        }
        Ok(cap)
    }
}

impl Limits {
    /// The limits in a vault's header. What is not understood is refused: to pass over it would widen use.
    ///
    /// # Errors
    /// `usage.limits`.
    pub(crate) fn parse(text: &str) -> Outcome<Self> {
        let read = || -> Result<Self> {
            let mut fields = Fields::new(parse_exact(text.as_bytes())?, "limits".to_owned())?;
            fields.maybe("max_accounts", Fields::count)?;
            let chains = fields.maybe("chains", |f, name| f.strings(name, MAX_ITEMS))?;
            let chains = chains.unwrap_or_default();
            let caps = fields.maybe("velocity", |f, name| f.each(name, MAX_ITEMS, Cap::take))?;
            fields.end()?;
            Ok(Self {
                chains: chains
                    .iter()
                    .map(|chain| chain.parse())
                    .collect::<Result<_>>()?,
                caps: caps.unwrap_or_default(),
            })
        };
        read().map_err(|error| Refusal::new("usage.limits", error.to_string()))
    }

    /// The networks that the vault signs for: those that it was limited to; else those of its forms, and with an EVM form
    /// every EVM chain, which the payload names.
    #[must_use]
    pub(crate) fn networks(&self, forms: &[Form], asked: Option<&ChainId>) -> Vec<ChainId> {
        if !self.chains.is_empty() {
            return self.chains.clone();
        }
        let own = forms.iter().filter_map(|form| form.chain.parse().ok());
        let mut networks: Vec<ChainId> = own.collect();
        let evm = forms.iter().any(|form| form.family == Family::Evm);
        networks.extend(
            asked
                .filter(|chain| evm && chain.family() == "evm")
                .cloned(),
        );
        networks
    }

    /// Holds when the intent stays within them, beside what the vault moved before; `digest` names the intent, which is not
    /// counted against itself.
    ///
    /// # Errors
    /// `sign.limit`.
    pub(crate) fn check(
        &self,
        intent: &Intent,
        digest: &str,
        spent: &[Spent],
        now_ms: u64,
    ) -> Outcome<()> {
        let over = |what: String| {
            let what =
                format!("the vault's own limits, which are for ever, do not allow it: {what}");
            Err(Refusal::new("sign.limit", what))
        };
        let back = |address: &str| address.trim_start_matches("0x").bytes().all(|b| b == b'0');
        if !self.caps.is_empty()
            && intent.kind == IntentKind::Delegate
            && !back(intent.destination.address())
        {
            return over("it hands the account to code, which no figure binds".to_owned());
        }
        for cap in &self.caps {
            if cap
                .asset
                .as_ref()
                .is_some_and(|asset| *asset != intent.asset)
            {
                continue;
            }
            let before = now_ms.saturating_sub(cap.window_seconds * 1_000);
            let (mut count, mut total) = (1_u64, Some(intent.amount));
            let counts = |one: &&Spent| {
                one.at_ms > before
                    && one.vault == intent.vault
                    && one.intent_digest != digest
                    && cap.asset.as_ref().is_none_or(|asset| *asset == one.asset)
            };
            for one in spent.iter().filter(counts) {
                count += 1;
                total = total.and_then(|sum| sum.checked_add(one.amount));
            }
            if let Some(most) = cap.count.filter(|most| count > *most) {
                return over(format!(
                    "found {count} in {} s, expected at most {most}",
                    cap.window_seconds
                ));
            }
            if let Some(most) = cap
                .amount
                .filter(|most| total.is_none_or(|sum| sum > *most))
            {
                let found = total.map_or("more than 256 bits".to_owned(), |sum| sum.to_string());
                return over(format!(
                    "found {found} in {} s, expected at most {most}",
                    cap.window_seconds
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> &'static str {
        Limits::parse(text).expect_err("refused").code
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in [
            "",
            "[]",
            r#"{"speed":1}"#,
            r#"{"velocity":[{}]}"#,
            r#"{"velocity":[{"window_seconds":60}]}"#,
            r#"{"velocity":[{"amount":"1","window_seconds":60}]}"#,
            r#"{"velocity":[{"count":1,"window_seconds":0}]}"#,
            r#"{"velocity":[{"count":1,"window_seconds":31622401}]}"#,
            r#"{"velocity":[{"count":1,"per":"hour","window_seconds":60}]}"#,
            r#"{"chains":["1"]}"#,
        ] {
            assert_eq!(code(text), "usage.limits", "{text}");
        }
        let bare = Limits::parse(r#"{"max_accounts":5}"#).expect("no limit of ours");
        assert!(bare.caps.is_empty() && bare.chains.is_empty());
    }

    #[test]
    fn networks_are_those_of_the_limits_or_of_the_forms() {
        let chain = |text: &str| text.parse::<ChainId>().expect("a chain");
        let form = |chain: &str| Form::for_chain(chain).expect("known").remove(0);
        let solana = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp";
        let forms = [form("eip155:1"), form(solana)];
        let none = Limits::parse("{}").expect("none");
        let polygon = chain("eip155:137");
        let own = none.networks(&forms, Some(&polygon));
        assert_eq!(own, [chain("eip155:1"), chain(solana), polygon.clone()]);
        let devnet = chain("solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1");
        assert!(!none.networks(&forms, Some(&devnet)).contains(&devnet));
        assert!(
            !none
                .networks(&forms[1..], Some(&polygon))
                .contains(&polygon)
        );
        let one = Limits::parse(r#"{"chains":["eip155:1"]}"#).expect("one");
        assert_eq!(one.networks(&forms, Some(&polygon)), [chain("eip155:1")]);
    }
}
