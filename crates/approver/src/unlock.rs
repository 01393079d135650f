//! Where the passphrase comes from: the terminal, a descriptor or a file, never an argument.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use jinku_secrets::Zeroizing;
use jinku_terminal::Terminal;
use subtle::ConstantTimeEq;

use crate::words::{Words, usage};
use crate::{ApproverError, Outcome};

/// The longest passphrase, in bytes.
const LIMIT: usize = jinku_terminal::LIMIT;

pub(crate) const FLAGS: [&str; 2] = ["--passphrase-fd", "--passphrase-file"];

/// Where the passphrase comes from.
pub(crate) enum Source {
    /// A descriptor or a file, opened.
    Opened(File, PathBuf),
    /// The terminal.
    Terminal,
}

impl Source {
    /// The place that the words name, opened. A descriptor has to be opened before the process is closed to others: its own
    /// entries under /proc are then closed to itself.
    pub(crate) fn open(words: &Words) -> Outcome<Self> {
        let path = match FLAGS.map(|flag| words.get(flag)) {
            [Some(fd), None] => {
                let number: u32 = fd
                    .parse()
                    .map_err(|_| usage(&format!("--passphrase-fd wants a number: found {fd}")))?;
                PathBuf::from(format!("/dev/fd/{number}"))
            }
            [None, Some(file)] => {
                eprintln!(
                    "jinku-approver: the passphrase lies on the disk in {}; a descriptor is better",
                    crate::plain::plain(file)
                );
                PathBuf::from(file)
            }
            [None, None] => return Ok(Self::Terminal),
            _ => return Err(usage("one of --passphrase-fd and --passphrase-file")),
        };
        let file =
            File::open(&path).map_err(|error| ApproverError::io("opening", &path, &error))?;
        Ok(Self::Opened(file, path))
    }

    /// The passphrase; a new one that is typed is typed twice.
    pub(crate) fn passphrase(self, fresh: bool) -> Outcome<Zeroizing<Vec<u8>>> {
        match self {
            Self::Opened(file, path) => read(file, &path),
            Self::Terminal => typed(fresh),
        }
    }
}

fn typed(fresh: bool) -> Outcome<Zeroizing<Vec<u8>>> {
    let terminal = Terminal::open()?;
    let mut silenced = terminal.silenced()?;
    let first = silenced.secret("Passphrase of this device: ")?;
    if fresh {
        let again = silenced.secret("Again: ")?;
        if !bool::from(first.as_slice().ct_eq(again.as_slice())) {
            return Err(
                ApproverError::other("ask.mismatch", "the two entries differ")
                    .advice("nothing was made; try again"),
            );
        }
    }
    Ok(first)
}

fn read(file: File, path: &Path) -> Outcome<Zeroizing<Vec<u8>>> {
    // It never grows, so it never leaves a copy.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LIMIT + 1));
    file.take(LIMIT as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| ApproverError::io("reading", path, &error))?;
    if bytes.len() > LIMIT {
        return Err(
            ApproverError::usage("usage.passphrase", "the passphrase is too long")
                .found("more bytes")
                .expected(format!("at most {LIMIT}"))
                .advice("see that it is the right file"),
        );
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    Ok(bytes)
}
