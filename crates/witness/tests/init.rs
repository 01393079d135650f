//! `jinku-witness init`: what it makes, what it leaves as it was, and what it finishes.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use common::program::PROGRAM;
use common::{Done, Place};
use jinku_witness::folder::Folder;

/// Mode, time of the last change (s, ns), and bytes or aim.
type State = (u32, i64, i64, Vec<u8>);
type Found<T> = Result<T, Box<dyn std::error::Error>>;

fn starting(dir: &Path, key: &Path) -> std::io::Result<Child> {
    Command::new(PROGRAM)
        .args(["init", "--name", "w.example/w1", "--dir"])
        .arg(dir)
        .arg("--key-file")
        .arg(key)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

fn init(dir: &Path, key: &Path) -> std::io::Result<Output> {
    starting(dir, key)?.wait_with_output()
}

/// What `init` said when it refused, which has a line of its own for what is to be done.
fn refused(dir: &Path, key: &Path) -> Found<String> {
    let ran = init(dir, key)?;
    let said = String::from_utf8(ran.stderr)?;
    assert!(matches!(ran.status.code(), Some(1 | 2)), "{said}");
    assert!(said.contains("\n  do        "), "{said}");
    assert!(!said.contains("key file made"), "{said}");
    Ok(said)
}

fn makes(dir: &Path, key: &Path) -> Done {
    let ran = init(dir, key)?;
    let said = String::from_utf8(ran.stderr)?;
    assert!(ran.status.success(), "{said}");
    assert_eq!(String::from_utf8(ran.stdout)?.lines().count(), 2);
    Ok(())
}

fn closed(dir: &Path) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700))
}

/// All that lies in the place.
fn listing(place: &Path) -> std::io::Result<BTreeMap<PathBuf, State>> {
    let (mut all, mut folders) = (BTreeMap::new(), vec![place.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let found = path.symlink_metadata()?;
            let bytes = if found.is_file() {
                fs::read(&path)?
            } else if found.is_symlink() {
                fs::read_link(&path)?.into_os_string().into_encoded_bytes()
            } else {
                folders.push(path.clone());
                Vec::new()
            };
            let state = (found.mode(), found.mtime(), found.mtime_nsec(), bytes);
            all.insert(path, state);
        }
    }
    Ok(all)
}

#[test]
fn a_key_file_that_cannot_be_made_leaves_nothing_and_the_next_time_does() -> Done {
    let place = Place::new("no-stick");
    let (dir, stick) = (place.dir(), place.0.join("stick"));
    let said = refused(&dir, &stick.join("key"))?;
    assert!(
        said.contains("the folder of the key file is not there"),
        "{said}"
    );
    assert!(!dir.exists(), "nothing was made");
    fs::create_dir(&stick)?;
    // A name that is too long for the file it is written as first: found only in making it.
    refused(&dir, &stick.join("k".repeat(250)))?;
    assert_eq!(fs::read_dir(&place.0)?.count(), 1, "the stick alone");
    makes(&dir, &stick.join("key"))?;
    // Once made it is not made again, whatever it knows by then.
    fs::write(dir.join("logs").join("head"), "x")?;
    let before = listing(&place.0)?;
    let said = refused(&dir, &stick.join("key"))?;
    assert!(said.contains("a witness was made here before"), "{said}");
    assert_eq!(listing(&place.0)?, before);
    Ok(())
}

#[test]
fn a_folder_with_anything_else_in_it_is_left_exactly_as_it_was() -> Done {
    let place = Place::new("strange");
    let (dir, keys) = (place.dir(), place.0.join("keys"));
    closed(&dir)?;
    fs::create_dir(&keys)?;
    fs::write(keys.join(".key.partial.tmp"), "somebody else's")?;
    for strange in [
        "notes.txt",
        ".report.tmp",
        ".witness.vault.tmp",
        ".witness.vault.00000000000000zz.tmp",
        "logs/head",
        "logs/.head.0011223344556677.tmp",
        "lock", // ours is empty
    ] {
        let path = dir.join(strange);
        closed(path.parent().ok_or("a parent")?)?;
        fs::write(&path, "x")?;
        let before = listing(&place.0)?;
        let said = refused(&dir, &keys.join("key"))?;
        assert!(said.contains("the folder holds something else"), "{said}");
        assert_eq!(listing(&place.0)?, before, "{strange}");
        fs::remove_dir_all(&dir)?;
        closed(&dir)?;
    }
    for part in ["lock", "logs", "splits"] {
        symlink(&keys, dir.join(part))?;
        let before = listing(&place.0)?;
        let said = refused(&dir, &keys.join("key"))?;
        assert!(said.contains("the folder holds something else"), "{said}");
        assert_eq!(listing(&place.0)?, before, "a link as {part}");
        fs::remove_file(dir.join(part))?;
    }
    makes(&dir, &keys.join("key"))?;
    assert!(keys.join(".key.partial.tmp").exists());
    Ok(())
}

