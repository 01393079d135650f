//! Writing files so that a crash, a full disk or a cut of power leaves the old one or the new one, never a mix.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jinku_secrets::os_random;
use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::{EnvelopeError, hex};

const SUFFIX: &str = ".tmp";

/// The file at `path` is `bytes`, mode 0600, on the disk; on an error it is what it was before.
///
/// # Errors
/// [`EnvelopeError::DiskFull`], [`EnvelopeError::NotWritable`] or [`EnvelopeError::Io`].
pub fn write_durable(path: &Path, bytes: &[u8]) -> Result<(), EnvelopeError> {
    put(path, bytes, false)
}

/// The file at `path` is new and is `bytes`, mode 0600, on the disk; on an error there is none.
///
/// # Errors
/// [`EnvelopeError::Exists`] when there was one, which is left alone; else as [`write_durable`].
pub fn create_durable(path: &Path, bytes: &[u8]) -> Result<(), EnvelopeError> {
    put(path, bytes, true)
}

/// Removes what crashed writers left in a directory; call it only while no other writer of that directory lives.
///
/// # Errors
/// [`EnvelopeError::Io`] when the directory cannot be read, or as [`write_durable`] when a left-over cannot be removed.
pub fn sweep_temporaries(directory: &Path) -> Result<usize, EnvelopeError> {
    let reading = |e: std::io::Error| io_error("reading", directory, &e);
    let mut removed = 0;
    for entry in fs::read_dir(directory).map_err(reading)? {
        let entry = entry.map_err(reading)?;
        let name = entry.file_name();
        let ours = name
            .to_str()
            .is_some_and(|n| n.starts_with('.') && n.ends_with(SUFFIX));
        if ours && entry.file_type().is_ok_and(|t| t.is_file()) {
            fs::remove_file(entry.path()).map_err(|e| io_error("removing", &entry.path(), &e))?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Translates an operating system's refusal into what the reader can do.
fn io_error(doing: &'static str, path: &Path, error: &std::io::Error) -> EnvelopeError {
    let (path, cause) = (path.to_path_buf(), crate::error::cause(error));
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            EnvelopeError::DiskFull { path }
        }
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied if doing != "reading" => {
            EnvelopeError::NotWritable { path, cause }
        }
        ErrorKind::AlreadyExists => EnvelopeError::Exists { path },
        _ => EnvelopeError::Io { doing, path, cause },
    }
}

/// A temporary file that is removed unless it became the real one.
struct Temporary {
    path: PathBuf,
    kept: bool,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.kept {
            // Best effort: what stays is swept at the next start, and holds only sealed bytes.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn put(path: &Path, bytes: &[u8], fresh: bool) -> Result<(), EnvelopeError> {
    let failed = |e: std::io::Error| io_error("writing", path, &e);
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut tag = [0u8; 8];
    os_random(&mut tag)?;
    let name = path
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let mut temporary = Temporary {
        path: directory.join(format!(".{name}.{}{SUFFIX}", hex::encode(&tag))),
        kept: true,
    };
    fault::step();
    let mut file = new_private(&temporary.path).map_err(failed)?;
    temporary.kept = false;
    fault::step();
    let (half, rest) = bytes.split_at(bytes.len() / 2);
    file.write_all(half).map_err(failed)?;
    fault::step();
    file.write_all(rest).map_err(failed)?;
    fault::step();
    file.sync_all().map_err(failed)?;
    fault::step();
    drop(file);
    if fresh {
        renameat_with(CWD, &temporary.path, CWD, path, RenameFlags::NOREPLACE)
            .map_err(|e| failed(e.into()))?;
    } else {
        fs::rename(&temporary.path, path).map_err(failed)?;
    }
    temporary.kept = true;
    fault::step();
    sync_directory(directory).map_err(failed)?;
    fault::step();
    Ok(())
}

/// Makes a file that did not exist, mode 0600, following no link.
fn new_private(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// The directory's entries are on the disk.
fn sync_directory(directory: &Path) -> std::io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Returns the file's bytes, at most `limit` of them.
///
/// # Errors
/// [`EnvelopeError::Io`] when it cannot be read, [`EnvelopeError::TooLarge`] when it is longer than `limit`.
pub fn read_limited(path: &Path, limit: usize) -> Result<Vec<u8>, EnvelopeError> {
    let reading = |e: std::io::Error| io_error("reading", path, &e);
    let file = File::open(path).map_err(reading)?;
    let size = usize::try_from(file.metadata().map_err(reading)?.size()).unwrap_or(usize::MAX);
    if size > limit {
        return Err(EnvelopeError::TooLarge { found: size });
    }
    let mut bytes = Vec::with_capacity(size);
    std::io::Read::read_to_end(&mut std::io::Read::take(file, limit as u64 + 1), &mut bytes)
        .map_err(reading)?;
    if bytes.len() > limit {
        return Err(EnvelopeError::TooLarge { found: bytes.len() });
    }
    Ok(bytes)
}

/// Durable steps at which a test build dies on request: `JINKU_SIGNER_FAULT=<n>` aborts the process at the n-th.
mod fault {
    #[cfg(feature = "fault-hooks")]
    pub(super) fn step() {
        use std::sync::atomic::{AtomicU64, Ordering};
        static TAKEN: AtomicU64 = AtomicU64::new(0);
        let taken = TAKEN.fetch_add(1, Ordering::SeqCst) + 1;
        let wanted = std::env::var("JINKU_SIGNER_FAULT").ok();
        if wanted.and_then(|text| text.parse().ok()) == Some(taken) {
            std::process::abort();
        }
    }

    #[cfg(not(feature = "fault-hooks"))]
    pub(super) const fn step() {}
}
