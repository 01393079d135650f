"""The scan finds what was written in any usual way, and only that."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jinku.core import UsageError
from jinku.ops.scan import Needle, Scanner, base58

KEY = bytes.fromhex("e8f32e723decf4051aefac8e2c93c9c5b214313817cdb01a1494b917c8436b35")
WORDS = tuple("legal winner thank year wave sausage worth useful legal winner thank yellow".split())  # noqa: SIM905


def found(scanner: Scanner, folder: Path) -> set[str]:
    return {finding.encoding for finding in scanner.scan([folder]).findings}


def test_every_spelling_that_is_planted_is_found(tmp_path: Path) -> None:
    scanner = Scanner([Needle("key", KEY), Needle("short", KEY[:16]), Needle("words", words=WORDS)])
    assert len(scanner.spellings) > 50
    assert scanner.prove(tmp_path) == ()
    assert list(tmp_path.iterdir()) == []


def test_a_blind_scanner_is_shown_to_be_blind(tmp_path: Path) -> None:
    scanner = Scanner([Needle("key", KEY)])
    scanner._fragments = {b"\0" * 8: []}
    assert len(scanner.prove(tmp_path)) == len(scanner.spellings)


@pytest.mark.parametrize("shift", [0, 1, 2])
def test_base64_is_found_inside_a_longer_text_at_any_offset(tmp_path: Path, shift: int) -> None:
    key = b"\xfb\xff" * 16  # differs between the two alphabets
    for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
        (tmp_path / "dump").write_bytes(encode(b"x" * shift + key + b"tail"))
        assert f"{name} offset {shift}" in found(Scanner([Needle("key", key)]), tmp_path)


def test_json_and_text_as_programs_write_them(tmp_path: Path) -> None:
    scanner = Scanner([Needle("key", KEY), Needle("words", words=WORDS)])
    cases = {
        "JSON numbers, spaced": json.dumps({"key": list(KEY)}),
        "JSON escapes (as JSON writes them)": json.dumps({"key": KEY.decode("latin-1")}),
        "base58": base58(KEY),
        "hex upper": KEY.hex().upper(),
        "words by JSON, spaced": json.dumps(WORDS),
        "words by lines": "\n".join(WORDS),
    }
    for encoding, text in cases.items():
        (tmp_path / "dump").write_text("before " + text + " after")
        assert encoding in found(scanner, tmp_path), encoding


def test_a_fragment_is_enough_and_chance_is_not(tmp_path: Path) -> None:
    scanner = Scanner([Needle("key", KEY)])
    (tmp_path / "dump").write_bytes(b"abc" + KEY[9:25] + b"xyz")
    assert found(scanner, tmp_path) == {"raw"}
    (tmp_path / "dump").write_bytes(random.Random(7).randbytes(1 << 20) + KEY[:7] + b"." + KEY[8:14])
    report = scanner.scan([tmp_path])
    assert (report.findings, report.files, report.size_bytes) == ((), 1, (1 << 20) + 14)


@pytest.mark.parametrize("coded", [str.encode, lambda text: text.encode("utf-16-le")])
def test_two_words_of_a_mnemonic_stand_in_any_prose_and_six_do_not(
    tmp_path: Path, coded: Callable[[str], bytes]
) -> None:
    scanner = Scanner([Needle("words", words=WORDS)])
    (tmp_path / "dump").write_bytes(b"\0" + coded("to whom it was worth useful legal advice, said the winner"))
    assert found(scanner, tmp_path) == set()
    (tmp_path / "dump").write_bytes(b"\0" + coded("as it were wave sausage worth useful legal winner, it said"))
    assert found(scanner, tmp_path)


def test_one_word_in_hex_is_no_finding_and_two_are(tmp_path: Path) -> None:
    scanner = Scanner([Needle("words", words=WORDS)])
    (tmp_path / "dump").write_bytes(b"\0" + b"that was useful to them".hex().encode())
    assert found(scanner, tmp_path) == set()
    (tmp_path / "dump").write_bytes(b"\0" + b"of useful legal advice".hex().encode())
    assert found(scanner, tmp_path) == {"words hex"}


def test_a_secret_across_two_chunks_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jinku.ops.scan._CHUNK", 1 << 13)
    for place in range((1 << 13) - 40, (1 << 13) + 8, 3):
        (tmp_path / "dump").write_bytes(b"\xaa" * place + KEY + b"\xaa" * 9000)
        (finding,) = Scanner([Needle("key", KEY)]).scan([tmp_path]).findings
        assert finding.offset == place


def test_links_and_special_files_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "secret").write_bytes(KEY)
    (tmp_path / "a" / "link").symlink_to(tmp_path / "secret")
    assert Scanner([Needle("key", KEY)]).scan([tmp_path / "a"]).files == 0


def test_a_needle_that_chance_would_find_is_refused() -> None:
    with pytest.raises(UsageError, match="16"):
        Scanner([Needle("pin", b"123456")])


@settings(max_examples=60, deadline=None)
@given(data=st.binary(min_size=16, max_size=70), noise=st.integers(0, 40))
def test_any_secret_is_found_in_any_spelling(tmp_path_factory: pytest.TempPathFactory, data: bytes, noise: int) -> None:
    folder = tmp_path_factory.mktemp("decoys")
    assert Scanner([Needle("any", data)]).prove(folder, lambda size: b"\x5a" * (size + noise)) == ()
