//! One vault's tree: the parents of every form, ready for accounts in bulk.

use jinku_address::Form;
use jinku_curves::{K1, PublicSum, PublicTweakTable, R1};
use jinku_hd::key::Curve;
use jinku_lanes::Backend;
use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::batch::{Batch, check_range, group_size, join};
use crate::encode::{Encoder, Keys};
use crate::error::BulkError;
use crate::leaf::{Job, LeafWriter};
use crate::origin::{Origin, Parent, Root, Source};
use crate::plan::Plan;
use crate::public_lanes::{PublicLanes, point_of};
use crate::recheck;
use crate::secret_lanes::SecretLanes;

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
                sources.push(Source::new(root, form, plan, position)?);
            }
        }
        let (origin, fingerprint) = Origin::keep(root)?;
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

    /// The addresses of one account by an independent way from the master secret: private derivation, other libraries, other encoders.
    ///
    /// # Errors
    /// [`BulkError::Range`], [`BulkError::NoKey`].
    pub fn recheck(&self, index: u64) -> Result<Vec<String>, BulkError> {
        let number = check_range(index, 1)?.start;
        let root = self.origin.independent();
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
                (PublicLanes::from_secret(self.backend, &lanes), 0)
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
                    .origin
                    .master(source.plan.curve)?
                    .derive(&path)
                    .map_err(|_| none())?;
                *point = point_of(&key).ok_or_else(none)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jinku_address::Family;

    #[test]
    fn a_lane_without_key_is_derived_alone() {
        let forms = Form::defaults(&[Family::Evm, Family::Neo]);
        let tree = Tree::new(&[8; 64], &forms).expect("tree");
        for source in &tree.sources {
            let Ok(Keys::Points(good)) = tree.keys(source, 40, 3) else {
                panic!("points")
            };
            let mut points = vec![good[0], PublicSum::EMPTY, good[2]];
            tree.complete(source, 40, &mut points).expect("keys");
            assert_eq!(points, good);
        }
    }
}
