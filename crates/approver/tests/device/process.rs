//! The program itself: a device from its making to its answers.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::common::{
    DESTINATION, Done, PASSPHRASE, PROGRAM, Place, decide, device, now_ms, pinned, refuses, run,
    said, text,
};
use ed25519_dalek::{Signature, VerifyingKey};
use jinku_approver::Answer;
use jinku_chain::Codec;
use jinku_chain_evm::Evm;
use jinku_words::approval::Decision;

#[test]
fn an_approval_holds_under_the_key_that_init_printed() -> Done {
    let place = Place::new("approval");
    let deployment = pinned(&place);
    let request = deployment.request(deployment.intent());
    let answer = Answer::from_canonical(
        said(&decide(&place, "approve", &request, &[]))
            .trim_end()
            .as_bytes(),
    )?;
    let approval = &answer.approval;
    let hex = |digest: [u8; 32]| {
        digest
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect::<String>()
    };
    assert_eq!(approval.intent_digest, hex(request.intent.digest()?));
    assert_eq!(
        approval.effects_digest,
        hex(Evm.asked(&request.intent)?.digest()?)
    );
    assert_eq!(
        (approval.decision, approval.approver.as_str()),
        (Decision::Approve, "anna")
    );
    assert_eq!(approval.bounds, request.intent.bounds);
    // The intent ends within the hour, and the approval with it.
    assert_eq!(approval.not_after_ms, request.intent.bounds.valid_until_ms);
    let key = VerifyingKey::from_bytes(&deployment.approvers[0].1)?;
    key.verify_strict(
        &approval.digest()?,
        &Signature::from_bytes(&answer.signature),
    )?;
    let mut other = approval.clone();
    other.decision = Decision::Reject;
    assert!(
        key.verify_strict(&other.digest()?, &Signature::from_bytes(&answer.signature))
            .is_err()
    );
    Ok(())
}

#[test]
fn a_rejection_is_signed_and_makes_no_destination_known() -> Done {
    let place = Place::new("rejection");
    let deployment = pinned(&place);
    let request = deployment.request(deployment.intent());
    let out = place.0.join("answer.json");
    let out = out.to_string_lossy().into_owned();
    let done = decide(&place, "reject", &request, &["--out", &out, "--for", "10m"]);
    assert!(said(&done).starts_with("rejected, good until "));
    let answer = Answer::from_canonical(&std::fs::read(&out)?)?;
    assert_eq!(answer.approval.decision, Decision::Reject);
    assert!(answer.approval.not_after_ms <= now_ms() + 600_000);
    assert!(!place.dir().join("destinations").exists());
    refuses(
        &decide(&place, "reject", &request, &["--out", &out]),
        1,
        "exists",
    );
    assert_eq!(
        Answer::from_canonical(&std::fs::read(&out)?)?,
        answer,
        "the first one is left alone"
    );
    Ok(())
}

#[test]
fn a_destination_is_new_once_and_its_look_alike_is_named() -> Done {
    let place = Place::new("known");
    let deployment = pinned(&place);
    let shown = |request: &jinku_approver::Request| -> String {
        let bytes = request.to_canonical().expect("a request");
        let file = place.file("shown.json", &[&bytes[..], b"\n"].concat());
        said(&run(&place.dir(), &["show", &file.to_string_lossy()], ""))
    };
    let request = deployment.request(deployment.intent());
    let first = shown(&request);
    assert!(
        first.contains("never approved anything to this destination"),
        "{first}"
    );
    assert!(
        first.contains(DESTINATION)
            && first.contains("= 1.5 of the chain's own coin (18 decimals)"),
        "{first}"
    );
    assert!(
        first.contains("  | policy.limit: above the daily limit"),
        "{first}"
    );
    said(&decide(&place, "approve", &request, &[]));
    let again = shown(&request);
    assert!(!again.contains("never approved"), "{again}");
    let mut intent = deployment.intent();
    intent.destination = "eip155:1:0x6fac0000000000000000000000000000000ab9c0".parse()?;
    let twin = shown(&deployment.request(intent));
    assert!(
        twin.contains(&format!("begins and ends like {DESTINATION}")),
        "{twin}"
    );
    Ok(())
}

