//! Work that does not fit.

use super::*;

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
