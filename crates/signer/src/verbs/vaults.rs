//! Vaults: create, unlock, change of passphrase, rekey.

use std::collections::BTreeMap;

use jinku_envelope::{Form as HeaderForm, KdfParams, VaultEnvelope};
use jinku_hd::bip39::Mnemonic;
use jinku_imports::{ImportError, ImportedSecret};
use jinku_secrets::{SecretBytes, Zeroizing};
use jinku_words::id::Id;

use super::Caller;
use super::describe::told;
use crate::forms::{checked_forms, counting_step, path_at};
use crate::keys::Unlocked;
use crate::logbook::note;
use crate::material::{self, CREATED, ORIGIN, SECRET};
use crate::refusal::{Outcome, Refusal};
use crate::state::Signer;
use crate::vault_file::{self, Opener};
use crate::wire::{SecretRef, VaultSpec, VerbMask};

const TIERS: [&str; 3] = ["hot", "warm", "cold"];

/// A new vault stands: fresh entropy of the operating system, sealed, on the disk.
pub(super) fn create(
    signer: &Signer,
    spec: VaultSpec,
    secret: SecretRef,
    bip39: Option<SecretRef>,
    caller: &mut Caller<'_>,
) -> Outcome<Vec<u8>> {
    let opener = Opener::read(&mut caller.fds, secret)?;
    let passphrase = match bip39 {
        Some(wanted) => utf8(&caller.fds.text(wanted.fd)?)?,
        None => Zeroizing::new(String::new()),
    };
    let language = material::language(&spec.language)?;
    let mnemonic = Mnemonic::generate(spec.words, language)
        .map_err(|e| Refusal::new("usage.words", e.to_string()))?;
    let notes = BTreeMap::from([(ORIGIN.to_owned(), CREATED.to_owned())]);
    store(
        signer,
        spec,
        &opener,
        &ImportedSecret::Bip39 {
            mnemonic,
            passphrase,
        },
        notes,
    )
}

