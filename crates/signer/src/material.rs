//! What a vault's record holds, and what it derives from once it is opened.

use jinku_envelope::{OpenVault, VaultEnvelope};
use jinku_hd::bip39::Language;
use jinku_imports::{ImportError, ImportedSecret};
use jinku_secrets::Secret;

use crate::forms::checked_forms;
use crate::keys::{ExtendedParts, Root, Unlocked};
use crate::refusal::{Outcome, Refusal};
use crate::wire::FormSpec;

/// The one record of a vault: `ImportedSecret::to_record`.
pub(crate) const SECRET: &str = "secret";
/// Note: `created` or `imported`.
pub(crate) const ORIGIN: &str = "origin";
/// Note: what is unusual about imported material.
pub(crate) const REMARKS: &str = "remarks";
/// `ORIGIN` of a vault whose secret the signer made.
pub(crate) const CREATED: &str = "created";
/// `ORIGIN` of a vault whose secret came from outside.
pub(crate) const IMPORTED: &str = "imported";

/// The word list of this name.
///
/// # Errors
/// `usage.language`.
pub(crate) fn language(name: &str) -> Outcome<Language> {
    let found = Language::ALL
        .into_iter()
        .find(|language| language.name() == name);
    found.ok_or_else(|| {
        let known: Vec<&str> = Language::ALL
            .iter()
            .map(|language| language.name())
            .collect();
        let expected = known.join(", ");
        Refusal::new(
            "usage.language",
            format!("the word list is unknown: found {name}, expected one of {expected}"),
        )
    })
}

/// What the vault derives from.
pub(crate) fn root_of(secret: &ImportedSecret) -> Root {
    match secret {
        ImportedSecret::Bip39 {
            mnemonic,
            passphrase,
        } => {
            let seed = mnemonic.seed(passphrase);
            Root::Seed(Secret::init(|to| to.copy_from_slice(&seed[..])))
        }
        ImportedSecret::Xprv { key, .. } => Root::Extended(ExtendedParts::new(key)),
        ImportedSecret::Raw { curve, secret } => {
            Root::Raw(*curve, Secret::init(|to| to.copy_from_slice(&secret[..])))
        }
        ImportedSecret::WatchXpub { key, .. } => Root::Public(Box::new(key.clone())),
        ImportedSecret::WatchDescriptor(descriptor) => {
            Root::Descriptor(Box::new(descriptor.clone()))
        }
    }
}

/// The secret of an opened vault.
///
/// # Errors
/// `envelope.*` when the record does not open, `vault.damaged` when it is no key.
pub(crate) fn load(file: &VaultEnvelope, opened: &OpenVault) -> Outcome<ImportedSecret> {
    let record = file.record(opened, SECRET)?;
    ImportedSecret::from_record(record.expose()).map_err(|error: ImportError| {
        let message = format!("the vault's secret is no key: {error}; restore it from a backup");
        Refusal::new("vault.damaged", message)
    })
}

/// The unlocked vault of an opened file.
///
/// # Errors
/// Those of [`load`], or `derive.*` when a form cannot be derived.
pub(crate) fn unlocked(file: &VaultEnvelope, opened: OpenVault) -> Outcome<Unlocked> {
    let secret = load(file, &opened)?;
    let spec = |form: &jinku_envelope::Form| FormSpec {
        chain: form.chain.clone(),
        family: form.family.clone(),
        kind: form.kind.clone(),
        path: form.path.clone(),
    };
    let specs: Vec<FormSpec> = opened.header().forms.iter().map(spec).collect();
    Unlocked::new(opened, root_of(&secret), checked_forms(&specs)?)
}
