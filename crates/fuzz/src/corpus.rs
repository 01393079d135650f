//! Where the inputs start: the vector files where they are present, and a few inputs of every form that always are.

use std::collections::BTreeMap;
use std::path::Path;

use jinku_envelope::claim::ClaimCode;
use jinku_envelope::evidence::EvidenceKey;
use jinku_envelope::{KdfParams, Unlock, VaultEnvelope, VaultSpec};
use jinku_hd::bip39::{Language, Mnemonic};
use jinku_imports::{ImportKind, Request, import};
use serde_json::Value;
pub(crate) mod bitcoin;
pub(crate) mod chains;
mod frames;
pub(crate) mod journal;
pub(crate) mod policies;
pub(crate) use frames::signer_frames;
pub use frames::{REQUESTS, request};

/// A list of inputs.
type Seeds = Vec<Vec<u8>>;

const XPUB: &str = "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8";
const XPRV: &str = "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi";
const UUID: &str = "0192f0c1-0000-7000-8000-000000000003";

fn seeds(texts: &[&str]) -> Seeds {
    texts.iter().map(|t| t.as_bytes().to_vec()).collect()
}

/// Reads a vector file of the full set, or of the committed subset; nothing when neither is there.
fn vector(name: &str) -> Value {
    let here = env!("CARGO_MANIFEST_DIR");
    let full = std::env::var("JINKU_VECTORS")
        .unwrap_or_else(|_| format!("{here}/../../../shared/vectors"));
    [
        Path::new(&full).join(name),
        Path::new(here).join("../../tests/vectors/data").join(name),
    ]
    .iter()
    .find_map(|p| serde_json::from_slice(&std::fs::read(p).ok()?).ok())
    .unwrap_or(Value::Null)
}

/// Every text of a vector file that `keep` wants, at most 300.
fn texts(name: &str, keep: impl Fn(&str) -> bool) -> Seeds {
    fn walk(value: &Value, keep: &dyn Fn(&str) -> bool, out: &mut Seeds) {
        match value {
            Value::String(text) if out.len() < 300 && text.len() <= 2000 && keep(text) => {
                out.push(text.clone().into_bytes())
            }
            Value::Array(items) => items.iter().for_each(|v| walk(v, keep, out)),
            Value::Object(members) => members.values().for_each(|v| walk(v, keep, out)),
            _ => {}
        }
    }
    let mut out = Vec::new();
    walk(&vector(name), &keep, &mut out);
    out
}

/// Texts that no parser may choke on: empty, huge, deep, not UTF-8.
fn nasty() -> Seeds {
    vec![
        Vec::new(),
        vec![0; 64],
        vec![0xff; 64],
        vec![b'['; 100_000],
        b"{\"a\":".repeat(50_000),
        vec![b'('; 100_000],
        vec![b'/'; 100_000],
        vec![b'1'; 100_000],
        "\u{3099}".repeat(30_000).into_bytes(),
        b" a".repeat(50_000),
    ]
}

fn with_nasty(seeds: Seeds) -> Seeds {
    seeds.into_iter().chain(nasty()).collect()
}

pub(crate) fn extended_keys() -> Seeds {
    let mut all = seeds(&[XPUB, XPRV]);
    all.extend(texts("bitcoin/bip32.json", |t| t.len() > 100));
    all.extend(texts("bitcoin/bip84.json", |t| t.len() > 100));
    all.extend(texts("bitcoin/bip49.json", |t| t.len() > 100));
    with_nasty(all)
}

pub(crate) fn paths() -> Seeds {
    let mut all = seeds(&[
        "m",
        "m/0",
        "m/44'/60'/0'/0/0",
        "m/2147483647'/2147483647",
        "m/86h/0H/0'/1/9",
        "44'/60'/0'",
    ]);
    all.extend(texts("bitcoin/bip32.json", |t| t.starts_with('m')));
    with_nasty(all)
}

pub(crate) fn mnemonics() -> Seeds {
    let mut all: Seeds = Language::ALL
        .iter()
        .filter_map(|l| Mnemonic::from_entropy(&[0x55; 16], *l).ok())
        .map(|m| m.phrase().as_bytes().to_vec())
        .collect();
    all.extend(
        texts("mnemonic/bip39_trezor_vectors.json", |t| t.contains(' '))
            .into_iter()
            .take(30),
    );
    // Long inputs are slow in twelve languages, so the huge ones of `nasty` come shortened.
    all.extend(nasty().into_iter().map(|mut n| {
        n.truncate(20_000);
        n
    }));
    all
}

