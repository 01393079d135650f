"""A bundle that somebody spoiled or forged: each is refused by the name of what is wrong, with exit code 5."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from bundle_world import World, refused, sealed

from jinku.core import NotFoundError

SEED = int(os.environ.get("JINKU_TEST_SEED", "20261121"))


def test_a_flipped_bit_of_any_file_is_refused_by_its_name(world: World, tmp_path: Path) -> None:
    folder, chance = world.copy(tmp_path / "b"), random.Random(SEED)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name, good = path.relative_to(folder).as_posix(), path.read_bytes()
        for at in chance.sample(range(len(good)), 2):
            path.write_bytes(good[:at] + bytes([good[at] ^ 1 << chance.randrange(8)]) + good[at + 1 :])
            said = world.refused(folder)
            # a name that the flipped manifest gives a file otherwise is named, too
            assert name in said or name == "manifest.json", (SEED, name, at, said)
        for bad in (good[:-1], good + b"\n"):
            path.write_bytes(bad)
            assert name in world.refused(folder)
        path.write_bytes(good)
    assert world.check(folder).returncode == 0
    assert world.check_here(folder).entries == 3


def test_a_flipped_bit_is_found_without_the_manifest_too(world: World, tmp_path: Path) -> None:
    """Whoever forges a bundle writes a manifest that fits: the log, not the manifest, is what proves."""
    folder, chance = world.copy(tmp_path / "b"), random.Random(SEED)
    told = ("README.md", "verify.py", "keys.txt", "trust-root.json", "anchors/README.md", "manifest.json")
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name, good = path.relative_to(folder).as_posix(), path.read_bytes()
        if name in told:
            continue  # proves nothing, and nothing is believed for it
        for at in chance.sample(range(len(good)), 4):
            path.write_bytes(good[:at] + bytes([good[at] ^ 1 << chance.randrange(8)]) + good[at + 1 :])
            sealed(folder)
            assert world.refused(folder), (SEED, name, at)
        path.write_bytes(good)
    sealed(folder)
    assert world.check(folder).returncode == 0
    assert world.check_here(folder).entries == 3


def _entries(folder: Path) -> list[str]:
    return list(json.loads((folder / "manifest.json").read_bytes())["entries"])


def _missing(folder: Path) -> str:
    (folder / "receipts" / "0.tlog-proof").unlink()
    return "receipts/0.tlog-proof is missing"


def _extra(folder: Path) -> str:
    (folder / "approved-by-the-auditor.txt").write_text("yes")
    return "approved-by-the-auditor.txt is not listed"


def _extra_listed(folder: Path) -> str:
    (folder / "approved-by-the-auditor.txt").write_text("yes")
    sealed(folder)
    return "approved-by-the-auditor.txt has no place in a bundle"


def _link(folder: Path) -> str:
    (folder / "keys.txt").unlink()
    (folder / "keys.txt").symlink_to("/etc/passwd")
    return "keys.txt is a link"


def _linked_folder(folder: Path) -> str:
    (folder / "anchors").rename(folder.parent / "anchors")
    (folder / "anchors").symlink_to(folder.parent / "anchors")
    return "anchors is a link"


def _pipe(folder: Path) -> str:
    (folder / "keys.txt").unlink()
    os.mkfifo(folder / "keys.txt")
    return "keys.txt is a link or device"


def _huge(folder: Path) -> str:
    os.truncate(folder / "entries" / "0.json", 3 << 30)  # sparse: nothing is written
    return "entries/0.json makes the bundle too large"


def _large(folder: Path) -> str:
    os.truncate(folder / "entries" / "0.json", 5 << 20)
    return "entries/0.json is too large"


def _large_manifest(folder: Path) -> str:
    os.truncate(folder / "manifest.json", 2 << 20)
    return "manifest.json is too large"


def _swapped(folder: Path) -> str:
    """Two receipts of another's entry."""
    first, second = (folder / "receipts" / f"{n}.tlog-proof" for n in _entries(folder)[:2])
    one, two = first.read_bytes(), second.read_bytes()
    first.write_bytes(two)
    second.write_bytes(one)
    sealed(folder)
    return "receipts/0.tlog-proof is of another entry"


