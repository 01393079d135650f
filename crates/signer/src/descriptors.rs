//! Secrets come and go by descriptors only; their bytes are read straight into memory that is wiped.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use jinku_secrets::{SecretBytes, Zeroizing};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::refusal::{Outcome, Refusal};
use crate::wire::Fd;

/// Most bytes of a secret.
pub(crate) const LIMIT: usize = 64 << 10;
const PATIENCE: Duration = Duration::from_secs(120);

/// The descriptors that came with one request.
pub(crate) struct Descriptors(Vec<Option<OwnedFd>>);

impl Descriptors {
    /// Holds the descriptors in the order they came.
    #[must_use]
    pub(crate) fn new(fds: Vec<OwnedFd>) -> Self {
        Self(fds.into_iter().map(Some).collect())
    }

    /// Gives a descriptor away; each can be used once.
    ///
    /// # Errors
    /// `wire.missing_fd` when it is not there or was used.
    pub(crate) fn take(&mut self, place: Fd) -> Outcome<OwnedFd> {
        let slot = self.0.get_mut(usize::from(place));
        slot.and_then(Option::take).ok_or_else(|| {
            Refusal::new(
                "wire.missing_fd",
                format!("descriptor {place} did not come with the request, or is named twice"),
            )
        })
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
        let bytes = read_all(&self.take(place)?)?;
        Ok(SecretBytes::from_slice(without_newline(&bytes)))
    }

    /// Reads foreign key material as it is.
    ///
    /// # Errors
    /// `secret.*` when it is empty, too long or does not come.
    pub(crate) fn material(&mut self, place: Fd) -> Outcome<SecretBytes> {
        let bytes = read_all(&self.take(place)?)?;
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

fn wait(fd: &OwnedFd, flags: PollFlags, until: Instant) -> Outcome<()> {
    let left = until.saturating_duration_since(Instant::now());
    let timeout = Timespec {
        tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(left.subsec_nanos()),
    };
    match poll(&mut [PollFd::new(fd, flags)], Some(&timeout)) {
        Ok(0) => Err(Refusal::later(
            "secret.timeout",
            format!(
                "the other end of a descriptor kept the signer waiting for {} s; close it after writing",
                PATIENCE.as_secs()
            ),
        )),
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

fn failed(error: Errno) -> Refusal {
    Refusal::new(
        "secret.unreadable",
        format!("a descriptor cannot be used: {error}; pass one that is open"),
    )
}

fn read_all(fd: &OwnedFd) -> Outcome<Zeroizing<Vec<u8>>> {
    let until = Instant::now() + PATIENCE;
    let mut buffer = Zeroizing::new(vec![0; LIMIT + 1]);
    let mut filled = 0;
    loop {
        wait(fd, PollFlags::IN, until)?;
        match rustix::io::read(fd, &mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(error) => return Err(failed(error)),
        }
        if filled > LIMIT {
            return Err(Refusal::new(
                "secret.too_long",
                format!("a secret is too long: expected at most {LIMIT} bytes"),
            ));
        }
    }
    buffer.truncate(filled);
    Ok(buffer)
}

/// All of `bytes` stand in what `fd` leads to.
///
/// # Errors
/// `secret.timeout` when the reader does not read, `secret.unwritable` when it is gone.
pub(crate) fn write_all(fd: &OwnedFd, mut bytes: &[u8]) -> Outcome<()> {
    let until = Instant::now() + PATIENCE;
    while !bytes.is_empty() {
        wait(fd, PollFlags::OUT, until)?;
        match rustix::io::write(fd, bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(error) => {
                return Err(Refusal::new(
                    "secret.unwritable",
                    format!(
                        "the output descriptor does not take the bytes: {error}; nothing more was written"
                    ),
                ));
            }
        }
    }
    Ok(())
}
