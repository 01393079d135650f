//! Forms of addresses as the wire names them, checked; and their paths.

use std::str::FromStr;

use jinku_address::{Family, Form, Kind};
use jinku_hd::key::Curve;
use jinku_hd::path::{HARDENED, Path};

use crate::refusal::{Outcome, Refusal};
use crate::wire::FormSpec;

/// The curve of a family's keys.
#[must_use]
pub(crate) const fn curve_of(family: Family) -> Curve {
    match family {
        Family::Solana => Curve::Ed25519,
        Family::Neo => Curve::Nist256p1,
        Family::Evm | Family::Bitcoin | Family::Cosmos | Family::Tron => Curve::Secp256k1,
    }
}

/// The forms, checked: known chains, kinds of their family, one `{i}` in the path.
///
/// # Errors
/// `usage.form`.
pub(crate) fn checked_forms(specs: &[FormSpec]) -> Outcome<Vec<Form>> {
    let bad = |error: &dyn std::fmt::Display| Refusal::new("usage.form", error.to_string());
    if specs.is_empty() {
        return Err(Refusal::new(
            "usage.form",
            "no form of address is named; name at least one chain",
        ));
    }
    let mut forms = Vec::with_capacity(specs.len());
    for spec in specs {
        let kind = Kind::from_str(&spec.kind).map_err(|error| bad(&error))?;
        let form = Form::new(&spec.chain, kind, &spec.path).map_err(|error| bad(&error))?;
        if form.family.name() != spec.family {
            return Err(Refusal::new(
                "usage.form",
                format!(
                    "{} is of family {}: found {}",
                    spec.chain, form.family, spec.family
                ),
            ));
        }
        if forms.contains(&form) {
            return Err(Refusal::new(
                "usage.form",
                format!(
                    "the form {} {} {} is named twice",
                    spec.chain, spec.kind, spec.path
                ),
            ));
        }
        forms.push(form);
    }
    Ok(forms)
}

/// The path of account `index`.
///
/// # Errors
/// `usage.form` for a template that is no path, `derive.index` for an index over BIP-32's.
pub(crate) fn path_at(form: &Form, index: u64) -> Outcome<Path> {
    if index >= u64::from(HARDENED) {
        return Err(Refusal::new(
            "derive.index",
            format!(
                "account {index} is over the end of BIP-32's child numbers: expected at most {}",
                HARDENED - 1
            ),
        ));
    }
    Path::parse(&form.path_at(index)).map_err(|error| Refusal::new("usage.form", error.to_string()))
}

/// At which step of its path (0 is the first below the master key) a form counts its accounts.
///
/// # Errors
/// Those of [`path_at`].
pub(crate) fn counting_step(form: &Form) -> Outcome<usize> {
    let (zero, one) = (path_at(form, 0)?, path_at(form, 1)?);
    let same = zero.0.iter().zip(&one.0).take_while(|(a, b)| a == b);
    Ok(same.count())
}

/// What is left of a path from the master key below an extended key at `depth`.
///
/// # Errors
/// `derive.path` when the extended key stands elsewhere.
pub(crate) fn below(path: &Path, depth: u8, child_number: u32) -> Outcome<Path> {
    let depth = usize::from(depth);
    let fits = depth <= path.0.len() && (depth == 0 || path.0[depth - 1] == child_number);
    if !fits {
        let number = child_number & !HARDENED;
        let mark = if child_number & HARDENED == 0 {
            ""
        } else {
            "'"
        };
        return Err(Refusal::new(
            "derive.path",
            format!(
                "the extended key stands at depth {depth} as child {number}{mark}: the path {path} does not lead through it; give forms whose path does"
            ),
        ));
    }
    Ok(Path(path.0[depth..].to_vec()))
}
