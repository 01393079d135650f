"""Copies of the trust root: what the state folder holds is replaced, what another hand put among the tiles is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from jinku.journal import TileDamagedError
from jinku.journal.adapters.local_tiles import LocalTiles
from jinku.ops.trust_copies import copy_versions
from jinku.ops.trust_folder import TrustRoot

VERSIONS = [TrustRoot(b'{"root":{"version":%d}}' % number) for number in (1, 2)]


def test_a_copy_that_another_hand_wrote_is_kept_and_told(tmp_path: Path) -> None:
    tiles, state = tmp_path / "tiles", tmp_path / "state" / "origin"
    for place in (tiles, state):
        (place / "trust").mkdir(parents=True)
        (place / "trust" / "2.json").write_bytes(b"other")
    with pytest.raises(TileDamagedError) as refused:
        copy_versions(VERSIONS, LocalTiles(tiles), state)
    assert "--anew" in str(refused.value.advice)
    assert (tiles / "trust" / "2.json").read_bytes() == b"other"
    assert (state / "trust" / "2.json").read_bytes() == VERSIONS[1].data
    for _ in range(2):
        copy_versions(VERSIONS, LocalTiles(tmp_path / "others"), state)
    assert [(tmp_path / "others" / "trust" / f"{one.version}.json").read_bytes() for one in VERSIONS] == [
        one.data for one in VERSIONS
    ]


def test_a_link_in_the_state_folder_is_not_followed(tmp_path: Path) -> None:
    """Replaced, as is what a killed process left half written."""
    folder, elsewhere = tmp_path / "state" / "trust", tmp_path / "elsewhere"
    folder.mkdir(parents=True)
    elsewhere.write_bytes(b"kept")
    (folder / "1.json").symlink_to(elsewhere)
    (folder / ".2.json.next").write_bytes(b"half")
    copy_versions(VERSIONS, LocalTiles(tmp_path / "tiles"), folder.parent)
    assert elsewhere.read_bytes() == b"kept"
    assert sorted(path.name for path in folder.iterdir()) == [".lock", "1.json", "2.json"]
    assert not (folder / "1.json").is_symlink()
