"""Self mode: each user's own words, delivered by age or claimed once."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

import pyrage
import pytest
from home_double import EVM, Home, open_home
from shapes import read_all, secret

from jinku.accounts import (
    BadRequestError,
    ClaimNotFoundError,
    JobRequest,
    JobState,
    JobStateError,
    Mode,
)
from jinku.accounts.adapters.account_rows import SqlAccountRows
from jinku.core import JinkuError, UnavailableError
from jinku.custody import SignerUnavailableError
from jinku.custody.ports import SecretFd
from jinku.store import Unit

RECIPIENTS = tuple(str(pyrage.x25519.Identity.generate().to_public()) for _ in range(30))
MISTYPED = RECIPIENTS[1][:30] + ("q" if RECIPIENTS[1][30] != "q" else "p") + RECIPIENTS[1][31:]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = open_home(tmp_path)
    home.vault(forms=(EVM,))
    return home


def make_codes(home: Home, count: int = 30) -> dict[str, str]:
    """A job of claimable wallets; the code of each account."""
    home.accounts.create(JobRequest("ops", count, mode=Mode.SELF, key="self", chunk=10))
    with tempfile.TemporaryFile() as codes:
        home.accounts.run("self", codes_fd=codes.fileno())
        codes.seek(0)
        return dict(line.split() for line in codes.read().decode().splitlines())


def claim(home: Home, code: str, recipient: str = "") -> str:
    reader, writer = os.pipe()
    try:
        with secret(code) as given:
            home.accounts.claim(given, writer, recipient)
        os.close(writer)
        writer = -1
        return read_all(reader).decode()
    finally:
        os.close(reader)
        if writer >= 0:
            os.close(writer)


def rows_in(home: Home, table: str) -> int:
    with home.database.read() as unit:
        return int(unit.connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def test_age_files_reach_their_users(home: Home, tmp_path: Path) -> None:
    home.accounts.create(JobRequest("ops", 30, mode=Mode.SELF, recipients=RECIPIENTS, key="k", chunk=8))
    home.accounts.run("k")
    rows = list(home.accounts.list("ops"))
    assert len({row.fingerprint for row in rows}) == 30  # each its own words
    assert {row.path for row in rows} == {"m/44'/60'/0'/0/0"}
    assert home.accounts.export_blobs("k", tmp_path / "out") == 30
    for row, recipient in zip(rows, RECIPIENTS, strict=True):
        assert (tmp_path / "out" / f"{row.account}.age").read_bytes() == b"age for " + recipient.encode()
    assert home.accounts.verify("ops").accounts == 30


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (JobRequest("ops", 29, mode=Mode.SELF, recipients=RECIPIENTS), "do not match the count"),
        (JobRequest("ops", 30, recipients=RECIPIENTS), "self mode only"),
        (JobRequest("ops", 2, mode=Mode.SELF, recipients=(RECIPIENTS[0], MISTYPED)), "recipient 2 is no age"),
        (JobRequest("ops", 1, mode=Mode.SELF, recipients=("ssh-rsa AAAA",)), "no age recipient"),
        (JobRequest("ops", 1, mode=Mode.SELF, recipients=("AGE-SECRET-KEY-1" + "Q" * 46,)), "no age recipient"),
    ],
)
def test_recipients_that_do_not_fit_are_refused(home: Home, request_: JobRequest, message: str) -> None:
    with pytest.raises(BadRequestError, match=message):
        home.accounts.create(request_)
    assert home.accounts.jobs() == ()  # no job, and no index used


def test_each_wallet_is_claimed_once(home: Home) -> None:
    codes = make_codes(home)
    assert len(codes) == 30
    assert rows_in(home, "claim_blob") == 30
    rows = {row.account: row for row in home.accounts.list("ops")}
    account, code = next(iter(codes.items()))
    assert claim(home, code).startswith("words of " + rows[account].fingerprint)
    assert rows_in(home, "claim_blob") == 29
    with pytest.raises(ClaimNotFoundError, match="claimed before") as caught:
        claim(home, code)
    assert caught.value.exit_code == 4
    with home.database.read() as unit:
        (entry,) = unit.entries(kind="accounts.claimed")
    assert entry.subject == account
    assert code not in entry.content.decode()
    for other in list(codes.values())[1:]:
        claim(home, other)
    assert rows_in(home, "claim_blob") == 0
    assert home.accounts.find(rows[account].address) == rows[account]  # the account stays


def test_codes_are_on_the_disk_before_their_wallets_stand(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "codes"
    path.write_text("7\tcut sho")  # as a full disk leaves it
    seen: list[tuple[int, int]] = []

    def fsync(fd: int) -> None:
        seen.append((rows_in(home, "claim_blob"), os.fstat(fd).st_size))

    home.accounts.create(JobRequest("ops", 30, mode=Mode.SELF, key="self", chunk=10))
    with path.open("ab", buffering=0) as codes, monkeypatch.context() as patch:
        patch.setattr("jinku.accounts.codes.os.fsync", fsync)
        home.accounts.run("self", codes_fd=codes.fileno())
    lines = path.read_text().splitlines(keepends=True)
    assert [len(line.split()) for line in lines[1:]] == [2] * 30
    assert lines[0] == "7\tcut sho\n"
    ends = [len("".join(lines[: 1 + 10 * chunk])) for chunk in (1, 2, 3)]
    assert [size for _, size in seen] == ends  # each chunk whole when it was synced
    assert all(stood <= 10 * chunk for chunk, (stood, _) in enumerate(seen))


def test_no_wallet_stands_when_its_code_cannot_reach_the_disk(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_fd: int) -> None:
        raise OSError(5, "Input/output error")

    home.accounts.create(JobRequest("ops", 3, mode=Mode.SELF, key="self"))
    with (tmp_path / "codes").open("ab", buffering=0) as codes:
        with monkeypatch.context() as patch:
            patch.setattr("jinku.accounts.codes.os.fsync", broken)
            with pytest.raises(UnavailableError, match="brought to the disk"):
                home.accounts.run("self", codes_fd=codes.fileno())
        assert rows_in(home, "claim_blob") == 0
        assert home.accounts.job("self").state is JobState.FAILED
        home.accounts.resume("self")
        home.accounts.run("self", codes_fd=codes.fileno())
    assert rows_in(home, "claim_blob") == 3
    assert len((tmp_path / "codes").read_text().splitlines()) == 6  # the later code of an account is the one


def test_a_claim_from_a_file_works_as_from_a_pipe(home: Home, tmp_path: Path) -> None:
    code = next(iter(make_codes(home, 1).values()))
    path = tmp_path / "code"
    path.write_text(code)
    with path.open("rb") as file, (tmp_path / "out").open("wb") as out:
        home.accounts.claim(SecretFd(file.fileno()), out.fileno())
    assert (tmp_path / "out").read_text().startswith("words of")


def test_claimed_words_and_their_file_are_on_the_disk_before_the_blob_goes(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by ``accounts claim > file``: neither the bytes nor the new name in its folder may be lost afterwards."""
    code = next(iter(make_codes(home, 1).values()))
    steps: list[object] = []
    real = SqlAccountRows.destroy_claim

    def destroy(self: SqlAccountRows, unit: Unit, lookup_id: bytes, account_id: int) -> None:
        steps.append("destroyed")
        real(self, unit, lookup_id, account_id)

    monkeypatch.setattr(SqlAccountRows, "destroy_claim", destroy)
    monkeypatch.setattr("jinku.accounts.delivery.os.fsync", lambda fd: steps.append(os.fstat(fd).st_ino))
    with secret(code) as given, (tmp_path / "redirected").open("wb") as out:
        home.accounts.claim(given, out.fileno())
    assert steps[:3] == [(tmp_path / "redirected").stat().st_ino, tmp_path.stat().st_ino, "destroyed"]


