"""The words every room speaks: ids, amounts, names of chains and assets, documents, digests, errors, time.

>>> from jinku.core import Amount, AssetId, IdSource, ManualClock, ParseError, account_id, canonical_bytes
>>> job = IdSource(ManualClock(1_700_000_000_000), bytes).new()
>>> str(job), str(account_id(job, job.time_ms, 0))
('018bcfe5-6800-7000-8000-000000000000', '018bcfe5-6800-7062-b596-25f053fd9f62')
>>> Amount.parse("1.5eth", AssetId.parse("eip155:1/slip44:60")).figure
'1500000000000000000'
>>> canonical_bytes({"b": 1, "a": [True, None]})
b'{"a":[true,null],"b":1}'
>>> try:
...     AssetId.parse("eip155:1/erc20:0xnope")
... except ParseError as error:
...     error.code, error.exit_code
('asset.invalid', 2)
"""

from jinku.core.amounts import MAX_AMOUNT, Amount, parse_figure
from jinku.core.approval_files import ApprovalAnswer, ApprovalRequest
from jinku.core.approvals import Approval, Decision
from jinku.core.caip import AccountId, AssetId, ChainId, Family
from jinku.core.canonical import Json, canonical_bytes, domain_digest, parse_canonical, parse_json
from jinku.core.clock import Clock, ManualClock, SystemClock, when
from jinku.core.counting import counted
from jinku.core.details import AccessItem, BitcoinDetail, BitcoinInput, EvmDetail, EvmType
from jinku.core.errors import (
    ConflictError,
    FieldValue,
    IntegrityError,
    JinkuError,
    NotFoundError,
    ParseError,
    RefusedError,
    UnavailableError,
    UsageError,
    WordCode,
)
from jinku.core.ids import Id, IdSource, account_id
from jinku.core.intents import Bounds, Intent, IntentKind
from jinku.core.plans import Curve, Payload, Plan, PlanInput, PlanOutput
from jinku.core.shape import Fields, read_document
from jinku.core.solana_detail import SolanaDetail, SolanaToken, SolanaVersion, TokenProgram
from jinku.core.verdicts import Obligation, Outcome, Reason, Verdict, combine

__all__ = [
    "MAX_AMOUNT",
    "AccessItem",
    "AccountId",
    "Amount",
    "Approval",
    "ApprovalAnswer",
    "ApprovalRequest",
    "AssetId",
    "BitcoinDetail",
    "BitcoinInput",
    "Bounds",
    "ChainId",
    "Clock",
    "ConflictError",
    "Curve",
    "Decision",
    "EvmDetail",
    "EvmType",
    "Family",
    "FieldValue",
    "Fields",
    "Id",
    "IdSource",
    "IntegrityError",
    "Intent",
    "IntentKind",
    "JinkuError",
    "Json",
    "ManualClock",
    "NotFoundError",
    "Obligation",
    "Outcome",
    "ParseError",
    "Payload",
    "Plan",
    "PlanInput",
    "PlanOutput",
    "Reason",
    "RefusedError",
    "SolanaDetail",
    "SolanaToken",
    "SolanaVersion",
    "SystemClock",
    "TokenProgram",
    "UnavailableError",
    "UsageError",
    "Verdict",
    "WordCode",
    "account_id",
    "canonical_bytes",
    "combine",
    "counted",
    "domain_digest",
    "parse_canonical",
    "parse_figure",
    "parse_json",
    "read_document",
    "when",
]
