"""Addresses are authentic or not served: every change of a stored row is found, named and refused."""

from __future__ import annotations

import copy
import csv
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from home_double import DEPLOYMENT, SEVEN, Home, open_home
from shapes import fake_address

from jinku.accounts import (
    AddressIntegrityError,
    AddressNotFoundError,
    BadRequestError,
    JobRequest,
    Mode,
    verify_receipt,
)
from jinku.core import Id, IntegrityError, JinkuError, UnavailableError

RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
THIEF = "0x000000000000000000000000000000000000dEaD"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = open_home(tmp_path)
    home.vault()
    home.accounts.create(JobRequest("ops", 230, chunk=50, key="k"))
    home.accounts.run("k")
    return home


def alter(home: Home, statement: str, *values: object) -> None:
    """What a thief with the database file does."""
    raw = sqlite3.connect(home.path / "jinku.db")
    with raw:
        assert raw.execute(statement, values).rowcount >= 1
    raw.close()


def every_way_out(home: Home, address: str) -> list[Callable[[], object]]:
    """Each verb that would hand out an address of the batch."""
    return [
        lambda: list(home.accounts.list("ops")),
        lambda: home.accounts.find(address),
        lambda: home.accounts.prove(address),
        lambda: home.accounts.export(home.path / "out.csv", vault="ops"),
        lambda: home.accounts.export(home.path / "out.parquet", job="k"),
        lambda: home.accounts.verify("ops"),
    ]


@pytest.mark.parametrize("locked", [False, True])
def test_a_swapped_address_is_named_by_every_verb(home: Home, locked: bool) -> None:
    rows = list(home.accounts.list("ops", "evm"))
    victim, neighbour = rows[77], rows[78]
    alter(home, "UPDATE address SET address = ? WHERE address = ?", THIEF, victim.address)
    if locked:
        home.custody.lock("ops")
    for way in every_way_out(home, neighbour.address):
        with pytest.raises(AddressIntegrityError) as caught:
            way()
        error = caught.value
        assert error.exit_code == 5
        assert error.fields["account"] == victim.account
        assert error.fields["index"] == 77
        assert error.fields["chain"] == "eip155:1"
        assert error.fields["found"] == THIEF
        assert error.fields["expected"] == (None if locked else victim.address)
        assert all(text in str(error) for text in (victim.account, "77", "eip155:1", THIEF))
    assert not (home.path / "out.csv").exists()
    assert not (home.path / "out.parquet").exists()
    untouched = home.accounts.find(rows[10].address)  # other batches are served
    assert untouched == rows[10]


def test_a_swap_with_a_forged_look_up_is_refused_too(home: Home) -> None:
    victim = next(iter(home.accounts.list("ops", "evm")))
    key = home.accounts._works.prover.lookup_keys([THIEF])[0]
    old = home.accounts._works.prover.lookup_keys([victim.address])[0]
    alter(home, "UPDATE address SET address = ? WHERE address = ?", THIEF, victim.address)
    alter(home, "UPDATE address_lookup SET key = ? WHERE key = ?", key, old)
    with pytest.raises(AddressIntegrityError) as caught:
        home.accounts.find(THIEF)
    assert caught.value.fields["expected"] == victim.address
    home.custody.lock()
    with pytest.raises(AddressIntegrityError, match="unlock the vault to learn which"):
        home.accounts.find(THIEF)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE account SET uuid = randomblob(16) WHERE idx = 60",
        "UPDATE account SET idx = 61 WHERE idx = 60",
        "DELETE FROM account WHERE idx = 60",
        "DELETE FROM address WHERE id = 400",
        "UPDATE address SET account_id = account_id + 1 WHERE id = 400",
        "UPDATE address SET form_id = 2 WHERE id = 400",
        "UPDATE address SET address = address || ' ' WHERE id = 400",
        "UPDATE batch SET root = zeroblob(32) WHERE number = 1",
        "UPDATE batch SET signature = zeroblob(64) WHERE number = 1",
        "UPDATE batch SET statement = cast(replace(statement, '\"v\":1', '\"v\":2') AS BLOB) WHERE number = 1",
        "UPDATE batch SET statement = cast(statement AS TEXT) WHERE number = 1",
        "UPDATE batch SET signature = 'text', root = 7 WHERE number = 1",
        "UPDATE address SET address = cast(address AS BLOB) WHERE id = 400",
        "UPDATE address SET address = 5 WHERE id = 400",
        "UPDATE address SET address = cast(x'ff' AS TEXT) WHERE id = 400",
        "UPDATE address SET address = 'a' || char(10) || 'b' WHERE id = 400",
        "UPDATE account SET job_id = 2 WHERE idx = 60",
        "UPDATE account SET uuid = 5 WHERE idx = 60",
        "UPDATE batch SET start = start + 1 WHERE number = 1",
        "DELETE FROM batch WHERE number = 1",
        "UPDATE job SET count = count - 1",
        "UPDATE job SET done = done - 1",
        "UPDATE form SET path = 'm/0/{i}' WHERE family = 'evm'",
        "UPDATE vault SET next_index = next_index + 1",
        "UPDATE vault SET fingerprint = 'deadbeef'",
        "UPDATE vault SET tier = 'cold'",
        "UPDATE vault SET key_version = 2",
        "UPDATE vault SET forms = '{bad'",
        "UPDATE vault SET limits = 'null'",
        "UPDATE vault SET state = 'bogus'",
        "UPDATE batch SET fingerprint = 'deadbeef'",
        "UPDATE job SET state = 'bogus'",
        "UPDATE job SET count = 'x'",
        "DELETE FROM address_lookup WHERE address_id = 400",
        "UPDATE address_lookup SET key = key + 1 WHERE address_id = 400",
        "INSERT INTO address_lookup SELECT key + 1, address_id FROM address_lookup WHERE address_id = 400",
        "UPDATE vault SET uuid = x'00'",
        "UPDATE vault SET uuid = 'no id at all'",
        "UPDATE batch SET start = 'x' WHERE number = 1",
        "UPDATE batch SET count = 'x' WHERE number = 1",
        "UPDATE batch SET number = 'x' WHERE number = 1",
    ],
)
def test_every_change_of_a_row_fails_verification(home: Home, statement: str) -> None:
    home.accounts.verify("ops")
    home.custody.lock()
    alter(home, statement)
    with pytest.raises(JinkuError) as caught:
        home.accounts.verify("ops")
    assert caught.value.exit_code == 5


