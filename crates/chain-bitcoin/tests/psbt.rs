//! Published vectors: BIP-143, BIP-174 (Bitcoin Core's set) and BIP-370.

use jinku_chain::{ChainCode, Codec, Signature, Unsigned};
use jinku_chain_bitcoin::{Bitcoin, Psbt, PsbtInput, PsbtVersion, Transaction, TxOut};
use jinku_secrets::Secret;
use jinku_sign::k1;
use jinku_testkit::vectors;
use serde_json::Value;

const MAIN: &str = "bip122:000000000019d6689c085ae165831e93";

fn base64(text: &str) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    let (mut held, mut bits) = (0u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let value = LETTERS.iter().position(|it| *it == letter).expect("base64");
        held = held << 6 | u32::try_from(value).expect("six bits");
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits) as u8);
        }
    }
    out
}

fn texts(value: &Value) -> Vec<&str> {
    let rows = value.as_array().expect("a list");
    rows.iter()
        .map(|row| row.as_str().or_else(|| row[0].as_str()).expect("a text"))
        .collect()
}

/// What is read is written and read back, in both versions.
fn round(psbt: &Psbt) {
    for version in [PsbtVersion::Zero, PsbtVersion::Two] {
        let bytes = psbt.encoded(version);
        assert_eq!(Psbt::parse(&bytes), Ok((psbt.clone(), version)));
    }
}

#[test]
fn invalid_psbts_are_refused() {
    let all = vectors("bitcoin/rpc_psbt.json");
    let (mut read, mut malformed) = (0, 0);
    for text in texts(&all["invalid"])
        .into_iter()
        .chain(texts(&all["invalid_with_msg"]))
    {
        let error = Psbt::parse(&base64(text)).expect_err(text);
        malformed += usize::from(error.code == ChainCode::Malformed);
        assert!(
            matches!(
                error.code,
                ChainCode::Malformed | ChainCode::Unsupported | ChainCode::Range
            ),
            "{error}"
        );
        read += 1;
    }
    assert!(read >= 20 && malformed >= 10, "{read} {malformed}");
}

/// Of the valid ones those that have no field but what is read here; every other is refused for a field's name.
#[test]
fn valid_psbts_are_read_or_refused_by_the_name_of_a_field() {
    let all = vectors("bitcoin/rpc_psbt.json");
    let (mut read, mut refused) = (0, 0);
    for text in texts(&all["valid"]) {
        let bytes = base64(text);
        match Psbt::parse(&bytes) {
            Ok((psbt, version)) => {
                assert_eq!(version, PsbtVersion::Zero, "{text}");
                round(&psbt);
                read += 1;
            }
            Err(error) => {
                assert_eq!(error.code, ChainCode::Unsupported, "{error}: {text}");
                refused += 1;
            }
        }
    }
    assert!(read >= 4 && refused >= 4, "{read} {refused}");
    let made = base64(all["creator"][0]["result"].as_str().expect("a text"));
    let (psbt, version) = Psbt::parse(&made).expect("a PSBT");
    assert_eq!(psbt.encoded(version), made, "Bitcoin Core's own bytes");
}

