//! Seeds of policy documents: the frozen one, which has every column.

use serde_json::Value;

use super::{Seeds, collect_documents, with_nasty};

pub(crate) fn documents() -> Seeds {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/snapshots/policy/full.json"
    );
    let frozen: Value = std::fs::read(path)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or(Value::Null);
    let mut all = with_nasty(Vec::new());
    collect_documents(&frozen["document"], &mut all);
    all
}
