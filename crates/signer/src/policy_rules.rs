//! The policy's language for [`jinku_evidence::appraise`]: what the signer knows by itself, in the words of `jinku-policy`.

use jinku_evidence::{Case, EvidenceCode, EvidenceError, EvidenceResult, Rules};
use jinku_policy::{
    Deeds, Facts, People, Person, Policy, Spent, Subject, Team, Told, evaluate, missing,
};
use jinku_proof::log::trust::TrustRoot;
use jinku_words::Approval;
use jinku_words::verdict::{Outcome, Reason};

use crate::slot_line::hex;

/// The approvals as they were brought, and what was moved before.
pub(crate) struct PolicyRules<'a> {
    /// Canonical bytes of each; which of them count, the case says.
    pub(crate) approvals: Vec<&'a [u8]>,
    /// By ascending time.
    pub(crate) spent: &'a [Spent],
}

impl Rules for PolicyRules<'_> {
    /// No facts are told and no prices brought: what they could loosen stays shut. When an intent was first recorded is not
    /// shown either, so a hold is never over.
    fn judge(&self, case: &Case<'_>) -> EvidenceResult<()> {
        let policy = Policy::from_canonical(case.policy)?;
        let (digest, people) = (hex(&case.intent.digest()?), people(case.trust));
        let since = case
            .now_ms
            .saturating_sub(policy.longest_window_seconds().saturating_mul(1_000));
        let gone = self.spent.partition_point(|spent| spent.at_ms < since);
        let verdict = evaluate(
            &policy,
            &Facts {
                intent: case.intent,
                digest: &digest,
                deeds: &Deeds::of(case.effects),
                at_ms: case.now_ms,
                ledger: &self.spent[gone..],
                people: &people,
                quotes: &[],
                told: &Told::new(),
            },
        )?;
        if verdict.outcome > Outcome::RequireApproval {
            let what = "the policy does not permit it";
            let found = format!(
                "{}: {}",
                verdict.outcome.as_str(),
                reasons(&verdict.reasons)
            );
            return Err(EvidenceError::new(
                EvidenceCode::Policy,
                what,
                found,
                "allow",
            ));
        }
        let mut given = Vec::new();
        for bytes in &self.approvals {
            let approval = Approval::from_canonical(bytes)?;
            if case.approvers.contains(&approval.approver) {
                given.push(approval);
            }
        }
        // `appraise` held each of them against what was asked: they name one digest of effects.
        let effects = given
            .first()
            .map_or("", |first| first.effects_digest.as_str());
        let lacking = missing(
            &verdict.obligations,
            &given,
            &people,
            &Subject {
                intent: case.intent,
                intent_digest: &digest,
                effects_digest: effects,
                policy_digest: &hex(&policy.digest()),
                recorded_ms: case.now_ms,
                at_ms: case.now_ms,
            },
        );
        if lacking.is_empty() {
            return Ok(());
        }
        let what = "what the policy asks for is not met";
        Err(EvidenceError::new(
            EvidenceCode::Obligation,
            what,
            reasons(&lacking),
            "nothing missing",
        ))
    }
}

/// The reasons that stand against it, with the rules that give them.
fn reasons(all: &[Reason]) -> String {
    let against = all
        .iter()
        .filter(|reason| reason.code != "policy.permitted");
    let said = against.map(|reason| {
        let rule = reason.facts.iter().find(|(name, _)| name == "rule");
        rule.map_or(reason.code.clone(), |(_, rule)| {
            format!("{} by {rule}", reason.code)
        })
    });
    said.collect::<Vec<_>>().join(", ")
}

fn people(trust: &TrustRoot) -> People {
    let person = |key: &jinku_proof::log::trust::TrustedKey| Person {
        roles: key
            .roles
            .iter()
            .map(|role| role.as_str().to_owned())
            .collect(),
        not_after_ms: key.not_after_ms,
    };
    let team = |group: &jinku_proof::log::trust::Group| Team {
        members: group.members.clone(),
        threshold: group.threshold,
    };
    People {
        keys: trust
            .keys
            .iter()
            .map(|key| (key.name.clone(), person(key)))
            .collect(),
        groups: trust
            .groups
            .iter()
            .map(|group| (group.name.clone(), team(group)))
            .collect(),
    }
}
