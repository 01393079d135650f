//! The trust root: its one text, each rule it may break, and the step from one version to the next.

mod common;

use common::{Done, Key, Log, person, signed_root, trust_root};
use jinku_proof::log::error::LogCode;
use jinku_proof::log::key::Algorithm;
use jinku_proof::log::trust::{
    AdminSignature, KeyKind, Passkey, Role, SignedTrustRoot, TrustRoot, TrustedKey,
};

const NOW: u64 = 1_800_000_000_000;

#[test]
fn a_trust_root_has_one_text() -> Done {
    let mut root = trust_root(&Log::new(1), 2, 1);
    root.not_after_ms = Some(NOW);
    root.policy_digest = Some("ab".repeat(32));
    root.keys.push(TrustedKey {
        name: "dee.phone".into(),
        kind: KeyKind::Passkey(Passkey {
            origin: "https://console.example".into(),
            rp_id: "console.example".into(),
        }),
        public: [vec![2], vec![7; 32]].concat(),
        roles: vec![Role::Approver],
        not_after_ms: Some(5),
    });
    let bytes = root.to_canonical()?;
    assert_eq!(TrustRoot::from_canonical(&bytes)?, root);
    assert_eq!(jinku_words::canonical::canonicalize(&bytes)?, bytes);
    let signed = signed_root(root, &[42, 41]);
    let file = signed.to_bytes()?;
    assert_eq!(SignedTrustRoot::parse(&file)?, signed);
    assert_eq!(jinku_words::canonical::canonicalize(&file)?, file);
    let digest = jinku_words::digest::domain_digest("jinku/trust-root/1", &bytes);
    assert_eq!(signed.digest(), digest);
    let print = signed.root().fingerprint()?;
    assert_eq!((print.words.split('-').count(), print.hex.len()), (8, 64));
    for bad in [
        [file.clone(), b"\n".to_vec()].concat(),
        [b" ".to_vec(), file.clone()].concat(),
        file[..file.len() - 1].to_vec(),
    ] {
        assert_eq!(
            SignedTrustRoot::parse(&bad).map_err(|e| e.code),
            Err(LogCode::TrustMalformed)
        );
    }
    Ok(())
}

#[test]
fn a_root_that_breaks_a_rule_is_refused_and_the_field_named() {
    type Bend = fn(&mut TrustRoot);
    let bends: [(&str, Bend); 24] = [
        ("version", |r| r.version = 0),
        ("created_at", |r| r.created_at_ms = 1 << 53),
        ("not_after", |r| r.not_after_ms = Some(1 << 53)),
        ("policy_digest", |r| r.policy_digest = Some("AB".repeat(32))),
        ("admin_threshold", |r| r.admin_threshold = 0),
        ("admin_threshold", |r| r.admin_threshold = 3),
        ("keys", |r| r.keys.swap(0, 1)),
        ("keys.name", |r| r.keys[0].name = "A da".into()),
        ("keys.public", |r| {
            r.keys[1].public = r.keys[0].public.clone()
        }),
        ("keys.public", |r| r.keys[1].public = vec![0; 32]),
        ("keys.public", |r| r.keys[1].public.push(0)),
        ("keys.roles", |r| r.keys[0].roles.clear()),
        ("keys.roles", |r| r.keys[1].roles.reverse()),
        ("keys.not_after", |r| r.keys[0].not_after_ms = Some(1 << 53)),
        ("groups.members", |r| {
            r.groups[0].members = vec!["ada".into()]
        }),
        ("groups.threshold", |r| r.groups[0].threshold = 2),
        ("groups.threshold", |r| r.groups[0].threshold = 0),
        ("journal.origin", |r| r.origin = "a b".into()),
        ("journal.keys", |r| r.journal_keys.clear()),
        ("journal.keys", |r| r.journal_keys.swap(0, 1)),
        ("journal.keys", |r| r.origin = "example.com/other".into()),
        ("witnesses.keys", |r| {
            r.witnesses[0].keys = r.witnesses[1].keys.clone()
        }),
        ("witnesses.keys", |r| {
            r.witnesses[0].keys = r.journal_keys.clone()
        }),
        ("quorum", |r| r.quorum = 3),
    ];
    for (field, bend) in bends {
        let mut root = trust_root(&Log::new(1), 1, 1);
        assert_eq!(root.check(), Ok(()));
        bend(&mut root);
        let refused = root.check().expect_err(field);
        assert_eq!(refused.code, LogCode::TrustMalformed);
        assert!(
            refused.what.contains(&format!("trust_root.{field}")),
            "{field}: {refused}"
        );
        assert!(root.to_canonical().is_err() && root.digest().is_err());
    }
    // A passkey cannot be an admin's: its assertions sign no digest.
    let mut root = trust_root(&Log::new(1), 1, 1);
    root.keys[0].kind = KeyKind::Passkey(Passkey {
        origin: "o".into(),
        rp_id: "r".into(),
    });
    root.keys[0].public = [vec![3], vec![1; 32]].concat();
    assert!(root.check().is_err_and(|e| e.what.contains("algorithm")));
    // A witness that is the log under the same key bytes, of another algorithm byte.
    let mut root = trust_root(&Log::new(1), 1, 1);
    root.witnesses[0].keys = vec![Key::new("w-east", Algorithm::CosignatureV1, 1).public];
    assert!(
        root.check()
            .is_err_and(|e| e.what.contains("witnesses.keys"))
    );
}

