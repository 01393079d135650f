//! Mnemonic phrases: BIP-39, in its ten languages and two unofficial ones.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256, Sha512};
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, Zeroizing};

pub use crate::language::Language;
use crate::wordlist;

/// PBKDF2 rounds (BIP-39, "From mnemonic to seed").
pub const ROUNDS: u32 = 2048;

const MAX_WORDS: usize = 24;

impl FromStr for Language {
    type Err = Bip39Error;

    fn from_str(text: &str) -> Result<Self, Bip39Error> {
        let wanted = text.to_ascii_lowercase().replace('_', "-");
        Self::ALL
            .into_iter()
            .find(|language| language.name() == wanted)
            .ok_or(Bip39Error::UnknownLanguage)
    }
}

/// Why a phrase was refused. No variant holds the phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bip39Error {
    /// Entropy of a length that BIP-39 does not know.
    EntropyLength {
        /// Bytes found; 16, 20, 24, 28 or 32 are right.
        found: usize,
    },
    /// Neither 12, 15, 18, 21 nor 24 words.
    WordCount {
        /// Words found.
        found: usize,
    },
    /// A word that the list does not have.
    UnknownWord {
        /// 1-based position of the word in the phrase.
        position: usize,
        /// The list that was looked in: the one that knows most of the words.
        language: Language,
        /// The nearest word of that list, when one is near.
        nearest: Option<&'static str>,
    },
    /// All words are known, but the last one's checksum bits do not fit.
    Checksum {
        /// The list in which all words stand.
        language: Language,
    },
    /// The phrase is valid in several languages; the caller must name one.
    Ambiguous {
        /// The languages in which words and checksum hold.
        languages: Vec<Language>,
    },
    /// No such language.
    UnknownLanguage,
    /// The operating system gave no randomness.
    Randomness,
}

impl fmt::Display for Bip39Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EntropyLength { found } => {
                write!(
                    f,
                    "entropy of {found} bytes: BIP-39 takes 16, 20, 24, 28 or 32"
                )
            }
            Self::WordCount { found } => {
                write!(
                    f,
                    "found {found} words, expected 12, 15, 18, 21 or 24: is the phrase complete?"
                )
            }
            Self::UnknownWord {
                position,
                language,
                nearest,
            } => {
                write!(f, "word {position} is not in the {language} list")?;
                match nearest {
                    Some(word) => write!(f, ": did you mean \"{word}\"?"),
                    None => f.write_str(": check its spelling, and the language of the phrase"),
                }
            }
            Self::Checksum { language } => write!(
                f,
                "every word is in the {language} list, but the checksum does not hold: a word is \
                 wrong or two are swapped; compare with the original"
            ),
            Self::Ambiguous { languages } => {
                f.write_str("the phrase is valid in several languages (")?;
                for (at, language) in languages.iter().enumerate() {
                    write!(f, "{}{language}", if at == 0 { "" } else { ", " })?;
                }
                f.write_str("): name the one it was made in")
            }
            Self::UnknownLanguage => {
                f.write_str("unknown word list; expected one of ")?;
                for (at, language) in Language::ALL.into_iter().enumerate() {
                    write!(f, "{}{language}", if at == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            Self::Randomness => f.write_str("the operating system gave no randomness; try again"),
        }
    }
}

impl std::error::Error for Bip39Error {}

/// A valid phrase: its entropy and its language. Wiped on drop; no `Debug`, no `Clone`.
pub struct Mnemonic {
    language: Language,
    entropy: Zeroizing<[u8; 32]>,
    length: usize,
}

type Indices = Zeroizing<[u16; MAX_WORDS]>;

impl Mnemonic {
    /// The phrase that stands for 16, 20, 24, 28 or 32 bytes of entropy is made.
    pub fn from_entropy(entropy: &[u8], language: Language) -> Result<Self, Bip39Error> {
        let length = entropy.len();
        if !(16..=32).contains(&length) || !length.is_multiple_of(4) {
            return Err(Bip39Error::EntropyLength { found: length });
        }
        let mut kept = Zeroizing::new([0u8; 32]);
        kept[..length].copy_from_slice(entropy);
        Ok(Self {
            language,
            entropy: kept,
            length,
        })
    }

