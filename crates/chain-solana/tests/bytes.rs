//! Bytes: one encoding for one meaning, and every other one refused.

mod common;

use common::*;
use jinku_chain::{ChainCode, Codec, Signature};
use jinku_chain_solana::{Solana, Step, Transaction};
use jinku_words::{SolanaVersion, TokenProgram};

fn base64(text: &str) -> Vec<u8> {
    let digit = |it: u8| match it {
        b'A'..=b'Z' => it - b'A',
        b'a'..=b'z' => it - b'a' + 26,
        b'0'..=b'9' => it - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let (mut out, mut held, mut bits) = (Vec::new(), 0u32, 0);
    for it in text.bytes().filter(|it| *it != b'=') {
        held = held << 6 | u32::from(digit(it));
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    out
}

fn code(bytes: &[u8]) -> Option<ChainCode> {
    Transaction::parse(bytes).err().map(|error| error.code)
}

/// The largest kind of message: durable nonce, compute budget, a token with its account, a memo.
fn full(version: SolanaVersion) -> Vec<u8> {
    let steps = vec![
        advance(),
        Step::ComputeLimit(60_000),
        Step::ComputePrice(1),
        create(&wallet(2), TokenProgram::Token2022),
        transfer_token(&wallet(2), TokenProgram::Token2022, 7),
        transfer(&wallet(3), 9),
        memo("order 4711"),
    ];
    message(version, steps).message().expect("a message")
}

#[test]
fn the_published_transfer_is_read_and_made_again() {
    let all = jinku_testkit::vectors("solana/solana.json");
    let row = &all["transactions"][0];
    let sent = base64(row["signed_base64"].as_str().expect("a text"));
    let chain = CHAIN.parse().expect("a chain");
    let opened = Solana.open(&chain, &sent).expect("opened");
    let effects = Solana.summarise(&opened.unsigned).expect("read");
    assert_eq!(
        effects.gains[0].account.address(),
        row["to"].as_str().expect("a text")
    );
    assert_eq!(effects.gains[0].amount, 49.into());
    assert_eq!((effects.losses.len(), effects.fee.most), (1, 5_000.into()));
    let again = Transaction::parse(&opened.unsigned.bytes).expect("read");
    assert_eq!(again.message().as_ref(), Ok(&opened.unsigned.bytes));

    let tables = base64(
        all["transactions"][1]["signed_base64"]
            .as_str()
            .expect("a text"),
    );
    let refused = Solana.open(&chain, &tables).map_err(|error| error.code);
    assert_eq!(refused.err(), Some(ChainCode::Unsupported));
}

#[test]
fn no_other_bit_is_signed() {
    for version in VERSIONS {
        let unsigned = unsigned(full(version));
        let sent = Solana
            .attach(&unsigned, &[sign(1, &unsigned.bytes)])
            .expect("signed")
            .bytes;
        let chain = CHAIN.parse().expect("a chain");
        assert!(Solana.open(&chain, &sent).is_ok());
        for bit in 0..sent.len() * 8 {
            let mut other = sent.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(Solana.open(&chain, &other).is_err(), "bit {bit}");
        }
        for end in 0..sent.len() {
            assert!(Solana.open(&chain, &sent[..end]).is_err(), "{end} bytes");
        }
        assert!(Solana.open(&chain, &[&sent[..], &[0]].concat()).is_err());
    }
}

#[test]
fn a_flipped_bit_changes_the_meaning_or_is_refused() {
    for version in VERSIONS {
        let bytes = full(version);
        let good = Transaction::parse(&bytes).expect("read");
        for bit in 0..bytes.len() * 8 {
            let mut other = bytes.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            if let Ok(found) = Transaction::parse(&other) {
                assert_ne!(found, good, "bit {bit}");
                assert_eq!(found.message(), Ok(other));
            }
        }
    }
}

/// A transfer of lamports: header at 0, three keys from 4, anchor at 100, one instruction from 132.
fn plain() -> Vec<u8> {
    let bytes = message(SolanaVersion::Legacy, vec![transfer(&wallet(2), 5)])
        .message()
        .expect("a message");
    assert_eq!(bytes[..4], [1, 0, 1, 3]);
    assert_eq!(bytes[132..138], [1, 2, 2, 0, 1, 12]);
    bytes
}

fn changed(at: usize, to: &[u8]) -> Vec<u8> {
    let mut bytes = plain();
    bytes.splice(at..at + to.len(), to.iter().copied());
    bytes
}

#[test]
fn roles_keys_and_orders_to_spare_are_refused() {
    let good = plain();
    let swapped = [&good[..36], &good[68..100], &good[36..68], &good[100..]].concat();
    assert_eq!(code(&swapped), Some(ChainCode::Unsupported));
    let mut swapped_back = swapped;
    swapped_back[133] = 1;
    swapped_back[136] = 2;
    let mut spare = [
        &[1, 0, 2, 4][..],
        &good[4..68],
        &[9; 32],
        &good[68..100],
        &good[100..],
    ]
    .concat();
    spare[165] = 3;
    let spare_last = [&[1, 0, 2, 4][..], &good[4..100], &[9; 32], &good[100..]].concat();
    let twice = [&[1, 0, 2, 4][..], &good[4..100], &good[68..]].concat();
    let malformed = [
        ("the system program may change", changed(2, &[0])),
        ("the receiver may only be read", changed(2, &[2])),
        ("the payer may only be read", changed(1, &[1])),
        ("another's lamports", changed(135, &[1, 0])),
        ("keys in another order, roles kept", swapped_back),
        ("a key to spare", spare),
        ("a key to spare at the end", spare_last),
        ("a key twice", twice),
        ("an index beyond the keys", changed(133, &[3])),
        ("no keys", vec![1, 0, 0, 0]),
        ("nothing", Vec::new()),
        (
            "a longer length of the keys",
            [&good[..3], &[0x83, 0x00], &good[4..]].concat(),
        ),
        ("a byte behind the end", [&good[..], &[0]].concat()),
    ];
    for (why, bytes) in malformed {
        assert_eq!(code(&bytes), Some(ChainCode::Malformed), "{why}");
    }
}

#[test]
fn what_is_not_read_in_full_is_refused() {
    let good = plain();
    assert_eq!(code(&good), None);
    let tail = |bytes: &[u8], tail: &[u8]| [&[0x80], bytes, tail].concat();
    let unsupported = [
        ("two signers", changed(0, &[2])),
        ("no signer", changed(0, &[0])),
        ("version 1", [&[0x81], &good[..]].concat()),
        (
            "a lookup table",
            tail(&good, &[&[1][..], &[7; 32], &[1, 0, 0]].concat()),
        ),
        (
            "another instruction of the system program",
            changed(138, &[3]),
        ),
        ("another program", changed(68, &[5; 32])),
        (
            "a third account",
            [&good[..134], &[3, 0, 1, 1], &good[137..]].concat(),
        ),
        (
            "data to spare",
            [&good[..137], &[13], &good[138..], &[0]].concat(),
        ),
        ("a transfer of nothing", changed(142, &[0; 8])),
    ];
    for (why, bytes) in unsupported {
        assert_eq!(code(&bytes), Some(ChainCode::Unsupported), "{why}");
    }
    assert_eq!(code(&tail(&good, &[0])), None);
    let newer = Transaction::parse(&[&[0x81], &good[..]].concat());
    assert!(newer.is_err_and(|error| error.what.contains("a version of messages")));
}

#[test]
fn somebody_elses_message_is_not_the_accounts() {
    let theirs = Transaction {
        payer: wallet(2),
        steps: Vec::new(),
        ..message(SolanaVersion::V0, Vec::new())
    };
    let refused = Solana.payloads(&unsigned(theirs.message().expect("a message")));
    assert_eq!(
        refused.map_err(|error| error.code),
        Err(ChainCode::Malformed)
    );
}

#[test]
fn a_transaction_ends_with_what_the_network_carries() {
    let of = |letters| message(SolanaVersion::Legacy, vec![memo(&"x".repeat(letters))]).message();
    let longest = (900..1_200).rev().find_map(|letters| of(letters).ok());
    let longest = longest.expect("a message");
    assert_eq!(longest.len() + 65, 1_232);
    assert_eq!(code(&longest), None);
    let data = longest.len() - longest.iter().rev().take_while(|it| **it == b'x').count();
    assert_eq!(
        of(longest.len() - data + 1).err().map(|it| it.code),
        Some(ChainCode::Range)
    );
    let mut longer = longest;
    longer[data - 2] += 1;
    longer.push(b'x');
    assert_eq!(code(&longer), Some(ChainCode::Malformed));
}

/// The neutral element as a key: under plain Ed25519 this one signature is good for every message.
#[test]
fn a_key_that_everybody_can_sign_for_is_refused() {
    let mut weak = [0; 32];
    weak[0] = 1;
    let made = Transaction {
        payer: weak,
        ..message(SolanaVersion::V0, Vec::new())
    };
    let mut unsigned = unsigned(Vec::new());
    unsigned.account = format!("{CHAIN}:{}", text(&weak))
        .parse()
        .expect("an account");
    unsigned.bytes = made.message().expect("a message");
    let mut bytes = [0; 64];
    bytes[0] = 1;
    let refused = Solana.attach(
        &unsigned,
        &[Signature {
            bytes,
            recovery_id: None,
        }],
    );
    assert_eq!(
        refused.map_err(|error| error.code),
        Err(ChainCode::Signature)
    );
}
