//! One connection: whole frames in, with their descriptors; frames out. Time-outs and limits on both.

use std::io::{IoSliceMut, Write};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendFlags, recvmsg,
};

use crate::refusal::Refusal;
use crate::transfer::ready;
use crate::wire::{HEADER, MAX_FDS, REQUEST_LIMIT, TOKEN_LEN};

/// How long a connection may stand idle between frames.
pub(crate) const IDLE: Duration = Duration::from_secs(60);
/// How long the listener waits for the request of a caller that it turns away.
const DRAIN: Duration = Duration::from_millis(50);
/// How long a frame may take from its first byte to its last, in either direction.
const FRAME: Duration = Duration::from_secs(20);
/// How long a caller may take nothing of an answer.
const STALL: Duration = Duration::from_secs(5);

/// A whole frame: what follows its length, and the descriptors that came with it.
pub(crate) struct Incoming {
    /// Version, verb, id, token, body.
    pub(crate) rest: Vec<u8>,
    /// In the order they were sent.
    pub(crate) fds: Vec<OwnedFd>,
}

/// What a wait for a frame ended with.
pub(crate) enum Received {
    /// A frame.
    Frame(Incoming),
    /// The caller closed, or was silent for too long.
    Closed,
    /// The frame is malformed; the caller is told and the connection closed.
    Malformed(Refusal),
}

enum Stop {
    Closed,
    Malformed(Refusal),
}

impl From<Stop> for Received {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Closed => Self::Closed,
            Stop::Malformed(refusal) => Self::Malformed(refusal),
        }
    }
}

/// True when a frame began, or the caller closed, within `patience`.
#[must_use]
pub(crate) fn speaks(stream: &UnixStream, patience: Duration) -> bool {
    let mut fds = [PollFd::new(stream, PollFlags::IN)];
    ready(&mut fds, Instant::now() + patience).unwrap_or(false)
}

/// The caller was told `frame` and nothing else; what it sent is read first, so that closing does not take the
/// answer from it.
pub(crate) fn turn_away(stream: &UnixStream, frame: &[u8]) {
    if stream.set_nonblocking(true).is_ok() {
        let mut mine = stream;
        let _ = mine.write_all(frame);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let (until, mut fds) = (Instant::now() + DRAIN, Vec::new());
        while speaks(stream, until.saturating_duration_since(Instant::now())) {
            if some(stream, &mut [0; 4096], &mut fds).is_err() {
                return;
            }
            fds.clear();
        }
    }
}

/// Waits for the next frame.
#[must_use]
pub(crate) fn receive(stream: &UnixStream) -> Received {
    frame(stream).map_or_else(Received::from, Received::Frame)
}

fn frame(stream: &UnixStream) -> Result<Incoming, Stop> {
    let mut fds = Vec::new();
    let mut length = [0; 4];
    stream
        .set_read_timeout(Some(FRAME))
        .map_err(|_| Stop::Closed)?;
    let first = some(stream, &mut length, &mut fds)?;
    let until = Instant::now() + FRAME;
    fill(stream, &mut length[first..], &mut fds, until)?;
    let length = u32::from_be_bytes(length) as usize;
    if !(HEADER + TOKEN_LEN..=REQUEST_LIMIT).contains(&length) {
        return Err(malformed(&format!(
            "a frame of {length} bytes, expected {} to {REQUEST_LIMIT}",
            HEADER + TOKEN_LEN
        )));
    }
    let mut rest = vec![0; length];
    fill(stream, &mut rest, &mut fds, until)?;
    Ok(Incoming { rest, fds })
}

fn malformed(what: &str) -> Stop {
    Stop::Malformed(Refusal::new(
        "wire.malformed",
        format!("{what}; the connection is closed"),
    ))
}

fn fill(
    stream: &UnixStream,
    mut buffer: &mut [u8],
    fds: &mut Vec<OwnedFd>,
    until: Instant,
) -> Result<(), Stop> {
    while !buffer.is_empty() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(malformed(&format!(
                "a frame did not come within {} s",
                FRAME.as_secs()
            )));
        }
        stream
            .set_read_timeout(Some(left))
            .map_err(|_| Stop::Closed)?;
        let count = some(stream, buffer, fds)?;
        buffer = &mut buffer[count..];
    }
    Ok(())
}

/// Reads at least one byte, and the descriptors that stand beside it.
fn some(stream: &UnixStream, buffer: &mut [u8], fds: &mut Vec<OwnedFd>) -> Result<usize, Stop> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FDS))];
    loop {
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let got = recvmsg(
            stream,
            &mut [IoSliceMut::new(buffer)],
            &mut control,
            RecvFlags::CMSG_CLOEXEC,
        );
        match got {
            Err(Errno::INTR) => {}
            Err(_) => return Err(Stop::Closed),
            Ok(message) => {
                for part in control.drain() {
                    if let RecvAncillaryMessage::ScmRights(rights) = part {
                        fds.extend(rights);
                    }
                }
                if message.flags.contains(ReturnFlags::CTRUNC) || fds.len() > MAX_FDS {
                    return Err(malformed(&format!(
                        "more than {MAX_FDS} descriptors with one request"
                    )));
                }
                if message.bytes == 0 {
                    return Err(Stop::Closed);
                }
                return Ok(message.bytes);
            }
        }
    }
}

/// The frame is with the kernel; false when the caller is gone, takes nothing or takes too long.
#[must_use]
pub(crate) fn send(stream: &UnixStream, frame: &[u8]) -> bool {
    send_until(stream, frame, Instant::now() + FRAME, STALL)
}

fn send_until(stream: &UnixStream, mut frame: &[u8], end: Instant, stall: Duration) -> bool {
    while !frame.is_empty() {
        let until = end.min(Instant::now() + stall);
        let mut fds = [PollFd::new(stream, PollFlags::OUT)];
        if !ready(&mut fds, until).unwrap_or(false) {
            return false;
        }
        match rustix::net::send(stream, frame, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
            Ok(count) => frame = &frame[count..],
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(_) => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn a_caller_that_reads_gets_the_frame_and_one_that_does_not_frees_the_seat() {
        let frame: Vec<u8> = (0..4u32 << 20)
            .map(|n| u8::try_from(n % 251).unwrap_or(0))
            .collect();
        let (near, _deaf) = UnixStream::pair().expect("a pair");
        let begun = Instant::now();
        let (long, brief) = (
            Instant::now() + Duration::from_secs(60),
            Duration::from_millis(200),
        );
        assert!(!send_until(&near, &frame, long, brief), "nobody reads");
        let soon = Instant::now() + Duration::from_millis(200);
        assert!(!send_until(&near, &frame, soon, FRAME), "in whole");
        assert!(begun.elapsed() < Duration::from_secs(10));
        let (near, mut far) = UnixStream::pair().expect("a pair");
        let length = frame.len();
        let reader = std::thread::spawn(move || {
            let mut all = vec![0; length];
            far.read_exact(&mut all).map(|()| all)
        });
        assert!(send(&near, &frame), "it is read");
        assert!(reader.join().expect("no panic").expect("whole") == frame);
        assert!(!send(&near, &frame), "the reader is gone");
    }
}
