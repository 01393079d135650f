"""Strangers' code agrees: golang.org/x/mod/sumdb reads our log, record by record, and we read one that it wrote."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from go_tool import gotlog
from log_keys import CryptoVerifier, MemoryLogSigner
from real_log import open_log

from jinku.core import IntegrityError
from jinku.journal import LogKeys, Verifier
from jinku.journal.adapters.local_tiles import LocalTiles
from jinku.journal.notes import vkeys


@pytest.mark.parametrize("groups", [[1], [255, 1], [256], [100, 156, 1], [300, 4, 400, 1000, 3], [70_000]])
def test_go_accepts_our_log_and_writes_the_same_tiles(tmp_path: Path, groups: list[int]) -> None:
    with open_log(tmp_path) as log:
        for group in groups:
            log.fill(group)
            assert log.sequencer().flush().waiting == 0
        ran = gotlog("check", str(log.tiles.folder), vkeys(log.signer.keys)[0])
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout.startswith(f"{sum(groups)} records and ")


def test_go_refuses_another_key_a_changed_entry_and_a_changed_tile(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        log.fill(300)
        log.sequencer().flush()
        vkey = vkeys(log.signer.keys)[0]
        other = vkeys(MemoryLogSigner(log.signer.origin, b"o" * 32).keys)[0]
        assert "no verifiable signatures" in gotlog("check", str(log.tiles.folder), other).stderr
        for path, at in (("tile/entries/000", 30), ("tile/0/000", 5), ("tile/1/000.p/1", 9), ("tile/0/001.p/44", 0)):
            whole = log.tiles.folder / path
            good = whole.read_bytes()
            whole.write_bytes(good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :])
            assert gotlog("check", str(log.tiles.folder), vkey).returncode == 1
            whole.write_bytes(good)
        assert gotlog("check", str(log.tiles.folder), vkey).returncode == 0


@pytest.mark.parametrize("count", [1, 256, 700, 66_000])
def test_we_accept_what_go_wrote(tmp_path: Path, count: int) -> None:
    ran = gotlog("write", str(tmp_path), str(count))
    assert ran.returncode == 0, ran.stderr
    name, _, coded = ran.stdout.strip().split("+", 2)
    keys = LogKeys(name, base64.b64decode(coded)[1:])
    report = Verifier(LocalTiles(tmp_path), keys, CryptoVerifier()).run()
    assert (report.size, report.checkpoints) == (count, 1)
    for path in ("tile/entries/000" + ("" if count > 255 else f".p/{count}"), "checkpoint"):
        whole = tmp_path / path
        good = whole.read_bytes()
        whole.write_bytes(good[:20] + bytes([good[20] ^ 1]) + good[21:])
        with pytest.raises(IntegrityError):
            Verifier(LocalTiles(tmp_path), keys, CryptoVerifier()).run()
        whole.write_bytes(good)
