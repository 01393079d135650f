//! Password hashing of foreign files, with a bound on what a hostile file may ask for.

use scrypt::Params;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::ImportError;

/// What is allowed without a word: memory in bytes. geth's standard keystore takes 256 MiB.
pub(crate) const MEMORY_LIMIT: u64 = 1 << 30;
/// What is allowed without a word: estimated seconds on one core.
pub(crate) const SECONDS_LIMIT: u64 = 60;
/// What no flag allows: the memory could not be had, and the process would be killed.
pub(crate) const MEMORY_CEILING: u64 = 8 << 30;
/// What no flag allows: estimated seconds on one core.
pub(crate) const SECONDS_CEILING: u64 = 3600;

/// scrypt blocks (N·r·p) and PBKDF2-HMAC-SHA256 rounds a second, on a slow core.
const SCRYPT_RATE: u64 = 1_500_000;
const PBKDF2_RATE: u64 = 1_000_000;

/// A key derivation function with its parameters, not yet paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kdf {
    /// scrypt (RFC 7914).
    Scrypt {
        /// CPU and memory cost: a power of two.
        n: u64,
        /// Block size.
        r: u32,
        /// Parallelism.
        p: u32,
    },
    /// PBKDF2-HMAC-SHA256 (RFC 8018).
    Pbkdf2 {
        /// Iterations.
        rounds: u64,
    },
}

impl Kdf {
    /// Memory in bytes, saturating.
    pub fn memory(self) -> u64 {
        match self {
            Self::Scrypt { n, r, p } => {
                let block = u64::from(r).saturating_mul(128);
                block
                    .saturating_mul(n)
                    .saturating_add(block.saturating_mul(u64::from(p)))
            }
            Self::Pbkdf2 { .. } => 0,
        }
    }

    /// Estimated seconds on one core, rounded up, saturating.
    pub fn seconds(self) -> u64 {
        match self {
            Self::Scrypt { n, r, p } => n
                .saturating_mul(u64::from(r))
                .saturating_mul(u64::from(p))
                .div_ceil(SCRYPT_RATE),
            Self::Pbkdf2 { rounds } => rounds.div_ceil(PBKDF2_RATE),
        }
    }

    /// The cost is within the limits, or within the ceiling when a costly derivation was allowed.
    pub fn check(self, allow_costly: bool) -> Result<(), ImportError> {
        self.check_times(1, allow_costly)
    }

    /// As [`Kdf::check`], for a file that asks for several derivations.
    pub fn check_times(self, times: u64, allow_costly: bool) -> Result<(), ImportError> {
        let (memory, seconds) = (self.memory(), self.seconds().saturating_mul(times));
        let absolute = memory > MEMORY_CEILING || seconds > SECONDS_CEILING;
        if absolute || (!allow_costly && (memory > MEMORY_LIMIT || seconds > SECONDS_LIMIT)) {
            return Err(ImportError::Costly {
                kdf: self.to_string(),
                memory_mib: memory.div_ceil(1 << 20),
                seconds,
                absolute,
            });
        }
        Ok(())
    }

    /// The key is derived, if its cost is allowed and the parameters are sound.
    pub fn derive<const N: usize>(
        self,
        password: &[u8],
        salt: &[u8],
        allow_costly: bool,
    ) -> Result<Zeroizing<[u8; N]>, ImportError> {
        self.check(allow_costly)?;
        let mut key = Zeroizing::new([0u8; N]);
        match self {
            Self::Scrypt { n, r, p } => {
                let params = scrypt_params(n, r, p)?;
                // The buffer is asked for once, so that a lack of memory is an error and no abort.
                let wanted = usize::try_from(self.memory()).unwrap_or(usize::MAX);
                if Vec::<u8>::new().try_reserve_exact(wanted).is_err() {
                    return Err(self.unaffordable());
                }
                scrypt::scrypt(password, salt, &params, &mut key[..])
                    .map_err(|_| self.unaffordable())?;
            }
            Self::Pbkdf2 { rounds } => {
                let rounds = u32::try_from(rounds).ok().filter(|rounds| *rounds > 0);
                let rounds = rounds.ok_or(bad("c", "1 to 4294967295 rounds"))?;
                pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, rounds, &mut key[..]);
            }
        }
        Ok(key)
    }

    fn unaffordable(self) -> ImportError {
        let memory_mib = self.memory().div_ceil(1 << 20);
        ImportError::Costly {
            kdf: self.to_string(),
            memory_mib,
            seconds: self.seconds(),
            absolute: true,
        }
    }
}

