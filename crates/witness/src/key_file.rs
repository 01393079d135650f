//! The key file that opens a witness: 32 random bytes outside its folder, readable by its user alone.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use jinku_envelope::file::create_durable;
use jinku_envelope::keyfile;
use jinku_secrets::{Secret, Zeroizing};
use rustix::fs::OFlags;

use crate::{Outcome, WitnessError};

/// The key file may lie there: its folder is there, and is not the one that it opens. Nothing is changed.
///
/// # Errors
/// When it is not so: beside what it opens, a key protects nothing.
pub(crate) fn check_place(path: &Path, folder: &Path) -> Outcome<()> {
    let parent = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new("."));
    // Neither folder need be there yet.
    let whole = |p: &Path| -> Outcome<PathBuf> {
        fs::canonicalize(p)
            .or_else(|_| std::path::absolute(p))
            .map_err(|error| WitnessError::io("finding", p, &error))
    };
    let place = whole(parent)?.join(path.file_name().unwrap_or_default());
    if place.starts_with(whole(folder)?) {
        return Err(
            WitnessError::usage("the key file lies in the folder that it opens")
                .found(path.display().to_string())
                .expected("a place that no copy of that folder takes along")
                .advice("keep it elsewhere, best on another medium"),
        );
    }
    match fs::metadata(parent) {
        Err(error) if error.kind() == ErrorKind::NotFound => Err(WitnessError::other(
            "the folder of the key file is not there",
        )
        .found(parent.display().to_string())
        .advice("make it, or mount what it lies on, and run the same again")),
        Err(error) => Err(WitnessError::io("reading", parent, &error)),
        Ok(_) => Ok(()),
    }
}

/// The file is new, 0600, on the disk, and holds 32 random bytes; returns them.
///
/// # Errors
/// For a place inside `folder`, and when there is a file already.
pub(crate) fn make(path: &Path, folder: &Path) -> Outcome<Secret<32>> {
    check_place(path, folder)?;
    let key = Secret::<32>::random()?;
    create_durable(path, key.expose())?;
    Ok(key)
}

/// The key of a file that keeps every rule.
///
/// # Errors
/// For a place inside `folder`, another owner, a mode that lets others read, and bytes that are no key.
pub(crate) fn load(path: &Path, folder: &Path) -> Outcome<Secret<32>> {
    check_place(path, folder)?;
    let flags = OFlags::NOFOLLOW.bits().cast_signed();
    let file =
        std::os::unix::fs::OpenOptionsExt::custom_flags(OpenOptions::new().read(true), flags)
            .open(path);
    let file: File = file.map_err(|error| WitnessError::io("opening", path, &error))?;
    let found = file
        .metadata()
        .map_err(|error| WitnessError::io("reading", path, &error))?;
    if found.uid() != rustix::process::geteuid().as_raw() || found.mode() & 0o077 != 0 {
        let own = rustix::process::geteuid().as_raw();
        return Err(WitnessError::other(format!(
            "the key file {} is open to others",
            path.display()
        ))
        .found(format!(
            "mode {:o}, user {}",
            found.mode() & 0o777,
            found.uid()
        ))
        .expected(format!("mode 600, user {own}"))
        .advice("run chmod 600 on it, as that user"));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(keyfile::BYTES + 1));
    let read = file.take(keyfile::BYTES as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| WitnessError::io("reading", path, &error))?;
    Ok(keyfile::key(&bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_made_once_and_kept_to_its_rules() {
        let root =
            std::env::temp_dir().join(format!("jinku-witness-keyfile-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let folder = root.join("witness");
        fs::create_dir_all(&folder).expect("a folder of our own");
        let path = root.join("key");
        let key = make(&path, &folder).expect("new");
        assert!(load(&path, &folder).expect("plain").ct_eq(&key));
        assert!(make(&path, &folder).is_err(), "a second time");
        assert!(make(&folder.join("key"), &folder).is_err_and(|e| e.exit == 2));
        let set =
            |mode| fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode));
        set(0o640).expect("ours");
        assert!(load(&path, &folder).is_err_and(|e| e.found.contains("640")));
        set(0o600).expect("ours");
        std::os::unix::fs::symlink(&path, root.join("link")).expect("a link");
        assert!(load(&root.join("link"), &folder).is_err());
        fs::write(&path, [7; 32]).expect("ours");
        assert!(load(&path, &folder).is_err_and(|e| e.to_string().contains("random")));
        let _ = fs::remove_dir_all(&root);
    }
}
