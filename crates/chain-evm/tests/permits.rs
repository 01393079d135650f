//! Typed data and messages that are asked for a signature: permits are read, nothing else is.

mod common;

use common::{CHAIN, KEY, OURS, SPENDER, THEIRS, TOKEN, call_of, name, sign};
use jinku_chain::{ChainCode, ChainResult, Codec, Effects, Limit, Signature, Unsigned};
use jinku_chain_evm::{Evm, message_digest};
use jinku_words::Uint256;
use serde_json::{Value, json};

fn members(rows: &[(&str, &str)]) -> Value {
    let row = |(name, form): &(&str, &str)| json!({"name": name, "type": form});
    Value::Array(rows.iter().map(row).collect())
}

fn permit() -> Value {
    let forms = [
        ("owner", "address"),
        ("spender", "address"),
        ("value", "uint256"),
        ("nonce", "uint256"),
        ("deadline", "uint256"),
    ];
    json!({
        "types": {
            "EIP712Domain": members(&[("name", "string"), ("chainId", "uint256"), ("verifyingContract", "address")]),
            "Permit": members(&forms),
        },
        "primaryType": "Permit",
        "domain": {"name": "USD Coin", "chainId": 1, "verifyingContract": TOKEN},
        "message": {
            "owner": OURS, "spender": SPENDER, "value": Uint256::MAX.to_string(), "nonce": 0, "deadline": 9,
        },
    })
}

fn dai(allowed: bool) -> Value {
    let forms = [
        ("holder", "address"),
        ("spender", "address"),
        ("nonce", "uint256"),
        ("expiry", "uint256"),
        ("allowed", "bool"),
    ];
    let mut data = permit();
    data["types"]["Permit"] = members(&forms);
    data["message"] =
        json!({"holder": OURS, "spender": SPENDER, "nonce": 0, "expiry": 0, "allowed": allowed});
    data
}

fn unsigned(bytes: &[u8]) -> Unsigned {
    Unsigned {
        account: name(OURS).parse().expect("an account"),
        bytes: bytes.to_vec(),
    }
}

fn effects(data: &Value) -> ChainResult<Effects> {
    Evm.summarise(&unsigned(data.to_string().as_bytes()))
}

#[test]
fn permits_are_grants_that_cost_nothing_and_pass_for_no_transfer() {
    for (data, limit) in [
        (permit(), Limit::UpTo(Uint256::MAX)),
        (dai(true), Limit::All),
        (dai(false), Limit::Nothing),
    ] {
        let found = effects(&data).expect("read");
        let [grant] = &found.grants[..] else {
            panic!("{found:?}")
        };
        assert_eq!(
            (grant.owner.to_string(), grant.spender.to_string()),
            (name(OURS), name(SPENDER))
        );
        assert_eq!(grant.asset.to_string(), format!("{CHAIN}/erc20:{TOKEN}"));
        assert_eq!((grant.limit, found.fee.most), (limit, Uint256::ZERO));
        let transfer = call_of(OURS, THEIRS, 1, Vec::new());
        let asked = Evm.summarise(&transfer).expect("read");
        assert_eq!(
            found.within(&asked).map_err(|it| it.code),
            Err(ChainCode::Effects)
        );
    }
}

#[test]
fn a_permit_is_signed_by_its_owner_alone() {
    let unsigned = unsigned(permit().to_string().as_bytes());
    let digest = Evm.payloads(&unsigned).expect("payloads")[0].digest();
    let good = sign(&digest, &KEY);
    let made = Evm.attach(&unsigned, &[good]).expect("attached");
    assert_eq!(made.bytes[..64], good.bytes);
    assert_eq!(made.bytes[64..], [27 + good.recovery_id.expect("an id")]);
    assert_eq!(made.id, format!("0x{}", hex::encode(digest)));
    let refused = |signature: Signature| Evm.attach(&unsigned, &[signature]).is_err();
    assert!(refused(sign(&digest, &[2; 32])), "another key");
    assert!(refused(sign(&[3; 32], &KEY)), "another message");
}

