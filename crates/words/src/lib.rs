//! The words of Jinku: ids, amounts, CAIP names, canonical bytes, digests and the governed documents.
//!
//! Every word has one definition in two languages (`jinku.core` is the other); `tests/snapshots/words` is read by the
//! tests of both, and property tests compare them on random input.

pub mod canonical;
pub mod digest;
pub mod error;
pub mod id;
mod json;

pub use error::{Code, WordsError};
pub use id::{Id, IdSource, account_id};
