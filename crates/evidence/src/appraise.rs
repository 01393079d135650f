//! The whole appraisal, in the order in which a reader would ask.

use jinku_chain::{Codec, Effects, ToSign, Unsigned};
use jinku_proof::Hash;
use jinku_proof::log::trust::{Role, TrustRoot};
use jinku_words::digest::{INTENT, PLAN, domain_digest};
use jinku_words::{ChainId, Intent, Plan};

use crate::approvals::{Shown, SignedBytes, check_approvals, check_signed};
use crate::error::{EvidenceCode, EvidenceError, EvidenceResult};
use crate::journal::{Head, Planned, Seen, Vouched, check_planned};
use crate::networks::check_network;
use crate::slots::{Slot, SlotState, Slots};

/// The tag of the digest that names a policy.
const POLICY: &str = "jinku/policy/1";
/// How far another machine's clock may run ahead of the signer's, in milliseconds.
const AHEAD_MS: u64 = 300_000;

/// What a coordinator brings. Nothing in it is believed.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The intent, signed by its initiator.
    pub intent: SignedBytes<'a>,
    /// The plan.
    pub plan: &'a [u8],
    /// The policy document.
    pub policy: &'a [u8],
    /// Approvals, signed by those who gave them.
    pub approvals: &'a [SignedBytes<'a>],
    /// The journal's entry of the plan.
    pub entry: &'a [u8],
    /// Its receipt (C2SP tlog-proof), with the cosigned checkpoint.
    pub receipt: &'a [u8],
    /// A consistency proof from the head seen last to the receipt's.
    pub extension: &'a [Hash],
}

/// The policy's language: another crate speaks it.
pub trait Rules {
    /// Holds when the policy permits the intent with these effects, and these approvals meet its obligations.
    ///
    /// # Errors
    /// `evidence.policy`, `evidence.obligation`.
    fn judge(&self, case: &Case<'_>) -> EvidenceResult<()>;
}

/// What a policy is asked about. All of it was verified.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The policy that the trust root names.
    pub policy: &'a [u8],
    /// The intent.
    pub intent: &'a Intent,
    /// What the bytes do.
    pub effects: &'a Effects,
    /// The names of those who approve.
    pub approvers: &'a [String],
    /// Groups and their members.
    pub trust: &'a TrustRoot,
    /// What was signed before.
    pub slots: &'a Slots,
    /// Unix milliseconds.
    pub now_ms: u64,
}

/// What a signer knows by itself.
#[derive(Clone, Copy)]
pub struct Own<'a> {
    /// Pinned.
    pub trust: &'a TrustRoot,
    /// The networks that it signs for, out of its settings: the trust root does not say. Of a family whose bytes name no
    /// network (all but EVM) at most one.
    pub networks: &'a [ChainId],
    /// The head of the log that it saw last.
    pub seen: Head,
    /// A checkpoint that it verified before, where it has one: it saves time and decides nothing.
    pub vouched: Option<&'a Vouched>,
    /// What it signed.
    pub slots: &'a Slots,
    /// The codec of a chain's family, where it has one.
    pub codec: fn(&ChainId) -> Option<&'static dyn Codec>,
    /// The policy's language.
    pub rules: &'a dyn Rules,
    /// Its own clock, Unix milliseconds.
    pub now_ms: u64,
}

