//! Bulk derivation of accounts and wallets on every core.
