//! What this device does not sign, whoever brings it.

use crate::common::{Done, Place, decide, device, now_ms, pinned, refuses, run, said};
use jinku_approver::Request;

/// The request as a file, its bytes changed; `show` with `--json`.
fn shown(place: &Place, bytes: &[u8]) -> std::process::Output {
    let file = place.file("changed.json", bytes);
    run(
        &place.dir(),
        &["show", &file.to_string_lossy(), "--json"],
        "",
    )
}

#[test]
fn what_contradicts_the_pinned_trust_root_is_neither_shown_nor_signed() -> Done {
    let place = Place::new("contradicts");
    let deployment = pinned(&place);
    let good = deployment.request(deployment.intent());
    let altered = |change: &dyn Fn(&mut Request)| {
        let mut request = good.clone();
        change(&mut request);
        request
    };
    let elsewhere = "eip155:1:0x00000000000000000000000000000000000000aa";
    let cases: [(Request, i32, &str); 8] = [
        (
            altered(&|it| it.intent.destination = elsewhere.parse().expect("an account")),
            5,
            "approver.initiator",
        ),
        (
            altered(&|it| it.intent.amount = 1u64.into()),
            5,
            "approver.initiator",
        ),
        (altered(&|it| it.signature[9] ^= 1), 5, "approver.initiator"),
        (
            altered(&|it| it.intent.initiator = "boss".into()),
            5,
            "approver.initiator",
        ),
        (
            altered(&|it| {
                it.intent.deployment = "018bcfe5-6800-7000-8000-0000000000d2"
                    .parse()
                    .expect("an id")
            }),
            5,
            "approver.deployment",
        ),
        (
            altered(&|it| it.policy_digest = "b".repeat(64)),
            5,
            "approver.policy",
        ),
        (
            altered(&|it| it.trust_root = "b".repeat(64)),
            5,
            "approver.trust_root",
        ),
        (
            altered(&|it| it.intent.bounds.max_fee = 7u64.into()),
            5,
            "approver.initiator",
        ),
    ];
    for (request, status, code) in cases {
        refuses(
            &decide(&place, "approve", &request, &["--json"]),
            status,
            code,
        );
        refuses(&shown(&place, &request.to_canonical()?), status, code);
    }
    said(&shown(&place, &good.to_canonical()?));
    Ok(())
}

#[test]
fn what_is_over_or_of_the_future_is_not_signed() -> Done {
    let place = Place::new("time");
    let deployment = pinned(&place);
    let mut intent = deployment.intent();
    intent.bounds.valid_until_ms = now_ms() - 1;
    refuses(
        &decide(&place, "approve", &deployment.request(intent), &["--json"]),
        3,
        "approver.expired",
    );
    let mut intent = deployment.intent();
    intent.created_at_ms = now_ms() + 20 * 60_000;
    refuses(
        &decide(&place, "approve", &deployment.request(intent), &["--json"]),
        3,
        "approver.future",
    );
    for wrong in ["8d", "0h", "24", "-1h"] {
        let request = deployment.request(deployment.intent());
        refuses(
            &decide(&place, "approve", &request, &["--json", "--for", wrong]),
            2,
            "usage.arguments",
        );
    }
    Ok(())
}

#[test]
fn a_chain_that_is_not_decoded_here_is_not_approved() -> Done {
    let place = Place::new("chain");
    let deployment = pinned(&place);
    let mut intent = deployment.intent();
    intent.source = "cosmos:cosmoshub-4:cosmos1qypqxpq9qcrsszg2pvxq6rs0zqg3yyc5lzv7xu".parse()?;
    intent.destination = intent.source.clone();
    intent.asset = "cosmos:cosmoshub-4/slip44:118".parse()?;
    refuses(
        &decide(&place, "approve", &deployment.request(intent), &["--json"]),
        3,
        "tx.unsupported",
    );
    Ok(())
}

#[test]
fn who_may_not_approve_does_not() -> Done {
    let place = Place::new("role");
    let mut deployment = device(&place);
    let own = deployment.approvers[0].1;
    // Shown without a pin, and said so; signed only with one.
    let request = deployment.request(deployment.intent());
    let seen = said(&shown(&place, &request.to_canonical()?));
    assert!(
        seen.contains("\"not_pinned\"") && seen.contains("\"initiator_checked\":false"),
        "{seen}"
    );
    refuses(
        &decide(&place, "approve", &request, &["--json"]),
        4,
        "approver.not_pinned",
    );
    deployment.approvers = vec![(
        "otto".to_owned(),
        ed25519_dalek::SigningKey::from_bytes(&[8; 32])
            .verifying_key()
            .to_bytes(),
    )];
    said(&crate::common::pin(&place, &deployment));
    let request = deployment.request(deployment.intent());
    refuses(
        &decide(&place, "approve", &request, &["--json"]),
        3,
        "approver.not_an_approver",
    );
    deployment.version = 2;
    deployment.approvers.push(("anna".to_owned(), own));
    said(&crate::common::pin(&place, &deployment));
    refuses(
        &decide(&place, "approve", &request, &["--json"]),
        5,
        "approver.trust_root",
    );
    said(&decide(
        &place,
        "approve",
        &deployment.request(deployment.intent()),
        &[],
    ));
    Ok(())
}

#[test]
fn nobody_approves_what_they_asked_for_themselves() -> Done {
    use jinku_approver::{Checked, Pin, Step};
    use jinku_proof::log::trust::Role;
    use jinku_words::approval::Decision;
    let desk = ed25519_dalek::SigningKey::from_bytes(&[2; 32])
        .verifying_key()
        .to_bytes();
    let other = ed25519_dalek::SigningKey::from_bytes(&[8; 32])
        .verifying_key()
        .to_bytes();
    let mut deployment = crate::common::Deployment::new(other);
    deployment.desk = vec![Role::Approver, Role::Initiator];
    let Step::First(pin) = Pin::step(None, &deployment.signed(), now_ms())? else {
        return Err("it is the first".into());
    };
    let request = deployment.request(deployment.intent());
    let checked = Checked::new(&request, Some(&pin), now_ms())?;
    let decided = |public| checked.decide(Decision::Approve, public, 60_000, now_ms());
    assert!(
        decided(&desk).is_err_and(|error| (error.exit, error.code) == (3, "approver.own_request"))
    );
    assert_eq!(decided(&other)?.approver, "anna");
    Ok(())
}

#[test]
fn without_a_policy_in_the_trust_root_nothing_is_approved() -> Done {
    let place = Place::new("nopolicy");
    let mut deployment = device(&place);
    deployment.policy = None;
    said(&crate::common::pin(&place, &deployment));
    let request = deployment.request(deployment.intent());
    refuses(
        &decide(&place, "approve", &request, &["--json"]),
        5,
        "approver.policy",
    );
    Ok(())
}
