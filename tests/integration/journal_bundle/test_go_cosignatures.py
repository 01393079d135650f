"""Cosignatures by another implementation: Go's note and Ed25519 and filippo.io/mldsa read the frozen receipt."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from go_trust import flags, go_cosigned, gobundle

FROZEN = Path(__file__).parents[2] / "snapshots" / "journal"
FACTS = json.loads((FROZEN / "facts.json").read_text())
NOTE = (FROZEN / "checkpoint.note").read_text()
ROOT: dict[str, Any] = json.loads((FROZEN / "trust-root-1.json").read_bytes())["root"]
EAST, OWN, WEST = ROOT["witnesses"]


def lines(note: str, name: str) -> list[str]:
    """The signature lines of a name, in the note's order."""
    return [line + "\n" for line in note.splitlines() if line.startswith(f"— {name} ")]


def believing(*witnesses: dict[str, Any], quorum: int) -> list[str]:
    return flags({**ROOT, "witnesses": [{**one, "outside": True} for one in witnesses]}, quorum)


def check(tmp_path: Path, note: str, believed: list[str]) -> str:
    """Why Go refuses the checkpoint; nothing when it accepts it."""
    file = tmp_path / "note"
    file.write_text(note)
    ran = gobundle("checkpoint", *believed, file)
    assert (ran.returncode == 0) == (ran.stderr == ""), ran.stderr
    assert bool(ran.stdout) == (ran.returncode == 0)
    return ran.stderr.strip()


def of_type(party: dict[str, Any], kind: int) -> dict[str, Any]:
    return {**party, "keys": [key for key in party["keys"] if base64.b64decode(key.split("+", 2)[2])[0] == kind]}


def test_the_frozen_receipt_holds_under_log_witnesses_and_quorum(tmp_path: Path) -> None:
    entry = tmp_path / "entry"
    entry.write_text(FACTS["entry"])
    receipt = FROZEN / "receipt.tlog-proof"
    ran = gobundle("receipt", *flags(ROOT), receipt, entry)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("300 entries, root ")
    ran = gobundle("receipt", *flags(ROOT, 3), receipt, entry)
    assert (ran.returncode, ran.stderr) == (1, "2 of 2 witnesses cosigned, 3 wanted\n")
    entry.write_text(FACTS["entry"].replace("273", "274"))
    assert gobundle("receipt", *flags(ROOT), receipt, entry).returncode == 1


@pytest.mark.parametrize(("kind", "party"), [(4, EAST), (6, EAST), (6, WEST), (4, OWN)])
def test_each_type_of_cosignature_counts_alone_and_only_as_it_was_made(
    tmp_path: Path, kind: int, party: dict[str, Any]
) -> None:
    one = of_type(party, kind)
    believed = believing(one, quorum=1)
    assert not check(tmp_path, NOTE, believed)
    (line,) = (line for key in one["keys"] for line in NOTE.splitlines(keepends=True) if _by(line, key))
    raw = base64.b64decode(line.split(" ")[2])
    for at in (4, 11, 12, len(raw) - 1):  # the time, and both ends of the signature
        spoiled = bytes([*raw[:at], raw[at] ^ 1, *raw[at + 1 :]])
        other = NOTE.replace(line, f"{line.rpartition(' ')[0]} {base64.b64encode(spoiled).decode()}\n")
        assert "invalid signature for key" in check(tmp_path, other, believed)
    short = f"{line.rpartition(' ')[0]} {base64.b64encode(raw[:-1]).decode()}\n"
    assert "invalid signature for key" in check(tmp_path, NOTE.replace(line, short), believed)
    assert check(tmp_path, NOTE.replace(line, ""), believed) == "0 of 1 witnesses cosigned, 1 wanted"


def _by(line: str, vkey: str) -> bool:
    name, key_id, _ = vkey.split("+", 2)
    return line.startswith(f"— {name} ") and base64.b64decode(line.split(" ")[2])[:4].hex() == key_id


def test_one_witness_counts_once_and_a_stranger_never(tmp_path: Path) -> None:
    assert len(lines(NOTE, "east.example/w")) == 2
    once = check(tmp_path, NOTE, believing(EAST, quorum=2))
    assert once == "1 of 1 witnesses cosigned, 2 wanted"
    twice = NOTE + lines(NOTE, "west.example/w")[0]
    assert check(tmp_path, twice, believing(WEST, quorum=2)) == "1 of 1 witnesses cosigned, 2 wanted"
    # own.example/w cosigned as well, and is no witness from outside: the trust root's flags leave it out
    assert len(lines(NOTE, "own.example/w")) == 1
    assert check(tmp_path, NOTE, flags(ROOT, 3)) == "2 of 2 witnesses cosigned, 3 wanted"
    assert not check(tmp_path, NOTE, flags(ROOT))


def test_a_cosignature_of_another_size_or_without_a_time_does_not_count(tmp_path: Path) -> None:
    old, bare = tmp_path / "old", tmp_path / "bare"
    root = base64.b64encode(bytes.fromhex(FACTS["old_root"])).decode()
    old.write_text(f"{ROOT['journal']['origin']}\n{FACTS['old_size']}\n{root}\n\n")
    bare.write_text(NOTE)
    vkeys, cosigned = go_cosigned(old, "north.example/w", 3, 1_800_000_000)
    north = {"keys": vkeys, "name": "north"}
    for line in lines(cosigned.decode(), "north.example/w"):
        assert "invalid signature for key north.example/w+" in check(
            tmp_path, NOTE + line, believing(north, EAST, quorum=1)
        )
    _, dated = go_cosigned(bare, "north.example/w", 3, 1)
    assert not check(tmp_path, dated.decode(), believing(north, quorum=1))
    _, timeless = go_cosigned(bare, "north.example/w", 3, 0)
    assert check(tmp_path, timeless.decode(), believing(north, quorum=1)) == "0 of 1 witnesses cosigned, 1 wanted"


def test_every_key_of_the_log_has_to_sign(tmp_path: Path) -> None:
    plain, lattice = lines(NOTE, ROOT["journal"]["origin"])
    assert not check(tmp_path, NOTE, believing(EAST, WEST, quorum=2))
    for line in (plain, lattice):
        assert "did not sign the checkpoint" in check(tmp_path, NOTE.replace(line, ""), flags(ROOT))
    name, key_id, coded = ROOT["journal"]["keys"][0].split("+", 2)
    wrong = [f"{name}+{int(key_id, 16) ^ 1:08x}+{coded}"]
    said = check(tmp_path, NOTE, flags({**ROOT, "journal": {"keys": wrong}}))
    assert "its key id is of another key" in said
