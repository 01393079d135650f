//! Field arithmetic against schoolbook digits.

use super::*;

/// Value modulo p by 320-bit schoolbook arithmetic on 32-bit digits.
fn modulo(mut digits: Vec<u64>) -> [u64; 4] {
    // 2^256 = C: fold whole 256-bit parts until one is left.
    loop {
        normalise(&mut digits);
        while digits.len() > 8 && digits.last() == Some(&0) {
            digits.pop();
        }
        if digits.len() <= 8 {
            break;
        }
        let high = digits.split_off(8);
        digits.resize(high.len() + 10, 0);
        for (i, digit) in high.iter().enumerate() {
            digits[i] += digit * 977;
            digits[i + 1] += digit;
        }
    }
    digits.resize(8, 0);
    let mut words: [u64; 4] = core::array::from_fn(|i| digits[2 * i] | digits[2 * i + 1] << 32);
    let p = [0xffff_fffe_ffff_fc2f, u64::MAX, u64::MAX, u64::MAX];
    if words[1..] == p[1..] && words[0] >= p[0] {
        words = [words[0] - p[0], 0, 0, 0];
    }
    words
}

fn normalise(digits: &mut Vec<u64>) {
    let mut carry = 0;
    for digit in digits.iter_mut() {
        let sum = *digit + carry;
        (*digit, carry) = (sum & 0xffff_ffff, sum >> 32);
    }
    digits.extend([carry & 0xffff_ffff, carry >> 32]);
}

/// 26-bit halves of the limbs as 32-bit digits.
fn digits(limbs: [u64; 5]) -> Vec<u64> {
    let mut out = vec![0u64; 10];
    for (i, limb) in limbs.iter().enumerate() {
        for bit in 0..52 {
            let at = 52 * i + bit;
            out[at / 32] += (limb >> bit & 1) << (at % 32);
        }
    }
    out
}

fn product(a: &[u64], b: &[u64]) -> Vec<u64> {
    let mut out = vec![0u64; a.len() + b.len() + 2];
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            let term = x * y;
            out[i + j] += term & 0xffff_ffff;
            out[i + j + 1] += term >> 32;
        }
    }
    out
}

fn edges() -> Vec<[u64; 5]> {
    const M: u64 = (1 << 52) - 1;
    const T: u64 = (1 << 48) - 1;
    let p = [0xf_fffe_ffff_fc2f, M, M, M, T];
    let mut out = vec![
        [0; 5],
        [1, 0, 0, 0, 0],
        p,
        [p[0] - 1, M, M, M, T],
        [p[0] + 1, M, M, M, T],
        [M, M, M, M, T],
    ];
    out.extend([
        [M, M, M, M, T + 4096],
        [0, 0, 0, 0, T + 4096],
        [M, 0, M, 0, T],
        [0, M, 0, M, 0],
        [0, 0, 0, 0, 1 << 48],
    ]);
    let mut x = 1u64;
    for _ in 0..24 {
        out.push(core::array::from_fn(|i| {
            x = x.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(1);
            let word = if x >> 61 == 0 { M } else { x >> 12 };
            if i == 4 { word & T } else { word }
        }));
    }
    out
}

/// The residues of 16p + a − b, of a·b, of a·b + a and of a·b + a·b, of raw limbs below 2^52; None where the CPU cannot.
fn probe(a: [u64; 5], b: [u64; 5]) -> Option<[[u64; 4]; 4]> {
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn all(a: &Eight, b: &Eight) -> [Eight; 4] {
        let (a, b) = (load(a), load(b));
        let mut less = a;
        for i in 0..5 {
            less[i] = _mm512_sub_epi64(_mm512_add_epi64(a[i], splat(P[i] << 4)), b[i]);
        }
        let mut out = [ZERO; 4];
        store(&carry(less), &mut out[0]);
        store(&mul(&a, &b), &mut out[1]);
        store(&mul_add(&a, &b, &a), &mut out[2]);
        store(&mul_pair(&a, &b, &a, &b), &mut out[3]);
        out
    }
    let spread = |limbs: [u64; 5]| Eight(limbs.map(|limb| [limb; 8]));
    // SAFETY: the features are there.
    let results = available().then(|| unsafe { all(&spread(a), &spread(b)) })?;
    for eight in &results {
        let normal = eight.0.iter().all(|row| row[3] <= MASK) && eight.0[4][3] < 1 << 50;
        assert!(normal, "a limb is too large for the multiplier");
    }
    Some(results.map(|eight| eight.get(5)))
}

fn halves(words: [u64; 4]) -> Vec<u64> {
    words
        .iter()
        .flat_map(|w| [w & 0xffff_ffff, w >> 32])
        .collect()
}

fn sum(mut a: Vec<u64>, b: &[u64]) -> Vec<u64> {
    a.resize(a.len().max(b.len()), 0);
    a.iter_mut()
        .zip(b)
        .for_each(|(digit, other)| *digit += other);
    a
}

#[test]
fn products_sums_and_differences_are_exact_at_the_edges() {
    for a in edges() {
        for b in edges() {
            let Some([difference, times, times_add, twice]) = probe(a, b) else {
                return;
            };
            let product = product(&digits(a), &digits(b));
            let expected = modulo(product.clone());
            assert_eq!(modulo(halves(times)), expected, "{a:x?} * {b:x?}");
            let expected = modulo(sum(product.clone(), &digits(a)));
            assert_eq!(modulo(halves(times_add)), expected, "{a:x?} * {b:x?} + a");
            let expected = modulo(sum(product.clone(), &product));
            assert_eq!(modulo(halves(twice)), expected, "2 * {a:x?} * {b:x?}");
            let restored = modulo(sum(halves(difference), &digits(b)));
            assert_eq!(restored, modulo(digits(a)), "{a:x?} - {b:x?}");
        }
    }
}

#[test]
fn the_least_residue_is_exact_around_the_prime() {
    let p = [0xffff_fffe_ffff_fc2f, u64::MAX, u64::MAX, u64::MAX];
    assert_eq!(reduced(p), [0; 4]);
    assert_eq!(reduced([p[0] + 1, p[1], p[2], p[3]]), [1, 0, 0, 0]);
    assert_eq!(reduced([u64::MAX; 4]), [C - 1, 0, 0, 0]);
    for below in [
        [p[0] - 1, p[1], p[2], p[3]],
        [u64::MAX, 0, u64::MAX, 1],
        [0; 4],
    ] {
        assert_eq!(reduced(below), below);
    }
}