/// What may be signed, after the slot and the head were kept durably.
#[derive(Clone, Debug)]
pub struct Appraised {
    /// The intent.
    pub intent: Intent,
    /// The plan.
    pub plan: Plan,
    /// What is signed, rebuilt from the two.
    pub unsigned: Unsigned,
    /// The payloads, each with the path that the plan names for its key.
    pub to_sign: Vec<(ToSign, String)>,
    /// To be kept, with [`Plan::replaces`].
    pub slot: Slot,
    /// Whether it was kept before.
    pub state: SlotState,
    /// The head of the log that was shown; to be kept.
    pub head: Head,
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What may be signed, when everything holds.
///
/// # Errors
/// The guard that refused: see [`EvidenceCode`].
pub fn appraise(own: &Own<'_>, request: &Request<'_>) -> EvidenceResult<Appraised> {
    own.trust.check_fresh(own.now_ms)?;
    let intent = Intent::from_canonical(request.intent.bytes)?;
    let plan = Plan::from_canonical(request.plan)?;
    check_deployment(own.trust, &intent)?;
    check_times(own.trust, &intent, &plan, own.now_ms)?;
    // Documents are read from their canonical bytes alone, so these are what their digests are made of.
    let intent_digest = domain_digest(INTENT, request.intent.bytes);
    let plan_digest = domain_digest(PLAN, request.plan);
    let (trust, now_ms) = (own.trust, own.now_ms);
    let signature = request.intent.signature;
    check_signed(
        trust,
        &intent.initiator,
        Role::Initiator,
        &intent_digest,
        signature,
        now_ms,
    )?;
    let policy_digest = check_policy(trust, request.policy)?;

    let codec = codec_of(own, intent.chain())?;
    let checked = codec.check(&intent, &plan)?;

    let intent_hex = hex(&intent_digest);
    let planned = Planned {
        subject: &intent.id.to_string(),
        intent: &intent_hex,
        plan: &hex(&plan_digest),
    };
    let head = check_planned(trust, &planned, seen(own), request)?;

    let shown = Shown {
        initiator: &intent.initiator,
        intent: &intent_hex,
        effects: &hex(&codec.asked(&intent)?.digest()?),
        bounds: &intent.bounds,
        policy: &policy_digest,
    };
    let approvers = check_approvals(trust, &shown, request.approvals, now_ms)?;
    own.rules.judge(&Case {
        policy: request.policy,
        intent: &intent,
        effects: &checked.effects,
        approvers: &approvers,
        trust,
        slots: own.slots,
        now_ms,
    })?;

    let slot = Slot::made(&intent, intent_digest, &plan, plan_digest);
    let state = own.slots.check(&slot, plan.replaces)?;
    let paths = plan.payloads.iter().map(|payload| payload.path.clone());
    let to_sign = codec
        .payloads(&checked.unsigned)?
        .into_iter()
        .zip(paths)
        .collect();
    Ok(Appraised {
        unsigned: checked.unsigned,
        intent,
        plan,
        to_sign,
        slot,
        state,
        head,
    })
}

const fn seen<'a>(own: &Own<'a>) -> Seen<'a> {
    Seen {
        vouched: own.vouched,
        head: own.seen,
        latest_ms: latest(own.now_ms),
    }
}

fn codec_of(own: &Own<'_>, chain: &ChainId) -> EvidenceResult<&'static dyn Codec> {
    check_network(own.networks, chain)?;
    (own.codec)(chain).ok_or_else(|| {
        EvidenceError::new(
            EvidenceCode::Chain("tx.other_chain"),
            "this signer has no codec for the chain",
            chain.to_string(),
            "a chain of a known family",
        )
    })
}

fn check_deployment(trust: &TrustRoot, intent: &Intent) -> EvidenceResult<()> {
    if intent.deployment == trust.deployment {
        return Ok(());
    }
    let (found, expected) = (intent.deployment.to_string(), trust.deployment.to_string());
    Err(EvidenceError::new(
        EvidenceCode::Deployment,
        "an intent is of another deployment",
        found,
        expected,
    ))
}

/// The latest moment that another machine's clock may show now.
const fn latest(now_ms: u64) -> u64 {
    now_ms.saturating_add(AHEAD_MS)
}

/// Whoever sets the signer's clock back to bring something that is over meets what was made since.
fn check_times(trust: &TrustRoot, intent: &Intent, plan: &Plan, now_ms: u64) -> EvidenceResult<()> {
    let late = latest(now_ms);
    for (what, made) in [
        ("the trust root", trust.created_at_ms),
        ("an intent", intent.created_at_ms),
        ("a plan", plan.created_at_ms),
    ] {
        if made > late {
            let what = format!("{what} was made in the future; compare the clocks");
            return Err(EvidenceError::new(
                EvidenceCode::Time,
                what,
                made.to_string(),
                format!("at most {late}"),
            ));
        }
    }
    if intent.bounds.valid_until_ms < now_ms {
        let found = intent.bounds.valid_until_ms.to_string();
        return Err(EvidenceError::new(
            EvidenceCode::Time,
            "an intent is over",
            found,
            format!("at least {now_ms}"),
        ));
    }
    Ok(())
}

/// The digest of the policy, when it is the one that the trust root names. Without one nothing is permitted.
fn check_policy(trust: &TrustRoot, policy: &[u8]) -> EvidenceResult<String> {
    let digest = hex(&domain_digest(POLICY, policy));
    match &trust.policy_digest {
        Some(named) if *named == digest => Ok(digest),
        named => {
            let expected = named
                .as_deref()
                .unwrap_or("a trust root that names a policy");
            let what = "the policy is not the one in force";
            Err(EvidenceError::new(
                EvidenceCode::Policy,
                what,
                digest,
                expected,
            ))
        }
    }
}
