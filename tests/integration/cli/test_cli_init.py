"""`init`, `doctor`, `version`, `completion`, `db`, `signer`: accepted, and refused with the right exit code."""

from __future__ import annotations

import json
import os
import stat

import pytest
from cli_home import HOME_SECRET, CliHome, pipe_of


def test_init_makes_a_closed_home_with_a_pin(fresh: CliHome) -> None:
    made = fresh.run("init", "--json", secrets={"--passphrase-fd": HOME_SECRET}).document
    assert (made["home"], made["profile"], made["resumed"]) == (str(fresh.home), "dev", False)
    pin = json.loads((fresh.home / "deployment.json").read_text())
    assert (pin["deployment"], pin["identity_public"]) == (made["deployment"], made["identity"])
    for path in fresh.home.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    status = fresh.run("signer", "status", "--json").document
    assert (status["running"], status["system"], status["deployment"]) == (True, "unlocked", made["deployment"])


def test_init_twice_is_refused_and_changes_nothing(home: CliHome) -> None:
    before = (home.home / "deployment.json").read_bytes()
    refused = home.run("init", "--json", secrets={"--passphrase-fd": b"another passphrase"}, expect=1)
    assert refused.error["code"] == "ops.initialised"
    assert (home.home / "deployment.json").read_bytes() == before


def test_init_without_a_secret_and_a_terminal_says_what_would_do(fresh: CliHome) -> None:
    refused = fresh.run("init", "--json", expect=2)
    assert refused.error["code"] == "usage.secret_needed"
    assert "--passphrase-fd" in refused.error["expected"]
    assert not fresh.home.exists()


def test_an_init_that_was_cut_short_carries_on(fresh: CliHome) -> None:
    first = fresh.run("init", "--json", secrets={"--passphrase-fd": HOME_SECRET}).document
    (fresh.home / "deployment.json").unlink()
    wrong = fresh.run("init", "--json", secrets={"--passphrase-fd": b"not the passphrase"}, expect=3)
    assert wrong.error["code"] == "envelope.wrong_secret"
    again = fresh.run("init", "--json", secrets={"--passphrase-fd": HOME_SECRET}).document
    assert again == first | {"resumed": True}


def test_init_by_a_key_file(fresh: CliHome) -> None:
    path = fresh.folder / "key"
    fresh.run("init", "--new-key-file", str(path))
    assert (path.stat().st_size, stat.S_IMODE(path.stat().st_mode)) == (32, 0o600)
    fresh.run("signer", "stop")
    opened = fresh.run("signer", "unlock", "--key-file", str(path), "--json").document
    assert opened["system"] == "unlocked"
    path.chmod(0o644)
    assert fresh.run("signer", "unlock", "--key-file", str(path), expect=3).code == 3


def test_init_refuses_a_key_file_inside_the_home(fresh: CliHome) -> None:
    fresh.home.mkdir(mode=0o700)
    refused = fresh.run("init", "--new-key-file", str(fresh.home / "key"), "--json", expect=3)
    assert refused.error["code"] == "ops.key_file_inside"
    assert list(fresh.home.iterdir()) == []


def test_init_refuses_a_folder_that_others_may_enter(fresh: CliHome) -> None:
    fresh.home.mkdir()
    fresh.home.chmod(0o755)
    (fresh.home / "guest").write_text("x")
    refused = fresh.run("init", "--json", secrets={"--passphrase-fd": HOME_SECRET}, expect=1)
    assert (refused.error["code"], refused.error["expected"]) == ("ops.home", "0700")


def test_without_an_installation_every_command_says_init(fresh: CliHome) -> None:
    for words in (["vault", "list"], ["jobs", "list"], ["signer", "start"], ["db", "status"], ["evidence", "key"]):
        refused = fresh.run(*words, "--json", expect=4)
        assert refused.error["code"] == "ops.not_initialised", words
        assert "jinku init" in refused.error["advice"]
    assert not fresh.home.exists()


def test_doctor_is_content_and_then_is_not(own: CliHome) -> None:
    well = own.run("doctor", "--json").document
    assert well["status"] in {"ok", "warn"}
    assert {check["check"] for check in well["checks"]} >= {
        "home",
        "deployment",
        "disk",
        "signer",
        "schema",
        "database",
    }
    assert any(check["found"].startswith("marked dev") for check in well["checks"])
    own.home.chmod(0o755)
    ill = own.run("doctor", "--json", expect=1)
    (bad,) = [check for check in ill.document["checks"] if check["status"] == "bad"]
    assert bad["check"] == "home"
    assert bad["advice"].startswith(f"chmod 700 {own.home}")
    assert ill.error["code"] == "ops.unhealthy"


