//! Approvals and delegations: named, and never taken for a transfer.

mod common;

use common::{OURS, SPENDER, THEIRS, address, call_of, called, effects, moved, name, plain, sign};
use jinku_chain::{ChainCode, Codec, Limit, Unsigned};
use jinku_chain_evm::{Authorization, Evm, SignedAuthorization, Transaction, TxType};
use jinku_words::Uint256;

#[test]
fn approvals_are_named_with_their_reach() {
    let figure = |number: u64| Uint256::from(number);
    let rows = [
        (
            "095ea7b3 spender most",
            OURS,
            Limit::UpTo(Uint256::MAX),
            true,
        ),
        ("095ea7b3 spender 0", OURS, Limit::UpTo(figure(0)), true),
        (
            "39509351 spender 5",
            OURS,
            Limit::RaisedBy(figure(5)),
            false,
        ),
        (
            "a457c2d7 spender 5",
            OURS,
            Limit::LoweredBy(figure(5)),
            false,
        ),
        ("a22cb465 spender 1", OURS, Limit::All, true),
        ("a22cb465 spender 0", OURS, Limit::Nothing, true),
        (
            "d505accf to spender 9 most 27 most most",
            THEIRS,
            Limit::UpTo(figure(9)),
            false,
        ),
        (
            "8fcbaf0c to spender 9 most 1 27 most most",
            THEIRS,
            Limit::All,
            false,
        ),
        (
            "8fcbaf0c to spender 9 most 0 27 most most",
            THEIRS,
            Limit::Nothing,
            false,
        ),
    ];
    for (call, owner, limit, two_readings) in rows {
        let found = effects(0, called(call)).expect("read");
        assert_eq!(moved(&found), (Vec::new(), Vec::new()));
        let [grant] = &found.grants[..] else {
            panic!("{found:?}")
        };
        assert_eq!(
            (grant.owner.to_string(), grant.spender.to_string()),
            (name(owner), name(SPENDER))
        );
        assert_eq!(
            (grant.limit, grant.or_else.is_some()),
            (limit, two_readings),
            "{found:?}"
        );
        let text = String::from_utf8(found.to_canonical().expect("canonical")).expect("text");
        assert!(text.contains("\"spender\":\"eip155:1:0x3333"), "{text}");
    }
}

#[test]
fn a_grant_never_passes_for_a_transfer() {
    let asked = Evm
        .summarise(&call_of(OURS, THEIRS, 5, Vec::new()))
        .expect("read");
    let hidden = Evm.summarise(&call_of(OURS, THEIRS, 5, called("095ea7b3 spender most")));
    let error = hidden.expect("read").within(&asked).expect_err("refused");
    assert_eq!(error.code, ChainCode::Effects, "{error}");
    let both = effects(0, called("23b872dd from to 5")).expect("read");
    let one = effects(0, called("a9059cbb to 5")).expect("read");
    assert!(both.within(&one).is_err(), "two readings are not one");
}

/// An authorisation of [`OURS`] with nonce 7 in a transaction of [`THEIRS`].
fn authorised(chain_id: u64, delegate: &str) -> Unsigned {
    // keccak256(0x05 ‖ rlp([chain id, address, nonce])), written out here a second time.
    let mut list = vec![
        if chain_id == 0 {
            0x80
        } else {
            u8::try_from(chain_id).expect("small")
        },
        0x94,
    ];
    list.extend(address(delegate));
    list.push(0x07);
    let message = [
        vec![5, 0xc0 + u8::try_from(list.len()).expect("short")],
        list,
    ]
    .concat();
    let digest: [u8; 32] = <sha3::Keccak256 as sha3::Digest>::digest(message).into();
    let made = sign(&digest, &common::KEY);
    let it = SignedAuthorization {
        authorization: Authorization {
            chain_id,
            delegate: address(delegate),
            nonce: 7,
        },
        parity: made.recovery_id.expect("an id"),
        signature: made.bytes,
    };
    let tx = Transaction {
        kind: TxType::SetCode,
        authorizations: vec![it],
        ..plain()
    };
    Unsigned {
        account: name(THEIRS).parse().expect("an account"),
        bytes: tx.unsigned(),
    }
}

#[test]
fn delegations_name_who_hands_himself_over_to_what() {
    for (chain_id, every_chain) in [(1, false), (0, true)] {
        let found = Evm.summarise(&authorised(chain_id, SPENDER)).expect("read");
        let [it] = &found.delegations[..] else {
            panic!("{found:?}")
        };
        assert_eq!(
            (it.authority.to_string(), it.delegate.to_string()),
            (name(OURS), name(SPENDER))
        );
        assert_eq!(it.every_chain, every_chain);
        let asked = Evm
            .summarise(&call_of(THEIRS, THEIRS, 0, Vec::new()))
            .expect("read");
        assert_eq!(
            found.within(&asked).map_err(|it| it.code),
            Err(ChainCode::Effects)
        );
    }
    let elsewhere = Evm.summarise(&authorised(5, SPENDER));
    assert_eq!(elsewhere.map_err(|it| it.code), Err(ChainCode::OtherChain));
    let nobody = Transaction {
        kind: TxType::SetCode,
        ..plain()
    }
    .unsigned();
    assert_eq!(
        Transaction::parse_unsigned(&nobody).map_err(|it| it.code),
        Err(ChainCode::Malformed)
    );
}
