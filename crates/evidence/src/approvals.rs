//! People: who asked, and who agreed. Every one is a key of the pinned trust root, in a role that it has now.

use std::collections::BTreeMap;

use jinku_proof::log::trust::{KeyKind, Role, TrustRoot, TrustedKey};
use jinku_proof::verify_digest;
use jinku_words::approval::Decision;
use jinku_words::digest::{APPROVAL, domain_digest};
use jinku_words::{Approval, Bounds};

use crate::error::{EvidenceCode, EvidenceError, EvidenceResult};

/// A document and what its author signed it with.
#[derive(Clone, Copy, Debug)]
pub struct SignedBytes<'a> {
    /// Canonical bytes.
    pub bytes: &'a [u8],
    /// Ed25519 over the document's digest.
    pub signature: &'a [u8; 64],
}

/// What an approval has to name, and who may not give one.
pub(crate) struct Shown<'a> {
    pub(crate) initiator: &'a str,
    pub(crate) intent: &'a str,
    pub(crate) effects: &'a str,
    pub(crate) bounds: &'a Bounds,
    pub(crate) policy: &'a str,
}

/// Holds when the key of that name may do this now and signed the digest.
pub(crate) fn check_signed(
    trust: &TrustRoot,
    name: &str,
    role: Role,
    digest: &[u8; 32],
    signature: &[u8; 64],
    now_ms: u64,
) -> EvidenceResult<()> {
    let code = match role {
        Role::Initiator => EvidenceCode::Initiator,
        _ => EvidenceCode::Approval,
    };
    let refused = |what: &str, found: &str| {
        let expected = format!(
            "the signature of a key of the trust root that is {} now",
            role.as_str()
        );
        Err(EvidenceError::new(code.clone(), what, found, expected))
    };
    let Some(key) = trust.key(name).filter(|key| key.may(role, now_ms)) else {
        return refused("a key may not do this", name);
    };
    let TrustedKey {
        kind: KeyKind::Ed25519,
        public,
        ..
    } = key
    else {
        return refused("assertions of passkeys are not read yet", name);
    };
    let Ok(public) = <&[u8; 32]>::try_from(public.as_slice()) else {
        return refused("a key of the trust root is malformed", name);
    };
    if verify_digest(public, digest, signature).is_err() {
        return refused("a signature does not hold", name);
    }
    Ok(())
}

/// The names of those who approve, each once, when every approval is of exactly what is shown here.
///
/// An approval that does not fit is a refusal and no silence: somebody meant something else. Whoever asks approves nothing by
/// that, so an initiator's own is refused, too.
///
/// # Errors
/// `evidence.approval`, `evidence.rejected`, `evidence.time`.
pub(crate) fn check_approvals(
    trust: &TrustRoot,
    shown: &Shown<'_>,
    approvals: &[SignedBytes<'_>],
    now_ms: u64,
) -> EvidenceResult<Vec<String>> {
    let most = trust.keys.len();
    if approvals.len() > most {
        return Err(EvidenceError::new(
            EvidenceCode::Approval,
            "there are more approvals than keys in the trust root",
            approvals.len().to_string(),
            format!("at most {most}"),
        ));
    }
    let mut agreed = BTreeMap::new();
    for given in approvals {
        let approval = Approval::from_canonical(given.bytes)?;
        let digest = domain_digest(APPROVAL, given.bytes);
        check_signed(
            trust,
            &approval.approver,
            Role::Approver,
            &digest,
            given.signature,
            now_ms,
        )?;
        check_shown(trust, shown, &approval)?;
        // By public key: two names of one key are one person.
        let public = |name: &str| trust.key(name).map(|key| key.public.as_slice());
        let key = public(&approval.approver);
        if key == public(shown.initiator) {
            return Err(EvidenceError::new(
                EvidenceCode::Approval,
                "an initiator approved what they asked for",
                approval.approver,
                "the approval of somebody else",
            ));
        }
        if approval.not_after_ms < now_ms {
            let expected = format!("an approval that holds at {now_ms}");
            let found = format!("{}: until {}", approval.approver, approval.not_after_ms);
            return Err(EvidenceError::new(
                EvidenceCode::Time,
                "an approval is over",
                found,
                expected,
            ));
        }
        if approval.decision == Decision::Reject {
            let what = "an approver rejected it";
            return Err(EvidenceError::new(
                EvidenceCode::Rejected,
                what,
                approval.approver,
                "approvals only",
            ));
        }
        agreed.insert(key, approval.approver);
    }
    Ok(agreed.into_values().collect())
}

fn check_shown(trust: &TrustRoot, shown: &Shown<'_>, approval: &Approval) -> EvidenceResult<()> {
    let differ = |part: &str, found: String, expected: String| {
        let what = format!("an approval is of something else: {part} differ");
        Err(EvidenceError::new(
            EvidenceCode::Approval,
            what,
            found,
            expected,
        ))
    };
    if approval.bounds != *shown.bounds {
        let found = format!("{:?}", approval.bounds);
        return differ("the bounds", found, format!("{:?}", shown.bounds));
    }
    let pairs = [
        (
            "the deployment",
            approval.deployment.to_string(),
            trust.deployment.to_string(),
        ),
        (
            "the intent",
            approval.intent_digest.clone(),
            shown.intent.to_owned(),
        ),
        (
            "the effects",
            approval.effects_digest.clone(),
            shown.effects.to_owned(),
        ),
        (
            "the policy",
            approval.policy_digest.clone(),
            shown.policy.to_owned(),
        ),
    ];
    match pairs
        .into_iter()
        .find(|(_, found, expected)| found != expected)
    {
        None => Ok(()),
        Some((part, found, expected)) => differ(part, found, expected),
    }
}
