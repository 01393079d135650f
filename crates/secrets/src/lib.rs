//! Secret bytes in guarded, locked memory that is wiped when dropped.
//!
//! Each [`Secret`] and [`SecretBytes`] stands on pages of its own: between two unreadable guard pages, read-only once
//! filled, left out of core dumps and of forked children, behind a canary that is checked when it is wiped. On Linux with `memfd_secret` the
//! page is not even in the kernel's own map; else it is `mlock`ed where RLIMIT_MEMLOCK permits, else it is plain memory
//! and [`memory_locked`] says so. Handles have no `Debug`, `Clone`, `PartialEq` or serde.
//!
//! **Rule.** A handle costs one page of the locked-memory limit (often 8 MiB, so about 2,000 handles), three mappings
//! and some 0.1 ms (the kernel takes the page out of its own map). Use it for keys that live longer than a call: data
//! keys, seeds, identity keys. What lives within one call (a derived child on its way to a public key) stays in a
//! [`Zeroizing`] array.
//!
//! A value that is moved may leave a copy on the stack. [`Secret::try_init`] fills the guarded page in place and leaves
//! none; prefer it where the source can write into a buffer.
//!
//! ```
//! use jinku_secrets::{Secret, Zeroizing};
//!
//! let key = Secret::<32>::random()?;
//! let same = key.duplicate();
//! assert!(key.ct_eq(&same));
//! assert!(!key.ct_eq(&Secret::from_array(Zeroizing::new([0; 32]))));
//! # Ok::<(), jinku_secrets::SecretError>(())
//! ```
//!
//! A secret cannot be printed, copied by accident or compared in variable time:
//!
//! ```compile_fail,E0277
//! println!("{:?}", jinku_secrets::Secret::<32>::random());
//! ```
//! ```compile_fail,E0599
//! let _ = jinku_secrets::Secret::<32>::random().unwrap_or_else(|_| panic!()).clone();
//! ```
//! ```compile_fail,E0369
//! let a = jinku_secrets::SecretBytes::from_vec(jinku_secrets::Zeroizing::new(vec![1]));
//! let _ = a == a;
//! ```

mod error;
mod pages;
mod secret;

pub use error::SecretError;
pub use pages::{MemoryReport, memory_locked, memory_report};
pub use secret::{Secret, SecretBytes, os_random};
pub use zeroize::{Zeroize, Zeroizing};
