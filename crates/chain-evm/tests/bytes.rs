//! The bytes: published transactions, and every bit of one turned over.

mod common;

use common::{
    CHAIN, KEY, OURS, THEIRS, TOKEN, address, call_of, detail, draft, intent, plain, sign, signed,
};
use jinku_chain::{ChainCode, Codec, Unsigned};
use jinku_chain_evm::{Evm, Transaction, TxType};
use jinku_words::{EvmType, Uint256};

/// Nonce, tip, fee, gas, value and what is signed, of one key on chain 7822 to 0x…aaaa without data:
/// github.com/ethereumjs/ethereumjs-monorepo `packages/tx/test/json/eip1559.json` @ 052242cc (MPL-2.0; figures only).
const PUBLISHED: [(u64, u64, u64, u64, u64, &str); 2] = [
    (
        819,
        75_853,
        121_212,
        35_552,
        43_203_529,
        "02f870821e8e8203338301284d8301d97c828ae094000000000000000000000000000000000000aaaa8402933bc980c080a0d067f2167008c\
         59219652f91cbf8788dbca5f771f6e91e2b7657e85b78b472e0a01d305af9fe81fdba43f0dfcd400ed24dcace0a7e30d4e85701dcaaf484cd079e",
    ),
    (
        119,
        24_721,
        107_729,
        62_341,
        65_456_115,
        "02f86d821e8e778260918301a4d182f38594000000000000000000000000000000000000aaaa8403e6c7f380c001a0e38e239770801eb9954\
         98c821e55ac9c19ae09184bb27b34be105e02fe3b7615a067c64ca6bd6d9107e85fd581ab2e70a14b637eb36505bb40861ef9d6e800cab6",
    ),
];
const PUBLISHED_KEY: &str = "8f2a55949038a9610f50fb23b5883af3b4ecb3c3bb792cbcefbd1542c692be63";

#[test]
fn published_transactions_are_made_and_read() {
    let key: [u8; 32] = hex::decode(PUBLISHED_KEY)
        .expect("hex")
        .try_into()
        .expect("32 bytes");
    for (nonce, tip, fee, gas_limit, value, sent) in PUBLISHED {
        let tx = Transaction {
            chain_id: 7822,
            nonce,
            tip: Uint256::from(tip),
            max_fee: Uint256::from(fee),
            gas_limit,
            to: address("0x000000000000000000000000000000000000aaaa"),
            value: Uint256::from(value),
            ..plain()
        };
        let made = sign(&tx.signing_hash(), &key);
        assert_eq!(
            hex::encode(tx.signed(made.recovery_id.expect("an id"), &made.bytes)),
            sent
        );
        let chain = "eip155:7822".parse().expect("a chain");
        let opened = Evm
            .open(&chain, &hex::decode(sent).expect("hex"))
            .expect("opened");
        assert_eq!(opened.unsigned.bytes, tx.unsigned());
        let elsewhere = Evm.open(
            &"eip155:1".parse().expect("a chain"),
            &hex::decode(sent).expect("hex"),
        );
        assert_eq!(elsewhere.map_err(|it| it.code), Err(ChainCode::OtherChain));
    }
}

/// EIP-155's own example: key 0x46…46, to 0x35…35, 1 ether, nonce 9, 20 gwei.
#[test]
fn the_example_of_eip_155_is_made_and_read() {
    let tx = Transaction {
        kind: TxType::Legacy,
        nonce: 9,
        tip: Uint256::from(20_000_000_000),
        max_fee: Uint256::from(20_000_000_000),
        to: [0x35; 20],
        value: Uint256::from(1_000_000_000_000_000_000),
        ..plain()
    };
    let message = "ec098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080018080";
    let hash = "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53";
    let sent = "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc\
                2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83";
    assert_eq!(hex::encode(tx.unsigned()), message);
    assert_eq!(hex::encode(tx.signing_hash()), hash);
    let made = sign(&tx.signing_hash(), &[0x46; 32]);
    assert_eq!(
        hex::encode(tx.signed(made.recovery_id.expect("an id"), &made.bytes)),
        sent
    );
    let opened = Evm
        .open(
            &CHAIN.parse().expect("a chain"),
            &hex::decode(sent).expect("hex"),
        )
        .expect("opened");
    assert_eq!(
        opened.unsigned.account.address(),
        "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f"
    );
}

