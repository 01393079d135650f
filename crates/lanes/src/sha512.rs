//! Message blocks, lane transposition and digests around the kernels.

use zeroize::Zeroizing;

use crate::constants::IV;
use crate::engine::{Block, Engine, State};

/// Longest message part that fits one padded block behind a key block.
pub(crate) const ONE_BLOCK_MAX: usize = 128 - 17;

/// The same state in every lane.
pub(crate) fn spread<const L: usize>(words: &[u64; 8]) -> State<L> {
    words.map(|w| [w; L])
}

/// Every lane at the start of SHA-512.
pub(crate) fn initial<const L: usize>() -> State<L> {
    spread(&IV)
}

/// 128 bytes became the block of one lane.
pub(crate) fn put_block<const L: usize>(block: &mut Block<L>, lane: usize, bytes: &[u8; 128]) {
    for (word, chunk) in block.iter_mut().zip(bytes.as_chunks::<8>().0) {
        word[lane] = u64::from_be_bytes(*chunk);
    }
}

/// One lane's state became 64 bytes.
pub(crate) fn take_digest<const L: usize>(state: &State<L>, lane: usize, out: &mut [u8; 64]) {
    for (word, chunk) in state.iter().zip(out.as_chunks_mut::<8>().0) {
        *chunk = word[lane].to_be_bytes();
    }
}

/// A final block: the message's tail, the mark and the bit length of `total` bytes hashed in all. `tail` has at most 111 bytes.
pub(crate) fn final_block(tail: &[u8], total: usize) -> Zeroizing<[u8; 128]> {
    debug_assert!(tail.len() <= ONE_BLOCK_MAX);
    let mut block = Zeroizing::new([0u8; 128]);
    block[..tail.len()].copy_from_slice(tail);
    block[tail.len()] = 0x80;
    block[112..].copy_from_slice(&((total as u128) * 8).to_be_bytes());
    block
}

/// The block that holds each lane's finished digest, padded behind a key block.
pub(crate) fn digest_block<const L: usize>(digest: &State<L>) -> Zeroizing<Block<L>> {
    let mut block = Zeroizing::new([[0u64; L]; 16]);
    block[..8].copy_from_slice(digest);
    block[8] = [crate::constants::PAD_MARK; L];
    block[15] = [crate::constants::PAD_BITS; L];
    block
}

/// `digest` became HMAC's outer hash of itself.
pub(crate) fn finish_hmac<const L: usize, E: Engine<L>>(
    engine: E,
    outer: &State<L>,
    digest: &mut State<L>,
) {
    let block = digest_block(digest);
    *digest = *outer;
    engine.compress(digest, &block);
}

/// What earlier calls left on the stack below this frame (spilled vectors, moved secrets) was overwritten, 32 KiB deep.
///
/// A measure of care, not a proof: registers and what the compiler keeps elsewhere are not reached.
#[inline(never)]
pub fn scrub_stack() {
    let mut below = [0u64; 4096];
    zeroize::Zeroize::zeroize(&mut below);
}
