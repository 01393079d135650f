//! Secrets come and go by descriptors only; their bytes are read straight into memory that is wiped.

use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use jinku_secrets::{SecretBytes, Zeroizing};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;
use rustix::net::SendFlags;

use crate::refusal::{Outcome, Refusal};
use crate::wire::Fd;

/// Most bytes of a secret.
pub(crate) const LIMIT: usize = 64 << 10;
const PATIENCE: Duration = Duration::from_secs(120);
/// Bytes of one write: a pipe that is ready takes these whole (`PIPE_BUF`), so even the caller's own does not block.
const PIECE: usize = 4096;

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

/// The same pipe or terminal, opened once more so that writing never waits; the caller's own descriptor is left as it is.
/// `None` for files (they have a place of their own to write at) and for what cannot be opened again.
fn unwaiting(fd: &OwnedFd, kind: FileType) -> Option<OwnedFd> {
    if !matches!(kind, FileType::Fifo | FileType::CharacterDevice) {
        return None;
    }
    let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty()).ok()
}

/// All of `bytes` stand in what `fd` leads to. A reader that does not read stops this thread for [`PATIENCE`] at most.
///
/// # Errors
/// `secret.timeout` when the reader does not read, `secret.unwritable` when it is gone.
pub(crate) fn write_all(fd: &OwnedFd, bytes: &[u8]) -> Outcome<()> {
    write_until(fd, bytes, Instant::now() + PATIENCE)
}

fn write_until(fd: &OwnedFd, mut bytes: &[u8], until: Instant) -> Outcome<()> {
    let kind = rustix::fs::fstat(fd).map_err(failed)?.st_mode;
    let kind = FileType::from_raw_mode(kind);
    let own = unwaiting(fd, kind);
    let to = own.as_ref().unwrap_or(fd);
    while !bytes.is_empty() {
        wait(to, PollFlags::OUT, until)?;
        let piece = &bytes[..bytes.len().min(PIECE)];
        let wrote = if kind == FileType::Socket {
            rustix::net::send(to, piece, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)
        } else {
            rustix::io::write(to, piece)
        };
        match wrote {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(200)
    }

    #[test]
    fn a_reader_that_hangs_frees_the_thread_in_time() {
        let long = vec![7; 1 << 20];
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let (reader, writer) = (OwnedFd::from(reader), OwnedFd::from(writer));
        let refused = write_until(&writer, &long, soon()).expect_err("nobody reads");
        assert_eq!(refused.code, "secret.timeout");
        let flags = rustix::fs::fcntl_getfl(&writer).expect("open");
        assert!(
            !flags.contains(OFlags::NONBLOCK),
            "the caller's own is as it was"
        );
        drop(reader);
        let gone = write_until(&writer, &long, soon()).expect_err("the reader is gone");
        assert_eq!(gone.code, "secret.unwritable");

        let (near, far) = std::os::unix::net::UnixStream::pair().expect("a pair");
        let refused = write_until(&near.into(), &long, soon()).expect_err("nobody reads");
        assert_eq!(refused.code, "secret.timeout");
        drop(far);
    }

    #[test]
    fn a_slow_reader_gets_every_byte() {
        let long: Vec<u8> = (0..300_000u32)
            .map(|n| u8::try_from(n % 251).unwrap_or(0))
            .collect();
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let (reader, writer) = (OwnedFd::from(reader), OwnedFd::from(writer));
        let taker = std::thread::spawn(move || {
            let mut all = Vec::new();
            std::io::Read::read_to_end(&mut std::fs::File::from(reader), &mut all).map(|_| all)
        });
        write_all(&writer, &long).expect("it is read");
        drop(writer);
        assert!(taker.join().expect("no panic").expect("reads") == long);
    }
}
