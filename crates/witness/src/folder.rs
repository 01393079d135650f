//! The witness's folder: closed to others, and held by one process at a time.

use std::fs::{self, DirBuilder, File, OpenOptions};
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
    /// The folder is new, with what stands below it, and is held.
    ///
    /// # Errors
    /// When there is one already, or it cannot be made.
    pub fn create(root: &Path) -> Outcome<Self> {
        let new = DirBuilder::new().mode(0o700).create(root);
        new.map_err(|error| WitnessError::io("making", root, &error))?;
        for name in ["logs", "splits"] {
            let path = root.join(name);
            DirBuilder::new()
                .mode(0o700)
                .create(&path)
                .map_err(|error| WitnessError::io("making", &path, &error))?;
        }
        Self::open(root)
    }

    /// The folder is this user's, closed to others, and held by this process until it ends.
    ///
    /// # Errors
    /// When it is missing, open to others, or another process holds it.
    pub fn open(root: &Path) -> Outcome<Self> {
        let found = fs::symlink_metadata(root)
            .map_err(|error| WitnessError::io("reading", root, &error))?;
        let own = rustix::process::geteuid().as_raw();
        if !found.is_dir() || found.uid() != own || found.mode() & 0o077 != 0 {
            let message = format!(
                "{} is no folder of this user's alone (mode {:o}, user {}); run chmod 700 on it, as the user that runs the witness",
                root.display(),
                found.mode() & 0o777,
                found.uid()
            );
            return Err(WitnessError::other(message));
        }
        let path = root.join("lock");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path);
        let lock = lock.map_err(|error| WitnessError::io("opening", &path, &error))?;
        rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|error| {
            WitnessError::other(format!(
                "another jinku-witness holds {} ({error}); stop it first",
                root.display()
            ))
        })?;
        let folder = Self {
            root: root.to_owned(),
            _lock: lock,
        };
        sweep_temporaries(&folder.logs())?;
        sweep_temporaries(&folder.splits())?;
        Ok(folder)
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
