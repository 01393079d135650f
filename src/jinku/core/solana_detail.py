"""What a Solana plan carries beside its anchor: a recent block's hash, or what a nonce account holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from jinku.core.canonical import Json
from jinku.core.shape import SHAPES, Fields, check_figure, check_text, value_error

__all__ = ["SolanaDetail", "SolanaToken", "SolanaVersion", "TokenProgram"]

_MAX_U64: Final = (1 << 64) - 1
SIGNATURE_FEE: Final = 5_000
"""What each signature costs, in lamports."""
MAX_COMPUTE: Final = 1_400_000
"""The most compute units of one transaction."""

SOLANA_KEY: Final = re.compile("[1-9A-HJ-NP-Za-km-z]{32,44}")
SHAPES[SOLANA_KEY] = "32 to 44 base58 characters"


class SolanaVersion(StrEnum):
    """The form of a message: before versions, or version 0."""

    LEGACY = "legacy"
    V0 = "v0"


class TokenProgram(StrEnum):
    """The program that keeps a token's accounts: SPL Token or Token-2022."""

    SPL = "token"
    SPL_2022 = "token_2022"

    @property
    def account_cost(self) -> int:
        """The most lamports that a new token account takes: two years' rent for its bytes and 128 more.

        An account of SPL Token has 165 bytes. In Token-2022 the mint decides, and no mint asks for more than 195.
        """
        size = 165 if self is TokenProgram.SPL else 195
        return (128 + size) * 2 * 3_480


@dataclass(frozen=True, slots=True)
class SolanaToken:
    """The token that a plan moves; decimals as the mint has them, since the chain refuses others."""

    program: TokenProgram
    decimals: int

    def __post_init__(self) -> None:
        """Refuse decimals beyond a byte."""
        check_figure(self.decimals, "plan.detail.token.decimals", 255)


@dataclass(frozen=True, slots=True)
class SolanaDetail:
    """What a Solana transaction carries beside source, destination, asset, amount and anchor.

    ``compute_price`` is in micro-lamports for each unit of ``compute_limit``. With a ``nonce_account`` (durable nonce)
    the anchor is what it holds, and the source is its authority. ``token`` is None when the coin moves.
    """

    version: SolanaVersion
    compute_limit: int
    compute_price: int
    nonce_account: str | None = None
    token: SolanaToken | None = None

    def __post_init__(self) -> None:
        """Refuse figures that no transaction has, and a malformed account."""
        check_figure(self.compute_limit, "plan.detail.compute_limit", MAX_COMPUTE)
        check_figure(self.compute_price, "plan.detail.compute_price", _MAX_U64)
        if self.compute_limit == 0:
            raise value_error("plan.detail.compute_limit", 0, f"1 to {MAX_COMPUTE}")
        if self.nonce_account is not None:
            check_text(self.nonce_account, SOLANA_KEY, "plan.detail.nonce_account")

    @property
    def max_fee(self) -> int:
        """The most that the transaction can cost, in lamports: signature, compute units, the account of a token."""
        priority = -(-self.compute_limit * self.compute_price // 1_000_000)
        return SIGNATURE_FEE + priority + (self.token.program.account_cost if self.token else 0)

    def to_canonical(self) -> dict[str, Json]:
        """The object inside a plan."""
        token = self.token
        return {
            "compute_limit": str(self.compute_limit),
            "compute_price": str(self.compute_price),
            "nonce_account": self.nonce_account,
            "token": None if token is None else {"decimals": str(token.decimals), "program": token.program.value},
            "version": self.version.value,
        }

    @staticmethod
    def take(fields: Fields) -> SolanaDetail:
        """The detail in an object that holds nothing else."""
        version = fields.text("version")
        if version not in set(SolanaVersion):
            raise value_error("plan.detail.version", repr(version[:80]), ", ".join(SolanaVersion))
        token = fields.optional("token", fields.fields)
        detail = SolanaDetail(
            version=SolanaVersion(version),
            compute_limit=fields.figure("compute_limit", MAX_COMPUTE),
            compute_price=fields.figure("compute_price", _MAX_U64),
            nonce_account=fields.optional("nonce_account", fields.text),
            token=None if token is None else _token_of(token),
        )
        fields.end()
        return detail


def _token_of(fields: Fields) -> SolanaToken:
    decimals, program = fields.figure("decimals", 255), fields.text("program")
    if program not in set(TokenProgram):
        raise value_error("plan.detail.token.program", repr(program[:80]), ", ".join(TokenProgram))
    fields.end()
    return SolanaToken(TokenProgram(program), decimals)
