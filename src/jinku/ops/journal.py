"""The journal of one installation, composed: rows of its database, tiles of its home, keys of its signer."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from jinku.core import Clock, domain_digest
from jinku.custody.ports import Signer, SignerLauncher
from jinku.journal import Journal, LogKeys, Sequencer, SignedCheckpoint, origin_of
from jinku.journal.adapters.entry_rows import SqlLogRows
from jinku.journal.adapters.local_tiles import LocalTiles
from jinku.journal.adapters.native_notes import NativeNotes
from jinku.journal.adapters.outside_file import OutsideFile
from jinku.journal.adapters.tile_server import TileServer
from jinku.ops.deployment import Deployment
from jinku.ops.log_signer import SignersLogKeys
from jinku.store import Database, current_owner

__all__ = ["actor_of", "journal_of", "log_keys", "state_folder", "tile_server"]

STATE_VARIABLE = "XDG_STATE_HOME"


def actor_of(public: str) -> str:
    """How entries name the key by which something was done: ``ed25519:`` and half of a digest of the public key.

    >>> actor_of("00" * 32)
    'ed25519:a8d1fd6722f552cbca31afd1a71e03b0'
    """
    return f"ed25519:{domain_digest('jinku/key-id/1', bytes.fromhex(public)).hex()[:32]}"


def log_keys(deployment: Deployment) -> LogKeys:
    """The log's name and public keys, as the home pins them."""
    ed25519, mldsa44 = deployment.log_ed25519_public, deployment.log_mldsa44_public
    return LogKeys(origin_of(deployment.deployment), bytes.fromhex(ed25519), bytes.fromhex(mldsa44))


def state_folder(deployment: Deployment, environment: Mapping[str, str] = os.environ) -> Path:
    """Where this deployment's last checkpoint is remembered outside its home."""
    base = environment.get(STATE_VARIABLE) or "~/.local/state"
    return Path(base).expanduser() / "jinku" / deployment.deployment


class _NoWitnesses:
    """Nobody outside cosigns: the profile ``dev``."""

    needed = 0

    def cosign(self, signed: SignedCheckpoint, proof_from: Callable[[int], list[bytes]]) -> Iterable[str]:
        """No lines."""
        return ()


def journal_of(  # noqa: PLR0917  one part each
    home: Path,
    deployment: Deployment,
    database: Database,
    launcher: SignerLauncher,
    greeter: SignerLauncher,
    clock: Clock,
) -> Journal:
    """The journal. A signer that runs is asked when something is to be signed; none is started for it.

    ``greeter`` connects as ``launcher`` does and soon gives up a signer that hangs.
    """

    def connect() -> Signer:
        return launcher.connect(start=False)

    def greet() -> Signer:
        return greeter.connect(start=False)

    rows, tiles, notes = SqlLogRows(database), LocalTiles(home / "journal"), NativeNotes()
    keys = log_keys(deployment)

    def sequencer(accept_unverified: bool) -> Sequencer:
        return Sequencer(
            rows,
            tiles,
            SignersLogKeys(connect, greet),
            _NoWitnesses(),
            [OutsideFile(state_folder(deployment) / "checkpoint")],
            notes,
            keys,
            clock,
            current_owner(),
            accept_unverified,
        )

    return Journal(rows, tiles, notes, keys, sequencer)


def tile_server(home: Path, host: str, port: int) -> TileServer:
    """A server of the home's log; it listens already."""
    return TileServer(LocalTiles(home / "journal"), host, port)
