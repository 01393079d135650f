//! The Solana family: strict messages of one signer, legacy and version 0; lamports, SPL Token and Token-2022, the
//! receiver's token account, compute budget, memos and durable nonces; what they do.
//!
//! ```
//! use jinku_chain::{Codec, Signature};
//! use jinku_chain_solana::Solana;
//! use jinku_words::{Intent, Plan};
//!
//! # let intent = br#"{"amount":"1500000","asset":"solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp/token:EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v","bounds":{"max_fee":"2100000","replaceable":true,"valid_until":"1700000600000"},"created_at":"1700000000001","deployment":"018bcfe5-6800-7000-8000-0000000000d1","destination":"solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp:9hSR6S7WPtxmTojgo6GG3k4yDPecgJY292j7xrsUGWBu","id":"018bcfe5-6801-7abc-8def-0123456789ab","idempotency_key":"order-4711/1","initiator":"ed25519:7f4c","kind":"transfer","reason_commitment":null,"source":"solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp:AKnL4NNf3DGWZJS6cPknBuEGnVsV4A4m5tgebLHaRSZ9","v":1,"vault":"018bcfe5-6800-7000-8000-0000000000a1"}"#;
//! # let draft = br#"{"anchor":"EkSnNWid2cvwEVnVx9aBqawnmiCNiDgp3gUdkDPTKN1N","chain":"solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp","change":[],"created_at":"1700000000002","deployment":"018bcfe5-6800-7000-8000-0000000000d1","detail":{"compute_limit":"60000","compute_price":"10000","nonce_account":null,"token":{"decimals":"6","program":"token"},"version":"v0"},"fee":"2044880","id":"018bcfe5-6802-7abc-8def-0123456789ab","inputs":[],"intent_digest":"INTENT","nonce":null,"payloads":[{"curve":"ed25519","digest":"0000000000000000000000000000000000000000000000000000000000000000","path":"m/44'/501'/0'/0'"}],"replaces":null,"v":1,"valid_until_height":"301000000"}"#;
//! let intent = Intent::from_canonical(intent)?; // 1.5 USDC
//! # let digest: String = intent.digest()?.iter().map(|byte| format!("{byte:02x}")).collect();
//! # let draft = String::from_utf8_lossy(draft).replace("INTENT", &digest);
//! # let draft = draft.as_bytes();
//! let plan = Solana.complete(&intent, &Plan::from_canonical(draft)?)?; // the planner: digests filled in
//! let checked = Solana.check(&intent, &plan)?; // the signer: rebuilt, decoded, compared
//! assert_eq!(checked.effects.gains[0].account, intent.destination); // the wallet, not its token account
//! assert_eq!(checked.effects.creations, Solana.asked(&intent)?.creations); // made if it is missing, within the fee
//! let forged = Signature { bytes: [1; 64], recovery_id: None };
//! assert!(Solana.attach(&checked.unsigned, &[forged]).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod build;
mod codec;
mod decode;
mod key;
mod step;
mod tx;
mod wire;

pub use codec::{Opened, Solana};
pub use key::{Key, associated};
pub use step::Step;
pub use tx::Transaction;
