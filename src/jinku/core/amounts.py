"""An amount is an integer in the smallest unit of its asset, 0 to 2^256-1; never a float, never a bare number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from jinku.core.caip import AssetId
from jinku.core.errors import ParseError, WordCode

__all__ = ["MAX_AMOUNT", "Amount", "parse_figure"]

MAX_AMOUNT: Final = (1 << 256) - 1

_FIGURE = re.compile("0|[1-9][0-9]{0,77}")
_ENTERED = re.compile(r"([0-9]{1,78})(?:\.([0-9]{1,78}))?([a-z]+)")
# Unit names of native coins, each with its power of ten over the smallest unit. Everything also has "units".
_NATIVE_UNITS: Final = {
    ("eip155", "slip44:60"): {"wei": 0, "gwei": 9, "eth": 18},
    ("bip122", "slip44:0"): {"sat": 0, "btc": 8},
    ("bip122", "slip44:1"): {"sat": 0, "btc": 8},
    ("cosmos", "slip44:118"): {"uatom": 0, "atom": 6},
    ("solana", "slip44:501"): {"lamport": 0, "sol": 9},
    ("tron", "slip44:195"): {"sun": 0, "trx": 6},
    ("neo", "nep17:0xd2a4cff31913016155e38e474a2c06d08be276cf"): {"datoshi": 0, "gas": 8},
    ("neo", "nep17:0xef4073a0f2b305a38ec4050e4d3d28bc40ea63f5"): {"neo": 0},
}


def parse_figure(text: str, maximum: int = MAX_AMOUNT) -> int:
    """The integer of a decimal string ``0|[1-9][0-9]*`` that is at most ``maximum``."""
    if not _FIGURE.fullmatch(text):
        expected = "0 or digits without a leading zero, sign, point or exponent"
        raise ParseError(
            "a figure is malformed", found=repr(text[:80]), expected=expected, code=WordCode.AMOUNT_INVALID
        )
    number = int(text)
    if number > maximum:
        expected = f"at most {maximum}"
        raise ParseError("a figure is too large", found=text, expected=expected, code=WordCode.AMOUNT_INVALID)
    return number


@dataclass(frozen=True, slots=True)
class Amount:
    """So much of one asset. Sums and comparisons refuse another asset and leaving the range.

    >>> ether = AssetId.parse("eip155:1/slip44:60")
    >>> Amount.parse("1.5eth", ether) == Amount.parse("1500000000000000000wei", ether)
    True
    >>> Amount(ether, 1_500_000_000_000_000_000).format(18, "ETH")
    '1.5 ETH'
    """

    asset: AssetId
    value: int

    def __post_init__(self) -> None:
        """Refuse a value out of range or that is no integer."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            found = type(self.value).__name__
            raise ParseError("an amount is no integer", found=found, expected="int", code=WordCode.AMOUNT_INVALID)
        if not 0 <= self.value <= MAX_AMOUNT:
            found = "a negative number" if self.value < 0 else f"{self.value.bit_length()} bits"
            raise ParseError(
                "an amount is out of range", found=found, expected="0 to 2^256 - 1", code=WordCode.AMOUNT_INVALID
            )

    @staticmethod
    def from_figure(asset: AssetId, text: str) -> Amount:
        """The amount of a decimal string in the smallest unit, as documents write it."""
        return Amount(asset, parse_figure(text))

    @staticmethod
    def parse(text: str, asset: AssetId) -> Amount:
        """The amount a person typed: a figure and a unit of this asset, ``1500000wei`` or ``1.5eth``, nothing else."""
        units = {"units": 0} | _NATIVE_UNITS.get((asset.chain.namespace, f"{asset.namespace}:{asset.reference}"), {})
        match = _ENTERED.fullmatch(text)
        if match is None or match[3] not in units:
            raise ParseError(
                "an amount is not understood",
                found=repr(text[:80]),
                expected=f"a figure with one of the units {', '.join(units)}",
                advice="write the unit right after the figure; a bare number is refused",
                code=WordCode.AMOUNT_INVALID,
            )
        whole, fraction, unit = match[1], match[2] or "", match[3]
        decimals = units[unit]
        if len(fraction) > decimals:
            expected = f"at most {decimals} decimal places for {unit}"
            raise ParseError("an amount is too fine", found=text[:80], expected=expected, code=WordCode.AMOUNT_INVALID)
        return Amount(asset, int(whole + fraction.ljust(decimals, "0")))

    @property
    def figure(self) -> str:
        """The decimal string in the smallest unit."""
        return str(self.value)

    def format(self, decimals: int, symbol: str = "") -> str:
        """The amount for people, exact: no rounding, no trailing zeros."""
        digits = str(self.value).rjust(decimals + 1, "0")
        whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
        text = f"{whole}.{fraction}" if fraction else whole
        return f"{text} {symbol}" if symbol else text

    def __add__(self, other: Amount) -> Amount:
        """The sum; refuses another asset and more than 2^256-1."""
        self._same_asset(other)
        return Amount(self.asset, self.value + other.value)

    def __sub__(self, other: Amount) -> Amount:
        """The difference; refuses another asset and less than 0."""
        self._same_asset(other)
        return Amount(self.asset, self.value - other.value)

    def __lt__(self, other: Amount) -> bool:
        """Whether it is less; refuses another asset."""
        self._same_asset(other)
        return self.value < other.value

    def __le__(self, other: Amount) -> bool:
        """Whether it is not more; refuses another asset."""
        self._same_asset(other)
        return self.value <= other.value

    def _same_asset(self, other: Amount) -> None:
        if self.asset != other.asset:
            raise ParseError(
                "two amounts are of different assets",
                found=str(other.asset),
                expected=str(self.asset),
                code=WordCode.AMOUNT_INVALID,
            )
