//! BIP-49, 84, 86, 173, 341, 350, key_io, base58, Cosmos, Solana, Neo and Tron address vectors.

use jinku_address::bech32::{self, Variant};
use jinku_address::{
    AddressError, Family, Form, Format, Kind, encode, encode_cosmos, encode_neo,
    encode_neo_script_hash, encode_p2sh, encode_p2tr_output, encode_p2wpkh, encode_tron_xy,
    neo_script_hash, network, taproot_output, validate,
};
use jinku_hd::bip39::Mnemonic;
use jinku_hd::key::{Curve, ExtendedKey};
use jinku_hd::path::Path;
use jinku_testkit::vectors;
use serde_json::Value;

const MAIN: &str = "bip122:000000000019d6689c085ae165831e93";
const REGTEST: &str = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328";

fn ok<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key}"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    ok(hex::decode(hex)).try_into().expect("the right length")
}

fn public(curve: Curve, mnemonic: &str, path: &str) -> Vec<u8> {
    let seed = ok(Mnemonic::parse(mnemonic)).seed("");
    ok(ok(ExtendedKey::from_seed(curve, &seed[..])).derive(&ok(Path::parse(path)))).public_key()
}

fn chain(name: &str) -> &'static str {
    match name {
        "main" => MAIN,
        "test" => "bip122:000000000933ea01ad0ee984209779ba",
        "testnet4" => "bip122:00000000da84f2bafbbc53dee25a72ae",
        "signet" => "bip122:00000008819873e925422c1ff0f99f7c",
        "regtest" => REGTEST,
        other => panic!("no chain {other}"),
    }
}

/// The output script that an address stands for (BIP-16, 141, 350).
fn script(address: &jinku_address::Parsed) -> String {
    hex::encode(address.output_script().expect("an address of Bitcoin"))
}

#[test]
fn key_io_addresses_of_every_network() {
    let mut cases = 0;
    for row in list(&vectors("bitcoin/key_io_valid.json")) {
        if row[2]["isPrivkey"] == true {
            let refused = validate(MAIN, row[0].as_str().expect("text"));
            assert!(
                matches!(refused, Err(AddressError::Length { .. })),
                "a private key is no address"
            );
            continue;
        }
        let (address, want) = (
            row[0].as_str().expect("text"),
            row[1].as_str().expect("text"),
        );
        let net = chain(text(&row[2], "chain"));
        let parsed = ok(validate(net, address));
        assert_eq!(script(&parsed), want, "{address}");
        assert_eq!(parsed.canonical, address);
        let wrong = if net == MAIN { REGTEST } else { MAIN };
        assert!(
            matches!(validate(wrong, address), Err(AddressError::Network { .. })),
            "{address} on {wrong}"
        );
        if row[2]["tryCaseFlip"] == true {
            assert_eq!(ok(validate(net, &address.to_uppercase())), parsed);
        } else {
            assert!(validate(net, &address.to_uppercase()).is_err());
        }
        cases += 1;
    }
    assert!(cases >= 4, "{cases}");
}

#[test]
fn key_io_invalid_strings_are_refused_on_every_network() {
    for row in list(&vectors("bitcoin/key_io_invalid.json")) {
        let address = row[0].as_str().expect("text");
        for net in ["main", "test", "testnet4", "signet", "regtest"] {
            assert!(validate(chain(net), address).is_err(), "{address} on {net}");
        }
    }
}

#[test]
fn segwit_addresses_of_bip173_and_bip350() {
    let (old, new) = (
        vectors("bitcoin/bip173.json"),
        vectors("bitcoin/bip350.json"),
    );
    let net = |address: &str| {
        chain(if address.to_lowercase().starts_with("bc1") {
            "main"
        } else {
            "test"
        })
    };
    for row in list(&new["valid_addresses"]) {
        let address = text(row, "address");
        assert_eq!(
            script(&ok(validate(net(address), address))),
            text(row, "scriptPubKey"),
            "{address}"
        );
    }
    for row in list(&old["valid_addresses"]) {
        let (address, want) = (text(row, "address"), text(row, "scriptPubKey"));
        match want.starts_with("00") {
            true => assert_eq!(
                script(&ok(validate(net(address), address))),
                want,
                "{address}"
            ),
            // BIP-350 takes the Bech32 checksum away from version 1 and above.
            false => assert!(matches!(
                validate(net(address), address),
                Err(AddressError::Witness { .. })
            )),
        }
    }
    for row in list(&old["invalid_addresses"])
        .iter()
        .chain(list(&new["invalid_addresses"]))
    {
        let address = text(row, "address");
        // BIP-350 gave this string of BIP-173's list no other reading: still invalid.
        assert!(
            validate(MAIN, address).is_err() && validate(chain("test"), address).is_err(),
            "{row}"
        );
    }
}