#[test]
fn typed_data_that_is_not_exactly_a_permit_of_ours_is_refused() {
    type Change = fn(&mut Value);
    let domain = |data: &mut Value, name: &str, at: usize| {
        data["types"]["EIP712Domain"]
            .as_array_mut()
            .map(|it| it.remove(at));
        data["domain"].as_object_mut().map(|it| it.remove(name));
    };
    let mut every_chain = permit();
    domain(&mut every_chain, "chainId", 1);
    let mut any_token = permit();
    domain(&mut any_token, "verifyingContract", 2);
    let rows: [(&str, ChainCode, Change); 7] = [
        ("another's", ChainCode::Unsupported, |it| {
            it["message"]["owner"] = json!(THEIRS)
        }),
        ("another chain", ChainCode::OtherChain, |it| {
            it["domain"]["chainId"] = json!(5)
        }),
        ("an order", ChainCode::Unsupported, |it| {
            it["types"]["OrderComponents"] = it["types"]["Permit"].take();
            it["types"].as_object_mut().map(|it| it.remove("Permit"));
            it["primaryType"] = json!("OrderComponents");
        }),
        ("a narrower value", ChainCode::Unsupported, |it| {
            it["types"]["Permit"][2]["type"] = json!("uint160");
            it["message"]["value"] = json!(1);
        }),
        ("another order", ChainCode::Unsupported, |it| {
            it["types"]["Permit"]
                .as_array_mut()
                .map_or((), |it| it.swap(0, 1))
        }),
        ("a member more", ChainCode::Unsupported, |it| {
            let row = json!({"name": "witness", "type": "bytes32"});
            it["types"]["Permit"]
                .as_array_mut()
                .expect("a list")
                .push(row);
            it["message"]["witness"] = json!(format!("0x{}", "00".repeat(32)));
        }),
        ("a value that is none", ChainCode::Message, |it| {
            it["message"]["value"] = json!("1e3")
        }),
    ];
    let changed = rows.into_iter().map(|(why, code, change)| {
        let mut data = permit();
        change(&mut data);
        (why, code, data)
    });
    let bare = [
        ("every chain", ChainCode::Unsupported, every_chain),
        ("any token", ChainCode::Unsupported, any_token),
    ];
    for (why, code, data) in changed.chain(bare) {
        let unsigned = unsigned(data.to_string().as_bytes());
        for refusal in [
            Evm.summarise(&unsigned).err(),
            Evm.payloads(&unsigned).err(),
            Evm.attach(&unsigned, &[sign(&[1; 32], &KEY)]).err(),
        ] {
            assert_eq!(refusal.map(|it| it.code), Some(code), "{why}");
        }
    }
}

/// Permit2 moves other tokens than the contract that it names; its details are a structure of their own.
#[test]
fn permit2_is_refused() {
    let mut data = permit();
    data["types"]["PermitSingle"] = members(&[
        ("details", "PermitDetails"),
        ("spender", "address"),
        ("sigDeadline", "uint256"),
    ]);
    data["types"]["PermitDetails"] = members(&[
        ("token", "address"),
        ("amount", "uint160"),
        ("expiration", "uint48"),
        ("nonce", "uint48"),
    ]);
    data["types"].as_object_mut().map(|it| it.remove("Permit"));
    data["primaryType"] = json!("PermitSingle");
    data["domain"]["verifyingContract"] = json!("0x000000000022d473030f116ddee9f6b43ac78ba3");
    let details = json!({"token": TOKEN, "amount": "5", "expiration": 9, "nonce": 0});
    data["message"] = json!({"details": details, "spender": SPENDER, "sigDeadline": 9});
    assert_eq!(
        effects(&data).map_err(|it| it.code),
        Err(ChainCode::Unsupported)
    );
}

/// A message is hashed as the bytes that it is: hex is text, and nothing that is signed elsewhere can be one.
#[test]
fn a_message_is_never_a_transaction_or_typed_data() {
    assert_ne!(message_digest(b"0x1234"), message_digest(&[0x12, 0x34]));
    assert_ne!(message_digest(b"0x1234"), message_digest(b"1234"));
    assert_ne!(message_digest(b"1"), message_digest(b"1\n"));
    for bytes in [
        call_of(OURS, THEIRS, 5, Vec::new()).bytes,
        permit().to_string().into_bytes(),
    ] {
        let digest = Evm.payloads(&unsigned(&bytes)).expect("read")[0].digest();
        assert_ne!(message_digest(&bytes), digest);
        assert_ne!(message_digest(&digest), digest);
        let prefix = format!("\x19Ethereum Signed Message:\n{}", bytes.len());
        let message = [prefix.as_bytes(), &bytes].concat();
        let refused = Evm.payloads(&unsigned(&message)).map_err(|it| it.code);
        assert_eq!(refused, Err(ChainCode::Unsupported));
        let spaced = [b" ", &bytes[..]].concat();
        assert!(Evm.summarise(&unsigned(&spaced)).is_err());
    }
}
