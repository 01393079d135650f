//! Self-mode wallets: each its own words, made in bulk.

use jinku_address::Form;
use jinku_curves::PublicSum;
use jinku_hd::bip39::{Language, Mnemonic, ROUNDS, seed_salt};
use jinku_hd::key::{Curve, ExtendedKey};
use jinku_lanes::{Backend, HmacKey, hmac_sha512_many, pbkdf2_hmac_sha512};
use rayon::prelude::*;
use ripemd::Ripemd160;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::batch::{Batch, join};
use crate::encode::{Encoder, Keys};
use crate::error::BulkError;
use crate::leaf::{Job, LeafWriter, next};
use crate::plan::{Plan, curve_of};
use crate::public_lanes::{PublicLanes, point_of};
use crate::secret_lanes::SecretLanes;

/// Wallets made together; a power of two, as a group's Merkle root is a node of the batch's tree.
const GROUP: usize = 64;

/// One wallet that nobody else holds the words of. Wiped when dropped; no Debug.
pub struct Wallet {
    /// Its words.
    pub mnemonic: Mnemonic,
    /// Its addresses, one a form, at account number 0.
    pub addresses: Vec<String>,
    /// Fingerprint of its secp256k1 master key (BIP-32).
    pub fingerprint: [u8; 4],
}

impl Wallet {
    /// Words alone.
    fn bare(mnemonic: Mnemonic) -> Self {
        Self {
            mnemonic,
            addresses: Vec::new(),
            fingerprint: [0; 4],
        }
    }
}

/// Wallets, with their addresses once more as columns and under a Merkle root.
pub struct WalletBatch {
    /// The wallets in order.
    pub wallets: Vec<Wallet>,
    /// Their addresses, packed, and the root over their leaves. A leaf's index counts from `start`; its paths hold number 0.
    pub batch: Batch,
}

/// `count` wallets with fresh entropy of the operating system, on every core; secret scalars in constant time.
///
/// `job` and `ts_ms` fix the account ids in the leaves, which count from `start`. The words have no BIP-39 passphrase.
///
/// # Errors
/// No form, a form that cannot be derived, an impossible number of words, or no randomness.
pub fn make_wallets(
    count: usize,
    language: Language,
    words: u8,
    forms: &[Form],
    job: &[u8; 16],
    ts_ms: u64,
    start: u64,
) -> Result<WalletBatch, BulkError> {
    let mut wallets = Vec::with_capacity(count);
    for _ in 0..count {
        wallets.push(Wallet::bare(Mnemonic::generate(words, language)?));
    }
    complete(wallets, forms, job, ts_ms, start, jinku_lanes::backend())
}

/// As [`make_wallets`], for words that exist.
///
/// # Errors
/// As [`make_wallets`].
pub fn wallets_of(
    mnemonics: Vec<Mnemonic>,
    forms: &[Form],
    job: &[u8; 16],
    ts_ms: u64,
    start: u64,
    backend: Backend,
) -> Result<WalletBatch, BulkError> {
    // Copied, not moved: each old one is wiped where it stood, and no bytes stay behind in a freed buffer.
    let mut wallets = Vec::with_capacity(mnemonics.len());
    for mnemonic in &mnemonics {
        wallets.push(Wallet::bare(Mnemonic::from_entropy(
            mnemonic.entropy(),
            mnemonic.language(),
        )?));
    }
    drop(mnemonics);
    complete(wallets, forms, job, ts_ms, start, backend)
}

/// Wallets that have their words get their addresses.
fn complete(
    mut wallets: Vec<Wallet>,
    forms: &[Form],
    job: &[u8; 16],
    ts_ms: u64,
    start: u64,
    backend: Backend,
) -> Result<WalletBatch, BulkError> {
    let maker = Maker::new(forms, backend)?;
    if wallets.is_empty() || start.checked_add(wallets.len() as u64).is_none() {
        let count = wallets.len() as u64;
        return Err(BulkError::Range { start, count });
    }
    let writer = LeafWriter::new(&forms.iter().collect::<Vec<_>>());
    let job = Job { id: job, ts_ms };
    let groups: Vec<(Columns, [u8; 32])> = wallets
        .par_chunks_mut(GROUP)
        .enumerate()
        .map(|(at, wallets)| {
            let first = start + (at * GROUP) as u64;
            let columns = maker.group(wallets, first);
            jinku_lanes::scrub_stack();
            let columns = columns?;
            let leaves = writer.hashes(job, first, wallets.len(), true, &columns);
            Ok((columns, jinku_proof::root(&leaves)))
        })
        .collect::<Result<_, BulkError>>()?;
    jinku_lanes::scrub_stack();
    let batch = join(forms.len(), groups);
    Ok(WalletBatch { wallets, batch })
}

/// One packed column a form.
type Columns = Vec<Vec<u8>>;

/// What all groups share.
struct Maker<'a> {
    forms: &'a [Form],
    plans: Vec<Plan>,
    encoders: Vec<Encoder>,
    backend: Backend,
}

