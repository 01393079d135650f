//! No order of requests gives two plans that could both land.

use jinku_evidence::{EvidenceCode, Slot, SlotState, Slots};
use jinku_words::Id;
use proptest::prelude::*;

fn id(tail: u128) -> Id {
    Id::from_parts(1_700_000_000_000, tail).expect("an id")
}

fn slot(intent: u8, plan: u8, keys: &[u8]) -> Slot {
    Slot {
        intent: id(u128::from(intent) + 1),
        intent_digest: [intent; 32],
        plan: id(u128::from(plan) + 1_000),
        plan_digest: [plan; 32],
        keys: keys.iter().map(|key| format!("out/{key}")).collect(),
        unshared: vec![format!("payload/{plan}")],
        precursor: false,
        request: format!("bo/{intent}"),
    }
}

fn refused(slots: &Slots, slot: &Slot, replaces: Option<Id>) -> Option<EvidenceCode> {
    slots.check(slot, replaces).err().map(|error| error.code)
}

#[test]
fn a_replacement_consumes_all_that_the_plan_before_does() {
    let mut slots = Slots::default();
    let first = slot(1, 1, &[1, 2]);
    assert_eq!(slots.give(first.clone(), None), Ok(SlotState::Free));
    assert_eq!(slots.give(first.clone(), None), Ok(SlotState::Given));
    assert_eq!(slots.len(), 1, "given once");
    let replaces = Some(first.plan);
    let less = slot(1, 2, &[2, 3]);
    assert_eq!(
        refused(&slots, &less, replaces),
        Some(EvidenceCode::SecondPlan),
        "1 and 3 could both be spent"
    );
    let more = slot(1, 2, &[1, 2, 3]);
    assert_eq!(
        refused(&slots, &more, None),
        Some(EvidenceCode::SecondPlan),
        "it has to say so"
    );
    assert_eq!(slots.give(more, replaces), Ok(SlotState::Free));
    let other = slot(2, 3, &[3]);
    assert_eq!(refused(&slots, &other, None), Some(EvidenceCode::SlotTaken));
    assert_eq!(
        refused(&slots, &other, replaces),
        Some(EvidenceCode::SlotTaken),
        "whatever it says"
    );
}

#[test]
fn ids_are_given_once() {
    let mut slots = Slots::default();
    slots.give(slot(1, 1, &[1]), None).expect("free");
    let changed = Slot {
        plan_digest: [9; 32],
        ..slot(1, 1, &[1])
    };
    assert_eq!(
        refused(&slots, &changed, None),
        Some(EvidenceCode::SecondPlan),
        "a plan's id"
    );
    let forged = Slot {
        intent_digest: [9; 32],
        ..slot(1, 2, &[1])
    };
    assert_eq!(
        refused(&slots, &forged, Some(id(1_001))),
        Some(EvidenceCode::SecondPlan),
        "an intent's id"
    );
}

#[test]
fn what_was_asked_for_once_is_one_intent() {
    let mut slots = Slots::default();
    slots.give(slot(1, 1, &[1]), None).expect("free");
    let again = Slot {
        request: "bo/1".to_owned(),
        ..slot(2, 2, &[2])
    };
    assert_eq!(
        refused(&slots, &again, None),
        Some(EvidenceCode::AskedTwice),
        "a request that was sent twice, with another id"
    );
    let other = Slot {
        request: "cy/1".to_owned(),
        ..slot(2, 2, &[2])
    };
    slots.give(other, None).expect("somebody else's key");
    slots
        .give(slot(1, 3, &[1]), Some(id(1_001)))
        .expect("a replacement is of the same request");
}

#[test]
fn a_plan_replaces_none_of_another_intent() {
    let mut slots = Slots::default();
    slots.give(slot(1, 1, &[1]), None).expect("free");
    assert_eq!(
        refused(&slots, &slot(2, 2, &[2]), Some(id(1_001))),
        Some(EvidenceCode::SecondPlan)
    );
    slots
        .give(slot(2, 2, &[2]), Some(id(1_009)))
        .expect("a plan that was never signed");
}

