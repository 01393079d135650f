//! The device's folder: of this user alone; its files are read whole, without following a link.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jinku_envelope::file::{create_durable, sweep_temporaries, write_durable};
use jinku_words::MAX_DOCUMENT_BYTES;
use rustix::fs::{FlockOperation, OFlags};

use crate::{ApproverError, Outcome};

const KEY: &str = "approver.vault";
const PIN: &str = "trust-root.json";
const KNOWN: &str = "destinations";
/// A trust root of 65,535 bytes with its signatures.
const MAX_PIN: usize = 256 << 10;
const MAX_KEY: usize = 64 << 10;
const MAX_KNOWN: usize = 4 << 20;

/// The folder of a device.
pub struct Folder(PathBuf);

impl Folder {
    /// The folder is there, and of this user alone.
    ///
    /// # Errors
    /// When it cannot be made, is a link, is another's, or is open to others.
    pub fn make(path: &Path) -> Outcome<Self> {
        match DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                Err(ApproverError::io("making", path, &error))
            }
            _ => check_own(path, "a folder", 0o700).map(|()| Self(path.to_owned())),
        }
    }

    /// The folder of a device that was made.
    ///
    /// # Errors
    /// `approver.no_device` when none was; else as [`Folder::make`].
    pub fn open(path: &Path) -> Outcome<Self> {
        let folder = Self(path.to_owned());
        match fs::symlink_metadata(folder.key_path()) {
            Err(error) if error.kind() == ErrorKind::NotFound => Err(ApproverError::missing(
                "approver.no_device",
                "there is no approver's key here",
            )
            .found(format!("no {}", folder.key_path().display()))
            .expected("a folder that jinku-approver init made")
            .advice("see that --dir is right and that what it lies on is mounted; else make a key: jinku-approver init --name NAME")),
            Err(error) => Err(ApproverError::io("reading", &folder.key_path(), &error)),
            Ok(_) => check_own(path, "a folder", 0o700).map(|()| folder),
        }
    }

    fn key_path(&self) -> PathBuf {
        self.0.join(KEY)
    }

    /// The sealed key.
    ///
    /// # Errors
    /// For a link, a file of another or open to others, and more bytes than a key has.
    pub fn key(&self) -> Outcome<Vec<u8>> {
        let path = self.key_path();
        check_own(&path, "a file", 0o600)?;
        read_whole(&path, MAX_KEY)
    }

    /// A key stands in the folder that had none.
    ///
    /// # Errors
    /// `envelope.exists` when it has one, which is left alone.
    pub fn create_key(&self, bytes: &[u8]) -> Outcome<()> {
        let _held = self.hold()?;
        sweep_temporaries(&self.0)?;
        Ok(create_durable(&self.key_path(), bytes)?)
    }

    /// Whether there is a key.
    ///
    /// # Errors
    /// When that cannot be seen.
    pub fn has_key(&self) -> Outcome<bool> {
        match fs::symlink_metadata(self.key_path()) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(ApproverError::io("reading", &self.key_path(), &error)),
        }
    }

    /// The pinned trust root.
    ///
    /// # Errors
    /// As [`Folder::key`].
    pub fn pin(&self) -> Outcome<Option<Vec<u8>>> {
        self.optional(PIN, MAX_PIN)
    }

    /// The pin is `bytes`, if it still is what `before` says.
    ///
    /// # Errors
    /// `approver.busy` when another process changed it meanwhile.
    pub fn set_pin(&self, before: Option<&[u8]>, bytes: &[u8]) -> Outcome<()> {
        let _held = self.hold()?;
        if self.pin()?.as_deref() != before {
            return Err(ApproverError::other(
                "approver.busy",
                "another process pinned a trust root meanwhile",
            )
            .advice("run the same again"));
        }
        Ok(write_durable(&self.0.join(PIN), bytes)?)
    }

    /// The destinations that were approved here.
    ///
    /// # Errors
    /// As [`Folder::key`].
    pub fn known(&self) -> Outcome<Option<Vec<u8>>> {
        self.optional(KNOWN, MAX_KNOWN)
    }

    /// The destinations are what `change` makes of them.
    ///
    /// # Errors
    /// Those of `change`, and when the file cannot be written.
    pub fn change_known(
        &self,
        change: impl FnOnce(Option<Vec<u8>>) -> Outcome<Vec<u8>>,
    ) -> Outcome<()> {
        let _held = self.hold()?;
        let changed = change(self.known()?)?;
        Ok(write_durable(&self.0.join(KNOWN), &changed)?)
    }

    fn optional(&self, name: &str, limit: usize) -> Outcome<Option<Vec<u8>>> {
        let path = self.0.join(name);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ApproverError::io("reading", &path, &error)),
            Ok(_) => {
                check_own(&path, "a file", 0o600)?;
                read_whole(&path, limit).map(Some)
            }
        }
    }

    /// One process writes at a time, until what is returned is dropped.
    fn hold(&self) -> Outcome<File> {
        let failed = |error: std::io::Error| ApproverError::io("locking", &self.0, &error);
        let folder = File::open(&self.0).map_err(failed)?;
        rustix::fs::flock(&folder, FlockOperation::LockExclusive)
            .map_err(|error| failed(error.into()))?;
        Ok(folder)
    }
}

