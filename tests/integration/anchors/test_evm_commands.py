"""The EVM anchor by commands: a real signer, a real node, and the auditor's program over the bundle."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from anchor_world import World, world_of
from bundle_world import sealed, verify
from cli_home import CliHome, made_home
from evm_world import OwnKey
from real_log import RealLog

import jinku
from anvil_fixture import Anvil
from jinku.core import SystemClock
from jinku.journal.adapters.anchor_evm import EvmChain
from jinku.journal.anchors import AnchorKind, AnchorState, Proof, anchored
from jinku.journal.verifier.verify_evm import read_rlp, written
from jinku.ops.anchors import evm_source
from jinku.store import Database

SCRIPT = Path(jinku.__file__).parent / "journal" / "verifier" / "verify_anchors.py"


@dataclass
class Anchored:
    """A home whose log stands in a block, and its bundle."""

    home: CliHome
    anvil: Anvil
    bundle: Path
    told: tuple[str, ...]
    hash: str
    account: str


@pytest.fixture
def done(anvil: Anvil, tmp_path: Path) -> Iterator[Anchored]:
    with made_home() as home:
        options = ("--chain", "31337", "--confirmations", "1")
        added = home.run("journal", "anchor-add", "evm", anvil.url, *options, "--json").document
        account = "0x" + added["pins"]["account"]
        refused = home.run("journal", "anchor", "--json", expect=1)
        (failed,) = refused.document["failed"]
        assert failed["code"] == "anchor.funds"
        assert account in failed["message"]
        anvil.fund(account)
        first = home.run("journal", "anchor", "--json").document
        assert [(one["kind"], one["state"]) for one in first["anchors"]] == [("evm", "pending")]
        anvil.send(1)
        height = anvil.mine()
        anvil.mine()
        again = home.run("journal", "anchor", "--json").document
        assert [(one["size"], one["state"]) for one in again["anchors"]][-1] == (
            first["anchors"][0]["size"],
            "complete",
        )
        block = anvil("eth_getBlockByNumber", hex(height), False)
        shown = home.run("trust", "show", "--json").document
        home.run("trust", "export", "--out", str(tmp_path / "trust.json"))
        home.run("journal", "export", "--kind", "deployment.made", "--out", str(tmp_path / "bundle"))
        told = ("--trust-root", str(tmp_path / "trust.json"), "--fingerprint", shown["fingerprint"])
        yield Anchored(home, anvil, tmp_path / "bundle", told, block["hash"], account)


def check(done: Anchored, folder: Path) -> subprocess.CompletedProcess[str]:
    return verify(folder, *done.told, script=SCRIPT)


def test_from_the_command_to_the_auditor(done: Anchored, tmp_path: Path) -> None:
    listed = done.home.run("journal", "anchors", "--json").document
    (complete,) = [one for one in listed["anchors"] if one["state"] == "complete"]
    assert complete["compare"]["block hash"] == done.hash
    assert listed["sources"][0]["pins"]["chain"] == "31337"
    plain = done.home.run("journal", "anchors").out
    assert f"chain 31337, paid by {done.account}" in plain.replace("\n", "")
    for script in (SCRIPT, done.bundle / "verify_anchors.py"):
        ran = verify(done.bundle, *done.told, script=script)
        assert ran.returncode == 0, ran.stderr
        compare = ran.stdout.split("COMPARE ELSEWHERE")[1].split("NOT PROVEN")[0]
        for word in (done.hash, done.account, "of chain 31337", complete["compare"]["transaction"]):
            assert word in compare
    whole = verify(done.bundle, *done.told)
    assert whole.returncode == 0, whole.stderr
    done.home.run("journal", "verify", str(done.bundle), *done.told)

    def changed(name: str) -> tuple[Path, Path]:
        folder = Path(shutil.copytree(done.bundle, tmp_path / name))
        return folder, next((folder / "anchors").glob(f"*.{name}"))

    def broken(folder: Path, said: str) -> None:
        sealed(folder)
        ran = check(done, folder)
        assert (ran.returncode, ran.stdout) == (5, ""), ran.stdout
        assert said in ran.stderr
        assert "Traceback" not in ran.stderr

    folder, path = changed("block")
    parts: list[Any] = read_rlp(path.read_bytes())
    path.write_bytes(written([b"\x11" * 32, *parts[1:]]))
    broken(folder, "the header is another block's")
    path.write_bytes(written([*parts[:2], b"\x05", parts[3]]))
    broken(folder, "way to the transaction")  # a fork of it or its end, by which of the two stands first
    path.unlink()
    sealed(folder)
    ran = check(done, folder)
    assert ran.returncode == 0
    assert "if it stands in a block there" in ran.stdout.split("NOT PROVEN")[1]
    folder, path = changed("evm")
    path.write_bytes(path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1]))
    broken(folder, "BROKEN")
    folder, path = changed("checkpoint")
    path.write_bytes(path.read_bytes().replace(b".jinku\n", b".jinkv\n", 1))
    broken(folder, "BROKEN")
    alone = tmp_path / "alone"
    alone.mkdir()
    for name in ("verify.py", "verify_anchors.py"):
        shutil.copy(SCRIPT.with_name(name), alone)
    ran = verify(done.bundle, *done.told, script=alone / "verify_anchors.py")
    assert ran.returncode == 5
    assert "verify_evm.py is not beside this file" in ran.stderr
    entries = [json.loads(line["entry"]) for line in done.home.run("journal", "show", "--json").lines]
    (source,) = [one for one in entries if one["kind"] == "journal.anchor_source_added"]
    assert source["pins"] == listed["sources"][0]["pins"]


def test_what_cannot_be_meant_or_is_elsewhere(anvil: Anvil, home: CliHome) -> None:
    run = home.run
    add = ("journal", "anchor-add", "evm", anvil.url)
    assert run(*add, "--json", expect=2).error["code"] == "usage.invalid"
    assert run(*add, "--chain", "1", "--headers", "http://a", "--json", expect=2).error["code"] == "usage.invalid"
    wrong = run(*add, "--chain", "1", "--json", expect=5).error
    assert wrong["code"] == "anchor.network"
    other = ("journal", "anchor-add", "ots", "http://a", "--chain", "1", "--json")
    assert run(*other, expect=2).error["code"] == "usage.invalid"
    assert run("journal", "anchors", "--json").document["sources"] == []


@pytest.fixture
def world(anvil: Anvil, tmp_path: Path) -> Iterator[tuple[World, OwnKey]]:
    """A log whose signer is a key of the test's own, and the node as its one source."""
    key = OwnKey()
    anvil.fund(key.address)
    with Database.create(tmp_path / "jinku.db", SystemClock()) as database:
        made = world_of(RealLog(tmp_path, database), key=key)
        key.digest = anchored(made.journal.checkpoint().checkpoint)
        made.anchoring.add_source(evm_source(key, anvil.url, 31_337, confirmations=1))
        yield made, key


