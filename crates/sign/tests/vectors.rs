//! Published vectors: Wycheproof, BIP-340, BIP-341, RFC 6979, RFC 8032.

use jinku_secrets::{Secret, Zeroizing};
use jinku_sign::{SignError, ed25519, k1, r1, schnorr};
use jinku_testkit::vector_text;
use serde_json::Value;
use sha2::{Digest, Sha256};

fn json(name: &str) -> (Value, bool) {
    let (text, full) = vector_text(name);
    (serde_json::from_str(&text).expect("JSON"), full)
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&text[i..i + 2], 16).expect("hex"))
        .collect()
}

fn array<const N: usize>(text: &str) -> [u8; N] {
    hex(text).try_into().expect("the length")
}

fn secret(text: &str) -> Secret<32> {
    Secret::from_array(Zeroizing::new(array(text)))
}

fn text<'a>(v: &'a Value, name: &str) -> &'a str {
    v[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} is no text"))
}

/// Runs a Wycheproof file; `check` gets the group, the message and the signature.
fn wycheproof(name: &str, least: (usize, usize), check: impl Fn(&Value, &[u8], &[u8]) -> bool) {
    let (file, full) = json(&format!("wycheproof/{name}"));
    let (mut valid, mut invalid) = (0, 0);
    for group in file["testGroups"].as_array().expect("groups") {
        for test in group["tests"].as_array().expect("tests") {
            let ours = check(group, &hex(text(test, "msg")), &hex(text(test, "sig")));
            // These three files have no 'acceptable' case; a new one would stop here and be decided by a person.
            let want = match text(test, "result") {
                "valid" => true,
                "invalid" => false,
                other => panic!("{name}: undecided result {other}"),
            };
            assert_eq!(
                ours, want,
                "{name} tcId {}: {} {}",
                test["tcId"], test["comment"], test["flags"]
            );
            if want { valid += 1 } else { invalid += 1 }
        }
    }
    if full {
        assert!(
            valid >= least.0 && invalid >= least.1,
            "{name}: {valid} valid, {invalid} invalid"
        );
    }
    assert!(
        valid > 2 && invalid > 2,
        "{name}: {valid} valid, {invalid} invalid"
    );
}

#[test]
fn wycheproof_secp256k1_bitcoin() {
    wycheproof(
        "ecdsa_secp256k1_sha256_bitcoin_test.json",
        (162, 301),
        |group, message, signature| {
            let digest = Sha256::digest(message).into();
            k1::verify_der(
                &hex(text(&group["publicKey"], "uncompressed")),
                &digest,
                signature,
            )
            .is_ok()
        },
    );
}

#[test]
fn wycheproof_p256() {
    wycheproof(
        "ecdsa_secp256r1_sha256_test.json",
        (174, 310),
        |group, message, signature| {
            let digest = Sha256::digest(message).into();
            r1::verify_der(
                &hex(text(&group["publicKey"], "uncompressed")),
                &digest,
                signature,
            )
            .is_ok()
        },
    );
}

#[test]
fn wycheproof_ed25519() {
    wycheproof(
        "ed25519_test.json",
        (88, 63),
        |group, message, signature| {
            let key = array(text(&group["publicKey"], "pk"));
            <[u8; 64]>::try_from(signature)
                .is_ok_and(|s| ed25519::verify(&key, message, &s).is_ok())
        },
    );
}

#[test]
fn bip340() {
    let (file, full) = vector_text("bitcoin/bip340_test-vectors.csv");
    let (mut signed, mut refused, mut checked) = (0, 0, 0);
    for line in file.lines().skip(1).filter(|l| !l.is_empty()) {
        let f: Vec<&str> = line.split(',').collect();
        let (message, signature) = (hex(f[4]), array::<64>(f[5]));
        let verified = schnorr::verify(&array(f[2]), &message, &signature);
        assert_eq!(
            verified.is_ok(),
            f[6] == "TRUE",
            "vector {}: {}",
            f[0],
            f[7]
        );
        checked += 1;
        refused += usize::from(verified.is_err());
        if !f[1].is_empty() {
            let key = secret(f[1]);
            assert_eq!(
                schnorr::public_key(&key),
                Ok(array(f[2])),
                "vector {}",
                f[0]
            );
            assert_eq!(
                schnorr::sign(&key, &message, &array(f[3])),
                Ok(signature),
                "vector {}",
                f[0]
            );
            signed += 1;
        }
    }
    assert!(
        signed >= if full { 8 } else { 2 } && refused >= 2 && checked >= if full { 19 } else { 5 }
    );
}