#[test]
fn unknown_missing_and_mistyped_fields_are_refused() -> Done {
    let text = String::from_utf8(trust_root(&Log::new(1), 1, 1).to_canonical()?)?;
    for (from, to, says) in [
        ("\"v\":1", "\"v\":2", "trust_root.v"),
        ("\"quorum\":1", "\"quorum\":\"1\"", "trust_root.quorum"),
        ("\"quorum\":1", "\"quorum\":-1", "trust_root.quorum"),
        ("\"quorum\":1,", "", "trust_root.quorum"),
        ("\"outside\":true", "\"outside\":null", "outside"),
        ("\"roles\":[\"admin\"]", "\"roles\":[\"boss\"]", "roles"),
        ("\"roles\":[\"admin\"]", "\"roles\":[1]", "roles"),
        (
            "\"algorithm\":\"ed25519\"",
            "\"algorithm\":\"passkey\"",
            "algorithm",
        ),
        (
            "\"not_after\":null,\"policy_digest\"",
            "\"nota\":1,\"not_after\":null,\"policy_digest\"",
            "canonical",
        ),
        (
            "\"version\":1",
            "\"version\":1,\"wish\":1",
            "trust_root.wish",
        ),
        (
            "\"created_at\":\"1700000000000\"",
            "\"created_at\":\"01\"",
            "",
        ),
        ("\"groups\":[{", "\"groups\":[{\"extra\":1,", ""),
    ] {
        assert!(text.contains(from), "{from}");
        let refused =
            TrustRoot::from_canonical(text.replacen(from, to, 1).as_bytes()).expect_err(to);
        assert!(refused.to_string().contains(says), "{to}: {refused}");
    }
    let signed = String::from_utf8(signed_root(trust_root(&Log::new(1), 1, 1), &[41]).to_bytes()?)?;
    for (from, to) in [
        ("\"signature\":\"", "\"signature\":\"00"),
        ("\"public\":\"", "\"public\":\"zz"),
        ("\"signatures\":[", "\"signatures\":[1,"),
    ] {
        let place = signed.rfind(from).ok_or("a field")?;
        let bent = format!("{}{to}{}", &signed[..place], &signed[place + from.len()..]);
        assert!(SignedTrustRoot::parse(bent.as_bytes()).is_err(), "{to}");
    }
    Ok(())
}

