//! What is not read in full is refused by name; hints and replacements.

mod common;

use common::{Kind, MAIN, Owner, bent, changed, code, draft, intent, made, signed};
use jinku_chain::{ChainCode, Codec, Unsigned};
use jinku_chain_bitcoin::{Bitcoin, MAX_MONEY, Psbt, PsbtVersion, Transaction, TxIn, TxOut};

#[test]
fn signatures_over_less_than_everything_are_refused() {
    for (kind, whole) in [(Kind::Wpkh, 1), (Kind::Nested, 1), (Kind::Taproot, 0)] {
        let (_, _, unsigned) = made(kind, &[20_000], &[9_000]);
        for hash_type in [0, 1, 2, 3, 0x81, 0x82, 0x83, 0x100 + whole, u32::MAX] {
            let found = bent(&unsigned, |psbt| psbt.inputs[0].hash_type = Some(hash_type));
            match hash_type == whole {
                true => assert_eq!(found, Bitcoin.summarise(&unsigned)),
                false => assert_eq!(
                    code(found),
                    ChainCode::Unsupported,
                    "{kind:?} {hash_type:#x}"
                ),
            }
        }
    }
}

#[test]
fn an_output_without_an_address_is_refused_by_name() {
    let (_, _, unsigned) = made(Kind::Taproot, &[20_000], &[9_000]);
    let output = |script: Vec<u8>| {
        let found = bent(&unsigned, |psbt| {
            psbt.transaction.outputs[0].script = script
        });
        found.expect_err("refused").to_string()
    };
    assert!(output(vec![0x6a, 1, 7]).contains("OP_RETURN"));
    assert!(
        output(vec![0x51, 2, 0x4e, 0x73]).contains("no address"),
        "P2A"
    );
    assert!(
        output([&[0x52, 32][..], &[1; 32]].concat()).contains("no address"),
        "a later version"
    );
    assert!(output(vec![0x51]).contains("no address"), "anybody's");
    assert!(output(Vec::new()).contains("no address"));
}

#[test]
fn a_spent_output_of_another_kind_is_refused() {
    let (owner, _, unsigned) = made(Kind::Taproot, &[20_000], &[9_000]);
    let spends = |script: Vec<u8>, redeem: Option<Vec<u8>>| {
        let found = bent(&unsigned, |psbt| {
            psbt.inputs[0].spent = Some(TxOut {
                value: 20_000,
                script,
            });
            psbt.inputs[0].redeem_script = redeem;
        });
        found.expect_err("refused").code
    };
    let p2pkh = [&[0x76, 0xa9, 20][..], &[1; 20], &[0x88, 0xac]].concat();
    let p2sh = [&[0xa9, 20][..], &[1; 20], &[0x87]].concat();
    let program = [&[0, 20][..], &[1; 20]].concat();
    assert_eq!(spends(p2pkh, None), ChainCode::Unsupported);
    assert_eq!(
        spends([&[0, 32][..], &[1; 32]].concat(), None),
        ChainCode::Unsupported
    );
    assert_eq!(spends(p2sh.clone(), None), ChainCode::Unsupported);
    assert_eq!(
        spends(p2sh.clone(), Some(program.clone())),
        ChainCode::Malformed
    );
    assert_eq!(spends(p2sh, Some(vec![0x51])), ChainCode::Unsupported);
    assert_eq!(
        spends(owner.script.clone(), Some(program)),
        ChainCode::Unsupported
    );
}

#[test]
fn a_transaction_out_of_form_is_refused() {
    let (_, _, unsigned) = made(Kind::Taproot, &[20_000], &[9_000]);
    let found = |change: fn(&mut Psbt)| code(bent(&unsigned, change));
    assert_eq!(
        found(|it| it.inputs[0].spent = None),
        ChainCode::Unsupported
    );
    assert_eq!(
        found(|it| it.transaction.version = 4),
        ChainCode::Unsupported
    );
    assert_eq!(
        found(|it| it.transaction.inputs[0].sequence = 144),
        ChainCode::Unsupported
    );
    assert_eq!(
        found(|it| it.transaction.outputs[0].value = 1 << 60),
        ChainCode::Range
    );
    assert_eq!(
        found(|it| it.transaction.outputs[0].value = 20_000),
        ChainCode::Range
    );
    // Each is in range and their sum is not: neither is the fee.
    let sums = |it: &mut Psbt| {
        let mut more = it.transaction.inputs[0].clone();
        more.outpoint.number = 7;
        it.transaction.inputs.push(more);
        it.inputs.push(it.inputs[0].clone());
        for about in &mut it.inputs {
            about.spent.as_mut().expect("an output").value = MAX_MONEY;
        }
    };
    assert_eq!(found(sums), ChainCode::Range);
    assert_eq!(
        found(|it| {
            it.transaction.outputs.clear();
            it.outputs.clear();
        }),
        ChainCode::Malformed
    );
    assert_eq!(
        found(|it| {
            it.transaction.inputs.clear();
            it.inputs.clear();
        }),
        ChainCode::Malformed
    );
    assert_eq!(
        found(|it| {
            let twice: TxIn = it.transaction.inputs[0].clone();
            it.transaction.inputs.push(twice);
            it.inputs.push(it.inputs[0].clone());
        }),
        ChainCode::Malformed
    );
    let ether = Unsigned {
        account: "eip155:1:0x1a642f0e3c3af545e7acbd38b07251b3990914f1"
            .parse()
            .expect("an account"),
        bytes: unsigned.bytes.clone(),
    };
    assert_eq!(code(Bitcoin.summarise(&ether)), ChainCode::OtherChain);
    let elsewhere = Bitcoin.fee_asset(ether.account.chain());
    assert_eq!(
        elsewhere.map_err(|error| error.code),
        Err(ChainCode::OtherChain)
    );
}

