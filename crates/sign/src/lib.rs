//! Signing primitives: ECDSA on secp256k1 and P-256, BIP-340, Ed25519.
