//! Slots: which nonce or output each signed plan consumes. An intent has at most one effect, because all its plans consume
//! something in common, of which the chain takes one.
//!
//! A slot is given for ever: what was signed once may land at any time. The signer keeps the slots durably; here is what
//! may be given beside what was.

use std::collections::HashMap;

use jinku_words::{Detail, EvmType, Id, Intent, Plan};

use crate::error::{EvidenceCode, EvidenceError, EvidenceResult};

/// What one plan consumes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The intent.
    pub intent: Id,
    /// Its digest.
    pub intent_digest: [u8; 32],
    /// The plan.
    pub plan: Id,
    /// Its digest.
    pub plan_digest: [u8; 32],
    /// Names of what the chain takes once: a nonce of an account, an output. Empty on chains that have neither.
    pub keys: Vec<String>,
    /// Names that stand in one plan only, though no chain promises to take them once: each payload's digest, since two
    /// intents that ask for the same may be the same bytes, of which the chain takes one; a durable nonce with its value.
    pub unshared: Vec<String>,
    /// Whether the next plan of the same intent takes along what is signed here: an authorisation of EIP-7702. It is good in
    /// anybody's transaction, so it counts as a plan that may land.
    pub precursor: bool,
    /// Who asked, and their idempotency key: `initiator/key`. What was asked for once is one intent.
    pub request: String,
}

/// Whether a plan's slot is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotState {
    /// It was given to this very plan: the same signatures may be made again.
    Given,
    /// It is free for this plan; it has to be kept before anything is signed.
    Free,
}

impl Slot {
    /// What the plan of an intent consumes.
    ///
    /// # Errors
    /// As the digests of the two.
    pub fn of(intent: &Intent, plan: &Plan) -> EvidenceResult<Self> {
        Ok(Self::made(intent, intent.digest()?, plan, plan.digest()?))
    }

    /// The same, for those who know the digests.
    pub(crate) fn made(
        intent: &Intent,
        intent_digest: [u8; 32],
        plan: &Plan,
        plan_digest: [u8; 32],
    ) -> Self {
        Self {
            intent: intent.id,
            intent_digest,
            plan: plan.id,
            plan_digest,
            keys: keys(intent, plan),
            unshared: unshared(plan),
            precursor: evm_type(plan) == Some(EvmType::Authorization),
            request: format!("{}/{}", intent.initiator, intent.idempotency_key),
        }
    }
}

fn evm_type(plan: &Plan) -> Option<EvmType> {
    match &plan.detail {
        Some(Detail::Evm(evm)) => Some(evm.kind),
        _ => None,
    }
}

