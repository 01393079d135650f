//! Keccak-256, as Ethereum and Tron use it (original padding byte 0x01), of many short messages at once. Public data only.

use crate::backend::{Backend, dispatch};
use crate::engine::{Engine, Sponge, Task};

/// Rate in bytes.
const RATE: usize = 136;

/// Each `out` holds the Keccak-256 of its message. `messages` and `out` have equal length (the shorter counts); a message has at
/// most 135 bytes, longer ones do not compile.
pub fn keccak256_many<const N: usize>(
    backend: Backend,
    messages: &[[u8; N]],
    out: &mut [[u8; 32]],
) {
    const { assert!(N < RATE, "a message of keccak256_many fits one block") };
    let count = out.len().min(messages.len());
    let (messages, out) = (&messages[..count], &mut out[..count]);
    // A count of one set: Keccak gains nothing from two (see avx512_pair).
    dispatch(backend, 1, Keccak { messages, out });
}

struct Keccak<'a, const N: usize> {
    messages: &'a [[u8; N]],
    out: &'a mut [[u8; 32]],
}

impl<const N: usize> Task for Keccak<'_, N> {
    fn run<const L: usize, E: Engine<L>>(self, engine: E) {
        for (messages, out) in self.messages.chunks(L).zip(self.out.chunks_mut(L)) {
            let mut sponge: Sponge<L> = [[0; L]; 25];
            for (lane, message) in messages.iter().enumerate() {
                let mut block = [0u8; RATE];
                block[..N].copy_from_slice(message);
                block[N] ^= 0x01;
                block[RATE - 1] ^= 0x80;
                for (word, chunk) in sponge.iter_mut().zip(block.as_chunks::<8>().0) {
                    word[lane] = chunk
                        .iter()
                        .rev()
                        .fold(0, |w, byte| (w << 8) | u64::from(*byte));
                }
            }
            engine.permute(&mut sponge);
            for (lane, digest) in out.iter_mut().enumerate() {
                for (word, chunk) in sponge.iter().zip(digest.as_chunks_mut::<8>().0) {
                    *chunk = word[lane].to_le_bytes();
                }
            }
        }
    }
}
