//! The witness's folder: closed to others, and held by one process at a time.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jinku_envelope::file::sweep_temporaries;
use rustix::fs::FlockOperation;

use crate::{Outcome, WitnessError};

/// A folder that this process holds.
pub struct Folder {
    root: PathBuf,
    _lock: File,
}

impl Folder {
    /// The folder holds no witness yet, has what stands below it, and is held. One that is empty, or whose making was
    /// cut short, is finished.
    ///
    /// # Errors
    /// When a witness or anything else lies in it, it is open to others, or it cannot be made.
    pub fn create(root: &Path) -> Outcome<Self> {
        make(root)?;
        let folder = Self::hold(root)?;
        sweep_temporaries(root)?;
        for path in Self::files(root)? {
            let name = path.file_name().unwrap_or_default();
            let part = ["logs", "splits"].iter().any(|part| name == *part);
            let empty = part && path.is_dir() && Self::files(&path)?.is_empty();
            if name == "witness.vault" {
                return Err(WitnessError::other("a witness was made here before")
                    .found(path.display().to_string())
                    .expected("a new or an empty folder")
                    .advice("jinku-witness keys prints its vkeys; a second witness gets a folder and a key file of its own"));
            }
            if name != "lock" && !empty {
                return Err(WitnessError::other("the folder holds something else")
                    .found(path.display().to_string())
                    .expected("a new or an empty folder")
                    .advice("name another --dir; nothing was changed here"));
            }
        }
        make(&folder.logs())?;
        make(&folder.splits())?;
        Ok(folder)
    }

    /// The folder is this user's, closed to others, and held by this process until it ends.
    ///
    /// # Errors
    /// When it is missing, open to others, or another process holds it.
    pub fn open(root: &Path) -> Outcome<Self> {
        let folder = Self::hold(root)?;
        sweep_temporaries(&folder.logs())?;
        sweep_temporaries(&folder.splits())?;
        Ok(folder)
    }

    fn hold(root: &Path) -> Outcome<Self> {
        let found = fs::symlink_metadata(root)
            .map_err(|error| WitnessError::io("reading", root, &error))?;
        let own = rustix::process::geteuid().as_raw();
        if !found.is_dir() || found.uid() != own || found.mode() & 0o077 != 0 {
            return Err(WitnessError::other(format!(
                "{} is no folder of this user's alone",
                root.display()
            ))
            .found(format!(
                "mode {:o}, user {}",
                found.mode() & 0o777,
                found.uid()
            ))
            .expected(format!("a folder of mode 700, user {own}"))
            .advice("run chmod 700 on it, as the user that runs the witness"));
        }
        let path = root.join("lock");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path);
        let lock = lock.map_err(|error| WitnessError::io("opening", &path, &error))?;
        rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
            WitnessError::other(format!("another jinku-witness holds {}", root.display()))
                .expected("one process at a time")
                .advice("stop it first: a log is added while no witness runs")
        })?;
        Ok(Self {
            root: root.to_owned(),
            _lock: lock,
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
        self.root.join("logs")
    }

    /// One file for each pair of heads that contradict each other.
    #[must_use]
    pub fn splits(&self) -> PathBuf {
        self.root.join("splits")
    }

    /// The wrapped keys.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.root.join("witness.vault")
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

/// The folder is there, closed to others if it is new.
fn make(path: &Path) -> Outcome<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(WitnessError::io("making", path, &error))
        }
        _ => Ok(()),
    }
}
