//! Files on a real disk: durable writing, full and read-only places.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use jinku_envelope::{EnvelopeError, file};

/// A directory of its own, removed with what is in it.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let at = std::env::temp_dir().join(format!("jinku-envelope-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&at);
        fs::create_dir_all(at.join("home")).expect("a temporary directory");
        Self(at)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(&self.0)
            .expect("readable")
            .map(|e| {
                e.expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("UTF-8")
            })
            .filter(|n| n != "home")
            .collect();
        names.sort();
        names
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").mode() & 0o7777
}

#[test]
fn writing_replaces_whole_files_and_creating_never_does() {
    let place = Place::new("write");
    let at = place.at("a.vault");
    file::create_durable(&at, b"one").expect("new");
    assert_eq!(
        (fs::read(&at).expect("there"), mode(&at)),
        (b"one".to_vec(), 0o600)
    );
    let refused = file::create_durable(&at, b"two").expect_err("it exists");
    assert!(matches!(refused, EnvelopeError::Exists { .. }), "{refused}");
    assert_eq!(fs::read(&at).expect("there"), b"one");
    file::write_durable(&at, b"three").expect("replaced");
    assert_eq!(fs::read(&at).expect("there"), b"three");
    assert_eq!(place.names(), ["a.vault"], "no temporary file is left");
    assert!(matches!(
        file::write_durable(&place.at("no/such/a"), b""),
        Err(EnvelopeError::Io { .. })
    ));
}

#[test]
fn reading_has_a_limit() {
    let place = Place::new("limit");
    let at = place.at("big");
    file::write_durable(&at, &[7; 100]).expect("room");
    assert_eq!(file::read_limited(&at, 100).expect("fits").len(), 100);
    assert!(matches!(
        file::read_limited(&at, 99),
        Err(EnvelopeError::TooLarge { found: 100 })
    ));
    assert!(matches!(
        file::read_limited(&place.at("none"), 1),
        Err(EnvelopeError::Io { .. })
    ));
    assert!(matches!(
        file::read_limited(Path::new("/dev/zero"), 10),
        Err(EnvelopeError::TooLarge { .. })
    ));
}

#[test]
fn left_overs_of_a_crash_are_swept_and_nothing_else() {
    let place = Place::new("sweep");
    for name in [
        ".a.vault.0011223344556677.tmp",
        "a.vault",
        ".hidden",
        "b.tmp",
    ] {
        fs::write(place.at(name), b"x").expect("room");
    }
    assert_eq!(file::sweep_temporaries(&place.0).expect("readable"), 1);
    assert_eq!(place.names(), [".hidden", "a.vault", "b.tmp"]);
}

/// Runs this test binary's `name` again with a small tmpfs, made by `options`, at the path it gets.
fn on_tmpfs(name: &str, options: &str) {
    let place = Place::new(name);
    let script = format!(
        "mount -t tmpfs -o size=64k none \"$AT\" && echo old > \"$AT/a.vault\" && {options} exec \"$ME\" --exact {name} --nocapture"
    );
    let run = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", &script])
        .env("AT", &place.0)
        .env("ME", std::env::current_exe().expect("this binary"))
        .env("JINKU_TEST_TMPFS", &place.0)
        .output();
    match run {
        Ok(out) if out.status.success() => {
            assert!(String::from_utf8_lossy(&out.stdout).contains("1 passed"))
        }
        Ok(out)
            if String::from_utf8_lossy(&out.stderr).starts_with("unshare:")
                && std::env::var("CI").is_err() =>
        {
            println!("no mount namespaces here: {name} is left out");
        }
        Ok(out) => panic!(
            "{name}: {}{}",
            String::from_utf8_lossy(&out.stdout),
            String::from_utf8_lossy(&out.stderr)
        ),
        Err(e) => assert!(std::env::var("CI").is_err(), "{name} needs unshare(1): {e}"),
    }
}

#[test]
fn a_full_disk_keeps_the_old_file_and_says_so() {
    let Some(at) = std::env::var_os("JINKU_TEST_TMPFS") else {
        return on_tmpfs("a_full_disk_keeps_the_old_file_and_says_so", "");
    };
    let path = Path::new(&at).join("a.vault");
    let refused = file::write_durable(&path, &vec![1; 1 << 20]).expect_err("no room");
    assert!(
        matches!(refused, EnvelopeError::DiskFull { .. }) && refused.retryable(),
        "{refused}"
    );
    assert_eq!(fs::read(&path).expect("there"), b"old\n");
    assert_eq!(
        fs::read_dir(&at).expect("readable").count(),
        1,
        "nothing half-written stays"
    );
    file::write_durable(&path, b"new").expect("room for a small one");
    let refused =
        file::create_durable(&Path::new(&at).join("b"), &vec![1; 1 << 20]).expect_err("no room");
    assert!(matches!(refused, EnvelopeError::DiskFull { .. }));
    assert_eq!(fs::read_dir(&at).expect("readable").count(), 1);
}

#[test]
fn a_read_only_place_is_named() {
    let Some(at) = std::env::var_os("JINKU_TEST_TMPFS") else {
        return on_tmpfs(
            "a_read_only_place_is_named",
            "mount -o remount,ro \"$AT\" &&",
        );
    };
    let path = Path::new(&at).join("a.vault");
    let refused = file::write_durable(&path, b"new").expect_err("read-only");
    assert!(
        matches!(refused, EnvelopeError::NotWritable { .. }),
        "{refused}"
    );
    assert_eq!(fs::read(&path).expect("there"), b"old\n");
}
