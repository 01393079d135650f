//! Which trust roots a device believes.

use crate::common::{Done, Place, device, pin, refuses, run, said};

#[test]
fn a_trust_root_is_pinned_once_by_its_words_and_then_by_its_admins() -> Done {
    let place = Place::new("pin");
    let mut deployment = device(&place);
    let file = place.file("first.json", &deployment.signed());
    let file = file.to_string_lossy().into_owned();
    let other = "0".repeat(64);
    refuses(
        &run(
            &place.dir(),
            &["pin", &file, "--yes", "--digest", &other, "--json"],
            "",
        ),
        3,
        "approver.digest",
    );
    let forged = place.file("forged.json", &deployment.signed_by(9));
    refuses(
        &run(
            &place.dir(),
            &["pin", &forged.to_string_lossy(), "--json"],
            "",
        ),
        5,
        "trust.unsigned",
    );
    assert!(said(&pin(&place, &deployment)).contains(&deployment.print().words));
    assert!(said(&pin(&place, &deployment)).contains("pinned before"));
    let json = |deployment: &crate::common::Deployment, seed: u8| {
        let file = place.file("next.json", &deployment.signed_by(seed));
        run(
            &place.dir(),
            &["pin", &file.to_string_lossy(), "--json"],
            "",
        )
    };
    deployment.version = 3;
    refuses(&json(&deployment, 1), 5, "trust.version");
    deployment.version = 2;
    refuses(&json(&deployment, 9), 5, "trust.unsigned");
    let document: serde_json::Value = serde_json::from_str(&said(&json(&deployment, 1)))?;
    assert_eq!(
        (&document["version"], &document["new"]),
        (&2.into(), &true.into())
    );
    deployment.version = 1;
    refuses(&json(&deployment, 1), 5, "trust.version");
    let stranger = crate::common::Deployment {
        id: "018bcfe5-6800-7000-8000-0000000000d2",
        ..device_of(&deployment)
    };
    refuses(&json(&stranger, 1), 5, "trust.version");
    Ok(())
}

fn device_of(deployment: &crate::common::Deployment) -> crate::common::Deployment {
    crate::common::Deployment::new(deployment.approvers[0].1)
}