def test_doctor_names_an_impostor_at_the_socket(own: CliHome) -> None:
    import socket  # noqa: PLC0415

    path = own.run("signer", "status", "--json").document["socket"]
    own.run("signer", "stop")
    with socket.socket(socket.AF_UNIX) as impostor:
        impostor.bind(path)
        impostor.listen()
        os.chmod(path, 0o600)  # noqa: PTH101
        impostor.settimeout(0.1)
        ill = own.run("doctor", "--quick", "--json", expect=None)
    (finding,) = [check for check in ill.document["checks"] if check["check"] == "signer"]
    assert finding["status"] == "bad"
    os.unlink(path)  # noqa: PTH108


def test_doctor_tells_what_is_unfinished(own: CliHome) -> None:
    own.vault("main")
    own.accounts(1, "--job-key", "small")
    (own.home / "signer" / "vaults").rename(own.home / "signer" / "away")
    ill = own.run("doctor", "--json", expect=1).document
    assert any("has no vault file" in check["found"] for check in ill["checks"])


def test_the_signer_stops_starts_and_unlocks(own: CliHome) -> None:
    first = own.run("signer", "status", "--json").document
    own.run("signer", "stop")
    stopped = own.run("signer", "status", "--json", expect=1)
    assert stopped.document["running"] is False
    started = own.run("signer", "start", "--json").document
    assert (started["system"], started["pid"] != first["pid"]) == ("locked", True)
    wrong = own.run("signer", "unlock", "--json", secrets={"--passphrase-fd": b"wrong"}, expect=3)
    assert wrong.error["code"] == "envelope.wrong_secret"
    assert (
        own.run("signer", "unlock", "--json", secrets={"--passphrase-fd": HOME_SECRET}).document["system"] == "unlocked"
    )


def test_the_passphrase_comes_from_a_file_with_a_warning(own: CliHome) -> None:
    own.run("signer", "stop")
    path = own.folder / "pass"
    path.write_bytes(HOME_SECRET + b"\n")
    path.chmod(0o600)
    ran = own.run("signer", "unlock", "--json", env={"JINKU_PASSPHRASE_FILE": str(path)})
    assert ran.document["system"] == "unlocked"
    assert "lies on disk" in ran.err
    missing = own.run("signer", "unlock", "--passphrase-file", str(own.folder / "none"), "--json", expect=2)
    assert "No such file" in missing.error["found"]


def test_two_sources_of_one_secret_are_refused(home: CliHome) -> None:
    fd = pipe_of(HOME_SECRET)
    words = ("signer", "unlock", "--passphrase-fd", str(fd), "--key-file", "/nowhere", "--json")
    refused = home.run(*words, pass_fds=(fd,), expect=2)
    os.close(fd)
    assert refused.error["found"] == "--passphrase-fd and --key-file"


def test_db_status_and_migrate(home: CliHome) -> None:
    status = home.run("db", "status", "--json").document
    assert (status["current"], status["revision"] == status["expected"]) == (True, True)
    assert home.run("db", "migrate", "--json").document["current"] is True


@pytest.mark.parametrize("revision", ["9999", "0000"])
def test_another_schema_is_refused(own: CliHome, revision: str) -> None:
    import sqlite3  # noqa: PLC0415

    with sqlite3.connect(own.home / "jinku.db") as base:
        base.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    base.close()
    refused = own.run("vault", "list", "--json", expect=1)
    assert refused.error["code"] == "store.schema_newer"
    assert own.run("db", "status", "--json").document["current"] is False
    assert own.run("db", "migrate", "--json", expect=1).error["code"] == "store.schema_newer"


def test_version_and_completion(fresh: CliHome) -> None:
    told = fresh.run("version", "--json").document
    assert told["jinku"] == told["signer"]
    for shell in ("bash", "zsh", "fish"):
        assert "_JINKU_COMPLETE" in fresh.run("completion", shell).out
    assert fresh.run("completion", "cmd", expect=2).out == ""


def test_a_misspelt_command_is_corrected(fresh: CliHome) -> None:
    refused = fresh.run("acounts", "--json", expect=2)
    assert "accounts" in refused.error["message"]
    assert refused.error["code"] == "usage.invalid"


def test_completion_really_completes(fresh: CliHome) -> None:
    env = {"_JINKU_COMPLETE": "complete_bash", "COMP_WORDS": "jinku vault un", "COMP_CWORD": "2"}
    assert fresh.run(env=env, expect=None).out.split() == ["unlock"]
