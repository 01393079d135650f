//! Keys that other programs made: read, checked, and put into one of five forms.
//!
//! Every secret is wiped on drop; nothing here has a `Debug` that would show one, and no error
//! repeats its input.
//!
//! ```
//! use jinku_imports::{ImportKind, Request, import};
//! use jinku_hd::key::Curve;
//!
//! let request = Request { curve: Curve::Nist256p1, ..Request::new(ImportKind::Wif) };
//! let found = import(&request, b"KxGtKtYTsxCW997F762Zn62C2e72gQ9XMPkkL2231Rc4GuvSCuba\n")?;
//! assert_eq!(found[0].secret.kind(), "raw-nist256p1");
//! # Ok::<(), jinku_imports::ImportError>(())
//! ```

pub mod descriptor;
mod error;
#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz_targets;
mod import;
pub mod kdf;
pub mod keystore;
pub mod nep2;
pub mod nep6;
mod secret;
pub mod solana;
pub mod wif;

pub use error::ImportError;
pub use import::{ImportKind, Imported, Request, import};
pub use secret::ImportedSecret;
