//! The descriptors that came with a request: secrets come and go by these only, into memory that is wiped.

use std::io::IsTerminal;
use std::os::fd::{BorrowedFd, OwnedFd};

use jinku_envelope::keyfile;
use jinku_secrets::{Secret, SecretBytes, Zeroizing};

use crate::refusal::{Outcome, Refusal};
use crate::sheet::numbered;
use crate::transfer::{Patience, read_all, write_all};
use crate::wire::Fd;

/// Most bytes of a secret.
const LIMIT: usize = 64 << 10;

/// The descriptors of one request, and the caller who sent them.
pub(crate) struct Descriptors<'a> {
    fds: Vec<Option<OwnedFd>>,
    patience: Patience<'a>,
}

/// A descriptor that something is written to.
pub(crate) struct Outlet<'a> {
    fd: OwnedFd,
    patience: Patience<'a>,
}

impl Outlet<'_> {
    /// All of `bytes` stand in what the descriptor leads to.
    ///
    /// # Errors
    /// `secret.timeout` when nobody reads, `secret.unwritable` when nobody is there, `wire.gone` when the caller is not.
    pub(crate) fn write_all(&self, bytes: &[u8]) -> Outcome<()> {
        write_all(&self.fd, bytes, self.patience)
    }

    /// All words stand there, with a newline; numbered where a person reads them off a terminal.
    ///
    /// # Errors
    /// As [`Outlet::write_all`].
    pub(crate) fn write_words(&self, words: &[u8]) -> Outcome<()> {
        match std::str::from_utf8(words) {
            Ok(words) if self.fd.is_terminal() => self.write_all(numbered(words).as_bytes()),
            _ => self.write_all(words).and_then(|()| self.write_all(b"\n")),
        }
    }
}

impl<'a> Descriptors<'a> {
    /// Holds the descriptors in the order they came from the caller at `connection`.
    #[must_use]
    pub(crate) fn new(fds: Vec<OwnedFd>, connection: BorrowedFd<'a>) -> Self {
        Self {
            fds: fds.into_iter().map(Some).collect(),
            patience: Patience::with(connection),
        }
    }

    /// The caller still waits for its answer.
    ///
    /// # Errors
    /// `wire.gone` otherwise.
    pub(crate) fn awaited(&self) -> Outcome<()> {
        self.patience.awaited()
    }

    /// Gives a descriptor away; each can be used once.
    fn take(&mut self, place: Fd) -> Outcome<OwnedFd> {
        let slot = self.fds.get_mut(usize::from(place));
        slot.and_then(Option::take).ok_or_else(|| {
            Refusal::new(
                "wire.missing_fd",
                format!("descriptor {place} did not come with the request, or is named twice"),
            )
        })
    }

    /// The descriptor that an answer's secret part is written to.
    ///
    /// # Errors
    /// `wire.missing_fd` when it is not there or was used.
    pub(crate) fn outlet(&mut self, place: Fd) -> Outcome<Outlet<'a>> {
        Ok(Outlet {
            fd: self.take(place)?,
            patience: self.patience,
        })
    }

    fn read(&mut self, place: Fd) -> Outcome<Zeroizing<Vec<u8>>> {
        read_all(&self.take(place)?, LIMIT, self.patience)
    }

    /// Reads a passphrase to its end, without its trailing newline.
    ///
    /// # Errors
    /// `secret.*` when it is empty, too long or does not come.
    pub(crate) fn passphrase(&mut self, place: Fd) -> Outcome<SecretBytes> {
        let text = self.text(place)?;
        if text.is_empty() {
            return Err(Refusal::new(
                "secret.empty",
                "the passphrase is empty: found 0 bytes, expected at least 1",
            ));
        }
        Ok(text)
    }

    /// Reads a passphrase that may be empty (a BIP-39 passphrase, a code), without its trailing newline.
    ///
    /// # Errors
    /// `secret.*` when it is too long or does not come.
    pub(crate) fn text(&mut self, place: Fd) -> Outcome<SecretBytes> {
        Ok(SecretBytes::from_slice(without_newline(&self.read(place)?)))
    }

    /// Reads the bytes of a key file. Whoever opened it answers for where it lies and who else can read it.
    ///
    /// # Errors
    /// `secret.*` when they do not come, `envelope.keyfile` when a key file cannot have them.
    pub(crate) fn keyfile(&mut self, place: Fd) -> Outcome<Secret<32>> {
        keyfile::key(&self.read(place)?).map_err(Refusal::from)
    }

    /// Reads foreign key material as it is.
    ///
    /// # Errors
    /// `secret.*` when it is empty, too long or does not come.
    pub(crate) fn material(&mut self, place: Fd) -> Outcome<SecretBytes> {
        let bytes = self.read(place)?;
        if bytes.is_empty() {
            return Err(Refusal::new(
                "secret.empty",
                "the key material is empty: found 0 bytes; check the file",
            ));
        }
        Ok(SecretBytes::from_vec(bytes))
    }
}

fn without_newline(bytes: &[u8]) -> &[u8] {
    let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    text.strip_suffix(b"\r").unwrap_or(text)
}
