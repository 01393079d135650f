//! Words as a person copies them off a terminal: numbered, four in a line, none broken at its edge.

use std::fmt::Write;

use jinku_secrets::Zeroizing;

const A_LINE: usize = 4;
/// A number, a blank, a word (the longest of the lists has eight letters) and what parts it from the next.
const COLUMN: usize = 16;

/// The lines.
pub(crate) fn numbered(words: &str) -> Zeroizing<String> {
    let count = words.split_whitespace().count();
    // as large as it gets: a string that grows leaves a copy behind
    let mut out = Zeroizing::new(String::with_capacity(words.len() + count * COLUMN));
    for (n, word) in words.split_whitespace().enumerate() {
        let line_ends = n + 1 == count || (n + 1) % A_LINE == 0;
        let written = if line_ends {
            writeln!(out, "{:>2} {word}", n + 1)
        } else {
            write!(out, "{:>2} {word:<10}", n + 1)
        };
        debug_assert!(written.is_ok(), "a string takes what is written");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_stands_whole_behind_its_number() {
        let words: Vec<String> = (1..=24).map(|n| format!("word{n}")).collect();
        let sheet = numbered(&words.join(" "));
        let lines: Vec<&str> = sheet.lines().collect();
        assert_eq!(lines.len(), 6);
        assert_eq!(lines[0], " 1 word1      2 word2      3 word3      4 word4");
        assert_eq!(lines[5], "21 word21    22 word22    23 word23    24 word24");
        assert_eq!(*numbered("ゆき\u{3000}そら"), " 1 ゆき         2 そら\n");
        assert!(sheet.ends_with('\n') && sheet.len() <= sheet.capacity());
    }

    #[test]
    fn it_grows_in_no_step() {
        for words in [
            "abandon ".repeat(24),
            "学 ".repeat(12),
            "ゆびにんぎょう\u{3000}".repeat(24),
        ] {
            let room = words.len() + words.split_whitespace().count() * COLUMN;
            assert!(numbered(&words).len() <= room);
        }
    }
}
