//! A decision: every rule is asked, forbid wins, no permit denies, and the obligations of all that match bind.

use jinku_words::Uint256;
use jinku_words::error::Result;
use jinku_words::verdict::{Obligation, Outcome, Reason, Verdict};

use crate::Policy;
use crate::facts::Facts;
use crate::range::Answer;
use crate::rule::{Cap, Ceiling, Effect, Quorum, Rule};
use crate::when::View;

/// The room's name in verdicts.
const ROOM: &str = "policy";
/// How many reasons a verdict holds before it only counts them.
const MAX_REASONS: usize = 64;
/// More obligations than this are refused; with as many reasons, the longest verdict is a document still.
const MAX_OBLIGATIONS: usize = 16;

/// Says what may happen to an intent.
///
/// # Errors
/// A document that a verdict cannot hold; then nothing may be signed.
pub fn evaluate(policy: &Policy, facts: &Facts<'_>) -> Result<Verdict> {
    let intent = facts.intent;
    let texts = [
        intent.asset.to_string(),
        intent.chain().to_string(),
        intent.destination.to_string(),
        intent.initiator.clone(),
        intent.kind.as_str().to_owned(),
        intent.source.to_string(),
        intent.vault.to_string(),
    ];
    let reference = policy.reference.as_ref();
    let view = View::new(facts, &policy.book, &texts, reference);
    let mut found = Findings {
        outcome: Outcome::Allow,
        permitted: false,
        binding: Vec::new(),
        reasons: Vec::new(),
    };
    for rule in &policy.rules {
        let answer = rule.when.test(&view, rule.effect == Effect::Permit);
        if answer != Answer::No {
            found.matched(rule, answer);
        }
    }
    if !found.permitted {
        found.add("policy.no_permit", "no rule permits it", &[]);
        found.outcome = Outcome::Deny;
    }
    let binding = std::mem::take(&mut found.binding);
    for rule in &binding {
        for cap in &rule.then.limits {
            found.limit(&view, rule, cap);
        }
        if let Some(ceiling) = &rule.then.ceiling {
            found.ceiling(facts, rule, ceiling);
        }
    }
    let verdict = found.verdict(&binding);
    verdict.check()?;
    Ok(verdict)
}

struct Findings<'p> {
    outcome: Outcome,
    permitted: bool,
    binding: Vec<&'p Rule>,
    reasons: Vec<Reason>,
}

impl<'p> Findings<'p> {
    fn add(&mut self, code: &str, text: &str, facts: &[(&str, &str)]) {
        let own = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        self.reasons.push(Reason {
            code: code.to_owned(),
            text: text.to_owned(),
            facts: facts.iter().map(own).collect(),
        });
    }

    /// A permit that is not sure permits nothing; what it asks for binds all the same, or whoever withholds a price
    /// would choose among the permits.
    fn matched(&mut self, rule: &'p Rule, answer: Answer) {
        let (code, text) = match rule.effect {
            Effect::Forbid => ("policy.forbidden", "a rule forbids it"),
            Effect::Permit => ("policy.permitted", "a rule permits it"),
            Effect::Require => ("policy.required", "a rule asks for more"),
        };
        let sure = answer == Answer::Yes;
        let how = if sure { "certain" } else { "possible" };
        self.add(code, text, &[("match", how), ("rule", &rule.name)]);
        self.permitted |= sure && rule.effect == Effect::Permit;
        if rule.effect == Effect::Forbid {
            self.outcome = Outcome::Deny;
        } else {
            self.binding.push(rule);
        }
    }

    fn overflow(&mut self, rule: &Rule, what: &str) {
        let facts = [("rule", rule.name.as_str()), ("what", what)];
        self.add("policy.overflow", "a sum does not fit 256 bits", &facts);
        self.outcome = Outcome::Deny;
    }

    fn limit(&mut self, view: &View<'_>, rule: &Rule, cap: &Cap) {
        let facts = view.facts;
        let intent = facts.intent;
        let spent = || facts.ledger.iter().filter(|it| cap.counts(facts, it));
        if let Some(most) = cap.amount {
            let same = spent().filter(|it| it.asset == intent.asset);
            let total = sum(intent.amount, same.map(|it| it.amount));
            self.over(rule, cap, "amount", (intent.amount, total, most));
        }
        if let Some(most) = cap.count {
            let total = Uint256::from(spent().count() as u64 + 1);
            self.over(rule, cap, "count", (1.into(), Some(total), most.into()));
        }
        let Some(most) = cap.value else { return };
        // What has no value counts as nothing: the limit binds on the rest, and the one in asset units on all.
        let own = view.value.map_or(Uint256::ZERO, |(_, high)| high);
        let total = sum(own, spent().filter_map(|it| it.value));
        self.over(rule, cap, "value", (own, total, most));
        if view.value.is_none() || spent().any(|it| it.value.is_none()) {
            let text = "no value for want of prices; the limit in asset units binds";
            self.add("policy.unpriced", text, &[("rule", &rule.name)]);
        }
    }

