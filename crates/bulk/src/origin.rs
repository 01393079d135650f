//! Roots, and the parents that all accounts of a form share.

use jinku_address::Form;
use jinku_curves::{K1, R1};
use jinku_hd::key::{Curve, ExtendedKey, KeyError};
use jinku_secrets::{Secret, SecretBytes};
use zeroize::Zeroizing;

use crate::error::BulkError;
use crate::plan::Plan;
use crate::public_lanes::SharedParent;
use crate::recheck;

/// Where a tree starts.
pub enum Root<'a> {
    /// A seed of 16 to 64 bytes, for all curves (BIP-32, SLIP-10).
    Seed(&'a [u8]),
    /// A master key, for the forms of its curve (an imported xprv).
    Master(&'a ExtendedKey),
}

/// What accounts are derived from.
pub(crate) enum Parent {
    K1(SharedParent<K1>),
    R1(SharedParent<R1>),
    /// Key and chain code: accounts need a private step of their own.
    Private(Secret<64>),
}

/// Forms that share path and curve, and so their keys.
pub(crate) struct Source {
    pub(crate) plan: Plan,
    pub(crate) parent: Parent,
    /// Position of one form that has this path.
    pub(crate) form: usize,
}

/// The root as a tree keeps it.
pub(crate) enum Origin {
    Seed(SecretBytes),
    Node(Secret<64>, Curve),
}

impl Origin {
    /// The root, kept in guarded memory, and its master fingerprint.
    pub(crate) fn keep(root: &Root<'_>) -> Result<(Self, [u8; 4]), KeyError> {
        Ok(match root {
            Root::Seed(seed) => {
                let master = ExtendedKey::from_seed(Curve::Secp256k1, seed)?;
                (
                    Self::Seed(SecretBytes::from_slice(seed)),
                    master.fingerprint(),
                )
            }
            Root::Master(key) => (Self::Node(node_of(key), key.curve()), key.fingerprint()),
        })
    }

    /// The master key on a curve.
    pub(crate) fn master(&self, curve: Curve) -> Result<ExtendedKey, KeyError> {
        match self {
            Self::Seed(seed) => ExtendedKey::from_seed(curve, seed.expose()),
            Self::Node(node, curve) => {
                let (key, chain) = halves(node.expose());
                ExtendedKey::from_parts(*curve, &key, &chain)
            }
        }
    }

    /// The root as the independent way takes it.
    pub(crate) fn independent(&self) -> recheck::Root<'_> {
        match self {
            Self::Seed(seed) => recheck::Root::Seed(seed.expose()),
            Self::Node(node, _) => recheck::Root::Node(node.expose()),
        }
    }
}

impl Source {
    /// The source of the form at this position.
    pub(crate) fn new(
        root: &Root<'_>,
        form: &Form,
        plan: Plan,
        position: usize,
    ) -> Result<Self, BulkError> {
        let master = master_key(root, form, plan.curve)?;
        let parent = parent_of(&master.derive(&plan.prefix)?, &plan)?;
        Ok(Self {
            plan,
            parent,
            form: position,
        })
    }
}

fn halves(node: &[u8; 64]) -> (Zeroizing<[u8; 32]>, Zeroizing<[u8; 32]>) {
    let (mut key, mut chain) = (Zeroizing::new([0u8; 32]), Zeroizing::new([0u8; 32]));
    key.copy_from_slice(&node[..32]);
    chain.copy_from_slice(&node[32..]);
    (key, chain)
}

fn master_key(root: &Root<'_>, form: &Form, curve: Curve) -> Result<ExtendedKey, BulkError> {
    match root {
        Root::Seed(seed) => Ok(ExtendedKey::from_seed(curve, seed)?),
        Root::Master(key) if key.curve() == curve => Ok(key.duplicate()),
        Root::Master(_) => Err(BulkError::OtherCurve {
            path: form.path.clone(),
        }),
    }
}

fn node_of(key: &ExtendedKey) -> Secret<64> {
    let mut node = Zeroizing::new([0u8; 64]);
    node[..32].copy_from_slice(key.secret());
    node[32..].copy_from_slice(key.chain_code());
    Secret::from_array(node)
}

fn parent_of(key: &ExtendedKey, plan: &Plan) -> Result<Parent, KeyError> {
    if !plan.private.is_empty() {
        return Ok(Parent::Private(node_of(key)));
    }
    let public = key.public()?;
    let shared = match plan.curve {
        Curve::Secp256k1 => SharedParent::new(&public.key, &public.chain_code).map(Parent::K1),
        Curve::Nist256p1 => SharedParent::new(&public.key, &public.chain_code).map(Parent::R1),
        Curve::Ed25519 => None,
    };
    shared.ok_or(KeyError::BadPublic)
}