def _not_canonical(folder: Path) -> str:
    path = folder / "entries" / "0.json"
    path.write_bytes(path.read_bytes().replace(b",", b", ", 1))
    sealed(folder)
    return "entries/0.json is not canonical"


def _twice(folder: Path) -> str:
    path = folder / "entries" / "0.json"
    path.write_bytes(path.read_bytes()[:-1] + b',"v":1}')
    sealed(folder)
    return "entries/0.json names a member twice"


def _fraction(folder: Path) -> str:
    path = folder / "entries" / "0.json"
    path.write_bytes(path.read_bytes().replace(b'"v":1', b'"v":1.0'))
    sealed(folder)
    return "entries/0.json holds a number that is no integer"


def _surrogate(folder: Path) -> str:
    path = folder / "entries" / "0.json"
    path.write_bytes(path.read_bytes().replace(b'"dev"', b'"\\ud800"'))
    sealed(folder)
    return "entries/0.json holds a lone surrogate"


def _deep(folder: Path) -> str:
    path = folder / "entries" / "0.json"
    path.write_bytes(b'{"a":' + b"[" * 60_000 + b"]" * 500)
    sealed(folder)
    return "entries/0.json is no JSON"


def _other_selection(folder: Path) -> str:
    selected = json.loads((folder / "manifest.json").read_bytes())["selected"]
    sealed(folder, selected=selected | {"subject": "somebody else"})
    return "is not what was selected"


def _entry_dropped(folder: Path) -> str:
    """The first entry, which names the identity key, is left out."""
    (folder / "entries" / "0.json").unlink()
    (folder / "receipts" / "0.tlog-proof").unlink()
    sealed(folder, entries=_entries(folder)[1:], besides=[])
    return "the log's first entry does not name the identity key"


def _statement_of_another(folder: Path) -> str:
    path = next((folder / "statements").iterdir())
    path.write_bytes(path.read_bytes().replace(b'"count":12', b'"count":13'))
    sealed(folder)
    return "and the entry differ in count"


def _consistency_dropped(folder: Path) -> str:
    (folder / "consistency").write_bytes(b"old 0\n\n" + (folder / "checkpoint").read_bytes())
    sealed(folder)
    return "consistency is from another tree"


def _climbs_out(folder: Path) -> str:
    sealed(folder, entries=["../../etc/passwd"])
    return "entries/../../etc/passwd.json is missing"


def _no_list(folder: Path) -> str:
    sealed(folder, entries={"0": 1})
    return "manifest.json is malformed"


def _no_text(folder: Path) -> str:
    sealed(folder, besides=[{}])
    return "something is malformed"


CHANGES: list[Callable[[Path], str]] = [
    _missing, _extra, _extra_listed, _link, _linked_folder, _pipe, _huge, _large, _large_manifest, _swapped, _twice,
    _not_canonical, _fraction, _surrogate, _deep, _other_selection, _entry_dropped, _statement_of_another, _climbs_out,
    _consistency_dropped, _no_list, _no_text,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_what_was_changed_is_named(world: World, tmp_path: Path, change: Callable[[Path], str]) -> None:
    folder = world.copy(tmp_path / "b")
    expected = change(folder)
    assert expected in world.refused(folder)


def test_a_name_cannot_steer_the_terminal(world: World, tmp_path: Path) -> None:
    folder = world.copy(tmp_path / "b")
    (folder / "\x1b[2Jgone").write_text("x")
    ran = world.check(folder)
    assert "gone is not listed" in refused(ran)
    assert "\x1b" not in ran.stderr


def test_a_linked_bundle_and_an_empty_one_are_refused(world: World, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(world.bundle)
    assert "is no folder" in refused(world.check(tmp_path / "link"))
    (tmp_path / "empty").mkdir()
    assert "manifest.json cannot be read" in refused(world.check(tmp_path / "empty"))
    with pytest.raises(NotFoundError):
        world.check_here(tmp_path / "link")
