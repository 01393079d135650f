//! Import of foreign key material, and which forms it can have.

use std::collections::BTreeMap;
use std::str::FromStr;

use jinku_address::{Family, Form, Kind};
use jinku_hd::key::Curve;
use jinku_hd::path::{HARDENED, Path};
use jinku_imports::descriptor::{Descriptor, Output};
use jinku_imports::{ImportError, ImportKind, Imported, ImportedSecret, Request, import as open};

use jinku_secrets::Zeroizing;

use super::Caller;
use super::vaults::store;
use crate::forms::{checked_forms, counting_step, curve_of, path_at};
use crate::material::{IMPORTED, ORIGIN, REMARKS};
use crate::refusal::{Outcome, Refusal};
use crate::state::Signer;
use crate::vault_file::Opener;
use crate::wire::{FormSpec, ImportCall};

/// Template of a single key: there is no path, the account's number is 0.
const RAW_PATH: &str = "raw/{i}";

fn refused(error: &ImportError) -> Refusal {
    let code = match error {
        ImportError::WrongPassword { .. } => "import.wrong_password",
        ImportError::NoPassword { .. } => "import.no_password",
        ImportError::Costly { .. } => "import.costly_kdf",
        ImportError::Mnemonic(_) => "import.mnemonic",
        ImportError::PrivateKey { .. } => "import.private_key",
        ImportError::UnknownKind => "usage.import_kind",
        _ => "import.invalid",
    };
    Refusal::new(code, error.to_string())
}

/// A vault of the foreign material stands.
pub(super) fn import(
    signer: &Signer,
    call: ImportCall,
    caller: &mut Caller<'_>,
) -> Outcome<Vec<u8>> {
    let ImportCall {
        mut spec,
        kind,
        material,
        secret,
        material_passphrase,
        allow_costly_kdf,
    } = call;
    let kind = ImportKind::from_str(&kind).map_err(|error| refused(&error))?;
    let material = caller.fds.material(material)?;
    let opener = Opener::read(&mut caller.fds, secret)?;
    let password = material_passphrase
        .map(|wanted| caller.fds.text(wanted.fd))
        .transpose()?;
    let forms = checked_forms(&spec.forms)?;
    let request = Request {
        password: password.as_ref().map(|bytes| bytes.expose()),
        curve: wif_curve(&forms),
        allow_costly_kdf,
        ..Request::new(kind)
    };
    let found = {
        let _turn = signer.one_at_a_time(); // a keystore's key derivation may want much memory
        open(&request, material.expose()).map_err(|error| refused(&error))?
    };
    let imported = only(kind, found)?;
    let (forms, remark) = fitting(&imported.secret, forms)?;
    spec.forms = forms.iter().map(named).collect();
    let remarks: Vec<String> = imported.notes.into_iter().chain(remark).collect();
    let mut notes = BTreeMap::from([(ORIGIN.to_owned(), IMPORTED.to_owned())]);
    if !remarks.is_empty() {
        notes.insert(REMARKS.to_owned(), remarks.join("\n"));
    }
    if matches!(imported.secret, ImportedSecret::Raw { .. }) && spec.hardened {
        return Err(Refusal::new(
            "usage.form",
            "a single key has no hardened accounts; import it without that flag",
        ));
    }
    store(signer, spec, &opener, &imported.secret, notes)
}

fn named(form: &Form) -> FormSpec {
    FormSpec {
        chain: form.chain.clone(),
        family: form.family.name().to_owned(),
        kind: form.kind.name().to_owned(),
        path: form.path.clone(),
    }
}

/// A WIF does not say its curve: Neo's forms alone mean nist256p1.
fn wif_curve(forms: &[Form]) -> Curve {
    if forms.iter().all(|form| form.family == Family::Neo) {
        Curve::Nist256p1
    } else {
        Curve::Secp256k1
    }
}

/// The one key of the material; of a descriptor with two branches the first, which receives. A file may name one key
/// several times (NEP-6: its own address and a contract's).
fn only(kind: ImportKind, found: Vec<Imported>) -> Outcome<Imported> {
    let record = |one: &Imported| one.secret.to_record().map_err(|error| refused(&error));
    let (mut keys, mut first) = (0, None);
    let mut seen: Vec<Zeroizing<Vec<u8>>> = Vec::new();
    for one in found {
        let bytes = record(&one)?;
        if !seen.contains(&bytes) {
            keys += 1;
            seen.push(bytes);
        }
        first.get_or_insert(one);
    }
    match first {
        Some(one) if keys == 1 || kind == ImportKind::Descriptor => Ok(one),
        _ => Err(Refusal::new(
            "import.count",
            format!(
                "the file holds {keys} keys, a vault one; export the key you want by itself (NEP-2) and import that"
            ),
        )),
    }
}

