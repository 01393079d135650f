//! HMAC-SHA512 of many messages at once (RFC 2104, RFC 4231).

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::backend::{Backend, dispatch};
use crate::constants::IV;
use crate::engine::{Block, Engine, State, Task};
use crate::sha512::{
    ONE_BLOCK_MAX, final_block, finish_hmac, initial, put_block, scrub_stack, spread, take_digest,
};

/// An HMAC-SHA512 key with both padded key blocks already absorbed. Wiped when dropped; no Debug, no equality.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct HmacKey {
    inner: [u64; 8],
    outer: [u64; 8],
}

impl HmacKey {
    /// The prepared key; keys longer than 128 bytes are hashed first (RFC 2104 section 2).
    pub fn new(key: &[u8]) -> Self {
        let mut block = key_block(key);
        let mut prepared = Self {
            inner: IV,
            outer: IV,
        };
        block.iter_mut().for_each(|b| *b ^= 0x36);
        sha2::block_api::compress512(&mut prepared.inner, core::slice::from_ref(&*block));
        block.iter_mut().for_each(|b| *b ^= 0x36 ^ 0x5c);
        sha2::block_api::compress512(&mut prepared.outer, core::slice::from_ref(&*block));
        prepared
    }

    /// HMAC-SHA512 of one message of any length, one lane.
    pub fn hmac(&self, message: &[u8], out: &mut [u8; 64]) {
        let mut state = Zeroizing::new(self.inner);
        let whole = message.len() / 128 * 128;
        for chunk in message[..whole].chunks_exact(128) {
            absorb(&mut state, chunk);
        }
        let tail = &message[whole..];
        let total = message.len() + 128;
        if tail.len() <= ONE_BLOCK_MAX {
            absorb(&mut state, &*final_block(tail, total));
        } else {
            let mut block = Zeroizing::new([0u8; 128]);
            block[..tail.len()].copy_from_slice(tail);
            block[tail.len()] = 0x80;
            absorb(&mut state, &*block);
            let mut last = final_block(&[], total);
            last[0] = 0;
            absorb(&mut state, &*last);
        }
        let mut digest = Zeroizing::new([0u8; 64]);
        take_digest(&state.map(|w| [w]), 0, &mut digest);
        *state = self.outer;
        absorb(&mut state, &*final_block(&*digest, 128 + 64));
        take_digest(&state.map(|w| [w]), 0, out);
    }

    pub(crate) fn inner(&self) -> &[u64; 8] {
        &self.inner
    }

    pub(crate) fn outer(&self) -> &[u64; 8] {
        &self.outer
    }
}

/// The key as one zero-padded block (RFC 2104 section 2); keys longer than 128 bytes are hashed first.
pub(crate) fn key_block(key: &[u8]) -> Zeroizing<[u8; 128]> {
    use sha2::Digest;
    let mut block = Zeroizing::new([0u8; 128]);
    if key.len() > 128 {
        let mut digest = sha2::Sha512::digest(key);
        block[..64].copy_from_slice(&digest);
        digest.as_mut_slice().zeroize();
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    block
}

fn absorb(state: &mut [u64; 8], chunk: &[u8]) {
    let mut block = Zeroizing::new([0u8; 128]);
    block.copy_from_slice(chunk);
    sha2::block_api::compress512(state, core::slice::from_ref(&*block));
}

/// HMAC-SHA512 of each message under one key. `messages` and `out` have equal length (the shorter counts); a message has at
/// most 111 bytes, longer ones do not compile.
pub fn hmac_sha512_many<const N: usize>(
    backend: Backend,
    key: &HmacKey,
    messages: &[[u8; N]],
    out: &mut [[u8; 64]],
) {
    const {
        assert!(
            N <= ONE_BLOCK_MAX,
            "a message of hmac_sha512_many fits one block"
        )
    };
    let count = out.len().min(messages.len());
    let (messages, out) = (&messages[..count], &mut out[..count]);
    dispatch(backend, count, Shared { key, messages, out });
    scrub_stack();
}

/// HMAC-SHA512 of each message under its own 32-byte key (a chain code). The slices have equal length (the shortest counts).
pub fn hmac_sha512_keyed<const N: usize>(
    backend: Backend,
    keys: &[[u8; 32]],
    messages: &[[u8; N]],
    out: &mut [[u8; 64]],
) {
    const {
        assert!(
            N <= ONE_BLOCK_MAX,
            "a message of hmac_sha512_keyed fits one block"
        )
    };
    let count = out.len().min(messages.len());
    let (messages, out) = (&messages[..count], &mut out[..count]);
    dispatch(
        backend,
        count,
        Keyed {
            keys,
            messages,
            out,
        },
    );
    scrub_stack();
}

struct Shared<'a, const N: usize> {
    key: &'a HmacKey,
    messages: &'a [[u8; N]],
    out: &'a mut [[u8; 64]],
}

