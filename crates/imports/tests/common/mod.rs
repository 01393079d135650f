//! Where test vectors lie: `JINKU_VECTORS`, the folder beside the repository, or the committed subset.

use std::path::{Path, PathBuf};

/// The JSON of one vector file is returned, from the full folder or from the committed subset.
pub(crate) fn vectors(file: &str) -> serde_json::Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let full = std::env::var_os("JINKU_VECTORS")
        .map_or_else(|| root.join("../shared/vectors"), PathBuf::from);
    let (path, left_out) = if full.is_dir() {
        (full.join(file), false)
    } else {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "CI needs the full vectors: set JINKU_VECTORS"
        );
        (root.join("tests/vectors/data").join(file), true)
    };
    if left_out {
        println!("{file}: full vectors absent, only the committed subset is tested");
    }
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
