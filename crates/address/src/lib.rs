//! Addresses of the six chain families: written from public keys, and checked as people type them.
//!
//! ```
//! use jinku_address::{Family, Form, encode, validate};
//!
//! let form = &Form::defaults(&[Family::Evm])[0];
//! let mut generator = [0u8; 33];
//! generator[0] = 2;
//! for (at, byte) in [0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55, 0xa0, 0x62, 0x95, 0xce, 0x87, 0x0b, 0x07,
//!     0x02, 0x9b, 0xfc, 0xdb, 0x2d, 0xce, 0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98].into_iter().enumerate() {
//!     generator[at + 1] = byte;
//! }
//! let address = encode(form, &generator)?;
//! assert_eq!(address, "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
//! assert!(validate("eip155:1", &address).is_ok());
//! assert!(validate("tron:728126428", &address).is_err());
//! # Ok::<(), jinku_address::AddressError>(())
//! ```

pub mod bech32;
mod encode;
mod error;
mod family;
mod form;
#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz_targets;
mod network;
mod script;
mod validate;

pub use encode::{
    encode, encode_cosmos, encode_neo, encode_neo_script_hash, encode_p2pkh, encode_p2sh,
    encode_p2tr_output, encode_p2wpkh, encode_tron_xy, neo_script_hash, script_hash,
    taproot_output, witness_script_of_key,
};
pub use error::AddressError;
pub use family::{Family, Kind};
pub use form::Form;
pub use network::{Network, network};
pub use script::address_of_script;
pub use validate::{Format, Parsed, validate};