fn utf8(bytes: &SecretBytes) -> Outcome<Zeroizing<String>> {
    let text = std::str::from_utf8(bytes.expose());
    let text =
        text.map_err(|_| Refusal::new("secret.text", "the BIP-39 passphrase is not UTF-8"))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// The vault of `spec` with this secret stands on the disk.
pub(super) fn store(
    signer: &Signer,
    spec: VaultSpec,
    opener: &Opener,
    secret: &ImportedSecret,
    notes: BTreeMap<String, String>,
) -> Outcome<Vec<u8>> {
    let failed = |error: ImportError| Refusal::new("import.invalid", error.to_string());
    check(&spec, matches!(secret, ImportedSecret::Raw { .. }))?;
    let fingerprint: String = secret
        .fingerprint()
        .map_err(failed)?
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let vault = spec.vault;
    let header = envelope_spec(spec, secret.kind(), fingerprint, notes);
    let record = secret.to_record().map_err(failed)?;
    let _turn = signer.one_at_a_time();
    let path = vault_file::path(signer.home(), vault);
    if path.exists() {
        return Err(Refusal::new(
            "vault.exists",
            format!("vault {vault} stands here already and was left alone"),
        ));
    }
    let records: [(&str, &[u8]); 1] = [(SECRET, &record)];
    let (file, opened) =
        VaultEnvelope::create(header, &opener.unlock(), KdfParams::default(), &records)?;
    let unlocked = material::unlocked(&file, opened)?; // what is written opens again and derives
    for form in &unlocked.forms {
        unlocked.address(form, 0)?;
    }
    vault_file::create(&path, &file)?;
    note(
        "create_vault",
        &[("vault", &vault.to_string()), ("kind", secret.kind())],
    );
    Ok(told(&unlocked, "locked", 0))
}

/// The forms make sense for this kind of vault, and name, tier and limits keep their rules.
fn check(spec: &VaultSpec, single_key: bool) -> Outcome<()> {
    if !TIERS.contains(&spec.tier.as_str()) {
        return Err(Refusal::new(
            "usage.tier",
            format!(
                "the tier is unknown: found {}, expected hot, warm or cold",
                spec.tier
            ),
        ));
    }
    let limits = jinku_words::canonical::parse_exact(spec.limits.as_bytes());
    if !limits.is_ok_and(|value| value.is_object()) {
        return Err(Refusal::new(
            "usage.limits",
            "the limits of use are no object in canonical JSON (RFC 8785)",
        ));
    }
    for form in checked_forms(&spec.forms)? {
        if !single_key && spec.hardened && !last_hardened(&form)? {
            return Err(Refusal::new(
                "usage.form",
                format!(
                    "the vault has hardened accounts: found {}, expected {{i}} in a hardened level, as in m/44'/60'/{{i}}'/0/0",
                    form.path
                ),
            ));
        }
    }
    Ok(())
}

/// True when the account number stands in a hardened level, so that accounts share no extended public key.
pub(super) fn last_hardened(form: &jinku_address::Form) -> Outcome<bool> {
    let step = path_at(form, 0)?.0.get(counting_step(form)?).copied();
    Ok(step.is_some_and(|step| step & jinku_hd::path::HARDENED != 0))
}

fn envelope_spec(
    spec: VaultSpec,
    kind: &str,
    fingerprint: String,
    notes: BTreeMap<String, String>,
) -> jinku_envelope::VaultSpec {
    let form = |form: crate::wire::FormSpec| HeaderForm {
        chain: form.chain,
        family: form.family,
        kind: form.kind,
        path: form.path,
    };
    jinku_envelope::VaultSpec {
        vault: spec.vault.to_string(),
        name: spec.name,
        tier: spec.tier,
        forms: spec.forms.into_iter().map(form).collect(),
        limits: spec.limits,
        exportable: spec.exportable,
        hardened_accounts: spec.hardened,
        secret_kind: kind.to_owned(),
        fingerprint,
        notes,
    }
}

/// The vault is unlocked until its last token ends; the answer is a token. A caller that is gone opens nothing.
pub(super) fn unlock(
    signer: &Signer,
    vault: Id,
    secret: SecretRef,
    verbs: VerbMask,
    ttl_s: u32,
    caller: &mut Caller<'_>,
) -> Outcome<Vec<u8>> {
    let opener = Opener::read(&mut caller.fds, secret)?;
    let _turn = signer.one_at_a_time();
    let file = vault_file::load(&vault_file::path(signer.home(), vault), vault)?;
    let opened = signer.counted(
        &vault.to_string(),
        file.open(&opener.unlock()).map_err(Refusal::from),
    )?;
    let mut keys = material::unlocked(&file, opened)?;
    keys.under = signer.system().ok().map(|system| system.public().identity);
    let token = signer.admit(vault, keys, verbs, ttl_s)?;
    // After it was opened: whoever saw the caller dead before has looked too early, and finds it closed now.
    if let Err(gone) = caller.fds.awaited() {
        signer.take_back(vault, &token);
        return Err(gone);
    }
    note(
        "unlock",
        &[
            ("vault", &vault.to_string()),
            ("verbs", &verbs.0.to_string()),
            ("ttl_s", &ttl_s.to_string()),
        ],
    );
    Ok(token.expose().to_vec())
}

/// The vault opens with the new secret only; no record was sealed anew. A caller that is gone changes nothing.
pub(super) fn change_passphrase(
    signer: &Signer,
    vault: Id,
    old: SecretRef,
    new: SecretRef,
    caller: &mut Caller<'_>,
) -> Outcome<Vec<u8>> {
    let (old, new) = (
        Opener::read(&mut caller.fds, old)?,
        Opener::read(&mut caller.fds, new)?,
    );
    let _turn = signer.one_at_a_time();
    let path = vault_file::path(signer.home(), vault);
    let file = vault_file::load(&path, vault)?;
    let rewrapped = file
        .rewrap(&old.unlock(), &new.unlock(), KdfParams::default())
        .map_err(Refusal::from);
    let rewrapped = signer.counted(&vault.to_string(), rewrapped)?;
    caller.fds.awaited()?;
    vault_file::replace(&path, &rewrapped)?;
    note("change_passphrase", &[("vault", &vault.to_string())]);
    Ok(Vec::new())
}

/// Every record is sealed under a new data key; the answer is its version. A caller that is gone changes nothing.
pub(super) fn rekey(
    signer: &Signer,
    vault: Id,
    secret: SecretRef,
    caller: &mut Caller<'_>,
) -> Outcome<Vec<u8>> {
    let opener = Opener::read(&mut caller.fds, secret)?;
    let _turn = signer.one_at_a_time();
    let path = vault_file::path(signer.home(), vault);
    let file = vault_file::load(&path, vault)?;
    let rekeyed = file
        .rekey(&opener.unlock(), KdfParams::default())
        .map_err(Refusal::from);
    let (file, opened) = signer.counted(&vault.to_string(), rekeyed)?;
    caller.fds.awaited()?;
    vault_file::replace(&path, &file)?;
    let version = opened.header().key_version;
    signer.amend(vault, |keys: &mut Unlocked| keys.opened = opened);
    note(
        "rekey",
        &[
            ("vault", &vault.to_string()),
            ("key_version", &version.to_string()),
        ],
    );
    Ok(version.to_be_bytes().to_vec())
}
