//! Kernels in plain arrays against the backends, so that a fault in the shared macro and one in a backend are told apart.

use crate::engine::{Engine, Task};
use crate::wide::{Scalar, Wide};
use crate::{Backend, available, backend};

struct Probe<'a>(&'a mut Vec<Vec<u64>>);

fn words<const L: usize, const N: usize>(salt: u64) -> [[u64; L]; N] {
    core::array::from_fn(|i| {
        core::array::from_fn(|lane| {
            (salt + (i as u64) * 31 + lane as u64)
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .rotate_left(17)
        })
    })
}

impl Task for Probe<'_> {
    fn run<const L: usize, E: Engine<L>>(self, engine: E) {
        self.0.push(first_lane(engine));
    }
}

fn first_lane<const L: usize, E: Engine<L>>(engine: E) -> Vec<u64> {
    let (inner, outer) = (words::<L, 8>(1), words::<L, 8>(2));
    let (mut u, mut t) = (words::<L, 8>(3), words::<L, 8>(4));
    let mut state = words::<L, 8>(5);
    engine.compress(&mut state, &words(6));
    engine.iterate(&inner, &outer, &mut u, &mut t, 3);
    let mut sponge = words::<L, 25>(7);
    engine.permute(&mut sponge);
    let rows = state.iter().chain(&u).chain(&t).chain(&sponge);
    (0..L)
        .flat_map(|lane| rows.clone().map(move |row| row[lane]))
        .take(if L > 0 { 49 } else { 0 })
        .collect()
}

#[test]
fn every_backend_equals_the_plain_arrays() {
    let expected = first_lane(Wide::<8>);
    assert_eq!(first_lane(Wide::<3>), expected);
    assert_eq!(first_lane(Scalar), expected);
    for backend in available() {
        for count in [1, 8, 9, 100] {
            let mut seen = Vec::new();
            crate::backend::dispatch(backend, count, Probe(&mut seen));
            assert_eq!(seen.concat(), expected, "{backend} for {count}");
        }
    }
}

#[test]
fn every_lane_is_computed_from_its_own_words() {
    fn lanes<const L: usize, E: Engine<L>>(engine: E) -> Vec<[u64; 8]> {
        let mut state = words::<L, 8>(5);
        engine.compress(&mut state, &words(6));
        (0..L).map(|lane| state.map(|w| w[lane])).collect()
    }
    let reference = lanes(Wide::<16>);
    assert!(reference.windows(2).all(|pair| pair[0] != pair[1]));
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(engine) = crate::avx512::Avx512::detect() {
            assert_eq!(lanes(engine), reference[..8]);
            assert_eq!(lanes(crate::avx512_pair::Avx512Pair(engine)), reference);
        }
        if let Some(engine) = crate::avx2::Avx2::detect() {
            assert_eq!(lanes(engine), reference[..4]);
        }
    }
    #[cfg(target_arch = "aarch64")]
    assert_eq!(lanes(crate::neon::Neon), reference[..2]);
}

#[test]
fn an_unavailable_backend_falls_back_and_an_unknown_name_is_refused() {
    assert!(available().contains(&Backend::Portable));
    assert!(available().contains(&backend()));
    for absent in [Backend::Neon, Backend::Avx2, Backend::Avx512] {
        let mut seen = Vec::new();
        crate::backend::dispatch(absent, 100, Probe(&mut seen));
        assert_eq!(seen, [first_lane(Scalar)]);
        assert_eq!(absent.to_string().parse::<Backend>(), Ok(absent));
    }
    let refusal = "sse9".parse::<Backend>().expect_err("no such backend");
    assert!(refusal.to_string().contains("sse9"));
}
