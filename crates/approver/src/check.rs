//! What a request has to keep before anything of it is shown or signed.

use ed25519_dalek::{Signature, VerifyingKey};
use jinku_chain::{ChainCode, ChainError, Codec, Effects};
use jinku_chain_bitcoin::Bitcoin;
use jinku_chain_evm::Evm;
use jinku_chain_solana::Solana;
use jinku_proof::log::trust::{Fingerprint, Role};
use jinku_words::approval::Decision;
use jinku_words::{Approval, ChainId};

use crate::moment::utc;
use crate::{ApproverError, Outcome, Pin, Request};

/// How far the clocks of two machines may stand apart.
const SKEW_MS: u64 = 5 * 60_000;

/// A request, decoded here, that contradicts nothing that this device knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked<'a> {
    /// What was brought.
    pub request: &'a Request,
    /// The trust root that it was compared with; without one, who asks is not known.
    pub pin: Option<&'a Pin>,
    /// What the intent does, decoded on this device.
    pub effects: Effects,
    /// Of the intent.
    pub intent_print: Fingerprint,
    /// Of the effects.
    pub effects_print: Fingerprint,
}

/// The codec of a chain.
fn codec(chain: &ChainId) -> Outcome<&'static dyn Codec> {
    match chain.family() {
        "evm" => Ok(&Evm),
        "bitcoin" => Ok(&Bitcoin),
        "solana" => Ok(&Solana),
        family => {
            let what = format!("the {family} family has no codec on this device");
            let expected = "a chain of the evm, bitcoin or solana family";
            Err(ChainError::new(ChainCode::Unsupported, what, chain.to_string(), expected).into())
        }
    }
}

impl<'a> Checked<'a> {
    /// The request holds at `now_ms`, as far as `pin` can tell.
    ///
    /// # Errors
    /// `approver.deployment`, `approver.trust_root`, `approver.policy`, `approver.initiator` (exit 5), `approver.expired`,
    /// `approver.future` (exit 3), `tx.*`, `trust.expired`.
    pub fn new(request: &'a Request, pin: Option<&'a Pin>, now_ms: u64) -> Outcome<Self> {
        if let Some(pin) = pin {
            check_pinned(request, pin, now_ms)?;
        }
        check_time(request, now_ms)?;
        let effects = codec(request.intent.chain())?.asked(&request.intent)?;
        Ok(Self {
            request,
            pin,
            intent_print: Fingerprint::of(&request.intent.digest()?),
            effects_print: Fingerprint::of(&effects.digest()?),
            effects,
        })
    }

    /// The decision of the approver with this key, good for `for_ms` and no longer than the intent.
    ///
    /// # Errors
    /// `approver.not_pinned` (exit 4), `approver.not_an_approver`, `approver.own_request` (exit 3).
    pub fn decide(
        &self,
        decision: Decision,
        public: &[u8; 32],
        for_ms: u64,
        now_ms: u64,
    ) -> Outcome<Approval> {
        let intent = &self.request.intent;
        let pin = self.pin.ok_or_else(not_pinned)?;
        let Some(own) = pin.approver(public, now_ms) else {
            let expected = format!(
                "a key with the role approver in version {} of the trust root",
                pin.root().version
            );
            return Err(ApproverError::refused(
                "approver.not_an_approver",
                "this device's key may not approve now",
            )
            .found(crate::request::hex(public))
            .expected(expected)
            .advice("have the admins add it (jinku-approver key prints the line), then pin the new version"));
        };
        let asks = pin.root().key(&intent.initiator);
        if asks.is_some_and(|key| key.public == own.public) {
            return Err(ApproverError::refused(
                "approver.own_request",
                "this device's key asked for it itself",
            )
            .found(&intent.initiator)
            .expected("the approval of somebody else")
            .advice("let another approver decide; no signer counts this one"));
        }
        Ok(Approval {
            deployment: intent.deployment,
            intent_digest: self.intent_print.hex.clone(),
            effects_digest: self.effects_print.hex.clone(),
            bounds: intent.bounds.clone(),
            policy_digest: self.request.policy_digest.clone(),
            decision,
            not_after_ms: now_ms
                .saturating_add(for_ms)
                .min(intent.bounds.valid_until_ms),
            approver: own.name.clone(),
        })
    }
}

