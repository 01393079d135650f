//! The languages of the word lists.

use std::fmt;

/// A word list. The first ten are those of BIP-39; the others are marked by [`Language::official`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Language {
    /// English.
    English,
    /// Chinese in simplified characters.
    ChineseSimplified,
    /// Chinese in traditional characters.
    ChineseTraditional,
    /// Japanese; phrases are joined by the ideographic space.
    Japanese,
    /// Korean.
    Korean,
    /// Spanish.
    Spanish,
    /// French.
    French,
    /// Italian.
    Italian,
    /// Czech.
    Czech,
    /// Portuguese.
    Portuguese,
    /// Russian: unofficial, from the Trezor reference implementation.
    Russian,
    /// Turkish: unofficial, from the Trezor reference implementation.
    Turkish,
}

impl Language {
    /// Every language, the ten official ones first.
    pub const ALL: [Self; 12] = [
        Self::English,
        Self::ChineseSimplified,
        Self::ChineseTraditional,
        Self::Japanese,
        Self::Korean,
        Self::Spanish,
        Self::French,
        Self::Italian,
        Self::Czech,
        Self::Portuguese,
        Self::Russian,
        Self::Turkish,
    ];

    /// True for the ten lists that stand in BIP-39 itself; few other wallets read the others.
    pub fn official(self) -> bool {
        !matches!(self, Self::Russian | Self::Turkish)
    }

    /// The name that `Display` writes and `FromStr` reads.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "english",
            Self::ChineseSimplified => "chinese-simplified",
            Self::ChineseTraditional => "chinese-traditional",
            Self::Japanese => "japanese",
            Self::Korean => "korean",
            Self::Spanish => "spanish",
            Self::French => "french",
            Self::Italian => "italian",
            Self::Czech => "czech",
            Self::Portuguese => "portuguese",
            Self::Russian => "russian",
            Self::Turkish => "turkish",
        }
    }

    /// What stands between two words of a phrase that is shown.
    pub fn separator(self) -> char {
        if self == Self::Japanese {
            '\u{3000}'
        } else {
            ' '
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
