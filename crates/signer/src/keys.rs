//! The keys of one unlocked vault, and the public keys they give.

use jinku_address::{Form, encode};
use jinku_bulk::Tree;
use jinku_envelope::OpenVault;
use jinku_hd::key::{Curve, ExtendedKey, ExtendedPublic};
use jinku_hd::path::HARDENED;
use jinku_imports::descriptor::Descriptor;
use jinku_secrets::{Secret, Zeroizing};

use crate::forms::{below, counting_step, curve_of, path_at};
use crate::refusal::{Outcome, Refusal};
use crate::wire::FormSpec;

/// What a vault derives from. Long-lived bytes stand in guarded memory; extended keys are rebuilt for a call.
pub(crate) enum Root {
    /// A BIP-39 seed: every curve, any path.
    Seed(Secret<64>),
    /// An extended private key (BIP-32): secp256k1, paths that begin with its own place.
    Extended(ExtendedParts),
    /// One private key: one account.
    Raw(Curve, Secret<32>),
    /// An extended public key: paths below its own place that are not hardened.
    Public(Box<ExtendedPublic>),
    /// An output descriptor (BIP-380): one chain of Bitcoin addresses.
    Descriptor(Box<Descriptor>),
}

/// An extended private key in guarded memory.
pub(crate) struct ExtendedParts {
    /// Private key ‖ chain code.
    pub(crate) key: Secret<64>,
    /// Steps from the master key.
    pub(crate) depth: u8,
    /// Its number under its parent.
    pub(crate) child_number: u32,
}

/// An unlocked vault.
pub(crate) struct Unlocked {
    /// The data key and the header it authenticated.
    pub(crate) opened: OpenVault,
    /// What it derives from.
    pub(crate) root: Root,
    /// The checked forms of its accounts.
    pub(crate) forms: Vec<Form>,
    /// The tree of a seed or a master key: all cores, and a second way of its own.
    pub(crate) tree: Option<Tree>,
    /// The same keys under paths from an extended key that is no master key, for the second look.
    pub(crate) relative: Option<Tree>,
    /// The identity of the system keys that stood open when a secret opened the vault: under others it signs nothing.
    pub(crate) under: Option<[u8; 32]>,
}

/// A failure to derive, in the words of whoever failed.
pub(crate) fn derive_refusal(error: impl std::fmt::Display) -> Refusal {
    Refusal::new("derive.failed", error.to_string())
}

impl Unlocked {
    /// The keys of an opened vault, with the trees that its root allows.
    ///
    /// # Errors
    /// `derive.*` when a form cannot be derived from the root.
    pub(crate) fn new(opened: OpenVault, root: Root, forms: Vec<Form>) -> Outcome<Self> {
        let (mut tree, mut relative) = (None, None);
        match &root {
            Root::Seed(seed) => {
                tree = Some(Tree::new(seed.expose(), &forms).map_err(derive_refusal)?)
            }
            Root::Extended(parts) => {
                let key = parts.extended()?;
                let master = jinku_bulk::Root::Master(&key);
                if parts.depth == 0 {
                    tree = Some(Tree::from_root(&master, &forms).map_err(derive_refusal)?);
                } else {
                    let below = relative_forms(&forms, parts)?;
                    relative = Some(Tree::from_root(&master, &below).map_err(derive_refusal)?);
                }
            }
            Root::Raw(..) | Root::Public(_) | Root::Descriptor(_) => {}
        }
        Ok(Self {
            opened,
            root,
            forms,
            tree,
            relative,
            under: None,
        })
    }

    /// How many accounts `form` can have here, from account 0 on: what a single key or one that stands below the step
    /// of the account number cannot count is account 0 only.
    pub(crate) fn accounts_of(&self, form: &Form) -> u64 {
        let below_its_step = |depth: u8| counting_step(form).is_ok_and(|at| at < depth.into());
        let only_one = match &self.root {
            Root::Seed(_) => false,
            Root::Raw(..) => true,
            Root::Descriptor(descriptor) => !descriptor.wildcard,
            Root::Extended(parts) => below_its_step(parts.depth),
            Root::Public(parent) => below_its_step(parent.depth),
        };
        if only_one { 1 } else { u64::from(HARDENED) }
    }

    /// Where the wanted forms stand among the vault's; all of them when none is named.
    ///
    /// # Errors
    /// `derive.form` for a form that the vault does not have.
    pub(crate) fn positions(&self, wanted: &[FormSpec]) -> Outcome<Vec<usize>> {
        if wanted.is_empty() {
            return Ok((0..self.forms.len()).collect());
        }
        let place = |spec: &FormSpec| {
            let same = |form: &Form| {
                (
                    form.chain.as_str(),
                    form.family.name(),
                    form.kind.name(),
                    form.path.as_str(),
                ) == (
                    spec.chain.as_str(),
                    spec.family.as_str(),
                    spec.kind.as_str(),
                    spec.path.as_str(),
                )
            };
            self.forms.iter().position(same).ok_or_else(|| {
                let what = format!("{} {} {}", spec.chain, spec.kind, spec.path);
                Refusal::new(
                    "derive.form",
                    format!("the vault has no form {what}; describe it to see its forms"),
                )
            })
        };
        wanted.iter().map(place).collect()
    }

