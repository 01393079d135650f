//! Files that are not exactly what this device reads.

use std::os::unix::fs::{PermissionsExt, symlink};

use crate::common::{Done, PASSPHRASE, Place, device, pinned, refuses, run, said, text};
use jinku_approver::Folder;

/// The request as a file of these bytes; `show` with `--json`.
fn shown(place: &Place, bytes: &[u8]) -> std::process::Output {
    let file = place.file("changed.json", bytes);
    run(
        &place.dir(),
        &["show", &file.to_string_lossy(), "--json"],
        "",
    )
}

#[test]
fn a_file_that_is_not_exactly_a_request_is_refused() -> Done {
    let place = Place::new("files");
    let deployment = pinned(&place);
    let bytes = deployment.request(deployment.intent()).to_canonical()?;
    let whole = String::from_utf8(bytes.clone())?;
    let cases: [(Vec<u8>, &str); 8] = [
        (
            whole
                .replace("{\"intent\"", "{\"extra\":1,\"intent\"")
                .into_bytes(),
            "document.shape",
        ),
        (
            whole.replace("\"told\"", "\"tolt\"").into_bytes(),
            "document.shape",
        ),
        (
            whole
                .replace("{\"amount\"", "{\"aaa\":1,\"amount\"")
                .into_bytes(),
            "document.shape",
        ),
        (
            whole.replace("\"v\":1}", "\"v\":2}").into_bytes(),
            "document.",
        ),
        ([b" ", &bytes[..]].concat(), "json.not_canonical"),
        (bytes[..bytes.len() / 2].to_vec(), "json."),
        (Vec::new(), "json."),
        (vec![b'1'; 70_000], "file.too_large"),
    ];
    for (bytes, code) in cases {
        refuses(&shown(&place, &bytes), 2, code);
    }
    Ok(())
}

#[test]
fn what_is_no_file_of_its_own_is_not_read() -> Done {
    let place = Place::new("links");
    let deployment = pinned(&place);
    let bytes = deployment.request(deployment.intent()).to_canonical()?;
    let link = place.0.join("link.json");
    symlink(place.file("real.json", &bytes), &link)?;
    refuses(
        &run(
            &place.dir(),
            &["show", &link.to_string_lossy(), "--json"],
            "",
        ),
        2,
        "file.kind",
    );
    refuses(
        &run(
            &place.dir(),
            &["show", &place.0.to_string_lossy(), "--json"],
            "",
        ),
        2,
        "file.kind",
    );
    refuses(
        &run(&place.dir(), &["show", "/dev/zero", "--json"], ""),
        2,
        "file.kind",
    );
    refuses(
        &run(&place.dir(), &["show", "/nowhere/request", "--json"], ""),
        4,
        "file.missing",
    );
    refuses(
        &run(&place.0.join("none"), &["show", "x", "--json"], ""),
        4,
        "approver.no_device",
    );
    Ok(())
}

#[test]
fn text_of_the_platform_reaches_no_terminal_as_it_is() -> Done {
    let place = Place::new("text");
    let deployment = pinned(&place);
    let mut request = deployment.request(deployment.intent());
    request.told[0].text = "fine\u{1b}[2J\r\n  ! \u{202e}APPROVED\u{9b}31m".to_owned();
    let file = place.file("request.json", &request.to_canonical()?);
    let seen = said(&run(&place.dir(), &["show", &file.to_string_lossy()], ""));
    assert!(
        seen.bytes()
            .all(|b| b == b'\n' || (b' '..=b'~').contains(&b)),
        "{seen:?}"
    );
    assert!(
        seen.contains("  | policy.limit: fine\\u{1b}[2J ! \\u{202e}APPROVED\\u{9b}31m"),
        "{seen}"
    );
    let whole = String::from_utf8(request.to_canonical()?)?;
    let bent = place.file(
        "bent.json",
        whole
            .replace("\"transfer\"", "\"trans\u{202e}fer\"")
            .as_bytes(),
    );
    let output = run(&place.dir(), &["show", &bent.to_string_lossy()], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).is_ascii(), "{}", text(&output.stderr));
    Ok(())
}

