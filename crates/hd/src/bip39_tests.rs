use super::*;
use proptest::prelude::*;

const ABOUT: &str =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

fn refusal(result: Result<Mnemonic, Bip39Error>) -> Bip39Error {
    match result {
        Ok(_) => panic!("accepted"),
        Err(error) => error,
    }
}

#[test]
fn a_phrase_stands_for_its_entropy() {
    let mnemonic = Mnemonic::parse(ABOUT).ok().unwrap();
    assert_eq!(mnemonic.entropy(), [0; 16]);
    assert_eq!(mnemonic.language(), Language::English);
    assert_eq!(mnemonic.phrase().as_str(), ABOUT);
    assert_eq!(mnemonic.word_count(), 12);
}

#[test]
fn case_and_white_space_do_not_matter() {
    let spread = format!(
        "\u{feff}\n  {}\r\n",
        ABOUT.to_uppercase().replace(' ', "\u{3000}\t ")
    );
    assert_eq!(Mnemonic::parse(&spread).ok().unwrap().entropy(), [0; 16]);
}

#[test]
fn an_unknown_word_is_named_by_its_place_only() {
    let typo = ABOUT.replacen("abandon about", "abandno about", 1);
    let error = refusal(Mnemonic::parse(&typo));
    let want = Bip39Error::UnknownWord {
        position: 11,
        language: Language::English,
        nearest: Some("abandon"),
    };
    assert_eq!(error, want);
    assert_eq!(
        error.to_string(),
        "word 11 is not in the english list: did you mean \"abandon\"?"
    );
    let secret = ABOUT.replacen("about", "hunter2hunter2", 1);
    assert!(
        !refusal(Mnemonic::parse(&secret))
            .to_string()
            .contains("hunter2")
    );
}

#[test]
fn a_wrong_count_says_what_was_found() {
    for (words, found) in [("", 0), ("zoo", 1), (&ABOUT[8..], 11)] {
        assert_eq!(
            refusal(Mnemonic::parse(words)),
            Bip39Error::WordCount { found }
        );
    }
    let long = format!("{ABOUT} {ABOUT} {ABOUT}");
    assert_eq!(
        refusal(Mnemonic::parse(&long)),
        Bip39Error::WordCount { found: 36 }
    );
}

#[test]
fn a_bad_checksum_is_refused() {
    let swapped = ABOUT.replacen("about", "abandon", 1);
    let want = Bip39Error::Checksum {
        language: Language::English,
    };
    assert_eq!(refusal(Mnemonic::parse(&swapped)), want);
    assert_eq!(
        refusal(Mnemonic::parse_in(Language::English, &swapped)),
        want
    );
}

#[test]
fn every_language_is_detected_and_a_shared_phrase_is_asked_about() {
    for language in Language::ALL {
        for fill in [0u8, 0x7f, 0xa5, 0xff] {
            let made = Mnemonic::from_entropy(&[fill; 32], language).ok().unwrap();
            let read = Mnemonic::parse_in(language, &made.phrase()).ok().unwrap();
            assert_eq!(read.entropy(), [fill; 32]);
            match Mnemonic::parse(&made.phrase()) {
                Ok(read) => {
                    assert_eq!(read.entropy(), [fill; 32]);
                    assert_eq!(read.seed_password(), made.seed_password());
                }
                Err(Bip39Error::Ambiguous { languages }) => assert!(languages.contains(&language)),
                Err(error) => panic!("{language}: {error}"),
            }
        }
    }
}

fn shared(a: Language, b: Language) -> Vec<&'static str> {
    let (a, b) = (wordlist::of(a), wordlist::of(b));
    (0..2048)
        .map(|i| a.word(i))
        .filter(|word| b.exact_index(word).is_some())
        .collect()
}

/// The shared Chinese words have the same numbers in both lists, so such a phrase is one wallet.
#[test]
fn chinese_phrases_of_shared_words_need_no_question() {
    let (simple, full) = (Language::ChineseSimplified, Language::ChineseTraditional);
    let words = shared(simple, full);
    assert_eq!(words.len(), 1275);
    let mut held = 0;
    for window in words.windows(12) {
        let phrase = window.join(" ");
        match (
            Mnemonic::parse(&phrase),
            Mnemonic::parse_in(simple, &phrase),
            Mnemonic::parse_in(full, &phrase),
        ) {
            (Ok(any), Ok(a), Ok(b)) => {
                assert!(any.entropy() == a.entropy() && a.entropy() == b.entropy());
                assert_eq!(a.seed_password(), b.seed_password());
                held += 1;
            }
            (Err(Bip39Error::Checksum { .. }), Err(_), Err(_)) => {}
            _ => panic!("the lists disagree"),
        }
    }
    assert!(held > 40, "{held}");
}

