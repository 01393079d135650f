//! One key at a time by `jinku-hd` and `jinku-address`, one leaf at a time by `jinku-proof`.

use jinku_address::{Family, Form, encode};
use jinku_hd::key::{Curve, ExtendedKey};
use jinku_hd::path::Path;

pub(crate) const JOB: [u8; 16] = [0x42; 16];
pub(crate) const TS: u64 = 1_763_700_000_000;

pub(crate) fn texts(column: &jinku_bulk::Column) -> Vec<String> {
    column
        .texts()
        .map(|text| String::from_utf8(text.to_vec()).expect("ASCII"))
        .collect()
}

fn curve(family: Family) -> Curve {
    match family {
        Family::Solana => Curve::Ed25519,
        Family::Neo => Curve::Nist256p1,
        _ => Curve::Secp256k1,
    }
}

/// By `jinku-hd` and `jinku-address`, one key at a time.
pub(crate) fn slowly(seed: &[u8], form: &Form, index: u64) -> String {
    let path = Path::parse(&form.path_at(index)).expect("path");
    let key = ExtendedKey::from_seed(curve(form.family), seed)
        .and_then(|key| key.derive(&path))
        .expect("key");
    encode(form, &key.public_key()).expect("address")
}

/// Default forms, hardened ones, test networks, one path on two chains, and deep or odd paths.
pub(crate) fn all_forms() -> Vec<Form> {
    let mut forms = Form::defaults(&Family::ALL);
    forms.extend(Form::hardened_defaults(&Family::ALL));
    for chain in [
        "eip155:137",
        "bip122:000000000933ea01ad0ee984209779ba",
        "bip122:0f9188f13cb7b2c71f2a335e3a4fc328",
        "cosmos:osmosis-1",
        "tron:2494104990",
        "neo:894710606",
    ] {
        forms.extend(Form::for_chain(chain).expect("known"));
    }
    let odd = [
        (0, "m/{i}"),
        (0, "m/{i}'"),
        (0, "m/0/{i}/7'/1"),
        (0, "m/44'/60'/0'/0/{i}/3/2147483647"),
        (5, "m/1'/{i}/2'/3"),
        (4, "m/{i}'"),
    ];
    for (like, path) in odd {
        forms.push(Form {
            path: path.to_owned(),
            ..Form::defaults(&Family::ALL)[like].clone()
        });
    }
    forms
}

/// Leaf hashes as `jinku-proof` defines them.
pub(crate) fn leaves(
    forms: &[Form],
    columns: &[jinku_bulk::Column],
    start: u64,
    own_trees: bool,
) -> Vec<[u8; 32]> {
    let columns: Vec<Vec<String>> = columns.iter().map(texts).collect();
    let leaf = |at: usize| {
        let index = start + at as u64;
        let id = jinku_words::id::account_id(&JOB, TS, index).to_string();
        let kinds: Vec<String> = forms.iter().map(|form| form.kind.to_string()).collect();
        let paths: Vec<String> = forms
            .iter()
            .map(|form| form.path_at(if own_trees { 0 } else { index }))
            .collect();
        let rows: Vec<_> = (0..forms.len())
            .map(|k| {
                (
                    forms[k].chain.as_str(),
                    kinds[k].as_str(),
                    paths[k].as_str(),
                    columns[k][at].as_str(),
                )
            })
            .collect();
        jinku_proof::batch_leaf(&id, index, &rows)
    };
    (0..columns[0].len()).map(leaf).collect()
}
