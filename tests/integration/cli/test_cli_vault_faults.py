"""Vault commands among faults of signer, runtime folder and caller: what they leave, and what they say."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest
from cli_home import VAULT_SECRET, CliHome

SECRET = {"--passphrase-fd": VAULT_SECRET}


def frozen(home: CliHome) -> int:
    pid = int(home.run("signer", "status", "--json").document["pid"])
    os.kill(pid, signal.SIGSTOP)
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        time.sleep(0.01)
    return pid


def runtime_of(home: CliHome) -> Path:
    return Path(home.run("signer", "status", "--json").document["socket"]).parent


def test_a_stopped_signer_is_told_by_lock_and_ended_by_stop(own: CliHome) -> None:
    own.vault("main")
    pid = frozen(own)
    began = time.monotonic()
    refused = own.run("vault", "lock", "main", "--json", expect=1)
    assert time.monotonic() - began < 30
    assert refused.error["code"] == "signer.timeout"
    assert "jinku signer stop" in refused.error["advice"]
    own.run("signer", "stop")
    assert not Path(f"/proc/{pid}/fd/0").exists()
    assert own.run("vault", "describe", "main", "--json").document["state"] == "locked"


def test_an_unlock_whose_token_cannot_be_kept_leaves_the_vault_locked(own: CliHome) -> None:
    own.vault("main", unlock=False)
    tokens = runtime_of(own) / "tokens"
    if tokens.exists():
        tokens.rmdir()
    tokens.write_text("in the way")
    refused = own.run("vault", "unlock", "main", "--json", secrets=SECRET, expect=1)
    assert refused.error["code"] == "vault.unlock_undone"
    assert own.run("vault", "describe", "main", "--json").document["state"] == "locked"
    tokens.unlink()
    own.unlock("main")


def test_doctor_names_a_vault_that_lies_open_without_a_token(own: CliHome) -> None:
    own.vault("main")
    well = own.run("doctor", "--quick", "--json", expect=None).document
    assert "open vaults" not in {finding["check"] for finding in well["checks"]}
    for token in (runtime_of(own) / "tokens").iterdir():
        token.unlink()
    told = own.run("doctor", "--quick", "--json", expect=None).document
    (found,) = [finding for finding in told["checks"] if finding["check"] == "open vaults"]
    own.run(*found["advice"].split()[1:])
    again = own.run("doctor", "--quick", "--json", expect=None).document
    assert "open vaults" not in {finding["check"] for finding in again["checks"]}


@pytest.mark.parametrize(
    ("column", "value"),
    [("secret_kind", "xprv"), ("custody", "kms"), ("limits", '{"max_accounts":5}'), ("state", "missing")],
)
def test_doctor_sees_a_changed_column_of_a_vault(own: CliHome, column: str, value: str) -> None:
    own.vault("main", unlock=False)
    before = own.run("doctor", "--json", expect=None).document
    assert not [one for one in before["checks"] if one["check"].startswith("vault") and one["status"] != "ok"]
    with sqlite3.connect(own.home / "jinku.db") as base:
        base.execute(f"UPDATE vault SET {column} = ?", (value,))
    base.close()
    after = own.run("doctor", "--json", expect=None).document
    assert [one for one in after["checks"] if one["check"].startswith("vault") and one["status"] != "ok"]


def test_a_vault_whose_rows_are_gone_is_no_vault_that_never_was(own: CliHome) -> None:
    own.vault("main")
    vault = str(own.run("vault", "describe", "main", "--json").document["vault"])
    database = sqlite3.connect(own.home / "jinku.db")
    with database:
        database.execute("DELETE FROM vault")
    database.close()
    assert own.run("accounts", "verify", "--json", expect=5).error["fields"]["vault"] == vault
    checks = own.run("doctor", "--quick", "--json", expect=1).document["checks"]
    assert [vault in str(one) for one in checks if one["status"] == "bad"] == [True]
    own.run("doctor", "--mend", "--quick", "--json")
    own.run("accounts", "verify", "--json")


def test_a_descriptor_of_twenty_digits_is_the_callers_mistake(own: CliHome) -> None:
    refused = own.run("vault", "unlock", "x", "--passphrase-fd", "9" * 20, "--json", expect=None)
    assert refused.code in {2, 4}
    own.vault("main", unlock=False)
    refused = own.run("vault", "unlock", "main", "--passphrase-fd", "9" * 20, "--json", expect=2)
    assert refused.error["code"] == "usage.invalid"