@pytest.mark.parametrize("column", ["start", "count"])
def test_a_batch_row_that_is_no_number_is_named_by_every_verb(home: Home, column: str) -> None:
    victim = list(home.accounts.list("ops", "evm"))[60]
    alter(home, f"UPDATE batch SET {column} = 'many' WHERE number = 1")
    for way in every_way_out(home, victim.address):
        with pytest.raises(AddressIntegrityError, match="row 2 of the table batch cannot be read") as caught:
            way()
        assert (caught.value.exit_code, caught.value.fields["row"]) == (5, 2)
        assert "'many'" in str(caught.value)


@pytest.mark.parametrize("bad", [b"\x00", b"", "a text", 7])
def test_a_vault_row_without_an_id_is_named(home: Home, bad: object) -> None:
    alter(home, "UPDATE vault SET uuid = ?", bad)
    for way in (lambda: home.custody.find("ops"), home.custody.list, lambda: list(home.accounts.list("ops"))):
        with pytest.raises(IntegrityError, match="row 1 of the table vault cannot be read") as caught:
            way()
        assert (caught.value.exit_code, caught.value.code) == (5, "vault.row_unreadable")


def test_a_look_up_of_another_address_is_named(home: Home) -> None:
    """As many rows stand as before, and one of them finds nothing."""
    victim = list(home.accounts.list("ops"))[399]
    alter(home, "UPDATE address_lookup SET key = key + 1 WHERE address_id = 400")
    with pytest.raises(AddressNotFoundError):
        home.accounts.prove(victim.address)
    home.accounts.outline(home.custody.find("ops"))
    with pytest.raises(AddressIntegrityError, match="look-up of an address") as caught:
        home.accounts.verify("ops")
    assert caught.value.fields["account"] == victim.account
    assert caught.value.fields["address_id"] == 400
    assert victim.address in str(caught.value)


def test_two_vaults_with_their_names_exchanged_are_refused(home: Home) -> None:
    home.vault("other")
    home.accounts.create(JobRequest("other", 5, key="o"))
    home.accounts.run("o")
    for old, new in (("ops", "x"), ("other", "ops"), ("x", "other")):
        alter(home, "UPDATE vault SET name = ? WHERE name = ?", new, old)
    for name in ("ops", "other"):
        for way in (
            lambda name=name: list(home.accounts.list(name)),
            lambda name=name: home.accounts.verify(name),
            lambda name=name: home.unlock(name),
            home.custody.list,
        ):
            with pytest.raises(IntegrityError, match="differ in the name") as caught:
                way()
            assert (caught.value.exit_code, caught.value.code) == (5, "vault.row_changed")
    doubts = [error for _, error in home.custody.looked_at()]
    assert [error.exit_code for error in doubts if error is not None] == [5, 5]


