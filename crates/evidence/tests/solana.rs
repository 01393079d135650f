//! Where the chain takes nothing once but the bytes themselves, and the bytes do not name their network.

mod common;

use common::{World, codec, entry, id};
use jinku_words::plan::Curve;
use jinku_words::{ChainId, Detail, Intent, Plan, SolanaDetail, SolanaVersion, Uint256};

const MAIN: &str = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp";
const TEST: &str = "solana:4uhcVJyU9pJkvQyS88uRDiswHXSCkY3z";
const OURS: &str = "AKnL4NNf3DGWZJS6cPknBuEGnVsV4A4m5tgebLHaRSZ9";
const THEIRS: &str = "9hSR6S7WPtxmTojgo6GG3k4yDPecgJY292j7xrsUGWBu";
const NONCE: &str = "6Gg4AVKo8GAft4Wb2JSfhHCW3PQhXxYxapzBYeVjGzA9";
const ANCHOR: &str = "CHTMuHmhkobqJ7mkqtUSbBtPmX8cUcewK9JajUV3mds4";

/// An intent of its own id and idempotency key.
fn intent(chain: &str, tail: u128) -> Intent {
    Intent {
        id: id(tail),
        source: format!("{chain}:{OURS}").parse().expect("an account"),
        destination: format!("{chain}:{THEIRS}").parse().expect("an account"),
        asset: format!("{chain}/slip44:501").parse().expect("an asset"),
        idempotency_key: format!("order-{tail}"),
        ..common::intent()
    }
}

fn plan(intent: &Intent, tail: u128, nonce_account: Option<&str>, replaces: Option<u128>) -> Plan {
    let detail = SolanaDetail {
        version: SolanaVersion::V0,
        compute_limit: 60_000,
        compute_price: 25_001,
        nonce_account: nonce_account.map(str::to_owned),
        token: None,
    };
    let mut draft = common::plan(&common::intent(), tail, 7, replaces.map(id));
    draft.intent_digest = hex::encode(intent.digest().expect("an intent"));
    draft.chain = intent.chain().clone();
    draft.nonce = None;
    draft.fee = Uint256::from(detail.max_fee().expect("a fee"));
    draft.anchor = Some(ANCHOR.to_owned());
    draft.valid_until_height = nonce_account.is_none().then_some(300);
    draft.payloads[0].curve = Curve::Ed25519;
    draft.payloads[0].path = "m/44'/501'/0'/0'".to_owned();
    draft.detail = Some(Detail::Solana(detail));
    let codec = codec(intent.chain()).expect("a codec");
    codec.complete(intent, &draft).expect("a plan")
}

/// The same under another price, so that the bytes are others.
fn dearer(intent: &Intent, mut plan: Plan) -> Plan {
    if let Some(Detail::Solana(detail)) = &mut plan.detail {
        detail.compute_price += 25_000;
        plan.fee = Uint256::from(detail.max_fee().expect("a fee"));
    }
    let codec = codec(intent.chain()).expect("a codec");
    codec.complete(intent, &plan).expect("a plan")
}

/// A world in which these are asked for, after the first world's plan was signed.
fn after(first: &World, intent: Intent, plan: Plan) -> World {
    let ready = first.ask().expect("everything holds");
    let mut second = World::of(intent, plan);
    second.slots = first.slots.clone();
    second
        .slots
        .give(ready.slot, first.plan.replaces)
        .expect("free");
    second
}

fn under_a_hash() -> World {
    let intent = intent(MAIN, 1);
    let plan = plan(&intent, 4, None, None);
    World::of(intent, plan)
}

fn under_a_nonce() -> World {
    let intent = intent(MAIN, 1);
    let plan = plan(&intent, 4, Some(NONCE), None);
    World::of(intent, plan)
}

#[test]
fn two_intents_of_the_same_bytes_are_not_both_signed() {
    let first = under_a_hash();
    let twin = intent(MAIN, 50);
    let same = plan(&twin, 9, None, None);
    assert_eq!(same.payloads, first.plan.payloads, "one transaction");
    assert_eq!(
        after(&first, twin.clone(), same.clone()).refusal(),
        "slot.taken"
    );
    let other = dearer(&twin, same);
    assert_eq!(after(&first, twin, other).refusal(), "signed");
}

#[test]
fn the_twin_on_another_cluster_has_the_same_bytes_and_is_not_signed() {
    let first = under_a_hash();
    let twin = intent(TEST, 50);
    let same = plan(&twin, 9, None, None);
    assert_eq!(same.payloads, first.plan.payloads, "no cluster in them");
    assert_eq!(after(&first, twin, same).refusal(), "slot.taken");
}

#[test]
fn an_intent_under_a_recent_hash_has_one_plan() {
    let first = under_a_hash();
    let slot = first.ask().expect("everything holds").slot;
    assert_eq!(slot.keys, Vec::<String>::new());
    let digest = &first.plan.payloads[0].digest;
    assert_eq!(slot.unshared, [format!("payload/{digest}")]);
    let intent = first.intent.clone();
    let second = dearer(&intent, plan(&intent, 5, None, None));
    assert_eq!(after(&first, intent, second).refusal(), "slot.second_plan");
}

#[test]
fn a_durable_nonce_and_its_value_are_one_plans() {
    let first = under_a_nonce();
    let slot = first.ask().expect("everything holds").slot;
    assert_eq!(slot.keys, Vec::<String>::new());
    assert_eq!(slot.unshared[1], format!("{MAIN}/{NONCE}/{ANCHOR}"));
    let other = intent(MAIN, 50);
    let plan = dearer(&other, plan(&other, 9, Some(NONCE), None));
    let mut second = after(&first, other.clone(), plan.clone());
    assert_eq!(second.refusal(), "slot.taken");
    let mut later = plan;
    later.anchor = Some(THEIRS.to_owned());
    second.plan = codec(other.chain())
        .expect("a codec")
        .complete(&other, &later)
        .expect("a plan");
    second.entries[5] = entry(&other, &second.plan);
    assert_eq!(second.refusal(), "signed", "the nonce's next value");
}

#[test]
fn a_durable_nonce_does_not_make_a_second_plan_safe() {
    // Whether the anchor is the nonce's value or a recent block's hash, bytes do not tell. A hash lets both land: the
    // chain looks for it first, and the nonce moves twice.
    let first = under_a_nonce();
    let intent = first.intent.clone();
    let bump = dearer(&intent, plan(&intent, 5, Some(NONCE), Some(4)));
    assert_eq!(after(&first, intent, bump).refusal(), "slot.second_plan");
}

#[test]
fn a_signer_of_two_clusters_signs_for_neither() {
    let chain = |text: &str| text.parse::<ChainId>().expect("a chain");
    let mut world = under_a_hash();
    world.networks = vec![chain(MAIN), chain("eip155:1"), chain("eip155:5")];
    assert_eq!(world.refusal(), "signed");
    world.networks = vec![chain(TEST)];
    assert_eq!(world.refusal(), "evidence.network", "asked for elsewhere");
    world.networks = vec![chain(MAIN), chain(TEST)];
    assert_eq!(
        world.refusal(),
        "evidence.network",
        "bytes would be good on both"
    );
    world.networks = vec![chain(MAIN), chain(MAIN)];
    assert_eq!(world.refusal(), "signed", "named twice");
    let mut evm = World::new();
    evm.networks = vec![chain("eip155:5"), chain("eip155:1")];
    assert_eq!(evm.refusal(), "signed", "its bytes name the chain");
}