    /// A fresh phrase of 12, 15, 18, 21 or 24 words, with entropy from the operating system, is made.
    pub fn generate(words: u8, language: Language) -> Result<Self, Bip39Error> {
        let found = usize::from(words);
        let length = entropy_length(found).ok_or(Bip39Error::WordCount { found })?;
        let mut entropy = Zeroizing::new([0u8; 32]);
        getrandom::fill(&mut entropy[..length]).map_err(|_| Bip39Error::Randomness)?;
        Ok(Self {
            language,
            entropy,
            length,
        })
    }

    /// The phrase is read in whichever language its words and checksum hold.
    ///
    /// Upper case, any white space and any Unicode form are accepted; French and Spanish words also
    /// without accents. A phrase that holds in two languages with different entropy (French and
    /// English share 100 words) is refused as ambiguous. The Chinese lists give the 1,275 words that
    /// they share the same numbers, so there phrase, entropy and seed agree and the first is taken.
    pub fn parse(phrase: &str) -> Result<Self, Bip39Error> {
        let text = normalised(phrase);
        let words = split(&text)?;
        let fitting = fitting(&words);
        let mut holding: Vec<Self> = fitting
            .iter()
            .filter_map(|language| from_words(*language, &words).ok())
            .collect();
        match (holding.pop(), fitting.first()) {
            (Some(last), _) => match holding
                .iter()
                .any(|other| other.entropy() != last.entropy())
            {
                true => Err(Bip39Error::Ambiguous {
                    languages: holding.iter().chain([&last]).map(Self::language).collect(),
                }),
                false => Ok(holding.into_iter().next().unwrap_or(last)),
            },
            (None, Some(language)) => Err(Bip39Error::Checksum {
                language: *language,
            }),
            (None, None) => from_words(likeliest(&words), &words),
        }
    }

    /// The phrase is read in the given language.
    pub fn parse_in(language: Language, phrase: &str) -> Result<Self, Bip39Error> {
        let text = normalised(phrase);
        from_words(language, &split(&text)?)
    }

    /// The language of the phrase.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The entropy that the phrase stands for, 16 to 32 bytes.
    pub fn entropy(&self) -> &[u8] {
        &self.entropy[..self.length]
    }

    /// The number of words.
    pub fn word_count(&self) -> usize {
        self.length * 3 / 4
    }

    /// The words as a person writes them down (NFKD; Japanese joined by the ideographic space).
    pub fn phrase(&self) -> Zeroizing<String> {
        self.joined(self.language.separator())
    }

    /// The words in NFKD joined by single spaces: the PBKDF2 password of BIP-39.
    pub fn seed_password(&self) -> Zeroizing<String> {
        self.joined(' ')
    }

    /// The 64-byte seed under a passphrase (empty when there is none).
    pub fn seed(&self, passphrase: &str) -> Zeroizing<[u8; 64]> {
        let mut seed = Zeroizing::new([0u8; 64]);
        let password = self.seed_password();
        let salt = seed_salt(passphrase);
        pbkdf2::pbkdf2_hmac::<Sha512>(password.as_bytes(), salt.as_bytes(), ROUNDS, &mut seed[..]);
        seed
    }

    fn joined(&self, separator: char) -> Zeroizing<String> {
        let list = wordlist::of(self.language);
        let indices = self.indices();
        let words = || {
            indices[..self.word_count()]
                .iter()
                .map(|index| list.word(*index))
        };
        let bytes: usize = words().map(|word| word.len() + separator.len_utf8()).sum();
        let mut text = Zeroizing::new(String::with_capacity(bytes));
        for (at, word) in words().enumerate() {
            if at > 0 {
                text.push(separator);
            }
            text.push_str(word);
        }
        text
    }

