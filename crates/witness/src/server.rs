//! The listener: a thread a connection, few of them, each with little time and little memory.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::http::{Head, MAX_HEAD_BYTES, head_length, response};
use crate::witness::{Answer, Witness};

/// How long, and how many chunks of 8 KiB, a refused client may go on sending.
const LINGER: Duration = Duration::from_millis(500);
const LINGER_CHUNKS: usize = 32;

/// What a client may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once; one more is told to come back.
    pub connections: usize,
    /// Longest body in bytes: 63 proof lines and a checkpoint with some twenty ML-DSA-44 lines.
    pub body_bytes: usize,
    /// Time for a whole request, from its first byte to its last.
    pub request: Duration,
    /// Time between requests.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 64,
            body_bytes: 96 * 1024,
            request: Duration::from_secs(10),
            idle: Duration::from_secs(30),
        }
    }
}

/// Serves connections until the process ends.
pub fn serve(witness: &Arc<Witness>, listener: &TcpListener, prefix: &str, limits: Limits) {
    let open = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else {
            // Out of descriptors, most likely: others have to close first.
            std::thread::sleep(Duration::from_millis(50));
            continue;
        };
        let _ = stream.set_nodelay(true);
        let _ = stream.set_write_timeout(Some(limits.request));
        if open.fetch_add(1, Ordering::SeqCst) >= limits.connections {
            open.fetch_sub(1, Ordering::SeqCst);
            let busy = response(
                503,
                "text/plain; charset=utf-8",
                "Retry-After: 1\r\n",
                "too many connections\n",
                false,
                true,
            );
            let _ = stream.write_all(&busy);
            continue;
        }
        let (witness, count, prefix) = (Arc::clone(witness), Arc::clone(&open), prefix.to_owned());
        let started = std::thread::Builder::new().spawn(move || {
            let _place = Place(count);
            let mut connection = Connection {
                stream,
                held: Vec::new(),
                limits,
            };
            while connection.one(&witness, &prefix) {}
        });
        if started.is_err() {
            open.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// A connection's place, given back even when its thread panics.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

struct Connection {
    stream: TcpStream,
    /// Bytes that came and were not used yet.
    held: Vec<u8>,
    limits: Limits,
}

impl Connection {
    /// Some more bytes are held, before the deadline; `false` when there come none.
    fn more(&mut self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || self.stream.set_read_timeout(Some(left)).is_err() {
            return false;
        }
        let mut chunk = [0u8; 8192];
        loop {
            match self.stream.read(&mut chunk) {
                Ok(0) => return false,
                Ok(count) => {
                    self.held.extend_from_slice(&chunk[..count]);
                    return true;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
    }

    /// A refusal, after which the connection ends. What the client was still sending is taken for a moment: a socket
    /// that is closed over unread bytes is reset, and the answer would be lost.
    fn refuse(&mut self, status: u16) -> bool {
        let text = "text/plain; charset=utf-8";
        let answer = response(status, text, "", "the request was refused\n", false, true);
        if self.stream.write_all(&answer).is_ok() && self.stream.shutdown(Shutdown::Write).is_ok() {
            let deadline = Instant::now() + LINGER;
            for _ in 0..LINGER_CHUNKS {
                self.held.clear();
                if !self.more(deadline) {
                    break;
                }
            }
        }
        false
    }

    /// One request is answered; `false` when it was the last.
    fn one(&mut self, witness: &Witness, prefix: &str) -> bool {
        if self.held.is_empty() && !self.more(Instant::now() + self.limits.idle) {
            return false;
        }
        let deadline = Instant::now() + self.limits.request;
        let length = loop {
            match head_length(&self.held) {
                Some(length) if length <= MAX_HEAD_BYTES => break length,
                None if self.held.len() < MAX_HEAD_BYTES => {}
                _ => return self.refuse(431),
            }
            if !self.more(deadline) {
                return self.refuse(408);
            }
        };
        let head = match Head::parse(&self.held[..length]) {
            Ok(head) => head,
            Err(status) => return self.refuse(status),
        };
        self.held.drain(..length);
        if head.length > self.limits.body_bytes {
            return self.refuse(413);
        }
        if head.expects
            && self.held.is_empty()
            && self
                .stream
                .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
                .is_err()
        {
            return false;
        }
        while self.held.len() < head.length {
            if !self.more(deadline) {
                return self.refuse(408);
            }
        }
        let body: Vec<u8> = self.held.drain(..head.length).collect();
        let (answer, extra) = route(witness, prefix, &head, &body);
        let bytes = response(
            answer.status,
            answer.kind,
            extra,
            &answer.body,
            head.keep,
            head.method != "HEAD",
        );
        self.stream.write_all(&bytes).is_ok() && head.keep
    }
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// The answer to a request, and what else its head says.
fn route(witness: &Witness, prefix: &str, head: &Head, body: &[u8]) -> (Answer, &'static str) {
    let missing = || (Answer::text(404, "there is nothing here\n"), "");
    let Some(path) = head.path.strip_prefix(prefix) else {
        return missing();
    };
    let reads = matches!(head.method.as_str(), "GET" | "HEAD");
    let log = path
        .strip_prefix('/')
        .and_then(|p| p.strip_suffix("/checkpoint"))
        .filter(|hash| hash.len() == 64);
    match (path, log) {
        ("/add-checkpoint", _) if head.method == "POST" => {
            (witness.add_checkpoint(body, now()), "")
        }
        ("/add-checkpoint", _) => (Answer::text(405, "send it by POST\n"), "Allow: POST\r\n"),
        ("/status", _) if reads => (witness.status(), ""),
        (_, Some(hash)) if reads => (witness.checkpoint(hash), ""),
        ("/status", _) | (_, Some(_)) => (
            Answer::text(405, "read it by GET\n"),
            "Allow: GET, HEAD\r\n",
        ),
        _ => missing(),
    }
}
