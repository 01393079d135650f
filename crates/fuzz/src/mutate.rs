//! A small deterministic mutator: the same seed gives the same inputs on every machine.

/// SplitMix64: one multiplication chain, no state but a counter.
pub struct Random(u64);

impl Random {
    /// Starts at a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 for an `end` of 0.
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 {
            0
        } else {
            (self.bits() % end as u64) as usize
        }
    }
}

/// Longest input that a mutation makes.
pub const MAX_BYTES: usize = 8 << 10;

/// Pieces that parsers stumble over: numbers at their limits, separators, Unicode that folds or hides, nesting.
const PIECES: &[&[u8]] = &[
    b"0",
    b"-0",
    b"-1",
    b"1e9",
    b"00",
    b"255",
    b"256",
    b"2147483647",
    b"2147483648",
    b"4294967295",
    b"4294967296",
    b"9007199254740991",
    b"9007199254740992",
    b"18446744073709551615",
    b"18446744073709551616",
    b"115792089237316195423570985008687907853269984665640564039457584007913129639935",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b"\"\"",
    b"[[[[[[[[",
    b"{\"a\":",
    b"\\u0000",
    b"\\ud800",
    b"\\ud83d\\ude00",
    b"'",
    b"h",
    b"H",
    b"/",
    b"//",
    b"m/",
    b":",
    b"::",
    b"-",
    b"_",
    b".",
    b",",
    b" ",
    b"  ",
    b"\t",
    b"\n",
    b"\r\n",
    b"\0",
    b"\x7f",
    b"\x80",
    b"\xff",
    b"\xc0\x80",
    b"%2F",
    b"%",
    b"0x",
    b"0X",
    b"{i}",
    b"*",
    b"<0;1>",
    b"#",
    b"@",
    b"(",
    b")",
    "\u{3000}".as_bytes(),
    "\u{200b}".as_bytes(),
    "\u{feff}".as_bytes(),
    "\u{202e}".as_bytes(),
    "e\u{301}".as_bytes(),
    "\u{fb01}".as_bytes(),
    "\u{ff10}".as_bytes(),
    "\u{131}".as_bytes(),
    "\u{212a}".as_bytes(),
    "\u{1d7d8}".as_bytes(),
    "金".as_bytes(),
    "が".as_bytes(),
    "か\u{3099}".as_bytes(),
    "가".as_bytes(),
    "\u{1f600}".as_bytes(),
];

const BYTES: [u8; 12] = [
    0, 1, 2, 0x1f, 0x20, b'0', b'9', 0x7f, 0x80, 0xc2, 0xfe, 0xff,
];

/// Returns `input` after one to six changes, some of them from `others`.
#[must_use]
pub fn mutate(random: &mut Random, input: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
    let mut out = input.to_vec();
    for _ in 0..=random.below(6) {
        change(random, &mut out, others);
    }
    out.truncate(MAX_BYTES);
    out
}

fn change(random: &mut Random, out: &mut Vec<u8>, others: &[Vec<u8>]) {
    let at = random.below(out.len() + 1);
    let last = out.len().saturating_sub(1).min(at);
    match random.below(12) {
        0 if !out.is_empty() => out[last] ^= 1 << random.below(8),
        1 if !out.is_empty() => out[last] = BYTES[random.below(BYTES.len())],
        2 if !out.is_empty() => out[last] = random.bits() as u8,
        3 => out.insert(at, random.bits() as u8),
        4 => insert(out, at, PIECES[random.below(PIECES.len())]),
        5 => {
            let end = (at + 1 + random.below(16)).min(out.len());
            out.drain(at..end);
        }
        6 => out.truncate(at),
        7 => {
            let end = (at + 1 + random.below(64)).min(out.len());
            let piece = out[at..end].to_vec();
            insert(out, at, &piece.repeat(1 + random.below(3)));
        }
        8 => splice(random, out, others),
        9 => change_number(random, out),
        10 => change_case(random, out),
        _ => move_word(random, out),
    }
}

fn insert(out: &mut Vec<u8>, at: usize, piece: &[u8]) {
    out.splice(at..at, piece.iter().copied());
}

/// Joins the head of one input to the tail of another.
fn splice(random: &mut Random, out: &mut Vec<u8>, others: &[Vec<u8>]) {
    if let Some(other) = others.get(random.below(others.len())) {
        let (cut, from) = (random.below(out.len() + 1), random.below(other.len() + 1));
        out.truncate(cut);
        out.extend_from_slice(&other[from..]);
    }
}

/// Replaces a run of digits by a figure at some limit, or by its neighbour.
fn change_number(random: &mut Random, out: &mut Vec<u8>) {
    let from = random.below(out.len() + 1);
    let Some(start) = out
        .iter()
        .skip(from)
        .position(u8::is_ascii_digit)
        .map(|i| i + from)
    else {
        return;
    };
    let end = out[start..]
        .iter()
        .position(|b| !b.is_ascii_digit())
        .map_or(out.len(), |i| i + start);
    let digits = std::str::from_utf8(&out[start..end])
        .ok()
        .and_then(|t| t.parse::<u64>().ok());
    let new = match (random.below(3), digits) {
        (0, Some(n)) => n.wrapping_add(1).to_string().into_bytes(),
        (1, Some(n)) => n.wrapping_sub(1).to_string().into_bytes(),
        _ => PIECES[random.below(16)].to_vec(),
    };
    out.splice(start..end, new);
}

fn change_case(random: &mut Random, out: &mut [u8]) {
    let from = random.below(out.len() + 1);
    let end = (from + 1 + random.below(out.len() + 1)).min(out.len());
    for byte in &mut out[from..end] {
        *byte = if byte.is_ascii_lowercase() {
            byte.to_ascii_uppercase()
        } else {
            byte.to_ascii_lowercase()
        };
    }
}

/// Exchanges two words: what lies between spaces, commas, slashes or colons.
fn move_word(random: &mut Random, out: &mut Vec<u8>) {
    let separator = [b' ', b',', b'/', b':', b'"'][random.below(5)];
    let mut words: Vec<Vec<u8>> = out.split(|b| *b == separator).map(<[u8]>::to_vec).collect();
    let (i, j) = (random.below(words.len()), random.below(words.len()));
    words.swap(i, j);
    *out = words.join(&separator);
}