fn not_pinned() -> ApproverError {
    ApproverError::missing(
        "approver.not_pinned",
        "this device has pinned no trust root",
    )
    .expected("a trust root whose fingerprint a person compared")
    .advice("jinku-approver pin FILE, with what the admins export: jinku trust export --out FILE")
}

/// Deployment, trust root, policy and initiator are those of the pinned trust root.
fn check_pinned(request: &Request, pin: &Pin, now_ms: u64) -> Outcome<()> {
    let (intent, root) = (&request.intent, pin.root());
    root.check_fresh(now_ms)?;
    let differs = |code, what: &str, found: &str, expected: &str| {
        ApproverError::integrity(code, what)
            .found(found)
            .expected(expected)
    };
    if intent.deployment != root.deployment {
        let (found, expected) = (intent.deployment.to_string(), root.deployment.to_string());
        return Err(differs(
            "approver.deployment",
            "the request is of another deployment",
            &found,
            &expected,
        )
        .advice(
            "do not approve it; a device that approves for two deployments has a --dir for each",
        ));
    }
    let pinned = &pin.fingerprint().hex;
    if request.trust_root != *pinned {
        return Err(differs("approver.trust_root", "the request names another trust root than is pinned", &request.trust_root, pinned)
            .advice("if there is a newer version, pin it (jinku-approver pin FILE); if there is none, the platform lies"));
    }
    let policy = root.policy_digest.as_deref().unwrap_or("none");
    if request.policy_digest != policy {
        return Err(differs(
            "approver.policy",
            "the request names another policy than the trust root",
            &request.policy_digest,
            policy,
        )
        .advice("do not approve it; the policy in force is what the admins signed"));
    }
    check_initiator(request, pin, now_ms)
}

fn check_initiator(request: &Request, pin: &Pin, now_ms: u64) -> Outcome<()> {
    let intent = &request.intent;
    let refused = |what: &str, expected: &str| {
        ApproverError::integrity("approver.initiator", what)
            .found(&intent.initiator)
            .expected(expected)
            .advice("do not approve it; ask the initiator by another way what they asked for")
    };
    let Some(key) = pin.key(&intent.initiator, Role::Initiator, now_ms) else {
        let expected = "a key of the trust root that is initiator now";
        return Err(refused("whoever asks may not ask", expected));
    };
    let public = <&[u8; 32]>::try_from(key.public.as_slice()).ok();
    let key = public.and_then(|public| VerifyingKey::from_bytes(public).ok());
    let signature = Signature::from_bytes(&request.signature);
    let digest = intent.digest()?;
    match key {
        Some(key) if !key.is_weak() && key.verify_strict(&digest, &signature).is_ok() => Ok(()),
        _ => Err(refused(
            "the initiator did not sign this intent",
            "their signature over exactly what is shown",
        )),
    }
}

fn check_time(request: &Request, now_ms: u64) -> Outcome<()> {
    let intent = &request.intent;
    let end = intent.bounds.valid_until_ms;
    if end <= now_ms {
        return Err(
            ApproverError::refused("approver.expired", "the intent is over")
                .found(format!("valid until {}", utc(end)))
                .expected(format!(
                    "later than {}, by this device's clock",
                    utc(now_ms)
                ))
                .advice("have it asked for anew; if the clock is wrong, set it"),
        );
    }
    if intent.created_at_ms > now_ms.saturating_add(SKEW_MS) {
        return Err(
            ApproverError::refused("approver.future", "the intent is of the future")
                .found(format!("made at {}", utc(intent.created_at_ms)))
                .expected(format!(
                    "at most five minutes after {}, by this device's clock",
                    utc(now_ms)
                ))
                .advice("see which clock is wrong, and set it"),
        );
    }
    Ok(())
}