def test_the_last_job_deleted_whole_is_found(home: Home) -> None:
    """Its indexes would be given out again: two customers would get one address."""
    home.accounts.create(JobRequest("ops", 20, key="last"))
    home.accounts.run("last")
    home.accounts.verify("ops")
    last = home.accounts.job("last")
    for statement in (
        "DELETE FROM address_lookup WHERE address_id >= ?",
        "DELETE FROM address WHERE id >= ?",
    ):
        alter(home, statement, last.address_base)
    alter(home, "DELETE FROM account WHERE id >= ?", last.account_base)
    for table in ("batch", "job_form"):
        alter(home, f"DELETE FROM {table} WHERE job_id = ?", last.row_id)
    alter(home, "DELETE FROM job WHERE id = ?", last.row_id)
    alter(home, "UPDATE vault SET next_index = ?", last.start)
    for check in (lambda: home.accounts.outline(home.custody.find("ops")), lambda: home.accounts.verify("ops")):
        with pytest.raises(AddressIntegrityError, match="entries differ in job") as caught:
            check()
        assert caught.value.fields["job"] == str(last.job)


def test_a_wallet_s_changed_fingerprint_is_found(home: Home) -> None:
    home.accounts.create(JobRequest("ops", 30, key="self", chunk=10, mode=Mode.SELF, recipients=(RECIPIENT,) * 30))
    home.accounts.run("self")
    home.accounts.verify("ops")
    job = home.accounts.job("self")
    row = home.accounts._reader.proven(job=job)
    account = next(row).account_id(3)
    alter(home, "UPDATE self_wallet SET fingerprint = x'deadbeef' WHERE account_id = ?", job.account_base + 3)
    for way in (
        lambda: home.accounts.account(account),
        lambda: list(home.accounts.list("ops")),
        lambda: home.accounts.verify("ops"),
        lambda: home.accounts.export(home.path / "out.csv", job="self"),
    ):
        with pytest.raises(AddressIntegrityError, match="fingerprint of accounts 230 to 239 was changed") as caught:
            way()
        assert caught.value.exit_code == 5


def test_swapping_two_rows_is_found(home: Home) -> None:
    rows = list(home.accounts.list("ops", "tron"))
    for old, new in [(rows[3].address, "x"), (rows[4].address, rows[3].address), ("x", rows[4].address)]:
        alter(home, "UPDATE address SET address = ? WHERE address = ?", new, old)
    with pytest.raises(AddressIntegrityError) as caught:
        home.accounts.account(rows[4].account)
    assert caught.value.fields["index"] == 3


def test_a_whole_forged_batch_needs_the_identity_key(home: Home) -> None:
    """The thief computes a consistent root over his own address; the signature is what he lacks."""
    works = home.accounts._works
    job = home.accounts.job("k")
    alter(home, "UPDATE address SET address = ? WHERE id = ?", THIEF, job.address_base)
    with home.database.read() as unit:
        batch = works.rows.batches(unit, job)[0]
        stored = works.rows.stored(unit, job, batch)
    texts = [row[3] for row in stored.addresses]
    columns = [texts[k::7] for k in range(7)]
    leaves = works.prover.leaves(job.mode, job.forms, [row[1] for row in stored.accounts], 0, columns)
    root = works.prover.root(leaves)
    forged = batch.statement.replace(batch.root.hex().encode(), root.hex().encode())
    alter(home, "UPDATE batch SET root = ?, statement = ? WHERE number = 0", root, forged)
    with pytest.raises(IntegrityError) as caught:
        list(home.accounts.list("ops"))
    assert caught.value.exit_code == 5


def test_find_and_account_answer_for_what_is_ours(home: Home) -> None:
    for row in list(home.accounts.list("ops"))[::97]:
        assert home.accounts.find(row.address) == row
        assert row in home.accounts.account(row.account)
    assert len(home.accounts.account(row.account)) == 7
    seed = home.signer._seed(str(home.custody.find("ops").vault))
    assert home.accounts.find(fake_address(seed, SEVEN[5], 229)).index == 229


@pytest.mark.parametrize("address", ["", "0x0", THIEF, "' OR 1=1 --", "é" * 50])
def test_a_strange_address_is_not_found(home: Home, address: str) -> None:
    with pytest.raises(AddressNotFoundError) as caught:
        home.accounts.find(address)
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("account", ["", "ops", "018bcfe5-6800-7000-8000-00000000abcd"])
def test_a_strange_account_is_not_found(home: Home, account: str) -> None:
    with pytest.raises(AddressNotFoundError):
        home.accounts.account(account)


