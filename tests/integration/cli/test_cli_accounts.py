"""`accounts`, `jobs`, `evidence`: every verb on the real signer and database, each with its refusal."""

from __future__ import annotations

import csv
import json
import sqlite3
from pathlib import Path

import pyrage
import pytest
from cli_home import HOME_SECRET, VAULT_SECRET, CliHome
from eth_account import Account

KEYS = ["account", "index", "chain", "family", "kind", "address", "path", "fingerprint"]
PASSWORD = {"--keystore-password-fd": b"a keystore password"}
AUDITOR = {"--auditor-passphrase-fd": b"only the auditor knows this"}


def error_of(home: CliHome, *words: str, expect: int) -> dict[str, object]:
    return home.run("accounts", *words, "--json", expect=expect).error


def test_create_and_list(stocked: CliHome) -> None:
    rows = stocked.run("accounts", "list", "--vault", "main", "--json").lines
    assert len(rows) == 12 * 7
    assert list(rows[0]) == KEYS
    assert {row["index"] for row in rows} == set(range(12))
    assert len({row["address"] for row in rows}) == len(rows)
    assert len({row["account"] for row in rows}) == 12
    only = stocked.run("accounts", "list", "--vault", "main", "--chain", "tron", "--json").lines
    assert [row["address"] for row in only] == [row["address"] for row in rows if row["family"] == "tron"]
    assert len(stocked.run("accounts", "list", "--vault", "main").out.splitlines()) == len(rows)


def test_the_same_key_never_makes_a_second_job(stocked: CliHome) -> None:
    again = stocked.accounts(12, "--job-key", "first").document
    assert (again["state"], again["done"]) == ("done", 12)
    other = stocked.accounts(13, "--job-key", "first", expect=1)
    assert other.error["code"] == "accounts.job_conflict"
    assert len(stocked.run("jobs", "list", "--vault", "main", "--json").lines) == 1


@pytest.mark.parametrize(
    ("words", "code", "expect"),
    [
        (["--count", "0"], "accounts.bad_request", 2),
        (["--count", "-3"], "usage.invalid", 2),
        (["--count", "1000000000000"], "accounts.bad_request", 2),
        (["--count", "many"], "usage.invalid", 2),
        (["--count", "1", "--chains", "etherium"], "keys.unknown_chain", 2),
        (["--count", "1", "--chains", "evm,,tron"], "keys.unknown_chain", 2),
        (["--count", "1", "--out", "accounts.xlsx"], "usage.invalid", 2),
        (["--count", "1", "--out", "/nowhere/at/all.csv"], "usage.invalid", 2),
        (["--count", "1", "--codes-fd", "1"], "usage.invalid", 2),
        (["--count", "1", "--mode", "self"], "usage.invalid", 2),
    ],
)
def test_what_cannot_be_meant_is_refused_and_reserves_nothing(
    stocked: CliHome, words: list[str], code: str, expect: int
) -> None:
    before = stocked.run("vault", "describe", "main", "--json").document["next_index"]
    refused = error_of(stocked, "create", "--vault", "main", *words, expect=expect)
    assert refused["code"] == code, refused
    assert stocked.run("vault", "describe", "main", "--json").document["next_index"] == before


def test_an_unknown_vault_is_not_found(stocked: CliHome) -> None:
    assert error_of(stocked, "create", "--vault", "mian", "--count", "1", expect=4)["code"] == "vault.not_found"
    assert error_of(stocked, "list", "--vault", "mian", expect=4)["code"] == "vault.not_found"


def test_an_owner_has_a_cap(own: CliHome) -> None:
    own.vault("main")
    env = {"JINKU_OWNER_CAP": "5"}
    create = ("accounts", "create", "--vault", "main", "--owner", "ann", "--chains", "evm", "--json")
    own.run(*create, "--count", "4", env=env)
    refused = own.run(*create, "--count", "2", env=env, expect=3)
    assert refused.error["code"] == "accounts.owner_cap"
    own.run(*create, "--count", "1", env=env)
    assert own.run(*create, "--count", "1", env={"JINKU_OWNER_CAP": "lots"}, expect=2).code == 2