def test_a_code_from_a_terminal_device_is_refused_not_read(home: Home) -> None:
    """Python would have to hold the bytes; the signer's own prompt does not."""
    master, slave = os.openpty()
    try:
        with pytest.raises(BadRequestError, match="a pipe or a file"):
            home.accounts.claim(SecretFd(slave), 1)
    finally:
        os.close(master)
        os.close(slave)


def test_a_wrong_code_opens_nothing(home: Home) -> None:
    make_codes(home, 3)
    for wrong in ("", "00" * 16):
        with pytest.raises(ClaimNotFoundError):
            claim(home, wrong)
    assert rows_in(home, "claim_blob") == 3


def test_a_failed_delivery_keeps_the_blob(home: Home) -> None:
    code = next(iter(make_codes(home, 1).values()))
    home.signer.broken["claim"] = 1
    with pytest.raises(SignerUnavailableError):
        claim(home, code)
    assert claim(home, code).startswith("words of")


def test_of_two_claims_at_once_one_wins(home: Home) -> None:
    code = next(iter(make_codes(home, 1).values()))
    won: list[str] = []
    lost: list[JinkuError] = []

    def work(which: Home) -> None:
        try:
            won.append(claim(which, code))
        except JinkuError as error:
            lost.append(error)

    threads = [threading.Thread(target=work, args=(which,)) for which in (home, open_home(home.path))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 1)
    assert isinstance(lost[0], ClaimNotFoundError)


def test_a_claimed_blob_leaves_no_bytes(home: Home) -> None:
    codes = make_codes(home)
    with home.database.read() as unit:
        blobs = [bytes(row[0]) for row in unit.connection.exec_driver_sql("SELECT blob FROM claim_blob")]
    home.database.purge_log()

    def places(needle: bytes) -> list[str]:
        return [path.name for path in home.path.glob("jinku.db*") if needle in path.read_bytes()]

    assert all(places(blob) for blob in blobs)  # the scan finds them while they stand
    for code in codes.values():
        claim(home, code)
    assert not any(places(blob) for blob in blobs)
    assert not any(places(code.encode()) for code in codes.values())


def test_codes_need_a_place_to_go(home: Home) -> None:
    home.accounts.create(JobRequest("ops", 1, mode=Mode.SELF, key="k"))
    with pytest.raises(JobStateError, match="no place to write"):
        home.accounts.run("k")


def test_age_files_of_another_mode_are_refused(home: Home, tmp_path: Path) -> None:
    home.accounts.create(JobRequest("ops", 1, key="k"))
    home.accounts.run("k")
    with pytest.raises(BadRequestError, match="no age files"):
        home.accounts.export_blobs("k", tmp_path / "out")
