//! What bulk work refuses.

use std::fmt;

use jinku_address::AddressError;
use jinku_hd::bip39::Bip39Error;
use jinku_hd::key::KeyError;

/// Why a tree, a batch or a set of wallets was not made. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BulkError {
    /// No form was asked for.
    NoForms,
    /// A form of another kind, family or chain than there is.
    Form(AddressError),
    /// A path template that this form cannot have.
    Template {
        /// The template.
        path: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The root key is of another curve than the form derives on.
    OtherCurve {
        /// The form's template.
        path: String,
    },
    /// The range of accounts is empty or passes the last child number.
    Range {
        /// First account.
        start: u64,
        /// Accounts asked for.
        count: u64,
    },
    /// A form was selected that the tree does not have.
    NoSuchForm {
        /// Its position.
        position: usize,
    },
    /// This account has no key at this path (BIP-32; the chance is below 2^-127). Skip the account.
    NoKey {
        /// The account.
        index: u64,
        /// The form's template.
        path: String,
    },
    /// A parent key could not be derived.
    Key(KeyError),
    /// The mnemonic could not be made.
    Mnemonic(Bip39Error),
}

impl fmt::Display for BulkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoForms => f.write_str("no address form was asked for; name at least one chain"),
            Self::Form(error) => error.fmt(f),
            Self::Template { path, why } => write!(f, "path template {path:?}: {why}"),
            Self::OtherCurve { path } => {
                write!(
                    f,
                    "the root key is of another curve than {path:?} derives on; use a seed"
                )
            }
            Self::Range { start, count } => write!(
                f,
                "accounts {start} and {count} on: expected at least one, all below 2147483648"
            ),
            Self::NoSuchForm { position } => {
                write!(
                    f,
                    "form number {position} was selected, which the tree does not have"
                )
            }
            Self::NoKey { index, path } => {
                write!(
                    f,
                    "account {index} has no key at {path:?} (BIP-32); skip this account"
                )
            }
            Self::Key(error) => error.fmt(f),
            Self::Mnemonic(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BulkError {}

impl From<KeyError> for BulkError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<AddressError> for BulkError {
    fn from(error: AddressError) -> Self {
        Self::Form(error)
    }
}

impl From<Bip39Error> for BulkError {
    fn from(error: Bip39Error) -> Self {
        Self::Mnemonic(error)
    }
}
