//! Envelope encryption: Argon2id, XChaCha20-Poly1305, HKDF subkeys, key files.
