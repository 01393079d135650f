//! What a person should stop at before they sign.

use jinku_chain::{Effects, Limit};
use jinku_words::{AssetId, Intent};

use crate::known::Known;

/// One of them: a stable code and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Stable code.
    pub code: &'static str,
    /// The sentence; it may quote the request.
    pub text: String,
}

fn warning(code: &'static str, text: impl Into<String>) -> Warning {
    Warning {
        code,
        text: text.into(),
    }
}

/// Decimals of a chain's own coin. Of every other asset only its issuer says how many it has, so none are shown.
#[must_use]
pub(crate) fn decimals(asset: &AssetId) -> Option<usize> {
    match (asset.namespace(), asset.reference()) {
        ("slip44", "60") => Some(18),
        ("slip44", "0" | "1") => Some(8),
        ("slip44", "501") => Some(9),
        _ => None,
    }
}

/// Everything that the effects of an intent give reason for, worst first.
#[must_use]
pub(crate) fn of_effects(effects: &Effects) -> Vec<Warning> {
    let mut found = of_reach(effects);
    let parts = effects.losses.iter().chain(&effects.gains);
    let second = parts
        .map(|part| &part.or_else)
        .chain(effects.grants.iter().map(|grant| &grant.or_else));
    if let Some(other) = second.flatten().next() {
        let text = format!(
            "the same bytes mean something else if the contract is of another standard: {other}"
        );
        found.push(warning("second_reading", text));
    }
    if !effects.notes.is_empty() {
        let text =
            "it leaves a text on the chain for ever; it may say on whose behalf something moves";
        found.push(warning("note", text));
    }
    let mut losses = effects.losses.iter();
    if let Some(part) = losses.find(|part| decimals(&part.asset).is_none()) {
        let text = format!(
            "how much {} of {} is worth, or how many decimals it has, this device does not know",
            part.amount, part.asset
        );
        found.push(warning("unknown_decimals", text));
    }
    let ten_fees = effects.fee.most.checked_mul(10);
    let dear = effects.losses.iter().any(|part| {
        part.asset == effects.fee.asset && ten_fees.is_none_or(|ten| ten >= part.amount)
    });
    if dear {
        let text = "the fee may be a tenth of the amount, or more";
        found.push(warning("fee", text));
    }
    found
}

/// What reaches beyond this one transaction.
fn of_reach(effects: &Effects) -> Vec<Warning> {
    let mut found = Vec::new();
    for one in &effects.delegations {
        let text = format!(
            "{} hands itself over to the code at {}: it can then do whatever the account can",
            one.authority, one.delegate
        );
        found.push(warning("delegation", text));
        if one.every_chain {
            let text = "the delegation is good on every chain, not only on this one";
            found.push(warning("every_chain", text));
        }
    }
    for grant in &effects.grants {
        let spender = &grant.spender;
        match grant.limit {
            Limit::All => {
                let text = format!("{spender} may take ALL of {}, now and later", grant.asset);
                found.push(warning("unlimited_grant", text));
            }
            Limit::Nothing | Limit::LoweredBy(_) => {}
            Limit::UpTo(_) | Limit::RaisedBy(_) => {
                found.push(warning(
                    "grant",
                    format!("{spender} may take it later, by itself"),
                ));
            }
        }
    }
    found
}

/// The same of an intent's destination, by what was approved on this device before.
#[must_use]
pub(crate) fn of_destination(intent: &Intent, known: &Known) -> Vec<Warning> {
    let to = &intent.destination;
    if known.has(to) {
        return Vec::new();
    }
    let mut found = Vec::new();
    if let Some(twin) = known.twin(to) {
        found.push(warning(
            "look_alike",
            format!("the destination begins and ends like {twin}, which was approved here, and is ANOTHER"),
        ));
    }
    found.push(warning(
        "new_destination",
        "this device never approved anything to this destination",
    ));
    found
}

#[cfg(test)]
mod tests {
    use jinku_chain::{Delegation, Fee, Grant, Part};
    use jinku_words::{AccountId, Uint256};

    use super::*;

    fn account(digit: char) -> AccountId {
        format!("eip155:1:0x{}", digit.to_string().repeat(40))
            .parse()
            .expect("an account")
    }

    fn asset(text: &str) -> AssetId {
        text.parse().expect("an asset")
    }

    fn token() -> AssetId {
        asset("eip155:1/erc20:0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
    }

    fn coin() -> AssetId {
        asset("eip155:1/slip44:60")
    }

    fn effects(fee: u64) -> Effects {
        let chain = account('1').chain().clone();
        Effects::new(
            chain,
            Fee {
                account: account('1'),
                asset: coin(),
                most: Uint256::from(fee),
            },
        )
    }

    fn codes(effects: &Effects) -> Vec<&'static str> {
        of_effects(effects)
            .into_iter()
            .map(|one| one.code)
            .collect()
    }

    fn grant(limit: Limit) -> Grant {
        Grant {
            owner: account('1'),
            spender: account('2'),
            asset: token(),
            or_else: None,
            limit,
        }
    }

    #[test]
    fn a_plain_transfer_of_the_coin_gives_none_and_a_dear_one_does() {
        let mut plain = effects(9);
        plain
            .move_asset(
                &account('1'),
                &account('2'),
                &coin(),
                None,
                Uint256::from(100),
            )
            .expect("a sum");
        assert_eq!(codes(&plain), Vec::<&str>::new());
        plain.fee.most = Uint256::from(10);
        assert_eq!(codes(&plain), ["fee"]);
    }

    #[test]
    fn what_reaches_beyond_the_amount_is_told() {
        let mut all = effects(0);
        all.grants = vec![grant(Limit::All)];
        assert_eq!(codes(&all), ["unlimited_grant"]);
        all.grants = vec![grant(Limit::RaisedBy(Uint256::from(1)))];
        assert_eq!(codes(&all), ["grant"]);
        all.grants = vec![grant(Limit::Nothing)];
        assert_eq!(codes(&all), Vec::<&str>::new());
        all.delegations = vec![Delegation {
            authority: account('1'),
            delegate: account('2'),
            every_chain: true,
        }];
        all.notes = vec!["for somebody".into()];
        assert_eq!(codes(&all), ["delegation", "every_chain", "note"]);
    }

    #[test]
    fn a_token_and_a_second_reading_are_told() {
        let mut two = effects(0);
        let other = asset("eip155:1/erc721:0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/7");
        let part = Part {
            account: account('1'),
            asset: token(),
            or_else: Some(other),
            amount: Uint256::from(7),
        };
        two.losses = vec![part];
        assert_eq!(codes(&two), ["second_reading", "unknown_decimals"]);
    }
}
