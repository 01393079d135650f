//! The witness's folder: closed to others, and held by one process at a time.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jinku_envelope::file::sweep_temporaries;
use rustix::fs::{FlockOperation, OFlags};
use rustix::io::Errno;

use crate::{Outcome, WitnessError};

const KEYS: &str = "witness.vault";
const LOCK: &str = "lock";
const LOGS: &str = "logs";
const SPLITS: &str = "splits";

/// A folder that this process holds.
pub struct Folder {
    root: PathBuf,
    _lock: File,
    made: Vec<PathBuf>,
}

impl Folder {
    /// The place can take a new witness: nothing stands there, or a folder of this user's alone that is empty or whose
    /// making was cut short. Nothing is changed.
    ///
    /// # Errors
    /// When a witness or anything else lies in it, or it is open to others.
    pub fn look(root: &Path) -> Outcome<()> {
        match fs::symlink_metadata(root) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            _ => check_own(root).and_then(|()| left_overs(root).map(drop)),
        }
    }

    /// The folder holds no witness yet, has what stands below it, and is held.
    ///
    /// # Errors
    /// As [`Folder::look`], which is asked first; when another process holds it; when it cannot be made.
    pub fn create(root: &Path) -> Outcome<Self> {
        Self::look(root)?;
        let fresh = make(root)?;
        let mut folder = Self::hold(root)?;
        if fresh {
            folder.made.insert(0, root.to_owned());
        }
        // Somebody may have been here between the look and the lock; what was left over is nobody's now.
        for path in left_overs(root)? {
            fs::remove_file(&path).map_err(|error| WitnessError::io("removing", &path, &error))?;
        }
        for part in [folder.logs(), folder.splits()] {
            if make(&part)? {
                folder.made.push(part);
            }
        }
        Ok(folder)
    }

    /// What [`Folder::create`] made is gone again, as far as nobody put anything in.
    pub fn undo(self) {
        for path in self.made.iter().rev() {
            // The lock goes while it is held: who opened it before sees in `hold` that it is no longer the one.
            let _ = fs::remove_dir(path).or_else(|_| fs::remove_file(path));
        }
    }

    /// The folder is a witness's, this user's, closed to others, and held by this process until it ends.
    ///
    /// # Errors
    /// When there is no witness in it (then nothing is changed), it is open to others, or another process holds it.
    pub fn open(root: &Path) -> Outcome<Self> {
        let keys = root.join(KEYS);
        match fs::symlink_metadata(&keys) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(WitnessError::other("there is no witness here")
                    .found(format!("no {}", keys.display()))
                    .expected("a folder that jinku-witness init made")
                    .advice("see that --dir is right and that what it lies on is mounted"));
            }
            found => found.map_err(|error| WitnessError::io("reading", &keys, &error))?,
        };
        let folder = Self::hold(root)?;
        sweep_temporaries(&folder.logs())?;
        sweep_temporaries(&folder.splits())?;
        Ok(folder)
    }

    fn hold(root: &Path) -> Outcome<Self> {
        check_own(root)?;
        let path = root.join(LOCK);
        let held = || {
            WitnessError::other(format!("another jinku-witness holds {}", root.display()))
                .expected("one process at a time")
                .advice("stop it, or wait until it is done; then run the same again")
        };
        let (lock, fresh) = match open_lock(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(held()),
            found => found.map_err(|error| WitnessError::io("opening", &path, &error))?,
        };
        match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => return Err(held()),
            found => found.map_err(|error| WitnessError::io("locking", &path, &error.into()))?,
        }
        // One that was taken away before it was locked holds nothing.
        let reading = |error: std::io::Error| WitnessError::io("reading", &path, &error);
        let own = lock.metadata().map_err(reading)?;
        if !fs::symlink_metadata(&path)
            .is_ok_and(|there| (there.dev(), there.ino()) == (own.dev(), own.ino()))
        {
            return Err(held());
        }
        Ok(Self {
            root: root.to_owned(),
            _lock: lock,
            made: if fresh { vec![path] } else { Vec::new() },
        })
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// One file a log.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.root.join(LOGS)
    }

    /// One file for each pair of heads that contradict each other.
    #[must_use]
    pub fn splits(&self) -> PathBuf {
        self.root.join(SPLITS)
    }

    /// The wrapped keys.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.root.join(KEYS)
    }

    /// The files of a folder below this one, by name.
    pub(crate) fn files(folder: &Path) -> Outcome<Vec<PathBuf>> {
        let reading = |error: std::io::Error| WitnessError::io("reading", folder, &error);
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(reading)? {
            files.push(entry.map_err(reading)?.path());
        }
        files.sort();
        Ok(files)
    }
}

/// The folder is this user's, no link, and closed to others.
fn check_own(root: &Path) -> Outcome<()> {
    let found =
        fs::symlink_metadata(root).map_err(|error| WitnessError::io("reading", root, &error))?;
    let own = rustix::process::geteuid().as_raw();
    if found.is_dir() && found.uid() == own && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    let kind = match found.file_type() {
        kind if kind.is_dir() => "a folder",
        kind if kind.is_symlink() => "a link",
        _ => "no folder",
    };
    Err(WitnessError::other(format!(
        "{} is no folder of this user's alone",
        root.display()
    ))
    .found(format!(
        "{kind} of mode {:o}, user {}",
        found.mode() & 0o777,
        found.uid()
    ))
    .expected(format!("a folder of mode 700, user {own}"))
    .advice(if found.is_dir() {
        "run chmod 700 on it, as the user that runs the witness"
    } else {
        "name a folder itself as --dir"
    }))
}

/// What a witness whose making was cut short left of its keys, in a folder that holds nothing else.
fn left_overs(root: &Path) -> Outcome<Vec<PathBuf>> {
    let files = Folder::files(root)?;
    if files.contains(&root.join(KEYS)) {
        return Err(WitnessError::other("a witness was made here before")
            .found(root.join(KEYS).display().to_string())
            .expected("a new or an empty folder")
            .advice("jinku-witness keys prints its vkeys; a second witness gets a folder and a key file of its own"));
    }
    let mut left = Vec::new();
    for path in files {
        let found = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            found => found.map_err(|error| WitnessError::io("reading", &path, &error))?,
        };
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let ours = match name.as_str() {
            LOCK => found.is_file() && found.len() == 0,
            LOGS | SPLITS => found.is_dir() && Folder::files(&path)?.is_empty(),
            _ => found.is_file() && is_half_written(&name),
        };
        if !ours {
            return Err(WitnessError::other("the folder holds something else")
                .found(path.display().to_string())
                .expected("a new or an empty folder")
                .advice("name another --dir; nothing was changed here"));
        }
        if is_half_written(&name) {
            left.push(path);
        }
    }
    Ok(left)
}

/// The name is one under which the keys are written before they are renamed.
fn is_half_written(name: &str) -> bool {
    name.strip_prefix(".witness.vault.")
        .and_then(|rest| rest.strip_suffix(".tmp"))
        .is_some_and(|tag| tag.len() == 16 && tag.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The lock's file, and whether it is new; a link is not followed.
fn open_lock(path: &Path) -> std::io::Result<(File, bool)> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let open = |fresh| {
        OpenOptions::new()
            .write(true)
            .create_new(fresh)
            .mode(0o600)
            .custom_flags(flags.bits().cast_signed())
            .open(path)
    };
    match open(true) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok((open(false)?, false)),
        made => Ok((made?, true)),
    }
}

/// The folder is there, closed to others if it is new; whether it is.
fn make(path: &Path) -> Outcome<bool> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(WitnessError::io("making", path, &error)),
    }
}
