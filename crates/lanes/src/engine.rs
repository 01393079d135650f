//! The port between the hash constructions and the vector backends.

/// Word-major lanes: `state[i][lane]` is word `i` of that lane.
pub(crate) type State<const L: usize> = [[u64; L]; 8];
/// One 128-byte message block a lane, word-major.
pub(crate) type Block<const L: usize> = [[u64; L]; 16];
/// One Keccak-f\[1600\] state a lane, word-major.
pub(crate) type Sponge<const L: usize> = [[u64; L]; 25];

/// What a backend can do on `L` lanes at once. A value of the implementing type proves that the CPU has what it needs.
pub(crate) trait Engine<const L: usize>: Copy {
    /// Each lane's state has absorbed its block.
    fn compress(self, state: &mut State<L>, block: &Block<L>);
    /// `rounds` further PBKDF2 iterations ran on each lane: `u` moved on, `t` gathered.
    fn iterate(
        self,
        inner: &State<L>,
        outer: &State<L>,
        u: &mut State<L>,
        t: &mut State<L>,
        rounds: u32,
    );
    /// Keccak-f\[1600\] ran on each lane.
    fn permute(self, sponge: &mut Sponge<L>);
}

/// Work that is generic over the backend; [`crate::backend::dispatch`] picks the engine.
pub(crate) trait Task {
    /// The work was done with `engine`.
    fn run<const L: usize, E: Engine<L>>(self, engine: E);
}
