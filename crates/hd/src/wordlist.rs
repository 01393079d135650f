//! The twelve word lists, indexed once at first use.
//!
//! The ten official lists are byte for byte those of the BIP-39 repository; Russian and Turkish are
//! the unofficial ones of the Trezor reference implementation, stored in NFKD form.

use std::collections::HashMap;
use std::sync::OnceLock;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::language::Language;

/// Words in each list (BIP-39: 11 bits a word).
pub(crate) const SIZE: usize = 2048;

pub(crate) struct WordList {
    words: Vec<&'static str>,
    exact: HashMap<&'static str, u16>,
    /// Words without accents, where BIP-39 calls both spellings equal (French, Spanish).
    plain: HashMap<String, u16>,
}

const COUNT: usize = Language::ALL.len();
static LISTS: [OnceLock<WordList>; COUNT] = [const { OnceLock::new() }; COUNT];

pub(crate) fn of(language: Language) -> &'static WordList {
    LISTS[language as usize].get_or_init(|| WordList::build(language))
}

fn text(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("wordlists/english.txt"),
        Language::ChineseSimplified => include_str!("wordlists/chinese_simplified.txt"),
        Language::ChineseTraditional => include_str!("wordlists/chinese_traditional.txt"),
        Language::Japanese => include_str!("wordlists/japanese.txt"),
        Language::Korean => include_str!("wordlists/korean.txt"),
        Language::Spanish => include_str!("wordlists/spanish.txt"),
        Language::French => include_str!("wordlists/french.txt"),
        Language::Italian => include_str!("wordlists/italian.txt"),
        Language::Czech => include_str!("wordlists/czech.txt"),
        Language::Portuguese => include_str!("wordlists/portuguese.txt"),
        Language::Russian => include_str!("wordlists/russian.txt"),
        Language::Turkish => include_str!("wordlists/turkish.txt"),
    }
}

/// The text without the combining accents of Latin script.
pub(crate) fn without_accents(word: &str) -> String {
    word.nfkd()
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .collect()
}

impl WordList {
    fn build(language: Language) -> Self {
        let words: Vec<&'static str> = text(language).lines().collect();
        let number = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
        let exact = words
            .iter()
            .enumerate()
            .map(|(at, word)| (*word, number(at)))
            .collect();
        let plain = match language {
            Language::French | Language::Spanish => words
                .iter()
                .enumerate()
                .map(|(at, word)| (without_accents(word), number(at)))
                .collect(),
            _ => HashMap::new(),
        };
        Self {
            words,
            exact,
            plain,
        }
    }

    /// The word of an 11-bit index.
    pub(crate) fn word(&self, index: u16) -> &'static str {
        self.words[usize::from(index) % SIZE]
    }

    /// The index of a word in NFKD form.
    pub(crate) fn exact_index(&self, word: &str) -> Option<u16> {
        self.exact.get(word).copied()
    }

    /// The index of a word in NFKD form; French and Spanish words also without their accents.
    pub(crate) fn index(&self, word: &str) -> Option<u16> {
        self.exact
            .get(word)
            .or_else(|| self.plain.get(word))
            .copied()
    }

    /// The list's word with the smallest edit distance, if it is near enough to be a slip of the pen.
    pub(crate) fn nearest(&self, word: &str) -> Option<&'static str> {
        let mut typed = Zeroizing::new(Vec::with_capacity(MAX_TYPED + 1));
        typed.extend(word.chars().take(MAX_TYPED + 1));
        if typed.is_empty() || typed.len() > MAX_TYPED {
            return None;
        }
        let allowed = (typed.len() / 2).clamp(1, 3);
        self.words
            .iter()
            .filter_map(|candidate| Some((distance(&typed, candidate, allowed)?, *candidate)))
            .min_by_key(|(cost, _)| *cost)
            .filter(|(cost, candidate)| *cost < candidate.chars().count())
            .map(|(_, candidate)| candidate)
    }
}

const MAX_TYPED: usize = 24;

