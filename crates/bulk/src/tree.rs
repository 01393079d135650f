//! One vault's tree: the parents of every form, ready for accounts in bulk.

use jinku_address::Form;
use jinku_curves::{K1, PublicSum, PublicTweakTable, R1};
use jinku_hd::key::{Curve, ExtendedKey, KeyError};
use jinku_hd::path::HARDENED;
use jinku_lanes::Backend;
use jinku_secrets::{Secret, SecretBytes};
use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::encode::{Encoder, Keys};
use crate::error::BulkError;
use crate::leaf::{Job, LeafWriter};
use crate::plan::Plan;
use crate::public_lanes::{PublicLanes, SharedParent};
use crate::recheck;
use crate::secret_lanes::SecretLanes;

/// Most accounts derived together; larger groups gain nothing more from their shared inversions.
const LARGEST_GROUP: usize = 2048;
/// Least, unless the batch is smaller.
const SMALLEST_GROUP: usize = 256;

/// Accounts derived together: several groups for each core, and a power of two, so that each group's Merkle root is a node of the
/// batch's tree (RFC 6962).
fn group_size(count: usize) -> usize {
    let share = count / (4 * rayon::current_num_threads().max(1));
    let power = 1 << share.max(1).ilog2();
    power.clamp(SMALLEST_GROUP, LARGEST_GROUP)
}

/// The addresses of one form: for each account in order a length byte, then ASCII.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// The packed texts.
    pub packed: Vec<u8>,
}

impl Column {
    /// The texts in account order.
    pub fn texts(&self) -> impl Iterator<Item = &[u8]> {
        let mut cursor = 0;
        std::iter::from_fn(move || {
            (cursor < self.packed.len()).then(|| crate::leaf::next(&self.packed, &mut cursor))
        })
    }
}

/// Addresses of a range of accounts and the Merkle root over their leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// One column a form, in the order of the forms.
    pub columns: Vec<Column>,
    /// RFC 6962 root over the account leaves (`jinku_proof::batch_leaf`).
    pub root: [u8; 32],
}

