"""Names of chains, accounts and assets: CAIP-2, CAIP-10 and CAIP-19, for the six families Jinku knows.

Each name has one form. ``parse`` takes what people write (a tron alias, mixed-case contract hex) and yields that
form; ``exact`` takes the form only and is what documents use. Checksums of addresses are not looked at here: typed
addresses go through ``jinku.keys.validate_address`` first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from jinku.core.errors import ParseError, WordCode

__all__ = ["AccountId", "AssetId", "ChainId", "Family"]


class Family(StrEnum):
    """A family of chains that share keys, addresses and codecs."""

    EVM = "evm"
    BITCOIN = "bitcoin"
    COSMOS = "cosmos"
    SOLANA = "solana"
    NEO = "neo"
    TRON = "tron"


_FAMILIES: Final = {
    "eip155": Family.EVM,
    "bip122": Family.BITCOIN,
    "cosmos": Family.COSMOS,
    "solana": Family.SOLANA,
    "neo": Family.NEO,
    "tron": Family.TRON,
}

_BASE58 = "[1-9A-HJ-NP-Za-km-z]"
_BECH32 = "[ac-hj-np-z02-9]"
_HEX40 = "0x[0-9a-f]{40}"
_COUNT = "(?:0|[1-9][0-9]{0,9})"

# Chain references. EIP-2294 bounds an EVM chain id; neo and tron references are 32-bit numbers.
_REFERENCES: Final = {
    "eip155": (re.compile("[1-9][0-9]{0,18}"), "1 to 9223372036854775771, decimal (EIP-2294)"),
    "bip122": (re.compile("[0-9a-f]{32}"), "the first 32 hex digits of the genesis block hash"),
    "cosmos": (
        re.compile("hashed-[0-9a-f]{16}|(?!hashed-)[-a-zA-Z0-9]{1,32}"),
        "a chain id, or hashed- and 16 hex digits",
    ),
    "solana": (re.compile(_BASE58 + "{32}"), "the first 32 base58 characters of the genesis hash"),
    "neo": (re.compile(_COUNT), "the network magic, decimal, 32 bits"),
    "tron": (re.compile(_COUNT), "eth_chainId, decimal, 32 bits"),
}
_MAX_REFERENCE: Final = {"eip155": 9223372036854775771, "neo": 2**32 - 1, "tron": 2**32 - 1}
_TRON_ALIAS: Final = re.compile("0x[0-9a-f]{8}")

_ADDRESSES: Final = {
    "eip155": (re.compile(_HEX40), "0x and 40 hex digits"),
    "bip122": (
        re.compile(f"(?:bc|tb|bcrt)1{_BECH32}{{6,87}}|{_BASE58}{{25,35}}"),
        "a base58 or lower-case bech32 address",
    ),
    "cosmos": (re.compile(f"[a-z0-9]{{1,20}}1{_BECH32}{{38,58}}"), "a lower-case bech32 address"),
    "solana": (re.compile(_BASE58 + "{32,44}"), "32 to 44 base58 characters"),
    "neo": (re.compile(f"N{_BASE58}{{33}}"), "N and 33 base58 characters"),
    "tron": (re.compile(f"T{_BASE58}{{33}}"), "T and 33 base58 characters"),
}

_TOKEN_NUMBER = "(?:0|[1-9][0-9]{0,77})"  # noqa: S105  a pattern of NFT numbers, no password
# Asset references, without and with token id. A denom writes '/', ':' and '_' as %2F, %3A and %5F, and nothing else so.
_ASSETS: Final = {
    "eip155": {
        "slip44": re.compile(_COUNT),
        "erc20": re.compile(_HEX40),
        "erc721": re.compile(f"{_HEX40}(?:/{_TOKEN_NUMBER})?"),
        "erc1155": re.compile(f"{_HEX40}(?:/{_TOKEN_NUMBER})?"),
    },
    "bip122": {"slip44": re.compile(_COUNT)},
    "cosmos": {
        "slip44": re.compile("118"),
        "denom": re.compile("(?=.{3,128}$)[a-zA-Z](?:[-.a-zA-Z0-9]|%2F|%3A|%5F){2,127}"),
    },
    "solana": {"slip44": re.compile("501"), "token": re.compile(_BASE58 + "{32,44}")},
    "neo": {
        "nep17": re.compile(_HEX40),
        "nep11": re.compile(f"{_HEX40}(?:/(?:[0-9a-f]{{2}}){{1,39}})?"),
    },
    "tron": {
        "slip44": re.compile("195"),
        "trc20": re.compile(f"T{_BASE58}{{33}}"),
        "trc10": re.compile("[1-9][0-9]{0,18}"),
    },
}
_HEX_ASSETS: Final = frozenset({"erc20", "erc721", "erc1155", "nep17", "nep11"})
_HUB: Final = re.compile("cosmoshub-[0-9]+")


@dataclass(frozen=True, slots=True, order=True)
class ChainId:
    """A chain (CAIP-2).

    >>> str(ChainId.parse("tron:0x2b6653dc")), ChainId.parse("eip155:1").family.value
    ('tron:728126428', 'evm')
    """

    namespace: str
    reference: str

    def __post_init__(self) -> None:
        """Refuse an unknown namespace and a reference that is not in its one form."""
        rule = _REFERENCES.get(self.namespace)
        if rule is None:
            raise _chain_error(f"{self.namespace}:{self.reference}", f"one of the namespaces {', '.join(_REFERENCES)}")
        pattern, expected = rule
        if not pattern.fullmatch(self.reference):
            raise _chain_error(str(self), expected)
        if self.namespace in _MAX_REFERENCE and int(self.reference) > _MAX_REFERENCE[self.namespace]:
            raise _chain_error(str(self), expected)

    @staticmethod
    def parse(text: str) -> ChainId:
        """The chain of a CAIP-2 text; ``tron:0x…`` is understood as an alias."""
        namespace, reference = _split_chain(text)
        if namespace == "tron" and _TRON_ALIAS.fullmatch(reference):
            reference = str(int(reference, 16))
        return ChainId(namespace, reference)

    @staticmethod
    def exact(text: str) -> ChainId:
        """The chain of a text that is in its one form already."""
        return ChainId(*_split_chain(text))

    @property
    def family(self) -> Family:
        """The family that knows this chain."""
        return _FAMILIES[self.namespace]

    def __str__(self) -> str:
        """CAIP-2 text."""
        return f"{self.namespace}:{self.reference}"


@dataclass(frozen=True, slots=True, order=True)
class AccountId:
    """An address on a chain (CAIP-10). An EVM address stands in lower case, so one account has one name."""

    chain: ChainId
    address: str

    def __post_init__(self) -> None:
        """Refuse an address that does not have the shape of its family."""
        pattern, expected = _ADDRESSES[self.chain.namespace]
        if not pattern.fullmatch(self.address):
            raise _account_error(str(self), expected)

    @staticmethod
    def parse(text: str) -> AccountId:
        """The account of a CAIP-10 text; EVM hex digits may be of any case."""
        namespace, reference, address = _split_account(text)
        chain = ChainId.parse(f"{namespace}:{reference}")
        return AccountId(chain, _lower_hex(address) if namespace == "eip155" else address)

    @staticmethod
    def exact(text: str) -> AccountId:
        """The account of a text that is in its one form already."""
        namespace, reference, address = _split_account(text)
        return AccountId(ChainId(namespace, reference), address)

    def __str__(self) -> str:
        """CAIP-10 text."""
        return f"{self.chain}:{self.address}"


@dataclass(frozen=True, slots=True, order=True)
class AssetId:
    """An asset (CAIP-19): ``reference`` holds the token id too, after a slash, where the standard has one.

    Hex contract names stand in lower case. ATOM on a Cosmos hub is ``slip44:118``; every other Cosmos coin is
    ``denom:`` with the percent-encoded denom.

    >>> str(AssetId.parse("cosmos:osmosis-1/denom:ibc%2F27394FB092D2ECCD"))
    'cosmos:osmosis-1/denom:ibc%2F27394FB092D2ECCD'
    """

    chain: ChainId
    namespace: str
    reference: str

    def __post_init__(self) -> None:
        """Refuse an asset namespace its family does not have, and a reference that is not in its one form."""
        rules = _ASSETS[self.chain.namespace]
        pattern = rules.get(self.namespace)
        if pattern is None:
            raise _asset_error(str(self), f"one of the asset namespaces {', '.join(rules)}")
        if not pattern.fullmatch(self.reference):
            raise _asset_error(str(self), f"the {self.namespace} reference of {self.chain.namespace}")
        if self.chain.namespace == "cosmos":
            is_hub = bool(_HUB.fullmatch(self.chain.reference))
            if self.namespace == "slip44" and not is_hub:
                raise _asset_error(str(self), "denom:… (coin types do not name one coin off the Cosmos hub)")
            if is_hub and self.namespace == "denom" and self.reference == "uatom":
                raise _asset_error(str(self), "slip44:118, the one name of this coin")

    @staticmethod
    def parse(text: str) -> AssetId:
        """The asset of a CAIP-19 text; hex of any case and ``denom:uatom`` of a hub are understood."""
        chain_text, namespace, reference = _split_asset(text)
        chain = ChainId.parse(chain_text)
        if namespace in _HEX_ASSETS:
            contract, slash, token = reference.partition("/")
            reference = _lower_hex(contract) + slash + token
        if namespace == "denom" and reference == "uatom" and _HUB.fullmatch(chain.reference):
            namespace, reference = "slip44", "118"
        return AssetId(chain, namespace, reference)

    @staticmethod
    def exact(text: str) -> AssetId:
        """The asset of a text that is in its one form already."""
        chain_text, namespace, reference = _split_asset(text)
        return AssetId(ChainId.exact(chain_text), namespace, reference)

    def __str__(self) -> str:
        """CAIP-19 text."""
        return f"{self.chain}/{self.namespace}:{self.reference}"


def _split_chain(text: str) -> tuple[str, str]:
    namespace, colon, reference = text.partition(":")
    if not colon:
        raise _chain_error(text, "namespace:reference, for example eip155:1")
    return namespace, reference


def _split_account(text: str) -> tuple[str, str, str]:
    parts = text.split(":")
    if len(parts) != 3:
        raise _account_error(text, "namespace:reference:address")
    return parts[0], parts[1], parts[2]


def _split_asset(text: str) -> tuple[str, str, str]:
    chain, slash, asset = text.partition("/")
    namespace, colon, reference = asset.partition(":")
    if not slash or not colon:
        raise _asset_error(text, "chain/namespace:reference, for example eip155:1/slip44:60")
    return chain, namespace, reference


def _lower_hex(text: str) -> str:
    return text.lower() if text.isascii() and text.startswith("0x") else text


def _chain_error(found: str, expected: str) -> ParseError:
    return ParseError("a chain is not understood", found=found[:80], expected=expected, code=WordCode.CHAIN_INVALID)


def _account_error(found: str, expected: str) -> ParseError:
    what = "an account on a chain is not understood"
    return ParseError(what, found=found[:160], expected=expected, code=WordCode.ACCOUNT_INVALID)


def _asset_error(found: str, expected: str) -> ParseError:
    return ParseError("an asset is not understood", found=found[:160], expected=expected, code=WordCode.ASSET_INVALID)
