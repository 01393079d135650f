//! Key files: exactly 32 random bytes that Jinku made, kept outside the home and unreadable to others.
//!
//! Why: a key file beside what it opens protects nothing, and neither does one that any user of the machine can copy.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use jinku_secrets::Secret;
use zeroize::Zeroizing;

use crate::EnvelopeError;
use crate::file::{io_error, new_private, sync_directory};

/// Size of a key file.
pub const BYTES: usize = 32;
/// Random bytes have fewer distinct values than this once in about 10^15 files; typed text nearly always has.
const LEAST_DISTINCT: usize = 16;

fn refused(path: &Path, rule: impl Into<String>) -> EnvelopeError {
    EnvelopeError::KeyFile {
        path: path.to_path_buf(),
        rule: rule.into(),
    }
}

/// The file at `path` is new, mode 0600, holds 32 random bytes and is on the disk; returns them.
///
/// # Errors
/// [`EnvelopeError::KeyFile`] for a path inside `home`, [`EnvelopeError::Exists`] when there is a file, and those of a
/// failing disk; nothing is left behind.
pub fn make(path: &Path, home: &Path) -> Result<Secret<32>, EnvelopeError> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let directory =
        fs::canonicalize(parent).map_err(|e| io_error("opening the directory of", path, &e))?;
    check_outside(path, &directory, home)?;
    let mut file = new_private(path).map_err(|e| io_error("making", path, &e))?;
    fill(&mut file, path)
        .and_then(|key| {
            sync_directory(&directory)
                .map(|()| key)
                .map_err(|e| io_error("writing", path, &e))
        })
        .inspect_err(|_| {
            // The file was made by this very call, so removing it loses nothing.
            let _ = fs::remove_file(path);
        })
}

/// The descriptor, opened for writing by the caller, holds 32 random bytes; returns them. Regular files have to be
/// empty, outside `home` and unreadable to others; a pipe is taken as it is.
///
/// # Errors
/// [`EnvelopeError::KeyFile`] when a rule is broken, and those of a failing disk.
pub fn make_into(file: &mut File, home: &Path) -> Result<Secret<32>, EnvelopeError> {
    let path = path_of(file);
    if check_open(file, &path, home)? && metadata(file, &path)?.size() != 0 {
        return Err(refused(
            &path,
            "it is not empty; a new key file is made into an empty file, so that none is overwritten",
        ));
    }
    fill(file, &path)
}

/// Returns the key of the file at `path` when it keeps every rule.
///
/// # Errors
/// [`EnvelopeError::KeyFile`] naming the broken rule, [`EnvelopeError::Io`] when it cannot be read.
pub fn load(path: &Path, home: &Path) -> Result<Secret<32>, EnvelopeError> {
    let mut file = File::open(path).map_err(|e| io_error("reading", path, &e))?;
    read(&mut file, home)
}

/// Returns the key of an open file when it keeps every rule; of a pipe, the 32 bytes that come out of it.
///
/// # Errors
/// As [`load`].
pub fn read(file: &mut File, home: &Path) -> Result<Secret<32>, EnvelopeError> {
    let path = path_of(file);
    check_open(file, &path, home)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(BYTES + 1));
    Read::take(&mut *file, BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| io_error("reading", &path, &e))?;
    check_bytes(&bytes, &path)
}

/// Returns the key when the bytes can be a key file's.
fn check_bytes(bytes: &[u8], path: &Path) -> Result<Secret<32>, EnvelopeError> {
    let Ok(array) = <&[u8; BYTES]>::try_from(bytes) else {
        let found = if bytes.len() > BYTES {
            "more than 32".to_owned()
        } else {
            bytes.len().to_string()
        };
        return Err(refused(
            path,
            format!(
                "it holds {found} bytes, a key file has exactly 32; give the one that was made for this"
            ),
        ));
    };
    let mut seen = [false; 256];
    array.iter().for_each(|b| seen[usize::from(*b)] = true);
    if seen.iter().filter(|s| **s).count() < LEAST_DISTINCT {
        return Err(refused(
            path,
            "its bytes are not random; a key file is made by Jinku, never typed",
        ));
    }
    Ok(Secret::init(|to| to.copy_from_slice(array)))
}

fn fill(file: &mut File, path: &Path) -> Result<Secret<32>, EnvelopeError> {
    let key = loop {
        let key = Secret::<32>::random()?;
        if check_bytes(key.expose(), path).is_ok() {
            break key;
        }
    };
    file.write_all(key.expose())
        .map_err(|e| io_error("writing", path, &e))?;
    if metadata(file, path)?.is_file() {
        file.sync_all().map_err(|e| io_error("writing", path, &e))?;
    }
    Ok(key)
}

fn metadata(file: &File, path: &Path) -> Result<fs::Metadata, EnvelopeError> {
    file.metadata().map_err(|e| io_error("reading", path, &e))
}

/// The path that the kernel knows the descriptor by; a placeholder when it has none.
fn path_of(file: &File) -> PathBuf {
    fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))
        .unwrap_or_else(|_| PathBuf::from("(descriptor)"))
}

/// Returns whether it is a regular file that keeps the rules of place, owner and mode; false for a pipe.
fn check_open(file: &File, path: &Path, home: &Path) -> Result<bool, EnvelopeError> {
    use std::os::unix::fs::FileTypeExt;
    let meta = metadata(file, path)?;
    if meta.file_type().is_fifo() {
        return Ok(false);
    }
    if !meta.is_file() {
        return Err(refused(
            path,
            "it is neither a file nor a pipe; give the path of a key file",
        ));
    }
    let me = rustix::process::geteuid().as_raw();
    if meta.uid() != me && meta.uid() != 0 {
        return Err(refused(
            path,
            format!(
                "it belongs to uid {}, who can read it; own it yourself (uid {me})",
                meta.uid()
            ),
        ));
    }
    let mode = meta.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(refused(
            path,
            format!("its mode is {mode:04o}, so others can reach it; run chmod 600 on it"),
        ));
    }
    check_outside(path, path, home)?;
    Ok(true)
}

/// Holds when the real place of a file is not below the real place of the home.
fn check_outside(path: &Path, real: &Path, home: &Path) -> Result<(), EnvelopeError> {
    let home = fs::canonicalize(home).unwrap_or_else(|_| home.to_path_buf());
    if real.starts_with(&home) {
        let rule = format!(
            "it lies inside the home {}, where a thief of the home finds it; keep it on another medium",
            home.display()
        );
        return Err(refused(path, rule));
    }
    Ok(())
}
