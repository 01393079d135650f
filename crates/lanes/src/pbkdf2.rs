//! PBKDF2-HMAC-SHA512 of many passwords at once (RFC 8018 section 5.2), one 64-byte output block each.

use zeroize::Zeroizing;

use crate::backend::{Backend, dispatch};
use crate::engine::{Engine, Task};
use crate::hmac::{HmacKey, key_block, key_states};
use crate::sha512::{ONE_BLOCK_MAX, final_block, finish_hmac, put_block, scrub_stack, take_digest};

/// Each `out` holds PBKDF2-HMAC-SHA512 of its (password, salt) after `rounds` iterations (0 counts as 1).
///
/// Any number of items, each password and salt of any length; items beyond the last full set of lanes share a partly filled
/// one. `items` and `out` have equal length (the shorter counts). Intermediate states are wiped.
pub fn pbkdf2_hmac_sha512(
    backend: Backend,
    items: &[(&[u8], &[u8])],
    rounds: u32,
    out: &mut [[u8; 64]],
) {
    let count = out.len().min(items.len());
    let (items, out) = (&items[..count], &mut out[..count]);
    // At most eight left over would fill half of a double set: they go to a single one.
    let rest = count % 16;
    let (most, few) = items.split_at(if rest > 8 { count } else { count - rest });
    let (most_out, few_out) = out.split_at_mut(most.len());
    for (items, out) in [(most, most_out), (few, few_out)] {
        dispatch(backend, items.len(), Pbkdf2 { items, rounds, out });
    }
    scrub_stack();
}

struct Pbkdf2<'a> {
    items: &'a [(&'a [u8], &'a [u8])],
    rounds: u32,
    out: &'a mut [[u8; 64]],
}

impl Task for Pbkdf2<'_> {
    fn run<const L: usize, E: Engine<L>>(self, engine: E) {
        for (items, out) in self.items.chunks(L).zip(self.out.chunks_mut(L)) {
            derive(engine, items, self.rounds, out);
        }
    }
}

/// One set of at most `L` items.
fn derive<const L: usize, E: Engine<L>>(
    engine: E,
    items: &[(&[u8], &[u8])],
    rounds: u32,
    out: &mut [[u8; 64]],
) {
    let mut keys = Zeroizing::new([[0u64; L]; 16]);
    for (lane, (password, _)) in items.iter().enumerate() {
        put_block(&mut keys, lane, &key_block(password));
    }
    let (inner, outer) = key_states(engine, &keys);
    let mut u = Zeroizing::new([[0u64; L]; 8]);
    if items
        .iter()
        .all(|(_, salt)| salt.len() + 4 <= ONE_BLOCK_MAX)
    {
        let mut block = Zeroizing::new([[0u64; L]; 16]);
        for (lane, (_, salt)) in items.iter().enumerate() {
            let mut message = Zeroizing::new([0u8; ONE_BLOCK_MAX]);
            message[..salt.len()].copy_from_slice(salt);
            message[salt.len() + 3] = 1;
            let used = salt.len() + 4;
            put_block(&mut block, lane, &final_block(&message[..used], 128 + used));
        }
        *u = *inner;
        engine.compress(&mut u, &block);
        finish_hmac(engine, &outer, &mut u);
    } else {
        for (lane, (password, salt)) in items.iter().enumerate() {
            let mut message = Zeroizing::new(Vec::with_capacity(salt.len() + 4));
            message.extend_from_slice(salt);
            message.extend_from_slice(&1u32.to_be_bytes());
            let mut digest = Zeroizing::new([0u8; 64]);
            HmacKey::new(password).hmac(&message, &mut digest);
            for (word, chunk) in u.iter_mut().zip(digest.as_chunks::<8>().0) {
                word[lane] = u64::from_be_bytes(*chunk);
            }
        }
    }
    let mut t = Zeroizing::new(*u);
    engine.iterate(&inner, &outer, &mut u, &mut t, rounds.saturating_sub(1));
    out.iter_mut()
        .enumerate()
        .for_each(|(lane, digest)| take_digest(&t, lane, digest));
}
