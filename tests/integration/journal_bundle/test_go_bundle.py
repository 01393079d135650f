"""Strangers' code agrees: golang.org/x/mod/sumdb, unmodified, verifies an exported bundle and refuses a spoiled one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from bundle_world import World, canonical, refused, sealed, verify
from go_trust import flags, go_cosigned, gobundle


def root_of(world: World) -> dict[str, Any]:
    return dict(json.loads(world.trust.read_bytes())["root"])


def test_go_verifies_every_receipt_and_the_growth(world: World) -> None:
    ran = gobundle("bundle", *flags(root_of(world)), world.bundle)  # under both keys of the log
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("4 entries under ")


def test_go_refuses_a_changed_entry_receipt_or_proof(world: World, tmp_path: Path) -> None:
    folder, believed = world.copy(tmp_path / "b"), flags(root_of(world))
    for name, at in (("entries/0.json", 9), ("receipts/0.tlog-proof", 40), ("consistency", 20), ("checkpoint", 45)):
        path = folder / name
        good = path.read_bytes()
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        assert gobundle("bundle", *believed, folder).returncode == 1, name
        path.write_bytes(good)
    assert gobundle("bundle", *believed, folder).returncode == 0


def test_a_witness_that_is_all_go_is_believed_by_all_verifiers(world: World, tmp_path: Path) -> None:
    """Its Ed25519 is Go's own, its ML-DSA-44 filippo.io/mldsa: neither side checks what it made itself."""
    folder, trust, root = world.copy(tmp_path / "b"), tmp_path / "trust.json", root_of(world)
    vkeys, longer = go_cosigned(folder / "checkpoint", "go.example/w", 7, 1_800_000_000)
    root["witnesses"], root["quorum"] = [{"keys": sorted(vkeys), "name": "go", "outside": True}], 1
    trust.write_bytes(canonical({"root": root, "signatures": [], "v": 1}))
    told = hashlib.sha256(b"jinku/trust-root/1\0" + canonical(root)).hexdigest()
    bare = gobundle("bundle", *flags(root), folder)
    assert (bare.returncode, bare.stderr) == (1, "0 of 1 witnesses cosigned, 1 wanted\n")
    plain = (folder / "checkpoint").read_bytes()
    for path in (*(folder / "receipts").iterdir(), folder / "checkpoint"):
        path.write_bytes(path.read_bytes().replace(plain, longer))
    (folder / "earlier-checkpoint").write_bytes(longer)
    (folder / "consistency").write_bytes(b"old %s\n\n" % longer.splitlines()[1] + longer)
    sealed(folder)
    ran = gobundle("bundle", *flags(root), folder)
    assert ran.returncode == 0, ran.stderr
    assert world.check_here(folder, trust, told).witnesses == ("go",)
    script = verify(folder, "--trust-root", trust, "--fingerprint", told, "--require-pq")
    assert "witnesses from outside: go (1 wanted)" in script.stdout, script.stderr
    # one lattice line of it with a bit flipped: refused by all
    where = longer.rindex(b"\n", 0, -1) + 400
    other = longer[:where] + (b"A" if longer[where : where + 1] != b"A" else b"B") + longer[where + 1 :]
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(longer, other))
    sealed(folder)
    assert "invalid signature for key go.example/w+" in gobundle("bundle", *flags(root), folder).stderr
    assert "signature that does not hold" in refused(verify(folder, "--trust-root", trust, "--fingerprint", told))