#[test]
fn a_place_that_is_no_folder_of_ours_alone_is_left_exactly_as_it_was() -> Done {
    let place = Place::new("not-ours");
    let (dir, key, other) = (place.dir(), place.0.join("key"), place.0.join("other"));
    closed(&other)?;
    fs::create_dir(place.0.join("open"))?;
    fs::set_permissions(place.0.join("open"), fs::Permissions::from_mode(0o755))?;
    fs::write(place.0.join("file"), "x")?;
    symlink(&other, place.0.join("link"))?;
    symlink("nowhere", place.0.join("loose"))?;
    let before = listing(&place.0)?;
    for (name, word) in [
        ("open", "a folder of mode 755"),
        ("file", "no folder"),
        ("link", "a link"),
        ("loose", "a link"),
    ] {
        let said = refused(&place.0.join(name), &key)?;
        assert!(said.contains(word), "{name}: {said}");
    }
    // A key never replaces what lies there, and a link that leads nowhere is something.
    assert!(refused(&dir, &place.0.join("loose"))?.contains("loose"));
    assert!(refused(&dir, &dir)?.contains("in the folder that it opens"));
    assert_eq!(listing(&place.0)?, before);
    Ok(())
}

#[test]
fn a_folder_whose_making_was_cut_short_is_finished() -> Done {
    let place = Place::new("half");
    let (dir, key) = (place.dir(), place.0.join("key"));
    for part in ["logs", "splits"] {
        closed(&dir.join(part))?;
    }
    closed(&dir)?;
    fs::write(dir.join("lock"), "")?;
    let half = dir.join(".witness.vault.0011223344556677.tmp");
    fs::write(&half, "half")?;
    makes(&dir, &key)?;
    assert!(dir.join("witness.vault").exists() && !half.exists());
    Ok(())
}

#[test]
fn of_many_at_once_one_makes_the_witness_and_its_key_opens_it() -> Done {
    let place = Place::new("at-once");
    let (dir, key) = (place.dir(), place.0.join("key"));
    let all: Vec<Child> = (0..6)
        .map(|_| starting(&dir, &key))
        .collect::<Result<_, _>>()?;
    let (mut made, mut announced) = (Vec::new(), 0);
    // All have ended before anything is said of one.
    let all: Vec<_> = all.into_iter().map(Child::wait_with_output).collect();
    for ran in all {
        let ran = ran?;
        let said = String::from_utf8(ran.stderr)?;
        announced += said.matches("key file made").count();
        if ran.status.success() {
            made.push(String::from_utf8(ran.stdout)?);
        } else {
            assert!(
                said.contains("another jinku-witness holds") || said.contains("made here before"),
                "{said}"
            );
        }
    }
    assert_eq!((made.len(), announced), (1, 1), "{made:?}");
    let bytes = jinku_envelope::keyfile::key(&fs::read(&key)?)?;
    let keys = jinku_witness::WitnessKeys::open(
        &Folder::open(&dir)?,
        &jinku_envelope::Unlock::KeyFile(&bytes),
    )?;
    assert!(made[0].starts_with(&keys.public()[0].to_string()));
    Ok(())
}

#[test]
fn what_was_made_is_undone_and_what_others_put_there_stays() -> Done {
    let place = Place::new("undo");
    let (dir, key) = (place.dir(), place.0.join("key"));
    Folder::create(&dir)?.undo();
    assert!(!dir.exists());
    closed(&dir)?;
    Folder::create(&dir)?.undo();
    assert_eq!(fs::read_dir(&dir)?.count(), 0, "the folder was there");
    let held = Folder::create(&dir)?;
    let said = refused(&dir, &key)?;
    assert!(said.contains("another jinku-witness holds"), "{said}");
    assert!(!key.exists(), "no key without the lock");
    fs::write(dir.join("logs").join("head"), "x")?;
    held.undo();
    assert!(dir.join("logs").join("head").exists() && !dir.join("lock").exists());
    Ok(())
}
