"""`jinku journal verify` by a trust root alone: of the log, of a copy of its tiles, of a bundle."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from bundle_world import World, sealed
from test_forged import cosigned, forged, witnessed

from jinku.core import IntegrityError, SystemClock
from jinku.journal import CheckpointDamagedError, TrustRootRefusedError
from jinku.ops.auditing import audit_tiles, pinned_trust


def tiles(world: World, to: Path) -> Path:
    """A copy of the log's tiles, as an auditor gets them."""
    return Path(shutil.copytree(world.home.home / "journal", to))


def test_a_bundle_holds_and_says_what_it_proves(world: World) -> None:
    report = world.check_here()
    assert (report.entries, report.batches, report.addresses) == (3, 1, 1)
    assert report.earlier is not None
    assert report.head.note == (world.bundle / "checkpoint").read_bytes()


def test_keys_of_a_forger_are_believed_by_the_forgers_trust_root_only(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    forged(world, folder)
    with pytest.raises(CheckpointDamagedError):
        world.check_here(folder)
    theirs = folder / "trust-root.json"
    assert world.check_here(folder, theirs, "").entries == 3, "it is whole in itself"
    with pytest.raises(TrustRootRefusedError, match="not the trust root that was meant"):
        world.check_here(folder, theirs)


def test_a_trust_root_needs_its_fingerprint_or_its_admins(world: World, tmp_path: Path) -> None:
    document = json.loads(world.trust.read_bytes())
    document["signatures"] = []
    bare, none = tmp_path / "bare.json", tmp_path / "none.json"
    bare.write_text(json.dumps(document, sort_keys=True, separators=(",", ":")))
    with pytest.raises(TrustRootRefusedError, match="signatures"):
        pinned_trust(bare, SystemClock())
    for told in (world.fingerprint, world.words, world.words.upper()):
        assert pinned_trust(bare, SystemClock(), told).digest.hex() == world.fingerprint
    for wrong in (b"", b"{}", b"[1]", b'{"root":1}', bare.read_bytes()[:-1], bare.read_bytes() + b" "):
        none.write_bytes(wrong)
        with pytest.raises(TrustRootRefusedError) as caught:
            pinned_trust(none, SystemClock(), world.fingerprint)
        assert caught.value.exit_code == 5


def test_too_few_witnesses_are_refused_and_enough_are_named(world: World, tmp_path: Path) -> None:
    trust, fingerprint = witnessed(world, tmp_path, 1)
    with pytest.raises(CheckpointDamagedError, match="too few outside witnesses"):
        world.check_here(world.bundle, trust, fingerprint)
    with pytest.raises(CheckpointDamagedError, match="too few outside witnesses"):
        audit_tiles(tiles(world, tmp_path / "t"), pinned_trust(trust, SystemClock(), fingerprint))
    folder = world.copy(tmp_path / "b")
    cosigned(folder, 1_800_000_000)
    assert world.check_here(folder, trust, fingerprint).witnesses == ("east",)
    shutil.rmtree(folder)
    cosigned(world.copy(folder), 1_800_000_000, flip=1)
    with pytest.raises(CheckpointDamagedError):
        world.check_here(folder, trust, fingerprint)


def test_what_the_manifest_may_not_say(world: World, tmp_path: Path) -> None:
    folder = world.copy(tmp_path / "b")
    entries = json.loads((folder / "manifest.json").read_bytes())["entries"]
    mutations: tuple[dict[str, Any], ...] = (
        {"besides": entries},  # then nothing of it is compared with what was selected
        {"besides": ["99"]},
        {"entries": [*entries, entries[0]]},
        {"entries": [*entries, "00"]},
        {"v": 2},
        {"kind": "x"},
        {"size": "1"},
        {"selected": None},
    )
    for changes in mutations:
        folder = world.copy(tmp_path / f"b{len(list(tmp_path.iterdir()))}")
        sealed(folder, **changes)
        if changes == {"besides": entries}:
            assert world.check_here(folder).entries == 0
            shown = world.check(folder).stdout
            assert "the tree: " in shown, "it is believed"
            assert "entries of" not in shown, "and none of its entries was selected: no line counts them"
        elif len(changes.get("entries", ())) > len(entries) and changes["entries"][-1] == entries[0]:
            assert world.check_here(folder).entries == 3, "it counts no entry twice"
        else:
            with pytest.raises(IntegrityError):
                world.check_here(folder)
            assert world.check(folder).returncode == 5, changes


def test_the_commands_exit_codes(world: World, tmp_path: Path) -> None:
    believed = ("--trust-root", str(world.trust), "--fingerprint", world.words)
    copy, bundle = tiles(world, tmp_path / "tiles"), world.copy(tmp_path / "bundle")
    nowhere = {"JINKU_HOME": str(tmp_path / "no-home")}
    held = world.home.run("journal", "verify", *believed, "--json").document
    assert (held["trust_root"], held["rows"], held["ok"]) == (world.fingerprint, held["size"], True)
    alone = world.home.run("journal", "verify", str(copy), *believed, "--json", env=nowhere).document
    assert (alone["root"], alone["rows"]) == (held["root"], 0)
    unjudged = world.home.run("journal", "verify", str(copy), "--json").document
    assert (unjudged["root"], unjudged["profile"]) == (held["root"], "not judged: pass --trust-root F")
    proven = world.home.run("journal", "verify", str(bundle), *believed, "--json", env=nowhere).document
    assert (proven["entries"], proven["addresses"], proven["trust_root"]) == (3, 1, world.fingerprint)
    tile = copy / "tile" / "0" / "000.p" / str(held["size"])
    data = bytearray(tile.read_bytes())
    data[40] ^= 1
    tile.write_bytes(data)
    for words, code, exit_code in (
        ((str(copy), *believed), "journal.tile_damaged", 5),
        ((str(tmp_path / "none"), *believed), "journal.no_folder", 4),
        ((str(bundle),), "usage.invalid", 2),
        ((str(bundle), "--trust-root", str(tmp_path / "none")), "usage.invalid", 2),
        (("--fingerprint", world.words), "usage.invalid", 2),
        ((*believed[:-1], "lusab-babad"), "journal.trust_refused", 5),
    ):
        error = world.home.run("journal", "verify", *words, "--json", expect=exit_code).error
        assert error["code"] == code, words
    assert tile.relative_to(copy).as_posix() in str(
        world.home.run("journal", "verify", str(copy), *believed, expect=5).err
    )
