//! What a transaction does, as far as its bytes say: who loses and who gains what, whom it lets spend, at most which fee.

use jinku_words::digest::domain_digest;
use jinku_words::intent::IntentKind;
use jinku_words::shape::document_bytes;
use jinku_words::{AccountId, AssetId, ChainId, Intent, Uint256};
use serde_json::Value;

use crate::error::{ChainCode, ChainError, ChainResult};

/// The tag of the digest that approvals name.
const TAG: &str = "jinku/effects/1";

/// So much of one asset at one account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// Whose.
    pub account: AccountId,
    /// Which asset.
    pub asset: AssetId,
    /// What it is instead if the contract is of another standard: the same bytes are an amount of one and a token of the
    /// other, and only the chain knows which.
    pub or_else: Option<AssetId>,
    /// How much, in the asset's smallest unit; 1 of a single token.
    pub amount: Uint256,
}

/// How far a grant reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Up to this much from now on.
    UpTo(Uint256),
    /// This much more than before.
    RaisedBy(Uint256),
    /// This much less than before.
    LoweredBy(Uint256),
    /// Everything, now and later.
    All,
    /// Nothing any more.
    Nothing,
}

/// Somebody may spend what is another's from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Whose.
    pub owner: AccountId,
    /// Who may spend it.
    pub spender: AccountId,
    /// Which asset; a whole collection where no token is named.
    pub asset: AssetId,
    /// As in [`Part::or_else`].
    pub or_else: Option<AssetId>,
    /// How far.
    pub limit: Limit,
}

/// An account hands itself over to code (EIP-7702), which can do from then on whatever the account can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// The account.
    pub authority: AccountId,
    /// The code; the zero address takes a delegation back.
    pub delegate: AccountId,
    /// Whether it is good on every chain, not only on this one.
    pub every_chain: bool,
}

/// An account for an asset is made if its owner has none yet; who pays the fee pays for it, within the fee.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Creation {
    /// Whose it is.
    pub owner: AccountId,
    /// For which asset.
    pub asset: AssetId,
}

/// The most that is paid to the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fee {
    /// Who pays.
    pub account: AccountId,
    /// In which asset.
    pub asset: AssetId,
    /// At most this much.
    pub most: Uint256,
}

/// Everything that a transaction does. Losses and gains are each sorted, with one part for an account and asset; what an
/// account sends to itself stands on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effects {
    /// The chain.
    pub chain: ChainId,
    /// Who loses what, fees apart.
    pub losses: Vec<Part>,
    /// Who gains what.
    pub gains: Vec<Part>,
    /// Whom it lets spend.
    pub grants: Vec<Grant>,
    /// Which accounts it hands over to code.
    pub delegations: Vec<Delegation>,
    /// Which accounts it may make, sorted.
    pub creations: Vec<Creation>,
    /// Texts that it leaves on the chain, in their order: they may say on whose behalf something moves.
    pub notes: Vec<String>,
    /// The most that it pays for itself.
    pub fee: Fee,
}

impl Effects {
    /// No effect but the fee.
    #[must_use]
    pub const fn new(chain: ChainId, fee: Fee) -> Self {
        Self {
            chain,
            losses: Vec::new(),
            gains: Vec::new(),
            grants: Vec::new(),
            delegations: Vec::new(),
            creations: Vec::new(),
            notes: Vec::new(),
            fee,
        }
    }

    /// The effects that an intent asks for, with the highest fee that it allows: what its approvers are shown.
    ///
    /// # Errors
    /// `tx.intent` when the intent contradicts itself.
    pub fn of_intent(intent: &Intent, fee_asset: AssetId) -> ChainResult<Self> {
        let refused = |error| ChainError::of_word(ChainCode::Intent, &error);
        intent.check().map_err(refused)?;
        let fee = Fee {
            account: intent.source.clone(),
            asset: fee_asset,
            most: intent.bounds.max_fee,
        };
        let mut effects = Self::new(intent.chain().clone(), fee);
        let (from, to) = (&intent.source, &intent.destination);
        match intent.kind {
            IntentKind::Transfer => {
                effects.move_asset(from, to, &intent.asset, None, intent.amount)?;
            }
            IntentKind::Delegate => effects.delegations.push(Delegation {
                authority: from.clone(),
                delegate: to.clone(),
                every_chain: false,
            }),
        }
        Ok(effects)
    }

