//! BIP-39 mnemonics, BIP-32 and SLIP-10 keys, derivation paths.
