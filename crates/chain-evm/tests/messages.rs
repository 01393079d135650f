//! Messages and typed data: the published example, and what is refused beside it.

use jinku_chain::ChainCode;
use jinku_chain_evm::{TypedData, message_digest};
use jinku_testkit::vectors;
use serde_json::{Value, json};

fn example() -> (Value, Value) {
    let all = vectors("ethereum/eip712_example.json");
    (all["typedData"].clone(), all["expected"].clone())
}

fn parse(value: &Value) -> Result<TypedData, jinku_chain::ChainError> {
    TypedData::parse(value.to_string().as_bytes())
}

fn text(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

#[test]
fn the_example_of_eip_712_has_its_hashes() {
    let (data, expected) = example();
    let found = parse(&data).expect("read");
    assert_eq!(text(&found.message_hash), expected["structHash_message"]);
    assert_eq!(text(&found.domain_separator), expected["domainSeparator"]);
    assert_eq!(text(&found.digest), expected["signHash"]);
    assert_eq!(
        (found.chain_id, found.primary_type.as_str()),
        (Some(1), "Mail")
    );
    assert_eq!(
        found.contract.map(|it| text(&it)).as_deref(),
        Some("0xcccccccccccccccccccccccccccccccccccccccc")
    );
}

#[test]
fn a_message_has_the_digest_of_eip_191() {
    // EIP-191's prefix over "Some data": web3.js documentation of `web3.eth.accounts.hashMessage`.
    let expected = "1da44b586eb0729ff70a73c326926f6ed5a25f5b056e7f47fbc6e58d86871655";
    assert_eq!(hex::encode(message_digest(b"Some data")), expected);
    assert_ne!(message_digest(b""), message_digest(b"\0"));
}

/// One structure `T` with a member `a` of a type.
fn one(form: &str, value: &Value) -> Value {
    json!({
        "types": {"EIP712Domain": [{"name": "name", "type": "string"}], "T": [{"name": "a", "type": form}]},
        "primaryType": "T",
        "domain": {"name": "x"},
        "message": {"a": value},
    })
}

#[test]
fn a_number_has_three_spellings_and_one_hash() {
    let hash = |form: &str, value: Value| parse(&one(form, &value)).map(|it| it.message_hash);
    assert_eq!(hash("uint256", json!(255)), hash("uint256", json!("255")));
    assert_eq!(hash("uint256", json!(255)), hash("uint256", json!("0xfF")));
    assert_eq!(hash("int8", json!(-128)), hash("int8", json!("-128")));
    assert_ne!(hash("int8", json!(-1)), hash("int8", json!(1)));
    assert_ne!(
        hash("uint8", json!(1)),
        hash("uint16", json!(1)),
        "the type is hashed, too"
    );
    assert!(hash("uint256", json!(format!("0x{}", "f".repeat(64)))).is_ok());
}

#[test]
fn values_that_are_not_of_their_type_are_refused() {
    let most = format!("0x1{}", "0".repeat(64));
    for (form, value) in [
        ("uint8", json!(256)),
        ("uint8", json!(-1)),
        ("uint8", json!("-0")),
        ("uint8", json!("01")),
        ("uint8", json!("")),
        ("uint8", json!("0x")),
        ("uint8", json!(true)),
        ("uint8", json!(null)),
        ("uint256", json!(most)),
        ("uint256", json!("1e3")),
        ("int8", json!(128)),
        ("int8", json!(-129)),
        ("int8", json!("0x80")),
        ("int256", json!(format!("0x8{}", "0".repeat(63)))),
        ("bool", json!(1)),
        ("bool", json!("true")),
        ("string", json!(1)),
        ("string", json!(null)),
        ("bytes", json!("00")),
        ("bytes", json!("0x0")),
        ("bytes", json!("0xzz")),
        ("bytes4", json!("0x000000")),
        ("bytes4", json!("0x0000000000")),
        ("address", json!("0xcd2a3d9f938e13cd947ec05abc7fe734df8dd8")),
        (
            "address",
            json!("0xcD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"),
        ),
        ("uint8[2]", json!([1])),
        ("uint8[]", json!(1)),
        ("uint8[]", json!([256])),
        ("bool[1][2]", json!([[true], [true, true]])),
        ("uint7", json!(1)),
        ("uint264", json!(1)),
        ("uint08", json!(1)),
        ("bytes0", json!("0x")),
        ("bytes33", json!("0x")),
        ("uint8[0]", json!([])),
        ("uint8[01]", json!([1])),
        ("S", json!({})),
        ("T", json!(null)),
        ("EIP712Domain", json!({"name": "x"})),
    ] {
        let error = parse(&one(form, &value)).expect_err(&format!("{form} {value}"));
        assert_eq!(error.code, ChainCode::Message);
    }
    for (form, value) in [
        ("uint8", json!(255)),
        ("int8", json!(127)),
        ("bool", json!(false)),
        ("bytes", json!("0x")),
        ("bytes4", json!("0xAabbccdd")),
        (
            "address",
            json!("0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"),
        ),
        ("uint8[2]", json!([1, 2])),
        ("uint8[]", json!([])),
        ("T[]", json!([])),
        ("T[]", json!([{"a": []}, {"a": [{"a": []}]}])),
    ] {
        assert!(parse(&one(form, &value)).is_ok(), "{form} {value}");
    }
}

#[test]
fn members_that_are_missing_or_nobody_knows_are_refused() {
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 16] = [
        ("a member too many", |it| it["message"]["memo"] = json!("x")),
        ("a member too few", |it| {
            it["message"]
                .as_object_mut()
                .map_or((), |it| drop(it.remove("to")))
        }),
        ("a part's member too many", |it| {
            it["message"]["to"]["x"] = json!(1)
        }),
        ("a domain's member too many", |it| {
            it["domain"]["salt"] = json!(1)
        }),
        ("a domain's member too few", |it| {
            it["domain"]
                .as_object_mut()
                .map_or((), |it| drop(it.remove("name")))
        }),
        ("a top member", |it| it["more"] = json!(1)),
        ("no types", |it| it["types"] = json!(null)),
        ("another primary type", |it| {
            it["primaryType"] = json!("Letter")
        }),
        ("the domain signed as the message", |it| {
            it["primaryType"] = json!("EIP712Domain")
        }),
        ("a type that nothing uses", |it| {
            it["types"]["Extra"] = json!([{"name": "a", "type": "bool"}])
        }),
        ("a type named as an atom", |it| {
            it["types"]["bool"] = json!([])
        }),
        (
            "a member twice",
            |it| {
                it["types"]["Person"] =
                    json!([{"name": "name", "type": "string"}, {"name": "name", "type": "string"}])
            },
        ),
        ("a name with a bracket", |it| {
            it["types"]["Person"][0]["name"] = json!("a,b")
        }),
        ("a domain in another order", |it| {
            it["types"]["EIP712Domain"]
                .as_array_mut()
                .map_or((), |it| it.swap(0, 1))
        }),
        ("a domain with an own member", |it| {
            it["types"]["EIP712Domain"][0]["name"] = json!("title")
        }),
        ("a chain beyond 64 bits", |it| {
            it["domain"]["chainId"] = json!("18446744073709551616")
        }),
    ];
    for (why, change) in changes {
        let mut data = example().0;
        change(&mut data);
        let error = parse(&data).expect_err(why);
        assert_eq!(error.code, ChainCode::Message, "{why}: {error}");
    }
    let twice = example()
        .0
        .to_string()
        .replacen("{\"domain\":", "{\"domain\":{},\"domain\":", 1);
    assert!(TypedData::parse(twice.as_bytes()).is_err(), "a key twice");
    let long = one("string", &json!("x".repeat(70_000)));
    assert!(parse(&long).is_err(), "more than a document holds");
}

#[test]
fn a_changed_message_has_another_digest() {
    let (data, _) = example();
    let was = parse(&data).expect("read").digest;
    for (place, value) in [
        ("/domain/chainId", json!(2)),
        ("/message/contents", json!("Hello, Bob?")),
        ("/domain/version", json!("2")),
    ] {
        let mut changed = data.clone();
        *changed.pointer_mut(place).expect("there") = value;
        assert_ne!(parse(&changed).expect("read").digest, was, "{place}");
    }
}
