//! The program itself: its commands, its manners on a socket, and what it remembers when it is killed.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use common::{Done, Log, ORIGIN, PASSPHRASE, Place, made};

const PROGRAM: &str = env!("CARGO_BIN_EXE_jinku-witness");

struct Running {
    child: Child,
    address: SocketAddr,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program, serving. A test beside this one may be between fork and exec of a program of its own, with a copy of the
/// lock that this process just gave up, so a held folder is tried again for a second.
fn serve(place: &Place, fault: Option<u32>) -> Result<Running, Box<dyn std::error::Error>> {
    let mut tries = 0;
    loop {
        match serve_once(place, fault) {
            Err(error) if tries < 20 && error.to_string().contains("another jinku-witness") => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(50));
            }
            found => return found,
        }
    }
}

/// As [`serve`], once; `fault` ends the program at that durable step.
fn serve_once(place: &Place, fault: Option<u32>) -> Result<Running, Box<dyn std::error::Error>> {
    let file = place.0.join("passphrase");
    std::fs::write(&file, PASSPHRASE)?;
    let mut command = Command::new(PROGRAM);
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
        .arg(place.dir())
        .arg("--passphrase-file")
        .arg(&file);
    if let Some(step) = fault {
        command.env("JINKU_SIGNER_FAULT", step.to_string());
    }
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    let Some(address) = line.trim().strip_prefix("listening on ") else {
        let _ = child.kill();
        return Err(String::from_utf8_lossy(&child.wait_with_output()?.stderr).into());
    };
    let address = address.parse()?;
    // What it says later is of no interest here, but somebody has to take it.
    let mut said = child.stderr.take().ok_or("no output")?;
    std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
    Ok(Running { child, address })
}

fn exchange(address: SocketAddr, request: &[u8]) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(request)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Status and body of a POST to add-checkpoint; `None` when the program died over it.
fn post(address: SocketAddr, body: &str) -> Option<(u16, String)> {
    let head = format!(
        "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let answer = exchange(address, format!("{head}{body}").as_bytes()).ok()?;
    let status = answer.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some((status, answer.split_once("\r\n\r\n")?.1.to_owned()))
}

fn command(words: &[&str], dir: &Path) -> std::io::Result<Output> {
    Command::new(PROGRAM)
        .args(words)
        .arg("--dir")
        .arg(dir)
        .output()
}

#[test]
fn a_person_sets_one_up_with_the_commands() -> Done {
    let (place, log) = (Place::new("commands"), Log::new(ORIGIN, 1, 0));
    let key_file = place.0.join("key");
    let key_file = key_file.to_str().ok_or("a path")?;
    let made = command(
        &["init", "--name", "w.example/w1", "--key-file", key_file],
        &place.dir(),
    )?;
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let printed = String::from_utf8(made.stdout)?;
    assert_eq!(
        printed
            .lines()
            .filter(|l| l.starts_with("w.example/w1+"))
            .count(),
        2
    );
    assert_eq!(
        String::from_utf8(command(&["keys"], &place.dir())?.stdout)?,
        printed
    );
    let vkey = log.key.to_string();
    assert!(command(&["add-log", &vkey], &place.dir())?.status.success());
    for (words, dir, status) in [
        (vec!["add-log", vkey.as_str()], place.dir(), 1),
        (vec!["add-log", "nonsense"], place.dir(), 2),
        (vec!["add-log"], place.dir(), 2),
        (
            vec!["init", "--name", "w", "--key-file", key_file],
            place.dir(),
            1,
        ),
        (
            vec!["init", "--name", "a b", "--key-file", key_file],
            place.0.join("other"),
            2,
        ),
        (vec!["init", "--name", "w"], place.0.join("none"), 2),
        (vec!["serve", "--listen", "127.0.0.1:0"], place.dir(), 2),
        (
            vec![
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--prefix",
                "x",
                "--key-file",
                key_file,
            ],
            place.dir(),
            2,
        ),
        (
            vec!["serve", "--listen", "127.0.0.1:0", "--key-file", "/nowhere"],
            place.dir(),
            1,
        ),
        (vec!["keys", "--wish", "1"], place.dir(), 2),
        (vec!["unknown"], place.dir(), 2),
    ] {
        let found = command(&words, &dir)?;
        assert_eq!(
            found.status.code(),
            Some(status),
            "{words:?}: {}",
            String::from_utf8_lossy(&found.stderr)
        );
        assert!(!found.stderr.is_empty());
    }
    Ok(())
}

#[test]
fn it_keeps_its_manners_on_a_socket() -> Done {
    let (place, log) = (Place::new("socket"), Log::new(ORIGIN, 1, 0));
    made(&place, &[&log]);
    let running = serve(&place, None)?;
    assert_eq!(
        post(running.address, &log.body(0, 5)).map(|a| a.0),
        Some(200)
    );
    assert_eq!(
        post(running.address, &log.body(0, 8)),
        Some((409, "5\n".to_owned()))
    );
    for (request, status) in [
        (
            "GET /status HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n",
            "200",
        ),
        (
            "GET /add-checkpoint HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n",
            "405",
        ),
        (
            "POST /status HTTP/1.1\r\nHost: w\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            "405",
        ),
        (
            "GET / HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n",
            "404",
        ),
        ("nonsense\r\n\r\n", "400"),
        (
            "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 9999999\r\n\r\n",
            "413",
        ),
    ] {
        let answer = exchange(running.address, request.as_bytes())?;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{request:?}: {answer}"
        );
    }
    let long = format!(
        "GET / HTTP/1.1\r\nHost: w\r\nX: {}\r\n\r\n",
        "x".repeat(9000)
    );
    assert!(exchange(running.address, long.as_bytes())?.starts_with("HTTP/1.1 431 "));
    // Two requests that come at once on one connection get their answers in turn.
    let one = "GET /status HTTP/1.1\r\nHost: w\r\n";
    let both = exchange(
        running.address,
        format!("{one}\r\n{one}Connection: close\r\n\r\n").as_bytes(),
    )?;
    assert_eq!(both.matches("HTTP/1.1 200 OK").count(), 2, "{both}");
    // A second program in the same folder does not start.
    assert!(serve(&place, None).is_err_and(|e| e.to_string().contains("another jinku-witness")));
    Ok(())
}

