//! A whole request in frozen bytes, `tests/snapshots/evidence/request.json`: what was signed yesterday is signed tomorrow, and the
//! fuzzer starts from it.

mod common;

use common::World;
use serde_json::{Value, json};

const FROZEN: &str = include_str!("../../../tests/snapshots/evidence/request.json");

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

fn document(world: &World) -> Value {
    let bytes = world.bytes();
    let signed = |document: &[u8], signature: &[u8]| json!({"document": text(document), "signature": hex::encode(signature)});
    let given = bytes.approvals.iter();
    json!({
        "approvals": given.map(|(bytes, signature)| signed(bytes, signature)).collect::<Vec<_>>(),
        "entry": text(&bytes.entry),
        "extension": bytes.extension.iter().map(hex::encode).collect::<Vec<_>>(),
        "intent": signed(&bytes.intent, &bytes.intent_signature),
        "now_ms": world.now_ms,
        "plan": text(&bytes.plan),
        "policy": text(&bytes.policy),
        "receipt": text(&bytes.receipt),
        "seen": {"root": hex::encode(world.seen.root), "size": world.seen.size},
        "trust_root": text(&world.trust.to_canonical().expect("a trust root")),
    })
}

#[test]
fn the_request_has_the_frozen_bytes_and_may_be_signed() {
    let mut world = World::new();
    world.seen = world.head(3);
    assert_eq!(world.refusal(), "signed");
    let frozen: Value = serde_json::from_str(FROZEN).expect("JSON");
    let made = document(&world);
    assert_eq!(frozen, made, "as it would be written: {made:#}");
}