pub(crate) fn descriptors() -> Seeds {
    with_nasty(seeds(&[
        &format!("wpkh({XPUB}/0/*)"),
        &format!("tr([73c5da0a/86'/0'/0']{XPUB}/<0;1>/*)"),
        &format!("sh(wpkh({XPUB}/1/*))#00000000"),
        "pkh(02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5)",
        "addr(1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa)",
        XPUB,
    ]))
}

const KEYSTORE: &str = r#"{"version":3,"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","address":"008aeeda4d805471df9b2a5b0f38a0c3bcba786b","crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},"ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2","kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256","salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},"mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"}}"#;

pub(crate) fn keystores() -> Seeds {
    let scrypt = KEYSTORE
        .replace("pbkdf2", "scrypt")
        .replace("\"c\":262144", "\"n\":8192,\"p\":1,\"r\":8");
    let mut all = seeds(&[KEYSTORE, &scrypt]);
    if let Value::Object(tests) = vector("ethereum/keystore_basic_tests.json") {
        all.extend(tests.values().map(|t| t["json"].to_string().into_bytes()));
    }
    with_nasty(all)
}

pub(crate) fn nep2_keys() -> Seeds {
    let mut all = seeds(&["6PYKuriAL7pFeVTr3tKksbD1SpKUP7K82vjGuskZ5zpo9EWDhLRW6GcnyL"]);
    all.extend(texts("neo/neo_mamba_accounts.json", |t| {
        t.starts_with("6P")
    }));
    with_nasty(all)
}

const NEP6: &str = r#"{"name":"user","version":"1.0","scrypt":{"n":16384,"r":8,"p":8},"accounts":[{"address":"Nh5bER811LF2XYBKVkw1YDQmk8pSp15B2U","label":null,"isDefault":false,"lock":false,"key":"6PYPZFtVe7RcCgxwBQ7q15FSBSVYiTz3RfYW1ri31ey8ckxAmJA6m3tMta","contract":{"script":"DCECeImeFFgJrHqTjm3/MFlx8F/RSQDX91E24ilhj5EtBdhBVuezJw==","parameters":[{"name":"parameter0","type":"Signature"}],"deployed":false},"extra":null}],"extra":null}"#;

pub(crate) fn nep6_wallets() -> Seeds {
    let mut all = seeds(&[NEP6]);
    for name in [
        "neo/neo_mamba_user-wallet.json",
        "neo/neo_mamba_rc2-wallet.json",
    ] {
        let found = vector(name);
        if !found.is_null() {
            all.push(found.to_string().into_bytes());
        }
    }
    with_nasty(all)
}

pub(crate) fn wif_keys() -> Seeds {
    let mut all = seeds(&[
        "KxGtKtYTsxCW997F762Zn62C2e72gQ9XMPkkL2231Rc4GuvSCuba",
        "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ",
    ]);
    all.extend(texts("bitcoin/key_io_valid.json", |t| {
        t.len() > 50 && t.len() < 54
    }));
    all.extend(texts("bitcoin/key_io_invalid.json", |t| t.len() > 30));
    with_nasty(all)
}

pub(crate) fn solana_keypairs() -> Seeds {
    let numbers = format!(
        "[{}]",
        (0..64).map(|i| i.to_string()).collect::<Vec<_>>().join(",")
    );
    // The seed of thirty-two eights and its public key, so that one input is accepted.
    let public = jinku_sign::ed25519::public_key(&jinku_secrets::Secret::init(|s| s.fill(8)));
    let good: Vec<String> = [8u8; 32]
        .iter()
        .chain(&public)
        .map(ToString::to_string)
        .collect();
    let mut all = seeds(&[
        &numbers,
        &format!("[{}]", good.join(",")),
        "[]",
        "[256]",
        "[-1,1.5]",
    ]);
    all.extend(texts("solana/solana.json", |t| t.len() > 40));
    with_nasty(all)
}

/// The records of everything that the seeds of the importers hold.
pub(crate) fn records() -> Seeds {
    let mut all = Vec::new();
    for input in imports() {
        for kind in ImportKind::ALL {
            for found in import(&Request::new(kind), &input).unwrap_or_default() {
                if let Ok(record) = found.secret.to_record() {
                    all.push(record.to_vec());
                }
            }
        }
    }
    all.sort();
    all.dedup();
    assert!(
        all.len() > 3,
        "the seeds of the importers hold several kinds of keys"
    );
    with_nasty(all)
}

