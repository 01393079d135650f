//! What a fully owned coordinator tries, and the guard that stops each attempt.

mod common;

use common::{BO, CY, DI, EAST, NOW, THIEF, WEST, World, approval, code, entry, id, intent, plan};
use jinku_evidence::{Head, SlotState};
use jinku_proof::log::trust::Role;
use jinku_words::Uint256;
use jinku_words::approval::Decision;

#[test]
fn what_was_asked_approved_and_written_down_is_signed() {
    let world = World::new();
    let ready = world.ask().expect("everything holds");
    assert_eq!(ready.state, SlotState::Free);
    assert_eq!(ready.to_sign.len(), 1);
    assert_eq!(ready.to_sign[0].1, "m/44'/60'/0'/0/0");
    assert_eq!(
        hex::encode(ready.to_sign[0].0.digest()),
        world.plan.payloads[0].digest
    );
    assert_eq!(ready.to_sign[0].0.account, world.intent.source);
    assert_eq!(ready.head, world.head(6));
    assert_eq!(ready.slot.keys, [format!("{}/nonce/7", common::OURS)]);
}

type Change = fn(&mut World);

/// Each attempt: its name, what is changed, who refuses. Whoever makes an attempt owns all but the keys of people, of the
/// witnesses, and of the signer; where a test signs again, it is with a key that the attacker may have.
const ATTEMPTS: [(&str, Change, &str); 31] = [
    (
        "altered destination",
        |w| w.intent.destination = THIEF.parse().expect("an account"),
        "tx.plan",
    ),
    (
        "altered amount",
        |w| w.intent.amount = Uint256::from(2_000),
        "tx.plan",
    ),
    (
        "an intent signed by an approver",
        |w| w.intent_by = CY,
        "evidence.initiator",
    ),
    (
        "an intent of a stranger",
        |w| w.trust.keys.retain(|key| key.name != "bo"),
        "evidence.initiator",
    ),
    (
        "an initiator whose key is over",
        |w| w.trust.keys[1].not_after_ms = Some(NOW - 1),
        "evidence.initiator",
    ),
    (
        "an initiator that is only an admin",
        |w| w.trust.keys[1].roles = vec![Role::Admin],
        "evidence.initiator",
    ),
    (
        "another deployment",
        |w| w.trust.deployment = id(99),
        "evidence.deployment",
    ),
    (
        "an intent that is over",
        |w| w.now_ms = NOW + 600_001,
        "evidence.time",
    ),
    (
        "an intent of tomorrow",
        |w| w.now_ms = NOW - 400_000,
        "evidence.time",
    ),
    (
        "a trust root that is over",
        |w| w.trust.not_after_ms = Some(NOW - 1),
        "trust.expired",
    ),
    (
        "another policy",
        |w| w.policy = br#"{"v":2}"#.to_vec(),
        "evidence.policy",
    ),
    (
        "no policy",
        |w| w.trust.policy_digest = None,
        "evidence.policy",
    ),
    (
        "one approval",
        |w| w.approvals.truncate(1),
        "evidence.obligation",
    ),
    (
        "no approval",
        |w| w.approvals.clear(),
        "evidence.obligation",
    ),
    (
        "one approval twice",
        |w| w.approvals[1] = w.approvals[0].clone(),
        "evidence.obligation",
    ),
    (
        "one key under two names",
        |w| {
            let public = w.trust.keys[2].public.clone();
            w.trust.keys[3].public = public;
            w.approvals[1].1 = CY;
        },
        "evidence.obligation",
    ),
    (
        "an approval signed by the initiator",
        |w| w.approvals[0].1 = BO,
        "evidence.approval",
    ),
    (
        "an approver who left",
        |w| w.trust.keys.retain(|key| key.name != "di"),
        "evidence.approval",
    ),
    (
        "an approver whose key is over",
        |w| w.trust.keys[3].not_after_ms = Some(NOW - 1),
        "evidence.approval",
    ),
    (
        "an approver that is only an initiator",
        |w| w.trust.keys[3].roles = vec![Role::Initiator],
        "evidence.approval",
    ),
    (
        "a replayed approval of another intent",
        |w| w.approvals[0].0.intent_digest = "11".repeat(32),
        "evidence.approval",
    ),
    (
        "an approval of other effects",
        |w| w.approvals[0].0.effects_digest = "11".repeat(32),
        "evidence.approval",
    ),
    (
        "an approval of lower fees",
        |w| w.approvals[0].0.bounds.max_fee = Uint256::from(1),
        "evidence.approval",
    ),
    (
        "an approval under an old policy",
        |w| w.approvals[0].0.policy_digest = "11".repeat(32),
        "evidence.approval",
    ),
    (
        "an approval of another deployment",
        |w| w.approvals[0].0.deployment = id(77),
        "evidence.approval",
    ),
    (
        "an approval that is over",
        |w| w.approvals[0].0.not_after_ms = NOW - 1,
        "evidence.time",
    ),
    (
        "a rejection",
        |w| w.approvals[0].0.decision = Decision::Reject,
        "evidence.rejected",
    ),
    (
        "a checkpoint with one witness",
        |w| w.cosigned_by.truncate(1),
        "evidence.witnesses",
    ),
    (
        "a checkpoint that one witness cosigned under two names",
        |w| {
            w.cosigned_by = vec![("w-east", EAST), ("w-west", EAST)];
        },
        "evidence.witnesses",
    ),
    (
        "a checkpoint that the log did not sign",
        |w| w.log_by = WEST,
        "evidence.log_signature",
    ),
    (
        "a checkpoint of another log",
        |w| w.origin = "example.com/other".to_owned(),
        "evidence.origin",
    ),
];

