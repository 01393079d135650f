//! Every target, driven deterministically: `JINKU_FUZZ_SEED` and `JINKU_FUZZ_RUNS` change seed and length of a run.

use jinku_fuzz::wrap::Wrap;
use jinku_fuzz::{TARGETS, Target, driver};

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |v| {
        v.parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {v}"))
    })
}

fn drive(name: &str) {
    let target = TARGETS
        .iter()
        .find(|t| t.name == name)
        .unwrap_or_else(|| panic!("no target {name}"));
    let (seed, runs) = (
        setting("JINKU_FUZZ_SEED", 20_251_121),
        setting("JINKU_FUZZ_RUNS", 20_000),
    );
    println!("target {name}, seed {seed}, {runs} mutations");
    match driver::drive(target, seed, runs as usize) {
        Ok(count) => assert!(count as u64 > runs, "{name} has no seeds"),
        Err(broken) => panic!("{broken}"),
    }
}

macro_rules! driven {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            drive(stringify!($name));
        })*

        #[test]
        fn every_target_is_driven_and_has_a_libfuzzer_twin() {
            let driven = [$(stringify!($name)),*];
            let twins = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/fuzz_targets");
            for target in TARGETS {
                assert!(driven.contains(&target.name), "{} is not driven", target.name);
                let twin = std::path::Path::new(twins).join(format!("{}.rs", target.name));
                assert!(twin.is_file(), "{} is missing", twin.display());
            }
            assert_eq!(driven.len(), TARGETS.len());
        }
    };
}

driven! {
    extended_key path mnemonic descriptor keystore nep2 nep6 wif solana_keypair import_record import_door
    address address_bech32 bech32_string chain public_key vault_envelope evidence_key claim_code canonical_json
    document policy approval_file caip number_and_id signer_frame der_signature merkle_proof batch_leaf
    signed_note checkpoint verifier_key receipt submission witness_policy trust_root tile_path witness_log http_head
    evm_unsigned evm_signed evm_call typed_data bitcoin_psbt bitcoin_transaction solana_message solana_signed appraisal
}

#[test]
fn the_driver_finds_a_planted_fault_and_repeats_it() {
    fn planted(data: &[u8]) {
        let text = String::from_utf8_lossy(data);
        assert!(!text.contains("2147483648"), "a planted fault");
    }
    let target = Target {
        name: "planted",
        run: planted,
        seeds: || vec![b"m/44'/60'/0'".to_vec()],
        wrap: Wrap::None,
    };
    let first = driver::drive(&target, 7, 20_000).expect_err("the fault is found");
    let second = driver::drive(&target, 7, 20_000).expect_err("and found again");
    assert!(
        first.what.contains("a planted fault")
            && first.input == second.input
            && first.number == second.number
    );
    assert!(first.to_string().contains("JINKU_FUZZ_SEED=7"));
}

#[test]
fn mended_inputs_are_accepted_by_their_checksums() {
    use jinku_fuzz::mutate::Random;
    use jinku_fuzz::wrap::mended;
    let (mut random, mut accepted) = (Random::new(3), 0);
    let wif = b"KxGtKtYTsxCW997F762Zn62C2e72gQ9XMPkkL2231Rc4GuvSCuba";
    for _ in 0..50 {
        let input = mended(Wrap::Base58Check, &mut random, wif, &[]).expect("a WIF has that form");
        accepted += usize::from(bs58::decode(input).with_check(None).into_vec().is_ok());
    }
    assert_eq!(accepted, 50);
    assert!(mended(Wrap::Base58Check, &mut random, b"not base58!", &[]).is_none());
}

#[test]
fn every_verb_of_the_signer_has_a_seed_that_it_accepts() {
    use jinku_signer::wire::parse_request;
    for (verb, body) in jinku_fuzz::corpus::REQUESTS {
        let found = parse_request(&jinku_fuzz::corpus::request(*verb, *body), 8);
        assert!(
            found.is_ok(),
            "verb 0x{verb:02x}: {:?}",
            found.err().map(|e| e.message)
        );
    }
    let unknown = (0..=255u8).filter(|verb| {
        let bare = jinku_fuzz::corpus::request(*verb, |_| {});
        parse_request(&bare, 8).is_err_and(|e| e.code == "wire.unknown_verb")
    });
    assert_eq!(
        unknown.count() + jinku_fuzz::corpus::REQUESTS.len(),
        256,
        "a verb has no seed"
    );
}
