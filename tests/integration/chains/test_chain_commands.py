"""`jinku chains list|check` on a home of its own, against a real node; and a wire that breaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from stamping import serving
from typer.testing import CliRunner

from anvil_fixture import Anvil
from jinku.chains import NoAnswer
from jinku.chains.adapters.http_wire import HttpWire
from jinku.cli.root import app
from jinku.core import JinkuError

KEY = "c0ffee"


def home_of(folder: Path, genesis: str, *urls: str) -> Path:
    text = f'[[chain]]\nid = "eip155:31337"\ngenesis = "{genesis}"\ntimeout_seconds = 100\n'
    for at, url in enumerate(urls):
        text += f'[[chain.endpoint]]\nname = "n{at}"\nurl = "{url}"\n'
    (folder / "chains.toml").write_text(text)
    return folder


def run(home: Path, *words: str) -> tuple[Any, BaseException | None]:
    found = CliRunner().invoke(app, ["--home", str(home), "chains", *words, "--json"])
    return json.loads(found.stdout), found.exception


def genesis_of(anvil: Anvil) -> str:
    return str(anvil("eth_getBlockByNumber", "0x0", False)["hash"])


def test_endpoints_that_serve(anvil: Anvil, tmp_path: Path) -> None:
    home = home_of(tmp_path, genesis_of(anvil), anvil.url)
    document, error = run(home, "check")
    assert (document, error) == ({"endpoints": [{"chain": "eip155:31337", "endpoint": "n0", "error": None}]}, None)
    listed, error = run(home, "list")
    assert error is None
    assert listed["chains"][0]["endpoints"] == [{"name": "n0", "host": anvil.url.removeprefix("http://")}]


def test_one_that_is_silent_and_one_elsewhere_are_told(anvil: Anvil, tmp_path: Path) -> None:
    home = home_of(tmp_path, "0x" + "99" * 32, f"http://127.0.0.1:9/{KEY}", anvil.url)
    document, error = run(home, "check")
    assert [row["error"]["code"] for row in document["endpoints"]] == ["chain.silent", "chain.wrong_network"]
    assert isinstance(error, JinkuError)
    assert (error.code, error.exit_code) == ("chain.wrong_network", 5)
    assert KEY not in json.dumps(document)
    listed, _ = run(home, "list")
    assert KEY not in json.dumps(listed)


def test_a_home_without_chains_has_none(tmp_path: Path) -> None:
    assert run(tmp_path, "list") == ({"chains": []}, None)
    assert run(tmp_path, "check") == ({"endpoints": []}, None)


@pytest.mark.parametrize(
    ("status", "headers", "body", "why"),
    [
        (500, {}, b"{}", "HTTP status 500"),
        (302, {"Location": "http://127.0.0.1:9/"}, b"", "HTTP status 302"),
        (200, {}, b"x" * 101, "more than 100 bytes"),
    ],
)
def test_an_exchange_that_fails_says_why_without_the_url(
    status: int, headers: dict[str, str], body: bytes, why: str
) -> None:
    with serving(lambda *_: (status, headers, body)) as server:
        assert HttpWire().post(f"{server.url}/{KEY}", b"{}", 100, 60) == NoAnswer(why)


def test_an_exchange_that_works() -> None:
    with serving(lambda _method, path, body: (200, {}, path.encode() + body)) as server:
        assert HttpWire().post(f"{server.url}/a", b"{}", 100, 60) == b"/a{}"
