//! The targets. A parser of the workspace that reads what others wrote has a row here.

use jinku_address::fuzz_targets as address;
use jinku_envelope::claim::ClaimCode;
use jinku_envelope::evidence::EvidenceKey;
use jinku_envelope::{VaultEnvelope, read_header};
use jinku_hd::bip39::{Language, Mnemonic};
use jinku_hd::fuzz_targets as hd;
use jinku_imports::fuzz_targets as imports;
use jinku_proof::{
    Hash, batch_leaf_bytes, verify_consistency, verify_inclusion, verify_statement,
    verify_subtree_consistency, verify_subtree_inclusion,
};
use jinku_signer::wire::parse_request;
use jinku_words::{
    AccountId, AssetId, ChainId, Id, Intent, Plan, Uint256, Verdict, approval::Approval, canonical,
};

use crate::corpus::{bitcoin as bitcoin_seeds, chains as chain_seeds, journal as journal_seeds};
use crate::wrap::{Wrap, wrapped};
use crate::{appraisal, approver, bitcoin, chains, corpus, journal, policies, solana};

/// One parser under test.
pub struct Target {
    /// Name, the same under `fuzz/fuzz_targets`.
    pub name: &'static str,
    /// What is run; it panics when it finds a fault.
    pub run: fn(&[u8]),
    /// Inputs to start from.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// The checksum that is mended after a mutation (now and then), so that what lies behind it is reached.
    pub wrap: Wrap,
}

macro_rules! targets {
    ($($name:literal: $run:expr, $seeds:expr, $wrap:expr;)*) => {
        /// Every target.
        pub const TARGETS: &[Target] = &[$(Target { name: $name, run: $run, seeds: $seeds, wrap: $wrap }),*];
    };
}

targets! {
    "extended_key": hd::extended_key, corpus::extended_keys, Wrap::Base58Check;
    "path": hd::path, corpus::paths, Wrap::None;
    "mnemonic": mnemonic, corpus::mnemonics, Wrap::Words;
    "descriptor": imports::descriptor, corpus::descriptors, Wrap::None;
    "keystore": imports::keystore, corpus::keystores, Wrap::None;
    "nep2": imports::nep2_key, corpus::nep2_keys, Wrap::Base58Check;
    "nep6": imports::nep6_wallet, corpus::nep6_wallets, Wrap::None;
    "wif": imports::wif_key, corpus::wif_keys, Wrap::Base58Check;
    "solana_keypair": imports::solana_keypair, corpus::solana_keypairs, Wrap::None;
    "import_record": imports::record, corpus::records, Wrap::None;
    "import_door": imports::door, corpus::imports, Wrap::None;
    "address": address::address, corpus::addresses, Wrap::Base58Check;
    "address_bech32": address::address, corpus::bech32_addresses, Wrap::Bech32;
    "bech32_string": address::bech32_string, corpus::bech32_addresses, Wrap::Bech32;
    "chain": address::chain, corpus::chains, Wrap::None;
    "public_key": address::public_key, corpus::public_keys, Wrap::None;
    "vault_envelope": vault_envelope, corpus::vaults, Wrap::Frame;
    "evidence_key": evidence_key, corpus::evidence_keys, Wrap::Frame;
    "claim_code": claim_code, corpus::claim_codes, Wrap::None;
    "canonical_json": canonical_json, corpus::json_texts, Wrap::None;
    "document": document, corpus::documents, Wrap::None;
    "policy": policies::policy, corpus::policies::documents, Wrap::None;
    "approval_file": approver::approval_file, approver::approval_files, Wrap::None;
    "caip": caip, corpus::caip_names, Wrap::None;
    "number_and_id": number_and_id, corpus::numbers_and_ids, Wrap::None;
    "signer_frame": signer_frame, corpus::signer_frames, Wrap::None;
    "der_signature": der_signature, corpus::der_signatures, Wrap::None;
    "merkle_proof": merkle_proof, corpus::proofs, Wrap::None;
    "batch_leaf": batch_leaf, corpus::json_texts, Wrap::None;
    "signed_note": journal::signed_note, journal_seeds::notes, Wrap::None;
    "checkpoint": journal::checkpoint, journal_seeds::checkpoints, Wrap::None;
    "verifier_key": journal::verifier_key, journal_seeds::vkeys, Wrap::None;
    "receipt": journal::receipt, journal_seeds::receipts, Wrap::None;
    "submission": journal::submission, journal_seeds::submissions, Wrap::None;
    "witness_policy": journal::witness_policy, journal_seeds::policies, Wrap::None;
    "trust_root": journal::trust_root, journal_seeds::trust_roots, Wrap::None;
    "tile_path": journal::tile_path, journal_seeds::tile_paths, Wrap::None;
    "witness_log": journal::witness_log, journal_seeds::log_files, Wrap::None;
    "http_head": journal::http_head, journal_seeds::http_heads, Wrap::None;
    "evm_unsigned": chains::evm_unsigned, chain_seeds::evm_unsigned, Wrap::None;
    "evm_signed": chains::evm_signed, chain_seeds::evm_signed, Wrap::None;
    "evm_call": chains::evm_call, chain_seeds::evm_calls, Wrap::None;
    "bitcoin_psbt": bitcoin::psbt, bitcoin_seeds::bitcoin_psbts, Wrap::None;
    "bitcoin_transaction": bitcoin::transaction, bitcoin_seeds::bitcoin_transactions, Wrap::None;
    "appraisal": appraisal::appraisal, appraisal::seeds, Wrap::None;
    "typed_data": chains::typed_data, chain_seeds::typed_data, Wrap::None;
    "solana_message": solana::message, chain_seeds::solana::messages, Wrap::None;
    "solana_signed": solana::signed, chain_seeds::solana::signed, Wrap::None;
}

