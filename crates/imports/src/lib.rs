//! Foreign key formats: Web3 keystore, WIF, NEP-2, NEP-6, Solana keypair files, extended keys.