/// The forms that this material can have, and what to tell about those it cannot.
fn fitting(secret: &ImportedSecret, forms: Vec<Form>) -> Outcome<(Vec<Form>, Option<String>)> {
    let asked = forms.len();
    let kept = match secret {
        ImportedSecret::Bip39 { .. } => forms,
        ImportedSecret::Raw { curve, .. } => {
            let same = forms
                .into_iter()
                .filter(|form| curve_of(form.family) == *curve);
            same.map(|form| Form {
                path: RAW_PATH.to_owned(),
                ..form
            })
            .collect()
        }
        ImportedSecret::Xprv { key, .. } => below_one(forms, usize::from(key.depth()), "xprv")?,
        ImportedSecret::WatchXpub { key, .. } => below_one(forms, usize::from(key.depth), "xpub")?,
        ImportedSecret::WatchDescriptor(descriptor) => of_descriptor(descriptor, forms)?,
    };
    if kept.is_empty() {
        return Err(Refusal::new(
            "import.forms",
            format!(
                "none of the chains asked for can have a key of kind {}; name one that can",
                secret.kind()
            ),
        ));
    }
    let left = asked - kept.len();
    let remark = (left > 0)
        .then(|| format!("{left} of {asked} forms were left out: this key has no address there"));
    Ok((kept, remark))
}

/// The extended key can count the accounts of this form: their number stands below it, and an xpub meets no hardened step.
fn counts(form: &Form, depth: usize, key: &str) -> Outcome<()> {
    let (at, path) = (counting_step(form)?, path_at(form, 0)?);
    let public = key == "xpub";
    let hardened = path.0.iter().rposition(|step| step & HARDENED != 0);
    let least = if public {
        hardened.map_or(0, |last| last + 1)
    } else {
        0
    };
    if (least..=at).contains(&depth) {
        return Ok(());
    }
    let expected = if least > at {
        "the mnemonic or an xprv, for an xpub gives no hardened accounts".to_owned()
    } else if least == at {
        format!("an {key} at depth {at}")
    } else {
        format!("an {key} at depth {least} to {at}")
    };
    Err(Refusal::new(
        "import.forms",
        format!(
            "this key cannot count the accounts of {}: found an {key} at depth {depth}, expected {expected}; import that, or ask for other chains or accounts that are not hardened",
            form.path
        ),
    ))
}

/// secp256k1 forms whose paths all lead through the one extended key.
fn below_one(forms: Vec<Form>, depth: usize, key: &str) -> Outcome<Vec<Form>> {
    let kept: Vec<Form> = forms
        .into_iter()
        .filter(|form| curve_of(form.family) == Curve::Secp256k1)
        .collect();
    let mut prefixes = Vec::new();
    for form in &kept {
        let path = path_at(form, 0)?;
        prefixes.push(Path(path.0.into_iter().take(depth).collect()));
        counts(form, depth, key)?;
    }
    prefixes.sort();
    prefixes.dedup();
    if prefixes.len() > 1 {
        let found: Vec<String> = prefixes.iter().map(ToString::to_string).collect();
        return Err(Refusal::new(
            "import.forms",
            format!(
                "one extended key at depth {depth} cannot stand at several paths: found {}; name one chain",
                found.join(", ")
            ),
        ));
    }
    Ok(kept)
}

/// The forms of the descriptor's kind; the path is the descriptor's own where it says so.
fn of_descriptor(descriptor: &Descriptor, forms: Vec<Form>) -> Outcome<Vec<Form>> {
    let kind = match descriptor.output {
        Output::P2wpkh => Kind::P2wpkh,
        Output::P2tr => Kind::P2tr,
        Output::P2pkh | Output::P2shP2wpkh => {
            return Err(Refusal::new(
                "import.descriptor",
                "only wpkh() and tr() descriptors can be watched",
            ));
        }
    };
    let own = descriptor.origin.as_ref().map(|origin| {
        let steps = Path(
            origin
                .path
                .0
                .iter()
                .chain(&descriptor.steps.0)
                .copied()
                .collect(),
        );
        format!("{steps}/{{i}}")
    });
    let same = forms
        .into_iter()
        .filter(|form| form.family == Family::Bitcoin && form.kind == kind);
    let mut kept: Vec<Form> = same
        .map(|form| Form {
            path: own.clone().unwrap_or(form.path),
            ..form
        })
        .collect();
    kept.dedup();
    for form in &kept {
        let test = form.chain != Family::Bitcoin.main_chain();
        if test != (descriptor.network == jinku_hd::Network::Test) {
            return Err(Refusal::new(
                "import.descriptor",
                format!(
                    "the descriptor's key is of another network than {} (xpub: mainnet, tpub: test)",
                    form.chain
                ),
            ));
        }
    }
    Ok(kept)
}