impl<'a> Maker<'a> {
    fn new(forms: &'a [Form], backend: Backend) -> Result<Self, BulkError> {
        if forms.is_empty() {
            return Err(BulkError::NoForms);
        }
        let plans = forms
            .iter()
            .map(Plan::from_master)
            .collect::<Result<_, _>>()?;
        let encoders = forms.iter().map(Encoder::new).collect::<Result<_, _>>()?;
        Ok(Self {
            forms,
            plans,
            encoders,
            backend,
        })
    }

    /// The columns of one group, whose wallets get their addresses and fingerprints.
    fn group(&self, wallets: &mut [Wallet], first: u64) -> Result<Columns, BulkError> {
        let seeds = self.seeds(wallets);
        let k1 = self.masters(Curve::Secp256k1, &seeds);
        let masters = SecretLanes::from_nodes(Curve::Secp256k1, &k1).points(self.backend);
        for (wallet, master) in wallets.iter_mut().zip(&masters) {
            wallet.fingerprint = fingerprint(master);
        }
        let mut others: Vec<(Curve, Zeroizing<Vec<[u8; 64]>>)> = Vec::new();
        let mut columns = Vec::with_capacity(self.forms.len());
        for (position, form) in self.forms.iter().enumerate() {
            let curve = curve_of(form.family);
            if curve != Curve::Secp256k1 && !others.iter().any(|(known, _)| *known == curve) {
                others.push((curve, self.masters(curve, &seeds)));
            }
            let nodes = others
                .iter()
                .find(|(known, _)| *known == curve)
                .map_or(&k1, |(_, nodes)| nodes);
            let keys = self.keys(position, nodes, &seeds, first)?;
            let mut column = Vec::with_capacity(wallets.len() * 64);
            self.encoders[position].put_all(self.backend, &keys, &mut column);
            let mut cursor = 0;
            for wallet in wallets.iter_mut() {
                let text = next(&column, &mut cursor);
                wallet
                    .addresses
                    .push(String::from_utf8_lossy(text).into_owned());
            }
            columns.push(column);
        }
        Ok(columns)
    }

    fn seeds(&self, wallets: &[Wallet]) -> Zeroizing<Vec<[u8; 64]>> {
        let passwords: Vec<Zeroizing<String>> = wallets
            .iter()
            .map(|wallet| wallet.mnemonic.seed_password())
            .collect();
        let salt = seed_salt("");
        let items: Vec<(&[u8], &[u8])> = passwords
            .iter()
            .map(|p| (p.as_bytes(), salt.as_bytes()))
            .collect();
        let mut seeds = Zeroizing::new(vec![[0u8; 64]; items.len()]);
        pbkdf2_hmac_sha512(self.backend, &items, ROUNDS, &mut seeds);
        seeds
    }

    /// Master nodes (BIP-32, SLIP-10 "Master key generation").
    fn masters(&self, curve: Curve, seeds: &[[u8; 64]]) -> Zeroizing<Vec<[u8; 64]>> {
        let mut nodes = Zeroizing::new(vec![[0u8; 64]; seeds.len()]);
        let key = HmacKey::new(curve.seed_label());
        hmac_sha512_many(self.backend, &key, seeds, &mut nodes);
        nodes
    }

    fn keys(
        &self,
        position: usize,
        nodes: &[[u8; 64]],
        seeds: &[[u8; 64]],
        first: u64,
    ) -> Result<Keys, BulkError> {
        let plan = &self.plans[position];
        let mut secret = SecretLanes::from_nodes(plan.curve, nodes);
        for step in &plan.private {
            secret.step(self.backend, |_| step.at(0));
        }
        if plan.curve == Curve::Ed25519 {
            return Ok(Keys::Ed25519(secret.ed25519_keys()));
        }
        let mut lanes = PublicLanes::from_secret(self.backend, &secret);
        for step in &plan.public {
            lanes.step_on(self.backend, plan.curve, &vec![step.at(0); nodes.len()]);
        }
        for (lane, point) in lanes.points.iter_mut().enumerate() {
            if !point.outcome.is_valid() {
                *point = self.one_lane(position, &seeds[lane], first + lane as u64)?;
            }
        }
        Ok(Keys::Points(lanes.points))
    }

    /// A lane without a valid key, derived alone: there SLIP-10 hashes again and BIP-32 refuses.
    fn one_lane(
        &self,
        position: usize,
        seed: &[u8; 64],
        index: u64,
    ) -> Result<PublicSum, BulkError> {
        let path = &self.forms[position].path;
        let none = || BulkError::NoKey {
            index,
            path: path.clone(),
        };
        let parsed =
            jinku_hd::path::Path::parse(&self.forms[position].path_at(0)).map_err(|_| none())?;
        let master =
            ExtendedKey::from_seed(self.plans[position].curve, seed).map_err(|_| none())?;
        point_of(&master.derive(&parsed).map_err(|_| none())?).ok_or_else(none)
    }
}

/// The first four bytes of HASH160 of the key (BIP-32, "Key identifiers").
fn fingerprint(point: &PublicSum) -> [u8; 4] {
    let hash = Ripemd160::digest(Sha256::digest(point.compressed()));
    [hash[0], hash[1], hash[2], hash[3]]
}