#[test]
fn killed_at_every_step_it_never_forgets_what_it_answered() -> Done {
    let (log, fork) = (Log::new(ORIGIN, 1, 0), Log::new(ORIGIN, 1, 9));
    let (mut died, mut step) = (0, 0);
    loop {
        step += 1;
        let place = Place::new(&format!("fault-{step}"));
        made(&place, &[&log]);
        let running = serve(&place, Some(step))?;
        let first = post(running.address, &log.body(0, 5));
        let second = first
            .as_ref()
            .and_then(|_| post(running.address, &log.body(5, 9)));
        drop(running);
        let answered = if second.is_some() {
            9
        } else if first.is_some() {
            5
        } else {
            0
        };
        // It starts again, at what it answered or at what it was about to; a fork gets nowhere either way.
        let running = serve(&place, None)?;
        let (status, body) = post(running.address, &log.body(12, 12)).ok_or("it died")?;
        let size: u64 = body.trim().parse()?;
        assert_eq!(status, 409);
        assert!(
            size >= answered && [0, 5, 9].contains(&size),
            "step {step}: answered {answered}, remembers {size}"
        );
        if size > 0 {
            assert_eq!(
                post(running.address, &fork.body(size, size)).map(|a| a.0),
                Some(422),
                "step {step}"
            );
            assert_eq!(
                post(running.address, &fork.body(size, 20)).map(|a| a.0),
                Some(422),
                "step {step}"
            );
        }
        assert_eq!(
            post(running.address, &log.body(size, 20)).map(|a| a.0),
            Some(200),
            "step {step}"
        );
        if second.is_some() {
            break;
        }
        died += 1;
    }
    assert!(
        died >= 14,
        "two writes of seven steps: only {died} deaths were seen"
    );
    Ok(())
}

#[test]
fn killed_at_any_moment_it_never_forgets_what_it_answered() -> Done {
    let (place, log) = (Place::new("kill"), Log::new(ORIGIN, 1, 0));
    made(&place, &[&log]);
    let mut size = 0;
    for round in 0..12u64 {
        let mut running = serve(&place, None)?;
        let address = running.address;
        let writer = std::thread::spawn(move || {
            let log = Log::new(ORIGIN, 1, 0);
            let mut size = size;
            while let Some((200, _)) = post(address, &log.body(size, size + 1)) {
                size += 1;
            }
            size
        });
        std::thread::sleep(Duration::from_millis(20 + 13 * round));
        running.child.kill()?;
        running.child.wait()?;
        let answered = writer.join().map_err(|_| "the writer failed")?;
        let again = serve(&place, None)?;
        let (status, body) = post(again.address, &log.body(10_000, 10_000)).ok_or("it died")?;
        size = body.trim().parse()?;
        assert_eq!(status, 409);
        assert!(
            (answered..=answered + 1).contains(&size),
            "answered {answered}, remembers {size}"
        );
    }
    assert!(size > 0, "nothing was cosigned between the kills");
    Ok(())
}
