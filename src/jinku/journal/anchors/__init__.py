"""Anchors: a checkpoint's digest shown to the world, so that nobody can claim later that another one stood then.

>>> from jinku.journal import Checkpoint
>>> from jinku.journal.anchors import AnchorKind, anchored
>>> anchored(Checkpoint("example.jinku", 7, bytes(32))).hex()[:16]
'541882a790a951e6'
>>> [kind.value for kind in AnchorKind]
['rfc3161', 'ots', 'evm']
"""

from jinku.journal.anchors.service import Anchoring, Tried
from jinku.journal.anchors.types import (
    ANCHOR_TAG,
    Anchor,
    AnchorKind,
    AnchorState,
    Looked,
    Proof,
    Said,
    SourceFacts,
    anchored,
)

__all__ = [
    "ANCHOR_TAG",
    "Anchor",
    "AnchorKind",
    "AnchorState",
    "Anchoring",
    "Looked",
    "Proof",
    "Said",
    "SourceFacts",
    "Tried",
    "anchored",
]
