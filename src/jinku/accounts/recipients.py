"""Whether a text is an age recipient: Bech32 of 32 bytes under ``age`` (age-encryption.org/v1, BIP-173)."""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Final

__all__ = ["is_age_recipient"]

_PREFIX: Final = "age1"
_LENGTH: Final = 62  # the prefix, 52 symbols of key, 6 of checksum
_SYMBOLS: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_FOLDED: Final = [reduce(xor, (g for bit, g in enumerate(_GENERATORS) if top >> bit & 1), 0) for top in range(32)]


def is_age_recipient(text: str) -> bool:
    """True when the text is one, its checksum and padding right.

    >>> is_age_recipient("age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p")
    True
    >>> is_age_recipient("age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8q")
    False
    """
    if len(text) != _LENGTH or not text.startswith(_PREFIX) or set(text[len(_PREFIX) :]) - set(_SYMBOLS):
        return False
    data = [_SYMBOLS.index(symbol) for symbol in text[len(_PREFIX) :]]
    padding = data[-7] & 0b1111  # 52 symbols hold 260 bits, of which 256 are the key
    return padding == 0 and _checksum([*(ord(c) >> 5 for c in "age"), 0, *(ord(c) & 31 for c in "age"), *data]) == 1


def _checksum(values: list[int]) -> int:
    state = 1
    for value in values:
        state = (state & 0x1FFFFFF) << 5 ^ value ^ _FOLDED[state >> 25]
    return state