/// Only what the family's transactions name: a nonce in a plan for another chain is a word that it never hears.
fn keys(intent: &Intent, plan: &Plan) -> Vec<String> {
    match plan.chain.family() {
        "evm" => {
            let own = plan.nonce.into_iter();
            // The authorisation that it carries has the next nonce of the same account.
            let carried = plan
                .nonce
                .filter(|_| evm_type(plan) == Some(EvmType::SetCode));
            let next = carried.and_then(|number| number.checked_add(1));
            own.chain(next)
                .map(|number| format!("{}/nonce/{number}", intent.source))
                .collect()
        }
        "bitcoin" => {
            let inputs = plan.inputs.iter();
            inputs
                .map(|input| format!("{}/{}", plan.chain, input.outpoint))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The payloads' digests, without the chain: the bytes of some families name none. And a durable nonce with the value that
/// the plan says it has. It is no key: were that value a recent block's hash, two transactions under it could both land.
fn unshared(plan: &Plan) -> Vec<String> {
    let payloads = plan.payloads.iter();
    let mut names: Vec<String> = payloads
        .map(|payload| format!("payload/{}", payload.digest))
        .collect();
    if let (Some(Detail::Solana(solana)), Some(value)) = (&plan.detail, &plan.anchor)
        && let Some(account) = &solana.nonce_account
    {
        names.push(format!("{}/{account}/{value}", plan.chain));
    }
    names
}

/// Every slot that was given.
#[derive(Clone, Debug, Default)]
pub struct Slots {
    given: Vec<Slot>,
    by_plan: HashMap<Id, usize>,
    by_name: HashMap<String, usize>,
    last_of: HashMap<Id, usize>,
    by_request: HashMap<String, Id>,
}

impl Slots {
    /// How many were given.
    #[must_use]
    pub fn len(&self) -> usize {
        self.given.len()
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    /// Holds when the slot may be given; `replaces` is what its plan says.
    ///
    /// # Errors
    /// `slot.taken` for what another intent's plan consumes or another plan's payload, `slot.asked_twice` for another intent
    /// under one idempotency key, `slot.second_plan` where two plans of one intent could land.
    pub fn check(&self, slot: &Slot, replaces: Option<Id>) -> EvidenceResult<SlotState> {
        if let Some(known) = self.by_plan.get(&slot.plan).map(|at| &self.given[*at]) {
            if known == slot {
                return Ok(SlotState::Given);
            }
            let what = "a plan has the id of another that was signed";
            return Err(second(what, &slot.plan.to_string(), "an id of its own"));
        }
        if let Some((key, at)) = slot.keys.iter().find_map(|key| {
            let at = *self.by_name.get(key)?;
            (self.given[at].intent != slot.intent).then_some((key, at))
        }) {
            return Err(self.taken("a nonce or an output is another intent's", key, at));
        }
        if let Some(intent) = self.by_request.get(&slot.request)
            && *intent != slot.intent
        {
            return Err(EvidenceError::new(
                EvidenceCode::AskedTwice,
                "an idempotency key is another intent's, of which a plan was signed",
                format!("{}, of the intent {intent}", slot.request),
                "one intent for each key of an initiator",
            ));
        }
        let replaced = replaces.and_then(|id| self.by_plan.get(&id));
        if let Some(other) = replaced.map(|at| &self.given[*at])
            && other.intent != slot.intent
        {
            let what = "a plan says that it replaces another intent's";
            return Err(second(what, &other.plan.to_string(), "one of its own"));
        }
        if let Some(last) = self.last_of.get(&slot.intent).map(|at| &self.given[*at]) {
            may_follow(last, slot, replaces)?;
        }
        let mut unshared = slot.unshared.iter();
        match unshared.find_map(|name| Some((name, *self.by_name.get(name)?))) {
            None => Ok(SlotState::Free),
            Some((name, at)) => {
                Err(self.taken("a payload or a durable nonce is another plan's", name, at))
            }
        }
    }

    fn taken(&self, what: &str, name: &str, at: usize) -> EvidenceError {
        let found = format!("{name}, given to the plan {}", self.given[at].plan);
        let expected = "what no signed plan consumes";
        EvidenceError::new(EvidenceCode::SlotTaken, what, found, expected)
    }

    /// The slot is given. What [`Slots::check`] refuses changes nothing.
    ///
    /// # Errors
    /// As [`Slots::check`].
    pub fn give(&mut self, slot: Slot, replaces: Option<Id>) -> EvidenceResult<SlotState> {
        let state = self.check(&slot, replaces)?;
        if state == SlotState::Free {
            let at = self.given.len();
            self.by_plan.insert(slot.plan, at);
            self.last_of.insert(slot.intent, at);
            self.by_request.insert(slot.request.clone(), slot.intent);
            let names = slot.keys.iter().chain(&slot.unshared);
            self.by_name.extend(names.map(|name| (name.clone(), at)));
            self.given.push(slot);
        }
        Ok(state)
    }
}

fn second(what: &str, found: &str, expected: &str) -> EvidenceError {
    EvidenceError::new(EvidenceCode::SecondPlan, what, found, expected)
}

/// Holds when of all plans of an intent at most one can land: each consumes at least what the one before it does.
fn may_follow(last: &Slot, next: &Slot, replaces: Option<Id>) -> EvidenceResult<()> {
    if last.intent_digest != next.intent_digest {
        let what = "an intent has the id of another that was signed";
        return Err(second(what, &next.intent.to_string(), "an id of its own"));
    }
    let completes = last.precursor && !next.precursor && replaces.is_none();
    if !completes && replaces != Some(last.plan) {
        let found = replaces.map_or("a plan that replaces none".to_owned(), |id| {
            format!("one that replaces {id}")
        });
        let expected = format!("one that replaces {}, the last that was signed", last.plan);
        return Err(second("an intent has a plan already", &found, &expected));
    }
    if last.keys.is_empty() {
        let what =
            "the plan before can still land, and nothing makes the chain take only one of the two";
        return Err(second(
            what,
            &last.plan.to_string(),
            "an intent without a signed plan",
        ));
    }
    match last.keys.iter().find(|key| !next.keys.contains(key)) {
        None => Ok(()),
        Some(key) => {
            let what = "a replacement does not consume what the plan before consumes, so that both could land";
            Err(second(
                what,
                &format!("no {key}"),
                "every nonce and output of the plan before",
            ))
        }
    }
}