/// BIP-143, "P2SH-P2WPKH" (public domain): digest, signature and signed transaction.
#[test]
fn a_wrapped_spend_is_that_of_bip_143() {
    let transaction = Transaction::parse(&unhex(
        "0100000001db6b1b20aa0fd7b23880be2ecbd4a98130974cf4748fb66092ac4d3ceb1a54770100000000feffffff02b8b4eb0b000000001976a914\
         a457b684d7f0d539a46a45bbc043f35b59d0d96388ac0008af2f000000001976a914fd270b1ee6abcaea97fea7ad0402e8bd8ad6d77c88ac9204\
         0000",
    ))
    .expect("a transaction");
    let script = unhex("a9144733f37cf4db86fbc2efed2500b4f4e49f31202387");
    let address = jinku_address::address_of_script(MAIN, &script)
        .expect("a chain")
        .expect("an address");
    let psbt = Psbt {
        outputs: vec![Vec::new(); 2],
        xpubs: Vec::new(),
        inputs: vec![PsbtInput {
            spent: Some(TxOut {
                value: 1_000_000_000,
                script,
            }),
            redeem_script: Some(unhex("001479091972186c449eb1ded22b78e40d009bdf0089")),
            hash_type: Some(1),
            ..PsbtInput::default()
        }],
        transaction,
    };
    let unsigned = Unsigned {
        account: format!("{MAIN}:{address}").parse().expect("an account"),
        bytes: psbt.encoded(PsbtVersion::Two),
    };
    let digest = Bitcoin.payloads(&unsigned).expect("a payload")[0].digest();
    assert_eq!(
        hex::encode(digest),
        "64f3b0f4dd2bb3aa1ce8566d220cc74dda9df97d8490cc81d89d735c92e59fb6"
    );
    let key = unhex("eb696a065ef48a2192da5b28b694f87544b30fae8327c4510137a922f32c6dcf");
    let made = k1::sign(&Secret::init(|to| to.copy_from_slice(&key)), &digest).expect("signed");
    let signature = Signature {
        bytes: made.compact,
        recovery_id: Some(made.recovery_id),
    };
    let sent = Bitcoin.attach(&unsigned, &[signature]).expect("attached");
    assert_eq!(
        hex::encode(&sent.bytes),
        "01000000000101db6b1b20aa0fd7b23880be2ecbd4a98130974cf4748fb66092ac4d3ceb1a5477010000001716001479091972186c449eb1ded22b78e4\
         0d009bdf0089feffffff02b8b4eb0b000000001976a914a457b684d7f0d539a46a45bbc043f35b59d0d96388ac0008af2f000000001976a914fd270b1e\
         e6abcaea97fea7ad0402e8bd8ad6d77c88ac02473044022047ac8e878352d3ebbde1c94ce3a10d057c24175747116f8288e5d794d12d482f0220217f36\
         a485cae903c713331d877c1f64677e3622ad4010726870540656fe9dcb012103ad1d8e89212f0b92c74d23bb710c00662ad1470198ac48c43f7d6f93a2\
         a2687392040000"
    );
    assert_eq!(
        sent.id,
        "ef48d9d0f595052e0f8cdcf825f7a5e50b6a388a81f206f3f4846e5ecd7a0c23"
    );
}

/// BIP-370 (BSD-2-Clause): required fields only; an updated one; the same with lock times of its inputs, which are not read.
const REQUIRED: &str = "cHNidP8BAgQCAAAAAQQBAQEFAQIB+wQCAAAAAAEOIAsK2SFBnByHGXNdctxzn56p4GONH+TB7vD5lECEgV/IAQ8EAAAAAAABAwgACK8vAAAAAAEEFgAUxDD2TEdW2jENvRoIVXLvKZkmJywAAQMIi73rCwAAAAABBBYAFE3Rk6yWSlasG54cyoRU/i9HT4UTAA==";
const UPDATED: &str = "cHNidP8BAgQCAAAAAQQBAQEFAQIB+wQCAAAAAAEAUgIAAAABwaolbiFLlqGCL5PeQr/ztfP/jQUZMG41FddRWl6AWxIAAAAAAP////8BGMaaOwAAAAAWABSwo68UQghBJpPKfRZoUrUtsK7wbgAAAAABAR8Yxpo7AAAAABYAFLCjrxRCCEEmk8p9FmhStS2wrvBuAQ4gCwrZIUGcHIcZc11y3HOfnqngY40f5MHu8PmUQISBX8gBDwQAAAAAACICAtYB+EhGpnVfd2vgDj2d6PsQrMk1+4PEX7AWLUytWreSGPadhz5UAACAAQAAgAAAAIAAAAAAKgAAAAEDCAAIry8AAAAAAQQWABTEMPZMR1baMQ29GghVcu8pmSYnLAAiAgLjb7/1PdU0Bwz4/TlmFGgPNXqbhdtzQL8c+nRdKtezQBj2nYc+VAAAgAEAAIAAAACAAQAAAGQAAAABAwiLvesLAAAAAAEEFgAUTdGTrJZKVqwbnhzKhFT+L0dPhRMA";
const LOCKED: &str = "cHNidP8BAgQCAAAAAQMEAAAAAAEEAQEBBQECAfsEAgAAAAABAFICAAAAAcGqJW4hS5ahgi+T3kK/87Xz/40FGTBuNRXXUVpegFsSAAAAAAD/////ARjGmjsAAAAAFgAUsKOvFEIIQSaTyn0WaFK1LbCu8G4AAAAAAQEfGMaaOwAAAAAWABSwo68UQghBJpPKfRZoUrUtsK7wbgEOIAsK2SFBnByHGXNdctxzn56p4GONH+TB7vD5lECEgV/IAQ8EAAAAAAEQBP7///8BEQSMjcRiARIEECcAAAAiAgLWAfhIRqZ1X3dr4A49nej7EKzJNfuDxF+wFi1MrVq3khj2nYc+VAAAgAEAAIAAAACAAAAAACoAAAABAwgACK8vAAAAAAEEFgAUxDD2TEdW2jENvRoIVXLvKZkmJywAIgIC42+/9T3VNAcM+P05ZhRoDzV6m4Xbc0C/HPp0XSrXs0AY9p2HPlQAAIABAACAAAAAgAEAAABkAAAAAQMIi73rCwAAAAABBBYAFE3Rk6yWSlasG54cyoRU/i9HT4UTAA==";

