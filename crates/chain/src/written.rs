//! Effects as the document that approvers see.

use jinku_words::{AssetId, Uint256};
use serde_json::{Value, json};

use crate::effects::{Creation, Delegation, Effects, Grant, Limit, Part};

impl Effects {
    pub(crate) fn to_value(&self) -> Value {
        let name = |asset: &Option<AssetId>| asset.as_ref().map(ToString::to_string);
        let part = |part: &Part| {
            json!({
                "account": part.account.to_string(),
                "amount": part.amount.to_string(),
                "asset": part.asset.to_string(),
                "or_else": name(&part.or_else),
            })
        };
        let grant = |grant: &Grant| {
            let (kind, amount) = grant.limit.parts();
            json!({
                "asset": grant.asset.to_string(),
                "limit": {"amount": amount.map(|amount| amount.to_string()), "kind": kind},
                "or_else": name(&grant.or_else),
                "owner": grant.owner.to_string(),
                "spender": grant.spender.to_string(),
            })
        };
        let creation =
            |it: &Creation| json!({"asset": it.asset.to_string(), "owner": it.owner.to_string()});
        let delegation = |it: &Delegation| {
            json!({
                "authority": it.authority.to_string(),
                "delegate": it.delegate.to_string(),
                "every_chain": it.every_chain,
            })
        };
        json!({
            "chain": self.chain.to_string(),
            "creations": self.creations.iter().map(creation).collect::<Vec<_>>(),
            "delegations": self.delegations.iter().map(delegation).collect::<Vec<_>>(),
            "fee": {
                "account": self.fee.account.to_string(),
                "asset": self.fee.asset.to_string(),
                "most": self.fee.most.to_string(),
            },
            "gains": self.gains.iter().map(part).collect::<Vec<_>>(),
            "grants": self.grants.iter().map(grant).collect::<Vec<_>>(),
            "losses": self.losses.iter().map(part).collect::<Vec<_>>(),
            "notes": self.notes,
            "v": 1,
        })
    }
}

impl Limit {
    const fn parts(self) -> (&'static str, Option<Uint256>) {
        match self {
            Self::UpTo(amount) => ("up_to", Some(amount)),
            Self::RaisedBy(amount) => ("raised_by", Some(amount)),
            Self::LoweredBy(amount) => ("lowered_by", Some(amount)),
            Self::All => ("all", None),
            Self::Nothing => ("nothing", None),
        }
    }
}