/// Signed transactions of each type: a coin and a token.
fn samples() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for kind in [EvmType::Legacy, EvmType::AccessList, EvmType::DynamicFee] {
        for asset in ["slip44:60".to_owned(), format!("erc20:{TOKEN}")] {
            let intent = intent(CHAIN, THEIRS, &asset, Uint256::from(1_000_000_007));
            let unsigned = Evm
                .build(&intent, &draft(&intent, 300, detail(kind)))
                .expect("built");
            all.push(
                Evm.attach(&unsigned, &[signed(&unsigned)])
                    .expect("attached")
                    .bytes,
            );
        }
    }
    all
}

#[test]
fn a_signed_transaction_with_one_bit_turned_is_refused_or_somebody_elses() {
    let (chain, mut refused, mut other) = (CHAIN.parse().expect("a chain"), 0, 0);
    for good in samples() {
        let was = Evm.open(&chain, &good).expect("opened");
        assert_eq!(was.unsigned.account.address(), OURS);
        let effects = Evm.summarise(&was.unsigned).expect("read");
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bent = good.clone();
                bent[at] ^= 1 << bit;
                let Ok(now) = Evm.open(&chain, &bent) else {
                    refused += 1;
                    continue;
                };
                assert_ne!(now.id, was.id);
                assert_ne!(
                    now.unsigned.account, was.unsigned.account,
                    "bit {bit} of byte {at}"
                );
                other += 1;
                if let Ok(read) = Evm.summarise(&now.unsigned) {
                    assert_ne!(read, effects, "bit {bit} of byte {at}");
                }
            }
            assert!(Evm.open(&chain, &good[..at]).is_err(), "cut to {at}");
        }
        assert!(Evm.open(&chain, &[good.as_slice(), &[0]].concat()).is_err());
    }
    assert!(
        refused > 1000 && other > 1000,
        "{refused} refused, {other} of others"
    );
}

#[test]
fn an_unsigned_transaction_with_one_bit_turned_has_another_digest() {
    let account = format!("{CHAIN}:{OURS}")
        .parse::<jinku_words::AccountId>()
        .expect("an account");
    for good in samples() {
        let bytes = Transaction::parse_signed(&good).expect("read").0.unsigned();
        let was = Evm
            .payloads(&Unsigned {
                account: account.clone(),
                bytes: bytes.clone(),
            })
            .expect("read");
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut bent = bytes.clone();
                bent[at] ^= 1 << bit;
                let bent = Unsigned {
                    account: account.clone(),
                    bytes: bent,
                };
                let Ok(now) = Evm.payloads(&bent) else {
                    continue;
                };
                assert_ne!(now, was, "bit {bit} of byte {at}");
                let read = Transaction::parse_unsigned(&bent.bytes).expect("read");
                assert_eq!(
                    read.unsigned(),
                    bent.bytes,
                    "one transaction has one spelling"
                );
            }
        }
    }
}

/// The code by which a transaction of ours is refused.
fn code(bytes: Vec<u8>) -> Option<ChainCode> {
    let account = format!("{CHAIN}:{OURS}").parse().expect("an account");
    Evm.summarise(&Unsigned { account, bytes })
        .map_err(|error| error.code)
        .err()
}