#[test]
fn init_makes_one_closed_key_and_never_another_over_it() -> Done {
    let place = Place::new("once");
    let deployment = device(&place);
    let vault = place.dir().join("approver.vault");
    let before = std::fs::read(&vault)?;
    assert_eq!(
        std::fs::metadata(&vault)?.permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        std::fs::metadata(place.dir())?.permissions().mode() & 0o777,
        0o700
    );
    let words = ["init", "--name", "otto", "--json", "--passphrase-fd", "0"];
    refuses(&run(&place.dir(), &words, PASSPHRASE), 1, "approver.exists");
    assert_eq!(std::fs::read(&vault)?, before);
    let line = said(&run(&place.dir(), &["key"], ""));
    let hex: String = deployment.approvers[0]
        .1
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    assert_eq!(
        line,
        format!("jinku trust add anna {hex} --role approver\n")
    );
    for (words, code) in [
        (
            vec!["init", "--name", "Anna B", "--json", "--passphrase-fd", "0"],
            "document.value",
        ),
        (
            vec!["init", "--json", "--passphrase-fd", "0"],
            "usage.arguments",
        ),
        (
            vec!["init", "--name", "x", "--json", "--passphrase", "secret"],
            "usage.arguments",
        ),
    ] {
        refuses(&run(&place.0.join("other"), &words, PASSPHRASE), 2, code);
        assert!(!place.0.join("other").exists());
    }
    refuses(
        &run(
            &place.0.join("other"),
            &["init", "--name", "x", "--json", "--passphrase-fd", "0"],
            "",
        ),
        1,
        "envelope.empty_passphrase",
    );
    Ok(())
}

#[test]
fn of_two_inits_at_once_one_makes_the_key() -> Done {
    let place = Place::new("race");
    let start = || {
        let file = place.file("passphrase", PASSPHRASE.as_bytes());
        Command::new(PROGRAM)
            .args(["init", "--name", "anna", "--json", "--passphrase-file"])
            .arg(file)
            .arg("--dir")
            .arg(place.dir())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    };
    let (first, second) = (start()?, start()?);
    let ended = [first.wait_with_output()?, second.wait_with_output()?];
    let (won, lost): (Vec<_>, Vec<_>) = ended.iter().partition(|output| output.status.success());
    assert_eq!((won.len(), lost.len()), (1, 1), "{ended:?}");
    assert_eq!(lost[0].status.code(), Some(1));
    let public =
        |bytes: &[u8]| -> serde_json::Value { serde_json::from_slice(bytes).expect("JSON") };
    let key = run(&place.dir(), &["key", "--json"], "");
    assert_eq!(public(&key.stdout), public(&won[0].stdout));
    let left: Vec<_> = std::fs::read_dir(place.dir())?.collect();
    assert_eq!(left.len(), 1, "{left:?}");
    Ok(())
}

#[test]
fn another_passphrase_signs_nothing_and_no_output_holds_a_secret() -> Done {
    let place = Place::new("wrong");
    let deployment = pinned(&place);
    let request = deployment.request(deployment.intent());
    let file = place.file("request.json", &request.to_canonical()?);
    let file = file.to_string_lossy().into_owned();
    let digest = jinku_proof::log::trust::Fingerprint::of(&request.intent.digest()?).hex;
    let words = [
        "approve",
        &file,
        "--yes",
        "--digest",
        &digest,
        "--passphrase-fd",
        "0",
        "--json",
    ];
    let wrong = run(&place.dir(), &words, "another passphrase entirely");
    refuses(&wrong, 3, "envelope.wrong_secret");
    let right = run(&place.dir(), &words, PASSPHRASE);
    said(&right);
    for output in [&wrong, &right] {
        let all = text(&output.stdout) + &text(&output.stderr);
        assert!(
            !all.contains(PASSPHRASE) && !all.contains("another passphrase"),
            "{all}"
        );
    }
    // Whoever has the file has no seed: no 32 bytes of it give the public key.
    let vault = std::fs::read(place.dir().join("approver.vault"))?;
    let seeds = vault.windows(32).filter(|seed| {
        let seed: [u8; 32] = (*seed).try_into().expect("32 bytes");
        ed25519_dalek::SigningKey::from_bytes(&seed)
            .verifying_key()
            .to_bytes()
            == deployment.approvers[0].1
    });
    assert_eq!(seeds.count(), 0);
    Ok(())
}
