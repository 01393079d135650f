"""The journal's formats through the native module: against bytes that no code of ours wrote, and against oracles.

Ed25519 and ML-DSA-44 are signed by `cryptography`; the naive tree is the one of tests/snapshots/journal/make.py.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jinku import _native as native
from jinku.core import IntegrityError, JinkuError, ParseError, UsageError

HERE = Path(__file__).parents[1] / "snapshots" / "journal"
sys.path.insert(0, str(HERE))

import make  # noqa: E402

FACTS: dict[str, Any] = json.loads((HERE / "facts.json").read_text(encoding="utf-8"))
ENTRY = FACTS["entry"].encode()
NOW = 1_800_000_000_000


def stored(name: str) -> bytes:
    return (HERE / name).read_bytes()


def refused(code: str, kind: type[JinkuError], call: Callable[[], object]) -> JinkuError:
    with pytest.raises(kind) as caught:
        call()
    assert caught.value.code == code
    return caught.value


def test_the_script_still_writes_what_is_frozen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "checkpoint.note").write_bytes(stored("checkpoint.note"))
    monkeypatch.setattr(make, "HERE", tmp_path)
    make.main()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 7
    assert [name for name in names if (tmp_path / name).read_bytes() != stored(name)] == []


def test_leaves_tiles_and_roots_are_those_of_the_naive_tree() -> None:
    entries = [make.entry(number) for number in range(make.SIZE)]
    leaves = native.leaf_hashes(entries)
    assert leaves == b"".join(make.LEAVES)
    tiles: dict[tuple[int, int, int], bytes] = {}
    size, edge, root = 0, list[bytes](), b""
    for batch in (1, 254, 1, 44):
        edge, root, written = native.append_leaves(size, edge, leaves[32 * size : 32 * (size + batch)])
        assert [row[:3] for row in written] == native.new_tiles(size, size + batch)
        size += batch
        tiles |= {row[:3]: row[3] for row in written}
        assert root == native.tree_root(size, edge) == make.tree(0, size)
        assert [tiles[name] for name in native.edge_tiles(size)] == edge
    assert root.hex() == FACTS["root"]
    for level, index, width in tiles:
        name = native.tile_path(level, index, width)
        assert native.parse_tile_path(name) == (level, index, width)
        assert name == f"tile/{level}/{index:03}" + ("" if width == 256 else f".p/{width}")
    assert native.parse_entries_path(native.entries_path(1_234_067, 7)) == (1_234_067, 7)

    def read(level: int, index: int, width: int) -> bytes:
        return tiles[level, index, width]

    path = native.tile_inclusion(size, root, make.INDEX, read)
    assert path == make.path(make.INDEX, 0, size)
    native.verify_inclusion(make.LEAVES[make.INDEX], make.INDEX, size, path, root)
    proof = native.tile_consistency(size, root, make.OLD, read)
    assert proof == make.proof(make.OLD, 0, size, True)
    old_root = native.tile_root(size, root, make.OLD, read)
    assert old_root == make.tree(0, make.OLD)
    native.verify_consistency(make.OLD, size, proof, old_root, root)
    refused("proof.invalid", IntegrityError, lambda: native.verify_consistency(make.OLD, size, proof, root, root))


def test_a_flipped_tile_is_named_and_what_the_reader_raises_passes() -> None:
    leaves = native.leaf_hashes([make.entry(number) for number in range(make.SIZE)])
    _, root, written = native.append_leaves(0, [], leaves)
    tiles = {row[:3]: row[3] for row in written}
    tiles[0, 0, 256] = bytes([tiles[0, 0, 256][0] ^ 1]) + tiles[0, 0, 256][1:]
    read = lambda *name: tiles[name]  # noqa: E731
    error = refused("tile.mismatch", IntegrityError, lambda: native.tile_inclusion(make.SIZE, root, 3, read))
    assert "tile/0/000 " in str(error)
    assert len(error.found or "") == len(error.expected or "") == 64
    none = dict_of([])
    with pytest.raises(KeyError):
        native.tile_inclusion(make.SIZE, root, 3, lambda *name: none[name])
    refused("tile.malformed", ParseError, lambda: native.tile_inclusion(make.SIZE, root, 3, lambda *_: b"torn"))
    with pytest.raises(TypeError):
        native.tile_inclusion(make.SIZE, root, 3, lambda *_: "text")  # type: ignore[arg-type,return-value]
    refused(
        "tree.range",
        UsageError,
        lambda: native.tile_inclusion(make.SIZE, root, make.SIZE, lambda *n: dict_of(written)[n]),
    )
    refused("tile.malformed", ParseError, lambda: native.append_leaves(make.SIZE, [], leaves))
    refused("usage.invalid", UsageError, lambda: native.leaf_hashes([]) or native.append_leaves(0, [], b"torn"))
    refused("tile.malformed", ParseError, lambda: native.parse_tile_path("tile/0/0"))
    refused("usage.invalid", UsageError, lambda: native.tile_path(0, 0, 257))


def dict_of(written: list[tuple[int, int, int, bytes]]) -> dict[tuple[int, int, int], bytes]:
    return {row[:3]: row[3] for row in written}


@pytest.mark.parametrize("kind", [1, 4, 6])
def test_what_the_oracle_signs_is_believed_and_the_message_is_its_own(kind: int) -> None:
    key, text = make.Key("log.example/a", kind, 77), "log.example/a\n7\n" + make.b64(bytes(32)) + "\n"
    name = {1: "ed25519", 4: "cosignature/v1", 6: "ml-dsa-44"}[kind]
    assert native.make_vkey(key.name, name, key.public) == key.vkey
    assert native.parse_vkey(key.vkey) == (key.name, name, key.id, key.public)
    message = native.note_message(key.vkey, text, make.TIME)
    assert message == key.message(text)
    line = native.signature_line(key.vkey, make.TIME, key.private.sign(message))
    note = native.make_note(text, [line])
    assert note == f"{text}\n{line}".encode()
    assert native.verify_note(note, [key.vkey]) == (text, [(0, None if kind == 1 else make.TIME)])
    assert [row[:2] for row in native.parse_note(note)[1]] == [(key.name, key.id)]
    bent = native.make_note(text, [native.signature_line(key.vkey, make.TIME, key.private.sign(message + b"x"))])
    refused("note.signature_invalid", IntegrityError, lambda: native.verify_note(bent, [key.vkey]))
    other = make.Key(key.name, kind, 78)
    refused("note.unsigned", IntegrityError, lambda: native.verify_note(note, [other.vkey]))


def test_the_frozen_note_receipt_submission_and_policy_are_read_and_made_again() -> None:
    note = stored("checkpoint.note")
    text, signed = native.verify_note(note, FACTS["vkeys"]["log"])
    assert signed == [(0, None), (1, make.TIME)]
    origin, size, root = native.parse_checkpoint(text)
    assert (origin, size, root.hex()) == (make.ORIGIN, make.SIZE, FACTS["root"])
    assert native.checkpoint_text(origin, size, root) == text
    index, path, inner, extra = native.parse_receipt(stored("receipt.tlog-proof"))
    assert (index, inner, extra) == (make.INDEX, note, None)
    assert native.make_receipt(index, path, note) == stored("receipt.tlog-proof")
    assert native.parse_receipt(native.make_receipt(index, path, note, b"more"))[3] == b"more"
    proof = make.proof(make.OLD, 0, make.SIZE, True)
    assert native.make_submission(make.OLD, proof, note) == stored("add-checkpoint.txt")
    policy = stored("witness-policy.txt")
    assert native.check_witness_policy(policy, note) == ["east-v1", "east-pq", "west-pq"]
    alone = native.make_note(text, [line for line in note.decode().splitlines()[4:] if "west" not in line])
    error = refused("witness_policy.unmet", IntegrityError, lambda: native.check_witness_policy(policy, alone))
    assert "east-v1, east-pq" in (error.found or "")
    refused("receipt.malformed", ParseError, lambda: native.make_receipt(make.SIZE, path, note))
    refused("checkpoint.malformed", ParseError, lambda: native.parse_checkpoint(text + "more\n"))
    refused("note.malformed", ParseError, lambda: native.parse_note(note[:-1]))
    refused("vkey.malformed", ParseError, lambda: native.parse_vkey("a+b+c"))
    refused("witness_policy.malformed", ParseError, lambda: native.check_witness_policy(b"quorum x\n", note))


def test_a_trust_root_is_opened_followed_and_made_again() -> None:
    one, two = stored("trust-root-1.json"), stored("trust-root-2.json")
    document, print_hex, words, dev = native.open_trust_root(one, NOW, first=True)
    assert document == make.canonical(make.document(1))
    assert (print_hex, words, dev) == (FACTS["trust_root"]["digest"], FACTS["trust_root"]["words"], False)
    assert native.trust_root_digest(document).hex() == print_hex
    rows = [(bytes.fromhex(row["public"]), bytes.fromhex(row["signature"])) for row in json.loads(one)["signatures"]]
    assert native.make_trust_root(document, rows[::-1]) == one
    native.check_next_trust_root(one, two, NOW)
    native.check_trust_root_fresh(one, NOW)
    refused("trust.version", IntegrityError, lambda: native.check_next_trust_root(two, one, NOW))
    refused("trust.version", IntegrityError, lambda: native.open_trust_root(two, NOW, first=True))
    half = native.make_trust_root(document, rows[:1])
    refused("trust.unsigned", IntegrityError, lambda: native.open_trust_root(half, NOW))
    forged = native.make_trust_root(document, [rows[0], (rows[1][0], bytes(64))])
    refused("trust.signature_invalid", IntegrityError, lambda: native.open_trust_root(forged, NOW))
    refused("trust.malformed", ParseError, lambda: native.open_trust_root(one + b"\n", NOW))
    old = make.document(1) | {"not_after": str(NOW - 1)}
    expired = native.make_trust_root(make.canonical(old), [])
    refused("trust.expired", IntegrityError, lambda: native.check_trust_root_fresh(expired, NOW))
    refused("usage.invalid", UsageError, lambda: native.make_trust_root(document, [(bytes(31), bytes(64))]))


def test_evidence_holds_and_each_part_at_fault_is_named() -> None:
    trust, receipt, note = stored("trust-root-1.json"), stored("receipt.tlog-proof"), stored("checkpoint.note")
    index, size, root, witnesses, dev = native.check_evidence(trust, ENTRY, receipt)
    assert (index, size, root.hex(), dev) == (make.INDEX, make.SIZE, FACTS["root"], False)
    assert witnesses == [("east", True, make.TIME), ("own", False, make.TIME), ("west", True, make.TIME)]
    assert native.check_trusted_checkpoint(trust, note) == (make.ORIGIN, size, root, witnesses, dev)
    refused("evidence.inclusion", IntegrityError, lambda: native.check_evidence(trust, ENTRY + b" ", receipt))
    refused("evidence.entry", ParseError, lambda: native.check_evidence(trust, b"", receipt))
    lines = note.decode().splitlines()
    for left_out, code in (("east", "evidence.witnesses"), ("journal", "evidence.log_signature")):
        kept = [line for line in lines[4:] if left_out not in line]
        less = native.make_note("\n".join(lines[:3]) + "\n", kept)
        refused(code, IntegrityError, lambda less=less: native.check_trusted_checkpoint(trust, less))  # type: ignore[misc]
    other = make.document(1)
    other["journal"] = {"keys": [make.Key("else", 1, 1).vkey], "origin": "else"}
    elsewhere = native.make_trust_root(make.canonical(other), [])
    refused("evidence.origin", IntegrityError, lambda: native.check_evidence(elsewhere, ENTRY, receipt))


def test_a_quorum_of_none_is_dev() -> None:
    root = make.document(1) | {"quorum": 0}
    trust = native.make_trust_root(make.canonical(root), [])
    assert native.check_evidence(trust, ENTRY, stored("receipt.tlog-proof"))[4] is True
    assert hashlib.sha256(b"jinku/trust-root/1\x00" + make.canonical(root)).digest() == native.trust_root_digest(
        make.canonical(root)
    )