impl<const N: usize> Task for Shared<'_, N> {
    fn run<const L: usize, E: Engine<L>>(self, engine: E) {
        let inner = Zeroizing::new(spread::<L>(self.key.inner()));
        let outer = Zeroizing::new(spread::<L>(self.key.outer()));
        let mut block = Zeroizing::new([[0u64; L]; 16]);
        let mut state = Zeroizing::new([[0u64; L]; 8]);
        for (messages, out) in self.messages.chunks(L).zip(self.out.chunks_mut(L)) {
            put_messages(&mut block, messages);
            *state = *inner;
            engine.compress(&mut state, &block);
            finish_hmac(engine, &outer, &mut state);
            out.iter_mut()
                .enumerate()
                .for_each(|(lane, digest)| take_digest(&state, lane, digest));
        }
    }
}

struct Keyed<'a, const N: usize> {
    keys: &'a [[u8; 32]],
    messages: &'a [[u8; N]],
    out: &'a mut [[u8; 64]],
}

impl<const N: usize> Task for Keyed<'_, N> {
    fn run<const L: usize, E: Engine<L>>(self, engine: E) {
        let mut key = Zeroizing::new([[0u64; L]; 16]);
        let mut block = Zeroizing::new([[0u64; L]; 16]);
        let groups = self
            .keys
            .chunks(L)
            .zip(self.messages.chunks(L))
            .zip(self.out.chunks_mut(L));
        for ((keys, messages), out) in groups {
            for (lane, bytes) in keys.iter().enumerate() {
                for (word, chunk) in key.iter_mut().zip(bytes.as_chunks::<8>().0) {
                    word[lane] = u64::from_be_bytes(*chunk);
                }
            }
            let (mut state, outer) = key_states(engine, &key);
            put_messages(&mut block, messages);
            engine.compress(&mut state, &block);
            finish_hmac(engine, &outer, &mut state);
            out.iter_mut()
                .enumerate()
                .for_each(|(lane, digest)| take_digest(&state, lane, digest));
        }
    }
}

/// Inner and outer states of each lane's key block.
pub(crate) fn key_states<const L: usize, E: Engine<L>>(
    engine: E,
    key: &Block<L>,
) -> (Zeroizing<State<L>>, Zeroizing<State<L>>) {
    let padded = |pad: u8| {
        let mask = u64::from_be_bytes([pad; 8]);
        let block = Zeroizing::new(key.map(|word| word.map(|w| w ^ mask)));
        let mut state = Zeroizing::new(initial::<L>());
        engine.compress(&mut state, &block);
        state
    };
    (padded(0x36), padded(0x5c))
}

/// Each lane's final block behind the key block; a lane without a message keeps what it held.
fn put_messages<const L: usize, const N: usize>(block: &mut Block<L>, messages: &[[u8; N]]) {
    let mut bytes = final_block(&[0u8; N], 128 + N);
    for (lane, message) in messages.iter().enumerate() {
        bytes[..N].copy_from_slice(message);
        put_block(block, lane, &bytes);
    }
}
