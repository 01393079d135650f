//! What a fully owned coordinator tries, one change at a time, and the guard that stops each attempt.

mod common;

use common::{BO, CY, DI, EAST, NOW, THIEF, WEST, World, approval, entry, id, plan};
use jinku_proof::log::trust::{KeyKind, Passkey, Role};
use jinku_words::Uint256;
use jinku_words::approval::Decision;

type Change = fn(&mut World);

/// Each attempt: its name, what is changed, who refuses. Whoever makes an attempt owns all but the keys of people, of the
/// witnesses, and of the signer; where a test signs again, it is with a key that the attacker may have.
const ATTEMPTS: [(&str, Change, &str); 47] = [
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
        "an intent that is over, though its approvals are not",
        |w| {
            w.now_ms = NOW + 600_001;
            for (approval, _) in &mut w.approvals {
                approval.not_after_ms = NOW + 900_000;
            }
        },
        "evidence.time",
    ),
    (
        "an intent of tomorrow",
        |w| w.now_ms = NOW - 400_000,
        "evidence.time",
    ),
    (
        "an intent of tomorrow with a plan of today",
        |w| {
            w.intent.created_at_ms = NOW + 300_001;
            w.plan = plan(&w.intent, 4, 7, None);
            w.entries[5] = entry(&w.intent, &w.plan);
            w.approvals = vec![
                (approval(&w.intent, "cy"), CY),
                (approval(&w.intent, "di"), DI),
            ];
        },
        "evidence.time",
    ),
    (
        "a plan of tomorrow",
        |w| {
            w.plan.created_at_ms = NOW + 300_001;
            w.entries[5] = entry(&w.intent, &w.plan);
        },
        "evidence.time",
    ),
    (
        "a clock before the trust root was made",
        |w| w.trust.created_at_ms = NOW + 300_001,
        "evidence.time",
    ),
    (
        "a clock that every witness calls behind",
        |w| w.cosigned_at = [NOW / 1_000 + 301; 2],
        "evidence.time",
    ),
    (
        "a clock that only a witness of one's own calls right",
        |w| {
            (w.trust.quorum, w.trust.witnesses[1].outside) = (1, false);
            w.cosigned_at[0] = NOW / 1_000 + 301;
        },
        "evidence.time",
    ),
    (
        "a chain of no family that is known",
        |w| w.codec = |_| None,
        "tx.other_chain",
    ),
    (
        "a network that the signer does not sign for",
        |w| w.networks = vec!["eip155:5".parse().expect("a chain")],
        "evidence.network",
    ),
    (
        "a signer without networks",
        |w| w.networks.clear(),
        "evidence.network",
    ),
    (
        "an intent that a stranger signed",
        |w| w.intent_by = WEST,
        "evidence.initiator",
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
        "an approval of the initiator",
        |w| {
            w.trust.keys[1].roles = vec![Role::Approver, Role::Initiator];
            w.approvals[0] = (approval(&w.intent, "bo"), BO);
        },
        "evidence.approval",
    ),
    (
        "an approval of the initiator under another name",
        |w| {
            w.trust.keys[3].public = w.trust.keys[1].public.clone();
            w.approvals[1].1 = BO;
        },
        "evidence.approval",
    ),
    (
        "a passkey, which is not read yet",
        |w| {
            w.trust.keys[2].kind = KeyKind::Passkey(Passkey {
                origin: "https://console.example".to_owned(),
                rp_id: "console.example".to_owned(),
            });
        },
        "evidence.approval",
    ),
    (
        "more approvals than there are keys",
        |w| w.approvals = vec![w.approvals[0].clone(); 5],
        "evidence.approval",
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
        "a journal entry of another intent's digest",
        |w| w.write_entry("intent_digest", &"11".repeat(32)),
        "evidence.entry_of_plan",
    ),
    (
        "a journal entry of another intent's id",
        |w| w.write_entry("subject", &id(50).to_string()),
        "evidence.entry_of_plan",
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
