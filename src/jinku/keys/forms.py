"""From what people write after ``--chains`` to the forms of addresses that an account gets."""

from __future__ import annotations

from typing import Final

from jinku import _native
from jinku.core import Family, ParseError
from jinku.keys.errors import UnknownChainError
from jinku.keys.types import Form

__all__ = ["KNOWN_CHAINS", "check_form", "forms_of"]

_LONGEST: Final = 2_000

# Names that people use for networks, beside the six families (each its main network) and any CAIP-2 id.
KNOWN_CHAINS: Final[dict[str, str]] = {
    "ethereum": "eip155:1",
    "sepolia": "eip155:11155111",
    "optimism": "eip155:10",
    "bnb": "eip155:56",
    "polygon": "eip155:137",
    "base": "eip155:8453",
    "arbitrum": "eip155:42161",
    "avalanche": "eip155:43114",
    "bitcoin-testnet": "bip122:000000000933ea01ad0ee984209779ba",
    "bitcoin-signet": "bip122:00000008819873e925422c1ff0f99f7c",
    "bitcoin-regtest": "bip122:0f9188f13cb7b2c71f2a335e3a4fc328",
    "osmosis": "cosmos:osmosis-1",
    "juno": "cosmos:juno-1",
    "celestia": "cosmos:celestia",
    "noble": "cosmos:noble-1",
    "solana-devnet": "solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1",
    "solana-testnet": "solana:4uhcVJyU9pJkvQyS88uRDiswHXSCkY3z",
    "neo-testnet": "neo:894710606",
    "tron-shasta": "tron:2494104990",
    "tron-nile": "tron:3448148188",
}


def forms_of(text: str, *, hardened: bool = False) -> tuple[Form, ...]:
    """The forms of a comma-separated list of families, network names and CAIP-2 ids, or of ``all``; none twice.

    ``hardened`` gives each account a hardened level of its own. Raises ``UnknownChainError`` with the nearest word.
    """
    if len(text) > _LONGEST:
        raise UnknownChainError("the list of chains is too long", found=f"{len(text)} characters", expected=_LONGEST)
    words = [word.strip() for word in text.split(",")]
    if words == ["all"]:
        words = list(Family)
    forms: dict[Form, None] = {}
    for word in words:
        try:
            native = _native.forms_for(KNOWN_CHAINS.get(word, word), hardened=hardened)
        except ParseError:
            raise _unknown(word) from None
        forms.update((Form(*parts), None) for parts in native)
    return tuple(forms)


def check_form(chain: str, kind: str, path: str) -> Form:
    """The form of a chain, a kind and a path template with one ``{i}``, the chain in its one spelling."""
    return Form(*_native.check_form(chain, kind, path))


def _unknown(word: str) -> UnknownChainError:
    import difflib  # noqa: PLC0415  only a wrong word pays for it

    known = ["all", *Family, *KNOWN_CHAINS]
    near = difflib.get_close_matches(word.lower(), [*known, *KNOWN_CHAINS.values(), "eip155:1"], n=1, cutoff=0.5)
    return UnknownChainError(
        "a chain is unknown",
        found=repr(word[:80]),
        expected=f"a CAIP-2 id such as eip155:1, or one of {', '.join(known)}",
        advice=f"did you mean {near[0]}?" if near else "separate chains by commas",
        fields={"chain": word[:80], "nearest": near[0] if near else None},
    )
