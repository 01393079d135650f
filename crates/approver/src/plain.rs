//! Text of others, as a terminal may show it.

/// Printable ASCII as it is; everything else, the backslash too, by its number. So no control character reaches the
/// terminal, nothing turns the direction of a line, and no letter passes for another.
#[must_use]
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(letter),
            other => out.push_str(&format!("\\u{{{:x}}}", u32::from(other))),
        }
    }
    out
}

/// Characters of a told line.
const WIDTH: usize = 66;

/// What somebody else told, in lines that each bear a mark which no line of this program's own begins with: spaces cannot
/// push a part of it to where it looks like ours.
#[must_use]
pub(crate) fn quoted(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let letters: Vec<char> = told(&words.join(" ")).chars().collect();
    let lines = letters.chunks(WIDTH);
    lines
        .map(|line| format!("  | {}", line.iter().collect::<String>()))
        .collect()
}

/// As [`plain`], but for the common ideographs of Chinese, which are read where a platform is run in that language.
fn told(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\u{4e00}'..='\u{9fff}' | '\u{3001}' | '\u{3002}' => out.push(letter),
            other => out.push_str(&plain(other.encode_utf8(&mut [0; 4]))),
        }
    }
    out
}

/// A document as JSON in ASCII: what is not, stands by its number in the strings, where alone it can be.
pub(crate) fn ascii_json(document: &serde_json::Value) -> String {
    let mut out = String::new();
    for letter in document.to_string().chars() {
        if matches!(letter, ' '..='~') {
            out.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            out.push_str(&format!("\\u{unit:04x}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_or_that_looks_like_something_else_is_left() {
        assert_eq!(plain("1.5 eth\n\u{1b}[2J"), "1.5 eth\\u{a}\\u{1b}[2J");
        assert_eq!(plain("a\u{202e}b"), "a\\u{202e}b"); // right-to-left override
        assert_eq!(plain("p\u{430}y"), "p\\u{430}y"); // a Cyrillic a
        assert_eq!(plain("\u{9b}31m\u{7f}"), "\\u{9b}31m\\u{7f}"); // an 8-bit CSI
        assert_eq!(plain("\\u{41}"), "\\\\u{41}", "what looks escaped, is not");
    }

    #[test]
    fn documents_are_ascii_and_mean_the_same() {
        let document = serde_json::json!({"a": "限额\u{202e}\u{1f600}\u{7f}\n\"", "b": 1});
        let text = ascii_json(&document);
        assert!(text.bytes().all(|b| (b' '..=b'~').contains(&b)), "{text}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).ok(),
            Some(document)
        );
    }

    #[test]
    fn told_text_cannot_leave_its_mark() {
        let forged = format!("fine{}  APPROVED by everybody\nsecond", " ".repeat(500));
        let lines = quoted(&forged);
        assert_eq!(lines, ["  | fine APPROVED by everybody second"]);
        let long = quoted(&"x".repeat(500));
        assert_eq!(long.len(), 8);
        assert!(
            long.iter()
                .all(|line| line.starts_with("  | ") && line.len() <= 70)
        );
        assert_eq!(quoted("超过限额。\u{202e}"), ["  | 超过限额。\\u{202e}"]);
        assert!(quoted("").is_empty());
    }
}
