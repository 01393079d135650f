//! Derivation paths as BIP-32 writes them: `m/44'/60'/0'/0/0`.

use std::fmt;
use std::str::FromStr;

/// The bit that marks a hardened child (BIP-32: index ≥ 2^31).
pub const HARDENED: u32 = 1 << 31;

/// BIP-32 stores the depth in one byte, so no path is longer.
pub const MAX_DEPTH: usize = 255;

/// A parsed path: child numbers from the master key down, hardened ones with [`HARDENED`] set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(pub Vec<u32>);

/// Why a path was refused. The message says what was found and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathError {
    /// The text does not begin with `m`.
    NoRoot,
    /// Component number `position` (1-based) is not an index below 2^31 with an optional `'`, `h` or `H`.
    BadComponent {
        /// 1-based position of the component behind `m/`.
        position: usize,
    },
    /// More than 255 components.
    TooDeep {
        /// Components found.
        found: usize,
    },
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoot => {
                write!(
                    f,
                    "the path does not begin with \"m\"; write it like m/44'/60'/0'/0/0"
                )
            }
            Self::BadComponent { position } => write!(
                f,
                "component {position} of the path is no index: expected 0 to 2147483647, \
                 with ' or h behind it when hardened"
            ),
            Self::TooDeep { found } => {
                write!(
                    f,
                    "the path has {found} components, but BIP-32 allows at most {MAX_DEPTH}"
                )
            }
        }
    }
}

impl std::error::Error for PathError {}

impl Path {
    /// The path is parsed: `m`, then components `/<index>['|h|H]`.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let rest = text.strip_prefix('m').ok_or(PathError::NoRoot)?;
        if rest.is_empty() {
            return Ok(Self(Vec::new()));
        }
        Self::parse_relative(rest.strip_prefix('/').ok_or(PathError::NoRoot)?)
    }

    /// The path without its `m/`, as descriptors write key origins, is parsed.
    pub fn parse_relative(text: &str) -> Result<Self, PathError> {
        let found = text.split('/').count();
        if found > MAX_DEPTH {
            return Err(PathError::TooDeep { found });
        }
        text.split('/')
            .enumerate()
            .map(|(at, part)| component(part).ok_or(PathError::BadComponent { position: at + 1 }))
            .collect::<Result<Vec<u32>, _>>()
            .map(Self)
    }

    /// A path one component longer is returned.
    #[must_use]
    pub fn child(&self, index: u32) -> Self {
        let mut parts = self.0.clone();
        parts.push(index);
        Self(parts)
    }
}

fn component(part: &str) -> Option<u32> {
    let (digits, hardened) = match part.strip_suffix(['\'', 'h', 'H']) {
        Some(digits) => (digits, true),
        None => (part, false),
    };
    let plain =
        !digits.is_empty() && digits.len() <= 10 && digits.bytes().all(|b| b.is_ascii_digit());
    let index: u32 = if plain {
        digits.parse().ok()?
    } else {
        return None;
    };
    match (index < HARDENED, hardened) {
        (false, _) => None,
        (true, true) => Some(index | HARDENED),
        (true, false) => Some(index),
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("m")?;
        for index in &self.0 {
            let mark = if index & HARDENED != 0 { "'" } else { "" };
            write!(f, "/{}{mark}", index & !HARDENED)?;
        }
        Ok(())
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parses_each_way_to_mark_hardened() {
        let want = Path(vec![44 | HARDENED, 60 | HARDENED, HARDENED, 0, 7]);
        for text in ["m/44'/60'/0'/0/7", "m/44h/60h/0h/0/7", "m/44H/60'/0h/0/7"] {
            assert_eq!(Path::parse(text), Ok(want.clone()));
        }
        assert_eq!(want.to_string(), "m/44'/60'/0'/0/7");
        assert_eq!(Path::parse("m"), Ok(Path(vec![])));
    }

    #[test]
    fn refuses_what_is_no_path() {
        for text in ["", "44'/0", "/0", "mm/0", "m0", "M/0"] {
            assert_eq!(Path::parse(text), Err(PathError::NoRoot), "{text:?}");
        }
        for (text, position) in [
            ("m/", 1),
            ("m/0/", 2),
            ("m/0//1", 2),
            ("m/-1", 1),
            ("m/+1", 1),
            ("m/ 1", 1),
            ("m/1''", 1),
            ("m/0/2147483648", 2),
            ("m/4294967296", 1),
            ("m/99999999999999999999", 1),
            ("m/0x1", 1),
            ("m/{i}", 1),
            ("m/'", 1),
        ] {
            assert_eq!(
                Path::parse(text),
                Err(PathError::BadComponent { position }),
                "{text:?}"
            );
        }
        let deep = format!("m{}", "/0".repeat(256));
        assert_eq!(Path::parse(&deep), Err(PathError::TooDeep { found: 256 }));
        assert!(Path::parse(&deep[..deep.len() - 2]).is_ok());
    }

    proptest! {
        #[test]
        fn display_and_parse_are_inverse(parts in proptest::collection::vec(any::<u32>(), 0..255)) {
            let path = Path(parts);
            prop_assert_eq!(Path::parse(&path.to_string()), Ok(path));
        }
    }
}
