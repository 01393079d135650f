//! Merkle proofs as RFC 6962 and RFC 9162 define them, and the batches of addresses that stand on them.
//!
//! Nothing here is secret and nothing does I/O. A check that fails is an error that says what was found; there is no
//! boolean to overlook.
//!
//! ```
//! use jinku_proof::{inclusion_path, leaf_hash, root, verify_inclusion};
//!
//! let leaves: Vec<[u8; 32]> = (0u8..5).map(|i| leaf_hash(&[i])).collect();
//! let path = inclusion_path(&leaves, 3)?;
//! verify_inclusion(&leaf_hash(&[3]), 3, 5, &path, &root(&leaves))?;
//! assert!(verify_inclusion(&leaf_hash(&[4]), 3, 5, &path, &root(&leaves)).is_err());
//! # Ok::<(), jinku_proof::ProofError>(())
//! ```

mod batch;
mod error;
mod json;
pub mod log;
mod tree;
mod verify;

pub use batch::{
    BATCH_TAG, BatchStatement, HELLO_TAG, LeafAddress, MAX_SAFE_INTEGER, StatementForm, batch_leaf,
    batch_leaf_bytes, verify_digest, verify_hello, verify_statement,
};
pub use error::ProofError;
pub use tree::{EMPTY_ROOT, Hash, consistency_proof, inclusion_path, leaf_hash, node_hash, root};
pub use verify::{
    verify_consistency, verify_inclusion, verify_subtree_consistency, verify_subtree_inclusion,
};