#[test]
fn what_is_not_read_is_named() {
    let typed = call_of(OURS, THEIRS, 5, Vec::new()).bytes;
    assert_eq!(code(typed.clone()), None);
    for other in [0u8, 3, 6, 0x7f] {
        let typed = [&[other], &typed[1..]].concat();
        assert_eq!(code(typed), Some(ChainCode::Unsupported), "type {other}");
    }
    let mut legacy = plain();
    legacy.kind = TxType::Legacy;
    // Without the last three items and with the header mended: good on every chain.
    let bytes = legacy.unsigned();
    let mut bare = bytes[..bytes.len() - 3].to_vec();
    bare[0] -= 3;
    assert_eq!(code(bare), Some(ChainCode::Unsupported));
    let made = sign(&legacy.signing_hash(), &KEY);
    let mut sent = legacy.signed(0, &made.bytes);
    let v = sent.len() - 67;
    assert_eq!(sent[v], 37);
    sent[v] = 27;
    let opened = Evm.open(&CHAIN.parse().expect("a chain"), &sent);
    assert_eq!(opened.map_err(|it| it.code), Err(ChainCode::Unsupported));
    let creation = hex::decode("02cc01808001825208808080c0").map(|mut it| {
        it[1] = 0xc0 + (it.len() - 2) as u8;
        it
    });
    assert_eq!(code(creation.expect("hex")), Some(ChainCode::Unsupported));
    assert_eq!(code(Vec::new()), Some(ChainCode::Malformed));
    assert_eq!(code(vec![0xc0; 200_000]), Some(ChainCode::Malformed));
    let mut elsewhere = plain();
    elsewhere.chain_id = 5;
    assert_eq!(code(elsewhere.unsigned()), Some(ChainCode::OtherChain));
}

/// `v` is the chain id twice and 35 or 36 (EIP-155); below that a transaction is good on every chain.
#[test]
fn a_chain_id_is_read_from_v_and_never_beyond_its_bounds() {
    const MOST: u64 = 9_223_372_036_854_775_771;
    let sent = |chain_id: u64, parity: u8| {
        let tx = Transaction {
            kind: TxType::Legacy,
            chain_id,
            ..plain()
        };
        Transaction::parse_signed(&tx.signed(parity, &[1; 64]))
            .map(|(found, parity, _)| (found.chain_id, parity))
            .map_err(|error| error.code)
    };
    for chain_id in [1, 5, 110, 111, u64::from(u32::MAX), MOST] {
        assert_eq!(sent(chain_id, 0), Ok((chain_id, 0)));
        assert_eq!(sent(chain_id, 1), Ok((chain_id, 1)));
    }
    for chain_id in [0, MOST + 1, u64::MAX] {
        assert_eq!(sent(chain_id, 1), Err(ChainCode::Range), "{chain_id}");
    }
    let tx = Transaction {
        kind: TxType::Legacy,
        ..plain()
    };
    let good = tx.signed(0, &[1; 64]);
    let at = good.len() - 67;
    assert_eq!(good[at], 37);
    for v in [1u8, 27, 28, 34] {
        let mut bent = good.clone();
        bent[at] = v;
        let code = Transaction::parse_signed(&bent).map_err(|it| it.code);
        assert_eq!(code.err(), Some(ChainCode::Unsupported), "v {v}");
    }
}

#[test]
fn figures_that_no_chain_takes_are_refused() {
    type Change = fn(&mut Transaction);
    let changes: [(&str, Change); 6] = [
        ("no chain", |tx| tx.chain_id = 0),
        ("the last nonce", |tx| tx.nonce = u64::MAX),
        ("little gas", |tx| tx.gas_limit = 20_999),
        ("a tip above the fee", |tx| tx.tip = Uint256::from(3)),
        ("value and fee", |tx| tx.value = Uint256::MAX),
        ("the fee", |tx| tx.max_fee = Uint256::MAX),
    ];
    for (why, change) in changes {
        let mut tx = plain();
        change(&mut tx);
        assert_eq!(code(tx.unsigned()), Some(ChainCode::Range), "{why}");
    }
}