#[test]
fn each_attempt_is_stopped_by_its_guard() {
    assert_eq!(World::new().refusal(), "signed");
    for (name, change, guard) in ATTEMPTS {
        let mut world = World::new();
        change(&mut world);
        assert_eq!(world.refusal(), guard, "{name}");
    }
}

#[test]
fn a_swapped_plan_or_entry_is_refused() {
    let mut world = World::new();
    world.plan = plan(&world.intent, 5, 8, None);
    assert_eq!(
        world.refusal(),
        "evidence.entry_of_plan",
        "the journal has another plan"
    );
    let mut world = World::new();
    world.plan.payloads[0].digest = "22".repeat(32);
    world.entries[5] = entry(&world.intent, &world.plan);
    assert_eq!(
        world.refusal(),
        "tx.plan",
        "what would be signed is rebuilt"
    );
    let mut world = World::new();
    world.at = 4;
    assert_eq!(
        world.refusal(),
        "evidence.document",
        "an entry that is no document"
    );
    let world = World::new();
    let other = intent_of_another();
    let forged = code(world.ask_with(|bytes| bytes.entry = entry(&other, &world.plan)));
    assert_eq!(forged, "evidence.entry_of_plan");
    let unplanned = code(world.ask_with(|bytes| {
        let text = String::from_utf8(bytes.entry.clone()).expect("text");
        bytes.entry = text
            .replace("transfer.planned", "transfer.signed!")
            .into_bytes();
    }));
    assert_eq!(unplanned, "evidence.entry_of_plan");
}

fn intent_of_another() -> jinku_words::Intent {
    let mut other = intent();
    other.id = id(50);
    other
}

#[test]
fn an_entry_that_is_not_in_the_log_is_refused() {
    let world = World::new();
    // The very entry, a receipt of the place beside it.
    let mut beside = world.clone();
    beside.at = 4;
    let entry = world.entries[5].clone();
    let answer = beside.ask_with(|bytes| bytes.entry.clone_from(&entry));
    assert_eq!(code(answer), "evidence.inclusion");
}

