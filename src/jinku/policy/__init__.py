"""Policy: a closed table of rules in one document, and what it says of an intent. Pure; the signer evaluates the same.

>>> from jinku.core import AssetId
>>> from jinku.policy import Case, hot, run_case
>>> ether = AssetId.parse("eip155:1/slip44:60")
>>> vault = "018bcfe5-6800-7000-8000-000000000003"
>>> policy = hot(vault=vault, initiators=["app"], asset=ether, per_transfer=10**18, per_day=5 * 10**18, team="ops")
>>> run_case(policy, Case("small", "app", vault, ether, 10**18)).outcome.value
'allow'
>>> run_case(policy, Case("large", "app", vault, ether, 3 * 10**18)).outcome.value
'require_approval'
>>> run_case(policy, Case("stranger", "eve", vault, ether, 1)).outcome.value
'deny'
"""

from jinku.policy.analysis import Finding, Reach, analyse, reach
from jinku.policy.approvals import missing
from jinku.policy.cases import Case, PolicyFile, run_case
from jinku.policy.compare import Change, Difference, Way, diff
from jinku.policy.errors import CasesFailedError
from jinku.policy.history import simulate
from jinku.policy.presets import cold, hot, warm
from jinku.policy.questions import question, subject_question
from jinku.policy.rules import evaluate
from jinku.policy.table import Policy
from jinku.policy.types import Deeds, Facts, People, Person, Quote, Spent, Subject, Team

__all__ = [
    "Case",
    "CasesFailedError",
    "Change",
    "Deeds",
    "Difference",
    "Facts",
    "Finding",
    "People",
    "Person",
    "Policy",
    "PolicyFile",
    "Quote",
    "Reach",
    "Spent",
    "Subject",
    "Team",
    "Way",
    "analyse",
    "cold",
    "diff",
    "evaluate",
    "hot",
    "missing",
    "question",
    "reach",
    "run_case",
    "simulate",
    "subject_question",
    "warm",
]
