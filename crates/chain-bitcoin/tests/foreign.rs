//! PSBTs that others made or bent: what is not read in full, or hides an effect, is refused.

mod common;

use common::{Kind, MAIN, Owner, bent, changed, code, funding, made};
use jinku_chain::{ChainCode, Codec, Unsigned};
use jinku_chain_bitcoin::{Bitcoin, Psbt, PsbtInput, TxOut};

/// Another's coin goes in and out again.
fn joined_by(psbt: &mut Psbt, other: &Owner) {
    let mut input = psbt.transaction.inputs[0].clone();
    input.outpoint.txid = [3; 32];
    psbt.transaction.inputs.push(input);
    psbt.inputs.push(PsbtInput {
        spent: Some(TxOut {
            value: 5_000,
            script: other.script.clone(),
        }),
        ..PsbtInput::default()
    });
    psbt.transaction.outputs.push(TxOut {
        value: 5_000,
        script: other.script.clone(),
    });
    psbt.outputs.push(Vec::new());
}

/// The attack: two sessions, each with the truth about one input and a lie about the other, give signatures that fit together
/// and pay a fee that nobody was shown. SegWit v0 does not stop it, so the previous transactions have to.
#[test]
fn what_segwit_inputs_are_worth_has_to_be_proven() {
    for kind in [Kind::Wpkh, Kind::Nested] {
        let (_, _, unsigned) = made(kind, &[20_000, 30_000], &[39_000]);
        for lost in [0, 1] {
            let found = bent(&unsigned, |psbt| psbt.inputs[lost].previous = None);
            assert_eq!(code(found), ChainCode::Unsupported);
        }
        let found = bent(&unsigned, |psbt| {
            psbt.inputs.iter_mut().for_each(|it| it.previous = None);
        });
        assert_eq!(code(found), ChainCode::Unsupported);
        // A single input signs its own value.
        let (_, _, unsigned) = made(kind, &[20_000], &[9_000]);
        let found = bent(&unsigned, |psbt| psbt.inputs[0].previous = None).expect("read");
        assert_eq!(found.fee.most, 1_000.into());
    }
    // Taproot signs every value.
    let (_, _, unsigned) = made(Kind::Taproot, &[20_000, 30_000], &[39_000]);
    let (psbt, _) = Psbt::parse(&unsigned.bytes).expect("a PSBT");
    assert!(psbt.inputs.iter().all(|it| it.previous.is_none()));
    assert!(Bitcoin.summarise(&unsigned).is_ok());
}

#[test]
fn the_signatures_show_what_the_attack_would_gain() {
    let (owner, _, unsigned) = made(Kind::Wpkh, &[20_000, 30_000], &[39_000]);
    let digests = |unsigned: &Unsigned| -> Vec<[u8; 32]> {
        let to_sign = Bitcoin.payloads(unsigned).expect("payloads");
        to_sign.iter().map(|it| it.digest()).collect()
    };
    // The same outputs, and an input that is worth a thousand times more than the first one says.
    let rich = funding(&owner.script, 30_000_000, 7);
    let lie = changed(&unsigned, |psbt| {
        psbt.transaction.inputs[1].outpoint.txid = rich.txid();
        psbt.inputs[1].previous = Some(rich.encoded());
        psbt.inputs[1].spent = None;
    });
    let effects = Bitcoin.summarise(&lie).expect("read");
    assert_eq!(effects.fee.most, 29_971_000.into(), "the truth is shown");
    let told = changed(&lie, |psbt| {
        let script = owner.script.clone();
        psbt.inputs[1].spent = Some(TxOut {
            value: 30_000,
            script,
        });
    });
    assert_eq!(code(Bitcoin.summarise(&told)), ChainCode::Malformed);
    assert_ne!(digests(&lie), digests(&unsigned));
}

#[test]
fn a_previous_transaction_has_to_be_the_one_that_is_spent() {
    let (owner, _, unsigned) = made(Kind::Wpkh, &[20_000, 30_000], &[39_000]);
    let other = funding(&owner.script, 20_000, 99);
    let found = bent(&unsigned, |psbt| {
        psbt.inputs[0].previous = Some(other.bare())
    });
    assert_eq!(code(found), ChainCode::Malformed);
    let found = bent(&unsigned, |psbt| {
        psbt.transaction.inputs[0].outpoint.number = 2
    });
    assert_eq!(code(found), ChainCode::Malformed);
    let found = bent(&unsigned, |psbt| {
        psbt.transaction.inputs[0].outpoint.number = 0
    });
    assert_eq!(code(found), ChainCode::Malformed, "another output of it");
    // With its witness it is the same transaction.
    let whole = funding(&owner.script, 20_000, 0);
    let found = bent(&unsigned, |psbt| {
        psbt.inputs[0].previous = Some(whole.encoded())
    });
    assert_eq!(found, Bitcoin.summarise(&unsigned));
}

#[test]
fn a_foreign_input_is_a_loss_that_no_intent_asked_for() {
    let thief = Owner::new(MAIN, Kind::Taproot, 5);
    let (_, intent, unsigned) = made(Kind::Taproot, &[20_000, 30_000], &[39_000]);
    let asked = Bitcoin.asked(&intent).expect("effects");
    assert!(
        Bitcoin
            .summarise(&unsigned)
            .expect("read")
            .within(&asked)
            .is_ok()
    );
    // In and out again: nothing is lost in sum, and it shows all the same.
    let joined = bent(&unsigned, |psbt| {
        joined_by(psbt, &thief);
    });
    let joined = joined.expect("read");
    let error = joined.within(&asked).expect_err("differs");
    assert_eq!(error.code, ChainCode::Effects);
    let lost: Vec<_> = joined.losses.iter().map(|part| &part.account).collect();
    assert!(lost.contains(&&thief.account), "{error}");
    // A stranger's taproot input proves nothing about ours: its owner would sign the truth.
    let (_, _, segwit) = made(Kind::Wpkh, &[20_000, 30_000], &[39_000]);
    let found = bent(&segwit, |psbt| {
        psbt.inputs.iter_mut().for_each(|it| it.previous = None);
        joined_by(psbt, &thief);
    });
    assert_eq!(code(found), ChainCode::Unsupported);
}

#[test]
fn a_fee_that_somebody_else_pays_is_refused() {
    let (_, _, unsigned) = made(Kind::Taproot, &[20_000], &[9_000]);
    let stranger = Unsigned {
        account: Owner::new(MAIN, Kind::Taproot, 5).account,
        bytes: unsigned.bytes.clone(),
    };
    assert_eq!(code(Bitcoin.summarise(&stranger)), ChainCode::Unsupported);
}
