use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use super::*;

const LIMIT: usize = 64 << 10;

fn patience(whole_ms: u64) -> Patience<'static> {
    Patience {
        caller: None,
        whole: Duration::from_millis(whole_ms),
        stall: Duration::from_millis(200),
    }
}

fn pipe() -> (OwnedFd, OwnedFd) {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    (reader.into(), writer.into())
}

fn code<T>(outcome: Outcome<T>) -> &'static str {
    outcome.err().expect("refused").code
}

#[test]
fn a_reader_that_hangs_frees_the_thread_in_time() {
    let long = vec![7; 1 << 20];
    let (reader, writer) = pipe();
    assert_eq!(
        code(write_all(&writer, &long, patience(60_000))),
        "secret.timeout"
    );
    let flags = rustix::fs::fcntl_getfl(&writer).expect("open");
    assert!(
        !flags.contains(OFlags::NONBLOCK),
        "the caller's own is as it was"
    );
    drop(reader);
    assert_eq!(
        code(write_all(&writer, &long, patience(60_000))),
        "secret.unwritable"
    );

    let (near, far) = UnixStream::pair().expect("a pair");
    assert_eq!(
        code(write_all(&near.into(), &long, patience(60_000))),
        "secret.timeout"
    );
    drop(far);
}

#[test]
fn a_slow_reader_gets_every_byte() {
    let long: Vec<u8> = (0..300_000u32)
        .map(|n| u8::try_from(n % 251).unwrap_or(0))
        .collect();
    let (reader, writer) = pipe();
    let taker = std::thread::spawn(move || {
        let mut all = Vec::new();
        File::from(reader).read_to_end(&mut all).map(|_| all)
    });
    write_all(&writer, &long, patience(60_000)).expect("it is read");
    drop(writer);
    assert!(taker.join().expect("no panic").expect("reads") == long);
}

#[test]
fn a_writer_that_stalls_is_given_up_in_whole() {
    for (reader, writer) in [
        pipe(),
        UnixStream::pair()
            .map(|(a, b)| (a.into(), b.into()))
            .expect("a pair"),
    ] {
        let mut half = File::from(writer);
        half.write_all(b"half a pass").expect("room");
        assert_eq!(
            code(read_all(&reader, LIMIT, patience(200))),
            "secret.timeout"
        );
        let flags = rustix::fs::fcntl_getfl(&reader).expect("open");
        assert!(
            !flags.contains(OFlags::NONBLOCK),
            "the caller's own is as it was"
        );
        half.write_all(b"phrase").expect("room");
        drop(half);
        assert_eq!(
            &read_all(&reader, LIMIT, patience(60_000)).expect("to its end")[..],
            b"phrase"
        );
    }
}

/// `poll` may promise bytes that another reader of the same pipe then takes: the read that follows must not wait.
#[test]
fn bytes_that_another_took_are_not_waited_for() {
    let (reader, _writer) = pipe();
    let source = Source::new(&reader).expect("a pipe");
    assert_eq!(source.some(&mut [0; 16]), Err(Errno::AGAIN));
    let (near, _far) = UnixStream::pair().expect("a pair");
    let near = near.into();
    let source = Source::new(&near).expect("a socket");
    assert_eq!(source.some(&mut [0; 16]), Err(Errno::AGAIN));
}

#[test]
fn a_caller_that_hung_up_is_not_waited_for() {
    let (near, far) = UnixStream::pair().expect("a pair");
    let connected = Patience::with(near.as_fd());
    let (reader, writer) = pipe();
    far.shutdown(std::net::Shutdown::Write)
        .expect("half closed");
    let briefly = Patience {
        whole: Duration::from_millis(50),
        ..connected
    };
    assert_eq!(
        code(read_all(&reader, LIMIT, briefly)),
        "secret.timeout",
        "half closed is still there"
    );
    assert_eq!(connected.awaited(), Ok(()));
    drop(far);
    assert_eq!(code(connected.awaited()), "wire.gone");
    let begun = Instant::now();
    assert_eq!(code(read_all(&reader, LIMIT, connected)), "wire.gone");
    assert_eq!(code(write_all(&writer, b"words", connected)), "wire.gone");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn what_is_too_long_or_no_source_is_refused() {
    let (reader, writer) = pipe();
    File::from(writer).write_all(&[1; 100]).expect("room");
    assert_eq!(
        code(read_all(&reader, 99, patience(60_000))),
        "secret.too_long"
    );
    let folder = File::open("/").expect("a folder");
    assert_eq!(
        code(read_all(&folder.into(), LIMIT, patience(200))),
        "secret.unreadable"
    );
    let (_reader, writer) = pipe();
    assert_eq!(
        code(read_all(&writer, LIMIT, patience(200))),
        "secret.timeout",
        "its wrong end has nothing to read"
    );
    let zeros = File::open("/dev/zero").expect("a device");
    assert_eq!(
        code(read_all(&zeros.into(), LIMIT, patience(60_000))),
        "secret.too_long"
    );
}
