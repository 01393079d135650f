"""Notes and receipts: what is written reads back; anything else is refused with a NoteError, never otherwise."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from log_keys import ORIGIN, CryptoVerifier, MemoryLogSigner

from jinku.core import JinkuError
from jinku.journal import Checkpoint, NoteError
from jinku.journal.notes import (
    Receipt,
    body,
    parse_checkpoint,
    parse_receipt,
    read_note,
    receipt_text,
    signature_lines,
    signed,
    vkeys,
)
from jinku.journal.paths import bundle_bytes, is_log_path, split_bundle, tile_path

HASH = st.binary(min_size=32, max_size=32)
SIZE = st.integers(0, (1 << 63) - 1)
SIGNER = MemoryLogSigner()
LINES = SIGNER.sign_checkpoint(9, b"r" * 32, [])
NOTE = signed(Checkpoint(ORIGIN, 9, b"r" * 32), LINES)
LARGEST = signed(Checkpoint(ORIGIN, (1 << 63) - 1, b"r" * 32), LINES)


@given(SIZE, HASH)
def test_a_checkpoint_reads_back(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(ORIGIN, size, root)
    assert parse_checkpoint(body(checkpoint)) == checkpoint
    assert read_note(signed(checkpoint, ["\u2014 a AAAAAAA="]).note).checkpoint == checkpoint


@given(st.integers(0, (1 << 63) - 2), st.lists(HASH, max_size=20), st.binary(max_size=200))
def test_a_receipt_reads_back(index: int, path: list[bytes], extra: bytes) -> None:
    receipt = Receipt(index, tuple(path), LARGEST, extra)
    assert parse_receipt(receipt_text(receipt)) == receipt


@pytest.mark.parametrize("index", [9, 10, 1 << 62])
def test_a_receipt_outside_its_tree_is_neither_written_nor_read(index: int) -> None:
    with pytest.raises(NoteError, match="outside its tree"):
        receipt_text(Receipt(index, (), NOTE))
    outside = receipt_text(Receipt(8, (), NOTE)).replace(b"index 8\n", b"index %d\n" % index)
    with pytest.raises(NoteError, match="outside its tree"):
        parse_receipt(outside)


def test_the_note_is_signed_by_both_keys_and_every_line_counts() -> None:
    assert CryptoVerifier().verify(NOTE.note, SIGNER.keys) == ("ed25519", "mldsa44")
    names = {line.name for line in signature_lines(NOTE.note)}
    assert names == {ORIGIN}
    for line in NOTE.note.decode().split("\n\n")[1].splitlines():
        with pytest.raises(JinkuError):
            CryptoVerifier().verify(NOTE.note.replace(line.encode() + b"\n", b""), SIGNER.keys)


@given(st.data())
def test_a_mutated_note_is_refused(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(NOTE.note) - 1))
    change = data.draw(st.integers(1, 255))
    mutated = NOTE.note[:at] + bytes([NOTE.note[at] ^ change]) + NOTE.note[at + 1 :]
    with pytest.raises(JinkuError):
        CryptoVerifier().verify(mutated, SIGNER.keys)  # which reads it first


@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_are_a_note_error_or_a_note(data: bytes) -> None:
    for read in (read_note, signature_lines, parse_receipt):
        try:
            read(data)
        except NoteError:
            continue


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n09\n{base64.b64encode(b'r' * 32).decode()}\n",
        f"{ORIGIN}\n-1\n{base64.b64encode(b'r' * 32).decode()}\n",
        f"{ORIGIN}\n{1 << 63}\n{base64.b64encode(b'r' * 32).decode()}\n",
        f"{ORIGIN}\n9\n{base64.b64encode(b'r' * 31).decode()}\n",
        f"{ORIGIN}\n9\n{base64.b64encode(b'r' * 32).decode()[:-2]}t=\n",
        f"{ORIGIN}\n9\n{base64.b64encode(b'r' * 32).decode()}\nextension\n",
        f"\n9\n{base64.b64encode(b'r' * 32).decode()}\n",
    ],
)
def test_a_checkpoint_has_one_form(text: str) -> None:
    with pytest.raises(NoteError):
        parse_checkpoint(text)


def test_verifier_keys_are_as_signed_note_writes_them() -> None:
    ed25519, mldsa44 = vkeys(SIGNER.keys)
    name, key_id, coded = ed25519.split("+", 2)
    assert (name, len(key_id), base64.b64decode(coded)) == (ORIGIN, 8, b"\x01" + SIGNER.keys.ed25519)
    assert base64.b64decode(mldsa44.split("+", 2)[2]) == b"\x06" + SIGNER.keys.mldsa44


@given(st.lists(st.binary(max_size=400), max_size=8))
def test_a_bundle_reads_back_and_a_torn_one_is_refused(entries: list[bytes]) -> None:
    data = bundle_bytes(entries)
    assert split_bundle("b", data) == entries
    if entries and entries[-1]:
        with pytest.raises(JinkuError):
            split_bundle("b", data[:-1])


@given(st.integers(0, 63), st.integers(0, 10**12), st.integers(1, 256))
def test_every_tile_has_a_path_that_is_served(level: int, index: int, width: int) -> None:
    path = tile_path(level, index, width)
    assert is_log_path(path)
    assert not is_log_path(path + "/..")
    assert not is_log_path("../" + path)


@pytest.mark.parametrize(
    "path", ["", "/", "jinku.db", "../jinku.db", "tile/0/1", "tile/64/000", "tile/00/000", "tile/0/000.p/256",
             "tile/0/000.p/0", "tile/0/000.p/01", "tile/0/x000", "tile/entries/000/", "evidence/x", ".lock",
             "tile/0/\u0660\u0660\u0660", "checkpoint/"]
)  # fmt: skip
def test_nothing_else_is_a_path(path: str) -> None:
    assert not is_log_path(path)