    /// Adds that one account loses an amount and another gains it; nothing for an amount of zero.
    ///
    /// # Errors
    /// `tx.range` when the sum leaves 256 bits.
    pub fn move_asset(
        &mut self,
        from: &AccountId,
        to: &AccountId,
        asset: &AssetId,
        or_else: Option<&AssetId>,
        amount: Uint256,
    ) -> ChainResult<()> {
        if amount == Uint256::ZERO && or_else.is_none() {
            return Ok(());
        }
        for (parts, account) in [(&mut self.losses, from), (&mut self.gains, to)] {
            let part = Part {
                account: account.clone(),
                asset: asset.clone(),
                or_else: or_else.cloned(),
                amount,
            };
            add(parts, part)?;
        }
        Ok(())
    }

    /// Holds when these are exactly the effects of `asked`, and the fee is no higher than there.
    ///
    /// # Errors
    /// `tx.effects` with what differs, or `tx.bounds`.
    pub fn within(&self, asked: &Self) -> ChainResult<()> {
        let differs = |what: &str, found: String, expected: String| {
            let what = format!("a transaction does not do what was asked for: {what} differ");
            Err(ChainError::new(ChainCode::Effects, what, found, expected))
        };
        for (what, here, there) in [
            ("the losses", &self.losses, &asked.losses),
            ("the gains", &self.gains, &asked.gains),
        ] {
            if here != there {
                return differs(what, parts_text(here), parts_text(there));
            }
        }
        if self.grants != asked.grants || self.delegations != asked.delegations {
            let text = |it: &Value| format!("{} {}", it["grants"], it["delegations"]);
            let (found, expected) = (text(&self.to_value()), text(&asked.to_value()));
            return differs("grants or delegations", found, expected);
        }
        if self.creations != asked.creations || self.notes != asked.notes {
            let text = |it: &Value| format!("{} {}", it["creations"], it["notes"]);
            let (found, expected) = (text(&self.to_value()), text(&asked.to_value()));
            return differs("new accounts or notes", found, expected);
        }
        let payer = |fee: &Fee| format!("{} in {}", fee.account, fee.asset);
        if self.chain != asked.chain || payer(&self.fee) != payer(&asked.fee) {
            return differs("chain or payer", payer(&self.fee), payer(&asked.fee));
        }
        if self.fee.most > asked.fee.most {
            let expected = format!("at most {}", asked.fee.most);
            let what = "a transaction may cost more than its intent allows";
            let found = self.fee.most.to_string();
            return Err(ChainError::new(ChainCode::Bounds, what, found, expected));
        }
        Ok(())
    }

    /// The canonical bytes that approvers see and whose digest they sign.
    ///
    /// # Errors
    /// `tx.range` when the document is larger than an entry may be.
    pub fn to_canonical(&self) -> ChainResult<Vec<u8>> {
        document_bytes(&self.to_value(), "list of effects")
            .map_err(|error| ChainError::of_word(ChainCode::Range, &error))
    }

    /// The digest that approvals name.
    ///
    /// # Errors
    /// As [`Effects::to_canonical`].
    pub fn digest(&self) -> ChainResult<[u8; 32]> {
        Ok(domain_digest(TAG, &self.to_canonical()?))
    }
}

/// Adds to the part of the same account and asset, or puts a new one in its place of the order. Parts with two readings
/// stay apart, since their sum would mean neither.
fn add(parts: &mut Vec<Part>, part: Part) -> ChainResult<()> {
    let same = |known: &&mut Part| {
        known.account == part.account
            && known.asset == part.asset
            && known.or_else.is_none()
            && part.or_else.is_none()
    };
    if let Some(known) = parts.iter_mut().find(same) {
        known.amount = known.amount.checked_add(part.amount).ok_or_else(|| {
            let what = "amounts of one asset add up to more than 256 bits";
            ChainError::new(ChainCode::Range, what, "", "at most 2^256 - 1")
        })?;
        return Ok(());
    }
    let at = parts.partition_point(|known| *known <= part);
    parts.insert(at, part);
    Ok(())
}

fn parts_text(parts: &[Part]) -> String {
    let text = |part: &Part| format!("{} of {} at {}", part.amount, part.asset, part.account);
    match parts {
        [] => "none".to_owned(),
        parts => parts.iter().map(text).collect::<Vec<_>>().join("; "),
    }
}