/// Edit distance (insert, delete, replace, swap of neighbours) of two words; None above the limit.
fn distance(a: &[char], b: &str, limit: usize) -> Option<usize> {
    let b: Vec<char> = b.chars().collect();
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut cost = (above[j + 1] + 1)
                .min(row[j] + 1)
                .min(above[j] + usize::from(x != y));
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        // A swap reaches back two rows, so both must have left the limit.
        if row.iter().chain(&above).all(|cost| *cost > limit) {
            return None;
        }
        before = std::mem::replace(&mut above, row);
    }
    Some(above[b.len()]).filter(|cost| *cost <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    /// SHA-256 of each file as the BIP-39 repository publishes it; the last two pin our NFKD form.
    const SHA256: [(Language, &str); 12] = [
        (
            Language::English,
            "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda",
        ),
        (
            Language::ChineseSimplified,
            "5c5942792bd8340cb8b27cd592f1015edf56a8c5b26276ee18a482428e7c5726",
        ),
        (
            Language::ChineseTraditional,
            "417b26b3d8500a4ae3d59717d7011952db6fc2fb84b807f3f94ac734e89c1b5f",
        ),
        (
            Language::Japanese,
            "2eed0aef492291e061633d7ad8117f1a2b03eb80a29d0e4e3117ac2528d05ffd",
        ),
        (
            Language::Korean,
            "9e95f86c167de88f450f0aaf89e87f6624a57f973c67b516e338e8e8b8897f60",
        ),
        (
            Language::Spanish,
            "46846a5a0139d1e3cb77293e521c2865f7bcdb82c44e8d0a06a2cd0ecba48c0b",
        ),
        (
            Language::French,
            "ebc3959ab7801a1df6bac4fa7d970652f1df76b683cd2f4003c941c63d517e59",
        ),
        (
            Language::Italian,
            "d392c49fdb700a24cd1fceb237c1f65dcc128f6b34a8aacb58b59384b5c648c2",
        ),
        (
            Language::Czech,
            "7e80e161c3e93d9554c2efb78d4e3cebf8fc727e9c52e03b83b94406bdcc95fc",
        ),
        (
            Language::Portuguese,
            "2685e9c194c82ae67e10ba59d9ea5345a23dc093e92276fc5361f6667d79cd3f",
        ),
        (
            Language::Russian,
            "6d2a988436ed390df3264d4bf52a3b9383d71f7d0f89aca80275ee1e96562f24",
        ),
        (
            Language::Turkish,
            "3444e619f0dc452ef7a230f151bbcaa2c011ba54914d4c9a0a857a258d6ec5f7",
        ),
    ];

    #[test]
    fn each_list_is_the_published_one() {
        for (language, want) in SHA256 {
            assert_eq!(
                hex::encode(Sha256::digest(text(language))),
                want,
                "{language}"
            );
        }
    }

    #[test]
    fn each_list_has_2048_distinct_normalised_words() {
        for language in Language::ALL {
            let list = of(language);
            assert_eq!(
                (list.words.len(), list.exact.len()),
                (SIZE, SIZE),
                "{language}"
            );
            for word in &list.words {
                assert_eq!(word.nfkd().collect::<String>(), *word, "{language}");
                assert!(!word.is_empty() && !word.contains(char::is_whitespace));
            }
        }
    }

    #[test]
    fn accents_may_be_left_out_where_the_standard_says_so() {
        for language in [Language::French, Language::Spanish] {
            assert_eq!(
                of(language).plain.len(),
                SIZE,
                "{language}: two words differ by accents only"
            );
        }
        let spanish = of(Language::Spanish);
        assert_eq!(spanish.index("abaco"), spanish.index(spanish.word(0)));
        assert_eq!(of(Language::Portuguese).index("abacatè"), None);
    }

    #[test]
    fn suggests_the_nearest_word_and_nothing_far_away() {
        let english = of(Language::English);
        assert_eq!(english.nearest("abandn"), Some("abandon"));
        assert_eq!(english.nearest("onlien"), Some("online"));
        assert_eq!(english.nearest("qqqqqqqqqq"), None);
        assert_eq!(english.nearest(""), None);
        assert_eq!(english.nearest(&"a".repeat(10_000)), None);
        assert_eq!(of(Language::ChineseSimplified).nearest("鑫"), None);
    }
}
