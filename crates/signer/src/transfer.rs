//! Bytes through a caller's descriptors, never for longer than a deadline and never for a caller that hung up.
//!
//! Nothing here blocks but `poll`, which watches the caller's connection beside the descriptor. The caller's own flags are
//! left as they are: other processes may share the open file.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use jinku_secrets::Zeroizing;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags};
use rustix::pipe::{PipeFlags, SpliceFlags, pipe_with, splice};

use crate::refusal::{Outcome, Refusal};

/// How long a secret may take to come, or to be taken, in whole.
const WHOLE: Duration = Duration::from_secs(120);
/// How long nobody may take a byte of what is written.
const STALL: Duration = Duration::from_secs(30);
/// Bytes of one write: a pipe that is ready takes these whole (`PIPE_BUF`), so even the caller's own does not block.
const PIECE: usize = 4096;

/// How long to wait, and for whom: a caller that closed its connection waits for nothing.
#[derive(Clone, Copy)]
pub(crate) struct Patience<'a> {
    caller: Option<BorrowedFd<'a>>,
    whole: Duration,
    stall: Duration,
}

impl<'a> Patience<'a> {
    /// The patience with a caller at the other end of `connection`.
    #[must_use]
    pub(crate) fn with(connection: BorrowedFd<'a>) -> Self {
        Self {
            caller: Some(connection),
            whole: WHOLE,
            stall: STALL,
        }
    }

    /// `fd` is ready, at the latest when `until` comes.
    fn wait(self, fd: &OwnedFd, flags: PollFlags, until: Instant) -> Outcome<()> {
        let caller = self.caller.unwrap_or(fd.as_fd());
        // Without events of its own: the kernel reports a closed connection all the same.
        let mut fds = [
            PollFd::new(fd, flags),
            PollFd::from_borrowed_fd(caller, PollFlags::empty()),
        ];
        let watched = if self.caller.is_some() { 2 } else { 1 };
        if !ready(&mut fds[..watched], until).map_err(unusable)? {
            return Err(Refusal::later(
                "secret.timeout",
                "the other end of a descriptor kept the signer waiting for too long; write to its end and close it, or read it",
            ));
        }
        if watched == 2 && !fds[1].revents().is_empty() {
            return Err(gone());
        }
        Ok(())
    }

    /// Somebody is there who will read the answer. A caller that died or gave up closed its connection before anybody
    /// could see it dead.
    ///
    /// # Errors
    /// `wire.gone` otherwise.
    pub(crate) fn awaited(self) -> Outcome<()> {
        let Some(caller) = self.caller else {
            return Ok(());
        };
        let mut fds = [PollFd::from_borrowed_fd(caller, PollFlags::empty())];
        if ready(&mut fds, Instant::now()).map_err(unusable)? {
            return Err(gone());
        }
        Ok(())
    }
}

fn gone() -> Refusal {
    Refusal::later("wire.gone", "the caller closed the connection")
}

/// True when one of `fds` is ready before `until`.
///
/// # Errors
/// The kernel's, for descriptors that cannot be waited for.
pub(crate) fn ready(fds: &mut [PollFd<'_>], until: Instant) -> rustix::io::Result<bool> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let timeout = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(left.subsec_nanos()),
        };
        match poll(fds, Some(&timeout)) {
            Err(Errno::INTR) => {}
            other => return other.map(|count| count > 0),
        }
    }
}

fn unusable(error: Errno) -> Refusal {
    Refusal::new(
        "secret.unreadable",
        format!("a descriptor cannot be used: {error}; pass one that is open"),
    )
}

fn kind_of(fd: &OwnedFd) -> Outcome<FileType> {
    let state = rustix::fs::fstat(fd).map_err(unusable)?;
    Ok(FileType::from_raw_mode(state.st_mode))
}

/// The same pipe or terminal, opened once more so that it never waits. `None` for what has a place of its own to read or
/// write at, and for what cannot be opened again (another user's pipe).
fn unwaiting(fd: &OwnedFd, kind: FileType, access: OFlags) -> Option<OwnedFd> {
    if !matches!(kind, FileType::Fifo | FileType::CharacterDevice) {
        return None;
    }
    let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
    let flags = access | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty()).ok()
}

/// What stands behind a descriptor, to its end.
///
/// # Errors
/// `secret.timeout` when the end does not come, `secret.too_long` over `limit` bytes, `secret.unreadable`, `wire.gone`.
pub(crate) fn read_all(
    fd: &OwnedFd,
    limit: usize,
    patience: Patience<'_>,
) -> Outcome<Zeroizing<Vec<u8>>> {
    let until = Instant::now() + patience.whole;
    let source = Source::new(fd)?;
    let mut buffer = Zeroizing::new(vec![0; limit + 1]);
    let mut filled = 0;
    loop {
        patience.wait(fd, PollFlags::IN, until)?;
        match source.some(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(error) => return Err(unusable(error)),
        }
        if filled > limit {
            return Err(Refusal::new(
                "secret.too_long",
                format!("a secret is too long: expected at most {limit} bytes"),
            ));
        }
    }
    buffer.truncate(filled);
    Ok(buffer)
}

/// A descriptor read without waiting: `poll` may say that bytes are there which another reader then takes.
enum Source<'a> {
    /// What it gives comes by way of a pipe of our own, for a pipe cannot be told for one read not to wait.
    Pipe(&'a OwnedFd, OwnedFd, OwnedFd),
    Socket(&'a OwnedFd),
    Device(OwnedFd),
    /// A file, which never waits; or a device that cannot be opened again, which `poll` alone must vouch for.
    Plain(&'a OwnedFd),
}

impl<'a> Source<'a> {
    fn new(fd: &'a OwnedFd) -> Outcome<Self> {
        Ok(match kind_of(fd)? {
            FileType::Fifo => {
                let (near, far) =
                    pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).map_err(unusable)?;
                Self::Pipe(fd, near, far)
            }
            FileType::Socket => Self::Socket(fd),
            kind => unwaiting(fd, kind, OFlags::RDONLY).map_or(Self::Plain(fd), Self::Device),
        })
    }

    /// The next bytes; `AGAIN` when there are none now.
    fn some(&self, to: &mut [u8]) -> rustix::io::Result<usize> {
        match self {
            Self::Pipe(fd, near, far) => {
                let moved = splice(fd, None, far, None, to.len(), SpliceFlags::NONBLOCK)?;
                let mut got = 0;
                while got < moved {
                    got += rustix::io::read(near, &mut to[got..moved])?;
                }
                Ok(got)
            }
            Self::Socket(fd) => Ok(rustix::net::recv(fd, to, RecvFlags::DONTWAIT)?.0),
            Self::Device(fd) => rustix::io::read(fd, to),
            Self::Plain(fd) => rustix::io::read(fd, to),
        }
    }
}

/// All of `bytes` stand in what `fd` leads to.
///
/// # Errors
/// `secret.timeout` when the reader does not read, `secret.unwritable` when it is gone, `wire.gone` when the caller is.
pub(crate) fn write_all(fd: &OwnedFd, mut bytes: &[u8], patience: Patience<'_>) -> Outcome<()> {
    let end = Instant::now() + patience.whole;
    let kind = kind_of(fd)?;
    let own = unwaiting(fd, kind, OFlags::WRONLY);
    let to = own.as_ref().unwrap_or(fd);
    while !bytes.is_empty() {
        let until = end.min(Instant::now() + patience.stall);
        patience.wait(to, PollFlags::OUT, until)?;
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
mod tests;
