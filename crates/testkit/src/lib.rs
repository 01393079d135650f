//! What the tests of several crates share: where test vectors lie. Never linked into what ships.

use std::path::{Path, PathBuf};

/// The text of one vector file, and whether it is the full set's: `JINKU_VECTORS`, the folder beside the repository,
/// or the committed subset.
///
/// # Panics
/// When the file cannot be read, and in CI when the full set is not there.
pub fn vector_text(file: &str) -> (String, bool) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let full = std::env::var_os("JINKU_VECTORS")
        .map_or_else(|| root.join("../shared/vectors"), PathBuf::from);
    let whole = full.is_dir();
    let path = if whole {
        full.join(file)
    } else {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "CI needs the full vectors: set JINKU_VECTORS"
        );
        println!("{file}: full vectors absent, only the committed subset is tested");
        root.join("tests/vectors/data").join(file)
    };
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    (text, whole)
}

/// The JSON of one vector file, read as by [`vector_text`].
///
/// # Panics
/// As [`vector_text`], and when the file is not JSON.
pub fn vectors(file: &str) -> serde_json::Value {
    let (text, _) = vector_text(file);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}