def test_a_receipt_stands_on_its_own(home: Home) -> None:
    identity = home.signer.identity.public_key().public_bytes_raw()
    for row in list(home.accounts.list("ops"))[::131]:
        receipt = json.loads(json.dumps(home.accounts.prove(row.address)))
        assert (receipt["address"], receipt["account"], receipt["index"]) == (row.address, row.account, row.index)
        verify_receipt(receipt, identity)
        with pytest.raises(JinkuError):
            verify_receipt(receipt, bytes(31) + b"\x01")


def test_an_altered_receipt_is_refused(home: Home) -> None:
    identity = home.signer.identity.public_key().public_bytes_raw()
    row = list(home.accounts.list("ops", "evm"))[123]
    good = home.accounts.prove(row.address)
    verify_receipt(good, identity)

    def changed(name: str, value: object) -> dict[str, object]:
        return {**copy.deepcopy(good), name: value}

    inclusion = good["inclusion"]
    assert isinstance(inclusion, list)
    bad = [
        changed("address", THIEF),
        changed("account", str(DEPLOYMENT)),
        changed("index", 124),
        changed("place", 24),
        changed("place", -1),
        changed("place", 10**9),
        changed("chain", "eip155:2"),
        changed("path", "m/0"),
        changed("leaf", str(good["leaf"]).replace(row.address, THIEF)),
        changed("root", "00" * 32),
        changed("signature", "00" * 64),
        changed("signature", "zz"),
        changed("statement", str(good["statement"]).replace('"v":1', '"v":2')),
        changed("inclusion", inclusion[:-1]),
        changed("inclusion", [*inclusion, "00" * 32]),
        changed("inclusion", inclusion[::-1]),
        changed("inclusion", "none"),
        {},
    ]
    for receipt in bad:
        with pytest.raises(JinkuError) as caught:
            verify_receipt(receipt, identity)
        assert caught.value.exit_code in (2, 5)


def test_the_three_formats_say_the_same(home: Home) -> None:
    expected = [row.as_document() for row in home.accounts.list("ops")]
    for suffix in ("parquet", "csv", "jsonl"):
        assert home.accounts.export(home.path / f"out.{suffix}", vault="ops") == len(expected)
        assert (home.path / f"out.{suffix}").stat().st_mode & 0o777 == 0o600
    table = pq.read_table(home.path / "out.parquet")
    assert table.column_names == list(expected[0])
    assert table.to_pylist() == expected
    assert [json.loads(line) for line in (home.path / "out.jsonl").read_text().splitlines()] == expected
    with (home.path / "out.csv").open() as file:
        assert [{**row, "index": int(row["index"])} for row in csv.DictReader(file)] == expected


def test_an_export_that_fails_leaves_what_stood(home: Home) -> None:
    out = home.path / "out.csv"
    home.accounts.export(out, vault="ops")
    before = out.read_bytes()
    alter(home, "UPDATE address SET address = 'x' WHERE id = 1500")
    with pytest.raises(AddressIntegrityError):
        home.accounts.export(out, vault="ops")
    assert out.read_bytes() == before
    assert [path.name for path in home.path.iterdir() if "part" in path.name] == []
    with pytest.raises(BadRequestError, match="parquet"):
        home.accounts.export(home.path / "out.xls", vault="ops")
    with pytest.raises(UnavailableError, match="nothing is lost"):
        home.accounts.export(home.path / "no-folder" / "out.csv", job="k")


def test_one_address_of_two_accounts_is_reported(home: Home) -> None:
    """A vault imported twice would do this to its own addresses; inside one vault it is a fault."""
    works = home.accounts._works
    rows = list(home.accounts.list("ops", "evm"))
    key = works.prover.lookup_keys([rows[0].address])[0]
    job = home.accounts.job("k")
    alter(home, "UPDATE address SET address = ? WHERE address = ?", rows[0].address, rows[200].address)
    alter(home, "INSERT INTO address_lookup VALUES (?, ?)", key, job.address_base + 200 * 7)
    with pytest.raises(AddressIntegrityError, match="two accounts"):
        home.accounts.verify("ops")


def test_ids_follow_from_the_job(home: Home) -> None:
    job = home.accounts.job("k")
    for row in list(home.accounts.list("ops", "neo"))[::50]:
        assert Id.parse(row.account).time_ms == job.created_at_ms
