//! Which of a vault's keys signs a payload, and the signature.

use jinku_address::{Family, Form, Kind, encode};
use jinku_chain::{Message, Signature, ToSign};
use jinku_secrets::Secret;
use jinku_sign::{SignError, ed25519, k1, schnorr};
use jinku_words::plan::Curve;

use crate::keys::{Root, Unlocked};
use crate::refusal::{Outcome, Refusal};

/// A key that has the address of its payload.
pub(crate) struct SigningKey {
    kind: Kind,
    secret: Secret<32>,
}

/// The account number at which a form's template gives this path.
fn index_of(form: &Form, path: &str) -> Option<u64> {
    let (before, after) = form.path.split_once("{i}")?;
    let digits = path.strip_prefix(before)?.strip_suffix(after)?;
    let index = digits.parse().ok()?;
    (form.path_at(index) == path).then_some(index)
}

/// Whether a key of this form may sign on the chain. An EVM transaction names its chain; where bytes name none, the form has
/// to.
fn serves(form: &Form, chain: &str) -> bool {
    match form.family {
        Family::Evm => chain.starts_with("eip155:"),
        _ => form.chain == chain,
    }
}

impl SigningKey {
    /// The key at a path of one of the vault's forms, when it has the payload's address.
    ///
    /// # Errors
    /// `sign.key` when there is none; `derive.*`.
    pub(crate) fn find(keys: &Unlocked, wanted: &ToSign, path: &str) -> Outcome<Self> {
        let (chain, address) = (wanted.account.chain().to_string(), wanted.account.address());
        for form in keys.forms.iter().filter(|form| serves(form, &chain)) {
            let index = match &keys.root {
                Root::Raw(..) => Some(0),
                _ => index_of(form, path),
            };
            let Some(index) = index else { continue };
            let key = keys.private_key(form, index)?;
            let there = Form {
                chain: chain.clone(),
                ..form.clone()
            };
            let found = encode(&there, &key.public_key())
                .map_err(|error| Refusal::new("sign.key", error.to_string()))?;
            let same = match form.family {
                Family::Evm => found.eq_ignore_ascii_case(address),
                _ => found == address,
            };
            if same {
                return Ok(Self {
                    kind: form.kind,
                    secret: Secret::init(|to| to.copy_from_slice(key.secret())),
                });
            }
        }
        let what = format!(
            "the vault has no key of {} at {path}: no form of its has that path on {chain}, or the key there has another address; name the account's own path",
            wanted.account
        );
        Err(Refusal::new("sign.key", what))
    }

    /// The signature, verified; always the same one for the same payload.
    ///
    /// # Errors
    /// `sign.failed`, which would be a defect.
    pub(crate) fn sign(&self, wanted: &ToSign) -> Outcome<Signature> {
        let plain = |bytes| Signature {
            bytes,
            recovery_id: None,
        };
        let made = match (&wanted.message, wanted.curve, self.kind) {
            (Message::Digest(digest), Curve::Secp256k1, Kind::P2tr) => {
                schnorr::tweak_secret(&self.secret, None)
                    .and_then(|tweaked| schnorr::sign(&tweaked, digest, &[0; 32]))
                    .map(plain)
            }
            (Message::Digest(digest), Curve::Secp256k1, Kind::Eoa | Kind::P2wpkh) => {
                k1::sign(&self.secret, digest).map(|made| Signature {
                    bytes: made.compact,
                    recovery_id: Some(made.recovery_id),
                })
            }
            (Message::Bytes(bytes), Curve::Ed25519, Kind::Wallet) => {
                ed25519::sign(&self.secret, bytes).map(plain)
            }
            _ => Err(SignError::Fault),
        };
        made.map_err(|error| Refusal::new("sign.failed", format!("the key did not sign: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(chain: &str, kind: Kind, path: &str) -> Form {
        Form::new(chain, kind, path).expect("a form")
    }

    #[test]
    fn a_path_is_an_account_of_a_form_in_one_spelling_only() {
        let evm = form("eip155:1", Kind::Eoa, "m/44'/60'/0'/0/{i}");
        assert_eq!(index_of(&evm, "m/44'/60'/0'/0/7"), Some(7));
        for other in [
            "m/44'/60'/0'/0/07",
            "m/44'/60'/0'/0/+7",
            "m/44'/60'/0'/0/",
            "m/44'/60'/0'/0/7'",
            "m/44'/60'/1'/0/7",
        ] {
            assert_eq!(index_of(&evm, other), None, "{other}");
        }
        let solana = form(
            "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
            Kind::Wallet,
            "m/44'/501'/{i}'/0'",
        );
        assert_eq!(index_of(&solana, "m/44'/501'/3'/0'"), Some(3));
    }

    #[test]
    fn only_where_bytes_name_their_chain_a_form_serves_others() {
        let main = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp";
        let test = "solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1";
        let solana = form(main, Kind::Wallet, "m/44'/501'/{i}'/0'");
        assert!(serves(&solana, main) && !serves(&solana, test));
        let evm = form("eip155:1", Kind::Eoa, "m/44'/60'/0'/0/{i}");
        assert!(serves(&evm, "eip155:137") && !serves(&evm, main));
    }
}
