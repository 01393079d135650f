"""The commands on a real home, and `verify_anchors.py` run as an auditor runs it, without Jinku."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bundle_world import sealed, verify
from calendars import calendar, mined
from cli_home import CliHome, made_home
from stamping import STAMPING, Authority, certify, need_openssl, serving

import jinku

SCRIPT = Path(jinku.__file__).parent / "journal" / "verifier" / "verify_anchors.py"


@dataclass(frozen=True)
class World:
    home: CliHome
    folder: Path
    ca: Path
    trust: Path
    fingerprint: str
    bundle: Path
    places: tuple[str, str]

    def check(self, folder: Path, *more: str | Path) -> subprocess.CompletedProcess[str]:
        told = ("--trust-root", self.trust, "--fingerprint", self.fingerprint)
        return verify(folder, *told, *more, script=SCRIPT)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A home whose first checkpoint has a time stamp and stands in a block; a bundle made after the log grew."""
    need_openssl()
    folder = tmp_path_factory.mktemp("anchored")
    root = certify("Root")
    ca, trust, bundle = folder / "ca.pem", folder / "trust.json", folder / "bundle"
    ca.write_text(root.pem)
    authority = Authority(folder / "tsa", certify("Leaf", root, usage=STAMPING))
    with (
        made_home() as home,
        serving(lambda _m, _p, body: (200, {}, authority.reply(body))) as tsa,
        calendar() as (made, server),
    ):
        home.run("journal", "anchor-add", "rfc3161", tsa.url, "--ca", str(ca))
        home.run("journal", "anchor-add", "ots", server.url, "--headers", server.url)
        first = home.run("journal", "anchor", "--json").document
        assert [(one["kind"], one["state"]) for one in first["anchors"]] == [
            ("rfc3161", "complete"),
            ("ots", "pending"),
        ]
        made.mine()
        home.run("journal", "anchor", "--kind", "ots")
        shown = home.run("trust", "show", "--json").document
        home.run("trust", "export", "--out", str(trust))
        home.run("journal", "export", "--kind", "deployment.made", "--out", str(bundle))
        yield World(home, folder, ca, trust, shown["fingerprint"], bundle, (tsa.url, server.url))


def test_they_are_listed_with_what_to_compare(world: World) -> None:
    document = world.home.run("journal", "anchors", "--json").document
    assert {one["place"] for one in document["sources"]} == set(world.places)
    states = {(one["kind"], one["state"]) for one in document["anchors"]}
    assert {("rfc3161", "complete"), ("ots", "complete")} <= states
    block = next(one["compare"] for one in document["anchors"] if one["kind"] == "ots" and one["state"] == "complete")
    assert block["bitcoin block"] == "100"
    plain = world.home.run("journal", "anchors").out
    assert block["block hash"][:20] in plain.replace("\n", "")
    assert f"source  ots      {world.places[1]}" in plain


def test_what_cannot_be_meant_is_refused(world: World) -> None:
    run = world.home.run
    assert run("journal", "anchor-add", "rfc3161", "http://a", "--json", expect=2).error["code"] == "anchor.source"
    missing = run("journal", "anchor-add", "rfc3161", "http://a", "--ca", str(world.folder / "no"), "--json", expect=2)
    assert "No such file" in missing.error["message"]
    assert run("journal", "anchor-remove", "ots", "http://a", "--json", expect=4).error["code"] == "anchor.no_source"


def test_the_auditors_program_says_when(world: World) -> None:
    ran = world.check(world.bundle, "--tsa-ca", world.ca)
    assert ran.returncode == 0, ran.stderr
    proven, rest = ran.stdout.split("COMPARE ELSEWHERE")
    compare, unproven = rest.split("NOT PROVEN")
    header = next((world.bundle / "anchors").glob("*.header")).read_bytes()
    block = hashlib.sha256(hashlib.sha256(header).digest()).digest()[::-1].hex()
    assert "under your --tsa-ca" in proven
    assert block in compare
    assert "(nothing)" in unproven
    assert "--tsa-ca" in world.check(world.bundle).stdout.split("NOT PROVEN")[1]
    whole = verify(world.bundle, "--trust-root", world.trust, "--fingerprint", world.fingerprint)
    assert whole.returncode == 0, whole.stderr
    assert "verify_anchors.py" in whole.stdout
    told = ("--trust-root", str(world.trust), "--fingerprint", world.fingerprint)
    world.home.run("journal", "verify", str(world.bundle), *told)


