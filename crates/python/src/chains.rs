//! The chain protocol, for planners, tests and tools: the same code that the signer runs.

use jinku_chain::{ChainCode, ChainError, Codec, Signature, Unsigned};
use jinku_chain_bitcoin::Bitcoin;
use jinku_chain_evm::{Evm, TypedData};
use jinku_chain_solana::Solana;
use jinku_words::{AccountId, ChainId, Intent, Plan};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::errors::Refusal;

type Raised<T> = Result<T, Refusal>;
type Bytes<'py> = Bound<'py, PyBytes>;

/// The codec of a chain; other families come with theirs.
fn codec(chain: &ChainId) -> Raised<&'static dyn Codec> {
    match chain.family() {
        "evm" => Ok(&Evm),
        "bitcoin" => Ok(&Bitcoin),
        "solana" => Ok(&Solana),
        _ => Err(no_codec(chain)),
    }
}

fn no_codec(chain: &ChainId) -> Refusal {
    let what = format!("the {} family has no codec yet", chain.family());
    let (found, expected) = (
        chain.to_string(),
        "a chain of the evm, bitcoin or solana family",
    );
    ChainError::new(ChainCode::Unsupported, what, found, expected).into()
}

fn unsigned(account: &str, data: &[u8]) -> Raised<Unsigned> {
    let account: AccountId = account.parse()?;
    Ok(Unsigned {
        account,
        bytes: data.to_vec(),
    })
}

/// The plan with the digests of its payloads filled in.
#[pyfunction]
pub(crate) fn complete_plan<'py>(
    py: Python<'py>,
    intent: &[u8],
    draft: &[u8],
) -> Raised<Bytes<'py>> {
    let intent = Intent::from_canonical(intent)?;
    let plan = codec(intent.chain())?.complete(&intent, &Plan::from_canonical(draft)?)?;
    Ok(PyBytes::new(py, &plan.to_canonical()?))
}

/// Account, unsigned bytes and effects of a plan, when everything holds.
#[pyfunction]
pub(crate) fn check_plan<'py>(
    py: Python<'py>,
    intent: &[u8],
    plan: &[u8],
) -> Raised<(String, Bytes<'py>, Bytes<'py>)> {
    let intent = Intent::from_canonical(intent)?;
    let checked = codec(intent.chain())?.check(&intent, &Plan::from_canonical(plan)?)?;
    let effects = checked.effects.to_canonical()?;
    Ok((
        checked.unsigned.account.to_string(),
        PyBytes::new(py, &checked.unsigned.bytes),
        PyBytes::new(py, &effects),
    ))
}

/// The effects that an intent asks for.
#[pyfunction]
pub(crate) fn asked_effects<'py>(py: Python<'py>, intent: &[u8]) -> Raised<Bytes<'py>> {
    let intent = Intent::from_canonical(intent)?;
    let effects = codec(intent.chain())?.asked(&intent)?;
    Ok(PyBytes::new(py, &effects.to_canonical()?))
}

/// The effects of a transaction, decoded from its bytes.
#[pyfunction]
pub(crate) fn transaction_effects<'py>(
    py: Python<'py>,
    account: &str,
    data: &[u8],
) -> Raised<Bytes<'py>> {
    let unsigned = unsigned(account, data)?;
    let effects = codec(unsigned.account.chain())?.summarise(&unsigned)?;
    Ok(PyBytes::new(py, &effects.to_canonical()?))
}

/// Account, curve and digest of each payload of a transaction.
#[pyfunction]
pub(crate) fn transaction_payloads<'py>(
    py: Python<'py>,
    account: &str,
    data: &[u8],
) -> Raised<Vec<(String, &'static str, Bytes<'py>)>> {
    let unsigned = unsigned(account, data)?;
    let payloads = codec(unsigned.account.chain())?.payloads(&unsigned)?;
    let row = |it: &jinku_chain::ToSign| {
        (
            it.account.to_string(),
            it.curve.as_str(),
            PyBytes::new(py, &it.digest()),
        )
    };
    Ok(payloads.iter().map(row).collect())
}

/// The signed transaction and its id; each signature is 64 bytes and a recovery id, or None.
#[pyfunction]
pub(crate) fn attach_signatures<'py>(
    py: Python<'py>,
    account: &str,
    data: &[u8],
    signatures: Vec<([u8; 64], Option<u8>)>,
) -> Raised<(Bytes<'py>, String)> {
    let unsigned = unsigned(account, data)?;
    let signatures: Vec<Signature> = signatures
        .into_iter()
        .map(|(bytes, recovery_id)| Signature { bytes, recovery_id })
        .collect();
    let signed = codec(unsigned.account.chain())?.attach(&unsigned, &signatures)?;
    Ok((PyBytes::new(py, &signed.bytes), signed.id))
}

/// Account, unsigned bytes and id of a signed transaction of an EVM or Solana chain.
#[pyfunction]
pub(crate) fn open_transaction<'py>(
    py: Python<'py>,
    chain: &str,
    data: &[u8],
) -> Raised<(String, Bytes<'py>, String)> {
    let chain: ChainId = chain.parse()?;
    let (unsigned, id) = match chain.family() {
        "evm" => Evm.open(&chain, data).map(|it| (it.unsigned, it.id))?,
        "solana" => Solana.open(&chain, data).map(|it| (it.unsigned, it.id))?,
        _ => return Err(no_codec(&chain)),
    };
    let account = unsigned.account.to_string();
    Ok((account, PyBytes::new(py, &unsigned.bytes), id))
}

/// Keccak-256 of a message under the prefix of EIP-191.
#[pyfunction]
pub(crate) fn message_digest<'py>(py: Python<'py>, message: &[u8]) -> Bytes<'py> {
    PyBytes::new(py, &jinku_chain_evm::message_digest(message))
}

/// Digest, primary type, chain id and contract of typed data (EIP-712) as a JSON text.
#[pyfunction]
#[allow(clippy::type_complexity)]
pub(crate) fn read_typed_data<'py>(
    py: Python<'py>,
    text: &[u8],
) -> Raised<(Bytes<'py>, String, Option<u64>, Option<String>)> {
    let found = TypedData::parse(text)?;
    let digest = PyBytes::new(py, &found.digest);
    let digits = |it: &[u8]| {
        it.iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let contract = found.contract.map(|it| format!("0x{}", digits(&it)));
    Ok((digest, found.primary_type, found.chain_id, contract))
}