#[test]
fn a_journal_that_steps_back_or_forks_is_refused() {
    let mut world = World::new();
    world.seen = world.head(6);
    assert_eq!(world.refusal(), "signed", "the very head seen before");
    world.seen = world.head(3);
    assert_eq!(world.refusal(), "signed", "a head that extends it");
    assert_eq!(
        code(world.ask_with(|bytes| bytes.extension.clear())),
        "evidence.head",
        "no proof of it"
    );
    let mut longer = world.clone();
    longer.entries.push(b"{6}".to_vec());
    world.seen = longer.head(7);
    assert_eq!(world.refusal(), "evidence.head", "an older head");
    world.seen = Head {
        size: 6,
        root: [9; 32],
    };
    assert_eq!(
        world.refusal(),
        "evidence.head",
        "another tree of that size"
    );
    world.seen = Head {
        size: 3,
        root: [9; 32],
    };
    assert_eq!(world.refusal(), "evidence.head", "another beginning");
}

#[test]
fn changed_bytes_are_refused() {
    let world = World::new();
    let spaced = code(world.ask_with(|bytes| bytes.intent.insert(1, b' ')));
    assert_ne!(spaced, "signed");
    for at in 0..64 {
        let answer = world.ask_with(|bytes| bytes.intent_signature[at] ^= 1);
        assert_eq!(code(answer), "evidence.initiator");
        let answer = world.ask_with(|bytes| bytes.approvals[0].1[at] ^= 1);
        assert_eq!(code(answer), "evidence.approval");
    }
}

#[test]
fn what_was_signed_is_signed_again_and_nothing_else_of_it() {
    let mut world = World::new();
    let ready = world.ask().expect("everything holds");
    world.slots.give(ready.slot, None).expect("free");
    assert_eq!(world.ask().expect("the same").state, SlotState::Given);

    // A second plan of the intent, at another nonce: both could land.
    let mut double = World::of(world.intent.clone(), plan(&world.intent, 5, 8, None));
    double.slots = world.slots.clone();
    assert_eq!(double.refusal(), "slot.second_plan");
    let mut double = World::of(world.intent.clone(), plan(&world.intent, 5, 8, Some(id(4))));
    double.slots = world.slots.clone();
    assert_eq!(
        double.refusal(),
        "slot.second_plan",
        "it says that it replaces, and does not"
    );
    // The same nonce: one of the two lands.
    let mut bump = World::of(world.intent.clone(), plan(&world.intent, 5, 7, Some(id(4))));
    bump.slots = world.slots.clone();
    assert_eq!(bump.refusal(), "signed");
    bump.slots
        .give(bump.ask().expect("it").slot, Some(id(4)))
        .expect("free");
    // A third has to replace the second.
    let mut third = World::of(world.intent.clone(), plan(&world.intent, 6, 7, Some(id(4))));
    third.slots = bump.slots.clone();
    assert_eq!(third.refusal(), "slot.second_plan");
    // Another intent at this nonce.
    let other = intent_of_another();
    let mut taken = World::of(other.clone(), plan(&other, 9, 7, None));
    taken.slots = world.slots.clone();
    assert_eq!(taken.refusal(), "slot.taken");
}

#[test]
fn an_intent_that_may_not_be_replaced_is_not() {
    let mut fixed = intent();
    fixed.bounds.replaceable = false;
    let world = World::of(fixed.clone(), plan(&fixed, 4, 7, None));
    assert_eq!(world.refusal(), "signed");
    let mut second = world.clone();
    second.plan.replaces = Some(id(70));
    second.entries[5] = entry(&second.intent, &second.plan);
    assert_eq!(second.refusal(), "tx.plan");
}

#[test]
fn an_approval_names_the_intent_and_not_its_plan() {
    // A bump needs no new approval: what was approved are effects and bounds.
    let world = World::new();
    let again = approval(&world.intent, "cy");
    assert_eq!(again, world.approvals[0].0);
    assert_eq!(world.approvals[1].1, DI);
}
