//! What happens to one request to sign: appraised, given its slot, cosigned, signed, in this order (docs/adr/0030).

use jinku_chain::{Codec, Signature, Signed};
use jinku_chain_bitcoin::Bitcoin;
use jinku_chain_evm::Evm;
use jinku_chain_solana::Solana;
use jinku_evidence::{Appraised, Head, Own, Request, SignedBytes, SlotState, appraise};
use jinku_proof::Hash;
use jinku_proof::log::checkpoint::Checkpoint;
use jinku_proof::log::handover::Handover;
use jinku_proof::log::submission::Submission;
use jinku_proof::log::trust::TrustRoot;
use jinku_words::{ChainId, Id, Intent, Plan};

use crate::folders::Home;
use crate::handover_file;
use crate::keys::Unlocked;
use crate::limits::Limits;
use crate::policy_rules::PolicyRules;
use crate::refusal::{Outcome, Refusal};
use crate::signing_key::SigningKey;
use crate::slot_line::{Given, hex};
use crate::slot_log::SlotLog;
use crate::system::System;
use crate::trust_pin;
use crate::wire::SignCall;

/// What came of it.
pub(crate) enum Answer {
    /// The slot is given, and the head over it has to be cosigned.
    Reserved(Box<Submission>),
    /// Signed, and read back by the codec.
    Signed(Vec<Signature>, Signed),
}

fn codec(chain: &ChainId) -> Option<&'static dyn Codec> {
    match chain.family() {
        "evm" => Some(&Evm),
        "bitcoin" => Some(&Bitcoin),
        "solana" => Some(&Solana),
        _ => None,
    }
}

/// The head of the journal that the plan's own has to extend: that on which its slot rested, or the last one; where the log
/// goes on under a later origin since, the one with which that begins.
fn seen(
    home: &Home,
    system: &System,
    trust: &TrustRoot,
    last: Option<&Checkpoint>,
) -> Outcome<Head> {
    let of = |head: &Checkpoint| Head {
        size: head.size,
        root: head.root,
    };
    if let Some(last) = last.filter(|last| last.origin == trust.origin) {
        return Ok(of(last));
    }
    let lost = || {
        Refusal::new(
            "log.origin",
            format!(
                "nothing says where {} begins; run `jinku journal new-origin`",
                trust.origin
            ),
        )
    };
    let number = trust_pin::number_of(trust, system)?.ok_or_else(lost)?;
    if number <= 1 {
        return Ok(Head::NONE);
    }
    let said = handover_file::said(&home.handover(number), system)?.ok_or_else(lost)?;
    Handover::parse(&said.statement)
        .map(|handover| of(&handover.to))
        .map_err(|error| trust_pin::wrong(&error))
}

/// Where a signature is made, and when.
pub(crate) struct Desk<'a> {
    /// The files.
    pub(crate) home: &'a Home,
    /// The system keys.
    pub(crate) system: &'a System,
    /// The vault's keys.
    pub(crate) keys: &'a Unlocked,
    /// Unix milliseconds.
    pub(crate) now_ms: u64,
}

impl Desk<'_> {
    /// Everything that is asked of a signature holds; the slot is given, and where its head is cosigned, the transaction
    /// signed. Also says whether nobody outside has to cosign.
    ///
    /// # Errors
    /// The guard that refused, by its code: `evidence.*`, `slot.*`, `slots.*`, `tx.*`, `sign.*`, `trust.*`, `log.*`.
    pub(crate) fn sign(&self, log: &mut SlotLog, call: &SignCall) -> Outcome<(bool, Answer)> {
        let (home, system) = (self.home, self.system);
        let root = trust_pin::newest(&home.trust_root(), system)?;
        let trust = root.root();
        let limits = Limits::parse(&self.keys.opened.header().limits)?;
        // A clock that is set back brings nothing back to life that was over when the last slot was given.
        let now_ms = log.time(self.now_ms);
        let ready = self.appraised(trust, &limits, log, call, now_ms)?;
        let intent = &ready.intent;
        if intent.vault != call.vault {
            let (found, expected) = (intent.vault, call.vault);
            let what =
                format!("the intent is of another vault: found {found}, expected {expected}");
            return Err(Refusal::new("sign.vault", what));
        }
        let pairs = ready.to_sign.iter();
        let signers: Vec<SigningKey> = pairs
            .map(|(wanted, path)| SigningKey::find(self.keys, wanted, path))
            .collect::<Outcome<_>>()?;
        let digest = hex(&ready.slot.intent_digest);
        limits.check(intent, &digest, log.spent(), now_ms)?;

        if ready.state == SlotState::Free {
            let given = Given::of(&ready, trust, now_ms);
            let given = given.map_err(|error| Refusal::new("slots.damaged", error.to_string()))?;
            log.give(system, given)?;
        }
        if !call.head.is_empty() {
            log.stand(home, system, trust, &call.head)?;
        }
        if !log.covers(home, system, trust, ready.plan.id)? {
            let asked = log.submission(system, None)?;
            return Ok((trust.is_dev(), Answer::Reserved(Box::new(asked))));
        }
        let (signatures, signed) = signatures(&ready, &signers)?;
        Ok((trust.is_dev(), Answer::Signed(signatures, signed)))
    }

    fn appraised(
        &self,
        trust: &TrustRoot,
        limits: &Limits,
        log: &SlotLog,
        call: &SignCall,
        now_ms: u64,
    ) -> Outcome<Appraised> {
        let plan: Option<Id> = Plan::from_canonical(&call.plan).ok().map(|plan| plan.id);
        let last = plan.and_then(|plan| log.rested(plan));
        let asked = Intent::from_canonical(&call.intent).ok();
        let chain = asked.as_ref().map(Intent::chain);
        let approvals: Vec<SignedBytes<'_>> = call
            .approvals
            .iter()
            .map(|(bytes, signature)| SignedBytes { bytes, signature })
            .collect();
        let rules = PolicyRules {
            approvals: approvals.iter().map(|approval| approval.bytes).collect(),
            spent: log.spent(),
        };
        let own = Own {
            trust,
            networks: &limits.networks(&self.keys.forms, chain),
            seen: seen(self.home, self.system, trust, last)?,
            vouched: None,
            slots: log.slots(),
            codec,
            rules: &rules,
            now_ms,
        };
        let extension: &[Hash] = &call.extension;
        let request = Request {
            intent: SignedBytes {
                bytes: &call.intent,
                signature: &call.intent_signature,
            },
            plan: &call.plan,
            policy: &call.policy,
            approvals: &approvals,
            entry: &call.entry,
            receipt: &call.receipt,
            extension,
        };
        appraise(&own, &request)
            .map_err(|error| Refusal::new(error.code.as_str(), error.to_string()))
    }
}

fn signatures(ready: &Appraised, signers: &[SigningKey]) -> Outcome<(Vec<Signature>, Signed)> {
    let defect = |what: String| Refusal::new("sign.failed", what);
    let pairs = signers.iter().zip(&ready.to_sign);
    let made: Vec<Signature> = pairs
        .map(|(signer, (wanted, _))| signer.sign(wanted))
        .collect::<Outcome<_>>()?;
    let codec = codec(&ready.plan.chain).ok_or_else(|| defect("no codec".to_owned()))?;
    let signed = codec
        .attach(&ready.unsigned, &made)
        .map_err(|error| defect(format!("what was signed does not hold: {error}")))?;
    Ok((made, signed))
}
