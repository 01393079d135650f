//! The words of Jinku: ids, amounts, CAIP names, canonical bytes, digests and the governed documents.
//!
//! Every word has one definition in two languages (`jinku.core` is the other); `tests/snapshots/words` is read by the
//! tests of both, and property tests compare them on random input.
//!
//! ```
//! use jinku_words::{AssetId, Code, Id, account_id, canonical};
//!
//! let job: Id = "018bcfe5-6800-7000-8000-000000000000".parse()?;
//! let account = account_id(job.as_bytes(), job.time_ms(), 0);
//! assert_eq!(account.to_string(), "018bcfe5-6800-7062-b596-25f053fd9f62");
//! assert_eq!(canonical::canonicalize(br#" {"b": 1, "a": [true, null]} "#)?, br#"{"a":[true,null],"b":1}"#);
//! assert_eq!("eip155:1/erc20:0xnope".parse::<AssetId>().map_err(|error| error.code), Err(Code::AssetInvalid));
//! # Ok::<(), jinku_words::WordsError>(())
//! ```

pub mod amount;
pub mod approval;
pub mod caip;
pub mod canonical;
pub mod detail;
pub mod digest;
pub mod error;
mod forms;
pub mod id;
pub mod intent;
mod json;
pub mod plan;
pub mod shape;
pub mod verdict;

pub use amount::{Amount, Uint256};
pub use approval::Approval;
pub use caip::{AccountId, AssetId, ChainId};
pub use detail::{
    AccessItem, BitcoinDetail, BitcoinInput, Detail, EvmDetail, EvmType, SolanaDetail, SolanaToken,
    SolanaVersion, TokenProgram,
};
pub use error::{Code, WordsError};
pub use id::{Id, IdSource, account_id};
pub use intent::{Bounds, Intent};
pub use plan::Plan;
pub use shape::{MAX_DOCUMENT_BYTES, MAX_MS};
pub use verdict::Verdict;
