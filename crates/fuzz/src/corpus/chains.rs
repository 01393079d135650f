//! Seeds of transactions: of each type, and calls of each function that is read.

use jinku_chain_evm::{Access, Authorization, SignedAuthorization, Transaction, TxType};

use super::{Seeds, seeds, vector, with_nasty};

pub(crate) mod solana;

const fn authorization() -> Authorization {
    Authorization {
        chain_id: 1,
        delegate: [0x44; 20],
        nonce: 1,
    }
}

fn transactions() -> Vec<Transaction> {
    let kinds = [
        TxType::Legacy,
        TxType::AccessList,
        TxType::DynamicFee,
        TxType::SetCode,
    ];
    let of = |kind: TxType| Transaction {
        kind,
        chain_id: 1,
        nonce: 300,
        tip: 2_000_000_000.into(),
        max_fee: 2_000_000_000.into(),
        gas_limit: 90_000,
        to: [0x22; 20],
        value: 1_000_000_007.into(),
        data: calls().swap_remove(0),
        access_list: match kind {
            TxType::Legacy => Vec::new(),
            _ => vec![Access {
                address: [0x33; 20],
                storage_keys: vec![[0; 32], [7; 32]],
            }],
        },
        authorizations: match kind {
            TxType::SetCode => vec![SignedAuthorization {
                authorization: authorization(),
                parity: 0,
                signature: [0x11; 64],
            }],
            _ => Vec::new(),
        },
    };
    kinds.into_iter().map(of).collect()
}

/// Selector and words of the functions that are read.
fn calls() -> Seeds {
    let word = |last: u8| {
        let mut word = [0; 32];
        word[31] = last;
        word
    };
    let (a, b) = (
        [[0; 12].as_slice(), &[1; 20]].concat(),
        [[0; 12].as_slice(), &[2; 20]].concat(),
    );
    let call = |selector: [u8; 4], pair: bool, rest: &[u8]| {
        let mut out = selector.to_vec();
        out.extend_from_slice(&a);
        if pair {
            out.extend_from_slice(&b);
        }
        rest.iter()
            .for_each(|last| out.extend_from_slice(&word(*last)));
        out
    };
    vec![
        call([0xa9, 0x05, 0x9c, 0xbb], false, &[5]),
        call([0x09, 0x5e, 0xa7, 0xb3], false, &[5]),
        call([0x39, 0x50, 0x93, 0x51], false, &[5]),
        call([0xa4, 0x57, 0xc2, 0xd7], false, &[5]),
        call([0xa2, 0x2c, 0xb4, 0x65], false, &[1]),
        call([0x23, 0xb8, 0x72, 0xdd], true, &[5]),
        call([0x42, 0x84, 0x2e, 0x0e], true, &[5]),
        call([0xb8, 0x8d, 0x4f, 0xde], true, &[5, 128, 0]),
        call([0xd5, 0x05, 0xac, 0xcf], true, &[5, 9, 27, 1, 2]),
        call([0x8f, 0xcb, 0xaf, 0x0c], true, &[5, 9, 1, 27, 1, 2]),
        call([0xf2, 0x42, 0x43, 0x2a], true, &[5, 9, 160, 0]),
        call(
            [0x2e, 0xb2, 0xc2, 0xd6],
            true,
            &[160, 224, 32, 1, 7, 1, 9, 0],
        ),
    ]
}

pub(crate) fn evm_unsigned() -> Seeds {
    let mut all: Seeds = transactions().iter().map(Transaction::unsigned).collect();
    all.push(authorization().unsigned());
    with_nasty(all)
}

pub(crate) fn evm_signed() -> Seeds {
    let all = transactions();
    with_nasty(all.iter().map(|it| it.signed(1, &[0x11; 64])).collect())
}

pub(crate) fn evm_calls() -> Seeds {
    let seed = |call: Vec<u8>| [vec![1], call].concat();
    with_nasty(calls().into_iter().map(seed).collect())
}

const TYPED: &str = r#"{"domain":{"chainId":1,"name":"x","salt":"0x0000000000000000000000000000000000000000000000000000000000000001","verifyingContract":"0xcccccccccccccccccccccccccccccccccccccccc","version":"1"},"message":{"a":["-1",1,"0x0f"],"b":"0x00ff","c":[[true],[false]],"d":{"e":"0x12345678","f":"é"}},"primaryType":"T","types":{"D":[{"name":"e","type":"bytes4"},{"name":"f","type":"string"}],"EIP712Domain":[{"name":"name","type":"string"},{"name":"version","type":"string"},{"name":"chainId","type":"uint256"},{"name":"verifyingContract","type":"address"},{"name":"salt","type":"bytes32"}],"T":[{"name":"a","type":"int8[]"},{"name":"b","type":"bytes"},{"name":"c","type":"bool[1][2]"},{"name":"d","type":"D"}]}}"#;

/// A permit of the account that the targets ask for.
const PERMIT: &str = r#"{"domain":{"chainId":1,"verifyingContract":"0xcccccccccccccccccccccccccccccccccccccccc"},"message":{"deadline":9,"nonce":0,"owner":"0x1a642f0e3c3af545e7acbd38b07251b3990914f1","spender":"0x3333333333333333333333333333333333333333","value":"5"},"primaryType":"Permit","types":{"EIP712Domain":[{"name":"chainId","type":"uint256"},{"name":"verifyingContract","type":"address"}],"Permit":[{"name":"owner","type":"address"},{"name":"spender","type":"address"},{"name":"value","type":"uint256"},{"name":"nonce","type":"uint256"},{"name":"deadline","type":"uint256"}]}}"#;

pub(crate) fn typed_data() -> Seeds {
    let example = vector("ethereum/eip712_example.json")["typedData"].to_string();
    with_nasty(seeds(&[TYPED, PERMIT, &example]))
}