#[test]
fn version_2_is_that_of_bip_370() {
    for text in [REQUIRED, UPDATED] {
        let (psbt, version) = Psbt::parse(&base64(text)).expect("a PSBT");
        assert_eq!(version, PsbtVersion::Two);
        assert_eq!((psbt.inputs.len(), psbt.outputs.len()), (1, 2));
        assert_eq!(psbt.transaction.inputs[0].sequence, u32::MAX);
        round(&psbt);
    }
    let error = Psbt::parse(&base64(LOCKED)).expect_err("lock times of inputs");
    assert_eq!(error.code, ChainCode::Unsupported);

    let chain = "bip122:000000000933ea01ad0ee984209779ba";
    let script = unhex("0014b0a3af144208412693ca7d166852b52db0aef06e");
    let address = jinku_address::address_of_script(chain, &script)
        .expect("a chain")
        .expect("an address");
    let unsigned = |text: &str| Unsigned {
        account: format!("{chain}:{address}").parse().expect("an account"),
        bytes: base64(text),
    };
    let effects = Bitcoin.summarise(&unsigned(UPDATED)).expect("read");
    assert_eq!(effects.losses[0].amount, 999_998_859.into());
    assert_eq!(effects.gains.len(), 2);
    assert_eq!(effects.fee.most, 141.into());
    assert_eq!(effects.fee.asset.to_string(), format!("{chain}/slip44:1"));
    let refused = Bitcoin
        .summarise(&unsigned(REQUIRED))
        .map_err(|error| error.code);
    assert_eq!(
        refused,
        Err(ChainCode::Unsupported),
        "what it spends is not known"
    );
}

#[test]
fn fields_of_one_version_are_refused_in_the_other() {
    let bytes = base64(REQUIRED);
    let with = |at: usize, pair: &[u8]| {
        let bytes = [&bytes[..at], pair, &bytes[at..]].concat();
        Psbt::parse(&bytes).expect_err("refused").code
    };
    let nothing = [1, 0, 10, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(
        with(5, &nothing),
        ChainCode::Unsupported,
        "a transaction in version 2"
    );
    assert_eq!(
        with(5, &[1, 6, 1, 1]),
        ChainCode::Unsupported,
        "inputs may still be added"
    );
    assert_eq!(
        with(5, &[1, 6, 2, 0, 0]),
        ChainCode::Malformed,
        "flags of two bytes"
    );
    assert_eq!(
        with(5, &[1, 2, 4, 2, 0, 0, 0]),
        ChainCode::Malformed,
        "a version twice"
    );
    assert_eq!(
        with(bytes.len(), &[0]),
        ChainCode::Malformed,
        "bytes behind"
    );
    let at = bytes.windows(3).position(|it| it == [0xfb, 4, 2]);
    let mut later = bytes.clone();
    for version in [1, 3] {
        later[at.expect("a version") + 2] = version;
        let found = Psbt::parse(&later).map_err(|error| error.code);
        assert_eq!(found, Err(ChainCode::Unsupported), "version {version}");
    }
    let (psbt, _) = Psbt::parse(&bytes).expect("a PSBT");
    let zero = psbt.encoded(PsbtVersion::Zero);
    assert!(Psbt::parse(&[&zero[..5], &[1, 6, 1, 0], &zero[5..]].concat()).is_err());
    for cut in 0..bytes.len() {
        assert!(Psbt::parse(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    for cut in 0..zero.len() {
        assert!(Psbt::parse(&zero[..cut]).is_err(), "cut at {cut}");
    }
}

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text).expect("hex")
}
