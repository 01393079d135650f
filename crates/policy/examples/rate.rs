//! What a decision costs with 200 rules and a ledger of 100, when every twentieth rule matches and when all do: one JSON
//! object. `cargo run --release -p jinku-policy --example rate`.

use std::time::Instant;

use jinku_policy::{Deeds, Facts, People, Policy, Spent, Told, evaluate};
use jinku_words::{Intent, canonical};
use serde_json::{Value, json};

const RULES: usize = 200;
const ROUNDS: u32 = 5_000;
const TURNS: u32 = 5;

/// Every rule that is a multiple of `matching` names all destinations, the others one each.
fn document(matching: usize) -> Value {
    let account = |n: usize| format!("eip155:1:0x{n:040x}");
    let rule = |n: usize| {
        let effect = ["permit", "permit", "require"][n % 3];
        let limit = json!({"amount": "1000000000000000000000", "over": "throttle", "per": ["asset", "vault"], "window_seconds": 86_400});
        let mut when = json!({
            "amount": {"most": "1000000000000000000"}, "asset": ["eip155:1/slip44:60"], "kind": ["transfer"],
            "initiator": ["app"], "destination": [format!("label{:03}", n)],
        });
        if n.is_multiple_of(matching) {
            when["destination"] = json!(["@all"]);
        }
        json!({"effect": effect, "name": format!("rule{n}"), "then": {"limits": [limit]}, "when": when})
    };
    let labels: Vec<String> = (0..RULES).map(|n| format!("label{n:03}")).collect();
    json!({
        "v": 1, "name": "rate", "assets": [], "initiators": [], "vaults": [], "reference": null,
        "book": labels.iter().enumerate().map(|(n, label)| json!({"accounts": [account(n)], "label": label, "since": "0"})).collect::<Vec<_>>(),
        "destinations": [{"members": labels, "name": "all"}],
        "rules": (0..RULES).map(rule).collect::<Vec<_>>(),
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let intent = Intent::from_canonical(&canonical::to_vec(&json!({
        "v": 1, "id": "018bcfe5-6800-7000-8000-000000000001", "deployment": "018bcfe5-6800-7000-8000-000000000002",
        "kind": "transfer", "vault": "018bcfe5-6800-7000-8000-000000000003", "source": format!("eip155:1:0x{:040x}", 999),
        "destination": format!("eip155:1:0x{:040x}", 0), "asset": "eip155:1/slip44:60", "amount": "100",
        "bounds": {"max_fee": "1", "valid_until": "1700003600000", "replaceable": false}, "initiator": "app",
        "reason_commitment": null, "idempotency_key": "one", "created_at": "1700000000000",
    }))?)?;
    let spent = Spent {
        at_ms: 1_700_000_000_000,
        intent_digest: "00".repeat(32),
        vault: intent.vault,
        source: intent.source.clone(),
        destination: intent.destination.clone(),
        initiator: intent.initiator.clone(),
        asset: intent.asset.clone(),
        amount: 1.into(),
        value: None,
    };
    let (people, told, ledger) = (People::default(), Told::new(), vec![spent; 100]);
    let deeds = Deeds {
        grants: Vec::new(),
        delegates: false,
        fee_asset: intent.asset.clone(),
    };
    let digest = "11".repeat(32);
    let facts = Facts {
        intent: &intent,
        digest: &digest,
        deeds: &deeds,
        at_ms: 1_700_000_000_000,
        ledger: &ledger,
        people: &people,
        quotes: &[],
        told: &told,
    };
    let mut found = serde_json::Map::new();
    for (name, matching) in [("one_in_20", 20), ("all", 1)] {
        let policy = Policy::from_canonical(&canonical::to_vec(&document(matching))?)?;
        let mut best = f64::INFINITY;
        for _ in 0..TURNS {
            let begun = Instant::now();
            for _ in 0..ROUNDS {
                std::hint::black_box(evaluate(&policy, std::hint::black_box(&facts))?);
            }
            best = best.min(begun.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS));
        }
        found.insert(name.to_owned(), json!(best));
        let outcome = evaluate(&policy, &facts)?.outcome.as_str();
        found.insert(format!("{name}_outcome"), json!(outcome));
    }
    println!("{}", Value::Object(found));
    Ok(())
}
