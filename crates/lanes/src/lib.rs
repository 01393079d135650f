//! SHA-512, HMAC, PBKDF2 and Keccak in several lanes, chosen at run time.