#[test]
fn bip341_tweaks_and_key_path_signatures() {
    let (file, full) = json("bitcoin/bip341_wallet-test-vectors.json");
    let root = |v: &Value| v.as_str().map(array::<32>);
    let mut tweaked = 0;
    for case in file["scriptPubKey"].as_array().expect("cases") {
        let internal = array(text(&case["given"], "internalPubkey"));
        let root = root(&case["intermediary"]["merkleRoot"]);
        let (output, odd) = schnorr::tweak_public(&internal, root.as_ref()).expect("a point");
        assert_eq!(output, array(text(&case["intermediary"], "tweakedPubkey")));
        if let Some(block) = case["expected"]["scriptPathControlBlocks"]
            .get(0)
            .and_then(Value::as_str)
        {
            assert_eq!(
                hex(block)[0] & 1 == 1,
                odd,
                "parity stands in the control block"
            );
        }
        tweaked += 1;
    }
    let mut signed = 0;
    for spend in file["keyPathSpending"][0]["inputSpending"]
        .as_array()
        .expect("inputs")
    {
        let (given, inter) = (&spend["given"], &spend["intermediary"]);
        let key = secret(text(given, "internalPrivkey"));
        assert_eq!(
            schnorr::public_key(&key),
            Ok(array(text(inter, "internalPubkey")))
        );
        let output =
            schnorr::tweak_secret(&key, root(&given["merkleRoot"]).as_ref()).expect("in range");
        assert_eq!(*output.expose(), array::<32>(text(inter, "tweakedPrivkey")));
        // The vectors were made with 32 zero bytes of auxiliary randomness.
        let signature =
            schnorr::sign(&output, &hex(text(inter, "sigHash")), &[0; 32]).expect("in range");
        let witness = hex(spend["expected"]["witness"][0].as_str().expect("a witness"));
        assert_eq!(signature, witness[..64], "input {}", given["txinIndex"]);
        assert!(
            schnorr::verify(
                &array(text(inter, "internalPubkey")),
                &hex(text(inter, "sigHash")),
                &signature
            )
            .is_err()
        );
        signed += 1;
    }
    assert!(tweaked >= if full { 7 } else { 2 } && signed >= if full { 7 } else { 2 });
}

/// RFC 6979 appendix A.2.5, SHA-256.
#[test]
fn rfc6979_p256() {
    let key = secret("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
    let cases = [
        (
            "sample",
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
             f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
        ),
        (
            "test",
            "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367\
             019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
        ),
    ];
    let public = r1::public_key(&key).expect("in range");
    assert_eq!(
        public[1..],
        hex("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6")
    );
    for (message, signature) in cases {
        let digest: [u8; 32] = Sha256::digest(message).into();
        let plain = r1::sign_unnormalised(&key, &digest).expect("in range");
        assert_eq!(plain, array(signature), "{message}");
        let low = r1::sign(&key, &digest).expect("in range");
        assert_eq!(low[..32], plain[..32]);
        r1::verify(&public, &digest, &plain).expect("either s");
        r1::verify_low_s(&public, &digest, &low).expect("the lower s");
        if low != plain {
            assert_eq!(
                r1::verify_low_s(&public, &digest, &plain),
                Err(SignError::HighS)
            );
        }
        assert_eq!(
            r1::verify(&public, &[9; 32], &plain),
            Err(SignError::BadSignature)
        );
    }
}

/// Widely published RFC 6979 results for secp256k1 and SHA-256 (RFC 6979 itself has none for this curve).
#[test]
fn rfc6979_secp256k1() {
    let cases = [
        (
            "0000000000000000000000000000000000000000000000000000000000000001",
            "Satoshi Nakamoto",
            "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8\
             2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5",
        ),
        (
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140",
            "Satoshi Nakamoto",
            "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0\
             6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5",
        ),
        (
            "f8b8af8ce3c7cca5e300d33939540c10d45ce001b8f252bfbc57ba0342904181",
            "Alan Turing",
            "7063ae83e7f62bbb171798131b4a0564b956930092b33b07b395615d9ec7e15c\
             58dfcc1e00a35e1572f366ffe34ba0fc47db1e7189759b9fb233c5b05ab388ea",
        ),
    ];
    for (key, message, signature) in cases {
        let key = secret(key);
        let digest = Sha256::digest(message).into();
        let made = k1::sign(&key, &digest).expect("in range");
        assert_eq!(made.compact, array(signature), "{message}");
        assert_eq!(k1::recover(&digest, &made), k1::public_key(&key));
    }
}

/// RFC 8032 section 7.1, tests 1 to 3.
#[test]
fn rfc8032() {
    let cases = [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
             5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
             18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ];
    for (seed, public, message, signature) in cases {
        let seed = secret(seed);
        assert_eq!(ed25519::public_key(&seed), array(public));
        assert_eq!(ed25519::sign(&seed, &hex(message)), Ok(array(signature)));
        ed25519::verify(&array(public), &hex(message), &array(signature)).expect("the RFC's");
        assert_eq!(
            ed25519::verify(&array(public), b"other", &array(signature)),
            Err(SignError::BadSignature)
        );
    }
}
