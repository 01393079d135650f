//! derive and recheck: ranges of accounts with a signed statement, and a second look by another code path.

use jinku_address::Form;
use jinku_bulk::Batch;
use jinku_proof::{BatchStatement, StatementForm, batch_leaf, root};
use jinku_words::digest::BATCH;
use jinku_words::id::{Id, account_id};
use rayon::prelude::*;

use super::Caller;
use crate::keys::{Unlocked, derive_refusal};
use crate::refusal::{Outcome, Refusal};
use crate::state::Signer;
use crate::system::System;
use crate::wire::{DeriveRequest, VerbMask, Writer};

/// Most accounts of one batch.
const MAX_COUNT: u32 = 100_000;

/// Columns of addresses and the root over their leaves.
pub(super) struct Accounts {
    /// One for each form: `u8 length ‖ ASCII`, in account order.
    pub(crate) columns: Vec<Vec<u8>>,
    /// Merkle root over the leaves.
    pub(crate) root: [u8; 32],
}

impl From<Batch> for Accounts {
    fn from(batch: Batch) -> Self {
        Self {
            columns: batch
                .columns
                .into_iter()
                .map(|column| column.packed)
                .collect(),
            root: batch.root,
        }
    }
}

/// The range is one that BIP-32 has and one answer carries.
pub(super) fn check_range(request: &DeriveRequest) -> Outcome<()> {
    if request.count == 0 || request.count > MAX_COUNT {
        return Err(Refusal::new(
            "derive.count",
            format!(
                "a batch has 1 to {MAX_COUNT} accounts: found {}; ask for the rest in the next batch",
                request.count
            ),
        ));
    }
    let end = request.start.checked_add(u64::from(request.count));
    if end.is_none_or(|end| end > 1 << 31) {
        return Err(Refusal::new(
            "derive.index",
            format!(
                "accounts {} and on run over BIP-32's child numbers: expected an end of at most {}",
                request.start,
                1u64 << 31
            ),
        ));
    }
    Ok(())
}

/// The batch of a range, rooted and signed by the identity key; columns are streamed before the answer.
pub(super) fn derive(
    signer: &Signer,
    request: &DeriveRequest,
    caller: &mut Caller<'_>,
) -> Outcome<Vec<u8>> {
    check_range(request)?;
    let (accounts, forms, fingerprint) =
        signer.with_keys(&caller.token, request.vault, VerbMask::DERIVE, |keys| {
            let positions = keys.positions(&request.forms)?;
            let accounts = accounts(keys, &positions, request)?;
            let forms: Vec<Form> = positions.iter().map(|at| keys.forms[*at].clone()).collect();
            Ok((accounts, forms, keys.opened.header().fingerprint.clone()))
        })?;
    let system = signer.system()?;
    caller.columns(&accounts.columns)?;
    answer(
        &system,
        request,
        &forms,
        &accounts,
        "custodial",
        &fingerprint,
    )
}

/// The last part of a batch's answer: forms, column lengths, root, statement and its signature.
pub(super) fn answer(
    system: &System,
    request: &DeriveRequest,
    forms: &[Form],
    accounts: &Accounts,
    mode: &str,
    fingerprint: &str,
) -> Outcome<Vec<u8>> {
    let named: Vec<StatementForm<'_>> = forms
        .iter()
        .map(|form| StatementForm {
            chain: &form.chain,
            family: form.family.name(),
            kind: form.kind.name(),
            path: &form.path,
        })
        .collect();
    let statement = BatchStatement {
        count: u64::from(request.count),
        deployment: &system.deployment().to_string(),
        forms: &named,
        job: &request.job.to_string(),
        mode,
        root: accounts.root,
        start: request.start,
        created_at_ms: request.ts_ms,
        vault: &request.vault.to_string(),
    };
    let statement = statement
        .to_bytes()
        .map_err(|error| Refusal::new("derive.index", error.to_string()))?;
    let mut out = Writer::new();
    out.u64(request.start).u32(request.count).count(forms.len());
    for form in forms {
        out.str(&form.chain)
            .str(form.family.name())
            .str(form.kind.name())
            .str(&form.path);
    }
    out.count(accounts.columns.len());
    for column in &accounts.columns {
        out.count(column.len());
    }
    out.raw(&accounts.root)
        .bytes(&statement)
        .raw(&system.attest(BATCH, &statement))
        .str(fingerprint);
    Ok(out.into_bytes())
}

