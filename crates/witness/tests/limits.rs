//! What a client may not take: more time, more connections.

mod common;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::program::{exchange, post};
use common::{Done, Log, ORIGIN, Place, made, started};
use jinku_witness::{Limits, serve};

fn listening(place: &Place, limits: Limits) -> Result<SocketAddr, Box<dyn std::error::Error>> {
    let witness = Arc::new(started(&place.dir())?);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || serve(&witness, &listener, "/w1", limits));
    Ok(address)
}

fn read_all(mut stream: TcpStream) -> std::io::Result<String> {
    let mut answer = String::new();
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn a_slow_client_is_sent_away_and_others_are_served_meanwhile() -> Done {
    let (place, log) = (Place::new("slow"), Log::new(ORIGIN, 1, 0));
    made(&place, &[&log]);
    let short = Duration::from_millis(400);
    let address = listening(
        &place,
        Limits {
            request: short,
            idle: short,
            ..Limits::default()
        },
    )?;
    for begun in [
        "GET /w1/st",
        "POST /w1/add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 9\r\n\r\nold",
    ] {
        let mut slow = TcpStream::connect(address)?;
        slow.write_all(begun.as_bytes())?;
        let at_once = exchange(
            address,
            b"GET /w1/status HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n",
        )?;
        assert!(at_once.starts_with("HTTP/1.1 200 "), "{at_once}");
        let began = Instant::now();
        let answer = read_all(slow)?;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(began.elapsed() < Duration::from_secs(10));
    }
    // One byte now and then does not stretch the time of a request.
    let mut drip = TcpStream::connect(address)?;
    let began = Instant::now();
    while drip.write_all(b"G").is_ok() && began.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "it was never sent away"
    );
    // Who says nothing at all is left without a word.
    assert_eq!(read_all(TcpStream::connect(address)?)?, "");
    Ok(())
}

#[test]
fn one_connection_too_many_is_told_to_come_back() -> Done {
    let (place, log) = (Place::new("crowd"), Log::new(ORIGIN, 1, 0));
    made(&place, &[&log]);
    let address = listening(
        &place,
        Limits {
            connections: 1,
            ..Limits::default()
        },
    )?;
    let mut first = TcpStream::connect(address)?;
    first.write_all(b"GET /w1/status HTTP/1.1\r\nHost: w\r\n\r\n")?;
    let mut some = [0; 15];
    first.read_exact(&mut some)?;
    assert_eq!(&some, b"HTTP/1.1 200 OK");
    let refused = read_all(TcpStream::connect(address)?)?;
    assert!(
        refused.starts_with("HTTP/1.1 503 ") && refused.contains("Retry-After: 1\r\n"),
        "{refused}"
    );
    drop(first);
    // The place is free again once the first has gone; what stands outside the prefix is not there.
    let began = Instant::now();
    let found = loop {
        match post(address, &log.body(0, 5)) {
            Some((503, _)) | None if began.elapsed() < Duration::from_secs(10) => {
                std::thread::sleep(Duration::from_millis(20))
            }
            found => break found,
        }
    };
    assert_eq!(found.map(|(status, _)| status), Some(404));
    Ok(())
}
