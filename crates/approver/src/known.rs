//! The destinations that were approved on this device, so that a new one is told apart from a familiar one.

use std::str::FromStr;

use jinku_words::AccountId;

use crate::{ApproverError, Folder, Outcome};

/// The most that are kept; the oldest go first.
const MOST: usize = 10_000;

/// Destinations, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known(Vec<String>);

impl Known {
    fn parse(bytes: &[u8]) -> Outcome<Self> {
        let damaged = || {
            ApproverError::integrity("approver.destinations", "the list of known destinations is damaged")
                .advice("remove the file destinations of the device's folder: every destination is new again")
        };
        let text = std::str::from_utf8(bytes).map_err(|_| damaged())?;
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        if lines.iter().any(|line| AccountId::from_str(line).is_err()) {
            return Err(damaged());
        }
        Ok(Self(lines))
    }

    /// The list of a folder.
    ///
    /// # Errors
    /// `approver.destinations` when it is damaged.
    pub fn load(folder: &Folder) -> Outcome<Self> {
        let bytes = folder.known()?;
        bytes.map_or_else(|| Ok(Self::default()), |bytes| Self::parse(&bytes))
    }

    /// The destination is known from now on.
    ///
    /// # Errors
    /// As [`Known::load`], and when the list cannot be written.
    pub fn add(folder: &Folder, account: &AccountId) -> Outcome<()> {
        folder.change_known(|bytes| {
            let mut known =
                bytes.map_or_else(|| Ok(Self::default()), |bytes| Self::parse(&bytes))?;
            let name = account.to_string();
            known.0.retain(|one| *one != name);
            known.0.push(name);
            let from = known.0.len().saturating_sub(MOST);
            let lines = known.0[from..].iter().map(|line| format!("{line}\n"));
            Ok(lines.collect::<String>().into_bytes())
        })
    }

    /// Whether it was approved here before.
    #[must_use]
    pub fn has(&self, account: &AccountId) -> bool {
        let name = account.to_string();
        self.0.contains(&name)
    }

    /// A known destination that is another, and begins and ends alike: what people look at when they compare in a hurry, and
    /// what somebody makes who wants to be taken for it.
    #[must_use]
    pub fn twin(&self, account: &AccountId) -> Option<&str> {
        let name = account.to_string();
        let ends = ends(&name);
        let found = self
            .0
            .iter()
            .find(|one| **one != name && ends.is_some() && self::ends(one) == ends);
        found.map(String::as_str)
    }
}

/// The first and the last four characters of an address, what all addresses of its kind begin with left out.
fn ends(account: &str) -> Option<(String, String)> {
    let address = account.rsplit(':').next()?;
    let own = ["0x", "bc1p", "bc1q", "tb1p", "tb1q", "bcrt1p", "bcrt1q"];
    let rest = own
        .iter()
        .find_map(|start| address.strip_prefix(start))
        .unwrap_or(address);
    let letters: Vec<char> = rest.chars().collect();
    let (first, last) = (letters.get(..4)?, letters.last_chunk::<4>()?);
    Some((first.iter().collect(), last.iter().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(text: &str) -> AccountId {
        text.parse().expect("an account")
    }

    #[test]
    fn who_begins_and_ends_like_a_known_one_is_named() {
        let known =
            Known::parse(b"eip155:1:0x6fac4d18c912343bf86fa7049364dd4e424ab9c0\n").expect("a list");
        let same = account("eip155:1:0x6fac4d18c912343bf86fa7049364dd4e424ab9c0");
        let twin = account("eip155:1:0x6fac0000000000000000000000000000000ab9c0");
        let other = account("eip155:1:0x6fac0000000000000000000000000000000ab9c1");
        assert!(known.has(&same) && known.twin(&same).is_none());
        assert!(
            !known.has(&twin)
                && known
                    .twin(&twin)
                    .is_some_and(|name| name.ends_with("424ab9c0"))
        );
        assert!(known.twin(&other).is_none());
    }

    #[test]
    fn a_damaged_list_is_told() {
        for bytes in [&b"nonsense\n"[..], b"\xff\n", b"\n"] {
            assert!(Known::parse(bytes).is_err_and(|error| error.exit == 5));
        }
        assert!(Known::parse(b"").is_ok_and(|known| known == Known::default()));
    }
}