#[test]
fn the_first_version_is_signed_by_the_threshold_of_itself() -> Done {
    let root = trust_root(&Log::new(1), 2, 1);
    signed_root(root.clone(), &[41, 42]).check_first(NOW)?;
    let code = |seeds: &[u8]| {
        signed_root(root.clone(), seeds)
            .check_first(NOW)
            .map_err(|e| e.code)
    };
    // One admin; an approver beside one; strangers only.
    assert_eq!(code(&[41]), Err(LogCode::TrustUnsigned));
    assert_eq!(code(&[41, 43]), Err(LogCode::TrustUnsigned));
    assert_eq!(code(&[91, 92]), Err(LogCode::TrustUnsigned));
    assert_eq!(code(&[]), Err(LogCode::TrustUnsigned));
    let forged = AdminSignature {
        public: person(41).verifying_key().to_bytes(),
        signature: [7; 64],
    };
    let forged = SignedTrustRoot::new(root.clone(), vec![forged])?;
    assert_eq!(
        forged.check_first(NOW).map_err(|e| e.code),
        Err(LogCode::TrustSignature)
    );
    let one = signed_root(root.clone(), &[41]).signatures()[0].clone();
    assert!(
        SignedTrustRoot::new(root.clone(), vec![one.clone(), one]).is_err(),
        "one admin does not count twice"
    );
    let second = signed_root(TrustRoot { version: 2, ..root }, &[41, 42]);
    assert_eq!(
        second.check_first(NOW).map_err(|e| e.code),
        Err(LogCode::TrustVersion)
    );
    second.check_signed(NOW)?;
    Ok(())
}

/// Version 2 with 42 replaced by 44, so that old and new admins differ.
fn next(root: &TrustRoot) -> TrustRoot {
    let mut next = TrustRoot {
        version: root.version + 1,
        created_at_ms: root.created_at_ms + 1,
        ..root.clone()
    };
    next.keys[1].public = person(44).verifying_key().to_bytes().to_vec();
    next
}

#[test]
fn a_next_version_needs_the_old_admins_and_the_new_and_none_is_skipped() -> Done {
    let root = trust_root(&Log::new(1), 2, 1);
    let old = signed_root(root.clone(), &[41, 42]);
    old.check_next(&signed_root(next(&root), &[41, 42, 44]), NOW)?;
    let code = |root: TrustRoot, seeds: &[u8]| {
        old.check_next(&signed_root(root, seeds), NOW)
            .map_err(|e| e.code)
    };
    assert_eq!(
        code(next(&root), &[41, 42]),
        Err(LogCode::TrustUnsigned),
        "the new admins did not sign"
    );
    assert_eq!(
        code(next(&root), &[41, 44]),
        Err(LogCode::TrustUnsigned),
        "the old admins did not sign"
    );
    assert_eq!(
        code(next(&next(&root)), &[41, 42, 44]),
        Err(LogCode::TrustVersion),
        "a version was skipped"
    );
    assert_eq!(
        code(root.clone(), &[41, 42]),
        Err(LogCode::TrustVersion),
        "the same version again"
    );
    let older = TrustRoot {
        created_at_ms: 1,
        ..next(&root)
    };
    assert_eq!(code(older, &[41, 42, 44]), Err(LogCode::TrustVersion));
    let foreign = TrustRoot {
        deployment: "018bcfe5-6800-7000-8000-000000000001".parse()?,
        ..next(&root)
    };
    assert_eq!(code(foreign, &[41, 42, 44]), Err(LogCode::TrustVersion));
    Ok(())
}

#[test]
fn expired_keys_and_expired_roots_count_no_more() -> Done {
    let mut root = trust_root(&Log::new(1), 2, 1);
    root.keys[0].not_after_ms = Some(NOW);
    root.not_after_ms = Some(NOW);
    let signed = signed_root(root.clone(), &[41, 42]);
    signed.check_first(NOW)?;
    assert_eq!(
        signed.check_first(NOW + 1).map_err(|e| e.code),
        Err(LogCode::TrustUnsigned)
    );
    root.check_fresh(NOW)?;
    assert_eq!(
        root.check_fresh(NOW + 1).map_err(|e| e.code),
        Err(LogCode::TrustExpired)
    );
    let ada = root.key("ada").ok_or("ada")?;
    assert!(
        ada.may(Role::Admin, NOW)
            && !ada.may(Role::Admin, NOW + 1)
            && !ada.may(Role::Approver, NOW)
    );
    assert!(root.key("nobody").is_none());
    assert!(!root.is_dev() && TrustRoot { quorum: 0, ..root }.is_dev());
    Ok(())
}
