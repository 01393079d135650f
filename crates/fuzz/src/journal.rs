//! The parsers of the journal: what is read is written back byte for byte.

use jinku_proof::log::checkpoint::Checkpoint;
use jinku_proof::log::key::VerifierKey;
use jinku_proof::log::note::Note;
use jinku_proof::log::policy::Policy;
use jinku_proof::log::receipt::Receipt;
use jinku_proof::log::submission::Submission;
use jinku_proof::log::tile::{Tile, entries_path, parse_entries_path};
use jinku_proof::log::trust::SignedTrustRoot;
use jinku_witness::LogFile;
use jinku_witness::http::Head;

/// Notes: one spelling; no junk is signed by a stranger's key.
pub(crate) fn signed_note(data: &[u8]) {
    if let Ok(note) = Note::parse(data) {
        assert_eq!(note.to_text().as_bytes(), data);
        let _ = Checkpoint::parse(note.text());
        assert!(note.verify(&[]).is_err());
    }
}

/// Texts of checkpoints.
pub(crate) fn checkpoint(data: &[u8]) {
    if let Some(head) = std::str::from_utf8(data)
        .ok()
        .and_then(|t| Checkpoint::parse(t).ok())
    {
        assert_eq!(head.text().as_bytes(), data);
        assert!(head.cosigned_message(&head.origin, 1).is_ok());
    }
}

/// Verifier keys.
pub(crate) fn verifier_key(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(key) = VerifierKey::parse(&text) {
        assert_eq!(key.to_string(), text);
        assert!(key.verify("text\n", data).is_err());
    }
}

/// Receipts.
pub(crate) fn receipt(data: &[u8]) {
    if let Ok(receipt) = Receipt::parse(data) {
        assert_eq!(receipt.to_text().as_bytes(), data);
        // No path in the input leads from the hash over the whole of it to a root inside it.
        assert!(receipt.check_inclusion(data).is_err());
    }
}

/// Bodies of add-checkpoint.
pub(crate) fn submission(data: &[u8]) {
    if let Ok(asked) = Submission::parse(data) {
        assert_eq!(asked.to_text().as_bytes(), data);
    }
}

/// Witness policies: no policy of this form loops or is met without a log.
pub(crate) fn witness_policy(data: &[u8]) {
    if let Ok(policy) = Policy::parse(data) {
        let stranger = Note::parse(
            b"o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n\xe2\x80\x94 o AAAAAAA=\n",
        );
        assert!(stranger.is_ok_and(|note| policy.check(&note).is_err()));
    }
}

/// Signed trust roots: one spelling, of the document, too.
pub(crate) fn trust_root(data: &[u8]) {
    if let Ok(signed) = SignedTrustRoot::parse(data) {
        assert!(signed.to_bytes().is_ok_and(|again| again == data));
        let _ = signed.check_signed(0);
        let _ = signed
            .check_next(&signed, 0)
            .map(|()| panic!("a version follows itself"));
    }
}

/// Paths of tiles and bundles.
pub(crate) fn tile_path(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(tile) = Tile::parse_path(&text) {
        assert_eq!(tile.path(), text);
    }
    if let Ok((index, width)) = parse_entries_path(&text) {
        assert_eq!(entries_path(index, width), text);
    }
}

/// What a witness remembers of a log. No file carries a signature of a key that nobody has.
pub(crate) fn witness_log(data: &[u8]) {
    if let Ok(log) = LogFile::parse(data, &[]) {
        assert!(log.latest().is_none());
        assert_eq!(log.to_text().as_bytes(), data);
    }
}

/// Heads of requests to a witness.
pub(crate) fn http_head(data: &[u8]) {
    if let Ok(head) = Head::parse(data) {
        assert!(head.path.starts_with('/') && data.ends_with(b"\r\n\r\n"));
    }
}
