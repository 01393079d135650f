//! jinku-signer: the one process that holds keys.
//!
//! A detached process listens on a Unix socket, reads secrets from descriptors only, and answers the verbs of
//! docs/reference/signer-protocol.md. It believes its callers nothing but what a capability token and a passphrase show,
//! and `sign` alone signs what a caller brings, once everything in docs/adr/0028 holds. The library exists so that tests and fuzzers reach the parts.
//!
//! ```
//! use jinku_signer::wire::{Call, Writer, parse_request};
//!
//! let mut rest = vec![1, 0x14, 0, 0, 0, 7]; // version, list_vaults, request id
//! rest.extend_from_slice(&[0; 32]); // no token
//! assert!(matches!(parse_request(&rest, 0), Ok(Call::ListVaults)));
//! rest.push(0);
//! assert_eq!(parse_request(&rest, 0).unwrap_err().code, "wire.malformed");
//! ```

mod age;
mod anchor;
pub mod ask;
mod begun;
mod connection;
pub mod daemon;
mod descriptors;
mod folders;
mod forms;
mod handover_file;
mod harden;
pub mod heap;
mod keys;
mod limits;
mod log_head;
mod logbook;
mod material;
mod origin;
mod policy_rules;
mod qr;
pub mod refusal;
mod seats;
mod server;
mod sheet;
mod signing;
mod signing_key;
mod slot_head;
mod slot_keeper;
mod slot_key;
mod slot_line;
mod slot_log;
mod slot_tree;
mod state;
mod system;
mod tokens;
mod transfer;
mod trust_pin;
mod vault_file;
mod verbs;
pub mod wire;