#[test]
fn a_transaction_has_one_encoding() {
    let (_, _, unsigned) = made(Kind::Taproot, &[20_000], &[9_000]);
    let (psbt, _) = Psbt::parse(&unsigned.bytes).expect("a PSBT");
    let mut made = psbt.transaction;
    let refused = |bytes: &[u8]| Transaction::parse(bytes).expect_err("refused").code;
    let bare = made.bare();
    assert!(Transaction::parse(&bare).is_ok());
    let end = bare.len() - 4;
    let marked = [&bare[..4], &[0, 1], &bare[4..end], &[0], &bare[end..]].concat();
    assert_eq!(
        refused(&marked),
        ChainCode::Malformed,
        "a marker without witness"
    );
    made.outputs[0].value = MAX_MONEY + 1;
    assert_eq!(refused(&made.bare()), ChainCode::Range);
}

#[test]
fn hints_to_keys_change_nothing_that_is_signed() {
    let (owner, _, unsigned) = made(Kind::Taproot, &[20_000], &[9_000]);
    let hinted = changed(&unsigned, |psbt| {
        let path = [&[0][..], &[7; 12]].concat();
        psbt.inputs[0]
            .hints
            .push(([&[0x16][..], &[1; 32]].concat(), path.clone()));
        psbt.inputs[0].hints.push((vec![0x17], vec![1; 32]));
        psbt.outputs[1].push(([&[0x07][..], &[1; 32]].concat(), path));
    });
    assert_ne!(hinted.bytes, unsigned.bytes);
    let (psbt, _) = Psbt::parse(&hinted.bytes).expect("a PSBT");
    assert_eq!(psbt.encoded(PsbtVersion::Zero), hinted.bytes);
    assert_eq!(Bitcoin.summarise(&hinted), Bitcoin.summarise(&unsigned));
    let signatures = signed(&unsigned, &owner);
    assert_eq!(
        Bitcoin.attach(&hinted, &signatures),
        Bitcoin.attach(&unsigned, &signatures)
    );
}

#[test]
fn a_replacement_spends_the_same_and_pays_for_itself() {
    let owner = Owner::new(MAIN, Kind::Taproot, 1);
    let to = Owner::new(MAIN, Kind::Wpkh, 2).account;
    let intent = intent(&owner, &to, 10_000);
    let with = |values: &[u64], change: &[u64]| {
        Bitcoin
            .build(&intent, &draft(&intent, &owner, values, change))
            .expect("built")
    };
    let old = with(&[20_000], &[9_000]);
    let size = Bitcoin.most_virtual_bytes(&old).expect("a size");
    assert_eq!(
        size, 142,
        "one input by taproot's key path, P2WPKH and P2TR out"
    );
    let refused = |new: &Unsigned| Bitcoin.replaces(&old, new).expect_err("refused").code;
    assert_eq!(
        Bitcoin.replaces(&old, &with(&[20_000], &[9_000 - size])),
        Ok(())
    );
    assert_eq!(
        refused(&with(&[20_000], &[9_001 - size])),
        ChainCode::Plan,
        "a satoshi short"
    );
    assert_eq!(
        refused(&with(&[21_000], &[9_000])),
        ChainCode::Plan,
        "nothing in common"
    );
    assert_eq!(
        refused(&with(&[20_000, 50_000], &[58_770])),
        ChainCode::Plan,
        "a lower rate"
    );
    assert_eq!(
        Bitcoin.replaces(&old, &with(&[20_000, 50_000], &[55_000])),
        Ok(())
    );
}

/// A sum does not show it, so neither whose input nor whose output it is.
#[test]
fn inputs_and_outputs_of_nothing_are_refused() {
    let (_, _, unsigned) = made(Kind::Taproot, &[20_000], &[9_000]);
    let found = |change: fn(&mut Psbt)| code(bent(&unsigned, change));
    let unpaid = found(|it| it.transaction.outputs[0].value = 0);
    assert_eq!(unpaid, ChainCode::Unsupported);
    let foreign = found(|it| {
        let mut input = it.transaction.inputs[0].clone();
        input.outpoint.number = 7;
        it.transaction.inputs.push(input);
        let mut about = it.inputs[0].clone();
        let script = [&[0x51, 32][..], &[7; 32]].concat();
        about.spent = Some(TxOut { value: 0, script });
        it.inputs.push(about);
    });
    assert_eq!(foreign, ChainCode::Unsupported);
}
