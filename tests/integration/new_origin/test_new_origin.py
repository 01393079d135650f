"""A log whose newest entries are lost goes on under a later name, and nobody is shown two trees of one name."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from cli_home import CliHome
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from go_trust import flags, gobundle
from lost_log import LATER, SECRET, fill, flush, head, lose, new_origin, number_of, opened, stranger

from jinku import _native
from jinku.journal.notes import vkeys
from jinku.journal.origins import handovers
from jinku.ops.trust_folder import log_keys


def tree_of(home: CliHome) -> dict[str, bytes]:
    """What stands in the home and in its state folder, but for what a running signer and a database open leave."""
    folders = [home.home / "journal", home.home / "trust", home.home / "signer", home.folder / "s"]
    found = {str(path): path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}
    with opened(home) as platform:
        standing = platform.log_rows.standing()
    return {**found, "entries": f"{standing.size} {standing.waiting}".encode()}


def lines(home: CliHome, kind: str) -> list[dict[str, object]]:
    return home.run("journal", "show", "--kind", kind, "--json").lines


def test_a_head_in_the_state_folder_and_what_holds_afterwards(own: CliHome, tmp_path: Path) -> None:
    fill(own, 260, "first")
    old = tmp_path / "old-trust.json"
    own.run("trust", "export", "--out", str(old))
    left, last = lose(own, state=True)
    fill(own, 2, "since")  # what was written before anybody noticed
    error = flush(own, expect=5).error
    assert (error["code"], error["fields"]["size"]) == ("journal.behind", last.size)
    lacking = own.run("journal", "catch-up", "--json", expect=5).error
    assert (lacking["fields"]["entries"], "new-origin" in lacking["advice"]) == (0, True), "the tiles are lost, too"
    before = tree_of(own)
    told = new_origin(own, "--dry-run").document
    assert tree_of(own) == before, "nothing was written"
    assert (told["size"], told["lost"], [one["size"] for one in told["known"]]) == (left, last.size - left, [last.size])
    began = int(time.time())
    done = new_origin(own).document
    number = number_of(done)
    assert began <= number // 10**9 <= int(time.time())
    folder = own.home / "journal" / f"origin-{number}"
    deployment = done["before"].removesuffix(".jinku")
    assert (done["origin"], done["size"], done["opened"], done["held"]) == (
        f"{deployment}.jinku/{number}",
        left,
        True,
        "",
    )
    assert (head(own, number).checkpoint.origin, head(own, number).size) == (done["origin"], done["published"])
    assert head(own).size == left, "what the old name published stays as it is"
    (entry,) = lines(own, "journal.origin_opened")
    said = json.loads(str(entry["entry"]))
    assert (entry["index"], said["from"], said["origin"]) == (left, done["before"], done["origin"])
    assert said["known"] == [{"by": "state", "root": last.root.hex(), "size": str(last.size)}]
    assert (said["reason"], said["size"]) == ("restored", str(left))
    report = own.run("journal", "verify", "--json").document
    (lost,) = report["warnings"]
    assert f"what the last {last.size - left} said is not in this log" in lost, "for ever"
    assert (report["size"], report["waiting"]) == (done["published"], 0)
    # it goes on as if it had never had another name
    fill(own, 3, "after")
    assert flush(own).document["size"] == done["published"] + 3
    new = tmp_path / "trust.json"
    exported = own.run("trust", "export", "--out", str(new), "--json").document
    assert exported["version"] == 2
    own.run("journal", "verify", "--trust-root", str(new))
    own.run("journal", "verify", str(folder), "--trust-root", str(new))
    own.run("journal", "verify", str(own.home / "journal"), "--trust-root", str(old))
    own.run("journal", "verify", str(own.home / "journal"))
    for command in (
        ("verify", "--trust-root", str(old)),
        ("verify", str(own.home / "journal"), "--trust-root", str(new)),
    ):
        assert own.run("journal", *command, "--json", expect=5).error["code"] == "journal.checkpoint_damaged"
    receipt = tmp_path / "receipt"
    for place in (1, left, left + 1):
        receipt.write_text(own.run("journal", "prove", str(place)).out)
        assert stranger(new, "receipt", receipt).returncode == 0
        refused = stranger(old, "receipt", receipt)
        assert (refused.returncode, "another log's" in refused.stderr) == (5, True)
    _native.check_next_trust_root(old.read_bytes(), new.read_bytes(), 4_000_000_000_000)
    _extends_the_old_name(own, tmp_path, new)
    at = own.run("journal", "snapshot", "--at", str(left), "--json").document
    assert at["size"] == left
    checks = own.run("doctor", "--quick", "--json", expect=None).document["checks"]
    assert {one["status"] for one in checks if one["check"] in ("journal", "trust root")} == {"ok"}
    assert new_origin(own, expect=1).error["code"] == "journal.not_behind"
    # and when it is lost again, beside tiles that are not
    _caught_up(own, *_behind_tiles(own, number))


def _extends_the_old_name(own: CliHome, folder: Path, trust: Path) -> None:
    """A bundle shows that nothing was changed in a tree that an auditor knows under the name before."""
    kept, bundle, old = own.home / "journal" / "checkpoint", folder / "bundle", head(own)
    words = ("--kind", "test.filled", "--since", "2020-01-01", "--from-checkpoint", str(kept), "--out", str(bundle))
    own.run("journal", "export", *words, secrets=SECRET)
    checked = own.run("journal", "verify", str(bundle), "--trust-root", str(trust), "--json").document
    assert checked["earlier"] == old.size
    script = stranger(trust, bundle, "--from-checkpoint", str(kept))
    assert f"it extends your tree of {old.size} entries" in script.stdout, script.stderr
    root = json.loads(trust.read_bytes())["root"]
    with opened(own) as platform:
        before = [word for vkey in vkeys(log_keys(platform.deployment)) for word in ("-before", vkey)]
    assert gobundle("bundle", *flags(root), *before, bundle).returncode == 0
    assert gobundle("bundle", *flags(root), bundle).returncode == 1, "no verifier takes one name for the other"
    for name in ("checkpoint", "earlier-checkpoint"):
        path = bundle / name
        good = path.read_bytes()
        path.write_bytes(good.replace(b".jinku", b".jinkv"))
        assert stranger(trust, bundle).returncode == 5, name
        own.run("journal", "verify", str(bundle), "--trust-root", str(trust), expect=5)
        path.write_bytes(good)


def test_a_head_that_only_the_signer_knows_and_a_second_admin(own: CliHome, tmp_path: Path) -> None:
    bob, signature = Ed25519PrivateKey.generate(), tmp_path / "bob.sig"
    public = bob.public_key().public_bytes_raw().hex()
    two = own.run("trust", "add", "bob", public, "--role", "admin", "--threshold", "2", "--json", secrets=SECRET)
    signature.write_bytes(bob.sign(Path(two.document["sign"]).read_bytes()))
    own.run("trust", "accept", "bob", str(signature), secrets=SECRET)
    left, last = lose(own, "signer/log.head")
    assert flush(own, expect=5).error["code"] == "journal.behind"
    proposed = new_origin(own).document
    assert (proposed["opened"], proposed["version"], proposed["known"][0]["who"]) == (False, 3, "the signer")
    assert flush(own, expect=5).error["code"] == "journal.behind", "nothing has changed yet"
    assert new_origin(own).document["fingerprint"] == proposed["fingerprint"], "it is proposed once"
    signature.write_bytes(bob.sign(Path(proposed["sign"]).read_bytes()))
    accept = own.run("trust", "accept", "bob", str(signature), "--json", secrets=SECRET, expect=None)
    assert accept.document["in_force"]
    assert flush(own, expect=5).error["code"] == "journal.origin_unopened"
    checks = own.run("doctor", "--quick", "--json", expect=None).document["checks"]
    assert "bad" in {one["status"] for one in checks if one["check"] == "journal"}
    done = new_origin(own).document
    assert (done["opened"], done["size"], done["version"], done["held"]) == (True, left, 3, "")
    own.run("journal", "verify")
    with opened(own) as platform:
        (handover,) = handovers(platform.log_rows, platform.journal.keys)
        assert (handover.before.size, handover.before.root) == (last.size, last.root)
        assert (handover.to.size, handover.proven.size, handover.unproven) == (left, left, 0)


def test_tiles_that_still_have_the_entries_are_to_be_caught_up_with(own: CliHome) -> None:
    fill(own, 5, "first")
    flush(own)
    _caught_up(own, *_behind_tiles(own, 1))


def _caught_up(own: CliHome, left: int, last: int) -> None:
    assert flush(own, expect=5).error["code"] == "journal.behind"
    error = new_origin(own, expect=1).error
    assert (error["code"], str(last) in error["found"]) == ("journal.not_lost", True)
    assert own.run("journal", "catch-up", "--json").document["entries"] == last - left
    assert flush(own).document["held"] == ""
    own.run("journal", "verify")


def _behind_tiles(home: CliHome, number: int) -> tuple[int, int]:
    """The database alone is restored; sizes of what it has and of what is published."""
    home.run("signer", "stop")
    names = [path.name for path in home.home.glob("jinku.db*")]
    kept = {name: (home.home / name).read_bytes() for name in names}
    left = head(home, number).size
    fill(home, LATER, "more")
    flush(home)
    home.run("signer", "stop")
    for path in home.home.glob("jinku.db*"):
        path.unlink()
    for name, data in kept.items():
        (home.home / name).write_bytes(data)
    return left, head(home, number).size


@pytest.mark.parametrize("reason", ["", "because Ann dropped the disk"])
def test_no_free_text_enters_the_log(home: CliHome, reason: str) -> None:
    ran = home.run("journal", "new-origin", "--reason", reason, "--json", secrets=SECRET, expect=2)
    assert ran.error["code"].startswith("usage")


def test_where_nothing_is_lost_nothing_is_opened(home: CliHome) -> None:
    assert flush(home).document["waiting"] == 0
    for words in (("--dry-run",), ()):
        assert new_origin(home, *words, expect=1).error["code"] == "journal.not_behind"
    assert not list((home.home / "signer").glob("origin.*"))
    assert home.run("trust", "show", "--json").document["version"] == 1
