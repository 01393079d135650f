//! Wallets of their own words against one-at-a-time derivation.

mod slow;

use jinku_address::{Family, Form};
use jinku_bulk::{make_wallets, wallets_of};
use jinku_hd::bip39::{Language, Mnemonic};
use jinku_hd::key::{Curve, ExtendedKey};
use jinku_lanes::available;
use slow::{JOB, TS, all_forms, leaves, slowly};

#[test]
fn wallets_are_those_of_their_words() {
    let forms = Form::defaults(&Family::ALL);
    for (language, words, count) in [
        (Language::English, 24, 3),
        (Language::Japanese, 12, 2),
        (Language::ChineseSimplified, 24, 70),
    ] {
        let made = make_wallets(count, language, words, &forms, &JOB, TS, 10).expect("wallets");
        assert_eq!(made.wallets.len(), count);
        for (at, wallet) in made
            .wallets
            .iter()
            .enumerate()
            .filter(|(at, _)| at % 23 < 3)
        {
            assert_eq!(wallet.mnemonic.word_count(), usize::from(words));
            let parsed = Mnemonic::parse_in(language, &wallet.mnemonic.phrase()).expect("words");
            let seed = parsed.seed("");
            let expected: Vec<String> = forms
                .iter()
                .map(|form| slowly(&seed[..], form, 0))
                .collect();
            assert_eq!(wallet.addresses, expected, "wallet {at}");
            let master = ExtendedKey::from_seed(Curve::Secp256k1, &seed[..]).expect("key");
            assert_eq!(wallet.fingerprint, master.fingerprint());
        }
        assert_eq!(
            made.batch.root,
            jinku_proof::root(&leaves(&forms, &made.batch.columns, 10, true))
        );
        let mut firsts: Vec<&String> = made
            .wallets
            .iter()
            .map(|wallet| &wallet.addresses[0])
            .collect();
        firsts.sort();
        firsts.dedup();
        assert_eq!(firsts.len(), count, "no two wallets share a key");
    }
    assert!(make_wallets(1, Language::English, 13, &forms, &JOB, TS, 0).is_err());
    assert!(make_wallets(1, Language::English, 24, &[], &JOB, TS, 0).is_err());
    assert!(make_wallets(0, Language::English, 24, &forms, &JOB, TS, 0).is_err());
    assert!(make_wallets(2, Language::English, 24, &forms, &JOB, TS, u64::MAX).is_err());
}

#[test]
fn wallets_are_the_same_on_every_backend() {
    let forms = all_forms();
    let words = || vec![Mnemonic::from_entropy(&[7; 32], Language::English).expect("valid")];
    let results: Vec<Vec<String>> = available()
        .into_iter()
        .map(|backend| {
            wallets_of(words(), &forms, &JOB, TS, 0, backend)
                .expect("wallets")
                .wallets
                .remove(0)
                .addresses
        })
        .collect();
    let seed = words()[0].seed("");
    let expected: Vec<String> = forms
        .iter()
        .map(|form| slowly(&seed[..], form, 0))
        .collect();
    assert!(results.iter().all(|addresses| *addresses == expected));
}
