//! Descriptors: checksums of BIP-380, addresses of BIP-44, 49, 84 and 86 wallets, and refusals.

use jinku_address::network;
use jinku_hd::bip39::Mnemonic;
use jinku_hd::key::{Curve, ExtendedKey, KeyError};
use jinku_hd::path::Path;
use jinku_hd::{Network, Version};
use jinku_imports::descriptor::{Descriptor, Output, checksum};
use jinku_imports::{ImportError, ImportKind, Request, import};
use proptest::prelude::*;

const ABOUT: &str =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
const MAIN: &str = "bip122:000000000019d6689c085ae165831e93";
const TEST: &str = "bip122:000000000933ea01ad0ee984209779ba";

fn account(path: &str) -> ExtendedKey {
    let seed = Mnemonic::parse(ABOUT).ok().unwrap().seed("");
    let master = ExtendedKey::from_seed(Curve::Secp256k1, &seed[..])
        .ok()
        .unwrap();
    master.derive(&Path::parse(path).unwrap()).ok().unwrap()
}

fn xpub(path: &str, version: Version) -> String {
    account(path)
        .public()
        .ok()
        .unwrap()
        .to_xpub_as(version)
        .unwrap()
        .to_string()
}

fn signed(body: &str) -> String {
    format!("{body}#{}", checksum(body).unwrap())
}

fn parse(body: &str) -> Result<Vec<Descriptor>, ImportError> {
    Descriptor::parse(signed(body).as_bytes())
}

fn refused(body: &str) -> ImportError {
    parse(body)
        .err()
        .unwrap_or_else(|| panic!("accepted {body}"))
}

/// BIP-380 and the descriptors page of Bitcoin Core.
#[test]
fn checksums_are_those_of_bitcoin_core() {
    for text in [
        "raw(deadbeef)#89f8spxm",
        "pkh(02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5)#8fhd9pwu",
        "wpkh(02f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9)#8zl0zxma",
        "sh(wpkh(03fff97bd5755eeea420453a14355235d382f6472f8568a18b2f057a1460297556))#qkrrc7je",
    ] {
        let (body, want) = text.split_once('#').unwrap();
        assert_eq!(checksum(body).as_deref(), Some(want), "{body}");
    }
    assert_eq!(checksum("raw(Ü)"), None);
}

/// First addresses of the phrase `abandon … about`, as the BIPs print them (BIP-44's from its wallets).
#[test]
fn descriptors_give_the_addresses_of_their_wallets() {
    let cases = [
        (
            "44'/0'/0'",
            "pkh(",
            ")",
            Output::P2pkh,
            "1LqBGSKuX5yYUonjxT5qGfpUsXKYYWeabA",
        ),
        (
            "49'/0'/0'",
            "sh(wpkh(",
            "))",
            Output::P2shP2wpkh,
            "37VucYSaXLCAsxYyAPfbSi9eh4iEcbShgf",
        ),
        (
            "84'/0'/0'",
            "wpkh(",
            ")",
            Output::P2wpkh,
            "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu",
        ),
        (
            "86'/0'/0'",
            "tr(",
            ")",
            Output::P2tr,
            "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr",
        ),
    ];
    let chain = network(MAIN).unwrap();
    for (path, open, close, output, want) in cases {
        let key = xpub(&format!("m/{path}"), Version::MAIN);
        for hard in ["'", "h", "H"] {
            let origin = path.replace('\'', hard);
            let body = format!("{open}[73c5da0a/{origin}]{key}/0/*{close}");
            let found = parse(&body).unwrap_or_else(|error| panic!("{body}: {error}"));
            assert_eq!((found.len(), found[0].output), (1, output));
            assert_eq!(found[0].address_at(0, &chain).unwrap(), want, "{path}");
            let origin = found[0].origin.as_ref().unwrap();
            assert_eq!(
                (origin.fingerprint, origin.path.to_string()),
                ([0x73, 0xc5, 0xda, 0x0a], format!("m/{path}"))
            );
            assert_eq!(
                found[0].encode().unwrap(),
                signed(&format!("{open}[73c5da0a/{path}]{key}/0/*{close}"))
            );
        }
    }
}

#[test]
fn branches_and_fixed_keys() {
    let key = xpub("m/84'/0'/0'", Version::MAIN);
    let chain = network(MAIN).unwrap();
    let both = parse(&format!("wpkh({key}/<0;1>/*)")).ok().unwrap();
    assert_eq!(both.len(), 2);
    // BIP-84: second receiving address and first change address.
    assert_eq!(
        both[0].address_at(1, &chain).unwrap(),
        "bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g"
    );
    assert_eq!(
        both[1].address_at(0, &chain).unwrap(),
        "bc1q8c6fshw2dlwun7ekn9qwf37cu2rn755upcp6el"
    );
    let fixed = parse(&format!("wpkh({key}/0/1)")).ok().unwrap();
    assert!(!fixed[0].wildcard && fixed[0].origin.is_none());
    assert_eq!(
        fixed[0].address_at(99, &chain).unwrap(),
        both[0].address_at(1, &chain).unwrap()
    );
    assert_eq!(
        parse(&format!("wpkh({key}/0;1/*)")).err().map(|_| ()),
        Some(())
    );
    for bad in [
        "<0>",
        "<0;0>",
        "<0;1",
        "0;1>",
        "<>",
        "<;>",
        "<0;1>/<0;1>",
        "<0;x>",
    ] {
        assert!(
            matches!(
                refused(&format!("wpkh({key}/{bad}/*)")),
                ImportError::Descriptor { .. }
            ),
            "{bad}"
        );
    }
}

