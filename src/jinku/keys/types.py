"""What the room speaks of: forms of addresses, checked addresses, and the signer's statement about a batch."""

from __future__ import annotations

from dataclasses import dataclass

from jinku.core import Id

__all__ = ["BatchStatement", "CheckedAddress", "Form"]

INDEX = "{i}"


@dataclass(frozen=True, slots=True, order=True)
class Form:
    """One address that every account gets: CAIP-2 chain, family, kind and path template with ``{i}``."""

    chain: str
    family: str
    kind: str
    path: str

    def path_at(self, number: int) -> str:
        """The path of account ``number``."""
        return self.path.replace(INDEX, str(number))


@dataclass(frozen=True, slots=True)
class CheckedAddress:
    """An address that is valid on its chain, in the one spelling in which it is stored and compared."""

    chain: str
    family: str
    format: str  # evm, p2pkh, p2sh, p2wpkh, p2wsh, p2tr, witness, cosmos, solana, neo, tron
    address: str


@dataclass(frozen=True, slots=True)
class BatchStatement:
    """What the signer's identity key signed about one batch of accounts."""

    deployment: Id
    vault: Id
    job: Id
    mode: str  # custodial | self
    created_at_ms: int
    start: int
    count: int
    forms: tuple[Form, ...]
    root: bytes  # 32 bytes
