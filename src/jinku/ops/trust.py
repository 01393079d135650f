"""The trust root of an installation: whom the verifiers of its auditors are told to believe."""

from __future__ import annotations

from dataclasses import dataclass

from jinku import _native
from jinku.core import Json, canonical_bytes
from jinku.journal.notes import vkeys
from jinku.ops.deployment import Deployment
from jinku.ops.journal import log_keys

__all__ = ["TrustRoot", "first_trust_root"]

_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aiou"


@dataclass(frozen=True, slots=True)
class TrustRoot:
    """A trust root as its file has it, with what people compare."""

    data: bytes
    version: int
    fingerprint: str  # 64 hex digits
    words: str  # the first half of them, to be read out
    signatures: int
    needed: int
    dev: bool


def first_trust_root(deployment: Deployment) -> TrustRoot:
    """Version 1 of this deployment: one admin, the actor key of ``init``; the log and its keys; no witness.

    It carries no signature, for the signer has no verb for one yet: it is believed by its fingerprint alone.
    """
    keys = log_keys(deployment)
    admin: Json = {
        "algorithm": "ed25519",
        "name": "admin",
        "not_after": None,
        "passkey": None,
        "public": deployment.actor_public,
        "roles": ["admin", "approver", "initiator"],
    }
    document = canonical_bytes(
        {
            "admin_threshold": 1,
            "created_at": str(deployment.created_at_ms),
            "deployment": deployment.deployment,
            "groups": [],
            "journal": {"keys": sorted(vkeys(keys)), "origin": keys.origin},
            "keys": [admin],
            "not_after": None,
            "policy_digest": None,
            "quorum": 0,
            "v": 1,
            "version": 1,
            "witnesses": [],
        }
    )
    digest, data = _native.trust_root_digest(document), _native.make_trust_root(document, [])
    return TrustRoot(data, 1, digest.hex(), _words(digest), signatures=0, needed=1, dev=True)


def _words(digest: bytes) -> str:
    """Proquints of the first 128 bits, as docs/reference/trust-root.md has them."""
    found = []
    for at in range(0, 16, 2):
        bits = int.from_bytes(digest[at : at + 2], "big")
        first, second, third = (_CONSONANTS[bits >> shift & 15] for shift in (12, 6, 0))
        found.append(first + _VOWELS[bits >> 10 & 3] + second + _VOWELS[bits >> 4 & 3] + third)
    return "-".join(found)
