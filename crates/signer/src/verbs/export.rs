//! Export by the rules: which keys may leave, and in which dress.
//!
//! A child of a tree whose accounts share an extended public key never leaves: with that key one child gives all others.
//! What leaves is a whole imported secret, the words of a vault with hardened accounts, or one hardened account's key.
//! Extended public keys and chain codes never leave, save inside the xprv that was itself imported.

use jinku_address::{Family, Form};
use jinku_hd::key::Curve;
use jinku_imports::{ImportedSecret, keystore, solana, wif};
use jinku_secrets::Zeroizing;

use super::Caller;
use super::vaults::last_hardened;
use crate::age::{Recipient, armored};
use crate::forms::curve_of;
use crate::keys::{Root, Unlocked};
use crate::logbook::note;
use crate::material::{self, CREATED, ORIGIN};
use crate::qr;
use crate::refusal::{Outcome, Refusal};
use crate::state::Signer;
use crate::vault_file;
use crate::wire::{ExportRequest, VerbMask};

/// A secret on its way out, as text, and the raw key where it is one.
struct Leaving {
    text: Zeroizing<String>,
    what: What,
    /// True for words that open their addresses only together with a BIP-39 passphrase, which stays here.
    passphrase_stays: bool,
}

enum What {
    Words,
    Xprv,
    Key {
        curve: Curve,
        secret: Zeroizing<[u8; 32]>,
        form: Form,
    },
}

fn never(message: &str) -> Refusal {
    Refusal::new("export.refused", message)
}

fn no_format(format: &str, expected: &str) -> Refusal {
    Refusal::new(
        "export.format",
        format!("this secret has no such format: found {format}, expected {expected}"),
    )
}

/// The key stands in the caller's descriptor, in the format asked for. The answer says whether a BIP-39 passphrase belongs
/// to it, without which the words restore other addresses.
pub(super) fn export(
    signer: &Signer,
    request: &ExportRequest,
    caller: &mut Caller<'_>,
) -> Outcome<Vec<u8>> {
    let leaving = signer.with_keys(&caller.token, request.vault, VerbMask::EXPORT, |keys| {
        allowed(keys, request.index)?;
        match (&keys.root, request.index) {
            (Root::Raw(..), _) | (_, Some(_)) => account(keys, request),
            (_, None) => whole(signer, keys, request),
        }
    })?;
    let out = caller.fds.outlet(request.out)?;
    match (request.format.as_str(), &leaving.what) {
        ("mnemonic", What::Words) => out.write_words(leaving.text.as_bytes())?,
        _ => out.write_all(&dressed(&leaving, request, caller)?)?,
    }
    let index = request
        .index
        .map_or_else(|| "-".to_owned(), |index| index.to_string());
    note(
        "export",
        &[
            ("vault", &request.vault.to_string()),
            ("index", &index),
            ("format", &request.format),
        ],
    );
    Ok(vec![u8::from(leaving.passphrase_stays)])
}

/// The rules, whatever the format.
fn allowed(keys: &Unlocked, index: Option<u64>) -> Outcome<()> {
    let header = keys.opened.header();
    if matches!(keys.root, Root::Public(_) | Root::Descriptor(_)) {
        return Err(never("the vault is watch-only: it holds no private key"));
    }
    if !header.exportable {
        return Err(never(
            "the vault was made non-exportable; that is for ever: move the assets to another vault",
        ));
    }
    if matches!(keys.root, Root::Raw(..)) {
        return Ok(());
    }
    let created = header
        .notes
        .get(ORIGIN)
        .is_none_or(|origin| origin == CREATED);
    match index {
        Some(_) if !header.hardened_accounts => Err(never(
            "the account is a child of a tree without hardened accounts: with the extended public key one such key gives all its siblings; move the assets instead, or use a vault with hardened accounts",
        )),
        None if created && !header.hardened_accounts => Err(never(
            "the vault's words would give every custodial account, so no command writes them; copy the whole home as its backup",
        )),
        _ => Ok(()),
    }
}

/// The whole imported secret, or the words of a vault with hardened accounts.
fn whole(signer: &Signer, keys: &Unlocked, request: &ExportRequest) -> Outcome<Leaving> {
    let file = vault_file::load(
        &vault_file::path(signer.home(), request.vault),
        request.vault,
    )?;
    match material::load(&file, &keys.opened)? {
        ImportedSecret::Bip39 {
            mnemonic,
            passphrase,
        } => Ok(Leaving {
            text: mnemonic.phrase(),
            what: What::Words,
            passphrase_stays: !passphrase.is_empty(),
        }),
        ImportedSecret::Xprv { key, version } => {
            let text = key
                .to_xprv_as(version)
                .map_err(crate::keys::derive_refusal)?;
            Ok(Leaving {
                text,
                what: What::Xprv,
                passphrase_stays: false,
            })
        }
        _ => Err(never(
            "this vault has no secret that leaves as a whole; name an account",
        )),
    }
}