#[test]
fn checksum_strings_of_bip173_and_bip350() {
    for (file, want) in [
        ("bitcoin/bip173.json", Variant::Bech32),
        ("bitcoin/bip350.json", Variant::Bech32m),
    ] {
        let file = vectors(file);
        for row in list(&file["valid_strings"]) {
            let string = row.as_str().expect("text");
            let (hrp, values, variant) = ok(bech32::decode(string));
            assert_eq!(variant, want, "{string}");
            assert_eq!(bech32::encode(&hrp, values, variant), string.to_lowercase());
        }
        for row in list(&file["invalid_strings"]) {
            let string = text(row, "string");
            assert!(
                bech32::decode(string).map_or(true, |found| found.2 != want),
                "{row}"
            );
        }
    }
}

#[test]
fn taproot_outputs_of_bip341() {
    let file = vectors("bitcoin/bip341_wallet-test-vectors.json");
    let mut bare = 0;
    for row in list(&file["scriptPubKey"]) {
        let output: [u8; 32] = bytes(text(&row["intermediary"], "tweakedPubkey"));
        let address = text(&row["expected"], "bip350Address");
        assert_eq!(encode_p2tr_output(&output, "bc"), address);
        let parsed = ok(validate(MAIN, address));
        assert_eq!(
            (parsed.format, parsed.payload.as_slice()),
            (Format::P2tr, &output[..])
        );
        let internal = bytes(text(&row["given"], "internalPubkey"));
        let keyed = taproot_output(&internal) == Some(output);
        assert_eq!(
            keyed,
            row["given"]["scriptTree"].is_null(),
            "only a bare key tweaks to its output"
        );
        bare += usize::from(keyed);
    }
    assert_eq!(bare, 1);
    assert_eq!(taproot_output(&[0xff; 32]), None, "no x coordinate");
}

#[test]
fn bip49_bip84_and_bip86_addresses() {
    for (file, kind) in [
        ("bitcoin/bip84.json", Kind::P2wpkh),
        ("bitcoin/bip86.json", Kind::P2tr),
    ] {
        let file = vectors(file);
        let mut cases = 0;
        for row in list(&file["derivations"]) {
            let (Some(path), Some(address)) = (row["path"].as_str(), row["address"].as_str())
            else {
                continue;
            };
            let key = public(Curve::Secp256k1, text(&file, "mnemonic"), path);
            assert_eq!(
                ok(encode(&ok(Form::new(MAIN, kind, "m/{i}")), &key)),
                address,
                "{path}"
            );
            cases += 1;
        }
        assert_eq!(cases, 3);
    }
    let file = vectors("bitcoin/bip49.json");
    let key: [u8; 33] = bytes(&text(&file["steps"][1], "account0recvPublicKeyHex")[2..]);
    let inner = ok(validate(REGTEST, &encode_p2wpkh(&key, "bcrt"))).payload;
    let redeem = [&[0x00, 0x14][..], &inner].concat();
    assert!(text(&file["steps"][3], "address").contains(&encode_p2sh(&redeem, 0xc4)));
}

#[test]
fn cosmos_addresses() {
    let file = vectors("cosmos/cosmjs_signing.json");
    for row in list(&file["hd_wallets"]) {
        let key = public(
            Curve::Secp256k1,
            text(row, "mnemonic"),
            text(row, "hd_path"),
        );
        let key: [u8; 33] = key.try_into().expect("33 bytes");
        let address = encode_cosmos(&key, text(row, "prefix"));
        assert_eq!(address, text(row, "address"));
        let right = if text(row, "prefix") == "wasm" {
            "cosmos:localcosmos-1"
        } else {
            "cosmos:cosmoshub-4"
        };
        assert_eq!(ok(validate(right, &address)).canonical, address);
        assert!(matches!(
            validate("cosmos:osmosis-1", &address),
            Err(AddressError::Network { .. })
        ));
    }
    let faucet = text(&file["faucet"], "address");
    assert_eq!(ok(validate("cosmos:cosmoshub-4", faucet)).payload.len(), 20);
    let key = public(
        Curve::Secp256k1,
        text(&file["faucet"], "mnemonic"),
        text(&file, "hd_path"),
    );
    assert_eq!(
        ok(encode(&Form::defaults(&[Family::Cosmos])[0], &key)),
        faucet
    );
}

#[test]
fn solana_addresses() {
    let form = &Form::defaults(&[Family::Solana])[0];
    for row in list(&vectors("solana/solana.json")["keypairs"]) {
        let Some(address) = row["public_key"].as_str() else {
            continue;
        };
        assert_eq!(ok(validate(&form.chain, address)).canonical, address);
        // Solana addresses carry no checksum: only their length speaks.
        for wrong in [&address[2..], &format!("{address}11")] {
            assert!(matches!(
                validate(&form.chain, wrong),
                Err(AddressError::Length { .. })
            ));
        }
        let key = match (row["seed_hex"].as_str(), row["mnemonic"].as_str()) {
            (Some(seed), _) => ed25519_dalek::SigningKey::from_bytes(&bytes(seed))
                .verifying_key()
                .to_bytes()
                .to_vec(),
            (_, Some(mnemonic)) => public(Curve::Ed25519, mnemonic, text(row, "hd_path")),
            _ => continue,
        };
        assert_eq!(ok(encode(form, &key)), address);
    }
}

