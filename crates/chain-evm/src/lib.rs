//! The EVM family: strict RLP and ABI, transactions of the types 0, 1, 2 and 4, permits in typed data, what they do.
//!
//! ```
//! use jinku_chain::{Codec, Signature};
//! use jinku_chain_evm::Evm;
//! use jinku_words::{Intent, Plan};
//!
//! # let intent = br#"{"amount":"1500000000000000000","asset":"eip155:1/slip44:60","bounds":{"max_fee":"21000000000000000","replaceable":true,"valid_until":"1700000600000"},"created_at":"1700000000001","deployment":"018bcfe5-6800-7000-8000-0000000000d1","destination":"eip155:1:0x6fac4d18c912343bf86fa7049364dd4e424ab9c0","id":"018bcfe5-6801-7abc-8def-0123456789ab","idempotency_key":"order-4711/1","initiator":"ed25519:7f4c","kind":"transfer","reason_commitment":null,"source":"eip155:1:0x9858effd232b4033e47d90003d41ec34ecaeda94","v":1,"vault":"018bcfe5-6800-7000-8000-0000000000a1"}"#;
//! # let draft = br#"{"anchor":null,"chain":"eip155:1","change":[],"created_at":"1700000000002","deployment":"018bcfe5-6800-7000-8000-0000000000d1","detail":{"access_list":[],"authorization":null,"gas_limit":"21000","max_fee_per_gas":"20000000000","max_priority_fee_per_gas":"1000000000","type":"dynamic_fee"},"fee":"420000000000000","id":"018bcfe5-6802-7abc-8def-0123456789ab","inputs":[],"intent_digest":"INTENT","nonce":"7","payloads":[{"curve":"secp256k1","digest":"0000000000000000000000000000000000000000000000000000000000000000","path":"m/44'/60'/0'/0/0"}],"replaces":null,"v":1,"valid_until_height":null}"#;
//! let intent = Intent::from_canonical(intent)?;
//! # let digest: String = intent.digest()?.iter().map(|byte| format!("{byte:02x}")).collect();
//! # let draft = String::from_utf8_lossy(draft).replace("INTENT", &digest);
//! # let draft = draft.as_bytes();
//! let plan = Evm.complete(&intent, &Plan::from_canonical(draft)?)?; // the planner: digests filled in
//! let checked = Evm.check(&intent, &plan)?; // the signer: rebuilt, decoded, compared
//! assert_eq!(checked.effects.losses[0].amount, intent.amount);
//! assert!(checked.effects.within(&Evm.asked(&intent)?).is_ok()); // what its approvers were shown
//! let to_sign = Evm.payloads(&checked.unsigned)?;
//! assert_eq!(to_sign[0].account, intent.source);
//! let forged = Signature { bytes: [1; 64], recovery_id: Some(0) };
//! assert!(Evm.attach(&checked.unsigned, &[forged]).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod abi;
mod authorization;
mod build;
mod call;
mod codec;
mod decode;
mod message;
mod parts;
mod recover;
mod rlp;
mod tx;
mod typed;
mod typed_form;
mod typed_grant;
mod typed_value;

pub use authorization::{Authorization, SignedAuthorization};
pub use codec::{Evm, Opened};
pub use message::message_digest;
pub use parts::Access;
pub use tx::{Address, Transaction, TxType};
pub use typed::TypedData;
pub use typed_grant::Permit;
