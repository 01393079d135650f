//! What a person sees, decoded on this device: as text for a terminal, and as one document.

use jinku_chain::{Effects, Grant, Limit, Part};
use jinku_proof::log::trust::Fingerprint;
use jinku_words::intent::IntentKind;
use jinku_words::{AccountId, AssetId, Uint256, canonical};
use serde_json::{Value, json};

use crate::check::Checked;
use crate::known::Known;
use crate::moment::utc;
use crate::plain::{plain, quoted};
use crate::warnings::{Warning, decimals, of_destination, of_effects};
use crate::{ApproverError, Outcome};

/// What is shown of a request.
pub struct View<'a> {
    checked: &'a Checked<'a>,
    warnings: Vec<Warning>,
}

/// Lines of `label  text`, nothing in them that a terminal would obey.
#[derive(Default)]
struct Sheet(String);

impl Sheet {
    fn row(&mut self, label: &str, text: impl AsRef<str>) {
        self.0
            .push_str(&format!("  {label:<12}{}\n", plain(text.as_ref())));
    }

    fn head(&mut self, text: &str) {
        self.0.push_str(&format!("\n{}\n", plain(text)));
    }

    /// A digest, whole, and its first 128 bits as words.
    fn digest(&mut self, label: &str, print: &Fingerprint) {
        self.row(label, &print.hex);
        self.row("", &print.words);
    }
}

impl<'a> View<'a> {
    /// The view of a request that holds.
    #[must_use]
    pub fn new(checked: &'a Checked<'a>, known: &Known) -> Self {
        let mut warnings = Vec::new();
        if checked.pin.is_none() {
            let text = "no trust root is pinned: nobody knows who asks, and under which policy";
            warnings.push(Warning {
                code: "not_pinned",
                text: text.to_owned(),
            });
        }
        warnings.extend(of_effects(&checked.effects));
        warnings.extend(of_destination(&checked.request.intent, known));
        Self { checked, warnings }
    }

    /// As lines for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let (checked, intent) = (self.checked, &self.checked.request.intent);
        let mut sheet = Sheet::default();
        sheet.head(&format!(
            "A {} on {}, decoded on this device",
            intent.kind.as_str(),
            intent.chain()
        ));
        effect_rows(&mut sheet, &checked.effects);
        if intent.kind == IntentKind::Transfer && intent.amount == Uint256::ZERO {
            sheet.row("moves", "nothing");
        }
        let bounds = &intent.bounds;
        sheet.row("valid until", utc(bounds.valid_until_ms));
        let again = if bounds.replaceable {
            "yes: it may be sent again with another fee, within the above"
        } else {
            "no"
        };
        sheet.row("replaceable", again);
        sheet.head("Who asks");
        let trusted = checked.pin.map_or(
            "NOT CHECKED: nothing is pinned",
            |_| "signed it; the key is in the pinned trust root",
        );
        sheet.row("initiator", format!("{} ({trusted})", intent.initiator));
        sheet.row("made at", utc(intent.created_at_ms));
        sheet.row("deployment", intent.deployment.to_string());
        sheet.row("vault", intent.vault.to_string());
        sheet.row("request", intent.id.to_string());
        sheet.row(
            "reason",
            intent.reason_commitment.as_ref().map_or_else(
                || "none given".to_owned(),
                |digest| format!("commitment {digest}"),
            ),
        );
        sheet.head("To compare with others (the whole digest, and its first 128 bits as words)");
        sheet.digest("intent", &checked.intent_print);
        sheet.digest("effects", &checked.effects_print);
        sheet.row("policy", &checked.request.policy_digest);
        if let Some(pin) = checked.pin {
            sheet.digest("trust root", pin.fingerprint());
            sheet.row("", format!("version {}, pinned here", pin.root().version));
        }
        if !self.warnings.is_empty() {
            sheet.head("LOOK AT THIS");
            for one in &self.warnings {
                sheet.0.push_str(&format!("  ! {}\n", plain(&one.text)));
            }
        }
        self.told(&mut sheet);
        sheet.0.push('\n');
        sheet.0
    }

    fn told(&self, sheet: &mut Sheet) {
        let told = &self.checked.request.told;
        if told.is_empty() {
            return;
        }
        sheet.head("Told by the platform, proven by nobody");
        for one in told {
            for line in quoted(&format!("{}: {}", one.code, one.text)) {
                sheet.0.push_str(&line);
                sheet.0.push('\n');
            }
        }
    }

    /// As one document.
    ///
    /// # Errors
    /// Not for effects that have a digest.
    pub fn document(&self) -> Outcome<Value> {
        let (checked, intent) = (self.checked, &self.checked.request.intent);
        let effects = checked.effects.to_canonical()?;
        let print = |print: &Fingerprint| json!({"hex": print.hex, "words": print.words});
        let pair = |(code, text): (&str, &str)| json!({"code": code, "text": text});
        Ok(json!({
            "bounds": {
                "max_fee": intent.bounds.max_fee.to_string(),
                "replaceable": intent.bounds.replaceable,
                "valid_until": intent.bounds.valid_until_ms.to_string(),
            },
            "deployment": intent.deployment.to_string(),
            "digests": {
                "effects": print(&checked.effects_print),
                "intent": print(&checked.intent_print),
                "policy": checked.request.policy_digest,
            },
            "effects": canonical::parse_exact(&effects).map_err(ApproverError::from)?,
            "id": intent.id.to_string(),
            "initiator": intent.initiator,
            "initiator_checked": checked.pin.is_some(),
            "kind": intent.kind.as_str(),
            "pinned": checked.pin.map(|pin| json!({"fingerprint": print(pin.fingerprint()), "version": pin.root().version})),
            "told": checked.request.told.iter().map(|one| pair((&one.code, &one.text))).collect::<Vec<_>>(),
            "vault": intent.vault.to_string(),
            "warnings": self.warnings.iter().map(|one| pair((one.code, &one.text))).collect::<Vec<_>>(),
        }))
    }
}

