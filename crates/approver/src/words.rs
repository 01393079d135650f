//! The words of the command line, taken apart.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::{ApproverError, Outcome};

/// How the program is called.
pub(crate) const USAGE: &str = "usage:
  jinku-approver init --name NAME [UNLOCK]             make this device's key; prints the line for an admin
  jinku-approver key                                   print that line again
  jinku-approver pin FILE [SURE]                       believe a trust root (jinku trust export --out FILE)
  jinku-approver show FILE                             show what a request asks for, decoded here
  jinku-approver approve FILE [--out FILE] [--for 24h] [SURE] [UNLOCK]
  jinku-approver reject FILE [--out FILE] [--for 24h] [SURE] [UNLOCK]
  jinku-approver --version
each takes --dir DIR (default ~/.jinku-approver) and --json
UNLOCK: asked for on the terminal, or --passphrase-fd N, or --passphrase-file FILE
SURE: asked for on the terminal, or --yes with --digest HEX, the whole digest of what is meant";

/// What stands behind a command.
#[derive(Default)]
pub(crate) struct Words {
    flags: BTreeMap<String, String>,
    switches: Vec<String>,
    rest: Vec<String>,
}

pub(crate) fn usage(what: &str) -> ApproverError {
    ApproverError::usage("usage.arguments", what)
        .advice(format!("call it as one of these\n{USAGE}"))
}

impl Words {
    pub(crate) fn parse(
        words: impl Iterator<Item = String>,
        known: &[&str],
        sure: bool,
    ) -> Outcome<Self> {
        let (mut found, mut words) = (Self::default(), words);
        while let Some(word) = words.next() {
            if !word.starts_with('-') || word == "-" {
                found.rest.push(word);
            } else if word == "--json" || (sure && word == "--yes") {
                found.switches.push(word);
            } else if word == "--dir"
                || known.contains(&word.as_str())
                || (sure && word == "--digest")
            {
                let value = words
                    .next()
                    .ok_or_else(|| usage(&format!("{word} wants a value")))?;
                if found.flags.insert(word.clone(), value).is_some() {
                    return Err(usage(&format!("{word} stands twice")));
                }
            } else {
                return Err(usage(&format!("{word} is not known here")));
            }
        }
        Ok(found)
    }

    pub(crate) fn get(&self, flag: &str) -> Option<&str> {
        self.flags.get(flag).map(String::as_str)
    }

    pub(crate) fn need(&self, flag: &str) -> Outcome<&str> {
        self.get(flag)
            .ok_or_else(|| usage(&format!("{flag} is missing")))
    }

    pub(crate) fn json(&self) -> bool {
        self.switches.iter().any(|word| word == "--json")
    }

    /// The digest that a script is sure of; `--yes` and `--digest` go together.
    pub(crate) fn sure(&self) -> Outcome<Option<&str>> {
        match (
            self.switches.iter().any(|word| word == "--yes"),
            self.get("--digest"),
        ) {
            (false, None) => Ok(None),
            (true, Some(digest)) => Ok(Some(digest)),
            _ => Err(usage("--yes and --digest go together")),
        }
    }

    /// The one file that is named.
    pub(crate) fn file(&self) -> Outcome<&Path> {
        match self.rest.as_slice() {
            [file] => Ok(Path::new(file)),
            [] => Err(usage("FILE is missing")),
            [_, more, ..] => Err(usage(&format!("{more} is not known here"))),
        }
    }

    pub(crate) fn no_file(&self) -> Outcome<()> {
        self.rest.first().map_or(Ok(()), |word| {
            Err(usage(&format!("{word} is not known here")))
        })
    }

    pub(crate) fn dir(&self) -> Outcome<PathBuf> {
        if let Some(dir) = self.get("--dir") {
            return Ok(PathBuf::from(dir));
        }
        let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
        home.map(|home| PathBuf::from(home).join(".jinku-approver"))
            .ok_or_else(|| usage("--dir is missing, and HOME is not set"))
    }
}
