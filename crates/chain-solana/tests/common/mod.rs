//! Intents, plans and signatures for the tests of this crate.
#![allow(dead_code, unreachable_pub)]

use ed25519_dalek::{Signer, SigningKey};
use jinku_chain::{ChainCode, ChainResult, Codec, Effects, Signature, Unsigned};
use jinku_chain_solana::{Key, Solana, Step, Transaction, associated};
use jinku_words::intent::IntentKind;
use jinku_words::plan::{Curve, Payload};
use jinku_words::{
    Bounds, Detail, Id, Intent, Plan, SolanaDetail, SolanaToken, SolanaVersion, TokenProgram,
    Uint256,
};

pub const CHAIN: &str = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp";
pub const COIN: &str = "slip44:501";
pub const TOKEN: [u8; 32] = *b"a mint that nobody has a key to.";
pub const NONCE: Key = [0x4e; 32];
pub const ANCHOR: Key = [0xa7; 32];
pub const VERSIONS: [SolanaVersion; 2] = [SolanaVersion::Legacy, SolanaVersion::V0];
pub const PROGRAMS: [TokenProgram; 2] = [TokenProgram::Token, TokenProgram::Token2022];

pub fn secret(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub fn wallet(seed: u8) -> Key {
    secret(seed).verifying_key().to_bytes()
}

pub fn text(key: &Key) -> String {
    bs58::encode(key).into_string()
}

pub fn id(tail: u128) -> Id {
    Id::from_parts(1_700_000_000_000, tail).expect("an id")
}

/// From the wallet of the seed 1.
pub fn intent(to: &Key, asset: &str, amount: u64) -> Intent {
    let name = |key: &Key| {
        format!("{CHAIN}:{}", text(key))
            .parse()
            .expect("an account")
    };
    Intent {
        id: id(1),
        deployment: id(2),
        kind: IntentKind::Transfer,
        vault: id(3),
        source: name(&wallet(1)),
        destination: name(to),
        asset: format!("{CHAIN}/{asset}").parse().expect("an asset"),
        amount: Uint256::from(amount),
        bounds: Bounds {
            max_fee: Uint256::MAX,
            valid_until_ms: 1_700_000_600_000,
            replaceable: true,
        },
        initiator: "ed25519:7f4c".to_owned(),
        reason_commitment: None,
        idempotency_key: "order-4711".to_owned(),
        created_at_ms: 1_700_000_000_000,
    }
}

pub fn of_token(mint: &Key) -> String {
    format!("token:{}", text(mint))
}

pub fn detail(version: SolanaVersion, token: Option<TokenProgram>) -> SolanaDetail {
    SolanaDetail {
        version,
        compute_limit: 60_000,
        compute_price: 25_001,
        nonce_account: None,
        token: token.map(|program| SolanaToken {
            program,
            decimals: 6,
        }),
    }
}

/// A draft: its payload's digest is not filled in.
pub fn draft(intent: &Intent, detail: SolanaDetail) -> Plan {
    let digest = intent.digest().expect("an intent");
    Plan {
        id: id(4),
        deployment: intent.deployment,
        intent_digest: hex::encode(digest),
        chain: intent.chain().clone(),
        nonce: None,
        inputs: Vec::new(),
        change: Vec::new(),
        fee: detail.max_fee().expect("a fee").into(),
        anchor: Some(text(&ANCHOR)),
        valid_until_height: detail.nonce_account.is_none().then_some(300),
        payloads: vec![Payload {
            digest: "00".repeat(32),
            curve: Curve::Ed25519,
            path: "m/44'/501'/0'/0'".to_owned(),
        }],
        detail: Some(Detail::Solana(detail)),
        replaces: None,
        created_at_ms: 1_700_000_000_001,
    }
}

pub fn sign(seed: u8, message: &[u8]) -> Signature {
    Signature {
        bytes: secret(seed).sign(message).to_bytes(),
        recovery_id: None,
    }
}

/// A message of the wallet of the seed 1.
pub fn message(version: SolanaVersion, steps: Vec<Step>) -> Transaction {
    Transaction {
        version,
        payer: wallet(1),
        anchor: ANCHOR,
        steps,
    }
}

pub fn unsigned(bytes: Vec<u8>) -> Unsigned {
    Unsigned {
        account: format!("{CHAIN}:{}", text(&wallet(1)))
            .parse()
            .expect("an account"),
        bytes,
    }
}

pub fn effects(steps: Vec<Step>) -> ChainResult<Effects> {
    Solana.summarise(&unsigned(message(SolanaVersion::V0, steps).message()?))
}

pub fn refused(steps: Vec<Step>) -> Option<ChainCode> {
    effects(steps).err().map(|error| error.code)
}

pub fn transfer(to: &Key, lamports: u64) -> Step {
    Step::Transfer {
        from: wallet(1),
        to: *to,
        lamports,
    }
}

pub fn create(owner: &Key, program: TokenProgram) -> Step {
    Step::create(wallet(1), *owner, TOKEN, program).expect("an account")
}

pub fn transfer_token(to: &Key, program: TokenProgram, amount: u64) -> Step {
    let of = |owner: &Key| associated(owner, program, &TOKEN).expect("an account");
    Step::TransferToken {
        program,
        source: of(&wallet(1)),
        mint: TOKEN,
        destination: of(to),
        authority: wallet(1),
        amount,
        decimals: 6,
    }
}

pub fn memo(text: &str) -> Step {
    Step::Memo {
        text: text.to_owned(),
        signer: Some(wallet(1)),
    }
}

pub fn advance() -> Step {
    Step::AdvanceNonce {
        account: NONCE,
        authority: wallet(1),
    }
}
