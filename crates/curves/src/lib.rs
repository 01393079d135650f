//! Variable-time fixed-base arithmetic for public tweaks on secp256k1 and P-256.