#[test]
fn a_plan_that_consumes_nothing_is_the_only_one() {
    let mut slots = Slots::default();
    let first = slot(1, 1, &[]);
    slots.give(first.clone(), None).expect("free");
    for next in [slot(1, 2, &[]), slot(1, 2, &[1])] {
        assert_eq!(
            refused(&slots, &next, Some(first.plan)),
            Some(EvidenceCode::SecondPlan)
        );
    }
    slots.give(slot(2, 3, &[]), None).expect("another intent");
}

#[test]
fn what_does_nothing_by_itself_is_completed_once() {
    let mut slots = Slots::default();
    let authorisation = Slot {
        precursor: true,
        ..slot(1, 1, &[8])
    };
    slots.give(authorisation.clone(), None).expect("free");
    let again = Slot {
        precursor: true,
        ..slot(1, 2, &[8])
    };
    assert_eq!(
        refused(&slots, &again, None),
        Some(EvidenceCode::SecondPlan),
        "another authorisation"
    );
    assert_eq!(
        refused(&slots, &slot(1, 2, &[7]), None),
        Some(EvidenceCode::SecondPlan),
        "without its nonce"
    );
    assert_eq!(
        refused(&slots, &slot(1, 2, &[7, 8]), Some(id(1_009))),
        Some(EvidenceCode::SecondPlan),
        "one that replaces what was never signed"
    );
    slots
        .give(slot(1, 2, &[7, 8]), None)
        .expect("the transaction that carries it");
    assert_eq!(
        refused(&slots, &slot(1, 3, &[7, 8]), None),
        Some(EvidenceCode::SecondPlan)
    );
    slots
        .give(slot(1, 3, &[7, 8]), Some(id(1_002)))
        .expect("its replacement");
}

#[test]
fn a_payload_stands_in_one_plan() {
    let mut slots = Slots::default();
    let first = slot(1, 1, &[1]);
    slots.give(first.clone(), None).expect("free");
    let with = |slot: Slot| Slot {
        unshared: vec!["payload/8".to_owned(), first.unshared[0].clone()],
        ..slot
    };
    assert_eq!(
        refused(&slots, &with(slot(2, 2, &[2])), None),
        Some(EvidenceCode::SlotTaken),
        "another intent's"
    );
    assert_eq!(
        refused(&slots, &with(slot(1, 2, &[1])), Some(first.plan)),
        Some(EvidenceCode::SlotTaken),
        "a replacement by itself"
    );
    slots.give(slot(2, 2, &[2]), None).expect("other bytes");
}

proptest! {
    #[test]
    fn no_two_plans_of_an_intent_can_land_and_no_key_has_two_intents(
        asked in prop::collection::vec((0u8..4, 0u8..12, prop::collection::btree_set(0u8..6, 0..4), prop::option::of(0u8..12), any::<bool>(), 0u8..24), 1..60)
    ) {
        let mut slots = Slots::default();
        let mut given: Vec<Slot> = Vec::new();
        for (intent, plan, keys, replaces, precursor, payload) in asked {
            let keys: Vec<u8> = keys.into_iter().collect();
            let unshared = vec![format!("payload/{payload}")];
            let next = Slot { precursor, unshared, ..slot(intent, plan, &keys) };
            let replaces = replaces.map(|plan| id(u128::from(plan) + 1_000));
            if slots.give(next.clone(), replaces) == Ok(SlotState::Free) {
                given.push(next);
            }
        }
        prop_assert_eq!(given.len(), slots.len());
        for (at, one) in given.iter().enumerate() {
            for other in &given[..at] {
                let shared = one.keys.iter().any(|key| other.keys.contains(key));
                prop_assert_eq!(shared && one.intent != other.intent, false, "a key of two intents");
                prop_assert!(one.intent != other.intent || shared, "two plans of an intent that both could land");
                prop_assert_ne!(one.plan, other.plan);
                prop_assert_ne!(&one.unshared, &other.unshared, "a payload of two plans");
            }
        }
    }
}