#[test]
fn hardened_steps_behind_an_xpub_say_why_not() {
    let key = xpub("m/84'/0'", Version::MAIN);
    for path in ["5'/*", "0/5h/*", "<5';6'>/*", "5'"] {
        let error = refused(&format!("wpkh({key}/{path})"));
        assert_eq!(
            error,
            ImportError::Key(KeyError::HardenedFromPublic { index: 5 }),
            "{path}"
        );
        assert!(
            error
                .to_string()
                .contains("a public key (xpub) cannot derive it")
        );
    }
    for path in ["0/*'", "*h", "*H"] {
        assert!(
            refused(&format!("wpkh({key}/{path})"))
                .to_string()
                .contains("wildcard is hardened"),
            "{path}"
        );
    }
    let good = parse(&format!("wpkh({key}/*)")).ok().unwrap();
    let index = 1 << 31;
    assert_eq!(
        good[0].key_at(index).err(),
        Some(KeyError::HardenedFromPublic { index: 0 })
    );
}

#[test]
fn the_checksum_is_asked_for_and_verified() {
    let key = xpub("m/84'/0'/0'", Version::MAIN);
    let body = format!("wpkh({key}/0/*)");
    let right = signed(&body);
    assert!(Descriptor::parse(format!(" {right}\n").as_bytes()).is_ok());
    let missing = Descriptor::parse(body.as_bytes()).err();
    assert_eq!(
        missing,
        Some(ImportError::NoDescriptorChecksum {
            expected: checksum(&body).unwrap()
        })
    );
    for wrong in [
        right.replacen("/0/*", "/1/*", 1),
        format!("{body}#"),
        format!("{body}#qqqqqqqq"),
        format!("{right}q"),
    ] {
        assert_eq!(
            Descriptor::parse(wrong.as_bytes()).err(),
            Some(ImportError::Checksum {
                format: "descriptor"
            })
        );
    }
}

#[test]
fn private_keys_scripts_and_other_networks_are_refused() {
    let key = xpub("m/84'/0'/0'", Version::MAIN);
    let private = account("m/84'/0'/0'").to_xprv().unwrap();
    let wif = "KxGtKtYTsxCW997F762Zn62C2e72gQ9XMPkkL2231Rc4GuvSCuba";
    for secret in [private.as_str(), wif] {
        let error = refused(&format!("wpkh({secret})"));
        assert_eq!(
            error,
            ImportError::PrivateKey {
                format: "descriptor"
            }
        );
        assert!(!error.to_string().contains(secret));
    }
    let bare = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";
    for body in [
        format!("pkh({bare})"),
        format!("wsh(multi(1,{key},{key}))"),
        format!("sh(multi(1,{key}))"),
        format!("tr({key},pk({key}))"),
        format!("wpkh({key}/0/*"),
        format!("wpkh([73c5da0a{key}/0/*)"),
        format!("wpkh([73c5da/84']{key}/0/*)"),
        format!("wpkh([73c5da0a/84'']{key}/0/*)"),
        format!("wpkh({key}/)"),
        format!("wpkh({key}//*)"),
        format!("wpkh({key}/*/0)"),
        format!("wpkh({key}/2147483648/*)"),
        "addr(bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu)".into(),
        "hello".into(),
        String::new(),
    ] {
        assert!(
            matches!(refused(&body), ImportError::Descriptor { .. }),
            "{body}: {}",
            refused(&body)
        );
    }
    assert!(matches!(
        refused(&format!("wpkh({}x/0/*)", &key[..key.len() - 1])),
        ImportError::Key(_)
    ));
    let segwit = Version {
        network: Network::Main,
        script: jinku_hd::Script::Segwit,
    };
    assert!(
        refused(&format!("wpkh({}/0/*)", xpub("m/84'/0'/0'", segwit)))
            .to_string()
            .contains("not ypub or zpub")
    );
    let main = parse(&format!("wpkh({key}/0/*)")).ok().unwrap();
    assert!(main[0].address_at(0, &network(TEST).unwrap()).is_err());
    let test = parse(&format!("wpkh({}/0/*)", xpub("m/84'/1'/0'", Version::TEST)))
        .ok()
        .unwrap();
    assert!(
        test[0]
            .address_at(0, &network(TEST).unwrap())
            .unwrap()
            .starts_with("tb1q")
    );
}

#[test]
fn the_door_takes_descriptors() {
    let key = xpub("m/86'/0'/0'", Version::MAIN);
    let text = signed(&format!("tr([73c5da0a/86'/0'/0']{key}/<0;1>/*)"));
    let found = import(&Request::new(ImportKind::Descriptor), text.as_bytes())
        .ok()
        .unwrap();
    assert_eq!(found.len(), 2);
    for branch in &found {
        assert_eq!(branch.secret.kind(), "watch-descriptor");
        assert_eq!(
            branch.secret.fingerprint().ok(),
            Some([0x73, 0xc5, 0xda, 0x0a])
        );
    }
}

proptest! {
    #[test]
    fn a_changed_character_is_noticed(at in any::<usize>(), to in "[0-9a-zA-Z/'*]") {
        let text = signed(&format!("wpkh({}/0/*)", xpub("m/84'/0'/0'", Version::MAIN)));
        let at = at % text.len();
        let changed = format!("{}{to}{}", &text[..at], &text[at + 1..]);
        prop_assume!(changed != text);
        prop_assert!(Descriptor::parse(changed.as_bytes()).is_err());
    }

    #[test]
    fn no_body_makes_it_panic(body in "(wpkh|tr|pkh|sh)\\((\\[[0-9a-f]{0,8}(/[0-9h']{0,3}){0,3}\\])?[a-z0-9]{0,9}(/[0-9<>;*'h]{0,4}){0,4}\\)") {
        let _ = Descriptor::parse(body.as_bytes());
        let _ = parse(&body);
    }
}
