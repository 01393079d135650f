//! describe and list: what a vault says of itself.

use std::collections::BTreeMap;
use std::str::FromStr;

use jinku_envelope::Header;
use jinku_words::id::Id;

use crate::keys::Unlocked;
use crate::logbook::note;
use crate::material::{ORIGIN, REMARKS};
use crate::refusal::{Outcome, Refusal};
use crate::state::Signer;
use crate::vault_file;
use crate::wire::Writer;

/// The description of a vault, as the protocol writes it.
fn described(header: &Header, state: &str, expires_at_ms: u64) -> Vec<u8> {
    let mut out = Writer::new();
    describe_into(&mut out, header, state, expires_at_ms);
    out.into_bytes()
}

/// The description of a vault whose keys are at hand, with how many accounts each form can have.
pub(super) fn told(keys: &Unlocked, state: &str, expires_at_ms: u64) -> Vec<u8> {
    let mut out = Writer::new();
    describe_into(&mut out, keys.opened.header(), state, expires_at_ms);
    out.count(keys.forms.len());
    for form in &keys.forms {
        out.u64(keys.accounts_of(form));
    }
    out.into_bytes()
}

fn describe_into(out: &mut Writer, header: &Header, state: &str, expires_at_ms: u64) {
    out.str(&header.vault)
        .str(&header.name)
        .str(&header.tier)
        .str(state)
        .str(&header.secret_kind);
    out.count(header.forms.len());
    for form in &header.forms {
        out.str(&form.chain)
            .str(&form.family)
            .str(&form.kind)
            .str(&form.path);
    }
    out.u8(u8::from(header.hardened_accounts))
        .u8(u8::from(header.exportable))
        .str(&header.fingerprint);
    out.u32(header.key_version)
        .str(&header.limits)
        .u64(expires_at_ms);
    for note in [ORIGIN, REMARKS] {
        out.str(header.notes.get(note).map_or("", String::as_str));
    }
}

/// The authenticated header of an unlocked vault, the unauthenticated one of a locked vault. Only the key of an unlocked
/// one says how many accounts its forms can have.
pub(super) fn describe(signer: &Signer, vault: Id) -> Outcome<Vec<u8>> {
    let unlocked = signer.peek(vault, |keys, end| told(keys, "unlocked", end));
    unlocked.map_or_else(|| in_list(signer, vault), Ok)
}

/// The description without what only the answer to describe ends with.
fn in_list(signer: &Signer, vault: Id) -> Outcome<Vec<u8>> {
    let unlocked = signer.peek(vault, |keys, end| {
        described(keys.opened.header(), "unlocked", end)
    });
    if let Some(answer) = unlocked {
        return Ok(answer);
    }
    let file = vault_file::load(&vault_file::path(signer.home(), vault), vault)?;
    Ok(described(file.header(), "locked", 0))
}

/// Every vault file here, by id; one that cannot be read stands in the list as damaged.
pub(super) fn list(signer: &Signer) -> Outcome<Vec<u8>> {
    let folder = signer.home().vaults();
    let entries = std::fs::read_dir(&folder)
        .map_err(|error| Refusal::io("reading the folder of vaults", &error))?;
    let mut vaults: Vec<Id> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| Id::from_str(name.strip_suffix(".vault")?).ok())
        .collect();
    vaults.sort_unstable();
    let mut out = Writer::new();
    out.count(vaults.len());
    for vault in vaults {
        match in_list(signer, vault) {
            Ok(answer) => out.raw(&answer),
            Err(refusal) => {
                note(
                    "damaged",
                    &[("vault", &vault.to_string()), ("code", refusal.code)],
                );
                out.raw(&described(&unknown(vault), "damaged", 0))
            }
        };
    }
    Ok(out.into_bytes())
}

fn unknown(vault: Id) -> Header {
    Header {
        vault: vault.to_string(),
        name: vault.to_string(),
        tier: "cold".into(),
        forms: Vec::new(),
        limits: "{}".into(),
        exportable: false,
        hardened_accounts: false,
        secret_kind: String::new(),
        fingerprint: String::new(),
        key_version: 0,
        notes: BTreeMap::new(),
    }
}
