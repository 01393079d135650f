//! What may be signed, and how swapped documents, other histories and second plans are refused.

mod common;

use common::{DI, NOW, World, approval, code, entry, id, intent, plan};
use jinku_evidence::{Head, Own, SlotState, Vouched, appraise};

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
    let long = code(world.ask_with(|bytes| bytes.entry = vec![b' '; 65_536]));
    assert_eq!(long, "evidence.entry_of_plan", "not even read");
}

#[test]
fn a_witness_whose_clock_runs_ahead_stops_nothing() {
    let mut world = World::new();
    world.cosigned_at = [NOW / 1_000, NOW];
    assert_eq!(world.refusal(), "signed");
    world.cosigned_at = [NOW / 1_000 + 300; 2];
    assert_eq!(world.refusal(), "signed", "as far as clocks may differ");
    world.trust.created_at_ms = NOW + 300_000;
    assert_eq!(world.refusal(), "signed");
}

#[test]
fn the_last_moment_of_an_intent_or_an_approval_and_as_many_approvals_as_keys_are_good() {
    let mut world = World::new();
    world.now_ms = NOW + 60_000;
    assert_eq!(world.refusal(), "signed", "the approvals' last moment");
    world.now_ms += 1;
    assert_eq!(world.refusal(), "evidence.time");
    for (approval, _) in &mut world.approvals {
        approval.not_after_ms = NOW + 900_000;
    }
    world.now_ms = world.intent.bounds.valid_until_ms;
    assert_eq!(world.refusal(), "signed", "the intent's last moment");
    let mut world = World::new();
    world.approvals.extend(world.approvals.clone());
    assert_eq!(world.approvals.len(), world.trust.keys.len());
    assert_eq!(world.refusal(), "signed");
}

#[test]
fn a_request_that_was_sent_twice_is_signed_once() {
    let mut world = World::new();
    let first = world.ask().expect("everything holds");
    world.slots.give(first.slot, None).expect("free");
    // The initiator asked again under the same idempotency key, since no answer came.
    let again = intent_of_another();
    let mut second = World::of(again.clone(), plan(&again, 9, 8, None));
    second.slots = world.slots.clone();
    assert_eq!(second.refusal(), "slot.asked_twice");
    let mut wanted = again;
    wanted.idempotency_key = "order-4712".to_owned();
    let mut second = World::of(wanted.clone(), plan(&wanted, 9, 8, None));
    second.slots = world.slots.clone();
    assert_eq!(second.refusal(), "signed", "another request");
}

#[test]
fn a_checkpoint_that_was_verified_before_decides_nothing() {
    let world = World::new();
    let with = |asked: &World, vouched: &Vouched| {
        let bytes = asked.bytes();
        let own = Own {
            vouched: Some(vouched),
            ..asked.own()
        };
        code(appraise(&own, &bytes.request(&bytes.approvals())))
    };
    let vouched = Vouched::of(&world.trust, &world.bytes().receipt).expect("it holds");
    assert_eq!(with(&world, &vouched), "signed");
    let mut alone = world.clone();
    alone.cosigned_by.truncate(1);
    assert_eq!(with(&alone, &vouched), "evidence.witnesses", "another note");
    let mut dev = alone.clone();
    dev.trust.quorum = 0;
    let vouched = Vouched::of(&dev.trust, &alone.bytes().receipt).expect("nobody has to");
    assert_eq!(with(&dev, &vouched), "signed");
    let refused = with(&alone, &vouched);
    assert_eq!(refused, "evidence.witnesses", "another trust root");
    assert!(Vouched::of(&world.trust, &alone.bytes().receipt).is_err());
    let mut moved = world.clone();
    moved.at = 4;
    let entry = world.entries[5].clone();
    let bytes = moved.bytes();
    let vouched = Vouched::of(&moved.trust, &bytes.receipt).expect("it holds");
    let own = Own {
        vouched: Some(&vouched),
        ..moved.own()
    };
    let given = bytes.approvals();
    let mut request = bytes.request(&given);
    request.entry = &entry;
    assert_eq!(code(appraise(&own, &request)), "evidence.inclusion");
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
    let older = world.ask().expect_err("an older head");
    assert_eq!(older.code.as_str(), "evidence.head");
    assert!(older.what.contains("older than the one seen"), "{older}");
    world.seen = Head {
        size: 6,
        root: [9; 32],
    };
    assert_eq!(
        world.refusal(),
        "evidence.head",
        "another tree of that size"
    );
    for proof in [vec![[9; 32]], vec![world.head(6).root; 3]] {
        let answer = world.ask_with(|bytes| bytes.extension.clone_from(&proof));
        assert_eq!(code(answer), "evidence.head", "whatever is shown for it");
    }
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
    assert_eq!(taken.refusal(), "signed", "where the nonce is free");
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
