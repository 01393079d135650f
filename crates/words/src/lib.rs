//! The words of Jinku: ids, amounts, CAIP names, canonical bytes, digests and the governed documents.
//!
//! Every word has one definition in two languages (`jinku.core` is the other); `tests/snapshots/words` is read by the
//! tests of both, and property tests compare them on random input.

pub mod amount;
pub mod approval;
pub mod caip;
pub mod canonical;
pub mod digest;
pub mod error;
mod forms;
pub mod id;
pub mod intent;
mod json;
pub mod plan;
mod shape;
pub mod verdict;

pub use amount::{Amount, Uint256};
pub use approval::Approval;
pub use caip::{AccountId, AssetId, ChainId};
pub use error::{Code, WordsError};
pub use id::{Id, IdSource, account_id};
pub use intent::{Bounds, Intent};
pub use plan::Plan;
pub use shape::{MAX_DOCUMENT_BYTES, MAX_MS};
pub use verdict::Verdict;