/// Runs the target of that name on the input, and once more on the input under the checksum that the target wants, which
/// coverage alone would never find; for libFuzzer.
///
/// # Panics
/// When the target finds a fault, or there is no such target.
pub fn run(name: &str, data: &[u8]) {
    match TARGETS.iter().find(|t| t.name == name) {
        Some(target) => {
            (target.run)(data);
            if let Some(whole) = wrapped(target.wrap, data) {
                (target.run)(&whole);
            }
        }
        None => panic!("no target {name}"),
    }
}

/// Phrases, in a detected language and in one named by the input's length: looking for the nearest word in all twelve at
/// once, as `jinku_hd::fuzz_targets::mnemonic` does, costs some 20 ms an input.
fn mnemonic(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(found) = Mnemonic::parse(&text) {
        let again = Mnemonic::parse_in(found.language(), &found.phrase());
        assert!(again.is_ok_and(|again| again.entropy() == found.entropy()));
    }
    let _ = Mnemonic::parse_in(Language::ALL[data.len() % Language::ALL.len()], &text);
}

/// Vault files: what parses is written back byte for byte.
fn vault_envelope(data: &[u8]) {
    if let Ok(vault) = VaultEnvelope::parse(data) {
        assert!(vault.to_bytes().is_ok_and(|again| again == data));
        assert!(read_header(data).is_ok_and(|header| header == *vault.header()));
    }
}

/// Evidence key files: what parses is written back byte for byte.
fn evidence_key(data: &[u8]) {
    if let Ok(key) = EvidenceKey::parse(data) {
        assert!(key.to_bytes().is_ok_and(|again| again == data));
    }
}

/// Claim codes: what parses reads back from its one spelling as the same code; a refusal never quotes the code.
fn claim_code(data: &[u8]) {
    match ClaimCode::parse(data) {
        Ok(code) => {
            let again = ClaimCode::parse(code.expose_text().as_bytes());
            assert!(again.is_ok_and(|again| again.lookup_id() == code.lookup_id()));
        }
        Err(refusal) => {
            let said = refusal.to_string();
            let typed = String::from_utf8_lossy(data);
            assert!(
                typed
                    .split('-')
                    .all(|group| group.len() < 4 || group.contains(' ') || !said.contains(group))
            );
        }
    }
}

/// Canonical JSON: what parses has one spelling, which parses exactly to the same value.
fn canonical_json(data: &[u8]) {
    let Ok(value) = canonical::parse(data) else {
        return;
    };
    let bytes = canonical::to_vec(&value).unwrap_or_else(|e| panic!("parsed and not written: {e}"));
    assert_eq!(canonical::canonicalize(data).as_ref(), Ok(&bytes));
    assert_eq!(canonical::parse_exact(&bytes), Ok(value));
    // An independent reader agrees with every text that ours accepts.
    let theirs: Result<serde_json::Value, _> = serde_json::from_slice(data);
    assert!(theirs.is_ok_and(|theirs| Some(theirs) == serde_json::from_slice(&bytes).ok()));
}

