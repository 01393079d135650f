//! How far a plan may go: replacement, size, change.

mod common;

use common::{Kind, REPLACEABLE, detail, plain};
use jinku_chain::{ChainCode, Codec};
use jinku_chain_bitcoin::Bitcoin;

#[test]
fn what_says_that_it_may_be_replaced_needs_an_intent_that_allows_it() {
    let (_, mut intent, good) = plain(Kind::Wpkh, &[20_000, 30_000], &[39_000]);
    for (replaceable, version, sequence, holds) in [
        (true, 2, REPLACEABLE, true),
        (true, 3, 0xffff_fffe, true),
        (false, 2, REPLACEABLE, false),
        (false, 3, 0xffff_fffe, false),
        (false, 3, 0xffff_ffff, false),
        (false, 1, 0xffff_fffe, true),
        (false, 2, 0xffff_ffff, true),
    ] {
        intent.bounds.replaceable = replaceable;
        let mut plan = good.clone();
        let detail = detail(&mut plan);
        detail.version = version;
        detail.inputs[1].sequence = sequence;
        detail.inputs[0].sequence = sequence.max(0xffff_fffe);
        let built = Bitcoin.build(&intent, &plan).map_err(|error| error.code);
        let expected = if holds { Ok(()) } else { Err(ChainCode::Plan) };
        assert_eq!(
            built.map(|_| ()),
            expected,
            "{replaceable} {version} {sequence:#x}"
        );
    }
}

/// ADR 0024 and LIMITATIONS say how many inputs a plan holds: a document has 65,535 bytes at most.
#[test]
fn so_many_inputs_fit_into_a_plan() {
    for (kind, fit) in [(Kind::Wpkh, 100), (Kind::Nested, 90), (Kind::Taproot, 150)] {
        for (count, holds) in [(fit, true), (fit + 40, false)] {
            let (_, _, draft) = plain(kind, &vec![20_000; count], &[1_000]);
            assert_eq!(draft.to_canonical().is_ok(), holds, "{kind:?} {count}");
        }
    }
}

#[test]
fn change_that_is_dust_or_exceeds_the_inputs_is_refused() {
    let (_, intent, draft) = plain(Kind::Taproot, &[20_000], &[329]);
    let built = Bitcoin.build(&intent, &draft).map_err(|error| error.code);
    assert_eq!(built, Err(ChainCode::Plan));
    let (_, intent, draft) = plain(Kind::Taproot, &[20_000], &[10_001]);
    let found = Bitcoin.check(&intent, &draft).map_err(|error| error.code);
    assert_eq!(found, Err(ChainCode::Range));
}