fn bad(field: &'static str, expected: &'static str) -> ImportError {
    ImportError::Field {
        format: "key derivation",
        field,
        expected,
    }
}

fn scrypt_params(n: u64, r: u32, p: u32) -> Result<Params, ImportError> {
    if n < 2 || !n.is_power_of_two() {
        return Err(bad("n", "a power of two above 1"));
    }
    if r == 0 || p == 0 || u64::from(r) * u64::from(p) >= 1 << 30 {
        return Err(bad("r, p", "r and p above 0, with r times p below 2^30"));
    }
    let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| bad("n", "a power of two"))?;
    Params::new(log_n, r, p).map_err(|_| bad("n, r, p", "parameters that RFC 7914 allows"))
}

impl std::fmt::Display for Kdf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Scrypt { n, r, p } => write!(f, "scrypt with n={n}, r={r}, p={p}"),
            Self::Pbkdf2 { rounds } => write!(f, "PBKDF2 with {rounds} rounds"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GETH: Kdf = Kdf::Scrypt {
        n: 1 << 18,
        r: 8,
        p: 1,
    };

    /// RFC 7914, section 12 (second vector) and section 11 (second vector, PBKDF2).
    #[test]
    fn derives_what_the_standard_derives() {
        let key = Kdf::Scrypt {
            n: 1024,
            r: 8,
            p: 16,
        }
        .derive::<64>(b"password", b"NaCl", false)
        .unwrap();
        assert!(
            hex::encode(&key[..])
                .starts_with("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162")
        );
        let key = Kdf::Pbkdf2 { rounds: 80_000 }
            .derive::<64>(b"Password", b"NaCl", false)
            .unwrap();
        assert!(
            hex::encode(&key[..])
                .starts_with("4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56")
        );
    }

    #[test]
    fn usual_costs_pass_and_absurd_ones_are_named() {
        assert_eq!(GETH.check(false), Ok(()));
        assert_eq!((GETH.memory() >> 20, GETH.seconds()), (256, 2));
        let heavy = Kdf::Scrypt {
            n: 1 << 22,
            r: 8,
            p: 1,
        };
        let told = heavy.check(false).unwrap_err().to_string();
        assert!(
            told.contains("n=4194304") && told.contains("4097 MiB") && told.contains("23 s"),
            "{told}"
        );
        assert_eq!(heavy.check(true), Ok(()), "an explicit flag allows it");
        for absurd in [
            Kdf::Scrypt {
                n: 1 << 40,
                r: 8,
                p: 1,
            },
            Kdf::Scrypt {
                n: u64::MAX,
                r: u32::MAX,
                p: u32::MAX,
            },
            Kdf::Scrypt {
                n: 2,
                r: 1,
                p: u32::MAX,
            },
            Kdf::Pbkdf2 { rounds: u64::MAX },
        ] {
            assert!(
                matches!(
                    absurd.check(true),
                    Err(ImportError::Costly { absolute: true, .. })
                ),
                "{absurd}"
            );
            assert!(absurd.derive::<32>(b"", b"", true).is_err());
        }
        let slow = Kdf::Pbkdf2 {
            rounds: 100_000_000,
        };
        assert!(matches!(
            slow.check(false),
            Err(ImportError::Costly {
                seconds: 100,
                absolute: false,
                ..
            })
        ));
        assert!(GETH.check_times(1000, false).is_err());
    }

    #[test]
    fn unsound_parameters_are_refused() {
        for (n, r, p) in [
            (0, 8, 1),
            (1, 8, 1),
            (3, 8, 1),
            (1000, 8, 1),
            (1024, 0, 1),
            (1024, 8, 0),
        ] {
            let made = Kdf::Scrypt { n, r, p }.derive::<32>(b"", b"", true);
            assert!(
                matches!(made, Err(ImportError::Field { .. })),
                "{n} {r} {p}"
            );
        }
        assert!(
            Kdf::Pbkdf2 { rounds: 0 }
                .derive::<32>(b"", b"", true)
                .is_err()
        );
    }

    proptest! {
        #[test]
        fn no_parameters_overflow(n in any::<u64>(), r in any::<u32>(), p in any::<u32>()) {
            let kdf = Kdf::Scrypt { n, r, p };
            let _ = (kdf.memory(), kdf.seconds(), kdf.check(true), kdf.check_times(n, false));
        }
    }
}
