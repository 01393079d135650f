"""Addresses are authentic or not served: every change of a stored row is found, named and refused."""

from __future__ import annotations

import copy
import csv
import json

import pyarrow.parquet as pq
import pytest
from home_double import DEPLOYMENT, SEVEN, Home
from proven_home import alter, every_way_out, finished, home
from shapes import fake_address

from jinku.accounts import (
    AddressIntegrityError,
    AddressNotFoundError,
    BadRequestError,
    verify_receipt,
)
from jinku.core import Id, IntegrityError, JinkuError, UnavailableError

__all__ = ["finished", "home"]  # fixtures

THIEF = "0x000000000000000000000000000000000000dEaD"


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
