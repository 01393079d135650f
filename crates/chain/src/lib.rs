//! The chain protocol. One crate a family implements [`Codec`]; the platform and the signer call the same code, so that
//! what is planned, shown, approved and signed are the same bytes.
//!
//! Nothing here knows a network, a key or a clock: every function is pure. The crate `jinku-chain-evm` has the example.

mod codec;
mod effects;
mod error;
mod written;

pub use codec::{Checked, Codec, Message, Signature, Signed, ToSign, Unsigned};
pub use effects::{Creation, Delegation, Effects, Fee, Grant, Limit, Part};
pub use error::{ChainCode, ChainError, ChainResult, Kind};
