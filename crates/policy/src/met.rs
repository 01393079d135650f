//! Whether the obligations of a verdict are met.

use jinku_words::Intent;
use jinku_words::approval::{Approval, Decision};
use jinku_words::verdict::{Obligation, Reason};

use crate::facts::People;

/// What approvals have to name, and when. Its initiator is never an approver.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The intent.
    pub intent: &'a Intent,
    /// Its digest, 64 hex digits, as the others.
    pub intent_digest: &'a str,
    /// Digest of its effects.
    pub effects_digest: &'a str,
    /// Digest of the policy in force.
    pub policy_digest: &'a str,
    /// When the evaluator found the intent recorded, in Unix milliseconds: holds run from there.
    pub recorded_ms: u64,
    /// Unix milliseconds by the evaluator's own clock.
    pub at_ms: u64,
}

/// What is missing; nothing when all obligations are met. The signatures of the approvals were verified by the caller;
/// those that are about something else, expired, or not an approver's do not count. An obligation that is not
/// understood is never met.
#[must_use]
pub fn missing(
    obligations: &[Obligation],
    approvals: &[Approval],
    people: &People,
    subject: &Subject<'_>,
) -> Vec<Reason> {
    let valid = |it: &&Approval| {
        it.deployment == subject.intent.deployment
            && it.intent_digest == subject.intent_digest
            && it.effects_digest == subject.effects_digest
            && it.policy_digest == subject.policy_digest
            && it.bounds == subject.intent.bounds
            && it.not_after_ms >= subject.at_ms
            && it.approver != subject.intent.initiator
            && people.may(&it.approver, "approver", subject.at_ms)
    };
    let said = |decision: Decision| {
        let mut names: Vec<&str> = approvals
            .iter()
            .filter(valid)
            .filter(|it| it.decision == decision)
            .map(|it| it.approver.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let (agreed, against) = (said(Decision::Approve), said(Decision::Reject));
    let mut found = Vec::new();
    for obligation in obligations {
        let reason = match (obligation.code.as_str(), obligation.facts.as_slice()) {
            ("policy.approvals", [(name, text)]) if name == "teams" => {
                approved(text, &agreed, &against, people)
            }
            ("policy.hold", [(name, text)]) if name == "hours" => held(text, subject),
            _ => None,
        };
        let unknown = || {
            let facts = vec![("code".to_owned(), obligation.code.clone())];
            vec![reason_of(
                "policy.not_understood",
                "an obligation is not understood",
                facts,
            )]
        };
        found.extend(reason.unwrap_or_else(unknown));
    }
    found
}

fn reason_of(code: &str, text: &str, facts: Vec<(String, String)>) -> Reason {
    let (code, text) = (code.to_owned(), text.to_owned());
    Reason { code, text, facts }
}

/// None when the text is no list of teams; what is missing otherwise.
fn approved(text: &str, agreed: &[&str], against: &[&str], people: &People) -> Option<Vec<Reason>> {
    let mut seats: Vec<&[String]> = Vec::new();
    let mut rejected: Vec<&str> = Vec::new();
    for team in text.split(',') {
        let (group, count) = team.split_once('=')?;
        let count = number(count, 32)?;
        let (members, threshold) = match people.groups.get(group) {
            Some(team) => (team.members.as_slice(), team.threshold),
            None => (&[] as &[String], 1),
        };
        // More seats than members are never filled, so their number need not be larger.
        let threshold = usize::try_from(threshold).unwrap_or(usize::MAX);
        let seated = count.max(threshold.min(members.len() + 1));
        seats.extend(std::iter::repeat_n(members, seated));
        rejected.extend(
            against
                .iter()
                .filter(|name| members.iter().any(|it| it == *name)),
        );
    }
    let named = |name: &str| vec![("approver".to_owned(), name.to_owned())];
    if let Some(name) = rejected.iter().min() {
        let text = "an approver rejected it";
        return Some(vec![reason_of("policy.rejected", text, named(name))]);
    }
    let filled = matching(&seats, agreed);
    if filled == seats.len() {
        return Some(Vec::new());
    }
    let facts = [
        ("have", filled.to_string()),
        ("needed", seats.len().to_string()),
        ("teams", text.to_owned()),
    ];
    let facts = facts.map(|(name, text)| (name.to_owned(), text)).to_vec();
    let text = "approvals are missing";
    Some(vec![reason_of("policy.approvals_missing", text, facts)])
}

/// How many seats can be filled, each by another person (Kuhn's augmenting paths).
fn matching(seats: &[&[String]], people: &[&str]) -> usize {
    fn seat(
        at: usize,
        seats: &[&[String]],
        people: &[&str],
        taken: &mut [Option<usize>],
        seen: &mut [bool],
    ) -> bool {
        for (index, name) in people.iter().enumerate() {
            if seen[index] || !seats[at].iter().any(|it| it == name) {
                continue;
            }
            seen[index] = true;
            if taken[index].is_none_or(|other| seat(other, seats, people, taken, seen)) {
                taken[index] = Some(at);
                return true;
            }
        }
        false
    }
    let mut taken = vec![None; people.len()];
    (0..seats.len())
        .filter(|at| {
            seat(
                *at,
                seats,
                people,
                &mut taken,
                &mut vec![false; people.len()],
            )
        })
        .count()
}

/// A number in its one form, 1 to `most`.
fn number(text: &str, most: usize) -> Option<usize> {
    let found: usize = text.parse().ok()?;
    ((1..=most).contains(&found) && found.to_string() == text).then_some(found)
}

/// None when the text is no number of hours; what is missing otherwise.
fn held(text: &str, subject: &Subject<'_>) -> Option<Vec<Reason>> {
    let hours = number(text, 8_784)? as u64;
    let until = subject.recorded_ms.saturating_add(hours * 3_600_000);
    if subject.at_ms >= until {
        return Some(Vec::new());
    }
    let facts = vec![("until".to_owned(), until.to_string())];
    Some(vec![reason_of(
        "policy.held",
        "it is held for a while",
        facts,
    )])
}
