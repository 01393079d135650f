"""Words that options take, and how a list of chains becomes forms of address."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

import typer

from jinku.core import Family, UsageError
from jinku.custody.ports import Form
from jinku.keys import forms_of

__all__ = [
    "ChainsOption",
    "CustodyScheme",
    "Language",
    "NameArgument",
    "NewNameArgument",
    "Words",
    "chain_from",
    "forms_from",
    "whole_number",
]

_WHOLE = re.compile(r"[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?:_[0-9]{3})+")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The vault's name or id.", show_default=False)]
NewNameArgument = Annotated[str, typer.Argument(metavar="NAME", help="What to call the vault.", show_default=False)]
ChainsOption = Annotated[
    str,
    typer.Option(
        "--chains",
        metavar="LIST",
        help="Chain families (evm,bitcoin,cosmos,solana,neo,tron), CAIP-2 chains (eip155:137), or all.",
    ),
]


class CustodyScheme(StrEnum):
    """Who holds a vault's key. More will stand here when they exist."""

    SEALED = "sealed"


class Words(StrEnum):
    """Lengths of a mnemonic (BIP-39)."""

    W12 = "12"
    W15 = "15"
    W18 = "18"
    W21 = "21"
    W24 = "24"


class Language(StrEnum):
    """The ten official word lists of BIP-39; help says them as text, which folds."""

    ENGLISH = "english"
    CHINESE_SIMPLIFIED = "chinese-simplified"
    CHINESE_TRADITIONAL = "chinese-traditional"
    JAPANESE = "japanese"
    KOREAN = "korean"
    SPANISH = "spanish"
    FRENCH = "french"
    ITALIAN = "italian"
    CZECH = "czech"
    PORTUGUESE = "portuguese"


def whole_number(text: str) -> int:
    """A count as people and our own tables write it. UsageError for anything else.

    >>> whole_number("200,000")
    200000
    """
    if not _WHOLE.fullmatch(text.strip()):
        raise UsageError("a count is a whole number", found=repr(text), expected="digits, such as 200000 or 200,000")
    return int(text.strip().replace(",", "").replace("_", ""))


def forms_from(text: str, hardened: bool = False) -> tuple[Form, ...]:
    """The forms of address of ``all``, or of a list of families, network names and CAIP-2 chains."""
    return tuple(Form(form.chain, form.family, form.kind, form.path) for form in forms_of(text, hardened=hardened))


def chain_from(word: str) -> str:
    """The family, or the CAIP-2 chain, that one family, network name or CAIP-2 id means; UnknownChainError if none."""
    if word in list(Family):
        return word
    chains = {form.chain for form in forms_of(word)}
    if len(chains) != 1:
        raise UsageError("--chain takes one chain", found=word[:80], expected="a family, a network name or a CAIP-2 id")
    return chains.pop()