def test_a_locked_vault_makes_nothing_and_a_passphrase_opens_it(own: CliHome) -> None:
    own.vault("main", unlock=False)
    refused = own.accounts(2, expect=3)
    assert refused.error["code"] == "vault.locked"
    create = ("accounts", "create", "--vault", "main", "--count", "2", "--json")
    assert own.run(*create, secrets={"--passphrase-fd": b"wrong"}, expect=3).error["code"] == "envelope.wrong_secret"
    assert own.run(*create, secrets={"--passphrase-fd": VAULT_SECRET}).document["done"] == 2
    own.run("signer", "stop")
    assert own.accounts(1, expect=3).error["code"] == "signer.system_locked"
    both = {"--passphrase-fd": VAULT_SECRET, "--home-passphrase-fd": HOME_SECRET}
    assert own.run(*create, secrets=both).document["done"] == 2


def test_output_files_hold_every_address(own: CliHome, tmp_path: Path) -> None:
    import pyarrow.parquet  # noqa: PLC0415

    own.vault("main")
    made = own.accounts(3, "--out", str(tmp_path / "a.parquet")).document
    assert (made["rows"], made["addresses"]) == (21, 21)
    rows = own.run("accounts", "list", "--vault", "main", "--json").lines
    assert pyarrow.parquet.read_table(tmp_path / "a.parquet").to_pylist() == rows
    for name in ("b.csv", "b.jsonl"):
        own.run("accounts", "list", "--vault", "main", "--out", str(tmp_path / name))
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    with (tmp_path / "b.csv").open() as file:
        assert list(csv.DictReader(file)) == [{key: str(value) for key, value in row.items()} for row in rows]
    assert [json.loads(line) for line in (tmp_path / "b.jsonl").read_text().splitlines()] == rows


def test_prove_and_verify(stocked: CliHome) -> None:
    address = stocked.run("accounts", "list", "--vault", "main", "--chain", "solana", "--json").lines[4]["address"]
    receipt = stocked.run("accounts", "prove", address).document
    assert address in json.dumps(receipt)
    assert error_of(stocked, "prove", "0x" + "00" * 20, expect=4)["code"] == "accounts.not_found"
    again = ("verify", "--rederive", "--passphrase-fd", "0")
    assert "--vault V beside it" in str(error_of(stocked, *again, expect=2)["expected"])
    report = stocked.run("accounts", *again, "--vault", "main", "--json").document
    assert (report["accounts"], report["addresses"], report["rederived"]) == (12, 84, 12)


def test_a_swapped_address_is_named_and_refused(stocked: CliHome) -> None:
    copy = stocked.copy("swap")
    rows = stocked.run("accounts", "list", "--vault", "main", "--chain", "evm", "--json").lines
    mine, theirs = rows[5]["address"], "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
    with sqlite3.connect(copy.home / "jinku.db") as base:
        assert base.execute("UPDATE address SET address = ? WHERE address = ?", (theirs, mine)).rowcount == 1
    base.close()
    for words in (["verify", "--vault", "main"], ["list", "--vault", "main"], ["prove", mine]):
        refused = copy.run("accounts", *words, "--json", expect=5)
        assert refused.error["code"] == "accounts.integrity", words
        assert theirs not in refused.out
    assert copy.run("accounts", "prove", theirs, "--json", expect=None).code in {4, 5}
    out = copy.folder / "all.csv"
    assert copy.run("accounts", "list", "--vault", "main", "--out", str(out), expect=5).out == ""
    assert not out.exists()


def test_another_identity_in_the_database_is_not_believed(stocked: CliHome) -> None:
    copy = stocked.copy("pin")
    pin = json.loads((copy.home / "deployment.json").read_text())
    pin["identity_public"] = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    (copy.home / "deployment.json").write_text(json.dumps(pin))
    assert copy.run("accounts", "verify", "--vault", "main", expect=5).out == ""


