//! The only crate that knows PyO3: public, secret-free functions for `jinku._native`.
//!
//! Nothing here takes or makes a private key; keys live in the signer. `src/jinku/_native.pyi` describes each function.

mod addresses;
mod batches;
mod chains;
mod columns;
mod entries;
mod errors;
mod notes;
mod policies;
mod proofs;
mod rows;
mod trees;
mod trust;
mod words;

/// Arithmetic in Rust for the rooms of jinku. Refusals are raised as classes of `jinku.core`.
#[pyo3::pymodule]
mod _native {
    use pyo3::prelude::*;
    use pyo3::types::PyTuple;

    #[pymodule_export]
    use crate::addresses::{check_form, encode_address, forms_for, validate_address};
    #[pymodule_export]
    use crate::batches::{batch_leaves, batch_root};
    #[pymodule_export]
    use crate::chains::{
        asked_effects, attach_signatures, check_plan, complete_plan, message_digest,
        open_transaction, read_typed_data, transaction_effects, transaction_payloads,
    };
    #[pymodule_export]
    use crate::columns::{lookup_keys, unpack_column};
    #[pymodule_export]
    use crate::entries::new_entry_rows;
    #[pymodule_export]
    use crate::notes::{
        check_witness_policy, checkpoint_text, make_note, make_receipt, make_submission, make_vkey,
        note_message, parse_checkpoint, parse_note, parse_receipt, parse_vkey, signature_line,
        verify_note,
    };
    #[pymodule_export]
    use crate::policies::{policy_digest, policy_missing, policy_verdict};
    #[pymodule_export]
    use crate::proofs::{
        inclusion_path, leaf_hash, merkle_root, verify_batch_statement, verify_hello,
        verify_inclusion,
    };
    #[pymodule_export]
    use crate::rows::{bundle_bytes, entry_files, entry_rows_hold, placed_entries};
    #[pymodule_export]
    use crate::trees::{
        append_leaves, edge_tiles, entries_path, leaf_hashes, new_tiles, parse_entries_path,
        parse_tile_path, tile_consistency, tile_inclusion, tile_path, tile_root, tree_root,
        verify_consistency,
    };
    #[pymodule_export]
    use crate::trust::{
        check_evidence, check_next_trust_root, check_trust_root_fresh, check_trusted_checkpoint,
        make_trust_root, open_handover, open_trust_root, trust_root_digest,
    };
    #[pymodule_export]
    use crate::words::{
        account_ids, canonical_bytes, check_canonical, document_digest, domain_digest,
        one_account_id, word,
    };

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add(
            "ERROR_CODES",
            PyTuple::new(module.py(), crate::words::all_codes())?,
        )
    }
}