    /// What is over for itself will never fit; what is over with others may, once they left the window.
    fn over(
        &mut self,
        rule: &Rule,
        cap: &Cap,
        what: &str,
        (own, total, most): (Uint256, Option<Uint256>, Uint256),
    ) {
        let Some(total) = total else {
            return self.overflow(rule, what);
        };
        if total <= most {
            return;
        }
        let per: Vec<&str> = cap.per.iter().map(|names| names.column()).collect();
        let facts = [
            ("found", total.to_string()),
            ("most", most.to_string()),
            ("per", per.join(" ")),
            ("rule", rule.name.clone()),
            ("what", what.to_owned()),
            ("window_seconds", cap.window_seconds.to_string()),
        ];
        let facts = facts.each_ref().map(|(name, text)| (*name, text.as_str()));
        self.add("policy.limit", "a limit would be passed", &facts);
        let outcome = if own > most { Outcome::Deny } else { cap.over };
        self.outcome = self.outcome.max(outcome);
    }

    fn ceiling(&mut self, facts: &Facts<'_>, rule: &Rule, ceiling: &Ceiling) {
        let told = |name: &str| facts.told.get(name).copied();
        let amount = facts.intent.amount;
        let total = amount.checked_add(told("balance").unwrap_or_default());
        let share = ceiling
            .need_percent
            .and_then(|percent| Some((percent, told("need")?)));
        let lowered = match share {
            None => Some(ceiling.most),
            Some((percent, need)) => need
                .checked_mul(percent)
                .and_then(|it| it.checked_div(100))
                .map(|(share, _)| share.min(ceiling.most)),
        };
        let (Some(total), Some(most)) = (total, lowered) else {
            return self.overflow(rule, "ceiling");
        };
        if total <= most {
            return;
        }
        let (found, limit) = (total.to_string(), most.to_string());
        let said = [
            ("found", found.as_str()),
            ("most", limit.as_str()),
            ("rule", rule.name.as_str()),
        ];
        self.add("policy.ceiling", "a ceiling would be passed", &said);
        let outcome = if amount > ceiling.most {
            Outcome::Deny
        } else {
            Outcome::Throttle
        };
        self.outcome = self.outcome.max(outcome);
    }

    fn verdict(mut self, binding: &[&Rule]) -> Verdict {
        let mut obligations = obligations(binding);
        if obligations.len() > MAX_OBLIGATIONS {
            let count = obligations.len().to_string();
            let text = "more obligations than a verdict may hold";
            self.add("policy.obligations", text, &[("found", &count)]);
            self.outcome = Outcome::Deny;
        }
        if self.outcome == Outcome::Deny {
            obligations.clear();
        } else if !obligations.is_empty() {
            self.outcome = self.outcome.max(Outcome::RequireApproval);
        }
        if self.reasons.len() > MAX_REASONS {
            let left_out = (self.reasons.len() - MAX_REASONS).to_string();
            self.reasons.truncate(MAX_REASONS);
            self.add(
                "policy.more",
                "more reasons of the same kind",
                &[("count", &left_out)],
            );
        }
        Verdict {
            room: ROOM.to_owned(),
            outcome: self.outcome,
            reasons: self.reasons,
            obligations,
        }
    }
}

fn sum(own: Uint256, mut others: impl Iterator<Item = Uint256>) -> Option<Uint256> {
    others.try_fold(own, Uint256::checked_add)
}

/// The obligations of all rules, without those that another one includes.
fn obligations(rules: &[&Rule]) -> Vec<Obligation> {
    let mut asked: Vec<&[Quorum]> = rules
        .iter()
        .map(|rule| rule.then.approvals.as_slice())
        .filter(|teams| !teams.is_empty())
        .collect();
    asked.sort_unstable();
    asked.dedup();
    let includes = |more: &[Quorum], less: &[Quorum]| {
        let covered = |it: &Quorum| {
            more.iter()
                .any(|team| team.group == it.group && team.count >= it.count)
        };
        less.iter().all(covered)
    };
    let strictest = asked
        .iter()
        .filter(|one| !asked.iter().any(|more| more != *one && includes(more, one)));
    let mut found: Vec<Obligation> = strictest.map(|teams| approvals(teams)).collect();
    let hours = rules
        .iter()
        .map(|rule| rule.then.hold_hours)
        .max()
        .unwrap_or_default();
    if hours > 0 {
        found.push(Obligation {
            code: "policy.hold".to_owned(),
            facts: vec![("hours".to_owned(), hours.to_string())],
        });
    }
    found
}

/// `ops=2,risk=1`: no group's name has such a sign.
fn approvals(teams: &[Quorum]) -> Obligation {
    let teams: Vec<String> = teams
        .iter()
        .map(|it| format!("{}={}", it.group, it.count))
        .collect();
    Obligation {
        code: "policy.approvals".to_owned(),
        facts: vec![("teams".to_owned(), teams.join(","))],
    }
}
