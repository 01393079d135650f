//! The anchor key: it signs a transaction to itself that carries the digest of the log's last head, and nothing else.
//!
//! The one signature of this program that rests on no proof (docs/adr/0020-anchors.md). A caller chooses chain, nonce and
//! fees below two ceilings; whom it goes to, its value and its data are chosen here.

use jinku_address::{Form, encode};
use jinku_chain_evm::{Transaction, TxType};
use jinku_proof::log::checkpoint::Checkpoint;
use jinku_secrets::Secret;
use jinku_sign::{SignError, k1};
use jinku_words::digest::domain_digest;

use crate::refusal::{Outcome, Refusal};
use crate::wire::AnchorTerms;

const TAG: &str = "jinku/anchor/1";
/// Most gas of one anchor. Ethereum takes 22,280 (EIP-7623); roll-ups count the space of the data here, too.
const MAX_GAS: u64 = 200_000;
/// Most that one anchor may cost, whatever the caller says: 0.02 of the chain's coin.
const MAX_COST_WEI: u128 = 20_000_000_000_000_000;

fn check(terms: &AnchorTerms) -> Outcome<()> {
    let cost = u128::from(terms.gas) * u128::from(terms.max_fee_wei);
    if terms.chain_id == 0 || terms.gas == 0 || terms.priority_fee_wei > terms.max_fee_wei {
        return Err(Refusal::new(
            "anchor.terms",
            format!(
                "an anchor names a chain, some gas and a tip within its fee: found chain {}, gas {}, tip {} of {}",
                terms.chain_id, terms.gas, terms.priority_fee_wei, terms.max_fee_wei
            ),
        ));
    }
    if terms.gas > MAX_GAS || cost > MAX_COST_WEI {
        return Err(Refusal::new(
            "anchor.ceiling",
            format!(
                "an anchor has at most {MAX_GAS} gas and costs at most {MAX_COST_WEI} wei: found {} gas, {cost} wei; wait until gas is cheaper",
                terms.gas
            ),
        ));
    }
    Ok(())
}

/// The anchor account's address.
///
/// # Errors
/// `anchor.key`, which would be a defect.
pub(crate) fn address(key: &Secret<32>) -> Outcome<[u8; 20]> {
    let public = k1::public_key(key).map_err(|error| defect(&error))?;
    let lost = || Refusal::new("anchor.key", "the anchor key has no address");
    let forms = Form::for_chain("eip155:1").map_err(|_| lost())?;
    let text = encode(forms.first().ok_or_else(lost)?, &public).map_err(|_| lost())?;
    let digits = text.strip_prefix("0x").unwrap_or_default().as_bytes();
    let mut raw = [0; 20];
    for (byte, pair) in raw.iter_mut().zip(digits.chunks(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| lost())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| lost())?;
    }
    Ok(raw)
}

/// The signed transaction (EIP-2718, type 2) that carries the head's digest to its own sender.
///
/// # Errors
/// `anchor.terms`, `anchor.ceiling`, and `anchor.key`, which would be a defect.
pub(crate) fn transaction(
    key: &Secret<32>,
    head: &Checkpoint,
    terms: &AnchorTerms,
) -> Outcome<Vec<u8>> {
    check(terms)?;
    let digest = domain_digest(TAG, head.text().as_bytes());
    signed(key, terms, &address(key)?, 0, &digest)
}

/// A transaction of type 2 without an access list (EIP-1559), signed low-s (EIP-2).
fn signed(
    key: &Secret<32>,
    terms: &AnchorTerms,
    to: &[u8; 20],
    value_wei: u64,
    data: &[u8],
) -> Outcome<Vec<u8>> {
    let unsigned = Transaction {
        kind: TxType::DynamicFee,
        chain_id: terms.chain_id,
        nonce: terms.nonce,
        tip: terms.priority_fee_wei.into(),
        max_fee: terms.max_fee_wei.into(),
        gas_limit: terms.gas,
        to: *to,
        value: value_wei.into(),
        data: data.to_vec(),
        access_list: Vec::new(),
        authorizations: Vec::new(),
    };
    let made = k1::sign(key, &unsigned.signing_hash()).map_err(|error| defect(&error))?;
    if made.recovery_id > 1 {
        return Err(defect(&SignError::Fault));
    }
    Ok(unsigned.signed(made.recovery_id, &made.compact))
}