/// Governed documents: what is read is written back byte for byte.
fn document(data: &[u8]) {
    if let Ok(intent) = Intent::from_canonical(data) {
        assert!(intent.to_canonical().is_ok_and(|again| again == data));
    }
    if let Ok(plan) = Plan::from_canonical(data) {
        assert!(plan.to_canonical().is_ok_and(|again| again == data));
    }
    if let Ok(verdict) = Verdict::from_canonical(data) {
        assert!(verdict.to_canonical().is_ok_and(|again| again == data));
    }
    if let Ok(approval) = Approval::from_canonical(data) {
        assert!(approval.to_canonical().is_ok_and(|again| again == data));
    }
}

/// CAIP-2, CAIP-10 and CAIP-19 names: what parses is written and read back unchanged.
fn caip(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(chain) = ChainId::parse(&text) {
        assert_eq!(ChainId::parse(&chain.to_string()), Ok(chain));
    }
    if let Ok(account) = AccountId::parse(&text) {
        assert_eq!(AccountId::parse(&account.to_string()), Ok(account));
    }
    if let Ok(asset) = AssetId::parse(&text) {
        assert_eq!(AssetId::parse(&asset.to_string()), Ok(asset));
    }
}

/// 256-bit figures and ids: what parses has that one spelling.
fn number_and_id(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(number) = text.parse::<Uint256>() {
        assert_eq!(number.to_string(), text);
        assert_eq!(Uint256::from_be_bytes(number.to_be_bytes()), number);
    }
    if let Ok(id) = text.parse::<Id>() {
        assert_eq!(id.to_string().parse::<Id>(), Ok(id));
    }
}

/// Requests to the signer, with as many descriptors as the first byte says.
fn signer_frame(data: &[u8]) {
    if let Some((fds, rest)) = data.split_first() {
        let _ = parse_request(rest, usize::from(*fds % 9));
    }
}

/// DER signatures: what parses has that one spelling, and no key verifies junk.
fn der_signature(data: &[u8]) {
    let digest = [7u8; 32];
    if let Ok(compact) = jinku_sign::der::decode(data) {
        assert_eq!(jinku_sign::der::encode(&compact), data);
        let _ = jinku_sign::k1::recover(
            &digest,
            &jinku_sign::k1::RecoverableSignature {
                compact,
                recovery_id: compact[0] & 3,
            },
        );
    }
    let public = data.get(..33).unwrap_or(data);
    assert!(jinku_sign::k1::verify_der(public, &digest, data).is_err());
    assert!(jinku_sign::r1::verify_der(public, &digest, data).is_err());
}

fn number(data: &[u8], at: usize) -> u64 {
    data.get(at..at + 8)
        .and_then(|b| b.try_into().ok())
        .map_or(u64::from(data.len() as u32), u64::from_be_bytes)
}

/// Proofs of any shape: two numbers, a third, a root, and hashes. None of them panics or proves a stranger.
fn merkle_proof(data: &[u8]) {
    let (a, b, c) = (number(data, 0), number(data, 8), number(data, 16));
    let hashes: Vec<Hash> = data
        .get(24..)
        .unwrap_or_default()
        .as_chunks::<32>()
        .0
        .to_vec();
    let leaf = jinku_proof::leaf_hash(data);
    let stranger = [0x5a; 32];
    // The leaf hash covers the whole input, so no path inside the input can lead from it to a fixed root.
    assert!(verify_inclusion(&leaf, a, b, &hashes, &stranger).is_err());
    assert!(verify_subtree_inclusion(&leaf, a, b, c, &hashes, &stranger).is_err());
    assert!(verify_consistency(a, b, &hashes, &leaf, &stranger).is_err());
    if a != b {
        assert!(verify_subtree_consistency(a, b, c, &hashes, &leaf, &stranger).is_err());
    }
    let (key, signature) = (
        data.first_chunk::<32>().unwrap_or(&stranger),
        data.last_chunk::<64>().unwrap_or(&[0; 64]),
    );
    assert!(verify_statement(key, data, signature).is_err());
}

/// The fast writer of leaves against the general one, on any text.
fn batch_leaf(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let middle = (0..=text.len() / 2)
        .rev()
        .find(|i| text.is_char_boundary(*i))
        .unwrap_or(0);
    let (left, right) = text.split_at(middle);
    let index = number(data, 0) % (1 << 53);
    let mut fast = Vec::new();
    batch_leaf_bytes(
        &mut fast,
        left,
        index,
        &[(left, right, &text, right), (right, "", left, &text)],
    );
    let general = serde_json::json!({
        "account": left,
        "addresses": [
            {"chain": left, "kind": right, "path": text, "address": right},
            {"chain": right, "kind": "", "path": left, "address": text},
        ],
        "index": index,
        "v": 1,
    });
    if let Ok(general) = canonical::to_vec(&general) {
        assert_eq!(fast, general);
    }
}