fn effect_rows(sheet: &mut Sheet, effects: &Effects) {
    let moved = |sheet: &mut Sheet, label: &str, part: &Part| {
        account_rows(sheet, label, &part.account);
        amount_rows(sheet, part.amount, &part.asset);
        if let Some(other) = &part.or_else {
            sheet.row("", format!("or else: one of {other}"));
        }
    };
    for part in &effects.losses {
        moved(sheet, "loses", part);
    }
    for part in &effects.gains {
        moved(sheet, "gains", part);
    }
    for grant in &effects.grants {
        grant_rows(sheet, grant);
    }
    for one in &effects.delegations {
        account_rows(sheet, "hands over", &one.authority);
        account_rows(sheet, "to the code", &one.delegate);
        sheet.row(
            "",
            if one.every_chain {
                "on EVERY chain"
            } else {
                "on this chain"
            },
        );
    }
    for one in &effects.creations {
        sheet.row(
            "may make",
            format!("an account for {} of {}", one.asset, one.owner),
        );
    }
    for note in &effects.notes {
        sheet.row("writes", note);
    }
    sheet.row(
        "fee",
        format!("at most, paid by {}", effects.fee.account.address()),
    );
    amount_rows(sheet, effects.fee.most, &effects.fee.asset);
}

fn grant_rows(sheet: &mut Sheet, grant: &Grant) {
    account_rows(sheet, "lets", &grant.spender);
    account_rows(sheet, "spend of", &grant.owner);
    let limit = match grant.limit {
        Limit::UpTo(amount) => format!("up to {amount}"),
        Limit::RaisedBy(amount) => format!("{amount} more than before"),
        Limit::LoweredBy(amount) => format!("{amount} less than before"),
        Limit::All => "ALL, now and later".to_owned(),
        Limit::Nothing => "nothing any more".to_owned(),
    };
    sheet.row("", format!("{limit}, of {}", grant.asset));
    if let Some(other) = &grant.or_else {
        sheet.row("", format!("or else: of {other}"));
    }
}

/// The account whole, then its address in groups of four, which the eye can keep.
fn account_rows(sheet: &mut Sheet, label: &str, account: &AccountId) {
    sheet.row(label, account.to_string());
    let address = account.address();
    let (start, rest) = address.split_at(if address.starts_with("0x") { 2 } else { 0 });
    let letters: Vec<char> = rest.chars().collect();
    let groups = letters.chunks(4).map(|group| group.iter().collect());
    let groups: Vec<String> = std::iter::once(start.to_owned())
        .chain(groups)
        .filter(|group| !group.is_empty())
        .collect();
    sheet.row("", groups.join(" "));
}

/// The amount in the smallest unit, and of the chain's own coin in its common one.
fn amount_rows(sheet: &mut Sheet, amount: Uint256, asset: &AssetId) {
    sheet.row("", format!("{amount} of {asset}"));
    if let Some(decimals) = decimals(asset) {
        let coins = coins(&amount.to_string(), decimals);
        sheet.row(
            "",
            format!("= {coins} of the chain's own coin ({decimals} decimals)"),
        );
    }
}

/// A figure of the smallest unit with its point set.
fn coins(figure: &str, decimals: usize) -> String {
    let padded = format!("{figure:0>width$}", width = decimals + 1);
    let (whole, rest) = padded.split_at(padded.len() - decimals);
    match rest.trim_end_matches('0') {
        "" => whole.to_owned(),
        rest => format!("{whole}.{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_point_stands_where_the_decimals_say() {
        for (figure, decimals, expected) in [
            ("1500000000000000000", 18, "1.5"),
            ("1", 18, "0.000000000000000001"),
            ("0", 8, "0"),
            ("100000000", 8, "1"),
            ("2100000000000000", 8, "21000000"),
            ("10", 9, "0.00000001"),
        ] {
            assert_eq!(coins(figure, decimals), expected);
        }
    }
}
