//! Bulk derivation of accounts and wallets on every core.
//!
//! A [`Tree`] holds the parents of a vault's address forms and gives ranges of accounts: addresses packed in columns, and the
//! Merkle root over the account leaves. Where a path ends without hardened bits only public tweaks move (variable time, vector
//! lanes, tables). Where it does not (Ed25519, hardened accounts, wallets of their own) secret scalars move in constant time:
//! through libsecp256k1, `p256` and `ed25519-dalek`, and on secp256k1 through the secret lanes of `jinku-lanes` where the CPU has
//! them. [`Tree::recheck`] derives an account a second time by an independent way.
//! [`make_wallets`] makes wallets that each have their own words.
//!
//! ```
//! use jinku_address::{Family, Form};
//! use jinku_bulk::Tree;
//!
//! let tree = Tree::new(&[7u8; 64], &Form::defaults(&Family::ALL))?;
//! let batch = tree.derive(&[0; 16], 1_700_000_000_000, 0, 3)?;
//! assert_eq!(batch.columns.len(), 7);
//! let evm: Vec<&[u8]> = batch.columns[0].texts().collect();
//! assert_eq!(evm[2], tree.recheck(2)?[0].as_bytes());
//! # Ok::<(), jinku_bulk::BulkError>(())
//! ```

mod batch;
mod encode;
mod error;
mod leaf;
mod origin;
mod plan;
mod public_lanes;
mod recheck;
mod secret_lanes;
mod text;
mod tree;
mod wallets;

pub use batch::{Batch, Column};
pub use error::BulkError;
pub use origin::Root;
pub use tree::Tree;
pub use wallets::{Wallet, WalletBatch, make_wallets, wallets_of};