def test_export_of_an_account(own: CliHome) -> None:
    given = {"--passphrase-fd": VAULT_SECRET}
    own.run("vault", "create", "custodial", "--tier", "hot", secrets=given)
    own.run("vault", "create", "loose", "--tier", "hot", "--hardened-accounts", secrets=given)
    for vault in ("custodial", "loose"):
        own.unlock(vault)
        own.accounts(2, "--chains", "evm", vault=vault)
    fixed = own.run("accounts", "list", "--vault", "custodial", "--json").lines[1]
    words = ("--format", "keystore", "--confirm", fixed["fingerprint"], "--yes")
    refused = own.run("accounts", "export", fixed["account"], *words, secrets=given | PASSWORD, expect=3)
    assert refused.out == ""
    asked_nothing = own.run("accounts", "export", fixed["account"], "--format", "keystore", "--json", expect=3)
    assert asked_nothing.error["code"] == "export.refused"
    for vault, expect in (("custodial", False), ("loose", True)):
        assert own.run("vault", "describe", vault, "--json").document["exportable"] is expect
    assert own.run("vault", "export", "custodial", "--json", expect=3).error["code"] == "export.refused"
    free = own.run("accounts", "list", "--vault", "loose", "--json").lines[1]
    person = pyrage.x25519.Identity.generate()
    confirm = ("--confirm", free["fingerprint"], "--yes")
    sealed = (
        "accounts",
        "export",
        free["address"],
        "--format",
        "age",
        "--recipient",
        str(person.to_public()),
        *confirm,
    )
    letter = own.run(*sealed, secrets=given).out
    assert letter.startswith("-----BEGIN AGE ENCRYPTED FILE-----")
    key = bytes.fromhex(pyrage.decrypt(letter.encode(), [person]).decode().strip())
    assert Account.from_key(key).address == free["address"]
    store = own.run(
        "accounts", "export", free["account"], "--format", "keystore", *confirm, secrets=given | PASSWORD
    ).out
    assert bytes(Account.decrypt(store, PASSWORD["--keystore-password-fd"].decode())) == key
    assert own.run(*sealed, secrets={"--passphrase-fd": b"wrong"}, expect=3).out == ""
    own.run("vault", "lock", "loose")
    own.run(*sealed, secrets=given)
    assert own.run("vault", "describe", "loose", "--json").document["state"] == "locked"
    assert own.run("accounts", "export", "0x" + "11" * 20, "--format", "age", *confirm, expect=4).out == ""


def test_jobs_are_shown_paused_continued_cancelled(own: CliHome) -> None:
    own.vault("main")
    slow = (
        "accounts",
        "create",
        "--vault",
        "main",
        "--count",
        "400",
        "--chains",
        "evm",
        "--chunk",
        "20",
        "--rate",
        "80",
    )
    child = own.start(*slow, "--job-key", "slow", "--json")
    assert child.stderr is not None
    while '"progress"' not in child.stderr.readline():
        pass
    paused = own.run("jobs", "pause", "slow", "--json").document
    assert paused["key"] == "slow"
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 3
    assert json.loads(out.splitlines()[-1])["state"] == "paused"
    shown = own.run("jobs", "show", "slow", "--json").document
    assert 0 < shown["done"] < 400
    assert own.run(*slow, "--job-key", "slow", "--json", expect=None).code != 0  # paused: only continue goes on
    own.run("jobs", "cancel", "slow")
    ended = own.run("jobs", "continue", "slow", "--json", expect=1)
    assert ended.error["code"] == "accounts.job_state"
    report = own.run("accounts", "verify", "--vault", "main", "--json").document
    assert report["accounts"] == shown["done"]
    assert own.run("jobs", "show", "none", "--json", expect=4).error["code"] == "accounts.job_not_found"


def test_a_paused_job_continues_to_its_end(own: CliHome) -> None:
    own.vault("main")
    words = (
        "accounts",
        "create",
        "--vault",
        "main",
        "--count",
        "120",
        "--chains",
        "evm",
        "--chunk",
        "20",
        "--rate",
        "40",
    )
    child = own.start(*words, "--job-key", "k", "--json")
    assert child.stderr is not None
    while '"progress"' not in child.stderr.readline():
        pass
    own.run("jobs", "pause", "k")
    child.communicate(timeout=60)
    ended = own.run("jobs", "continue", "k", "--json").document
    assert (ended["state"], ended["done"]) == ("done", 120)


def test_evidence_is_sealed_and_only_the_auditor_opens_it(own: CliHome) -> None:
    own.vault("main")
    before = own.accounts(1, "--evidence-operator", "ann", expect=None)
    assert before.code != 0  # no evidence key yet
    own.run("evidence", "key", "--json", secrets=AUDITOR)
    own.accounts(2, "--evidence-operator", "ann of the front desk", "--evidence-kyc", "file 77-0099", "--chains", "evm")
    row = own.run("accounts", "list", "--vault", "main", "--json").lines[-1]
    opened = own.run("evidence", "open", row["account"], secrets=AUDITOR)
    assert json.loads(opened.out) == {"operator": "ann of the front desk", "kyc": "file 77-0099"}
    wrong = own.run("evidence", "open", row["address"], secrets={"--auditor-passphrase-fd": b"guess"}, expect=3)
    assert wrong.out == ""
    base = b"".join(path.read_bytes() for path in own.home.rglob("*") if path.is_file())
    assert b"front desk" not in base
    assert b"77-0099" not in base
