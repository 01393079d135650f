//! Seeds of Bitcoin: spends of each kind of output, in both versions of PSBT.

use jinku_chain_bitcoin::{OutPoint, Psbt, PsbtInput, PsbtVersion, Transaction, TxIn, TxOut};

use super::{Seeds, with_nasty};

fn output(value: u64, script: &[u8]) -> TxOut {
    TxOut {
        value,
        script: script.to_vec(),
    }
}

fn spending(txid: [u8; 32], witness: Vec<Vec<u8>>) -> TxIn {
    TxIn {
        outpoint: OutPoint { txid, number: 0 },
        script_sig: Vec::new(),
        sequence: 0xffff_fffd,
        witness,
    }
}

fn transaction(inputs: Vec<TxIn>, outputs: Vec<TxOut>) -> Transaction {
    Transaction {
        version: 2,
        inputs,
        outputs,
        lock_time: 850_000,
    }
}

fn psbts() -> Vec<Psbt> {
    let program = [&[0, 20][..], &[7; 20]].concat();
    let wrapped = [
        &[0xa9, 20][..],
        &jinku_address::script_hash(&program),
        &[0x87],
    ]
    .concat();
    let kinds = [
        (program.clone(), None),
        (wrapped, Some(program.clone())),
        ([&[0x51, 32][..], &[3; 32]].concat(), None),
    ];
    let of = |(script, redeem_script): (Vec<u8>, Option<Vec<u8>>)| {
        let witness = vec![vec![1; 71], vec![2; 33]];
        let previous = transaction(
            vec![spending([9; 32], witness)],
            vec![output(5_000, &script)],
        );
        let about = PsbtInput {
            previous: Some(previous.encoded()),
            spent: Some(output(5_000, &script)),
            redeem_script,
            hints: vec![(vec![0x17], vec![4; 32])],
            ..PsbtInput::default()
        };
        let outputs = vec![output(3_000, &program), output(1_500, &script)];
        Psbt {
            transaction: transaction(vec![spending(previous.txid(), Vec::new())], outputs),
            inputs: vec![about],
            outputs: vec![Vec::new(), vec![(vec![0x05], vec![4; 32])]],
            xpubs: Vec::new(),
        }
    };
    kinds.into_iter().map(of).collect()
}

pub(crate) fn bitcoin_psbts() -> Seeds {
    let versions = [PsbtVersion::Zero, PsbtVersion::Two];
    let all = psbts();
    let encoded = all
        .iter()
        .flat_map(|it| versions.map(|version| it.encoded(version)));
    with_nasty(encoded.collect())
}

pub(crate) fn bitcoin_transactions() -> Seeds {
    let mut all: Seeds = psbts().iter().map(|it| it.transaction.encoded()).collect();
    all.extend(
        psbts()
            .into_iter()
            .filter_map(|it| it.inputs.into_iter().next()?.previous),
    );
    with_nasty(all)
}