#[test]
fn neo_addresses() {
    let form = &Form::defaults(&[Family::Neo])[0];
    for row in list(&vectors("neo/neo_mamba_accounts.json")["accounts"]) {
        let secret = ok(p256::SecretKey::from_slice(&bytes::<32>(text(
            row,
            "private_key",
        ))));
        let key = secret.public_key().to_sec1_bytes();
        let address = text(row, "address");
        assert_eq!(ok(encode(form, &key)), address);
        let mut hash: [u8; 20] = bytes(text(row, "script_hash"));
        hash.reverse();
        assert_eq!(encode_neo_script_hash(&hash), address);
        let parsed = ok(validate("neo:894710606", address));
        assert_eq!(
            (parsed.format, parsed.payload.as_slice()),
            (Format::Neo, &hash[..])
        );
    }
}

/// The acceptance case of the project: a 24-word phrase whose first Neo key is known as WIF.
#[test]
fn neo_account_of_a_mnemonic() {
    let phrase = "online ramp onion faculty trap clerk near rabbit busy gravity prize employ exit horse found \
                  slogan effort dash siren buzz sport pig coconut element";
    let seed = ok(Mnemonic::parse(phrase)).seed("");
    let path = ok(Path::parse("m/44'/888'/0'/0/0"));
    let key = ok(ok(ExtendedKey::from_seed(Curve::Nist256p1, &seed[..])).derive(&path));
    let wif = [&[0x80][..], key.secret(), &[0x01]].concat();
    let wif = bs58::encode(wif).with_check().into_string();
    assert_eq!(wif, "KxGtKtYTsxCW997F762Zn62C2e72gQ9XMPkkL2231Rc4GuvSCuba");
    let public: [u8; 33] = key.public_key().try_into().expect("33 bytes");
    let address = encode_neo(&public);
    assert_eq!(
        ok(validate("neo:860833102", &address)).payload,
        neo_script_hash(&public)
    );
}

#[test]
fn tron_addresses() {
    let file = vectors("tron/tronweb_address_message.json");
    let chain = "tron:728126428";
    for row in list(&file["addresses"]) {
        let parsed = ok(validate(chain, text(row, "base58")));
        assert_eq!(
            format!("41{}", hex::encode(&parsed.payload)),
            text(row, "hex")
        );
        assert_eq!(ok(validate(chain, text(row, "hex"))), parsed);
    }
    for row in list(&file["address_valid"]) {
        assert!(
            validate(chain, row.as_str().expect("text")).is_ok(),
            "{row}"
        );
    }
    for row in list(&file["address_invalid"]) {
        assert!(
            validate(chain, row.as_str().expect("text")).is_err(),
            "{row}"
        );
    }
    let row = &file["checksum_address"];
    let context = secp256k1::Secp256k1::new();
    let secret = ok(secp256k1::SecretKey::from_byte_array(bytes(text(
        row,
        "private_key",
    ))));
    let point = secret.public_key(&context).serialize_uncompressed();
    let xy: [u8; 64] = point[1..].try_into().expect("64 bytes");
    assert_eq!(encode_tron_xy(&xy), text(row, "base58"));
}

#[test]
fn base58_of_bitcoin_core() {
    for row in list(&vectors("bitcoin/base58_encode_decode.json")) {
        let (hex, text) = (
            row[0].as_str().expect("text"),
            row[1].as_str().expect("text"),
        );
        assert_eq!(bs58::encode(ok(hex::decode(hex))).into_string(), text);
        assert_eq!(
            hex::encode(ok(bs58::decode(text).into_vec())),
            hex.to_lowercase()
        );
    }
}

#[test]
fn coin_types_are_those_of_slip44() {
    let file = vectors("mnemonic/slip44_coin_types.json");
    let registered = |coin: u32, symbol: &str| {
        list(&file)
            .iter()
            .any(|row| row["coin_type"] == coin && row["symbol"] == symbol)
    };
    for (chain, symbol) in [
        ("eip155:1", "ETH"),
        (MAIN, "BTC"),
        ("cosmos:cosmoshub-4", "ATOM"),
        ("cosmos:phoenix-1", "LUNA"),
        ("cosmos:hashed-6d4e837e169119f0", "KAVA"),
        ("cosmos:secret-4", "SCRT"),
        ("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", "SOL"),
        ("neo:860833102", "NEO"),
        ("tron:728126428", "TRX"),
    ] {
        let coin = ok(network(chain)).coin_type;
        assert!(registered(coin, symbol), "{chain}: {coin} is not {symbol}");
    }
    assert_eq!(ok(network(REGTEST)).coin_type, 1);
}