def test_killed_between_keeping_and_sending(
    world: tuple[World, OwnKey], anvil: Anvil, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, key = world
    with monkeypatch.context() as dying:
        dying.setattr(EvmChain, "upgrade", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            made.run()
    (kept,) = made.rows.anchors()
    assert (kept.proof.state, len(key.signed)) == (AnchorState.PENDING, 1)
    assert anvil("txpool_status")["pending"] == "0x0"
    assert made.run() == ([], [])
    assert anvil("txpool_status")["pending"] == "0x1"
    anvil.mine(2)
    (fresh,), failed = made.run()
    assert (fresh.proof.state, fresh.proof.data, failed) == (AnchorState.COMPLETE, kept.proof.data, [])
    assert (len(key.signed), made.kinds()[-2:]) == (1, ["journal.anchored", "journal.anchor_completed"])


def test_killed_between_signing_and_keeping(
    world: tuple[World, OwnKey], anvil: Anvil, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, key = world
    with monkeypatch.context() as dying:
        dying.setattr(type(made.rows), "add", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            made.run()
    assert (made.rows.anchors(), len(key.signed)) == ([], 1)
    (fresh,), failed = made.run()
    assert (fresh.proof.data, failed) == (key.signed[1], [])
    anvil.mine()
    assert anvil("eth_getTransactionCount", key.address, "latest") == "0x1"


def test_a_new_head_waits_and_what_is_pending_is_finished_without_money(
    world: tuple[World, OwnKey], anvil: Anvil
) -> None:
    made, key = world
    assert len(made.run()[0]) == 1
    made.journal.flush()
    key.digest = anchored(made.journal.checkpoint().checkpoint)
    assert made.run() == ([], [])  # one at a time
    anvil.mine(2)
    anvil.fund(key.address, 1000)  # no more than the one that stands by now was paid from
    fresh, failed = made.run()
    assert [one.proof.state for one in fresh] == [AnchorState.COMPLETE]
    assert [error.code for error in failed] == ["anchor.funds"]


def test_two_nodes_of_one_chain_share_its_nonces(world: tuple[World, OwnKey], anvil: Anvil) -> None:
    made, key = world
    made.anchoring.add_source(evm_source(key, anvil.url + "/", 31_337, confirmations=1))
    assert [len(one) for one in made.run()] == [1, 0]
    anvil.mine()
    assert [len(one) for one in made.run()] == [1, 0]
    anvil.mine(2)
    fresh, failed = made.run()
    assert ([one.proof.state for one in fresh], failed) == ([AnchorState.COMPLETE] * 2, [])
    assert anvil("eth_getTransactionCount", key.address, "latest") == "0x2"


def test_what_was_superseded_is_in_no_bundle(world: tuple[World, OwnKey], anvil: Anvil) -> None:
    made, _ = world
    ((one,), _) = made.run()
    extract = made.journal.extract()
    assert [name.rpartition(".")[2] for name, _ in made.anchoring.files(extract, 0)] == [
        "checkpoint",
        "consistency",
        "evm",
    ]
    assert made.rows.complete(one, Proof(AnchorState.SUPERSEDED, one.proof.data), "s", None)
    (looked,) = made.anchoring.look()
    assert looked.said is not None
    assert (looked.said.state, looked.anchor.kind) == (AnchorState.SUPERSEDED, AnchorKind.EVM)
    assert list(made.anchoring.files(extract, 0)) == []
    assert made.run() == ([], [])
    anvil.mine(2)
    ((found,), failed) = made.run()  # the node that said so was wrong
    assert (found.proof.state, found.proof.data, failed) == (AnchorState.COMPLETE, one.proof.data, [])