    /// Entropy and checksum cut into 11-bit groups (BIP-39, "Generating the mnemonic").
    fn indices(&self) -> Indices {
        let mut bytes = Zeroizing::new([0u8; 33]);
        bytes[..self.length].copy_from_slice(self.entropy());
        bytes[self.length] = checksum_byte(self.entropy());
        let mut indices = Zeroizing::new([0u16; MAX_WORDS]);
        for (at, index) in indices.iter_mut().take(self.word_count()).enumerate() {
            for bit in at * 11..at * 11 + 11 {
                *index = *index << 1 | u16::from(bytes[bit / 8] >> (7 - bit % 8) & 1);
            }
        }
        indices
    }
}

/// `"mnemonic"` and the passphrase in NFKD: the PBKDF2 salt of BIP-39.
pub fn seed_salt(passphrase: &str) -> Zeroizing<String> {
    let bytes: usize = passphrase.nfkd().map(char::len_utf8).sum();
    let mut salt = Zeroizing::new(String::with_capacity(8 + bytes));
    salt.push_str("mnemonic");
    salt.extend(passphrase.nfkd());
    salt
}

fn entropy_length(words: usize) -> Option<usize> {
    ((12..=MAX_WORDS).contains(&words) && words.is_multiple_of(3)).then(|| words / 3 * 4)
}

/// The first byte of the entropy's SHA-256; its leading bits are the checksum.
fn checksum_byte(entropy: &[u8]) -> u8 {
    let mut digest = Sha256::digest(entropy);
    let first = digest[0];
    digest.as_mut_slice().zeroize();
    first
}

/// NFKD and lower case, in one buffer that never grows (a grown one leaves copies behind).
fn normalised(phrase: &str) -> Zeroizing<String> {
    let letters = || {
        phrase
            .nfkd()
            .flat_map(char::to_lowercase)
            .filter(|c| *c != '\u{feff}')
    };
    let bytes: usize = letters().map(char::len_utf8).sum();
    let mut text = Zeroizing::new(String::with_capacity(bytes));
    text.extend(letters());
    text
}

fn split(text: &str) -> Result<Vec<&str>, Bip39Error> {
    let found = text.split_whitespace().count();
    if entropy_length(found).is_none() {
        return Err(Bip39Error::WordCount { found });
    }
    Ok(text.split_whitespace().collect())
}

/// The languages that know all words as they stand or, when there is none, without their accents.
fn fitting(words: &[&str]) -> Vec<Language> {
    let all = |known: fn(&wordlist::WordList, &str) -> Option<u16>| -> Vec<Language> {
        Language::ALL
            .into_iter()
            .filter(|language| {
                words
                    .iter()
                    .all(|word| known(wordlist::of(*language), word).is_some())
            })
            .collect()
    };
    match all(wordlist::WordList::exact_index) {
        none if none.is_empty() => all(wordlist::WordList::index),
        some => some,
    }
}

/// The language that knows most of the words; English when none knows any.
fn likeliest(words: &[&str]) -> Language {
    let known = |language: Language| {
        words
            .iter()
            .filter(|word| wordlist::of(language).index(word).is_some())
            .count()
    };
    let mut best = (Language::English, known(Language::English));
    for language in Language::ALL {
        let count = known(language);
        if count > best.1 {
            best = (language, count);
        }
    }
    best.0
}

fn from_words(language: Language, words: &[&str]) -> Result<Mnemonic, Bip39Error> {
    let found = words.len();
    let length = entropy_length(found).ok_or(Bip39Error::WordCount { found })?;
    let list = wordlist::of(language);
    let mut bytes = Zeroizing::new([0u8; 33]);
    for (at, word) in words.iter().enumerate() {
        let index = list.index(word).ok_or_else(|| Bip39Error::UnknownWord {
            position: at + 1,
            language,
            nearest: list.nearest(word),
        })?;
        for bit in 0..11 {
            let place = at * 11 + bit;
            bytes[place / 8] |= u8::from(index >> (10 - bit) & 1 == 1) << (7 - place % 8);
        }
    }
    let spare = 8 - length / 4;
    if (bytes[length] ^ checksum_byte(&bytes[..length])) >> spare != 0 {
        return Err(Bip39Error::Checksum { language });
    }
    Mnemonic::from_entropy(&bytes[..length], language)
}

#[cfg(test)]
#[path = "bip39_tests.rs"]
mod tests;