fn accounts(keys: &Unlocked, positions: &[usize], request: &DeriveRequest) -> Outcome<Accounts> {
    let Some(tree) = &keys.tree else {
        return one_by_one(keys, positions, request);
    };
    let batch = tree.derive_forms(
        positions,
        request.job.as_bytes(),
        request.ts_ms,
        request.start,
        request.count,
    );
    Ok(Accounts::from(batch.map_err(derive_refusal)?))
}

/// Derives each account by its own path, for roots that are no master key.
fn one_by_one(keys: &Unlocked, positions: &[usize], request: &DeriveRequest) -> Outcome<Accounts> {
    let forms: Vec<&Form> = positions.iter().map(|at| &keys.forms[*at]).collect();
    let range = request.start..request.start + u64::from(request.count);
    let row = |index| {
        forms
            .iter()
            .map(|form| keys.address(form, index))
            .collect::<Outcome<Vec<String>>>()
    };
    let rows: Vec<Vec<String>> = range
        .clone()
        .into_par_iter()
        .map(row)
        .collect::<Outcome<_>>()?;
    let leaves: Vec<[u8; 32]> = range
        .zip(&rows)
        .map(|(index, row)| leaf(request, &forms, index, row))
        .collect();
    let mut columns = vec![Vec::new(); forms.len()];
    for row in &rows {
        for (column, address) in columns.iter_mut().zip(row) {
            pack(column, address)?;
        }
    }
    Ok(Accounts {
        columns,
        root: root(&leaves),
    })
}

/// Appends `u8 length ‖ ASCII`.
fn pack(column: &mut Vec<u8>, address: &str) -> Outcome<()> {
    let length = u8::try_from(address.len());
    column.push(length.map_err(|_| Refusal::new("derive.failed", "an address is over 255 bytes"))?);
    column.extend_from_slice(address.as_bytes());
    Ok(())
}

/// The Merkle leaf of one account.
fn leaf(request: &DeriveRequest, forms: &[&Form], index: u64, row: &[String]) -> [u8; 32] {
    let account = account_id(request.job.as_bytes(), request.ts_ms, index).to_string();
    let paths: Vec<String> = forms.iter().map(|form| form.path_at(index)).collect();
    let named: Vec<(&str, &str, &str, &str)> = forms
        .iter()
        .zip(row)
        .zip(&paths)
        .map(|((form, address), path)| {
            (
                form.chain.as_str(),
                form.kind.name(),
                path.as_str(),
                address.as_str(),
            )
        })
        .collect();
    batch_leaf(&account, index, &named)
}

/// The addresses of each index in every form of the vault, derived by the independent path.
pub(super) fn recheck(
    signer: &Signer,
    vault: Id,
    indexes: &[u64],
    caller: &mut Caller<'_>,
) -> Outcome<Vec<u8>> {
    let rows = signer.with_keys(&caller.token, vault, VerbMask::DERIVE, |keys| {
        again(keys, indexes)
    })?;
    let mut out = Writer::new();
    out.count(rows.len());
    for row in rows {
        out.count(row.len());
        for address in row {
            out.str(&address);
        }
    }
    Ok(out.into_bytes())
}

/// A seed or an extended private key is derived once more by other libraries. A single key or an extended public key has
/// one way only, which is run again.
fn again(keys: &Unlocked, indexes: &[u64]) -> Outcome<Vec<Vec<String>>> {
    if let Some(tree) = keys.tree.as_ref().or(keys.relative.as_ref()) {
        return tree.recheck_many(indexes).map_err(derive_refusal);
    }
    let row = |index: &u64| {
        keys.forms
            .iter()
            .map(|form| keys.address(form, *index))
            .collect::<Outcome<Vec<String>>>()
    };
    indexes.par_iter().map(row).collect()
}