/// English and French share words with different numbers: the checksum decides, or the person does.
#[test]
fn french_and_english_are_told_apart_by_checksum_or_asked_about() {
    let (english, french) = (Language::English, Language::French);
    let words = shared(english, french);
    assert_eq!(words.len(), 100);
    let (mut one, mut both, mut none) = (0, 0, 0);
    let mut state = 1u64;
    for start in 0..3000 {
        let phrase: Vec<&str> = (0..12)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                words[(state >> 33) as usize % words.len()]
            })
            .collect();
        let phrase = phrase.join(" ");
        let holds = |language| usize::from(Mnemonic::parse_in(language, &phrase).is_ok());
        match (Mnemonic::parse(&phrase), holds(english) + holds(french)) {
            (Ok(_), 1) => one += 1,
            (Err(error @ Bip39Error::Ambiguous { .. }), 2) => {
                assert_eq!(
                    error,
                    Bip39Error::Ambiguous {
                        languages: vec![english, french]
                    }
                );
                assert!(
                    error
                        .to_string()
                        .contains("(english, french): name the one")
                );
                both += 1;
            }
            (Err(Bip39Error::Checksum { .. }), 0) => none += 1,
            (_, count) => panic!("phrase {start}: {count} languages hold"),
        }
    }
    assert!(one > 0 && both > 0 && none > 0, "{one} {both} {none}");
}

#[test]
fn accents_and_unicode_forms_lead_to_the_same_seed() {
    let made = Mnemonic::from_entropy(&[0; 16], Language::Spanish)
        .ok()
        .unwrap();
    let composed: String = made.phrase().nfc().collect();
    let bare = wordlist::without_accents(&made.phrase());
    assert!(composed != bare && composed != made.phrase().as_str());
    for typed in [&composed, &bare] {
        assert_eq!(
            Mnemonic::parse(typed).ok().unwrap().seed("é"),
            made.seed("e\u{301}")
        );
    }
    assert_ne!(made.seed("e"), made.seed("é"));
}

#[test]
fn composed_text_is_read_in_every_language() {
    for language in Language::ALL {
        let made = Mnemonic::from_entropy(&[0x3c; 24], language).ok().unwrap();
        let composed: String = made.phrase().nfc().collect();
        let read = Mnemonic::parse_in(language, &composed).ok().unwrap();
        assert_eq!(read.seed_password(), made.seed_password(), "{language}");
    }
}

#[test]
fn entropy_of_other_lengths_is_refused() {
    for length in [0, 15, 17, 31, 33, 36, 64] {
        let error = refusal(Mnemonic::from_entropy(&vec![0; length], Language::English));
        assert_eq!(error, Bip39Error::EntropyLength { found: length });
    }
}

#[test]
fn generated_phrases_differ_and_parse() {
    for words in [12u8, 15, 18, 21, 24] {
        let a = Mnemonic::generate(words, Language::Korean).ok().unwrap();
        let b = Mnemonic::generate(words, Language::Korean).ok().unwrap();
        assert_ne!(a.entropy(), b.entropy());
        assert_eq!(a.phrase().split(' ').count(), usize::from(words));
    }
    assert_eq!(
        refusal(Mnemonic::generate(13, Language::English)),
        Bip39Error::WordCount { found: 13 }
    );
}

#[test]
fn names_read_back() {
    for language in Language::ALL {
        assert_eq!(language.to_string().parse(), Ok(language));
    }
    assert_eq!(
        "Chinese_Simplified".parse(),
        Ok(Language::ChineseSimplified)
    );
    assert_eq!(
        "klingon".parse::<Language>(),
        Err(Bip39Error::UnknownLanguage)
    );
    assert_eq!(
        Language::ALL.into_iter().filter(|l| l.official()).count(),
        10
    );
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,200}") {
        let _ = Mnemonic::parse(&text);
        for language in Language::ALL {
            let _ = Mnemonic::parse_in(language, &text);
        }
    }

    #[test]
    fn entropy_survives_the_round_trip(
        entropy in proptest::collection::vec(any::<u8>(), 32),
        length in (4usize..=8).prop_map(|quarter| quarter * 4),
        at in 0..Language::ALL.len(),
    ) {
        let made = Mnemonic::from_entropy(&entropy[..length], Language::ALL[at]).ok().unwrap();
        let read = Mnemonic::parse_in(Language::ALL[at], &made.phrase()).ok().unwrap();
        prop_assert_eq!(read.entropy(), &entropy[..length]);
    }

    #[test]
    fn one_replaced_word_never_gives_the_same_entropy(at in 0usize..12, index in 0u16..2048) {
        let mut words: Vec<&str> = ABOUT.split(' ').collect();
        let other = wordlist::of(Language::English).word(index);
        prop_assume!(words[at] != other);
        words[at] = other;
        if let Ok(read) = Mnemonic::parse_in(Language::English, &words.join(" ")) {
            prop_assert_ne!(read.entropy(), &[0u8; 16][..]);
        }
    }
}
