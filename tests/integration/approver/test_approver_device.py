"""The shipped jinku-approver, as a script and as a person call it; its answers hold, and a lying platform gets none."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from approver_house import PASSPHRASE, POLICY, Asking, Device, first_two
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from jinku import _native
from jinku.core import ApprovalAnswer, ApprovalRequest, Decision, ParseError, domain_digest

WORDS = b", type the first two words of the "
PASS = b"Passphrase of this device: "


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path / "device")


@pytest.fixture
def asking(device: Device, tmp_path: Path) -> Asking:
    """The deployment of a device that was made, and has pinned its trust root."""
    made = device.run("init", "--name", "anna", "--json", "--passphrase-fd", "0", secret=PASSPHRASE)
    assert made.returncode == 0, made.stderr
    asking = Asking(json.loads(made.stdout)["public"])
    root = tmp_path / "trust-root.json"
    root.write_bytes(asking.signed_root + b"\n")
    pinned = device.run("pin", root, "--yes", "--digest", asking.digest.hex())
    assert pinned.returncode == 0, pinned.stderr
    return asking


def _file(tmp_path: Path, request: ApprovalRequest) -> Path:
    path = tmp_path / "request.json"
    path.write_bytes(request.to_canonical())
    return path


def test_an_answer_holds_and_names_exactly_what_was_asked(device: Device, asking: Asking, tmp_path: Path) -> None:
    request = asking.request()
    assert ApprovalRequest.from_canonical(request.to_canonical()) == request
    digest = request.intent.digest().hex()
    path = _file(tmp_path, request)
    done = device.run("approve", path, "--yes", "--digest", digest, "--passphrase-fd", "0", secret=PASSPHRASE)
    assert done.returncode == 0, done.stderr
    answer = ApprovalAnswer.from_canonical(done.stdout.rstrip("\n").encode())
    assert answer.to_canonical() == done.stdout.rstrip("\n").encode()
    approval = answer.approval
    assert (approval.decision, approval.approver, approval.policy_digest) == (Decision.APPROVE, "anna", POLICY)
    assert (approval.deployment, approval.bounds) == (asking.deployment, request.intent.bounds)
    assert approval.intent_digest == digest
    effects = _native.asked_effects(request.intent.to_canonical())
    assert approval.effects_digest == domain_digest("jinku/effects/1", effects).hex()
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(asking.approver))
    key.verify(answer.signature, approval.digest())
    with pytest.raises(InvalidSignature):
        key.verify(answer.signature, replace(approval, decision=Decision.REJECT).digest())


def test_an_intent_that_was_changed_on_the_way_gets_no_answer(device: Device, asking: Asking, tmp_path: Path) -> None:
    request = asking.altered()
    digest = request.intent.digest().hex()
    words = ("--yes", "--digest", digest, "--passphrase-fd", "0", "--json")
    done = device.run("approve", _file(tmp_path, request), *words, secret=PASSPHRASE)
    assert (done.returncode, done.stdout) == (5, "")
    assert json.loads(done.stderr)["error"]["code"] == "approver.initiator"


def test_a_request_of_another_form_is_refused_by_both(device: Device, asking: Asking, tmp_path: Path) -> None:
    bent = asking.request().to_canonical().replace(b'"told":', b'"tale":')
    with pytest.raises(ParseError):
        ApprovalRequest.from_canonical(bent)
    with pytest.raises(ParseError, match="signature"):
        ApprovalRequest.from_canonical(asking.request().to_canonical().replace(b'"signature":"', b'"signature":"A'))
    with pytest.raises(ParseError, match="1001 characters"):
        asking.request("x" * 1001)
    (tmp_path / "bent.json").write_bytes(bent)
    shown = device.run("show", tmp_path / "bent.json", "--json")
    assert (shown.returncode, json.loads(shown.stderr)["error"]["code"]) == (2, "document.shape")


def test_a_person_makes_a_device_and_pins_at_the_terminal(device: Device, tmp_path: Path) -> None:
    typed = PASSPHRASE.encode()
    differing = device.at_terminal(["init", "--name", "anna"], (PASS, typed), (b"Again: ", b"something else"))
    assert differing.status == 1
    assert b"the two entries differ" in differing.screen
    made = device.at_terminal(["init", "--name", "anna"], (PASS, typed), (b"Again: ", typed))
    assert made.status == 0, made.screen
    assert typed not in made.screen
    assert re.search(r"^Max core file size +0 +0 ", made.limits, re.MULTILINE), made.limits
    public = device.run("key", "--json")
    asking = Asking(json.loads(public.stdout)["public"])
    root = tmp_path / "trust-root.json"
    root.write_bytes(asking.signed_root)
    wrong = device.at_terminal(["pin", root], (WORDS, b"lusab babad"))
    assert wrong.status == 3, wrong.screen
    pinned = device.at_terminal(["pin", root], (WORDS, first_two(asking.digest).replace(b" ", b"-").upper()))
    assert pinned.status == 0, pinned.screen


def test_a_person_reads_and_types_the_words_back(device: Device, asking: Asking, tmp_path: Path) -> None:
    request = asking.request("fine\x1b[2J\u202eAPPROVED")
    path, out = _file(tmp_path, request), tmp_path / "answer.json"
    other = device.at_terminal(["approve", path, "--out", out], (WORDS, b"yes"))
    assert (other.status, out.exists()) == (3, False)
    assert b"\x1b" not in other.screen
    words = first_two(request.intent.digest())
    wrong = device.at_terminal(["approve", path, "--out", out], (WORDS, words), (PASS, b"a wrong horse"))
    assert (wrong.status, out.exists()) == (3, False)
    assert b"a wrong horse" not in wrong.screen
    given = device.at_terminal(["reject", path, "--out", out], (WORDS, words), (PASS, PASSPHRASE.encode()))
    assert given.status == 0, given.screen
    assert PASSPHRASE.encode() not in given.screen
    for shown in (b"To REJECT, type", str(request.intent.destination).encode(), b"= 1.5 of the chain's own coin"):
        assert shown in given.screen
    assert ApprovalAnswer.from_canonical(out.read_bytes()).approval.decision is Decision.REJECT


def test_an_interruption_signs_nothing(device: Device, asking: Asking, tmp_path: Path) -> None:
    request, out = asking.request(), tmp_path / "answer.json"
    words = first_two(request.intent.digest())
    left = device.at_terminal(["approve", _file(tmp_path, request), "--out", out], (WORDS, words), (PASS, b"half\x03"))
    assert (left.status, out.exists()) == (1, False)
    assert b"interrupted" in left.screen
