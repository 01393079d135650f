//! Forms, addresses from public keys, and the check of addresses that people type.

use jinku_address::{Family, Form, Kind};
use pyo3::prelude::*;

use crate::errors::Refusal;

/// Chain, family, kind and path template.
type FormText = (String, &'static str, &'static str, String);

fn written(forms: Vec<Form>) -> Vec<FormText> {
    forms
        .into_iter()
        .map(|form| (form.chain, form.family.name(), form.kind.name(), form.path))
        .collect()
}

/// The default forms of a family's name (its main network) or of a CAIP-2 chain.
#[pyfunction]
#[pyo3(signature = (chain, *, hardened = false))]
pub(crate) fn forms_for(chain: &str, hardened: bool) -> Result<Vec<FormText>, Refusal> {
    let chain = match chain.parse::<Family>() {
        Ok(family) => family.main_chain(),
        Err(_) => chain,
    };
    let forms = if hardened {
        Form::hardened_for_chain(chain)
    } else {
        Form::for_chain(chain)
    };
    Ok(written(forms?))
}

/// The forms checked: chain known, kind of its family, `{i}` once; in the canonical spelling of the chain.
#[pyfunction]
pub(crate) fn check_form(chain: &str, kind: &str, path: &str) -> Result<FormText, Refusal> {
    let form = Form::new(chain, kind.parse()?, path)?;
    Ok((form.chain, form.family.name(), form.kind.name(), form.path))
}

/// The address of a PUBLIC key on a chain: compressed or uncompressed SEC1 for secp256k1 and P-256, 32 bytes for Ed25519.
#[pyfunction]
pub(crate) fn encode_address(
    chain: &str,
    kind: &str,
    public_key: &[u8],
) -> Result<String, Refusal> {
    let form = Form::new(chain, kind.parse::<Kind>()?, "m/{i}")?;
    Ok(jinku_address::encode(&form, public_key)?)
}

/// Family, format and canonical spelling of a valid address on a chain.
#[pyfunction]
pub(crate) fn validate_address(
    chain: &str,
    address: &str,
) -> Result<(&'static str, &'static str, String), Refusal> {
    let parsed = jinku_address::validate(chain, address)?;
    Ok((parsed.family.name(), parsed.format.name(), parsed.canonical))
}
