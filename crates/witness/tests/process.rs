//! The program itself: its commands, and its manners on a socket.

mod common;

use std::path::Path;
use std::process::{Command, Output};

use common::program::{PROGRAM, exchange, post, serve};
use common::{Done, Log, ORIGIN, Place, made};

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
    refuses_what_it_cannot_mean(&place, &vkey, key_file)
}

/// Each command that cannot be meant ends with its status and says why.
fn refuses_what_it_cannot_mean(place: &Place, vkey: &str, key_file: &str) -> Done {
    for (words, dir, status) in [
        (vec!["add-log", vkey], place.dir(), 1),
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

/// What the program said, and with which status it ended.
fn refused(
    words: &[&str],
    dir: &Path,
) -> Result<(Option<i32>, String), Box<dyn std::error::Error>> {
    let ran = command(words, dir)?;
    Ok((ran.status.code(), String::from_utf8(ran.stderr)?))
}

#[test]
fn no_refusal_shows_the_number_of_a_system_error() -> Done {
    let place = Place::new("numbers");
    let busy = std::net::TcpListener::bind("127.0.0.1:0")?;
    let at = busy.local_addr()?.to_string();
    made(&place, &[]);
    let file = place.0.join("passphrase");
    std::fs::write(&file, common::PASSPHRASE)?;
    let file = file.to_str().ok_or("a path")?;
    for (words, dir) in [
        (vec!["keys"], place.0.join("none")),
        (
            vec!["serve", "--listen", &at, "--passphrase-file", file],
            place.dir(),
        ),
        (
            vec!["serve", "--listen", "nowhere", "--passphrase-file", file],
            place.dir(),
        ),
        (
            vec!["serve", "--listen", &at, "--passphrase-file", "/nowhere/p"],
            place.dir(),
        ),
        (
            vec!["serve", "--listen", &at, "--key-file", "/dev/null/key"],
            place.dir(),
        ),
    ] {
        let (status, said) = refused(&words, &dir)?;
        assert_eq!(status, Some(1), "{words:?}: {said}");
        assert!(!said.contains("os error"), "{words:?}: {said}");
        assert!(said.contains("\n  do        "), "{words:?}: {said}");
    }
    Ok(())
}

#[test]
fn a_log_that_cannot_be_added_is_refused_with_what_to_do() -> Done {
    let (place, log) = (Place::new("add-log"), Log::new(ORIGIN, 1, 0));
    made(&place, &[&log]);
    let (strange, vkey) = (place.0.join("strange"), log.key.to_string());
    std::fs::create_dir_all(strange.join("logs"))?;
    let closed = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&strange, closed)?;
    std::fs::write(strange.join("logs").join(".report.tmp"), "x")?;
    for (words, dir, advice) in [
        (vec!["add-log", "x"], place.dir(), "take both lines"),
        (vec!["add-log"], place.dir(), "take both lines"),
        (vec!["add-log", &vkey], place.dir(), "nothing is to be done"),
        (vec!["add-log", &vkey], strange.clone(), "see that --dir"),
        (vec!["add-log", "--wish"], place.dir(), "call it as"),
    ] {
        let (_, said) = refused(&words, &dir)?;
        let (_, told) = said.split_once("\n  do        ").ok_or(said.clone())?;
        assert!(told.starts_with(advice), "{words:?}: {said}");
    }
    // A folder without a witness is not held, and not swept.
    assert_eq!(std::fs::read_dir(&strange)?.count(), 1);
    assert!(strange.join("logs").join(".report.tmp").exists());
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