    /// The public key of `form` for account `index`.
    ///
    /// # Errors
    /// `derive.*` when this vault has no such key.
    pub(crate) fn public_key(&self, form: &Form, index: u64) -> Outcome<Vec<u8>> {
        match &self.root {
            Root::Public(parent) => {
                let path = below(&path_at(form, index)?, parent.depth, parent.child_number)?;
                Ok(parent.derive(&path).map_err(derive_refusal)?.key.to_vec())
            }
            Root::Descriptor(descriptor) => {
                let number = u32::try_from(index)
                    .ok()
                    .filter(|number| *number < HARDENED && (descriptor.wildcard || *number == 0));
                let number = number.ok_or_else(|| {
                    Refusal::new(
                        "derive.index",
                        format!("the descriptor has no account {index}"),
                    )
                })?;
                Ok(descriptor
                    .key_at(number)
                    .map_err(derive_refusal)?
                    .key
                    .to_vec())
            }
            _ => Ok(self.private_key(form, index)?.public_key()),
        }
    }

    /// The private key of `form` for account `index`. It is wiped when dropped, within the call that asked.
    ///
    /// # Errors
    /// `derive.*` when this vault has no such key.
    pub(crate) fn private_key(&self, form: &Form, index: u64) -> Outcome<ExtendedKey> {
        let curve = curve_of(form.family);
        match &self.root {
            Root::Seed(seed) => {
                let master =
                    ExtendedKey::from_seed(curve, seed.expose()).map_err(derive_refusal)?;
                master
                    .derive(&path_at(form, index)?)
                    .map_err(derive_refusal)
            }
            Root::Extended(parts) => {
                let parent = parts.extended()?;
                same_curve(Curve::Secp256k1, curve)?;
                parent
                    .derive(&below(
                        &path_at(form, index)?,
                        parts.depth,
                        parts.child_number,
                    )?)
                    .map_err(derive_refusal)
            }
            Root::Raw(own, key) => {
                same_curve(*own, curve)?;
                if index != 0 {
                    return Err(Refusal::new(
                        "derive.index",
                        format!("a single key has account 0 only: found {index}"),
                    ));
                }
                ExtendedKey::from_parts(*own, key.expose(), &[0; 32]).map_err(derive_refusal)
            }
            Root::Public(_) | Root::Descriptor(_) => Err(Refusal::new(
                "derive.watch_only",
                "the vault is watch-only: it holds no private key",
            )),
        }
    }

    /// The address of `form` for account `index`.
    ///
    /// # Errors
    /// `derive.*`.
    pub(crate) fn address(&self, form: &Form, index: u64) -> Outcome<String> {
        encode(form, &self.public_key(form, index)?).map_err(derive_refusal)
    }
}

impl ExtendedParts {
    /// The parts of `key`.
    #[must_use]
    pub(crate) fn new(key: &ExtendedKey) -> Self {
        let joined = Secret::init(|to: &mut [u8; 64]| {
            to[..32].copy_from_slice(key.secret());
            to[32..].copy_from_slice(key.chain_code());
        });
        Self {
            key: joined,
            depth: key.depth(),
            child_number: key.child_number(),
        }
    }

    fn extended(&self) -> Outcome<ExtendedKey> {
        let (mut secret, mut chain_code) = (Zeroizing::new([0; 32]), Zeroizing::new([0; 32]));
        secret.copy_from_slice(&self.key.expose()[..32]);
        chain_code.copy_from_slice(&self.key.expose()[32..]);
        ExtendedKey::from_parts(Curve::Secp256k1, &secret, &chain_code).map_err(derive_refusal)
    }
}

fn same_curve(own: Curve, wanted: Curve) -> Outcome<()> {
    if own == wanted {
        return Ok(());
    }
    Err(Refusal::new(
        "derive.curve",
        format!("this vault's key is of {own}: the form wants {wanted}"),
    ))
}

/// The forms with paths that start at the extended key.
fn relative_forms(forms: &[Form], parts: &ExtendedParts) -> Outcome<Vec<Form>> {
    let depth = usize::from(parts.depth);
    forms
        .iter()
        .map(|form| {
            below(&path_at(form, 0)?, parts.depth, parts.child_number)?;
            let rest: Vec<&str> = form.path.split('/').skip(1 + depth).collect();
            Ok(Form {
                path: format!("m/{}", rest.join("/")),
                ..form.clone()
            })
        })
        .collect()
}
