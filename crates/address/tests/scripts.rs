//! Output scripts and their addresses, both ways.

use jinku_address::{Format, address_of_script, validate};
use jinku_testkit::vectors;

const MAIN: &str = "bip122:000000000019d6689c085ae165831e93";

fn chain(name: &str) -> &'static str {
    match name {
        "main" => MAIN,
        "test" => "bip122:000000000933ea01ad0ee984209779ba",
        "testnet4" => "bip122:00000000da84f2bafbbc53dee25a72ae",
        "signet" => "bip122:00000008819873e925422c1ff0f99f7c",
        "regtest" => "bip122:0f9188f13cb7b2c71f2a335e3a4fc328",
        other => panic!("no chain {other}"),
    }
}

#[test]
fn a_script_has_the_address_that_has_the_script() {
    let all = vectors("bitcoin/key_io_valid.json");
    let mut explained = 0;
    for row in all.as_array().expect("a list") {
        if row[2]["isPrivkey"] == true {
            continue;
        }
        let address = row[0].as_str().expect("a text");
        let script = hex::decode(row[1].as_str().expect("a text")).expect("hex");
        let net = chain(row[2]["chain"].as_str().expect("a chain"));
        let parsed = validate(net, address).expect("an address");
        assert_eq!(parsed.output_script().as_ref(), Some(&script), "{address}");
        let back = address_of_script(net, &script).expect("a chain");
        let known = !matches!(parsed.format, Format::Witness { .. });
        assert_eq!(back, known.then(|| address.to_owned()));
        explained += usize::from(known);
    }
    assert!(explained >= 4, "{explained}");
}

#[test]
fn other_scripts_have_none() {
    let short = "00".repeat(19);
    for odd in [
        "",
        "00",
        "0013",
        "6a",
        "51",
        "51024e73",
        "76a9140088ac",
        "a90087",
    ] {
        let script = hex::decode(odd).expect("hex");
        assert_eq!(address_of_script(MAIN, &script), Ok(None), "{odd}");
    }
    for odd in [
        format!("0014{short}"),
        format!("a914{short}87"),
        format!("5120{short}"),
    ] {
        let script = hex::decode(&odd).expect("hex");
        assert_eq!(address_of_script(MAIN, &script), Ok(None), "{odd}");
    }
    assert!(address_of_script("eip155:1", &[0x51]).is_err());
    assert!(address_of_script("bip122:00000000000000000000000000000000", &[0x51]).is_err());
    let ether = validate("eip155:1", "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
    assert_eq!(ether.expect("an address").output_script(), None);
}
