"""Strangers' code agrees: golang.org/x/mod/sumdb, unmodified, verifies an exported bundle and refuses a spoiled one."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from bundle_world import World
from go_tool import run_go

GO = Path(__file__).parent / "go"


def vkey(world: World) -> str:
    """The log's Ed25519 key, as the trust root pins it."""
    keys = json.loads(world.trust.read_bytes())["root"]["journal"]["keys"]
    return str(next(key for key in keys if base64.b64decode(key.split("+", 2)[2])[0] == 1))


def test_go_verifies_every_receipt_and_the_growth(world: World) -> None:
    ran = run_go(GO, str(world.bundle), vkey(world))
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("4 entries under ")


def test_go_refuses_a_changed_entry_receipt_or_proof(world: World, tmp_path: Path) -> None:
    folder = world.copy(tmp_path / "b")
    for name, at in (("entries/0.json", 9), ("receipts/0.tlog-proof", 40), ("consistency", 20), ("checkpoint", 45)):
        path = folder / name
        good = path.read_bytes()
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        assert run_go(GO, str(folder), vkey(world)).returncode == 1, name
        path.write_bytes(good)
    assert run_go(GO, str(folder), vkey(world)).returncode == 0
