//! The frozen document, and the rules that must hold whatever a document says. `jinku.policy` has the tests of each
//! column; property tests hold the two together.

use std::collections::BTreeMap;

use jinku_policy::{Deeds, Facts, People, Policy, Told, evaluate};
use jinku_words::verdict::Outcome;
use jinku_words::{Intent, Uint256, canonical};
use serde_json::{Value, json};

type Tested = Result<(), Box<dyn std::error::Error>>;

fn intent() -> Result<Intent, Box<dyn std::error::Error>> {
    let account = |digits: &str| format!("eip155:1:0x{}", digits.repeat(20));
    let text = canonical::to_vec(&json!({
        "v": 1, "id": "018bcfe5-6800-7000-8000-000000000001", "deployment": "018bcfe5-6800-7000-8000-000000000002",
        "kind": "transfer", "vault": "018bcfe5-6800-7000-8000-000000000003", "source": account("22"),
        "destination": account("11"), "asset": "eip155:1/slip44:60", "amount": "100",
        "bounds": {"max_fee": "1", "valid_until": "1700003600000", "replaceable": false}, "initiator": "alice",
        "reason_commitment": null, "idempotency_key": "one", "created_at": "1700000000000",
    }))?;
    Ok(Intent::from_canonical(&text)?)
}

fn policy(rules: &Value) -> Result<Policy, Box<dyn std::error::Error>> {
    let text = canonical::to_vec(&json!({
        "v": 1, "name": "small", "assets": [], "book": [], "destinations": [], "initiators": [], "vaults": [],
        "reference": null, "rules": rules,
    }))?;
    Ok(Policy::from_canonical(&text)?)
}

fn outcome(policy: &Policy, told: &Told) -> Result<Outcome, Box<dyn std::error::Error>> {
    let (intent, people) = (intent()?, People::default());
    let deeds = Deeds {
        grants: Vec::new(),
        delegates: false,
        fee_asset: intent.asset.clone(),
    };
    let facts = Facts {
        intent: &intent,
        digest: "00",
        deeds: &deeds,
        at_ms: 1_700_000_000_000,
        ledger: &[],
        people: &people,
        quotes: &[],
        told,
    };
    Ok(evaluate(policy, &facts)?.outcome)
}

#[test]
fn the_frozen_document_has_its_frozen_digest() -> Tested {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/snapshots/policy/full.json"
    );
    let frozen: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let text = frozen["document"].as_str().ok_or("no document")?;
    let found = Policy::from_canonical(text.as_bytes())?;
    let digest: String = found
        .digest()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(frozen["digest"], digest);
    assert_eq!(found.longest_window_seconds(), 86_400);
    assert!(Policy::from_canonical(format!("{text} ").as_bytes()).is_err());
    Ok(())
}

#[test]
fn forbid_wins_and_silence_permits_nothing() -> Tested {
    let permit =
        json!({"name": "a", "effect": "permit", "when": {"kind": ["transfer"]}, "then": {}});
    let forbid = json!({"name": "b", "effect": "forbid", "when": {}, "then": {}});
    let none = Told::new();
    assert_eq!(outcome(&policy(&json!([]))?, &none)?, Outcome::Deny);
    assert_eq!(outcome(&policy(&json!([permit]))?, &none)?, Outcome::Allow);
    assert_eq!(
        outcome(&policy(&json!([permit, forbid]))?, &none)?,
        Outcome::Deny
    );
    assert_eq!(
        outcome(&policy(&json!([forbid, permit]))?, &none)?,
        Outcome::Deny
    );
    Ok(())
}

#[test]
fn told_facts_stand_in_no_permit_and_tighten_elsewhere() -> Tested {
    let told = json!([{"fact": "risk", "least": "80"}]);
    let when = json!({"kind": ["transfer"], "told": told});
    let by_told = json!({"name": "a", "effect": "permit", "when": when, "then": {}});
    assert!(policy(&json!([by_told])).is_err());
    let permit =
        json!({"name": "a", "effect": "permit", "when": {"kind": ["transfer"]}, "then": {}});
    let risky = json!({"name": "b", "effect": "forbid", "when": {"told": told}, "then": {}});
    let guarded = policy(&json!([permit, risky]))?;
    let score = |figure: u64| BTreeMap::from([("risk".to_owned(), Uint256::from(figure))]);
    assert_eq!(outcome(&guarded, &Told::new())?, Outcome::Allow);
    assert_eq!(outcome(&guarded, &score(79))?, Outcome::Allow);
    assert_eq!(outcome(&guarded, &score(80))?, Outcome::Deny);
    Ok(())
}