pub(crate) fn imports() -> Seeds {
    let mut all: Seeds = [
        extended_keys(),
        wif_keys(),
        descriptors(),
        nep6_wallets(),
        solana_keypairs(),
    ]
    .into_iter()
    .flat_map(|s| s.into_iter().take(4))
    .collect();
    all.extend(mnemonics().into_iter().take(3));
    all
}

pub(crate) fn addresses() -> Seeds {
    let mut all = seeds(&[
        "0x9858EfFD232B4033E47d90003D41EC34EcaEda94",
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
        "TQq3EYEiaYr95r6ePRQwycukCEAE4qWkE7",
        "NRaKbRA5JAEJtfUgJJZzmeDnKvP3pJwKp1",
        "2q7pyhPwAwZ3QMfZrnAbDhnh9mDUqycszcpf86VgQxhF",
    ]);
    all.extend(texts("bitcoin/key_io_valid.json", |t| t.len() < 40));
    all.extend(texts("tron/tronweb_address_message.json", |t| t.len() < 60));
    with_nasty(all)
}

pub(crate) fn bech32_addresses() -> Seeds {
    let mut all = seeds(&[
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        "bc1p5d7rjq7g6rdk2yhzks9smlaqtedr4dekq08ge8ztwac72sfr9rusxg3297",
        "cosmos1pkptre7fdkl6gfrzlesjjvhxhlc3r4gmmk8rs6",
        "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx",
    ]);
    all.extend(texts("bitcoin/bip173.json", |t| t.len() < 120));
    all.extend(texts("bitcoin/bip350.json", |t| t.len() < 120));
    with_nasty(all)
}

pub(crate) fn chains() -> Seeds {
    with_nasty(seeds(&[
        "eip155:1",
        "bip122:000000000019d6689c085ae165831e93",
        "bip122:0f9188f13cb7b2c71f2a335e3a4fc328",
        "cosmos:cosmoshub-4",
        "cosmos:osmosis-1",
        "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
        "neo:860833102",
        "tron:728126428",
        "tron:0x2b6653dc",
    ]))
}

pub(crate) fn public_keys() -> Seeds {
    let point = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
    let long = "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";
    let p256 = "036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
    let ed = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    [point, long, p256, ed]
        .iter()
        .filter_map(|t| hex::decode(t).ok())
        .chain([Vec::new(), vec![2; 33], vec![4; 65]])
        .collect()
}

pub(crate) fn vaults() -> Seeds {
    let spec = VaultSpec {
        vault: UUID.to_owned(),
        name: "fuzz".to_owned(),
        tier: "hot".to_owned(),
        forms: Vec::new(),
        limits: "{}".to_owned(),
        exportable: true,
        hardened_accounts: false,
        secret_kind: "bip39".to_owned(),
        fingerprint: "00000000".to_owned(),
        notes: BTreeMap::new(),
    };
    let kdf = KdfParams {
        m_kib: KdfParams::MIN_NEW_M_KIB,
        t: 1,
        p: 1,
    };
    let made = VaultEnvelope::create(
        spec,
        &Unlock::Passphrase(b"fuzz"),
        kdf,
        &[("seed", b"0123456789abcdef")],
    );
    let frozen = include_bytes!("../../envelope/tests/data/jinku-vault-1.vault").to_vec();
    // What is made holds fresh randomness; only the frozen file keeps a run repeatable, so the new one is only parsed.
    assert!(made.is_ok_and(|(v, _)| v.to_bytes().is_ok_and(|b| VaultEnvelope::parse(&b).is_ok())));
    with_nasty(vec![frozen])
}

const EVIDENCE_KEY: &str = r#"{"format":"jinku-evidence-key/1","kdf":{"m_kib":65536,"p":4,"t":3},"public":"4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a","salt":"000102030405060708090a0b0c0d0e0f","sealed":"00"}"#;

pub(crate) fn evidence_keys() -> Seeds {
    use sha2::Digest;
    let sum = hex::encode(sha2::Sha256::digest(EVIDENCE_KEY));
    let whole = format!("{EVIDENCE_KEY}\nsha256:{sum}\n");
    assert!(
        EvidenceKey::parse(whole.as_bytes()).is_ok(),
        "the seed is a good file"
    );
    with_nasty(seeds(&[&whole]))
}

