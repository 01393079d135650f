//! jinku-signer: the one process that holds keys.
