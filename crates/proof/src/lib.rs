//! RFC 6962 Merkle hashing, inclusion and consistency proofs, address batches.