pub(crate) fn claim_codes() -> Seeds {
    let zeros = "0000-0000-0000-0000-0000-0000-0000";
    assert!(
        ClaimCode::parse(zeros.as_bytes()).is_ok(),
        "all zeros is a code word"
    );
    with_nasty(seeds(&[
        zeros,
        "OOOO 0000 0000-0000 oooo 0000 0000\n",
        "7ZZZ-1111-LLLL-IIII-abcd-efgh-jkmn",
        "UUUU",
    ]))
}

pub(crate) fn json_texts() -> Seeds {
    with_nasty(seeds(&[
        r#"{"a":[1,-2,true,false,null,"x"],"é":"\u00e9\ud83d\ude00","":{}}"#,
        r#"{"b":9007199254740991,"a":-9007199254740991}"#,
        r#"[" \" \\ \/ \b \f \n \r \t ",1.0,1e3,-0]"#,
        "{\"\u{20ac}\":1,\"\u{1f600}\":2,\"\u{fb33}\":3}",
        KEYSTORE,
        NEP6,
    ]))
}

pub(crate) fn documents() -> Seeds {
    let mut all = with_nasty(Vec::new());
    let snapshots = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/snapshots/words");
    let mut files: Vec<_> = std::fs::read_dir(snapshots)
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .collect();
    files.sort();
    for path in files {
        let Ok(value) = std::fs::read(&path).and_then(|b| Ok(serde_json::from_slice::<Value>(&b)?))
        else {
            continue;
        };
        collect_documents(&value, &mut all);
    }
    all
}

/// Adds every object that carries a `v`, and every text that looks like one.
fn collect_documents(value: &Value, out: &mut Seeds) {
    match value {
        Value::Object(members) => {
            if members.contains_key("v")
                && let Ok(bytes) = jinku_words::canonical::to_vec(value)
            {
                out.push(bytes);
            }
            members.values().for_each(|v| collect_documents(v, out));
        }
        Value::Array(items) => items.iter().for_each(|v| collect_documents(v, out)),
        Value::String(text) if text.starts_with('{') => out.push(text.clone().into_bytes()),
        _ => {}
    }
}

pub(crate) fn caip_names() -> Seeds {
    let mut all = chains();
    all.extend(seeds(&[
        "eip155:1:0x9858EfFD232B4033E47d90003D41EC34EcaEda94",
        "eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7",
        "eip155:1/slip44:60",
        "cosmos:cosmoshub-4/ics20:ibc%2F27394FB092D2ECCD56123C74F36E4C1F926001CEADA9CA97EA622B25F41E5EB2",
        "neo:860833102/nep17:0xd2a4cff31913016155e38e474a2c06d08be276cf",
        "tron:728126428/trc20:TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
        "bip122:000000000019d6689c085ae165831e93:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    ]));
    all
}

pub(crate) fn numbers_and_ids() -> Seeds {
    with_nasty(seeds(&[
        "0",
        "1",
        "01",
        "115792089237316195423570985008687907853269984665640564039457584007913129639935",
        "115792089237316195423570985008687907853269984665640564039457584007913129639936",
        UUID,
        "0192F0C1-0000-7000-8000-000000000003",
        "0192f0c1-0000-4000-8000-000000000003",
    ]))
}

pub(crate) fn der_signatures() -> Seeds {
    let mut compact = [0x11; 64];
    let mut all = vec![jinku_sign::der::encode(&compact)];
    compact[0] = 0x80;
    compact[32] = 0;
    all.push(jinku_sign::der::encode(&compact));
    all.extend(
        texts("wycheproof/ecdsa_secp256k1_sha256_bitcoin_test.json", |t| {
            t.starts_with("30") && t.len() < 200
        })
        .iter()
        .filter_map(|t| hex::decode(t).ok()),
    );
    with_nasty(all)
}

pub(crate) fn proofs() -> Seeds {
    let shape = |a: u64, b: u64, c: u64, n: usize| {
        [a.to_be_bytes(), b.to_be_bytes(), c.to_be_bytes()]
            .concat()
            .into_iter()
            .chain(vec![7; 32 * n])
            .collect::<Vec<u8>>()
    };
    let mut all = vec![
        shape(0, 1, 1, 0),
        shape(3, 8, 8, 3),
        shape(0, u64::MAX, u64::MAX, 64),
        shape(u64::MAX - 1, u64::MAX, u64::MAX, 64),
        shape(1 << 63, u64::MAX, u64::MAX, 63),
        shape(0, 1 << 63, u64::MAX, 64),
        shape(4, 6, 7, 2),
        shape(0, 0, 0, 0),
    ];
    all.extend(nasty().into_iter().take(3));
    all
}
