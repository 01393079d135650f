"""How the journal fails. What contradicts its own proof ends with exit code 5."""

from __future__ import annotations

from jinku.core import ConflictError, IntegrityError, JinkuError, NotFoundError, ParseError, UnavailableError

__all__ = [
    "BundleDamagedError",
    "BundleError",
    "CheckpointDamagedError",
    "EntryDamagedError",
    "EntryNotFoundError",
    "JournalBehindError",
    "JournalForkedError",
    "LogSignerError",
    "NoteError",
    "OriginChangedError",
    "OriginLaterError",
    "OriginUnopenedError",
    "OutsideSilentError",
    "SequencerBusyError",
    "TileDamagedError",
    "TileStoreError",
    "TrustRootRefusedError",
    "WitnessQuorumError",
]


class NoteError(ParseError):
    """A checkpoint, note or receipt does not have its one form."""

    code = "journal.note"


class EntryNotFoundError(NotFoundError):
    """No such entry, or it waits to be sequenced."""

    code = "journal.no_entry"


class EntryDamagedError(IntegrityError):
    """An entry is not what the tree says it is."""

    code = "journal.entry_damaged"


class TileDamagedError(IntegrityError):
    """A tile or bundle is missing or is not what the tree says it is."""

    code = "journal.tile_damaged"


class CheckpointDamagedError(IntegrityError):
    """A checkpoint's root or signature does not hold."""

    code = "journal.checkpoint_damaged"


class JournalBehindError(IntegrityError):
    """The database knows less than was published: it was restored from an older copy. Nothing is signed."""

    code = "journal.behind"


class JournalForkedError(IntegrityError):
    """Two different trees of one origin exist at one size. Both are kept as evidence; nothing is signed."""

    code = "journal.forked"


class OriginUnopenedError(IntegrityError):
    """The trust root names a later origin of the log, and no entry says that it was opened. Nothing is signed."""

    code = "journal.origin_unopened"


class OriginLaterError(IntegrityError):
    """Somebody knows a later origin of this log than the home does. Nothing is signed."""

    code = "journal.origin_later"


class OriginChangedError(ConflictError):
    """Another process opened a later origin of the log while this one ran."""

    code = "journal.origin_changed"


class OutsideSilentError(IntegrityError):
    """A place outside that knows the last checkpoint did not answer; nothing is signed unverified."""

    code = "journal.outside_silent"


class LogSignerError(UnavailableError):
    """The log's keys do not sign now."""

    code = "journal.signer"


class WitnessQuorumError(UnavailableError):
    """Too few witnesses cosigned; the checkpoint is not published."""

    code = "journal.witness_quorum"


class BundleDamagedError(IntegrityError):
    """A bundle, or a file in it, is not what its trust root stands behind."""

    code = "journal.bundle_damaged"


class TrustRootRefusedError(IntegrityError):
    """A trust root that was handed in is none, is not signed, or is another than was meant."""

    code = "journal.trust_refused"


class SequencerBusyError(ConflictError):
    """Another process has the sequencer's lease."""

    code = "journal.busy"
    retryable = True


class TileStoreError(JinkuError):
    """Tiles cannot be written or read now; entries wait in the database and nothing is lost."""

    code = "journal.tile_store"
    retryable = True


class BundleError(JinkuError):
    """A bundle cannot be written where it was wanted; nothing half is left."""

    code = "journal.bundle"
