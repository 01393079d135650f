//! Argon2id (RFC 9106) with bounds on what a file may ask for.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use jinku_secrets::Secret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::EnvelopeError;

/// Cost of a passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KdfParams {
    /// Memory in KiB.
    pub m_kib: u32,
    /// Passes.
    pub t: u32,
    /// Lanes.
    pub p: u32,
}

impl Default for KdfParams {
    /// The second recommended option of RFC 9106 section 4: 64 MiB, 3 passes, 4 lanes.
    fn default() -> Self {
        Self {
            m_kib: 64 * 1024,
            t: 3,
            p: 4,
        }
    }
}

impl KdfParams {
    /// Most memory that is accepted, in KiB: 4 GiB.
    pub const MAX_M_KIB: u32 = 4 * 1024 * 1024;
    /// Most passes that are accepted.
    pub const MAX_T: u32 = 64;
    /// Most lanes that are accepted.
    pub const MAX_P: u32 = 64;
    /// Least memory for something new, in KiB: 19 MiB, the least that OWASP advises for Argon2id.
    pub const MIN_NEW_M_KIB: u32 = 19 * 1024;

    /// Holds when the parameters are within bounds that a machine can serve; files are read with this check.
    ///
    /// # Errors
    /// [`EnvelopeError::KdfAbsurd`] with the figure found.
    pub fn check(&self) -> Result<(), EnvelopeError> {
        let checks = [
            (
                "memory (KiB)",
                self.m_kib,
                self.p.saturating_mul(8).max(8),
                Self::MAX_M_KIB,
            ),
            ("passes", self.t, 1, Self::MAX_T),
            ("lanes", self.p, 1, Self::MAX_P),
        ];
        for (field, found, least, most) in checks {
            if found < least || found > most {
                return Err(EnvelopeError::KdfAbsurd {
                    field,
                    found,
                    least,
                    most,
                });
            }
        }
        Ok(())
    }

    /// Holds when the parameters may protect something new: within bounds, and not too cheap to guess against.
    ///
    /// # Errors
    /// [`EnvelopeError::KdfAbsurd`] with the figure found.
    pub fn check_new(&self) -> Result<(), EnvelopeError> {
        self.check()?;
        if self.m_kib < Self::MIN_NEW_M_KIB {
            let (field, found) = ("memory (KiB)", self.m_kib);
            return Err(EnvelopeError::KdfAbsurd {
                field,
                found,
                least: Self::MIN_NEW_M_KIB,
                most: Self::MAX_M_KIB,
            });
        }
        Ok(())
    }
}

/// Argon2's working memory, wiped when dropped, also when the derivation fails.
struct Memory(Vec<Block>);

impl Drop for Memory {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(Zeroize::zeroize);
    }
}

/// Returns the 32-byte Argon2id (version 0x13) output for a passphrase; its working memory is wiped.
///
/// # Errors
/// [`EnvelopeError::KdfAbsurd`] for parameters out of bounds, [`EnvelopeError::KdfMemory`] when they cannot be allocated.
pub fn derive_kek(
    passphrase: &[u8],
    salt: &[u8; 16],
    params: &KdfParams,
) -> Result<Secret<32>, EnvelopeError> {
    params.check()?;
    let refused = |_| EnvelopeError::KdfMemory {
        m_kib: params.m_kib,
    };
    let costs = Params::new(params.m_kib, params.t, params.p, Some(32)).map_err(refused)?;
    let mut memory = Memory(Vec::new());
    let blocks = costs.block_count();
    memory
        .0
        .try_reserve_exact(blocks)
        .map_err(|_| EnvelopeError::KdfMemory {
            m_kib: params.m_kib,
        })?;
    memory.0.resize(blocks, Block::new());
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, costs);
    Secret::try_init(|out| {
        argon
            .hash_password_into_with_memory(passphrase, salt, out, &mut memory.0[..])
            .map_err(refused)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: KdfParams = KdfParams {
        m_kib: 64,
        t: 1,
        p: 1,
    };

    /// The expected bytes come from another implementation (OpenSSL 3's Argon2id, through pyca/cryptography).
    #[test]
    fn another_implementation_agrees() {
        let salt: [u8; 16] = std::array::from_fn(|i| i as u8);
        let params = KdfParams {
            m_kib: 1024,
            t: 2,
            p: 2,
        };
        let key = derive_kek(b"correct horse", &salt, &params).expect("cheap");
        assert_eq!(
            crate::hex::encode(key.expose()),
            "1a7a877ce18517ba3a7acc9437fa58a32027b9f282a8366838dabdfb5def68a3"
        );
    }

    #[test]
    fn every_input_counts() {
        let salt = [7u8; 16];
        let base = derive_kek(b"correct horse", &salt, &CHEAP).expect("cheap");
        assert!(base.ct_eq(&derive_kek(b"correct horse", &salt, &CHEAP).expect("cheap")));
        let others = [
            derive_kek(b"correct horsf", &salt, &CHEAP),
            derive_kek(b"correct horse", &[8; 16], &CHEAP),
            derive_kek(b"correct horse", &salt, &KdfParams { m_kib: 72, ..CHEAP }),
            derive_kek(b"correct horse", &salt, &KdfParams { t: 2, ..CHEAP }),
            derive_kek(b"correct horse", &salt, &KdfParams { p: 2, ..CHEAP }),
        ];
        for other in others {
            assert!(!base.ct_eq(&other.expect("cheap")));
        }
    }

    #[test]
    fn absurd_costs_are_refused_with_the_figure() {
        let absurd = [
            KdfParams {
                m_kib: KdfParams::MAX_M_KIB + 1,
                ..CHEAP
            },
            KdfParams { t: 65, ..CHEAP },
            KdfParams {
                p: 65,
                m_kib: 1024,
                ..CHEAP
            },
            KdfParams { t: 0, ..CHEAP },
            KdfParams { p: 0, ..CHEAP },
            KdfParams { m_kib: 7, ..CHEAP },
            KdfParams {
                m_kib: 64,
                p: 9,
                t: 1,
            },
            KdfParams {
                m_kib: u32::MAX,
                t: u32::MAX,
                p: u32::MAX,
            },
        ];
        for params in absurd {
            let error = derive_kek(b"x", &[0; 16], &params).err().expect("refused");
            assert!(
                matches!(error, EnvelopeError::KdfAbsurd { .. }),
                "{params:?}"
            );
            assert!(
                error.to_string().chars().any(|c| c.is_ascii_digit()),
                "{error}"
            );
        }
        assert!(
            KdfParams {
                t: 64,
                p: 8,
                ..CHEAP
            }
            .check()
            .is_ok()
        );
    }

    #[test]
    fn new_things_are_not_made_cheap() {
        assert!(KdfParams::default().check_new().is_ok());
        assert!(CHEAP.check().is_ok() && CHEAP.check_new().is_err());
    }
}