/// Where a tree starts.
pub enum Root<'a> {
    /// A seed of 16 to 64 bytes, for all curves (BIP-32, SLIP-10).
    Seed(&'a [u8]),
    /// A master key, for the forms of its curve (an imported xprv).
    Master(&'a ExtendedKey),
}

enum Parent {
    K1(SharedParent<K1>),
    R1(SharedParent<R1>),
    /// Key and chain code: accounts need a private step of their own.
    Private(Secret<64>),
}

/// Forms that share path and curve, and so their keys.
struct Source {
    plan: Plan,
    parent: Parent,
    /// Position of one form that has this path.
    form: usize,
}

enum Origin {
    Seed(SecretBytes),
    Node(Secret<64>, Curve),
}

/// The parents of every form of a vault. Secrets lie in guarded memory; no Debug, no Clone.
pub struct Tree {
    forms: Vec<Form>,
    encoders: Vec<Encoder>,
    /// For each form, its source.
    source_of: Vec<usize>,
    sources: Vec<Source>,
    origin: Origin,
    fingerprint: [u8; 4],
    backend: Backend,
}

impl Tree {
    /// The tree of a 64-byte BIP-39 seed.
    ///
    /// # Errors
    /// A form that is not derivable; no form at all; a seed without master key (never seen).
    pub fn new(seed: &[u8; 64], forms: &[Form]) -> Result<Self, BulkError> {
        Self::from_root(&Root::Seed(seed), forms)
    }

    /// The tree of any root.
    ///
    /// # Errors
    /// As [`Tree::new`]; [`BulkError::OtherCurve`] where a form needs another curve than a master key's.
    pub fn from_root(root: &Root<'_>, forms: &[Form]) -> Result<Self, BulkError> {
        if forms.is_empty() {
            return Err(BulkError::NoForms);
        }
        let (mut sources, mut source_of) = (Vec::<Source>::new(), Vec::new());
        for (position, form) in forms.iter().enumerate() {
            let plan = Plan::under_tree(form)?;
            let known = sources.iter().position(|source| source.plan == plan);
            source_of.push(known.unwrap_or(sources.len()));
            if known.is_none() {
                let master = master_key(root, form, plan.curve)?;
                let parent = parent_of(&master.derive(&plan.prefix)?, &plan)?;
                sources.push(Source {
                    plan,
                    parent,
                    form: position,
                });
            }
        }
        let (origin, fingerprint) = match root {
            Root::Seed(seed) => {
                let master = ExtendedKey::from_seed(Curve::Secp256k1, seed)?;
                (
                    Origin::Seed(SecretBytes::from_slice(seed)),
                    master.fingerprint(),
                )
            }
            Root::Master(key) => (Origin::Node(node_of(key), key.curve()), key.fingerprint()),
        };
        let encoders = forms.iter().map(Encoder::new).collect::<Result<_, _>>()?;
        let (forms, backend) = (forms.to_vec(), jinku_lanes::backend());
        Ok(Self {
            forms,
            encoders,
            source_of,
            sources,
            origin,
            fingerprint,
            backend,
        })
    }

    /// The same tree, hashing on another backend than the best (for measurements and tests).
    #[must_use]
    pub fn on(mut self, backend: Backend) -> Self {
        self.backend = backend;
        self
    }

    /// The forms in their order.
    pub fn forms(&self) -> &[Form] {
        &self.forms
    }

    /// The master key's fingerprint (BIP-32; of the secp256k1 master where the root is a seed).
    pub fn fingerprint(&self) -> [u8; 4] {
        self.fingerprint
    }

    /// The addresses of accounts `start..start + count` in every form, on every core, and their root.
    ///
    /// `job` and `ts_ms` fix the account ids, which stand in the leaves.
    ///
    /// # Errors
    /// [`BulkError::Range`]; [`BulkError::NoKey`] (never seen) names an account to skip.
    pub fn derive(
        &self,
        job: &[u8; 16],
        ts_ms: u64,
        start: u64,
        count: u32,
    ) -> Result<Batch, BulkError> {
        let all: Vec<usize> = (0..self.forms.len()).collect();
        self.derive_forms(&all, job, ts_ms, start, count)
    }

    /// As [`Tree::derive`], for the forms at these positions, in this order.
    ///
    /// # Errors
    /// As [`Tree::derive`]; [`BulkError::NoSuchForm`]; [`BulkError::NoForms`].
    pub fn derive_forms(
        &self,
        positions: &[usize],
        job: &[u8; 16],
        ts_ms: u64,
        start: u64,
        count: u32,
    ) -> Result<Batch, BulkError> {
        let range = check_range(start, count)?;
        let forms: Vec<&Form> = positions
            .iter()
            .map(|at| {
                self.forms
                    .get(*at)
                    .ok_or(BulkError::NoSuchForm { position: *at })
            })
            .collect::<Result<_, _>>()?;
        if forms.is_empty() {
            return Err(BulkError::NoForms);
        }
        let writer = LeafWriter::new(&forms);
        let job = Job { id: job, ts_ms };
        let size = group_size(count as usize);
        let groups: Vec<(Vec<Vec<u8>>, [u8; 32])> = (0..(count as usize).div_ceil(size))
            .into_par_iter()
            .map(|group| {
                let first = range.start + (group * size) as u32;
                let length = (range.end - first).min(size as u32);
                let columns = self.group(positions, first, length);
                jinku_lanes::scrub_stack();
                let columns = columns?;
                let leaves = writer.hashes(job, u64::from(first), length as usize, false, &columns);
                Ok((columns, jinku_proof::root(&leaves)))
            })
            .collect::<Result<_, BulkError>>()?;
        Ok(join(positions.len(), groups))
    }

    /// The addresses of one account by a second, independent way from the master secret: private derivation all the way, other
    /// libraries, other encoders. Compare it with what [`Tree::derive`] gave.
    ///
    /// # Errors
    /// [`BulkError::Range`], [`BulkError::NoKey`].
    pub fn recheck(&self, index: u64) -> Result<Vec<String>, BulkError> {
        let number = check_range(index, 1)?.start;
        let root = match &self.origin {
            Origin::Seed(seed) => recheck::Root::Seed(seed.expose()),
            Origin::Node(node, _) => recheck::Root::Node(node.expose()),
        };
        let address = |form: &Form| {
            let none = || BulkError::NoKey {
                index,
                path: form.path.clone(),
            };
            recheck::address(&root, form, number).ok_or_else(none)
        };
        let addresses = self.forms.iter().map(address).collect();
        jinku_lanes::scrub_stack();
        addresses
    }

    /// [`Tree::recheck`] of many accounts on every core.
    ///
    /// # Errors
    /// As [`Tree::recheck`].
    pub fn recheck_many(&self, indices: &[u64]) -> Result<Vec<Vec<String>>, BulkError> {
        indices
            .par_iter()
            .map(|index| self.recheck(*index))
            .collect()
    }

    /// One column a position for one group of accounts.
    fn group(
        &self,
        positions: &[usize],
        first: u32,
        length: u32,
    ) -> Result<Vec<Vec<u8>>, BulkError> {
        let mut keys: Vec<Option<Keys>> = Vec::new();
        keys.resize_with(self.sources.len(), || None);
        let mut columns = Vec::with_capacity(positions.len());
        for position in positions {
            let source = self.source_of[*position];
            if keys[source].is_none() {
                keys[source] = Some(self.keys(&self.sources[source], first, length)?);
            }
            let mut column = Vec::with_capacity(length as usize * 64);
            if let Some(keys) = &keys[source] {
                self.encoders[*position].put_all(self.backend, keys, &mut column);
            }
            columns.push(column);
        }
        Ok(columns)
    }

    /// The public keys of one source for one group of accounts.
    fn keys(&self, source: &Source, first: u32, length: u32) -> Result<Keys, BulkError> {
        let plan = &source.plan;
        let numbers = |step: usize| -> Vec<u32> {
            (first..)
                .take(length as usize)
                .map(|index| plan.public[step].at(index))
                .collect()
        };
        let more = plan.public.len() > 1;
        let (mut lanes, done) = match &source.parent {
            Parent::K1(parent) => (
                parent.children(
                    self.backend,
                    PublicTweakTable::<K1>::shared(),
                    &numbers(0),
                    more,
                ),
                1,
            ),
            Parent::R1(parent) => (
                parent.children(
                    self.backend,
                    PublicTweakTable::<R1>::shared(),
                    &numbers(0),
                    more,
                ),
                1,
            ),
            Parent::Private(node) => {
                let mut nodes = Zeroizing::new(vec![[0u8; 64]; length as usize]);
                nodes
                    .iter_mut()
                    .for_each(|lane| lane.copy_from_slice(node.expose()));
                let mut lanes = SecretLanes::from_nodes(plan.curve, &nodes);
                for step in &plan.private {
                    lanes.step(self.backend, |lane| step.at(first + lane as u32));
                }
                if plan.curve == Curve::Ed25519 {
                    return Ok(Keys::Ed25519(lanes.ed25519_keys()));
                }
                (PublicLanes::from_secret(&lanes), 0)
            }
        };
        for step in done..plan.public.len() {
            lanes.step_on(self.backend, plan.curve, &numbers(step));
        }
        self.complete(source, first, &mut lanes.points)?;
        Ok(Keys::Points(lanes.points))
    }

    /// Lanes without a valid key are derived one by one: there SLIP-10 hashes again and BIP-32 refuses.
    fn complete(
        &self,
        source: &Source,
        first: u32,
        points: &mut [PublicSum],
    ) -> Result<(), BulkError> {
        for (lane, point) in points.iter_mut().enumerate() {
            if !point.outcome.is_valid() {
                let index = first + lane as u32;
                let form = &self.forms[source.form];
                let none = || BulkError::NoKey {
                    index: u64::from(index),
                    path: form.path.clone(),
                };
                let path = jinku_hd::path::Path::parse(&form.path_at(u64::from(index)))
                    .map_err(|_| none())?;
                let key = self
                    .master(source.plan.curve)?
                    .derive(&path)
                    .map_err(|_| none())?;
                *point = crate::public_lanes::point_of(&key).ok_or_else(none)?;
            }
        }
        Ok(())
    }

    fn master(&self, curve: Curve) -> Result<ExtendedKey, KeyError> {
        match &self.origin {
            Origin::Seed(seed) => ExtendedKey::from_seed(curve, seed.expose()),
            Origin::Node(node, curve) => {
                let (key, chain) = halves(node.expose());
                ExtendedKey::from_parts(*curve, &key, &chain)
            }
        }
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

fn check_range(start: u64, count: u32) -> Result<std::ops::Range<u32>, BulkError> {
    let end = start
        .checked_add(u64::from(count))
        .filter(|end| *end <= u64::from(HARDENED));
    match (end, u32::try_from(start)) {
        (Some(end), Ok(first)) if count > 0 => Ok(first..end as u32),
        _ => Err(BulkError::Range {
            start,
            count: u64::from(count),
        }),
    }
}

/// The groups' columns one behind another, and the root over the groups' roots.
pub(crate) fn join(width: usize, groups: Vec<(Vec<Vec<u8>>, [u8; 32])>) -> Batch {
    let mut columns = vec![Column::default(); width];
    for (at, column) in columns.iter_mut().enumerate() {
        column
            .packed
            .reserve_exact(groups.iter().map(|(parts, _)| parts[at].len()).sum());
        groups
            .iter()
            .for_each(|(parts, _)| column.packed.extend_from_slice(&parts[at]));
    }
    let roots: Vec<[u8; 32]> = groups.iter().map(|(_, root)| *root).collect();
    Batch {
        columns,
        root: jinku_proof::root(&roots),
    }
}
