"""The journal: a tamper-evident log (RFC 6962) that strangers verify from static files (C2SP tlog-tiles).

>>> import hashlib
>>> from jinku.journal import Edge, inclusion_path, leaf_hash
>>> from jinku import _native
>>> edge, leaves = Edge(), [leaf_hash(b"entry %d" % n) for n in range(1000)]
>>> tiles = {(level, index): data for level, index, data in edge.append(b"".join(leaves))}  # what is full is written
>>> tiles |= {(level, index): data for level, index, width, data in edge.partials()}
>>> path = inclusion_path(7, 1000, lambda level, index, width: tiles[level, index])
>>> _native.verify_inclusion(leaves[7], 7, 1000, path, edge.root())
>>> len(tiles), len(path)
(5, 10)
"""

from jinku.journal.bundle import BUNDLE_TAG, BundleWriter, Extract
from jinku.journal.bundle_check import BundleReport, check_bundle, is_bundle
from jinku.journal.errors import (
    BundleDamagedError,
    BundleError,
    CheckpointDamagedError,
    EntryDamagedError,
    EntryNotFoundError,
    JournalBehindError,
    JournalForkedError,
    LogSignerError,
    NoteError,
    OutsideSilentError,
    SequencerBusyError,
    TileDamagedError,
    TileStoreError,
    TrustRootRefusedError,
    WitnessQuorumError,
)
from jinku.journal.origins import openings
from jinku.journal.pinned import PinnedTrust
from jinku.journal.sequencer import Sequencer, Step
from jinku.journal.service import Journal
from jinku.journal.snapshot import Snapshot, take_snapshot
from jinku.journal.taken_back import caught_up_places
from jinku.journal.tiles import TileTree
from jinku.journal.tree import Edge, consistency_path, inclusion_path, leaf_hash
from jinku.journal.types import (
    Checkpoint,
    Filter,
    Flushed,
    LogEntry,
    LogKeys,
    SignedCheckpoint,
    VerifyReport,
    origin_of,
)
from jinku.journal.verifying import Verifier

__all__ = [
    "BUNDLE_TAG",
    "BundleDamagedError",
    "BundleError",
    "BundleReport",
    "BundleWriter",
    "Checkpoint",
    "CheckpointDamagedError",
    "Edge",
    "EntryDamagedError",
    "EntryNotFoundError",
    "Extract",
    "Filter",
    "Flushed",
    "Journal",
    "JournalBehindError",
    "JournalForkedError",
    "LogEntry",
    "LogKeys",
    "LogSignerError",
    "NoteError",
    "OutsideSilentError",
    "PinnedTrust",
    "Sequencer",
    "SequencerBusyError",
    "SignedCheckpoint",
    "Snapshot",
    "Step",
    "TileDamagedError",
    "TileStoreError",
    "TileTree",
    "TrustRootRefusedError",
    "Verifier",
    "VerifyReport",
    "WitnessQuorumError",
    "caught_up_places",
    "check_bundle",
    "consistency_path",
    "inclusion_path",
    "is_bundle",
    "leaf_hash",
    "openings",
    "origin_of",
    "take_snapshot",
]
