//! Which vector unit this CPU has, decided at run time.

use std::fmt;
use std::str::FromStr;

use crate::engine::Task;
use crate::wide::Scalar;

/// A way to hash several messages at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backend {
    /// One lane, the `sha2` crate; runs everywhere.
    Portable,
    /// Two lanes of AArch64 NEON.
    Neon,
    /// Four lanes of x86-64 AVX2.
    Avx2,
    /// Eight lanes of x86-64 AVX-512F, with native rotates and ternary logic.
    Avx512,
}

impl Backend {
    /// Messages that one call of this backend's kernel hashes together.
    pub fn lanes(self) -> usize {
        match self {
            Backend::Portable => 1,
            Backend::Neon => 2,
            Backend::Avx2 => 4,
            Backend::Avx512 => 8,
        }
    }

    /// Whether this CPU can run it.
    pub fn is_available(self) -> bool {
        match self {
            Backend::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Backend::Avx2 => crate::avx2::Avx2::detect().is_some(),
            #[cfg(target_arch = "x86_64")]
            Backend::Avx512 => crate::avx512::Avx512::detect().is_some(),
            #[cfg(target_arch = "aarch64")]
            Backend::Neon => true,
            #[allow(unreachable_patterns)]
            _ => false,
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Backend::Portable => "portable",
            Backend::Neon => "neon",
            Backend::Avx2 => "avx2",
            Backend::Avx512 => "avx512",
        })
    }
}

/// No backend has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownBackend(pub String);

impl fmt::Display for UnknownBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unknown lanes backend {:?}; expected auto, portable, neon, avx2 or avx512",
            self.0
        )
    }
}

impl std::error::Error for UnknownBackend {}

impl FromStr for Backend {
    type Err = UnknownBackend;

    /// The backend of that name; `auto` is the best that this CPU has.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "auto" => Ok(backend()),
            "portable" => Ok(Backend::Portable),
            "neon" => Ok(Backend::Neon),
            "avx2" => Ok(Backend::Avx2),
            "avx512" => Ok(Backend::Avx512),
            other => Err(UnknownBackend(other.to_owned())),
        }
    }
}

/// Every backend that this CPU can run, slowest first; never empty.
pub fn available() -> Vec<Backend> {
    [
        Backend::Portable,
        Backend::Neon,
        Backend::Avx2,
        Backend::Avx512,
    ]
    .into_iter()
    .filter(|b| b.is_available())
    .collect()
}

/// The fastest backend that this CPU can run.
pub fn backend() -> Backend {
    available().pop().unwrap_or(Backend::Portable)
}

/// The task over `count` items ran on `backend`'s widest engine that they fill, or on the portable one where this CPU lacks it.
#[cfg_attr(not(target_arch = "x86_64"), allow(unused_variables))]
pub(crate) fn dispatch<T: Task>(backend: Backend, count: usize, task: T) {
    match backend {
        #[cfg(target_arch = "x86_64")]
        Backend::Avx2 => match crate::avx2::Avx2::detect() {
            Some(engine) => task.run(engine),
            None => task.run(Scalar),
        },
        #[cfg(target_arch = "x86_64")]
        Backend::Avx512 => match crate::avx512::Avx512::detect() {
            Some(engine) if count > 8 => task.run(crate::avx512_pair::Avx512Pair(engine)),
            Some(engine) => task.run(engine),
            None => task.run(Scalar),
        },
        #[cfg(target_arch = "aarch64")]
        Backend::Neon => task.run(crate::neon::Neon),
        _ => task.run(Scalar),
    }
}
