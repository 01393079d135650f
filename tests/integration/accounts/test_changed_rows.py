"""Every change of a row is found by verification, or by the verb that would believe it."""

from __future__ import annotations

import pytest
from home_double import Home
from proven_home import alter, every_way_out, finished, home

from jinku.accounts import AddressIntegrityError, AddressNotFoundError, JobRequest, Mode
from jinku.core import IntegrityError, JinkuError

__all__ = ["finished", "home"]  # fixtures

RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"


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
