//! Effects: one form for one meaning, and nothing but what was asked for.

use jinku_chain::{ChainCode, Creation, Delegation, Effects, Fee, Grant, Limit};
use jinku_words::{AccountId, AssetId, Uint256};

const FROZEN: &str = r#"{"chain":"eip155:1","creations":[{"asset":"eip155:1/erc20:0xdddddddddddddddddddddddddddddddddddddddd","owner":"eip155:1:0x2222222222222222222222222222222222222222"}],"delegations":[{"authority":"eip155:1:0x1111111111111111111111111111111111111111","delegate":"eip155:1:0x4444444444444444444444444444444444444444","every_chain":true}],"fee":{"account":"eip155:1:0x1111111111111111111111111111111111111111","asset":"eip155:1/slip44:60","most":"9"},"gains":[{"account":"eip155:1:0x2222222222222222222222222222222222222222","amount":"5","asset":"eip155:1/erc20:0xdddddddddddddddddddddddddddddddddddddddd","or_else":null}],"grants":[{"asset":"eip155:1/erc20:0xdddddddddddddddddddddddddddddddddddddddd","limit":{"amount":null,"kind":"all"},"or_else":null,"owner":"eip155:1:0x1111111111111111111111111111111111111111","spender":"eip155:1:0x2222222222222222222222222222222222222222"}],"losses":[{"account":"eip155:1:0x1111111111111111111111111111111111111111","amount":"5","asset":"eip155:1/erc20:0xdddddddddddddddddddddddddddddddddddddddd","or_else":null}],"notes":["order 金"],"v":1}"#;
const FROZEN_DIGEST: &str = "6e3c9ef73ded85dfcdf326c144f6db4d032411b31d4c67b948803336aa085a18";

fn account(digit: char) -> AccountId {
    let text = format!("eip155:1:0x{}", digit.to_string().repeat(40));
    text.parse().expect("an account")
}

fn asset(name: &str) -> AssetId {
    format!("eip155:1/{name}").parse().expect("an asset")
}

fn token(digit: char) -> AssetId {
    asset(&format!("erc20:0x{}", digit.to_string().repeat(40)))
}

fn none() -> Effects {
    let fee = Fee {
        account: account('1'),
        asset: asset("slip44:60"),
        most: Uint256::from(9),
    };
    Effects::new(account('1').chain().clone(), fee)
}

/// From, to, of which token, how much.
fn moved(amounts: &[(char, char, char, u64)]) -> Effects {
    let mut effects = none();
    for (from, to, of, amount) in amounts {
        let (from, to, amount) = (account(*from), account(*to), Uint256::from(*amount));
        effects
            .move_asset(&from, &to, &token(*of), None, amount)
            .expect("in range");
    }
    effects
}

fn grant() -> Grant {
    Grant {
        owner: account('1'),
        spender: account('2'),
        asset: token('d'),
        or_else: None,
        limit: Limit::All,
    }
}

fn creation() -> Creation {
    Creation {
        owner: account('2'),
        asset: token('d'),
    }
}

fn delegation() -> Delegation {
    Delegation {
        authority: account('1'),
        delegate: account('4'),
        every_chain: true,
    }
}

/// The text and the digest were made with plain `json` and `hashlib`.
#[test]
fn the_form_of_effects_is_frozen() {
    let mut effects = moved(&[('1', '2', 'd', 5)]);
    effects.grants.push(grant());
    effects.delegations.push(delegation());
    effects.creations.push(creation());
    effects.notes.push("order 金".to_owned());
    let text = effects.to_canonical().expect("canonical");
    assert_eq!(String::from_utf8_lossy(&text), FROZEN);
    let digest = effects.digest().expect("a digest");
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, FROZEN_DIGEST);
}

#[test]
fn the_order_of_moves_says_nothing_and_amounts_add_up() {
    let one = moved(&[
        ('1', '2', 'd', 5),
        ('1', '3', 'e', 7),
        ('1', '2', 'd', 6),
        ('4', '4', 'e', 0),
    ]);
    let other = moved(&[('1', '3', 'e', 7), ('1', '2', 'd', 11)]);
    assert_eq!(one, other);
    assert_eq!(one.digest(), other.digest());
    assert_eq!((one.losses.len(), one.gains.len()), (2, 2));
    let mut full = moved(&[('1', '2', 'd', 1)]);
    let over = full.move_asset(
        &account('1'),
        &account('3'),
        &token('d'),
        None,
        Uint256::MAX,
    );
    assert_eq!(over.map_err(|error| error.code), Err(ChainCode::Range));
    let itself = moved(&[('1', '1', 'd', 5)]);
    assert_eq!(itself.losses, itself.gains);
}

#[test]
fn two_readings_are_never_added_up() {
    let mut effects = none();
    let other = asset("erc721:0xdddddddddddddddddddddddddddddddddddddddd/5");
    for _ in 0..2 {
        let amount = Uint256::from(5);
        let done = effects.move_asset(
            &account('1'),
            &account('2'),
            &token('d'),
            Some(&other),
            amount,
        );
        assert!(done.is_ok());
    }
    assert_eq!(effects.losses.len(), 2);
}

#[test]
fn whatever_was_not_asked_for_is_refused() {
    let asked = moved(&[('1', '2', 'd', 5)]);
    assert!(asked.within(&asked).is_ok());
    let mut cheap = asked.clone();
    cheap.fee.most = Uint256::ZERO;
    assert!(cheap.within(&asked).is_ok());
    for moves in [
        &[][..],
        &[('1', '2', 'd', 4)],
        &[('1', '3', 'd', 5)],
        &[('3', '2', 'd', 5)],
        &[('1', '2', 'e', 5)],
        &[('1', '2', 'd', 5), ('1', '3', 'e', 1)],
    ] {
        let found = moved(moves).within(&asked).map_err(|it| it.code);
        assert_eq!(found, Err(ChainCode::Effects), "{moves:?}");
    }
    let refused = |code: ChainCode, change: &dyn Fn(&mut Effects)| {
        let mut found = asked.clone();
        change(&mut found);
        assert_eq!(found.within(&asked).map_err(|it| it.code), Err(code));
    };
    refused(ChainCode::Effects, &|it| it.grants.push(grant()));
    refused(ChainCode::Effects, &|it| it.delegations.push(delegation()));
    refused(ChainCode::Effects, &|it| it.creations.push(creation()));
    refused(ChainCode::Effects, &|it| it.notes.push("4711".to_owned()));
    refused(ChainCode::Effects, &|it| it.fee.account = account('2'));
    refused(ChainCode::Effects, &|it| it.fee.asset = token('d'));
    refused(ChainCode::Effects, &|it| {
        it.chain = "eip155:5".parse().expect("a chain")
    });
    refused(ChainCode::Bounds, &|it| it.fee.most = Uint256::from(10));
}