/// One account's own key.
fn account(keys: &Unlocked, request: &ExportRequest) -> Outcome<Leaving> {
    let form = chosen(keys, request)?;
    if !matches!(keys.root, Root::Raw(..)) && !last_hardened(form)? {
        return Err(never(
            "the form's accounts share an extended public key; only hardened accounts leave",
        ));
    }
    let key = keys.private_key(form, request.index.unwrap_or(0))?;
    let (curve, secret) = (curve_of(form.family), Zeroizing::new(*key.secret()));
    let text = match form.family {
        Family::Bitcoin | Family::Neo => wif::encode(&secret, true, network(form)),
        Family::Solana => solana::encode(&secret)
            .map_err(|error| Refusal::new("export.failed", error.to_string()))?,
        Family::Evm | Family::Tron | Family::Cosmos => hex(&secret),
    };
    Ok(Leaving {
        text,
        what: What::Key {
            curve,
            secret,
            form: form.clone(),
        },
        passphrase_stays: false,
    })
}

fn network(form: &Form) -> jinku_hd::Network {
    let main = form.family != Family::Bitcoin || form.chain == Family::Bitcoin.main_chain();
    if main {
        jinku_hd::Network::Main
    } else {
        jinku_hd::Network::Test
    }
}

/// The form that was named, or the first that the format fits.
fn chosen<'a>(keys: &'a Unlocked, request: &ExportRequest) -> Outcome<&'a Form> {
    let fits = |form: &&Form| match request.format.as_str() {
        "keystore" => form.family == Family::Evm,
        "wif" => matches!(form.family, Family::Bitcoin | Family::Neo),
        "solana-keypair" => form.family == Family::Solana,
        _ => true,
    };
    match request.form {
        Some(place) => keys.forms.get(place as usize),
        None => keys.forms.iter().find(fits),
    }
    .ok_or_else(|| {
        no_format(
            &request.format,
            "a format that one of the vault's chains has",
        )
    })
}

/// The secret in the format asked for, but for words, which are written as they are.
fn dressed(
    leaving: &Leaving,
    request: &ExportRequest,
    caller: &mut Caller<'_>,
) -> Outcome<Zeroizing<Vec<u8>>> {
    let text = || Zeroizing::new([leaving.text.as_bytes(), b"\n"].concat());
    let failed =
        |error: jinku_imports::ImportError| Refusal::new("export.failed", error.to_string());
    match (request.format.as_str(), &leaving.what) {
        ("age", _) => {
            if request.recipient.is_empty() {
                return Err(Refusal::new(
                    "age.recipient",
                    "name the age recipient that the key is encrypted to",
                ));
            }
            let file = Recipient::parse(&request.recipient)?.encrypt(&text())?;
            Ok(Zeroizing::new(armored(&file).into_bytes()))
        }
        ("qr", _) => qr::terminal(&leaving.text),
        ("qr-svg", _) => qr::svg(&leaving.text),
        ("xprv", What::Xprv) => Ok(text()),
        (
            "keystore",
            What::Key {
                curve: Curve::Secp256k1,
                secret,
                form,
            },
        ) if form.family == Family::Evm => {
            let wanted = request
                .secret
                .ok_or_else(|| Refusal::new("export.no_password", "a keystore needs a password"))?;
            let password = caller.fds.passphrase(wanted.fd)?;
            let file = keystore::export(secret, password.expose()).map_err(failed)?;
            Ok(Zeroizing::new(file.into_bytes()))
        }
        ("wif", What::Key { form, .. }) if matches!(form.family, Family::Bitcoin | Family::Neo) => {
            Ok(text())
        }
        ("solana-keypair", What::Key { form, .. }) if form.family == Family::Solana => Ok(text()),
        (format, What::Words) => Err(no_format(format, "mnemonic, age, qr or qr-svg")),
        (format, What::Xprv) => Err(no_format(format, "xprv, age, qr or qr-svg")),
        (format, What::Key { form, .. }) => {
            let own = match form.family {
                Family::Evm => "keystore, ",
                Family::Bitcoin | Family::Neo => "wif, ",
                Family::Solana => "solana-keypair, ",
                Family::Cosmos | Family::Tron => "",
            };
            Err(no_format(format, &format!("{own}age, qr or qr-svg")))
        }
    }
}

fn hex(bytes: &[u8; 32]) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(64));
    for nibble in bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        out.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
    }
    out
}
