"""What is put back after an opening, whole or in part: no name gets two trees, and no home is locked for good."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_home import HOME_SECRET, VAULT_SECRET, CliHome
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from lost_log import SECRET, copied, fill, flush, go_on, head, lose, new_origin, number_of, numbers, opened, restored
from test_new_origin_kills import Killed, dying

from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.journal import SignedCheckpoint
from jinku.ops.origin_memory import ChosenNames

UNLOCK = {"--passphrase-fd": HOME_SECRET}


def unlock(home: CliHome) -> None:
    home.run("signer", "unlock", secrets=UNLOCK, expect=None)  # publishing may fail until more was done


def put_back(home: CliHome, kept: Path, *names: str) -> None:
    """These files and folders of the home are those of the copy; one that it lacks is gone."""
    home.run("signer", "stop")
    for name in names:
        here, there = home.home / name, kept / name
        if here.is_dir():
            shutil.rmtree(here)
        here.unlink(missing_ok=True)
        if there.is_dir():
            shutil.copytree(there, here)
        elif there.exists():
            shutil.copy2(there, here)


DATABASE = ("jinku.db", "jinku.db-wal", "jinku.db-shm")


def one_tree_a_name(heads: list[SignedCheckpoint]) -> None:
    """Heads of two branches have two names."""
    first, second = heads
    assert first.root != second.root, "else the two lives went the same way, and nothing is shown"
    assert first.checkpoint.origin != second.checkpoint.origin


def second_admin(home: CliHome) -> Callable[[str], None]:
    """Two admins have to sign from now on; what is called then signs a document as the second."""
    bob, signature = Ed25519PrivateKey.generate(), home.folder / "bob.sig"

    def signs(document: str) -> None:
        signature.write_bytes(bob.sign(Path(document).read_bytes()))
        home.run("trust", "accept", "bob", str(signature), secrets=SECRET, expect=None)  # nothing is published yet

    public = bob.public_key().public_bytes_raw().hex()
    two = home.run("trust", "add", "bob", public, "--role", "admin", "--threshold", "2", "--json", secrets=SECRET)
    signs(two.document["sign"])
    return signs


def test_a_proposal_that_waits_in_the_backup_is_not_used_twice(own: CliHome) -> None:
    signs = second_admin(own)
    lose(own, state=True)
    flush(own, expect=5)
    proposed = new_origin(own).document
    copied(own, "night", state="nightstate")
    heads = []
    for word in ("mine", "other"):
        restored(own, "night", state="nightstate")
        unlock(own)
        signs(proposed["sign"])  # bob's one signature, both times
        done = new_origin(own).document
        if word == "mine":
            assert (done["opened"], done["origin"], done["dropped"]) == (True, proposed["origin"], "")
        else:
            assert (done["opened"], done["dropped"]) == (False, proposed["origin"]), "it may have been used"
            signs(done["sign"])
            again = new_origin(own).document
            assert (again["opened"], again["origin"], again["dropped"]) == (True, done["origin"], "")
        fill(own, 3, word)
        flush(own)
        heads.append(head(own, number_of(done)))
        own.run("signer", "stop")
    one_tree_a_name(heads)


def test_a_half_done_opening_in_the_backup_is_not_used_twice(own: CliHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", own.environment["XDG_STATE_HOME"])
    lose(own, state=True)
    flush(own, expect=5)
    with opened(own) as platform, dying(SocketSigner, "open_origin", True), pytest.raises(Killed):
        go_on(platform)
    (begun,) = numbers(own)
    copied(own, "night", state="nightstate")
    heads = []
    for word in ("mine", "other"):
        restored(own, "night", state="nightstate")
        unlock(own)
        done = new_origin(own).document
        assert (done["opened"], number_of(done) == begun, bool(done["dropped"])) == (
            True,
            word == "mine",
            word != "mine",
        )
        fill(own, 3, word)
        flush(own)
        heads.append(head(own, number_of(done)))
        own.run("journal", "verify")
        own.run("signer", "stop")
    one_tree_a_name(heads)


def test_a_mark_is_of_this_start_of_the_machine(own: CliHome, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with opened(own) as platform:
        names = ChosenNames(platform.settings, platform.deployment)
        assert (names.has(10**18), names.use(10**18)) == (False, False)
        names.keep(10**18)
        assert (names.has(10**18), names.has(10**18 + 1)) == (True, False)
        start = tmp_path / "boot_id"
        start.write_text("another\n")
        with monkeypatch.context() as patch:
            patch.setattr("jinku.ops.origin_memory._BOOT", start)
            assert not names.has(10**18), "a disk that was put back has the file, and another start"
        assert (names.use(10**18), names.use(10**18), names.has(10**18)) == (True, False, False)


def test_a_signer_from_before_the_opening_is_given_its_own_word_back(own: CliHome) -> None:
    fill(own, 5, "first")
    lose(own, state=True)
    copied(own, "before")
    flush(own, expect=5)
    done = new_origin(own).document
    fill(own, 3, "more")
    flush(own)
    for names in (("signer",), ("signer/log.head",), ("signer/trust.root",), ("signer/log.head", "signer/trust.root")):
        put_back(own, own.folder / "before", *names)
        fill(own, 2, "again")
        unlock(own)
        if "signer/log.head" not in names or len(names) > 1:
            assert flush(own, expect=5).error["code"] == "trust.home", names
        own.run("trust", "check", secrets=SECRET)
        published = flush(own).document
        assert (published["held"], published["waiting"]) == ("", 0), names
        assert head(own, number_of(done)).size == published["size"]
    assert new_origin(own, "--dry-run", expect=1).error["code"] == "journal.not_behind"
    own.run("journal", "verify")


def test_no_index_is_given_out_twice_beside_the_tiles_of_a_later_name(own: CliHome) -> None:
    own.vault("main")
    lose(own, state=True)
    copied(own, "before")
    flush(own, expect=5)
    new_origin(own)
    own.unlock()
    own.accounts(3, "--first-index", "0")
    flush(own)
    for folders, code in (((), "journal.behind"), (("trust",), "journal.origin_later")):
        put_back(own, own.folder / "before", *DATABASE, *folders)
        unlock(own)
        own.run("vault", "unlock", "main", secrets={"--passphrase-fd": VAULT_SECRET}, expect=None)
        if not folders:
            shutil.rmtree(own.folder / "s")  # nor by what the state folder knows: by the tiles alone
        refused = own.accounts(2, expect=5).error
        assert refused["code"] in (code, "journal.origin_later")
    with opened(own) as platform:
        assert list(platform.accounts.list("main")) == []


def test_a_whole_log_in_the_tiles_is_given_up_on_purpose_alone(own: CliHome) -> None:
    fill(own, 5, "first")
    flush(own)
    copied(own, "early")
    fill(own, 7, "lost")
    flush(own)
    copied(own, "full")
    restored(own, "early")
    flush(own, expect=5)
    second = new_origin(own).document
    fill(own, 30, "more")
    whole = flush(own).document["size"]
    put_back(own, own.folder / "full", *DATABASE)
    flush(own, expect=5)
    for words in ((), ("--dry-run",), ("--anew",), ("--accept-unverified",)):
        refused = new_origin(own, *words, expect=1).error
        assert (refused["code"], "--give-up-tiles" in refused["advice"]) == ("journal.other_branch", True)
    assert numbers(own) == [number_of(second)]
    third = new_origin(own, "--give-up-tiles").document
    (entry,) = own.run("journal", "show", "--kind", "journal.origin_opened", "--json").lines
    known = json.loads(str(entry["entry"]))["known"]
    assert str(whole) in {one["size"] for one in known}, "what was given up is told"
    lost, strange = own.run("journal", "verify", "--json").document["warnings"]
    assert (third["origin"] in lost, f"the last {whole - third['size']} said" in lost) == (True, True)
    assert f"follows {second['origin']}" in strange, "the full copy has no entry of it"


def test_no_second_version_of_one_number_is_made_where_the_entries_know_of_one(own: CliHome) -> None:
    """Signer and trust folder are of before the opening: only the file that is missing helps, and it does."""
    lose(own, state=True)
    copied(own, "before")
    flush(own, expect=5)
    new_origin(own)
    flush(own)
    copied(own, "now")
    put_back(own, own.folder / "before", "signer", "trust")
    unlock(own)
    for words in (
        ("trust", "check"),
        ("trust", "rotate", "--threshold", "1"),
        ("journal", "new-origin", "--reason", "other"),
    ):
        refused = own.run(*words, "--json", secrets=SECRET, expect=5).error
        assert (refused["code"], "trust/N.json" in refused["advice"]) == ("trust.home", True), words
    put_back(own, own.folder / "now", "trust")
    fill(own, 1, "more")
    unlock(own)
    own.run("trust", "check", secrets=SECRET)
    assert flush(own).document["held"] == ""
    own.run("journal", "verify")


def test_tiles_of_a_later_name_than_the_trust_root_has_are_not_passed_over(own: CliHome) -> None:
    """All but the tiles is of before the opening: what they hold comes back with a file of the folder trust."""
    lose(own, state=True)
    copied(own, "before")
    flush(own, expect=5)
    second = new_origin(own).document
    fill(own, 3, "more")
    whole = flush(own).document["size"]
    copied(own, "now")
    put_back(own, own.folder / "before", *DATABASE, "signer", "trust")
    unlock(own)
    refused = new_origin(own, expect=1).error
    assert (refused["code"], "trust/N.json" in refused["advice"]) == ("journal.other_branch", True)
    put_back(own, own.folder / "now", "trust")
    unlock(own)
    own.run("trust", "check", secrets=SECRET, expect=None)
    own.run("journal", "catch-up")
    assert flush(own).document["held"] == ""
    assert head(own, number_of(second)).size > whole
    assert numbers(own) == [number_of(second)]