/// A file that somebody brought: a request, or a trust root. One line end behind it is left out.
///
/// # Errors
/// For a link, what is no file, and more bytes than it may have.
pub(crate) fn read_brought(path: &Path, kind: Brought) -> Outcome<Vec<u8>> {
    let limit = match kind {
        Brought::Request => MAX_DOCUMENT_BYTES + 1,
        Brought::TrustRoot => MAX_PIN,
    };
    let mut bytes = read_whole(path, limit)?;
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    Ok(bytes)
}

/// What a file that is read is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Brought {
    /// An approval request.
    Request,
    /// A signed trust root.
    TrustRoot,
}

fn read_whole(path: &Path, limit: usize) -> Outcome<Vec<u8>> {
    let reading = |error: std::io::Error| match error.raw_os_error() {
        Some(number) if number == rustix::io::Errno::LOOP.raw_os_error() => no_file(path, "a link"),
        _ => ApproverError::io("reading", path, &error),
    };
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
        .map_err(reading)?;
    if !file.metadata().map_err(reading)?.is_file() {
        return Err(no_file(path, "something else"));
    }
    let mut bytes = Vec::new();
    file.take(limit as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(reading)?;
    if bytes.len() > limit {
        return Err(ApproverError::usage(
            "file.too_large",
            format!("{} is too large", path.display()),
        )
        .found("more bytes")
        .expected(format!("at most {limit} bytes"))
        .advice("see that it is the right file"));
    }
    Ok(bytes)
}

fn no_file(path: &Path, found: &str) -> ApproverError {
    ApproverError::usage("file.kind", format!("{} is no file", path.display()))
        .found(found)
        .expected("a file itself")
        .advice("name the file itself; links are not followed here")
}

/// What stands there is this user's, no link, and closed to others.
fn check_own(path: &Path, kind: &str, mode: u32) -> Outcome<()> {
    let found =
        fs::symlink_metadata(path).map_err(|error| ApproverError::io("reading", path, &error))?;
    let own = rustix::process::geteuid().as_raw();
    let right = match kind {
        "a folder" => found.is_dir(),
        _ => found.is_file(),
    };
    if right && found.uid() == own && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    let is = match found.file_type() {
        is if is.is_symlink() => "a link",
        is if is.is_dir() => "a folder",
        _ => "a file",
    };
    let what = format!("{} is not {kind} of this user's alone", path.display());
    Err(ApproverError::other("approver.open_to_others", what)
        .found(format!(
            "{is} of mode {:o}, user {}",
            found.mode() & 0o777,
            found.uid()
        ))
        .expected(format!("{kind} of mode {mode:o}, user {own}"))
        .advice(format!(
            "if nobody else was there, run chmod {mode:o} on it; links are not followed here"
        )))
}
