"""A real home, its signer and real witnesses, by the commands that docs/operate/witness.md names."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_home import HOME_SECRET, VAULT_SECRET, WORDS, CliHome, Ran, made_home
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from go_trust import flags, gobundle
from witness_house import RealWitness, Witnesses

import jinku
from jinku.core import Json
from jinku.custody.ports import SecretFd
from jinku.journal.notes import read_note
from jinku.ops import setup
from jinku.ops.platform import Platform
from jinku.ops.settings import Settings
from jinku.ops.setup import initialise

VERIFY = Path(jinku.__file__).parent / "journal" / "verifier" / "verify.py"
SECRET = {"--home-passphrase-fd": HOME_SECRET}


def trust(home: CliHome, *words: str, expect: int = 0) -> Ran:
    return home.run("trust", *words, "--json", secrets=SECRET, expect=expect)


def head(home: CliHome) -> bytes:
    return (home.home / "journal" / "checkpoint").read_bytes()


def witnessed(home: CliHome, witnesses: Witnesses, quorum: int = 2) -> list[RealWitness]:
    """Two witnesses cosign the home's log; ``quorum`` of them have to."""
    vkeys = home.run("journal", "checkpoint", "--json").document["vkeys"]
    some = [witnesses.make(name).serve(vkeys) for name in ("w1", "w2")]
    for number, one in enumerate(some, 1):
        trust(home, "add", one.name, *one.vkeys, "--url", one.url, "--quorum", str(min(number, quorum)))
    return some


@pytest.fixture
def witnesses(tmp_path: Path) -> Iterator[Witnesses]:
    with Witnesses(tmp_path / "witnesses") as made:
        yield made


def _told(own: CliHome, check: str, expect: int = 0) -> dict[str, str]:
    """What doctor finds of this, which is one line."""
    (one,) = [
        row for row in own.run("doctor", "--quick", "--json", expect=expect).document["checks"] if row["check"] == check
    ]
    return one


def test_from_zero_to_two_witnesses(own: CliHome, witnesses: Witnesses, tmp_path: Path) -> None:
    first = own.run("trust", "show", "--json").document
    assert (first["version"], first["signatures"], first["profile"]) == (1, 1, "dev")
    with Platform.open(Settings.of(own.home, own.environment)) as platform:
        worker = platform.journal._sequencer(False)  # as a worker keeps one for days
        assert worker.flush().held == ""
        some = witnessed(own, witnesses)
        with platform.database.unit() as unit:
            unit.append_entry("test.later", "subject", {})
            unit.append_entry("trust.version", platform.deployment.deployment, {"version": 3})  # nobody of ours
        assert worker.flush().waiting == 0
    shown = own.run("trust", "show", "--json").document
    assert (shown["version"], shown["witnesses"], shown["quorum"]) == (3, ["w1", "w2"], 2)
    note = head(own)
    assert [note.count(f"witness.example/{one.name} ".encode()) for one in some] == [2, 2]
    assert own.run("journal", "checkpoint", "--json").document["profile"] == "witnessed"
    checks = {
        one["check"]: one["status"] for one in own.run("doctor", "--quick", "--json", expect=None).document["checks"]
    }
    assert "profile" not in checks
    assert (checks["trust root"], checks["journal"], checks["strange entries"]) == ("ok", "ok", "warn")
    # a stranger, with another library
    root, receipt = tmp_path / "trust.json", tmp_path / "receipt"
    own.run("trust", "export", "--out", str(root))
    receipt.write_text(own.run("journal", "prove", "1").out)
    line = [sys.executable, "-I", str(VERIFY), "receipt", str(receipt), "--fingerprint", shown["fingerprint"]]
    ran = subprocess.run([*line, "--trust-root", str(root)], capture_output=True, text=True, check=False, timeout=60)
    assert "witnesses from outside: w1, w2 (2 wanted)" in ran.stdout, ran.stderr
    believed, signed = json.loads(root.read_bytes())["root"], own.home / "journal" / "checkpoint"
    go = gobundle("checkpoint", *flags(believed), signed)  # and with Go's: all six lines
    assert go.returncode == 0, go.stderr
    assert gobundle("checkpoint", *flags(believed, 3), signed).stderr.startswith("2 of 2 witnesses cosigned, 3")
    old = tmp_path / "old.json"
    old.write_text(own.run("trust", "export", "--version", "1").out)
    assert json.loads(old.read_text())["root"]["version"] == 1
    # one falls silent: what is done stays done, and waits
    some[1].stop()
    size = read_note(note).size
    said = own.run("vault", "import", "v", "--tier", "hot", secrets=_vault())
    assert "for a checkpoint: too few witnesses answer" in " ".join(said.err.split())
    assert own.run("journal", "flush", "--json", expect=1).error["code"] == "journal.witness_quorum"
    assert read_note(head(own)).size == size
    told = _told(own, "witnesses", expect=1)
    assert told["status"] == "bad"
    assert told["found"].startswith("w1 answers, w2 does not answer (")
    assert told["found"].endswith("; 2 wanted from outside")
    own.run("trust", "url", "w2", some[1].serve().url)
    assert own.run("journal", "flush", "--json").document["waiting"] == 0
    assert read_note(head(own)).size > size
    told = _told(own, "witnesses")
    assert (told["status"], told["found"]) == ("ok", "w1 answers, w2 answers; 2 wanted from outside")
    assert own.run("journal", "verify", "--json").document["ok"]
    # a version that is taken away takes no witness away
    shutil.move(own.home / "trust" / "3.json", tmp_path / "3.json")
    assert own.run("journal", "flush", "--json", expect=5).error["code"] == "trust.home"
    assert trust(own, "check", expect=0).document["version"] == 3  # the signer knows it
    assert (own.home / "trust" / "3.json").read_bytes() == (tmp_path / "3.json").read_bytes()
    changed = (tmp_path / "3.json").read_bytes().replace(b'"quorum":2', b'"quorum":0')
    (own.home / "trust" / "3.json").write_bytes(changed)
    for command in (("trust", "show"), ("journal", "flush"), ("trust", "export")):
        assert own.run(*command, "--json", expect=5).error["code"] == "trust.signature_invalid"


