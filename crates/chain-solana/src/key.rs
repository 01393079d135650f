//! Keys, the programs that are known, and the addresses that programs derive.

use ed25519_dalek::VerifyingKey;
use jinku_chain::{ChainCode, ChainError, ChainResult};
use jinku_words::{AccountId, AssetId, ChainId, TokenProgram};
use sha2::{Digest, Sha256};

/// A public key, a program, or an address that a program derived.
pub type Key = [u8; 32];

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub(crate) const $name: Key = decode($text);)*
        /// What nobody's wallet is: programs, and what the runtime keeps.
        pub(crate) const KNOWN: &[Key] = &[$($name),*];
        #[cfg(test)]
        const NAMES: &[(Key, &str)] = &[$(($name, $text)),*];
    };
}

keys! {
    SYSTEM = "11111111111111111111111111111111";
    COMPUTE_BUDGET = "ComputeBudget111111111111111111111111111111";
    TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";
    TOKEN_2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb";
    ASSOCIATED = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL";
    MEMO = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr";
    RECENT_BLOCKHASHES = "SysvarRecentB1ockHashes11111111111111111111";
    RENT = "SysvarRent111111111111111111111111111111111";
    CLOCK = "SysvarC1ock11111111111111111111111111111111";
    STAKE = "Stake11111111111111111111111111111111111111";
    VOTE = "Vote111111111111111111111111111111111111111";
    INCINERATOR = "1nc1nerator11111111111111111111111111111111";
    WRAPPED_SOL = "So11111111111111111111111111111111111111112";
}

/// The key of a base58 text of 32 bytes; for constants, which a test reads back.
const fn decode(text: &str) -> Key {
    const DIGITS: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let (text, mut key) = (text.as_bytes(), [0u8; 32]);
    let mut at = 0;
    while at < text.len() {
        let mut carry = 0;
        while DIGITS[carry as usize] != text[at] {
            carry += 1;
        }
        let mut place = 32;
        while place > 0 {
            place -= 1;
            carry += key[place] as u32 * 58;
            key[place] = (carry & 0xff) as u8;
            carry >>= 8;
        }
        at += 1;
    }
    key
}

/// The program of a token's accounts.
pub(crate) const fn program_of(program: TokenProgram) -> Key {
    match program {
        TokenProgram::Token => TOKEN,
        TokenProgram::Token2022 => TOKEN_2022,
    }
}

/// Base58, as accounts, mints and block hashes are written.
pub(crate) fn text(key: &Key) -> String {
    bs58::encode(key).into_string()
}

/// The 32 bytes of a base58 text.
pub(crate) fn key_of(text: &str, code: ChainCode) -> ChainResult<Key> {
    let mut key = [0; 32];
    match bs58::decode(text).onto(&mut key) {
        Ok(32) => Ok(key),
        _ => Err(ChainError::new(
            code,
            "a key of Solana is malformed",
            text,
            "base58 of 32 bytes",
        )),
    }
}

/// A key as an account of the chain.
pub(crate) fn account(chain: &ChainId, key: &Key) -> ChainResult<AccountId> {
    AccountId::new(chain.clone(), &text(key))
        .map_err(|error| ChainError::of_word(ChainCode::Malformed, &error))
}

/// A mint as an asset of the chain.
pub(crate) fn token(chain: &ChainId, mint: &Key) -> ChainResult<AssetId> {
    AssetId::new(chain.clone(), "token", &text(mint))
        .map_err(|error| ChainError::of_word(ChainCode::Malformed, &error))
}

/// Whether a key can be somebody's: what programs derive lies off the curve, so that no secret key leads to it.
pub(crate) fn on_curve(key: &Key) -> bool {
    VerifyingKey::from_bytes(key).is_ok()
}

/// What a program derives from seeds, if it is off the curve.
fn derived(seeds: &[&[u8]], program: &Key) -> Option<Key> {
    let mut hash = Sha256::new();
    seeds.iter().for_each(|seed| hash.update(seed));
    hash.update(program);
    hash.update(b"ProgramDerivedAddress");
    let key = hash.finalize().into();
    (!on_curve(&key)).then_some(key)
}

/// The token account that belongs to an owner by derivation (Associated Token Account): the last seed is the first byte,
/// counting down from 255, that leads off the curve.
///
/// # Errors
/// `tx.range`, when no address is off the curve; nobody has seen that.
pub fn associated(owner: &Key, program: TokenProgram, mint: &Key) -> ChainResult<Key> {
    let of = |bump: u8| derived(&[owner, &program_of(program), mint, &[bump]], &ASSOCIATED);
    (0..=u8::MAX).rev().find_map(of).ok_or_else(|| {
        let what = "no token account can be derived";
        ChainError::new(
            ChainCode::Range,
            what,
            text(owner),
            "an address off the curve",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_keys_are_those_of_their_names() {
        for (key, name) in NAMES {
            assert_eq!(text(key), *name);
            assert_eq!(key_of(name, ChainCode::Intent).as_ref(), Ok(key));
        }
        let short = key_of("1111111111111111111111111111111", ChainCode::Intent);
        assert_eq!(short.map_err(|error| error.code), Err(ChainCode::Intent));
        let long = "JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFH";
        assert!(key_of(&format!("{long}1"), ChainCode::Intent).is_err());
    }

    #[test]
    fn programs_derive_as_the_published_vectors_do() {
        let all = jinku_testkit::vectors("solana/solana.json");
        let rows = all["program_addresses"].as_array().expect("rows");
        let key = |text: &serde_json::Value| {
            key_of(text.as_str().expect("a text"), ChainCode::Intent).expect("a key")
        };
        let list =
            |row: &serde_json::Value, name: &str| row[name].as_array().cloned().unwrap_or_default();
        let mut count = 0;
        for row in rows
            .iter()
            .filter(|row| row["kind"] == "create_program_address")
        {
            let mut seeds: Vec<Vec<u8>> = list(row, "seeds_pubkey")
                .iter()
                .map(|seed| key(seed).to_vec())
                .collect();
            let hex = |seed: &serde_json::Value| hex::decode(seed.as_str().expect("hex"));
            seeds.extend(
                list(row, "seeds_hex")
                    .iter()
                    .map(|seed| hex(seed).expect("hex")),
            );
            let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
            let found = derived(&seeds, &key(&row["program_id"]));
            assert_eq!(found, Some(key(&row["address"])));
            count += 1;
        }
        assert_eq!(count, 5);
    }

    /// The last seed of the second is 248: solders passes over the same seven addresses that lie on the curve.
    #[test]
    fn an_associated_account_lies_off_the_curve() {
        let key = |text| key_of(text, ChainCode::Intent).expect("a key");
        let mint = key("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v");
        for (owner, found) in [
            (3, "GewoiTtgmMFV5vERJqe64UJXUW2ygmxtAxZ8mhpju1dH"),
            (4, "DhscvS2mfxadjGkSvoGxKzgEi6ZnuLunmFEjcZ5sd5u1"),
        ] {
            let account = associated(&[owner; 32], TokenProgram::Token, &mint);
            assert_eq!(account, Ok(key(found)));
        }
    }
}
