//! The folders a signer stands on: owned by its user, closed to others, locked against a second signer.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;

use crate::refusal::{Outcome, Refusal};

/// Where things stand below the home.
pub(crate) struct Home {
    root: PathBuf,
    _lock: File,
}

/// Where the socket and the process id stand.
pub(crate) struct Runtime {
    root: PathBuf,
    _pid: File,
}

/// The folder exists, belongs to this user and grants none of `forbidden` mode bits to anyone else.
fn checked(folder: &Path, mode: u32, forbidden: u32) -> Outcome<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(folder)
        .map_err(|error| Refusal::io(&format!("making {}", folder.display()), &error))?;
    let found = fs::symlink_metadata(folder)
        .map_err(|error| Refusal::io(&format!("reading {}", folder.display()), &error))?;
    let own = rustix::process::geteuid().as_raw();
    if !found.is_dir() {
        return Err(Refusal::new(
            "signer.folder",
            format!(
                "{} is no folder; remove what stands there",
                folder.display()
            ),
        ));
    }
    if found.uid() != own {
        return Err(Refusal::new(
            "signer.folder",
            format!(
                "{} belongs to another user: found uid {}, expected {own}; choose another place or chown it",
                folder.display(),
                found.uid()
            ),
        ));
    }
    if found.mode() & forbidden != 0 {
        return Err(Refusal::new(
            "signer.folder",
            format!(
                "{} is open to others: found mode {:04o}, expected {mode:04o}; chmod it",
                folder.display(),
                found.mode() & 0o7777
            ),
        ));
    }
    Ok(())
}

fn open_lock(path: &Path) -> Outcome<File> {
    let open = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path);
    open.map_err(|error| Refusal::io(&format!("opening {}", path.display()), &error))
}

fn locked(file: &mut File, what: &str) -> Outcome<()> {
    if rustix::fs::flock(&*file, FlockOperation::NonBlockingLockExclusive).is_ok() {
        return Ok(());
    }
    let mut pid = String::new();
    let _ = file.read_to_string(&mut pid);
    Err(Refusal::new(
        "signer.running",
        format!(
            "a signer already runs on this {what}: found pid {}; use it, or stop it first",
            pid.trim()
        ),
    ))
}

fn note_pid(file: &mut File, path: &Path) -> Outcome<()> {
    let written = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()));
    written.map_err(|error| Refusal::io(&format!("writing {}", path.display()), &error))
}

impl Home {
    /// The home is this signer's alone until it ends: `signer/` and `signer/vaults/` are 0700, `signer/lock` is held.
    ///
    /// # Errors
    /// `signer.folder`, `signer.running`, `store.*`.
    pub(crate) fn open(root: &Path) -> Outcome<Self> {
        checked(root, 0o700, 0o022)?;
        checked(&root.join("signer"), 0o700, 0o077)?;
        checked(&root.join("signer/vaults"), 0o700, 0o077)?;
        checked(&root.join("logs"), 0o700, 0o022)?;
        let path = root.join("signer/lock");
        let mut lock = open_lock(&path)?;
        locked(&mut lock, "home")?;
        note_pid(&mut lock, &path)?;
        Ok(Self {
            root: root.to_owned(),
            _lock: lock,
        })
    }

    /// The home's own path.
    #[must_use]
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The file that holds the system secret.
    #[must_use]
    pub(crate) fn system(&self) -> PathBuf {
        self.root.join("signer/system.vault")
    }

    /// The file that holds the evidence key.
    #[must_use]
    pub(crate) fn evidence(&self) -> PathBuf {
        self.root.join("signer/evidence.key")
    }

    /// The file that holds the last head of the log that was signed.
    #[must_use]
    pub(crate) fn log_head(&self) -> PathBuf {
        self.root.join("signer/log.head")
    }

    /// The file that holds the slots that were given.
    #[must_use]
    pub(crate) fn slot_log(&self) -> PathBuf {
        self.root.join("signer/slots.log")
    }

    /// The file that holds the newest head of them that was cosigned.
    #[must_use]
    pub(crate) fn slot_head(&self) -> PathBuf {
        self.root.join("signer/slots.head")
    }

    /// The file that holds the trust root in force.
    #[must_use]
    pub(crate) fn trust_root(&self) -> PathBuf {
        self.root.join("signer/trust.root")
    }

    /// The file that holds the statement by which this origin of the log was opened.
    #[must_use]
    pub(crate) fn handover(&self, number: u64) -> PathBuf {
        self.root.join(format!("signer/origin.{number}"))
    }

    /// The folder of vault files.
    #[must_use]
    pub(crate) fn vaults(&self) -> PathBuf {
        self.root.join("signer/vaults")
    }
}

impl Runtime {
    /// The runtime folder is checked and `signer.pid` held and written. `shared` allows the group to pass through (0710).
    ///
    /// # Errors
    /// `signer.folder`, `signer.running`, `store.*`.
    pub(crate) fn open(root: &Path, shared: bool) -> Outcome<Self> {
        if shared {
            checked(root, 0o710, 0o067)?
        } else {
            checked(root, 0o700, 0o077)?
        }
        let path = root.join("signer.pid");
        let mut pid = open_lock(&path)?;
        locked(&mut pid, "runtime folder")?;
        note_pid(&mut pid, &path)?;
        Ok(Self {
            root: root.to_owned(),
            _pid: pid,
        })
    }

    /// The socket's path.
    #[must_use]
    pub(crate) fn socket(&self) -> PathBuf {
        self.root.join("signer.sock")
    }

    /// The socket is gone, so that nobody waits at it.
    pub(crate) fn clear(&self) {
        let _ = fs::remove_file(self.socket());
    }
}