def _vault() -> dict[str, bytes]:
    return {"--mnemonic-file": WORDS.encode(), "--passphrase-fd": VAULT_SECRET}


def test_a_home_made_before_trust_roots_were_signed_goes_on_and_signs_its_first(
    fresh: CliHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("begin", "note_versions"):
        monkeypatch.setattr(setup, name, lambda *_: None)
    reading, writing = os.pipe()
    os.write(writing, HOME_SECRET)
    os.close(writing)
    initialise(Settings.of(fresh.home, fresh.environment), SecretFd(reading))
    os.close(reading)
    assert not (fresh.home / "trust").exists()
    unsigned = fresh.run("trust", "show", "--json").document
    assert (unsigned["version"], unsigned["signatures"], unsigned["profile"]) == (1, 0, "dev")
    assert fresh.run("journal", "flush", "--json").document["size"] == 1
    signed = trust(fresh, "check").document
    assert signed == {**unsigned, "signatures": 1}  # the fingerprint that auditors may have is the same
    assert fresh.run("journal", "show", "--json").lines[-1]["kind"] == "trust.version"
    assert trust(fresh, "check").document == signed
    assert len(fresh.run("journal", "show", "--kind", "trust.*", "--json").lines) == 1


def test_a_second_admin_has_to_sign_the_next_version(own: CliHome, tmp_path: Path) -> None:
    bob, signature = Ed25519PrivateKey.generate(), tmp_path / "bob.sig"
    public = bob.public_key().public_bytes_raw().hex()
    wrong = own.run("trust", "add", "bob", public, "--role", "admin", "--json", expect=3, secrets={
        "--home-passphrase-fd": b"not the passphrase of this home"})  # fmt: skip
    assert wrong.error["code"] == "envelope.wrong_secret"
    short = own.run("trust", "add", "bob", "8d2f", "--json", expect=2).error  # before anybody is asked for a passphrase
    assert (short["code"], short["found"]) == ("trust.malformed", "8d2f of bob")
    placed = own.run("trust", "add", "w9", "w9+a", "--url", "w9.example", "--json", expect=2).error
    assert placed["found"] == "w9.example"
    assert own.run("trust", "add", "bob", public, "--json", expect=2).error["code"] == "usage.secret_needed"
    proposed = trust(own, "add", "bob", public, "--role", "admin", "--threshold", "2").document
    assert (proposed["in_force"], proposed["version"]) == (False, 2)
    assert own.run("trust", "show", "--json").document["version"] == 1
    assert own.run("trust", "show", "--next", "--json").document["version"] == 2
    digest = Path(proposed["sign"]).read_bytes()
    assert digest.hex() == proposed["fingerprint"]
    for bad, code in ((bytes(64), "trust.signature_invalid"), (b"short", "usage.invalid")):
        signature.write_bytes(bad)
        error = trust(own, "accept", "bob", str(signature), expect=None).error  # type: ignore[arg-type]
        assert error["code"].startswith(code.partition(".")[0])
    signature.write_bytes(bob.sign(digest))
    assert trust(own, "accept", "nobody", str(signature), expect=4).error["code"] == "trust.unknown"
    done = trust(own, "accept", "bob", str(signature)).document
    assert (done["in_force"], done["signatures"], done["version"]) == (True, 2, 2)
    again = trust(own, "rotate", "--threshold", "1").document
    assert (again["in_force"], again["version"]) == (False, 3)  # two have to sign that one is enough
    assert trust(own, "add", "bob", public, expect=1).error["code"] == "trust.name"
    assert trust(own, "rotate", "--remove", "carol", expect=4).error["code"] == "trust.unknown"
    lines = [json.loads(line["entry"]) for line in own.run("journal", "show", "--kind", "trust.*", "--json").lines]
    said = [(line["kind"].removeprefix("trust."), line["version"], line.get("outcome")) for line in lines]
    asked = [("sign_begun", "2", None), ("sign_ended", "2", "envelope.wrong_secret")]
    signed = [("sign_begun", "2", None), ("sign_ended", "2", "signed")]
    third = [("sign_begun", "3", None), ("sign_ended", "3", "signed")]  # by one of two: it is not in force
    assert said == [("version", "1", None), *asked, *signed, ("version", "2", None), *third]


def test_entries_that_somebody_inserts_hide_no_version(own: CliHome) -> None:
    with Platform.open(Settings.of(own.home, own.environment)) as platform:
        deployment = platform.deployment.deployment
        with platform.database.unit() as unit:
            (first,) = unit.entries("trust.version", deployment)
            stated = {key: str(json.loads(first.content)[key]) for key in ("version", "digest")}
            odd: list[dict[str, Json]] = [{**stated}, {}, {"version": [], "digest": {}}]
            for facts in odd:
                unit.append_entry("trust.version", deployment, facts)
    public = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    assert trust(own, "add", "bob", public, "--role", "admin").document["in_force"]
    assert len(own.run("journal", "show", "--kind", "trust.version", "--json").lines) == 5
    newest = own.run("trust", "show", "--json").document
    with Platform.open(Settings.of(own.home, own.environment)) as platform, platform.database.unit() as unit:
        said = [json.loads(entry.content) for entry in unit.entries("trust.version", deployment)]
    assert next(one for one in said if one.get("digest") == newest["fingerprint"])["version"] == "2"
    own.run("journal", "flush")
    own.run("doctor", "--quick", "--json", expect=None)


def test_a_split_view_stops_both_homes(witnesses: Witnesses) -> None:
    """A home and its copy, each shown to one witness alone: what one publishes, the other's witness contradicts."""
    with made_home() as one:
        some = witnessed(one, witnesses, quorum=1)
        other = one.copy("other")
        shutil.copytree(one.folder / "s", other.folder / "s", dirs_exist_ok=True)
        try:
            _split(one, other, some)
        finally:
            other.run("signer", "stop", expect=None)


def _split(one: CliHome, other: CliHome, some: list[RealWitness]) -> None:
    one.run("trust", "url", "w2", "http://127.0.0.1:1")
    other.run("trust", "url", "w1", "http://127.0.0.1:1")
    for home in (one, other):  # each of them notes it
        home.run("signer", "unlock", secrets={"--passphrase-fd": HOME_SECRET})
    for home, name in ((one, "mine"), (other, "theirs")):
        home.run("vault", "import", name, "--tier", "hot", secrets=_vault())
    mine, theirs = read_note(head(one)), read_note(head(other))
    assert (mine.size, mine.root == theirs.root) == (theirs.size, False)
    one.run("trust", "url", "w2", some[1].url)
    words = ("vault", "import", "more", "--tier", "hot", "--json")
    error = one.run(*words, secrets=_vault(), expect=5).error
    assert error["code"] == "journal.forked"
    assert error["fields"]["size"] == mine.size
    kept = Path(error["fields"]["evidence"]).read_bytes()
    assert theirs.note.partition(b"\n\n")[0] in kept
    assert read_note(head(one)).size == mine.size
    # nothing more, even when that witness is not asked any more
    one.run("trust", "url", "w2", "http://127.0.0.1:1")
    assert one.run("journal", "flush", "--json", expect=5).error["code"] == "journal.forked"
    checks = one.run("doctor", "--quick", "--json", expect=None).document["checks"]
    (found,) = [line for line in checks if line["check"] == "journal"]
    assert found["status"] == "bad"
    assert "TWO TREES" in found["found"]
    with Platform.open(Settings.of(one.home, one.environment)) as platform, platform.database.unit() as unit:
        facts = {"size": str(mine.size), "theirs": theirs.root.hex(), "found": "9"}
        unit.append_entry("journal.fork_settled", f"{platform.deployment.deployment}.jinku", facts)
    assert one.run("journal", "flush", "--json", expect=5).error["code"] == "journal.forked"
    assert one.run("journal", "settle", "00" * 32, "--json", expect=4).error["code"] == "journal.no_fork"
    trust(one, "rotate", "--remove", "w2", "--quorum", "1", expect=5)  # done, and the alarm stands
    assert one.run("journal", "settle", theirs.root.hex(), "--json").document["settled"]
    assert read_note(head(one)).size > mine.size
    kinds = [line["kind"] for line in one.run("journal", "show", "--json").lines]
    assert {"journal.fork_found", "journal.fork_settled"} <= set(kinds)
