"""The home's chains.toml: read whole or refused, told by doctor, and never a URL's key in what is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jinku.chains import ChainSettingsError, ChainUnknownError
from jinku.core import ChainId, ManualClock
from jinku.ops.chains import check_chains, host_of, opened_chain, read_chains
from jinku.ops.findings import Health
from jinku.ops.settings import Settings

ENDPOINT = '[[chain.endpoint]]\nname = "{0}"\nurl = "https://{0}.example:8443/v3/c0ffee"\n'
ONE = f'[[chain]]\nid = "eip155:1"\ngenesis = "0x{"ab" * 32}"\n' + ENDPOINT.format("one")
TWO_HERE = ONE.replace("one.example", "localhost") + ENDPOINT.format("two").replace(
    "two.example:8443", "localhost:8545"
)
THREE = ONE + ENDPOINT.format("two") + ENDPOINT.format("three")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.of(tmp_path, {"XDG_RUNTIME_DIR": str(tmp_path)})


def put(settings: Settings, data: str | bytes, mode: int = 0o600) -> None:
    settings.chains.write_bytes(data.encode() if isinstance(data, str) else data)
    settings.chains.chmod(mode)


def test_without_a_file_there_are_no_chains_and_nothing_is_said(settings: Settings) -> None:
    assert read_chains(settings) == ()
    assert check_chains(settings) == []
    with pytest.raises(ChainUnknownError) as caught:
        opened_chain(settings, ChainId.parse("eip155:1"), ManualClock())
    assert caught.value.exit_code == 4


def test_a_chain_is_opened_by_its_name(settings: Settings) -> None:
    put(settings, THREE)
    assert str(opened_chain(settings, ChainId.parse("eip155:1"), ManualClock()).chain) == "eip155:1"
    with pytest.raises(ChainUnknownError, match="expected eip155:1;"):
        opened_chain(settings, ChainId.parse("eip155:10"), ManualClock())
    assert host_of("https://one.example:8443/v3/c0ffee") == "one.example:8443"


@pytest.mark.parametrize(
    ("text", "mode", "healths", "words"),
    [
        (THREE, 0o600, [Health.OK], "3 endpoints"),
        (ONE, 0o600, [Health.WARN], "single endpoint"),
        (THREE, 0o640, [Health.WARN], "open to others"),
        (ONE, 0o644, [Health.WARN, Health.WARN], "single endpoint"),
        (THREE.replace("two.example", "one.example/2"), 0o600, [Health.WARN], "2 endpoints at one.example: one voice"),
        (THREE.replace("https://two", "http://two"), 0o600, [Health.WARN], "asks two without TLS"),
        (THREE.replace("https://two.example", "http://[::1]"), 0o600, [Health.OK], "3 endpoints"),
        (THREE.replace("https://two.example", "http://127.0.0.1"), 0o600, [Health.OK], "3 endpoints"),
        (TWO_HERE, 0o600, [Health.OK], "2 endpoints"),
        ("[[chain]]", 0o600, [Health.BAD], "chain 1.id"),
    ],
)
def test_what_doctor_says(settings: Settings, text: str, mode: int, healths: list[Health], words: str) -> None:
    put(settings, text, mode)
    found = check_chains(settings)
    assert [one.health for one in found] == healths
    assert words in " ".join(one.found for one in found)
    assert all(one.advice or one.health is Health.OK for one in found)
    assert not any("c0ffee" in one.found + one.advice for one in found)


@pytest.mark.parametrize("data", [b"\xff\xfe", b"#" * ((1 << 20) + 1)])
def test_a_file_that_cannot_be_read_is_refused(settings: Settings, data: bytes) -> None:
    put(settings, data)
    with pytest.raises(ChainSettingsError):
        read_chains(settings)
    [found] = check_chains(settings)
    assert found.health is Health.BAD


def test_a_link_is_followed_and_what_never_ends_is_not_waited_for(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text(THREE)
    settings.chains.symlink_to("kept")  # as Kubernetes mounts them
    assert len(read_chains(settings)) == 1
    for other in (tmp_path / "fifo", Path("/dev/zero")):
        if other.parent == tmp_path:
            os.mkfifo(other)
        settings.chains.unlink()
        settings.chains.symlink_to(other)
        with pytest.raises(ChainSettingsError, match="are no file"):
            read_chains(settings)


def test_a_folder_is_no_file(settings: Settings) -> None:
    settings.chains.mkdir()
    with pytest.raises(ChainSettingsError, match="cannot be read"):
        read_chains(settings)
