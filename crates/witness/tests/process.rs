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
fn a_witness_whose_key_file_cannot_be_made_leaves_nothing_and_is_made_the_next_time() -> Done {
    let place = Place::new("no-stick");
    let key = place.0.join("stick").join("key");
    let words = [
        "init",
        "--name",
        "w.example/w1",
        "--key-file",
        key.to_str().ok_or("a path")?,
    ];
    let (status, said) = refused(&words, &place.dir())?;
    assert_eq!(status, Some(1), "{said}");
    assert!(
        said.contains("the folder of the key file is not there"),
        "{said}"
    );
    assert!(
        said.contains("\n  found     ") && said.contains("\n  do        "),
        "{said}"
    );
    assert!(!place.dir().exists(), "nothing was made");
    std::fs::create_dir(place.0.join("stick"))?;
    let made = command(&words, &place.dir())?;
    let said = String::from_utf8(made.stderr)?;
    assert!(made.status.success(), "{said}");
    assert!(
        said.contains("key file made: ") && said.contains("add-log"),
        "{said}"
    );
    // Once made it is not made again, and the words say what to do.
    let (status, said) = refused(&words, &place.dir())?;
    assert_eq!(status, Some(1));
    assert!(said.contains("a witness was made here before"), "{said}");
    Ok(())
}

#[test]
fn a_half_made_folder_is_finished_and_a_strange_one_is_left_alone() -> Done {
    let place = Place::new("half");
    let key = place.0.join("key");
    let words = [
        "init",
        "--name",
        "w.example/w1",
        "--key-file",
        key.to_str().ok_or("a path")?,
    ];
    let dir = place.dir();
    for part in ["logs", "splits"] {
        std::fs::create_dir_all(dir.join(part))?; // as an earlier release left it
    }
    std::fs::write(dir.join("lock"), "")?;
    let closed = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&dir, closed)?;
    std::fs::write(dir.join("logs").join("head"), "x")?;
    for strange in ["logs/head", "notes.txt"] {
        std::fs::write(dir.join(strange), "x")?;
        let (status, said) = refused(&words, &dir)?;
        assert_eq!(status, Some(1), "{said}");
        assert!(said.contains("the folder holds something else"), "{said}");
        assert_eq!(std::fs::read(dir.join(strange))?, b"x");
        std::fs::remove_file(dir.join(strange))?;
    }
    let made = command(&words, &dir)?;
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    assert!(dir.join("witness.vault").exists());
    Ok(())
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
