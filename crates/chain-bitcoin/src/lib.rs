//! The Bitcoin family: strict transactions and PSBT (BIP-174, BIP-370), what they do, what their keys sign (BIP-143, BIP-341).
//!
//! What is signed is a PSBT that says of every input what it spends. Losses and gains are sums by account: what comes back
//! to the account that pays is change, and every other input or output shows.
//!
//! ```
//! use jinku_chain::{Codec, Signature};
//! use jinku_chain_bitcoin::{Bitcoin, Psbt, PsbtVersion};
//! use jinku_words::{Intent, Plan};
//!
//! # let intent = br#"{"amount":"10000","asset":"bip122:000000000019d6689c085ae165831e93/slip44:0","bounds":{"max_fee":"2000","replaceable":true,"valid_until":"1700000600000"},"created_at":"1700000000001","deployment":"018bcfe5-6800-7000-8000-0000000000d1","destination":"bip122:000000000019d6689c085ae165831e93:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4","id":"018bcfe5-6801-7abc-8def-0123456789ab","idempotency_key":"order-4711/1","initiator":"ed25519:7f4c","kind":"transfer","reason_commitment":null,"source":"bip122:000000000019d6689c085ae165831e93:bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr","v":1,"vault":"018bcfe5-6800-7000-8000-0000000000a1"}"#;
//! # let draft = br#"{"anchor":null,"chain":"bip122:000000000019d6689c085ae165831e93","change":[{"account":"bip122:000000000019d6689c085ae165831e93:bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr","value":"9000"}],"created_at":"1700000000002","deployment":"018bcfe5-6800-7000-8000-0000000000d1","detail":{"change_at":["0"],"inputs":[{"account":"bip122:000000000019d6689c085ae165831e93:bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr","previous_transaction":null,"redeem_script":null,"sequence":"4294967293"}],"lock_time":"0","version":"2"},"fee":"1000","id":"018bcfe5-6802-7abc-8def-0123456789ab","inputs":[{"outpoint":"3333333333333333333333333333333333333333333333333333333333333333:0","value":"20000"}],"intent_digest":"INTENT","nonce":null,"payloads":[{"curve":"secp256k1","digest":"0000000000000000000000000000000000000000000000000000000000000000","path":"m/86'/0'/0'/0/0"}],"replaces":null,"v":1,"valid_until_height":null}"#;
//! let intent = Intent::from_canonical(intent)?;
//! # let digest: String = intent.digest()?.iter().map(|byte| format!("{byte:02x}")).collect();
//! # let draft = String::from_utf8_lossy(draft).replace("INTENT", &digest);
//! # let draft = draft.as_bytes();
//! let plan = Bitcoin.complete(&intent, &Plan::from_canonical(draft)?)?; // the planner: digests filled in
//! let checked = Bitcoin.check(&intent, &plan)?; // the signer: rebuilt, decoded, compared
//! assert_eq!(checked.effects.losses[0].amount, intent.amount);
//! assert_eq!(checked.effects.fee.most, 1000.into()); // 20,000 in, 10,000 to the destination, 9,000 of change
//! let (psbt, _) = Psbt::parse(&checked.unsigned.bytes)?;
//! assert!(psbt.encoded(PsbtVersion::Two).starts_with(b"psbt")); // for a wallet that reads version 2
//! let forged = Signature { bytes: [1; 64], recovery_id: None };
//! assert!(Bitcoin.attach(&checked.unsigned, &[forged]).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod build;
mod bytes;
mod codec;
mod psbt;
mod sighash;
mod spend;
mod tx;
mod weigh;

pub use codec::Bitcoin;
pub use psbt::{Pair, Psbt, PsbtInput, PsbtVersion};
pub use tx::{MAX_MONEY, OutPoint, Transaction, TxIn, TxOut};
