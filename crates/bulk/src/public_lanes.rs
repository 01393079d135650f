//! Public keys of many accounts side by side: HMAC in vector lanes, points by the public-tweak tables.

use jinku_curves::{Curve, K1, Outcome, Parents, PublicPoint, PublicSum, PublicTweakTable, R1};
use jinku_hd::key::{Curve as HdCurve, ExtendedKey};
use jinku_lanes::{Backend, HmacKey, hmac_sha512_keyed, hmac_sha512_many};
use zeroize::{Zeroize, Zeroizing};

use crate::secret_lanes::SecretLanes;

/// A parent that all accounts share: point, compressed key and chain code (as a prepared HMAC key, wiped when dropped).
pub(crate) struct SharedParent<C: Curve> {
    point: PublicPoint<C>,
    compressed: [u8; 33],
    chain: HmacKey,
}

impl<C: Curve> SharedParent<C> {
    /// The parent of a compressed key, or None where it is no point.
    pub(crate) fn new(compressed: &[u8; 33], chain_code: &[u8; 32]) -> Option<Self> {
        let point = PublicPoint::from_compressed(compressed).ok()?;
        Some(Self {
            point,
            compressed: *compressed,
            chain: HmacKey::new(chain_code),
        })
    }

    /// The children of these numbers (BIP-32 CKDpub, SLIP-10), and their chain codes where `keep_chains` asks for them.
    pub(crate) fn children(
        &self,
        backend: Backend,
        table: &PublicTweakTable<C>,
        numbers: &[u32],
        keep_chains: bool,
    ) -> PublicLanes {
        let mut messages = vec![[0u8; 37]; numbers.len()];
        for (message, number) in messages.iter_mut().zip(numbers) {
            message[..33].copy_from_slice(&self.compressed);
            message[33..].copy_from_slice(&number.to_be_bytes());
        }
        let mut nodes = Zeroizing::new(vec![[0u8; 64]; numbers.len()]);
        hmac_sha512_many(backend, &self.chain, &messages, &mut nodes);
        PublicLanes::from_nodes(
            backend,
            table,
            Parents::Same(&self.point),
            &nodes,
            keep_chains,
        )
    }
}

/// Points and chain codes of one group of accounts. Chain codes are sealed like secrets, so they are wiped.
pub(crate) struct PublicLanes {
    pub(crate) points: Vec<PublicSum>,
    pub(crate) chains: Zeroizing<Vec<[u8; 32]>>,
}

impl PublicLanes {
    fn from_nodes<C: Curve>(
        backend: Backend,
        table: &PublicTweakTable<C>,
        parents: Parents<'_, C>,
        nodes: &[[u8; 64]],
        keep_chains: bool,
    ) -> Self {
        let mut tweaks = vec![[0u8; 32]; nodes.len()];
        for (tweak, node) in tweaks.iter_mut().zip(nodes) {
            tweak.copy_from_slice(&node[..32]);
        }
        let mut points = vec![PublicSum::EMPTY; nodes.len()];
        table.add_public_tweaks(backend, parents, &tweaks, &mut points);
        tweaks.zeroize();
        let mut chains = Zeroizing::new(Vec::new());
        if keep_chains {
            chains.reserve_exact(nodes.len());
            for node in nodes {
                let mut chain = Zeroizing::new([0u8; 32]);
                chain.copy_from_slice(&node[32..]);
                chains.push(*chain);
            }
        }
        Self { points, chains }
    }

    /// Each lane has moved to the child of that number, all without hardened bit. A lane whose point is not valid stays so.
    pub(crate) fn step<C: Curve>(
        &mut self,
        backend: Backend,
        table: &PublicTweakTable<C>,
        numbers: &[u32],
    ) {
        let count = self.points.len();
        let mut messages = vec![[0u8; 37]; count];
        let mut parents = Vec::with_capacity(count);
        for ((message, point), number) in messages.iter_mut().zip(&self.points).zip(numbers) {
            message[..33].copy_from_slice(&point.compressed());
            message[33..].copy_from_slice(&number.to_be_bytes());
            parents.push(
                PublicPoint::from_xy(&point.x, &point.y)
                    .unwrap_or_else(|_| PublicPoint::generator()),
            );
        }
        let mut nodes = Zeroizing::new(vec![[0u8; 64]; count]);
        hmac_sha512_keyed(backend, &self.chains, &messages, &mut nodes);
        let next = Self::from_nodes(backend, table, Parents::Each(&parents), &nodes, true);
        for (point, child) in self.points.iter_mut().zip(next.points) {
            if point.outcome.is_valid() {
                *point = child;
            }
        }
        self.chains = next.chains;
    }
}

impl PublicLanes {
    /// The public halves of secret lanes.
    pub(crate) fn from_secret(backend: Backend, lanes: &SecretLanes) -> Self {
        Self {
            points: lanes.points(backend),
            chains: Zeroizing::new(lanes.chains().to_vec()),
        }
    }

    /// [`PublicLanes::step`] on the curve's shared table.
    pub(crate) fn step_on(&mut self, backend: Backend, curve: HdCurve, numbers: &[u32]) {
        match curve {
            HdCurve::Nist256p1 => self.step(backend, PublicTweakTable::<R1>::shared(), numbers),
            _ => self.step(backend, PublicTweakTable::<K1>::shared(), numbers),
        }
    }
}

/// The public point of a key on secp256k1 or P-256.
pub(crate) fn point_of(key: &ExtendedKey) -> Option<PublicSum> {
    let compressed: [u8; 33] = key.public_key().try_into().ok()?;
    let (x, y) = match key.curve() {
        HdCurve::Secp256k1 => PublicPoint::<K1>::from_compressed(&compressed)
            .ok()?
            .to_xy(),
        HdCurve::Nist256p1 => PublicPoint::<R1>::from_compressed(&compressed)
            .ok()?
            .to_xy(),
        HdCurve::Ed25519 => return None,
    };
    Some(PublicSum {
        x,
        y,
        outcome: Outcome::Added,
    })
}
