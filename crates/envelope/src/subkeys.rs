//! HKDF subkeys, one key for one purpose.

use hkdf::Hkdf;
use jinku_secrets::Secret;
use sha2::Sha256;
use zeroize::Zeroizing;

/// The purposes of this crate. `docs/reference/subkeys.md` is the one table of all; a test compares.
pub mod purpose {
    /// Seals the records of a vault; id is the vault's.
    pub const RECORD: &str = "record";
    /// Authenticates a vault file; id is the vault's.
    pub const VAULT_MAC: &str = "vault-mac";
    /// Turns a key file into a key-encryption key; id is the vault's.
    pub const KEYFILE_KEK: &str = "keyfile-kek";
    /// Seals a claim blob; id is `1`.
    pub const CLAIM_BLOB: &str = "claim-blob";
    /// Finds a claim blob: the first 16 bytes are the look-up id; id is `1`.
    pub const CLAIM_LOOKUP: &str = "claim-lookup";
    /// Seals a subject's evidence; id is the subject's.
    pub const EVIDENCE_DATA: &str = "evidence-data";
    /// Keys the commitment to a subject's evidence; id is the subject's.
    pub const EVIDENCE_COMMITMENT: &str = "evidence-commitment";
    /// HPKE info string (not an HKDF output of ours) of a sealed subject key; id is the subject's.
    pub const EVIDENCE_KEY: &str = "evidence-key";

    /// All of the above.
    pub const ALL: [&str; 8] = [
        RECORD,
        VAULT_MAC,
        KEYFILE_KEK,
        CLAIM_BLOB,
        CLAIM_LOOKUP,
        EVIDENCE_DATA,
        EVIDENCE_COMMITMENT,
        EVIDENCE_KEY,
    ];
}

/// Returns the info string `jinku/v1/<purpose>/<id>`.
pub(crate) fn info(purpose: &str, id: &str) -> String {
    debug_assert!(
        !purpose.contains('/'),
        "a purpose is one constant word of the table"
    );
    format!("jinku/v1/{purpose}/{id}")
}

/// Returns HKDF-SHA-256 (RFC 5869) of `key` without salt, info `jinku/v1/<purpose>/<id>`.
#[must_use]
pub fn subkey(key: &Secret<32>, purpose: &str, id: &str) -> Secret<32> {
    expand(key.expose(), &[], &info(purpose, id))
}

/// Returns 32 bytes of HKDF-SHA-256 in guarded memory.
pub(crate) fn expand(ikm: &[u8], salt: &[u8], info: &str) -> Secret<32> {
    let hkdf = Hkdf::<Sha256>::new(Some(salt), ikm);
    // HKDF refuses only more than 255 blocks; this is one.
    Secret::init(|out| {
        hkdf.expand(info.as_bytes(), out)
            .unwrap_or_else(|_| unreachable!("one block"))
    })
}

/// As [`expand`], for a key that lives within one call: guarded pages cost some 0.1 ms, more than all the rest.
pub(crate) fn expand_brief(ikm: &[u8], salt: &[u8], info: &str) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(salt), ikm)
        .expand(info.as_bytes(), &mut *out)
        .unwrap_or_else(|_| unreachable!("one block"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5869 appendix A.3: no salt, no info (here with our own info the construction is the same call).
    #[test]
    fn hkdf_is_the_rfcs() {
        let out = expand(&[0x0b; 22], &[], "");
        assert_eq!(
            crate::hex::encode(out.expose()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
        );
    }

    #[test]
    fn purposes_and_ids_give_different_keys() {
        let key = Secret::<32>::init(|k| k.fill(5));
        let mut seen = Vec::new();
        for purpose in purpose::ALL {
            for id in ["", "a", "b"] {
                let sub = *subkey(&key, purpose, id).expose();
                assert!(!seen.contains(&sub), "{purpose}/{id}");
                seen.push(sub);
            }
        }
    }

    #[test]
    fn the_table_in_the_docs_names_every_purpose() {
        let table = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../docs/reference/subkeys.md"
        );
        let text = std::fs::read_to_string(table).expect("the table");
        for purpose in purpose::ALL {
            assert!(
                text.contains(&format!("`{purpose}`")),
                "{purpose} is missing from docs/reference/subkeys.md"
            );
        }
    }
}
