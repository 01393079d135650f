//! A path template cut into what is derived once, what needs secrets, and what public tweaks reach.

use jinku_address::{Family, Form};
use jinku_hd::key::Curve;
use jinku_hd::path::{HARDENED, Path};

use crate::error::BulkError;

/// One component of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The same for every account.
    Fixed(u32),
    /// The account number with this hardened bit.
    Index(u32),
}

impl Step {
    /// The child number of one account.
    pub(crate) fn at(self, index: u32) -> u32 {
        match self {
            Self::Fixed(number) => number,
            Self::Index(hardened) => index | hardened,
        }
    }
}

/// How to get from a root key to an account's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) curve: Curve,
    /// From the root to the parent that all accounts share.
    pub(crate) prefix: Path,
    /// Steps of each account that need its secret: up to the last hardened one.
    pub(crate) private: Vec<Step>,
    /// The steps behind them, all without hardened bit.
    pub(crate) public: Vec<Step>,
}

/// The curve that a family's keys are on.
pub(crate) fn curve_of(family: Family) -> Curve {
    match family {
        Family::Solana => Curve::Ed25519,
        Family::Neo => Curve::Nist256p1,
        Family::Evm | Family::Bitcoin | Family::Cosmos | Family::Tron => Curve::Secp256k1,
    }
}

/// The components of a checked template.
pub(crate) fn steps(form: &Form) -> Result<Vec<Step>, BulkError> {
    let refuse = |why| BulkError::Template {
        path: form.path.clone(),
        why,
    };
    let steps: Vec<Step> = form
        .path
        .strip_prefix("m/")
        .ok_or_else(|| refuse("it does not begin with m/"))?
        .split('/')
        .map(component)
        .collect::<Option<_>>()
        .ok_or_else(|| refuse("a component is neither {i} nor a number below 2147483648"))?;
    if steps.len() > 255 {
        return Err(refuse("BIP-32 has at most 255 components"));
    }
    if steps
        .iter()
        .filter(|step| matches!(step, Step::Index(_)))
        .count()
        != 1
    {
        return Err(refuse(
            "the account number {i} must stand in it exactly once",
        ));
    }
    let soft = steps.iter().any(|step| step.at(0) & HARDENED == 0);
    if curve_of(form.family) == Curve::Ed25519 && soft {
        return Err(refuse("Ed25519 has hardened children only (SLIP-10)"));
    }
    Ok(steps)
}

fn component(text: &str) -> Option<Step> {
    let (body, hardened) = match text.strip_suffix('\'') {
        Some(body) => (body, HARDENED),
        None => (text, 0),
    };
    if body == "{i}" {
        return Some(Step::Index(hardened));
    }
    let decimal = !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_digit());
    let number: u32 = body
        .parse()
        .ok()
        .filter(|number| decimal && *number < HARDENED)?;
    Some(Step::Fixed(number | hardened))
}

impl Plan {
    /// The plan of a tree: what all accounts share is derived once.
    pub(crate) fn under_tree(form: &Form) -> Result<Self, BulkError> {
        let steps = steps(form)?;
        let shared = steps
            .iter()
            .take_while(|step| matches!(step, Step::Fixed(_)))
            .count();
        let prefix = steps[..shared].iter().map(|step| step.at(0)).collect();
        Ok(Self::split(
            curve_of(form.family),
            Path(prefix),
            &steps[shared..],
        ))
    }

    /// The plan of a wallet of its own: every step from the master key, with account number 0.
    pub(crate) fn from_master(form: &Form) -> Result<Self, BulkError> {
        Ok(Self::split(
            curve_of(form.family),
            Path(Vec::new()),
            &steps(form)?,
        ))
    }

    fn split(curve: Curve, prefix: Path, steps: &[Step]) -> Self {
        let secret = steps
            .iter()
            .rposition(|step| step.at(0) & HARDENED != 0)
            .map_or(0, |at| at + 1);
        let (private, public) = steps.split_at(secret);
        Self {
            curve,
            prefix,
            private: private.to_vec(),
            public: public.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(family: Family, hardened: bool) -> Plan {
        let forms = if hardened {
            Form::hardened_defaults(&[family])
        } else {
            Form::defaults(&[family])
        };
        Plan::under_tree(&forms[0]).expect("a default form")
    }

    #[test]
    fn default_forms_need_no_secret_behind_their_parent() {
        for family in [
            Family::Evm,
            Family::Bitcoin,
            Family::Cosmos,
            Family::Neo,
            Family::Tron,
        ] {
            let plan = plan(family, false);
            assert!(plan.private.is_empty());
            assert_eq!(
                (plan.public, plan.prefix.0.len()),
                (vec![Step::Index(0)], 4)
            );
        }
        let solana = plan(Family::Solana, false);
        assert_eq!(
            solana.private,
            [Step::Index(HARDENED), Step::Fixed(HARDENED)]
        );
        assert!(solana.public.is_empty());
    }

    #[test]
    fn hardened_accounts_need_one_secret_step() {
        let plan = plan(Family::Evm, true);
        assert_eq!(plan.prefix.0, [44 | HARDENED, 60 | HARDENED]);
        assert_eq!(plan.private, [Step::Index(HARDENED)]);
        assert_eq!(plan.public, [Step::Fixed(0), Step::Fixed(0)]);
    }

    #[test]
    fn wrong_templates_are_refused_with_their_reason() {
        let mut form = Form::defaults(&[Family::Evm]).remove(0);
        for (path, part) in [
            ("44'/{i}", "begin with m/"),
            ("m/44'/{j}", "neither"),
            ("m/44'/2147483648/{i}", "neither"),
            ("m/+1/{i}", "neither"),
            ("m/44'", "exactly once"),
            ("m/{i}/{i}", "exactly once"),
        ] {
            form.path = path.to_owned();
            let error = Plan::under_tree(&form).expect_err(path);
            assert!(error.to_string().contains(part), "{path}: {error}");
        }
        let mut form = Form::defaults(&[Family::Solana]).remove(0);
        form.path = "m/44'/501'/{i}".to_owned();
        assert!(Plan::under_tree(&form).is_err_and(|e| e.to_string().contains("hardened")));
    }
}