def test_openssl_verifies_the_stamp_of_a_bundle(world: World, tmp_path: Path) -> None:
    (stamp,) = (world.bundle / "anchors").glob("*.tsr")
    lines = (world.bundle / "anchors" / f"{stamp.name.partition('-')[0]}.checkpoint").read_bytes().split(b"\n")[:3]
    (tmp_path / "anchored").write_bytes(b"jinku/anchor/1\0" + b"\n".join(lines) + b"\n")
    words = ["openssl", "ts", "-verify", "-data", str(tmp_path / "anchored"), "-in", str(stamp), "-CAfile"]
    assert b"OK" in subprocess.run([*words, str(world.ca)], check=True, capture_output=True).stdout


def _another_ca(world: World, folder: Path) -> tuple[str, list[str | Path]]:
    (folder / "../other.pem").write_text(certify("Root").pem)
    return "leads to no pinned certificate", ["--tsa-ca", folder / "../other.pem"]


def _another_checkpoint(world: World, folder: Path) -> tuple[str, list[str | Path]]:
    (path,) = (folder / "anchors").glob("*.checkpoint")
    lines = path.read_bytes().split(b"\n")
    lines[2] = b"A" * 43 + b"="
    path.write_bytes(b"\n".join(lines))
    return "rewritten", []


def _another_consistency(world: World, folder: Path) -> tuple[str, list[str | Path]]:
    (path,) = (folder / "anchors").glob("*.consistency")
    path.write_bytes(path.read_bytes().replace(b"old ", b"old 1", 1))
    return "of other trees", []


def _another_stamp(world: World, folder: Path) -> tuple[str, list[str | Path]]:
    (path,) = (folder / "anchors").glob("*.tsr")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    return "signature does not hold", ["--tsa-ca", world.ca]


def _another_header(world: World, folder: Path) -> tuple[str, list[str | Path]]:
    (path,) = (folder / "anchors").glob("*.header")
    path.write_bytes(mined(bytes(32)))
    return "another block's", []


def _a_header_of_ones_own(world: World, folder: Path) -> tuple[str, list[str | Path]]:
    (folder / "../header").write_text(mined(bytes(32)).hex())
    return "another block's", ["--bitcoin-header", folder / "../header"]


def _another_size(world: World, folder: Path) -> tuple[str, list[str | Path]]:
    for path in list((folder / "anchors").iterdir()):
        number, gap, rest = path.name.partition("-") if "-" in path.name else path.name.partition(".")
        if number.isdigit():
            path.rename(path.with_name(f"{int(number) + 1}{gap}{rest}"))
    return "another log or size", []


@pytest.mark.parametrize(
    "spoil",
    [
        _another_ca,
        _another_checkpoint,
        _another_consistency,
        _another_stamp,
        _another_header,
        _a_header_of_ones_own,
        _another_size,
    ],
)
def test_the_auditors_program_names_what_does_not_hold(world: World, tmp_path: Path, spoil: object) -> None:
    folder = Path(shutil.copytree(world.bundle, tmp_path / "b"))
    said, words = spoil(world, folder)  # type: ignore[operator]
    sealed(folder)
    ran = world.check(folder, *words)
    assert (ran.returncode, ran.stdout) == (5, ""), ran.stdout
    assert ran.stderr.startswith("BROKEN ")
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_file_changed_after_the_manifest(world: World, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(world.bundle, tmp_path / "b"))
    (path,) = (folder / "anchors").glob("*.ots")
    path.write_bytes(path.read_bytes() + b"x")
    assert "was changed" in world.check(folder).stderr


def test_a_source_that_is_gone_is_told_and_the_rest_kept(world: World) -> None:
    home = world.home
    home.run("journal", "anchor-add", "ots", "http://127.0.0.1:9")
    ran = home.run("journal", "anchor", "--json", expect=1)
    assert ran.error["code"] == "anchor.failed"
    assert ran.error["retryable"]
    (failed,) = ran.document["failed"]
    assert (failed["place"], failed["code"]) == ("http://127.0.0.1:9", "anchor.unreachable")
    assert {one["place"] for one in ran.document["anchors"]} == set(world.places)
    home.run("journal", "anchor-remove", "ots", "http://127.0.0.1:9")
    kinds = [json.loads(line["entry"])["kind"] for line in home.run("journal", "show", "--json").lines]
    assert kinds.count("journal.anchor_source_added") == 3
    assert kinds.count("journal.anchor_source_removed") == 1
