//! Names of chains, accounts and assets: CAIP-2, CAIP-10 and CAIP-19, for the six families Jinku knows.
//!
//! Each name has one form. `FromStr` takes that form only, as documents do; `parse` takes what people write too (a tron
//! alias, mixed-case contract hex). Checksums of addresses are the address encoders' task, not looked at here.

mod account;
mod asset;
mod chain;

pub use account::AccountId;
pub use asset::AssetId;
pub use chain::{ChainId, NAMESPACES};