#[test]
fn a_key_file_with_any_byte_changed_or_cut_opens_nothing() -> Done {
    let place = Place::new("flips");
    device(&place);
    let vault = place.dir().join("approver.vault");
    let whole = std::fs::read(&vault)?;
    let folder = Folder::open(&place.dir())?;
    let open = |bytes: &[u8]| {
        std::fs::write(&vault, bytes).expect("ours");
        jinku_approver::DeviceKey::written(&folder)
    };
    for at in 0..whole.len() {
        let mut bent = whole.clone();
        bent[at] ^= 1;
        assert!(open(&bent).is_err(), "byte {at}");
        if at % 16 == 0 {
            assert!(
                open(&whole[..at]).is_err_and(|error| error.exit == 5),
                "cut at {at}"
            );
        }
    }
    assert!(open(&whole).is_ok());
    Ok(())
}

#[test]
fn a_folder_that_is_open_to_others_is_not_used() -> Done {
    let place = Place::new("modes");
    device(&place);
    let vault = place.dir().join("approver.vault");
    let mode = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode))
    };
    mode(&vault, 0o644)?;
    refuses(
        &run(&place.dir(), &["key", "--json"], ""),
        1,
        "approver.open_to_others",
    );
    mode(&vault, 0o600)?;
    mode(&place.dir(), 0o755)?;
    refuses(
        &run(&place.dir(), &["key", "--json"], ""),
        1,
        "approver.open_to_others",
    );
    mode(&place.dir(), 0o700)?;
    said(&run(&place.dir(), &["key", "--json"], ""));
    std::fs::rename(&vault, place.0.join("away"))?;
    symlink(place.0.join("away"), &vault)?;
    refuses(
        &run(&place.dir(), &["key", "--json"], ""),
        1,
        "approver.open_to_others",
    );
    Ok(())
}

#[test]
fn a_vault_file_of_another_kind_is_no_device() -> Done {
    use jinku_envelope::{KdfParams, Unlock, VaultEnvelope, VaultSpec};
    let place = Place::new("kind");
    let deployment = device(&place);
    let hex: String = deployment.approvers[0]
        .1
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let kdf = KdfParams {
        m_kib: KdfParams::MIN_NEW_M_KIB,
        t: 1,
        p: 1,
    };
    let make = |kind: &str, seed: &[u8]| -> Done {
        let spec = VaultSpec {
            vault: "018bcfe5-6800-7000-8000-0000000000a1".into(),
            name: "approver".into(),
            tier: "system".into(),
            forms: Vec::new(),
            limits: "{}".into(),
            exportable: false,
            hardened_accounts: false,
            secret_kind: kind.into(),
            fingerprint: String::new(),
            notes: [
                ("ed25519".to_owned(), hex.clone()),
                ("name".to_owned(), "anna".to_owned()),
            ]
            .into(),
        };
        let unlock = Unlock::Passphrase(PASSPHRASE.as_bytes());
        let (file, _) = VaultEnvelope::create(spec, &unlock, kdf, &[("approver-ed25519", seed)])?;
        std::fs::write(place.dir().join("approver.vault"), file.to_bytes()?)?;
        Ok(())
    };
    let folder = Folder::open(&place.dir())?;
    for (kind, seed) in [
        ("witness", &[7; 32][..]),
        ("approver", &[7; 31]),
        ("approver", &[7; 32]),
    ] {
        make(kind, seed)?;
        let opened = jinku_approver::DeviceKey::open(&folder, PASSPHRASE.as_bytes());
        assert!(
            opened.is_err_and(|error| error.code == "approver.key_unfit"),
            "{kind} {}",
            seed.len()
        );
    }
    Ok(())
}
