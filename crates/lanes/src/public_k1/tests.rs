//! Field arithmetic against schoolbook digits, and work that does not fit.

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

#[test]
fn products_and_differences_are_exact_at_the_edges() {
    for a in edges() {
        for b in edges() {
            let Some((difference, times)) = ifma_probe(a, b) else {
                return;
            };
            let reduced = |words: [u64; 4]| {
                modulo(
                    words
                        .iter()
                        .flat_map(|w| [w & 0xffff_ffff, w >> 32])
                        .collect(),
                )
            };
            assert_eq!(
                reduced(times),
                modulo(product(&digits(a), &digits(b))),
                "{a:x?} * {b:x?}"
            );
            // difference + b is a.
            let mut sum: Vec<u64> = difference
                .iter()
                .flat_map(|w| [w & 0xffff_ffff, w >> 32])
                .collect();
            sum.resize(10, 0);
            sum.iter_mut()
                .zip(digits(b))
                .for_each(|(digit, other)| *digit += other);
            assert_eq!(modulo(sum), modulo(digits(a)), "{a:x?} - {b:x?}");
        }
    }
}

fn ifma_probe(a: [u64; 5], b: [u64; 5]) -> Option<([u64; 4], [u64; 4])> {
    #[cfg(target_arch = "x86_64")]
    return ifma::probe(a, b);
    #[cfg(not(target_arch = "x86_64"))]
    return (a == b).then_some(([0; 4], [0; 4])).filter(|_| false);
}

#[test]
fn work_that_does_not_fit_is_refused_and_nothing_moves() {
    let table = [PublicMultiple([3; 8]); 4];
    let start = ([[1u64; 4]; 2], [[2u64; 4]; 2]);
    let refused = |digits: &[i16], stride: usize, multiples: usize, lanes: usize| {
        let (mut x, mut y) = start;
        let work = PublicAdditions {
            table: &table,
            multiples,
            digits,
            stride,
        };
        let done = add_public_multiples(&work, &mut x[..lanes], &mut y[..lanes], &|_| {});
        !done && (x, y) == start
    };
    assert!(refused(&[1, 1, 1], 2, 2, 2), "digits of half a window");
    assert!(refused(&[1, 3, 1, 1], 2, 2, 2), "a digit beyond the table");
    assert!(
        refused(&[1, -3, 1, 1], 2, 2, 2),
        "a digit beyond the table, negative"
    );
    assert!(refused(&[1, 1], 2, 2, 2), "a table of other length");
    assert!(refused(&[1, 1, 1, 1], 1, 2, 2), "more lanes than digits");
    assert!(refused(&[1, 1], 0, 2, 2), "no stride");
    assert!(refused(&[], 2, 0, 2), "no multiples");
    assert!(refused(&[1, 1, 1, 1], 2, 2, 0), "no lanes");
}
