//! The listening socket: who may speak, how many at once, and one thread for each.

use std::fs;
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::connection::{IDLE, Incoming, Received, receive, send, speaks, turn_away};
use crate::descriptors::Descriptors;
use crate::folders::Runtime;
use crate::heap::wipe_stack;
use crate::logbook::note;
use crate::refusal::{Outcome, Refusal};
use crate::seats::{CONNECTIONS, Seat, Seats};
use crate::state::Signer;
use crate::verbs::{self, Caller};
use crate::wire::{self, Call, FrameError, RequestHeader};

const STACK: usize = 4 << 20;
/// How long a connection beyond the many may stand idle.
const NARROW: Duration = Duration::from_secs(5);
/// How long the listener rests when the kernel has no connection to give.
const PAUSE: Duration = Duration::from_millis(50);

/// The socket stands, 0600 (0660 when another user is allowed), and nobody else listens there.
///
/// # Errors
/// `store.*` when it cannot be made.
pub(crate) fn listen(runtime: &Runtime, shared: bool) -> Outcome<UnixListener> {
    let path = runtime.socket();
    runtime.clear(); // the pid file is locked: what stands there is a dead signer's
    let listener =
        UnixListener::bind(&path).map_err(|error| Refusal::io("making the socket", &error))?;
    let mode = if shared { 0o660 } else { 0o600 };
    fs::set_permissions(&path, fs::Permissions::from_mode(mode))
        .map_err(|error| Refusal::io("closing the socket to others", &error))?;
    Ok(listener)
}

/// Serves until `shutdown`.
pub(crate) fn serve(listener: &UnixListener, signer: &Arc<Signer>, allowed: Option<u32>) {
    let seats = Seats::default();
    for stream in listener.incoming() {
        let Ok(stream) = stream else {
            std::thread::sleep(PAUSE); // out of descriptors, most likely: some connection will end
            continue;
        };
        if signer.stopping() {
            return;
        }
        if let Err(refusal) = admit(&stream, allowed) {
            note("refused_peer", &[("code", refusal.code)]);
            turn_away(&stream, &wire::error_answer(0, &refusal));
            continue;
        }
        let Some(seat) = seats.take(&stream) else {
            turn_away(&stream, &wire::error_answer(0, &busy()));
            continue;
        };
        let signer = Arc::clone(signer);
        let _ = std::thread::Builder::new()
            .name("connection".into())
            .stack_size(STACK)
            .spawn(move || {
                let _ = catch_unwind(AssertUnwindSafe(|| converse(&stream, &signer, &seat)));
            });
    }
}

fn busy() -> Refusal {
    Refusal::later(
        "signer.busy",
        format!("{CONNECTIONS} connections are at work; wait for one to end, then try again"),
    )
}

/// The peer's user is the signer's own or the one that was allowed.
fn admit(stream: &UnixStream, allowed: Option<u32>) -> Outcome<()> {
    let own = rustix::process::geteuid().as_raw();
    let peer = rustix::net::sockopt::socket_peercred(stream).map_err(|error| {
        Refusal::new(
            "signer.peer",
            format!("the caller's user is unknown: {error}"),
        )
    })?;
    let found = peer.uid.as_raw();
    if found == own || Some(found) == allowed {
        return Ok(());
    }
    Err(Refusal::new(
        "signer.peer",
        format!(
            "the caller runs as another user: found uid {found}, expected {}; start the signer with --allow-uid {found} to let it in",
            allowed.unwrap_or(own)
        ),
    ))
}

fn converse(stream: &UnixStream, signer: &Signer, seat: &Seat) {
    let patience = if seat.narrow { NARROW } else { IDLE };
    loop {
        if !speaks(stream, patience) || !seat.work() {
            return;
        }
        match receive(stream) {
            Received::Closed => return,
            Received::Malformed(refusal) => {
                note("malformed", &[("code", refusal.code)]);
                let _ = send(stream, &wire::error_answer(0, &refusal));
                return;
            }
            Received::Frame(incoming) => {
                if !exchange(stream, signer, incoming, seat.narrow) {
                    return;
                }
            }
        }
        seat.rest(); // a new place is idle from the start, however late its thread comes to run
    }
}

/// One request and its answer; false when the connection is over.
fn exchange(stream: &UnixStream, signer: &Signer, incoming: Incoming, narrow: bool) -> bool {
    let (RequestHeader { verb, id, token }, body) = match wire::parse_header(&incoming.rest) {
        Ok(parsed) => parsed,
        Err(error @ FrameError::Version(_, id)) => {
            return send(stream, &wire::error_answer(id, &error.into()));
        }
        Err(error) => {
            let _ = send(stream, &wire::error_answer(0, &error.into()));
            return false;
        }
    };
    let count = incoming.fds.len();
    let mut caller = Caller {
        token,
        fds: Descriptors::new(incoming.fds, stream.as_fd()),
        part: &mut |body| send(stream, &wire::part(verb, id, body)),
    };
    let result = catch_unwind(AssertUnwindSafe(|| {
        let call = Call::parse(verb, body, count)?;
        if narrow
            && !matches!(
                call,
                Call::Hello { .. } | Call::Lock { .. } | Call::Shutdown
            )
        {
            return Err(busy());
        }
        verbs::run(signer, call, &mut caller)
    }));
    drop(caller);
    wipe_stack();
    let result = result.unwrap_or_else(|_| {
        Err(Refusal::new(
            "signer.internal",
            "the signer failed inside; nothing was changed; report it with logs/signer.log",
        ))
    });
    match result {
        Ok(body) if body.len() + wire::HEADER <= wire::REPLY_LIMIT => {
            send(stream, &wire::answer(verb, id, &body)) && !signer.stopping()
        }
        Ok(_) => {
            let long = Refusal::new(
                "wire.reply_too_long",
                "the answer is over 16 MiB; ask for less at once",
            );
            send(stream, &wire::error_answer(id, &long))
        }
        Err(refusal) => {
            note(
                "refused",
                &[("verb", &format!("{verb:#04x}")), ("code", refusal.code)],
            );
            let open = refusal.code != "wire.malformed";
            send(stream, &wire::error_answer(id, &refusal)) && open
        }
    }
}