fn defect(error: &SignError) -> Refusal {
    Refusal::new(
        "anchor.key",
        format!("the anchor key did not sign: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: AnchorTerms = AnchorTerms {
        chain_id: 31_337,
        nonce: 0,
        gas: 25_000,
        max_fee_wei: 2_000_000_000,
        priority_fee_wei: 1_000_000_000,
    };

    const ADDRESS: &str = "4a62316623ad457f02cdc5d997ded67a383ec569";
    /// Made by eth-account 0.14.
    const EXPECTED: &str = "02f88c827a6980843b9aca0084773594008261a8944a62316623ad457f02cdc5d997ded67a383ec56980a0b127cb8fd4c566\
        7a033101d8209640142a83778f11928a911ec38006d9e4657ac080a01d6eca938fdec6f240b470e1b1380f536e1eaee17608\
        5eef32152a77afa8696aa047a6f23a0ac20bfe3201cefea156114d4e7327f347be09623af7d8bb2977836d";
    /// Nonce, tip, fee, gas, value and what is signed, of key [`PUBLISHED_KEY`] on chain 7822 to 0x…aaaa without data:
    /// github.com/ethereumjs/ethereumjs-monorepo `packages/tx/test/json/eip1559.json` @ 052242cc.
    const PUBLISHED: [(u64, u64, u64, u64, u64, &str); 3] = [
        (
            819,
            75_853,
            121_212,
            35_552,
            43_203_529,
            "02f870821e8e8203338301284d8301d97c828ae094000000000000000000000000000000000000aaaa8402933bc980c080a0\
            d067f2167008c59219652f91cbf8788dbca5f771f6e91e2b7657e85b78b472e0a01d305af9fe81fdba43f0dfcd400ed24dca\
            ce0a7e30d4e85701dcaaf484cd079e",
        ),
        (
            353,
            38_850,
            136_295,
            32_593,
            61_901_619,
            "02f86f821e8e8201618297c283021467827f5194000000000000000000000000000000000000aaaa8403b08b3380c001a004\
            205678f13fc1d7b10feea6513dfa76e24418b6e08097d95c6f93a3b64e536da01d45ad61bfece43862de2cce7d2575a8c1d0\
            8c26c87f3cb5f26d7b0be54a91b2",
        ),
        (
            119,
            24_721,
            107_729,
            62_341,
            65_456_115,
            "02f86d821e8e778260918301a4d182f38594000000000000000000000000000000000000aaaa8403e6c7f380c001a0e38e23\
            9770801eb995498c821e55ac9c19ae09184bb27b34be105e02fe3b7615a067c64ca6bd6d9107e85fd581ab2e70a14b637eb3\
            6505bb40861ef9d6e800cab6",
        ),
    ];
    const PUBLISHED_KEY: &str = "8f2a55949038a9610f50fb23b5883af3b4ecb3c3bb792cbcefbd1542c692be63";

    fn key() -> Secret<32> {
        Secret::init(|to| to.fill(7))
    }

    fn head() -> Checkpoint {
        Checkpoint::new("example.jinku", 7, [9; 32]).expect("a checkpoint")
    }

    #[test]
    fn published_transactions_come_out_to_the_byte() {
        let bytes = hex::decode(PUBLISHED_KEY).expect("hex");
        let key = Secret::init(|to| to.copy_from_slice(&bytes));
        let mut to = [0; 20];
        to[18..].fill(0xaa);
        for (nonce, priority_fee_wei, max_fee_wei, gas, value, expected) in PUBLISHED {
            let terms = AnchorTerms {
                chain_id: 7822,
                nonce,
                gas,
                max_fee_wei,
                priority_fee_wei,
            };
            let made = signed(&key, &terms, &to, value, b"").expect("signed");
            assert_eq!(hex::encode(made), expected);
        }
    }

    #[test]
    fn an_anchor_is_what_another_library_makes_of_it() {
        let made = transaction(&key(), &head(), &TERMS).expect("signed");
        assert_eq!(hex::encode(address(&key()).expect("an address")), ADDRESS);
        assert_eq!(hex::encode(made), EXPECTED);
    }

    #[test]
    fn what_is_over_the_ceiling_is_refused() {
        let refused = |terms: AnchorTerms| {
            transaction(&key(), &head(), &terms)
                .expect_err("refused")
                .code
        };
        let dear = |gas, max_fee_wei| AnchorTerms {
            gas,
            max_fee_wei,
            ..TERMS
        };
        assert_eq!(refused(dear(200_001, 2_000_000_000)), "anchor.ceiling");
        assert_eq!(refused(dear(25_000, 800_000_000_001)), "anchor.ceiling");
        assert_eq!(refused(dear(u64::MAX, u64::MAX)), "anchor.ceiling");
        assert!(transaction(&key(), &head(), &dear(25_000, 800_000_000_000)).is_ok());
        assert!(transaction(&key(), &head(), &dear(200_000, 100_000_000_000)).is_ok());
    }

    #[test]
    fn terms_that_cannot_be_meant_are_refused() {
        for terms in [
            AnchorTerms {
                chain_id: 0,
                ..TERMS
            },
            AnchorTerms { gas: 0, ..TERMS },
            AnchorTerms {
                priority_fee_wei: 2_000_000_001,
                ..TERMS
            },
        ] {
            let refused = transaction(&key(), &head(), &terms).expect_err("refused");
            assert_eq!(refused.code, "anchor.terms");
        }
    }

    #[test]
    fn the_longest_fields_still_have_one_byte_of_length() {
        let most = AnchorTerms {
            chain_id: u64::MAX,
            nonce: u64::MAX,
            gas: 1,
            max_fee_wei: 20_000_000_000_000_000,
            priority_fee_wei: 20_000_000_000_000_000,
        };
        let made = transaction(&key(), &head(), &most).expect("signed");
        assert_eq!(made[..2], [2, 0xf8]);
        assert_eq!(usize::from(made[2]), made.len() - 3);
    }
}
