"""`journal export`, `trust show|export`, `journal prove` and `accounts prove`, verified by verify.py without Jinku."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import shutil
import stat
from pathlib import Path

import pytest
from bundle_world import VERIFY, World, canonical, refused, verify
from cli_home import HOME_SECRET, CliHome

from jinku.ops.platform import Platform
from jinku.ops.settings import Settings


def test_a_bundle_is_verified_against_the_trust_root_alone(world: World) -> None:
    ran = world.check(None, "--from-checkpoint", world.early, "--require-pq")
    assert ran.returncode == 0, ran.stderr
    proven, _, unproven = ran.stdout.partition("NOT PROVEN")
    assert "3 entries of" in proven
    assert "  1 batch of accounts, " in proven
    assert world.address in proven
    assert "it extends your tree of" in proven
    assert "the log's signatures: 2" in proven
    assert world.words in proven
    assert "no outside witness" in unproven
    assert "no entry was left out" in unproven
    assert not ran.stderr


def test_the_copy_inside_and_the_eight_words_do_as_well(world: World) -> None:
    inside = world.bundle / "verify.py"
    ran = verify(world.bundle, "--trust-root", world.trust, "--fingerprint", world.words, script=inside)
    assert ran.returncode == 0, ran.stderr
    assert inside.read_bytes() == VERIFY.read_bytes()
    assert "give --from-checkpoint" in ran.stdout  # the bundle's earlier checkpoint is not one that the auditor knows


def test_every_file_has_its_place_and_only_its_owner_reads_it(world: World) -> None:
    facts = json.loads((world.bundle / "manifest.json").read_bytes())
    files = {path.relative_to(world.bundle).as_posix() for path in world.bundle.rglob("*") if path.is_file()}
    assert files == set(facts["files"]) | {"manifest.json"}
    assert facts["besides"] == ["0"]
    assert facts["selected"]["subject"] == world.job
    assert {f"entries/{n}.json" for n in facts["entries"]} <= files
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in world.bundle.rglob("*"))
    readme = (world.bundle / "README.md").read_text()
    assert facts["root"] in readme
    assert "{" not in readme
    assert "退出码" in readme


def test_entries_are_the_exact_bytes_of_the_log(world: World) -> None:
    shown = world.home.run("journal", "show", "--subject", world.job, "--json").lines
    assert len(shown) == 3
    for one in shown:
        assert (world.bundle / f"entries/{one['index']}.json").read_text() == one["entry"]


def test_a_signed_trust_root_is_believed_and_an_unsigned_one_by_its_fingerprint_only(
    world: World, tmp_path: Path
) -> None:
    ran = verify(world.bundle, "--trust-root", world.trust)
    assert ran.returncode == 0, ran.stderr
    assert "that this is the right trust root" in ran.stdout.partition("NOT PROVEN")[2]
    unsigned = tmp_path / "unsigned.json"
    unsigned.write_bytes(canonical({**json.loads(world.trust.read_bytes()), "signatures": []}))
    assert "too few admins signed" in refused(verify(world.bundle, "--trust-root", unsigned))
    told = verify(world.bundle, "--trust-root", unsigned, "--fingerprint", world.fingerprint)
    assert told.returncode == 0, told.stderr
    wrong = verify(world.bundle, "--trust-root", world.trust, "--fingerprint", "00" * 32)
    assert "not the trust root that was meant" in refused(wrong)


def test_one_receipt_of_an_entry(world: World, tmp_path: Path) -> None:
    receipt, entry = tmp_path / "r.tlog-proof", tmp_path / "e.json"
    receipt.write_text(world.home.run("journal", "prove", "1").out)
    believed = ("--trust-root", world.trust, "--fingerprint", world.fingerprint)
    ran = verify("receipt", receipt, *believed)
    assert ran.returncode == 0, ran.stderr
    assert "entry 1 (" in ran.stdout
    bare = world.bundle / "receipts" / "0.tlog-proof"
    assert "wrong length" in refused(verify("receipt", bare, *believed))
    assert verify("receipt", bare, "--entry", world.bundle / "entries" / "0.json", *believed).returncode == 0
    entry.write_bytes((world.bundle / "entries" / "0.json").read_bytes().replace(b"dev", b"prd"))
    assert "entry 0 does not stand in the log" in refused(verify("receipt", bare, "--entry", entry, *believed))


def test_one_receipt_of_an_address(world: World, tmp_path: Path) -> None:
    receipt = tmp_path / "r.json"
    document = world.home.run("accounts", "prove", world.address, "--json").document
    believed = ("--trust-root", world.trust, "--fingerprint", world.fingerprint)
    receipt.write_text(json.dumps(document))
    ran = verify("receipt", receipt, *believed)
    assert ran.returncode == 0, ran.stderr
    assert f"the address {world.address} on cosmos:cosmoshub-4" in ran.stdout
    for change, said in (
        ({"address": document["address"][:-1] + "q"}, "claims what its leaf does not say"),
        ({"place": document["place"] + 1}, "does not stand in its batch"),
        ({"inclusion": document["inclusion"][:-1]}, "too short"),
        ({"leaf": document["leaf"].replace("cosmos1", "cosmos2")}, "does not stand in its batch"),
        ({"statement": document["statement"].replace('"start":0', '"start":1')}, "no entry here speaks of its batch"),
        ({"signature": "00" * 64}, "was changed"),
        ({"log": None}, "does not reach into the log"),
        ({"first_entry": document["entry"]}, "does not stand in the log"),
        ({"place": None}, "malformed"),
    ):
        receipt.write_text(json.dumps(document | change))
        assert said in refused(verify("receipt", receipt, *believed)), change


def test_the_frozen_receipt_with_witnesses_holds(tmp_path: Path) -> None:
    frozen = Path(__file__).parents[2] / "snapshots" / "journal"
    facts = json.loads((frozen / "facts.json").read_text())
    entry = tmp_path / "e.json"
    entry.write_text(facts["entry"])
    words = ("receipt", frozen / "receipt.tlog-proof", "--entry", entry, "--trust-root")
    ran = verify(*words, frozen / "trust-root-1.json", "--require-pq")
    assert ran.returncode == 0, ran.stderr
    assert "witnesses from outside: east, west (2 wanted)" in ran.stdout
    assert facts["trust_root"]["words"] in ran.stdout
    assert "no outside witness" not in ran.stdout
    pinned = verify(*words, frozen / "trust-root-1.json", "--fingerprint", facts["trust_root"]["words"])
    left = pinned.stdout.partition("NOT PROVEN")[2].splitlines()[1:]
    assert left == ["  that what was recorded is true: only that it was, and was not changed since"]


def test_without_ml_dsa_it_says_so_and_can_be_told_to_insist(world: World) -> None:
    hidden = "sys.modules['cryptography.hazmat.primitives.asymmetric.mldsa'] = None"
    words = (world.bundle, "--trust-root", world.trust, "--fingerprint", world.fingerprint)
    ran = verify(*words, before=hidden)
    assert ran.returncode == 0, ran.stderr
    assert "ML-DSA-44 signature: this cryptography cannot" in ran.stdout.partition("NOT PROVEN")[2]
    assert "--require-pq is not met" in refused(verify(*words, "--require-pq", before=hidden))


def test_what_cannot_be_meant_ends_with_2(world: World, tmp_path: Path) -> None:
    for words in (
        (world.bundle,),
        (world.bundle, "--trust-root", tmp_path / "none"),
        (tmp_path / "none", "--trust-root", world.trust),
        (world.bundle, world.bundle, "--trust-root", world.trust),
    ):
        ran = verify(*words)
        assert (ran.returncode, ran.stdout) == (2, ""), ran.stderr
    bare = verify(world.bundle, before="sys.modules['cryptography'] = None")
    assert (bare.returncode, "pip install cryptography" in bare.stderr) == (2, True)


def test_verify_is_python_3_9_and_needs_cryptography_only() -> None:
    tree = ast.parse(VERIFY.read_text(), feature_version=(3, 9))
    froms = {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    plain = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert froms - {"__future__", "pathlib", "typing"} == {"cryptography"}
    assert plain == {"argparse", "base64", "hashlib", "json", "os", "re", "stat", "sys", "time"}


def test_nothing_is_overwritten_and_nothing_half_is_left(world: World, tmp_path: Path) -> None:
    words = ("journal", "export", "--subject", world.job, "--json", "--out")
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine").write_text("x")
    for place in (taken, taken / "mine", tmp_path / "no" / "such"):
        assert world.home.run(*words, str(place), expect=1).error["code"] == "journal.bundle"
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    assert world.home.run(*words, str(tmp_path / "link"), expect=1).error["code"] == "journal.bundle"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["link", "mine", "taken"]
    (tmp_path / "empty").mkdir()
    assert world.home.run(*words, str(tmp_path / "empty")).document["entries"] == 3
    shutil.rmtree(tmp_path / "empty")


def test_the_page_to_print_has_the_digest_that_the_log_states(world: World, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.html"
    shown = world.home.run("trust", "show", "--sheet", str(sheet), "--json").document
    assert (shown["sheet"], shown["fingerprint"]) == (str(sheet), world.fingerprint)
    cells = re.findall("<td>([0-9a-f]{4})</td>", sheet.read_text())
    (stated,) = world.home.run("journal", "show", "--kind", "trust.version", "--json").lines
    assert json.loads(stated["entry"])["digest"] == "".join(cells) == world.fingerprint
    for words in (("--sheet", str(sheet)), ("--sheet", str(tmp_path / "x"), "--next")):
        assert world.home.run("trust", "show", *words, "--json", expect=2).error["code"] == "usage.invalid"
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.html"]
    assert "`trust.version`" in (world.bundle / "README.md").read_text()


def test_an_auditor_sees_which_entry_states_the_digest_of_the_trust_root(world: World, tmp_path: Path) -> None:
    out, other = tmp_path / "b", tmp_path / "other.json"
    world.home.run("journal", "export", "--kind", "trust.version", "--out", str(out))
    assert "an entry of the log states the digest of this trust root: entry 1\n" in world.check(out).stdout
    assert "states the digest" not in world.check().stdout  # it was not selected
    root = json.loads(world.trust.read_bytes())["root"] | {"created_at": "1"}
    other.write_bytes(canonical({"root": root, "signatures": [], "v": 1}))
    told = hashlib.sha256(b"jinku/trust-root/1\0" + canonical(root)).hexdigest()
    ran = verify(out, "--trust-root", other, "--fingerprint", told)
    assert (ran.returncode, "states the digest" in ran.stdout) == (0, False), ran.stderr


def test_entries_that_somebody_inserted_state_no_trust_root_and_are_told(own: CliHome, tmp_path: Path) -> None:
    """Neither of another subject, nor of a version that is no text: both are published, for nothing refuses them."""
    forged, out = tmp_path / "forged.json", tmp_path / "b"
    root = json.loads(own.run("trust", "export").out)["root"]
    root["keys"][0]["public"], root["created_at"] = "5a" * 32, "1"
    forged.write_bytes(canonical({"root": root, "signatures": [], "v": 1}))
    digest = hashlib.sha256(b"jinku/trust-root/1\0" + canonical(root)).hexdigest()
    with Platform.open(Settings.of(own.home, own.environment)) as platform, platform.database.unit() as unit:
        unit.append_entry("trust.version", "somebody", {"version": "1", "digest": digest})
        unit.append_entry("trust.version", platform.deployment.deployment, {"version": 1, "digest": digest})
    own.run("signer", "unlock", secrets={"--passphrase-fd": HOME_SECRET})
    assert own.run("journal", "flush", "--json").document["waiting"] == 0
    _, other, ours = own.run("journal", "show", "--kind", "trust.version", "--json").lines
    places = [f"entry {ours['index']}", f"entry {other['index']}"]
    assert own.run("journal", "verify", "--json").document["strange_trust_entries"] == places
    told = [one["found"] for one in own.run("doctor", "--json", expect=None).document["checks"]]
    assert any(one.endswith(f"nobody of ours wrote: {', '.join(places)}") for one in told)
    own.run("journal", "export", "--kind", "trust.version", "--out", str(out))
    ran = verify(out, "--trust-root", forged, "--fingerprint", digest)
    assert (ran.returncode, "states the digest" in ran.stdout) == (0, False), ran.stderr
    assert "3 entries of" in ran.stdout


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        (("--subject", "nobody"), "journal.no_entry", 4),
        ((), "usage.invalid", 2),
        (("--since", "soon"), "usage.invalid", 2),
        (("--address", "cosmos1nobody"), "accounts.not_found", 4),
        (("--kind", "accounts.*", "--from-checkpoint", "/none"), "usage.invalid", 2),
    ],
)
def test_what_is_not_there_is_refused(
    world: World, tmp_path: Path, words: tuple[str, ...], code: str, exit_code: int
) -> None:
    ran = world.home.run("journal", "export", *words, "--json", "--out", str(tmp_path / "b"), expect=exit_code)
    assert ran.error["code"] == code
    assert not list(tmp_path.iterdir())


def test_filters_choose_and_verify_checks_that_they_did(world: World, tmp_path: Path) -> None:
    out = tmp_path / "b"
    words = ("--kind", "accounts.*", "--since", "2020-01-01", "--until", "2100-01-01T00:00:00Z")
    done = world.home.run("journal", "export", *words, "--json", "--out", str(out)).document
    assert (done["entries"], done["besides"], done["waiting"]) == (6, 1, 0)
    assert "6 entries of" in world.check(out).stdout


def test_an_earlier_checkpoint_of_another_log_is_refused(world: World, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text(world.early.read_text().replace(".jinku\n", ".jinkv\n", 1))
    words = ("journal", "export", "--subject", world.job, "--from-checkpoint", str(other), "--json")
    assert world.home.run(*words, "--out", str(tmp_path / "b"), expect=5).error["code"].startswith("journal.")
    assert not (tmp_path / "b").exists()


def test_what_waits_is_left_out_and_counted_until_it_is_published(own: CliHome, tmp_path: Path) -> None:
    own.vault()
    own.run("signer", "stop")
    own.run("vault", "lock", "main")  # no signer runs: the entry waits
    words = ("journal", "export", "--kind", "vault.*", "--json", "--out")
    done = own.run(*words, str(tmp_path / "a")).document
    assert done["waiting"] == 1
    only = ("journal", "export", "--kind", "vault.locked", "--json", "--out", str(tmp_path / "b"))
    assert own.run(*only, expect=4).error["code"] == "journal.entry_waits"
    waited = own.run(*only, "--wait", secrets={"--home-passphrase-fd": HOME_SECRET}).document
    assert (waited["entries"], waited["waiting"]) == (1, 0)
    trust = tmp_path / "t.json"
    own.run("trust", "export", "--out", str(trust))
    ran = verify(tmp_path / "b", "--trust-root", trust, "--fingerprint", waited["fingerprint"])
    assert ran.returncode == 0, ran.stderr
    assert own.run("trust", "export").out == trust.read_text() + "\n"
    assert own.run("trust", "export", "--out", str(trust), "--json", expect=2).error["code"] == "usage.invalid"
